//! Leaves out a statement that says what an earlier one of its unit says.
//!
//! Templates stamp the same guard into many policies; a request would verify every copy. The earliest copy stays, so a decision
//! names that one.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::{LeftOut, Why};
use crate::ir::Program;

/// Leaves duplicates out.
pub(super) fn run(program: &mut Program, left_out: &mut Vec<LeftOut>) {
    for unit in &mut program.units {
        let mut seen = HashMap::with_capacity_and_hasher(unit.statements.len(), Xxh3DefaultBuilder);
        unit.statements.retain(|statement| {
            let meaning = (statement.effect, statement.principal, statement.action, statement.resource);
            let earliest = *seen.entry((meaning, statement.predicates.clone())).or_insert(statement.id);
            if earliest != statement.id {
                left_out.push(LeftOut { statement: statement.id, why: Why::Repeats(earliest) });
            }
            earliest == statement.id
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Passes;
    use super::super::testing::check_left_out;

    const PASSES: Passes = Passes { dedup_statements: true, ..Passes::NONE };

    #[test]
    fn the_earliest_copy_stays() {
        let first = r#"{"Effect": "Deny", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*", "Condition": {
            "StringEquals": {"k": ["a", "b"]}, "Bool": {"l": "true"}}}"#;
        let copy = r#"{"Effect": "Deny", "Action": ["S3:put*", "s3:get*"], "Resource": ["*", "arn:aws:s3:::b"], "Condition": {
            "Bool": {"L": "TRUE"}, "StringEquals": {"K": ["b", "a", "a"]}}}"#;
        let other = r#"{"Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*", "Condition": {
            "StringEquals": {"k": ["a", "b"]}, "Bool": {"l": "true"}}}"#;
        check_left_out(PASSES, &[first, copy, other, copy], &["1 repeats 0", "3 repeats 0"]);
    }
}
