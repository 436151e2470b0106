//! [Cedar](https://docs.rs/cedar-policy): every statement is one policy.
//!
//! Action, resource and context keys travel in Cedar's context, because `like` compares strings; the caller's role is the
//! principal. The tests of a statement stand first in its `when`: most statements fail there.

use std::collections::HashMap;
use std::fmt::Write;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request, RestrictedExpression,
};
use ibc_workloads::{Answer, RequestText, Value};

use super::slices::{COMMON, Slicing};
use super::{Engine, Prepared};
use crate::policy::{Effect, Operator, Policies, Statement, Test, role_name};

/// One policy set with everything, as Cedar is meant to be asked.
pub(super) fn prepare(policies: &Policies) -> Prepared {
    let text = || policies.statements().map(|(role, statement)| policy(role, &statement)).collect::<String>();
    let load = |text: String| Cedar::load([(COMMON.to_owned(), text)], None);
    Prepared::new(text, load)
}

/// A policy set for each slice; those that may matter are asked in turn, and a Deny of one outweighs an Allow of another.
pub(super) fn prepare_sliced(policies: &Policies) -> Prepared {
    let slicing = Slicing::RolesAndTeams;
    let texts = || {
        let mut texts: HashMap<String, String> = HashMap::new();
        for (role, statement) in policies.statements() {
            texts.entry(slicing.slice_of(role, &statement)).or_default().push_str(&policy(role, &statement));
        }
        texts
    };
    Prepared::new(texts, |texts| Cedar::load(texts, Some(slicing)))
}

/// The statement in Cedar's language.
fn policy(role: Option<&str>, statement: &Statement) -> String {
    let mut text = String::new();
    text.push_str(match statement.effect {
        Effect::Allow => "permit(",
        Effect::Deny => "forbid(",
    });
    match role {
        None => text.push_str("principal"),
        Some(role) => write!(text, "principal == Role::{}", quoted(role)).expect("a string grows"),
    }
    text.push_str(", action, resource) when {\n    ");
    let mut all: Vec<String> = statement.tests.iter().map(test).collect();
    all.push(like_one_of("context.action", &statement.actions));
    all.push(like_one_of("context.resource", &statement.resources));
    text.push_str(&all.join(" &&\n    "));
    text.push_str("\n};\n");
    text
}

fn test(Test { operator, key, values }: &Test) -> String {
    let key = quoted(&key.to_ascii_lowercase());
    let list = || format!("[{}]", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", "));
    let is_listed = match &values[..] {
        [value] => format!("context[{key}] == {}", quoted(value)),
        _ => format!("{}.contains(context[{key}])", list()),
    };
    match operator {
        Operator::Equals => format!("context has {key} && {is_listed}"),
        Operator::NotEquals => format!("!(context has {key} && {is_listed})"),
        Operator::AllAmong => format!("(!(context has {key}) || {}.containsAll(context[{key}]))", list()),
    }
}

/// # Panics
/// If a pattern has a `?`, which Cedar does not know.
fn like_one_of(text: &str, patterns: &[String]) -> String {
    let one = |pattern: &String| {
        assert!(!pattern.contains('?'), "`{pattern}` cannot be said in Cedar");
        if pattern.contains('*') { format!("{text} like {}", quoted(pattern)) } else { format!("{text} == {}", quoted(pattern)) }
    };
    format!("({})", patterns.iter().map(one).collect::<Vec<_>>().join(" || "))
}

/// # Panics
/// If the text needs escapes; those of the workloads do not.
fn quoted(text: &str) -> String {
    assert!(!text.contains(['"', '\\']) && !text.contains(char::is_control), "`{text}` needs escapes");
    format!("\"{text}\"")
}

#[derive(Debug)]
struct Cedar {
    authorizer: Authorizer,
    policies: HashMap<String, PolicySet>,
    /// `None`: everything is in the common slice.
    slicing: Option<Slicing>,
    entities: Entities,
    role: EntityTypeName,
    /// The action and resource of every request, since policies look at their texts in the context.
    action: EntityUid,
    resource: EntityUid,
}

impl Cedar {
    fn load(texts: impl IntoIterator<Item = (String, String)>, slicing: Option<Slicing>) -> Cedar {
        let policies = |text: String| text.parse::<PolicySet>().unwrap_or_else(|error| panic!("{error}"));
        Cedar {
            authorizer: Authorizer::new(),
            policies: texts.into_iter().map(|(slice, text)| (slice, policies(text))).collect(),
            slicing,
            entities: Entities::empty(),
            role: "Role".parse().expect("a name"),
            action: "Action::\"request\"".parse().expect("an entity"),
            resource: "Resource::\"request\"".parse().expect("an entity"),
        }
    }

    fn decide(&self, request: &RequestText<'_>) -> Answer {
        let slices = self.slicing.map_or_else(|| vec![COMMON.to_owned()], |slicing| slicing.slices_for(request));
        let request = self.request(request);
        let mut answer = Answer::ImplicitDeny;
        for policies in slices.iter().filter_map(|slice| self.policies.get(slice)) {
            let response = self.authorizer.is_authorized(&request, policies, &self.entities);
            let has_reason = response.diagnostics().reason().next().is_some();
            match response.decision() {
                Decision::Deny if has_reason => return Answer::ExplicitDeny,
                Decision::Deny => {}
                Decision::Allow => answer = Answer::Allow,
            }
        }
        answer
    }

    fn request(&self, request: &RequestText<'_>) -> Request {
        let role = EntityUid::from_type_name_and_id(self.role.clone(), EntityId::new(role_name(request.principal)));
        let string = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let own = [
            ("action".to_owned(), RestrictedExpression::new_string(request.action.to_ascii_lowercase())),
            ("resource".to_owned(), string(request.resource)),
        ];
        let pair = |&(key, value): &(&str, Value<'_>)| {
            let value = match value {
                Value::Single(value) => string(value),
                Value::Multi(values) => RestrictedExpression::new_set(values.iter().map(|value| string(value))),
            };
            (key.to_ascii_lowercase(), value)
        };
        let context = Context::from_pairs(own.into_iter().chain(request.context.iter().map(pair))).expect("a context");
        Request::new(role, self.action.clone(), self.resource.clone(), context, None).expect("a request")
    }
}

impl Engine for Cedar {
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e> {
        Box::new(|request| self.decide(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{EXAMPLE, parse};

    #[test]
    fn a_statement_in_cedar() {
        let expected = r#"forbid(principal == Role::"builder", action, resource) when {
    context has "imagebuilder:resourcetag/team" && context["imagebuilder:resourcetag/team"] == "team-1" &&
    !(context has "aws:principaltag/role" && context["aws:principaltag/role"] == "admin") &&
    (!(context has "aws:tagkeys") || ["env", "team"].containsAll(context["aws:tagkeys"])) &&
    (context.action like "imagebuilder:get*" || context.action == "imagebuilder:deleteimage") &&
    (context.resource like "arn:aws:imagebuilder:us-east-1:111122223333:image/app-*/1.0.*")
};
"#;
        assert_eq!(policy(Some("builder"), &parse(EXAMPLE)[0]), expected);
    }
}
