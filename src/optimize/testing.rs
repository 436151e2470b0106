//! What the tests of the passes share: statements written as JSON, and what remains of them.

use std::borrow::Cow;

use super::{Cause, Passes, Why, run};
use crate::bundle::{Bundle, ResourceEntry};
use crate::iam::PolicyKind;
use crate::ir::Program;
use crate::lower::lower;
use crate::source::SourceMap;
use crate::syntax::testing::policy_of;

/// Runs passes over an identity policy of these statements. The second part says what is left out: `1 repeats 0`.
pub(super) fn simplified(passes: Passes, statements: &[&str]) -> (Program, Vec<String>) {
    simplified_policy(PolicyKind::Identity, passes, statements)
}

/// The same for a policy of another kind.
pub(super) fn simplified_policy(kind: PolicyKind, passes: Passes, statements: &[&str]) -> (Program, Vec<String>) {
    let policy = policy_of(&mut SourceMap::new(), kind, statements);
    let mut bundle = Bundle::default();
    let id = bundle.add_policy("test", policy);
    match kind {
        PolicyKind::Identity => bundle.everyone.identity.push(id),
        _ => bundle.resources.push(ResourceEntry { pattern: "*".to_owned(), policy: id }),
    }
    let mut program = lower(Cow::Borrowed(&bundle));
    let left_out = run(&mut program, passes);
    let described = left_out.iter().map(|entry| {
        let why = match entry.why {
            Why::NeverMatches(Cause::Condition(key)) => format!("never by {}", program.keys[key.index()]),
            Why::NeverMatches(cause) => format!("never by {cause:?}"),
            Why::Repeats(other) => format!("repeats {}", other.0),
            Why::Subsumed(other) => format!("subsumed by {}", other.0),
        };
        format!("{} {why}", entry.statement.0)
    });
    let described = described.collect();
    (program, described)
}

/// Asserts what the passes leave out of an identity policy, and that the rest remains.
#[track_caller]
pub(super) fn check_left_out(passes: Passes, statements: &[&str], expected: &[&str]) {
    check_policy(PolicyKind::Identity, passes, statements, expected);
}

/// The same for a policy of another kind.
#[track_caller]
pub(super) fn check_policy(kind: PolicyKind, passes: Passes, statements: &[&str], expected: &[&str]) {
    let (program, left_out) = simplified_policy(kind, passes, statements);
    assert_eq!(left_out, expected, "{statements:#?}");
    assert_eq!(program.units[0].statements.len(), statements.len() - expected.len());
}
