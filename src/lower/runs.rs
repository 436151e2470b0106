//! The policies of a bundle, in the order in which they are lowered.

use std::borrow::Cow;

use crate::bundle::{Bundle, PolicyId};
use crate::ir::UnitId;
use crate::syntax::ast::Policy;

/// A policy of a unit.
pub(super) struct Member<'b> {
    pub(super) unit: UnitId,
    pub(super) id: PolicyId,
    pub(super) policy: Cow<'b, Policy>,
}

/// Policies that follow each other, of [`RUN_LEN`] statements or more, unless they are the last; no policy is cut. Those of a bundle that
/// was handed over go with it.
pub(super) struct Run<'b>(pub(super) Vec<Member<'b>>);

/// All policies of a bundle that are attached somewhere, unit by unit.
pub(super) struct Runs<'b> {
    bundle: Cow<'b, Bundle>,
    members: std::vec::IntoIter<(UnitId, PolicyId)>,
}

impl<'b> Runs<'b> {
    /// `members` are the policies of each unit.
    pub(super) fn new(bundle: Cow<'b, Bundle>, members: &[Vec<PolicyId>]) -> Runs<'b> {
        let units = (0..).map(UnitId::from_index).zip(members);
        let members: Vec<_> = units.flat_map(|(unit, policies)| policies.iter().map(move |&policy| (unit, policy))).collect();
        Runs { bundle, members: members.into_iter() }
    }

    /// How many statements are still to come.
    pub(super) fn statement_count(&self) -> usize {
        self.members.as_slice().iter().map(|&(_, policy)| self.bundle.policy(policy).statements.len()).sum()
    }

    fn take(&mut self, id: PolicyId) -> Cow<'b, Policy> {
        match &mut self.bundle {
            Cow::Borrowed(bundle) => Cow::Borrowed(bundle.policy(id)),
            // A policy is in one unit, so nobody asks for its statements again.
            Cow::Owned(bundle) => {
                let policy = &mut bundle.policies[id.0 as usize].policy;
                let statements = std::mem::take(&mut policy.statements);
                Cow::Owned(Policy { statements, id: None, ..*policy })
            }
        }
    }
}

impl<'b> Iterator for Runs<'b> {
    type Item = Run<'b>;

    fn next(&mut self) -> Option<Run<'b>> {
        let mut run = Vec::new();
        let mut statement_count = 0;
        while statement_count < RUN_LEN
            && let Some((unit, id)) = self.members.next()
        {
            let policy = self.take(id);
            statement_count += policy.statements.len();
            run.push(Member { unit, id, policy });
        }
        (!run.is_empty()).then_some(Run(run))
    }
}

/// Statements of a run: enough that handing it on costs nothing beside lowering it.
const RUN_LEN: usize = 1024;
