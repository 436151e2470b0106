//! One test of a `Condition` block: operator, key, values. The master table 4.2 of the semantics.

use super::context::RequestContext;
use super::operator::value_matches;
use crate::iam::value::parse_bool;
use crate::iam::{BaseOperator, ConditionOperator, SetOperator, Template};
use crate::request::ContextValue;
use crate::source::Spanned;
use crate::syntax::ast::Condition;

/// D-07: what an operator without `ForAllValues`/`ForAnyValue` answers when the request gives a list.
const BARE_OPERATOR_MATCHES_MULTIVALUED_KEY: bool = false;

/// D-08: what `ForAnyValue:...IfExists` answers when the key is absent.
const FOR_ANY_VALUE_IF_EXISTS_MATCHES_ABSENT_KEY: bool = true;

/// Whether the test is passed.
///
/// | qualifier | key absent | `Single(c)` | `Multi(c1..cn)` |
/// |---|---|---|---|
/// | none, positive | false | `m(c)` | false |
/// | none, negated | true | `¬m(c)` | false |
/// | `ForAllValues:` positive | true | `m(c)` | `∀i m(ci)` |
/// | `ForAllValues:` negated | true | `¬m(c)` | `∀i ¬m(ci)` |
/// | `ForAnyValue:` positive | false | `m(c)` | `∃i m(ci)` |
/// | `ForAnyValue:` negated | false | `¬m(c)` | `∃i ¬m(ci)` |
/// | `...IfExists` | true | as without | as without |
///
/// `m(c)`: the context value `c` matches at least one value of the policy under the positive operator.
#[must_use]
pub fn condition_holds(condition: &Condition, context: &RequestContext<'_>) -> bool {
    let operator = condition.operator.value;
    let value = context.value(&condition.key.value);
    if operator.base == BaseOperator::Null {
        return null_holds(operator.set, &condition.values, value.is_none());
    }

    // Negate inside, quantify outside (CO-9, D-29). A plain negation: true of no policy values at all (D-13), and of what
    // cannot be read as number, date, ARN or address (CO-13, D-14).
    let positive = operator.base.positive();
    let m = |c: &str| condition.values.iter().any(|value| value_matches(positive, &value.value, c, context));
    let matches = |c: &str| m(c) != operator.base.is_negated();

    match (operator.set, value) {
        (_, None) => absent_key_holds(operator),
        (_, Some(ContextValue::Single(c))) => matches(c), // CO-8: a set of one
        (None, Some(ContextValue::Multi(_))) => BARE_OPERATOR_MATCHES_MULTIVALUED_KEY,
        (Some(SetOperator::ForAllValues), Some(ContextValue::Multi(values))) => values.iter().all(|c| matches(c)),
        (Some(SetOperator::ForAnyValue), Some(ContextValue::Multi(values))) => values.iter().any(|c| matches(c)),
    }
}

/// The column "key absent" of the table (CO-6, CO-7).
fn absent_key_holds(operator: ConditionOperator) -> bool {
    match (operator.set, operator.if_exists) {
        (None, false) => operator.base.is_negated(),
        (None, true) => true,
        (Some(SetOperator::ForAllValues), _) => true,
        (Some(SetOperator::ForAnyValue), false) => false,
        (Some(SetOperator::ForAnyValue), true) => FOR_ANY_VALUE_IF_EXISTS_MATCHES_ABSENT_KEY,
    }
}

/// `Null`: `true` asks for an absent key, `false` for a present one, whatever its value (CO-34, CO-35). Under a set operator
/// it is no test at all.
fn null_holds(set: Option<SetOperator>, values: &[Spanned<Template>], is_absent: bool) -> bool {
    match set {
        Some(SetOperator::ForAllValues) => true,
        Some(SetOperator::ForAnyValue) => false,
        None => values.iter().any(|value| value.value.as_plain_text().and_then(|text| parse_bool(&text)) == Some(is_absent)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::statement;
    use super::*;
    use crate::iam::PolicyKind;
    use crate::request::{Context, ContextEntry};

    /// Reads `{ operator: { key: values } }` and tests it against a context of one key, `k`.
    #[track_caller]
    fn check(condition: &str, value: Option<ContextValue<'_>>, expected: bool) {
        let elements = format!(r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}"#);
        let statement = statement(PolicyKind::Identity, &elements);
        let entries: Vec<ContextEntry<'_>> = value.map(|value| ContextEntry { key: "k", value }).into_iter().collect();
        let context = RequestContext::explicit(Context::new(&entries));
        let holds = statement.conditions.iter().all(|condition| condition_holds(condition, &context));
        assert_eq!(holds, expected, "{condition} {value:?}");
    }

    /// One row of table 4.2: absent, a match, no match, several that all match, some of several, none of several.
    #[track_caller]
    fn check_row(operator: &str, expected: [bool; 6]) {
        let columns = [
            None,
            Some(ContextValue::Single("a")),
            Some(ContextValue::Single("x")),
            Some(ContextValue::Multi(&["a", "b"])),
            Some(ContextValue::Multi(&["a", "x"])),
            Some(ContextValue::Multi(&["x", "y"])),
        ];
        for (value, expected) in columns.into_iter().zip(expected) {
            check(&format!(r#"{{"{operator}": {{"k": ["a", "b"]}}}}"#), value, expected);
        }
    }

    const T: bool = true;
    const F: bool = false;

    #[test]
    fn master_table() {
        check_row("StringEquals", [F, T, F, F, F, F]);
        check_row("StringNotEquals", [T, F, T, F, F, F]);
        check_row("StringEqualsIfExists", [T, T, F, F, F, F]);
        check_row("StringNotEqualsIfExists", [T, F, T, F, F, F]);
        check_row("ForAllValues:StringEquals", [T, T, F, T, F, F]);
        check_row("ForAllValues:StringNotEquals", [T, F, T, F, F, T]);
        check_row("ForAnyValue:StringEquals", [F, T, F, T, T, F]);
        check_row("ForAnyValue:StringNotEquals", [F, F, T, F, T, T]);
        check_row("ForAllValues:StringEqualsIfExists", [T, T, F, T, F, F]);
        check_row("ForAllValues:StringNotEqualsIfExists", [T, F, T, F, F, T]);
        check_row("ForAnyValue:StringEqualsIfExists", [T, T, F, T, T, F]);
        check_row("ForAnyValue:StringNotEqualsIfExists", [T, F, T, F, T, T]);
    }

    #[test]
    fn null_rows() {
        const PRESENT: Option<ContextValue<'_>> = Some(ContextValue::Single(""));
        const SEVERAL: Option<ContextValue<'_>> = Some(ContextValue::Multi(&["a", "b"]));
        for (condition, expected) in [
            (r#"{"Null": {"k": "true"}}"#, [T, F, F]),
            (r#"{"Null": {"k": "False"}}"#, [F, T, T]),
            (r#"{"Null": {"k": ["true", "false"]}}"#, [T, T, T]),
            (r#"{"Null": {"k": "yes"}}"#, [F, F, F]),
            (r#"{"Null": {"k": []}}"#, [F, F, F]),
            (r#"{"ForAllValues:Null": {"k": "true"}}"#, [T, T, T]),
            (r#"{"ForAnyValue:Null": {"k": "true"}}"#, [F, F, F]),
        ] {
            for (value, expected) in [None, PRESENT, SEVERAL].into_iter().zip(expected) {
                check(condition, value, expected);
            }
        }
        check(r#"{"Null": {"k": "true"}}"#, Some(ContextValue::Multi(&[])), true); // M-3
    }

    #[test]
    fn no_policy_values() {
        let present = Some(ContextValue::Single("x"));
        check(r#"{"StringEquals": {"k": []}}"#, present, false);
        check(r#"{"StringNotEquals": {"k": []}}"#, present, true); // D-13
        check(r#"{"StringEqualsIfExists": {"k": []}}"#, present, false);
        check(r#"{"StringEqualsIfExists": {"k": []}}"#, None, true);
        check(r#"{"ForAllValues:StringEquals": {"k": []}}"#, present, false);
        check(r#"{"ForAnyValue:StringEquals": {"k": []}}"#, present, false);
    }

    #[test]
    fn what_cannot_be_read_matches_nothing() {
        for (condition, value, expected) in [
            (r#"{"NumericEquals": {"k": "5"}}"#, "abc", false),
            (r#"{"NumericLessThan": {"k": "5"}}"#, "abc", false),
            (r#"{"NumericNotEquals": {"k": "5"}}"#, "abc", true), // D-14
            (r#"{"NumericNotEquals": {"k": "abc"}}"#, "5", true),
            (r#"{"DateNotEquals": {"k": "2024-01-01"}}"#, "soon", true),
            (r#"{"NotIpAddress": {"k": "10.0.0.0/8"}}"#, "here", true),
            (r#"{"ArnNotLike": {"k": "arn:aws:s3:::b"}}"#, "b", true),
            (r#"{"Bool": {"k": "true"}}"#, "yes", false),
        ] {
            check(condition, Some(ContextValue::Single(value)), expected);
        }
    }

    #[test]
    fn all_entries_must_hold() {
        let both = r#"{"StringLike": {"k": "a*"}, "StringNotEquals": {"k": "ab", "absent": "x"}}"#;
        check(both, Some(ContextValue::Single("ac")), true);
        check(both, Some(ContextValue::Single("ab")), false);
        check("{}", None, true);
    }
}
