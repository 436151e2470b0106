//! Policies for tests of what comes after parsing.

use std::borrow::Borrow;

use super::ast::Policy;
use super::parse_policy;
use crate::iam::PolicyKind;
use crate::source::SourceMap;

/// A policy of these statements, which are written as JSON and have no mistake.
#[track_caller]
pub(crate) fn policy_of<S: Borrow<str>>(sources: &mut SourceMap, kind: PolicyKind, statements: &[S]) -> Policy {
    let source = sources.add("test", format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", ")));
    let parsed = parse_policy(sources, source, None, kind);
    parsed.policy.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}
