//! Leaves out a statement that says what an earlier one of its unit says.
//!
//! Templates stamp the same guard into many policies; a request would verify every copy. The earliest copy stays, so a decision
//! names that one.

use smallvec::SmallVec;

use super::buckets::Buckets;
use super::{LeftOut, Why};
use crate::iam::Effect;
use crate::ir::{ActionSetId, PredicateId, PrincipalSetId, Program, ResourceSetId, Statement, StatementId};

/// Leaves duplicates out.
pub(super) fn run(program: &mut Program, left_out: &mut Vec<LeftOut>) {
    for unit in program.units.iter_mut().filter(|unit| unit.statements.len() > 1) {
        let repeated = repeated(&unit.statements);
        let mut index = 0;
        unit.statements.retain(|statement| {
            let earliest = repeated[index];
            index += 1;
            left_out.extend(earliest.map(|earliest| LeftOut { statement: statement.id, why: Why::Repeats(earliest) }));
            earliest.is_none()
        });
    }
}

/// For each statement the earliest one that says the same, if it is not itself.
fn repeated(statements: &[Statement]) -> Vec<Option<StatementId>> {
    let mut repeated = vec![None; statements.len()];
    let buckets = Buckets::new(statements, meaning);
    for bucket in buckets.iter().filter(|bucket| bucket.len() > 1) {
        let mut kept: SmallVec<[&Statement; 1]> = SmallVec::new();
        for &(_, index) in bucket {
            let statement = &statements[index as usize];
            match kept.iter().find(|kept| meaning(kept) == meaning(statement)) {
                Some(earliest) => repeated[index as usize] = Some(earliest.id),
                None if kept.len() < COLLISION_COUNT => kept.push(statement),
                None => {}
            }
        }
    }
    repeated
}

type Meaning<'a> = (Effect, Option<PrincipalSetId>, ActionSetId, Option<ResourceSetId>, &'a [PredicateId]);

fn meaning(statement: &Statement) -> Meaning<'_> {
    (statement.effect, statement.principal, statement.action, statement.resource, &statement.predicates)
}

/// How many different statements of one hash are compared; were there ever more, copies of the others would stay.
const COLLISION_COUNT: usize = 4;

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
