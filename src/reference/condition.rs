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
