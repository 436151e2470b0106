//! Short ways to the values that the unit tests of this module need.

use crate::iam::PolicyKind;
use crate::source::SourceMap;
use crate::syntax::ast::{Policy, Statement};
use crate::syntax::parse_policy;

/// Reads a policy that must load.
#[track_caller]
pub(super) fn policy(kind: PolicyKind, text: &str) -> Policy {
    let mut sources = SourceMap::new();
    let source = sources.add("test", text);
    let parsed = parse_policy(&sources, source, None, kind);
    parsed.policy.unwrap_or_else(|| panic!("{text}\n{:#?}", parsed.diagnostics))
}

/// Reads the one statement of a policy with variables, given its elements.
#[track_caller]
pub(super) fn statement(kind: PolicyKind, elements: &str) -> Statement {
    policy(kind, &format!(r#"{{"Version": "2012-10-17", "Statement": {{{elements}}}}}"#)).statements.remove(0)
}
