//! Passes over the intermediate representation. None changes a decision; each can be left out, and the tests do.

mod dedup_statements;

use crate::ir::Program;

/// Runs every pass.
pub(crate) fn run(program: &mut Program) {
    // First and so far alone: whatever comes later should not look at a statement twice.
    dedup_statements::run(program);
}
