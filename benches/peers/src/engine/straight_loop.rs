//! The obvious program: parsed policies, and a loop over every statement that applies to the caller.

use std::collections::HashMap;

use ibc_workloads::{Answer, RequestText, glob_matches};

use super::{Engine, Prepared};
use crate::policy::{Effect, Operator, Policies, Statement, Test, parse, role_name};

/// Loads the policy JSON itself.
pub(super) fn prepare(policies: &Policies) -> Prepared {
    Prepared::new(|| policies.texts(), StraightLoop::load)
}

#[derive(Debug, Default)]
struct StraightLoop {
    everyone: Vec<Statement>,
    roles: HashMap<String, Vec<Statement>>,
}

impl StraightLoop {
    fn load(texts: Vec<(Option<String>, String)>) -> StraightLoop {
        let mut policies = StraightLoop::default();
        for (role, text) in texts {
            let statements = match role {
                None => &mut policies.everyone,
                Some(role) => policies.roles.entry(role).or_default(),
            };
            statements.extend(parse(&text));
        }
        policies
    }

    fn decide(&self, request: &RequestText<'_>) -> Answer {
        let action = request.action.to_ascii_lowercase();
        let own = self.roles.get(role_name(request.principal)).map_or(&[][..], Vec::as_slice);
        let mut answer = Answer::ImplicitDeny;
        for statement in self.everyone.iter().chain(own) {
            if applies(statement, &action, request) {
                match statement.effect {
                    Effect::Deny => return Answer::ExplicitDeny,
                    Effect::Allow => answer = Answer::Allow,
                }
            }
        }
        answer
    }
}

fn applies(statement: &Statement, action: &str, request: &RequestText<'_>) -> bool {
    statement.actions.iter().any(|pattern| glob_matches(pattern, action))
        && statement.tests.iter().all(|test| holds(test, request))
        && statement.resources.iter().any(|pattern| glob_matches(pattern, request.resource))
}

fn holds(test: &Test, request: &RequestText<'_>) -> bool {
    let value = request.value(&test.key);
    let values = value.as_ref().map_or(&[][..], |value| value.values());
    let is_listed = |value: &&str| test.values.iter().any(|own| own == value);
    match test.operator {
        Operator::Equals => values.iter().any(is_listed),
        Operator::NotEquals => !values.iter().any(is_listed),
        Operator::AllAmong => values.iter().all(is_listed),
    }
}

impl Engine for StraightLoop {
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e> {
        Box::new(|request| self.decide(request))
    }
}
