//! Leaves out tests of the `Condition` block that every request passes, such as `ForAllValues:StringLike` with `*`, or `Null`
//! with both values (table 4.2).
//!
//! A request need not bring a key that only such tests name, and statements that differ in them alone become equal. A bare
//! operator is never left out: on a list it is false (D-07).

use super::truth::Truth;
use crate::ir::Program;

/// Leaves such tests out.
pub(super) fn run(program: &mut Program) {
    let is_always: Vec<bool> = program.predicates.iter().map(|predicate| Truth::of(predicate).is_always()).collect();
    if !is_always.contains(&true) {
        return;
    }
    for statement in program.units.iter_mut().flat_map(|unit| &mut unit.statements) {
        statement.predicates.retain(|predicate| !is_always[predicate.index()]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Passes;
    use super::super::testing::simplified;

    /// How many tests remain of a condition block.
    #[track_caller]
    fn check(condition: &str, expected: usize) {
        let statement = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#);
        let (program, _) = simplified(Passes { drop_true_predicates: true, ..Passes::NONE }, &[&statement]);
        assert_eq!(program.units[0].statements[0].predicates.len(), expected, "{condition}");
    }

    #[test]
    fn tests_that_all_pass_are_left_out() {
        for condition in [
            r#"{"ForAllValues:StringLike": {"k": "*"}}"#,
            r#"{"ForAllValues:StringLike": {"k": ["a", "**"]}}"#,
            r#"{"ForAllValues:StringNotEquals": {"k": []}}"#,
            r#"{"ForAnyValue:StringLikeIfExists": {"k": "*"}}"#,
            r#"{"ForAnyValue:NumericNotEqualsIfExists": {"k": "no number"}}"#,
            r#"{"Null": {"k": ["true", "false"]}}"#,
            r#"{"ForAllValues:Null": {"k": "true"}}"#,
        ] {
            check(condition, 0);
        }
    }

    #[test]
    fn others_stay() {
        for condition in [
            // False on a list (D-07).
            r#"{"StringLikeIfExists": {"k": "*"}}"#,
            r#"{"StringNotEquals": {"k": []}}"#,
            // False on an absent key.
            r#"{"ForAnyValue:StringLike": {"k": "*"}}"#,
            r#"{"ForAnyValue:StringNotEquals": {"k": []}}"#,
            // False on what is no ARN, on the empty text, on a list of values.
            r#"{"ForAllValues:ArnLike": {"k": "*"}}"#,
            r#"{"ForAllValues:StringLike": {"k": "?*"}}"#,
            r#"{"ForAllValues:StringEquals": {"k": []}}"#,
            r#"{"ForAllValues:Bool": {"k": ["true", "false"]}}"#,
            r#"{"Null": {"k": "true"}}"#,
        ] {
            check(condition, 1);
        }
        check(r#"{"ForAllValues:StringLike": {"k": "*"}, "StringEquals": {"k": "a"}}"#, 1);
    }
}
