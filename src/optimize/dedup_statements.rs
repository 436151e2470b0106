//! Leaves out a statement that says what an earlier one of its unit says.
//!
//! Templates stamp the same guard into many policies; a request would verify every copy. The earliest copy stays, so a decision
//! names that one.

use std::collections::HashSet;

use crate::ir::Program;

/// Leaves duplicates out.
pub(super) fn run(program: &mut Program) {
    for unit in &mut program.units {
        let mut seen = HashSet::with_capacity(unit.statements.len());
        unit.statements.retain(|statement| {
            let meaning = (statement.effect, statement.principal, statement.action, statement.resource);
            seen.insert((meaning, statement.predicates.clone()))
        });
    }
}
