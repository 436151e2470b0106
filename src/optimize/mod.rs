//! Passes over the intermediate representation. None changes a decision or the layer that decides; each can be left out, and
//! the tests do.
//!
//! Only what the semantics prove is left out: a test that every request passes, a statement that no request can match, a
//! statement that says no more than another of its unit. Which these are is told ([`LeftOut`]).

mod buckets;
mod coverage;
mod dedup_statements;
mod drop_subsumed;
mod drop_true_predicates;
mod drop_unsatisfiable;
mod forget_unused;
mod truth;

use crate::ir::{KeyId, Program, StatementId};

/// Which passes run. For tests; they change the size and speed of an artifact alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passes {
    /// Leaves out tests of the `Condition` block that every request passes.
    pub drop_true_predicates: bool,
    /// Leaves out statements that no request can match.
    pub drop_unsatisfiable: bool,
    /// Leaves out statements that repeat an earlier one.
    pub dedup_statements: bool,
    /// Leaves out statements that say no more than a broader one.
    pub drop_subsumed: bool,
    /// Forgets elements, tests and context keys that no statement has any more.
    pub forget_unused: bool,
}

impl Passes {
    /// Every pass.
    pub const ALL: Passes = Passes {
        drop_true_predicates: true,
        drop_unsatisfiable: true,
        dedup_statements: true,
        drop_subsumed: true,
        forget_unused: true,
    };

    /// No pass.
    pub const NONE: Passes = Passes {
        drop_true_predicates: false,
        drop_unsatisfiable: false,
        dedup_statements: false,
        drop_subsumed: false,
        forget_unused: false,
    };
}

/// A statement that a pass has left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) statement: StatementId,
    pub(crate) why: Why,
}

/// Why a statement is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// No request can match it.
    NeverMatches(Cause),
    /// It says what this statement says.
    Repeats(StatementId),
    /// Whatever it says, this statement says as well.
    Subsumed(StatementId),
}

/// Which part of a statement no request can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// `Action` lists nothing, or `NotAction` everything.
    Action,
    /// `Resource` lists nothing that can be a resource, or `NotResource` everything.
    Resource,
    /// `Principal` lists nobody, or `NotPrincipal` everyone.
    Principal,
    /// The tests of this context key.
    Condition(KeyId),
}

/// Runs the passes that leave statements and tests out, and says which statements, in the order of their ids. What only these had is
/// still known, so that they can be described: see [`forget`].
pub(crate) fn run(program: &mut Program, passes: Passes) -> Vec<LeftOut> {
    let mut left_out = Vec::new();
    // First: statements that differ only in such tests are equal.
    if passes.drop_true_predicates {
        drop_true_predicates::run(program);
    }
    // Before statements are compared, so that nothing is said to repeat a statement that is not there.
    if passes.drop_unsatisfiable {
        drop_unsatisfiable::run(program, &mut left_out);
    }
    // Cheaper than the next pass, which then does not meet copies.
    if passes.dedup_statements {
        dedup_statements::run(program, &mut left_out);
    }
    if passes.drop_subsumed {
        drop_subsumed::run(program, &mut left_out);
    }
    remain_only(&mut left_out);
    left_out
}

/// The last pass: its ids are not those of what was left out.
pub(crate) fn forget(program: &mut Program, passes: Passes) {
    if passes.forget_unused {
        forget_unused::run(program);
    }
}

/// Sorts, and lets each entry name a statement that remains: what a statement repeats may itself be subsumed.
fn remain_only(left_out: &mut [LeftOut]) {
    left_out.sort_unstable_by_key(|entry| entry.statement);
    for index in 0..left_out.len() {
        while let Why::Repeats(other) | Why::Subsumed(other) = left_out[index].why
            && let Ok(next) = left_out.binary_search_by_key(&other, |entry| entry.statement)
            && let Why::Repeats(last) | Why::Subsumed(last) = left_out[next].why
        {
            left_out[index].why = match (left_out[index].why, left_out[next].why) {
                (Why::Repeats(_), Why::Repeats(_)) => Why::Repeats(last),
                _ => Why::Subsumed(last),
            };
        }
    }
}

#[cfg(test)]
mod testing;
