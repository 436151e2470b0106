//! Everything of a statement but its conditions: effect, `Principal`, `Action`, `Resource`, and where it was written.

use smallvec::SmallVec;

use super::resource;
use super::runs::Run;
use super::unit::Partition;
use crate::bundle::{Bundle, PolicyId};
use crate::iam::{ActionPattern, PrincipalPattern};
use crate::ir::{
    ActionSet, ActionSetId, Interned, Keys, Origin, PrincipalSet, PrincipalSetId, ResourceSet, ResourceSetId, Statement,
    StatementId, Unit,
};
use crate::source::Spanned;
use crate::syntax::ast::{self, Element, Policy};

/// What was lowered so far. Statements have no predicates yet, and origins no operators.
pub(super) struct Elements {
    /// The keys of variables, numbered for this struct alone.
    pub(super) keys: Keys,
    pub(super) action_sets: Interned<ActionSet>,
    pub(super) action_spellings: Vec<Vec<Box<str>>>,
    pub(super) resource_sets: Interned<ResourceSet>,
    pub(super) principal_sets: Interned<PrincipalSet>,
    pub(super) units: Vec<Unit>,
    pub(super) origins: Vec<Origin>,
}

impl Elements {
    /// Nothing, with room for every statement.
    ///
    /// PERF: only what is used of it is written to; growing would copy each statement several times.
    pub(super) fn with_room(bundle: &Bundle, partition: &Partition) -> Elements {
        let count = |policies: &[PolicyId]| policies.iter().map(|&policy| bundle.policy(policy).statements.len()).sum::<usize>();
        let counts: Vec<usize> = partition.members.iter().map(|policies| count(policies)).collect();
        Elements {
            keys: Keys::default(),
            action_sets: Interned::default(),
            action_spellings: Vec::new(),
            resource_sets: Interned::default(),
            principal_sets: Interned::default(),
            origins: Vec::with_capacity(counts.iter().sum()),
            units: counts.into_iter().map(|count| Unit { statements: Vec::with_capacity(count) }).collect(),
        }
    }

    pub(super) fn lower(&mut self, run: &Run<'_>) {
        for member in &run.0 {
            for statement in &member.policy.statements {
                let lowered = self.statement(member.id, &member.policy, statement);
                self.units[member.unit.index()].statements.push(lowered);
            }
        }
    }

    fn statement(&mut self, id: PolicyId, policy: &Policy, statement: &ast::Statement) -> Statement {
        let lowered = Statement {
            id: StatementId(self.origins.len() as u32),
            effect: statement.effect.value,
            principal: statement.principal.as_ref().map(|element| self.principal(element)),
            action: self.action(&statement.action),
            resource: statement.resource.as_ref().map(|element| {
                let set = resource::lower(&mut self.keys, policy.kind, element);
                ResourceSetId::from_index(self.resource_sets.insert_full(set).0)
            }),
            predicates: SmallVec::new(),
        };
        self.origins.push(Origin {
            policy: id,
            source: policy.source,
            span: statement.span,
            sid: statement.sid.as_ref().map(|sid| sid.value.clone()),
            operators: SmallVec::new(),
        });
        lowered
    }

    fn principal(&mut self, element: &Element<PrincipalPattern>) -> PrincipalSetId {
        let patterns = element.patterns.iter().map(|pattern| pattern.value.clone()).collect();
        PrincipalSetId::from_index(self.principal_sets.insert_full(PrincipalSet { negated: element.negated, patterns }).0)
    }

    fn action(&mut self, element: &Element<ActionPattern>) -> ActionSetId {
        let mut patterns: Vec<_> = element
            .patterns
            .iter()
            .map(|pattern| match &pattern.value {
                ActionPattern::Any => None,
                ActionPattern::Service { prefix, name } => {
                    Some((prefix.to_ascii_lowercase().into_boxed_str(), name.to_ascii_lowercase().into_boxed_str()))
                }
            })
            .collect();
        patterns.sort_unstable();
        patterns.dedup();
        let (index, is_new) = self.action_sets.insert_full(ActionSet { negated: element.negated, patterns });
        if is_new {
            let spelling = |pattern: &Spanned<ActionPattern>| pattern.value.to_string().into_boxed_str();
            self.action_spellings.push(element.patterns.iter().map(spelling).collect());
        }
        ActionSetId::from_index(index)
    }
}
