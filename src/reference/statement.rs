//! Whether a statement applies to a request (section 0.2).

use super::condition::condition_holds;
use super::question::Question;
use super::{action, principal, resource};
use crate::iam::PolicyKind;
use crate::syntax::ast::Statement;

/// Whether every element of the statement holds: `Action`, `Resource`, `Principal` and the whole `Condition` block (CO-1).
///
/// What a policy of this kind does not have counts as satisfied (M-6).
#[must_use]
pub fn statement_applies(kind: PolicyKind, statement: &Statement, question: &Question<'_>) -> bool {
    let action_ok = action::element_matches(&statement.action, question.request.action);
    let resource_ok = match &statement.resource {
        Some(element) => resource::element_matches(element, kind, question.request.resource, &question.context),
        None => true, // the resource that the policy is attached to
    };
    let principal_ok = match &statement.principal {
        Some(element) => principal::element_matches(element, statement.effect.value, &question.caller),
        None => !kind.has_principal(), // the identity that the policy is attached to; nobody if one had to be named (M-7)
    };
    action_ok
        && resource_ok
        && principal_ok
        && statement.conditions.iter().all(|condition| condition_holds(condition, &question.context))
}
