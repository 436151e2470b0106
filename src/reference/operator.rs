//! Whether one context value matches one policy value, operator by operator (sections 4.3 to 4.9).

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::arn_pattern::arn_matches;
use super::context::RequestContext;
use super::glob::glob_matches;
use super::variable::{resolve, resolve_text};
use crate::iam::fold::eq_fold;
use crate::iam::value::{Decimal, Instant, parse_bool, parse_ip, parse_ip_range};
use crate::iam::{BaseOperator, Template};

/// Whether `context_value` matches `policy_value` under a positive operator.
///
/// A policy value with an unresolved variable matches nothing (PV-9), neither does a value on either side that cannot be
/// read as what the operator compares (CO-13). The negated operators are the business of the caller.
#[must_use]
pub fn value_matches(positive: BaseOperator, policy_value: &Template, context_value: &str, context: &RequestContext<'_>) -> bool {
    // `*` and `?` are wildcards for three operators and characters for the others (WC-3).
    let pattern = || resolve(policy_value, context);
    let text = || if positive.has_variables() { resolve_text(policy_value, context) } else { policy_value.as_plain_text() };
    match positive {
        BaseOperator::StringEquals => text().is_some_and(|text| text == context_value),
        BaseOperator::StringEqualsIgnoreCase => text().is_some_and(|text| eq_fold(&text, context_value)),
        BaseOperator::StringLike => pattern().is_some_and(|pattern| glob_matches(&pattern, context_value)),
        // Equals and Like are the same (WC-16).
        BaseOperator::ArnEquals | BaseOperator::ArnLike => pattern().is_some_and(|pattern| arn_matches(&pattern, context_value)),
        BaseOperator::Bool => text().is_some_and(|text| bool_matches(&text, context_value)),
        BaseOperator::BinaryEquals => text().is_some_and(|text| binary_matches(&text, context_value)),
        BaseOperator::IpAddress => text().is_some_and(|text| ip_matches(&text, context_value)),
        BaseOperator::NumericEquals
        | BaseOperator::NumericLessThan
        | BaseOperator::NumericLessThanEquals
        | BaseOperator::NumericGreaterThan
        | BaseOperator::NumericGreaterThanEquals => {
            text().and_then(|text| numeric_order(context_value, &text)).is_some_and(|order| order_matches(positive, order))
        }
        BaseOperator::DateEquals
        | BaseOperator::DateLessThan
        | BaseOperator::DateLessThanEquals
        | BaseOperator::DateGreaterThan
        | BaseOperator::DateGreaterThanEquals => {
            text().and_then(|text| date_order(context_value, &text)).is_some_and(|order| order_matches(positive, order))
        }
        // Negated operators are not asked for, `Null` does not look at values.
        _ => false,
    }
}

/// Exact decimal comparison (CO-21).
fn numeric_order(context_value: &str, policy_value: &str) -> Option<Ordering> {
    Some(Decimal::parse(context_value)?.cmp(&Decimal::parse(policy_value)?))
}

/// Instants are compared, in whichever form each is written (CO-25, D-15).
fn date_order(context_value: &str, policy_value: &str) -> Option<Ordering> {
    Some(Instant::parse(context_value)?.cmp(&Instant::parse(policy_value)?))
}

/// The context value is the left side: `NumericLessThan 10` asks for a context value below 10 (CO-19).
fn order_matches(positive: BaseOperator, context_to_policy: Ordering) -> bool {
    match positive {
        BaseOperator::NumericLessThan | BaseOperator::DateLessThan => context_to_policy.is_lt(),
        BaseOperator::NumericLessThanEquals | BaseOperator::DateLessThanEquals => context_to_policy.is_le(),
        BaseOperator::NumericGreaterThan | BaseOperator::DateGreaterThan => context_to_policy.is_gt(),
        BaseOperator::NumericGreaterThanEquals | BaseOperator::DateGreaterThanEquals => context_to_policy.is_ge(),
        _ => context_to_policy.is_eq(),
    }
}

/// `true` or `false` on both sides, in any letter case; anything else matches nothing (CO-27).
fn bool_matches(policy_value: &str, context_value: &str) -> bool {
    parse_bool(policy_value).is_some_and(|wanted| parse_bool(context_value) == Some(wanted))
}

/// Both sides are base64; the bytes are compared (CO-29).
fn binary_matches(policy_value: &str, context_value: &str) -> bool {
    BASE64.decode(policy_value).is_ok_and(|wanted| BASE64.decode(context_value).is_ok_and(|found| found == wanted))
}

/// Whether the address lies in the range; families do not mix (CO-30 to CO-32).
fn ip_matches(policy_value: &str, context_value: &str) -> bool {
    parse_ip_range(policy_value).is_some_and(|range| parse_ip(context_value).is_some_and(|address| range.contains(&address)))
}

#[cfg(test)]
mod tests {
    use super::super::condition::condition_holds;
    use super::super::testing::statement;
    use super::*;
    use crate::iam::PolicyKind;
    use crate::request::{Context, ContextEntry, ContextValue};

    /// `values` is JSON; the context also has `name` = `ann` and `star` = `*`.
    #[track_caller]
    fn check(operator: &str, values: &str, context_value: &str, expected: bool) {
        let condition = format!(r#"{{"{operator}": {{"k": {values}}}}}"#);
        let elements = format!(r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}"#);
        let statement = statement(PolicyKind::Identity, &elements);
        let entry = |key, value| ContextEntry { key, value: ContextValue::Single(value) };
        let entries = [entry("k", context_value), entry("name", "ann"), entry("star", "*"), entry("yes", "True")];
        let context = RequestContext::explicit(Context::new(&entries));
        assert_eq!(condition_holds(&statement.conditions[0], &context), expected, "{operator} {values} {context_value}");
    }

    #[test]
    fn strings() {
        check("StringEquals", r#""a*""#, "abc", false);
        check("StringEquals", r#""a*""#, "a*", true);
        check("StringEquals", r#""A""#, "a", false);
        check("StringEqualsIgnoreCase", r#""ÄB*""#, "äb*", true);
        check("StringEqualsIgnoreCase", r#""ß""#, "SS", false);
        check("StringNotEqualsIgnoreCase", r#""A""#, "a", false);
        check("StringLike", r#""ab""#, "abc", false);
        check("StringLike", r#""*""#, "", true);
        check("StringLike", r#""?*""#, "", false);
        check("StringLike", r#""a${*}b""#, "axb", false);
        check("StringLike", r#""a${*}b""#, "a*b", true);
        check("StringEquals", r#""a${*}b""#, "a*b", true);
        check("StringNotLike", r#""a*""#, "abc", false);
    }

    #[test]
    fn variables() {
        check("StringEquals", r#""${NAME}""#, "ann", true);
        check("StringLike", r#""${star}/x""#, "abc/x", false);
        check("StringLike", r#""${star}/x""#, "*/x", true);
        check("StringLike", r#""${absent, '*'}""#, "x", false);
        check("StringLike", r#""${absent, '*'}""#, "*", true);
        check("StringEquals", r#"["${absent}", "b"]"#, "b", true);
        check("StringNotEquals", r#""${absent}""#, "b", true);
        check("StringNotEquals", r#"["${absent}", "b"]"#, "b", false);
        check("Bool", r#""${yes}""#, "true", true); // D-04
        check("ArnLike", r#""arn:aws:iam::1111:user/${name}""#, "arn:aws:iam::1111:user/ann", true);
        check("ArnLike", r#""${k}""#, "arn:aws:iam::1111:user/ann", true); // PV-16
        check("NumericEquals", r#""${k}""#, "5", false); // PV-6
    }

    #[test]
    fn orders_have_the_context_on_the_left() {
        check("NumericLessThan", r#""10""#, "9.99", true);
        check("NumericLessThan", r#""10""#, "10.0", false);
        check("NumericLessThan", r#"["10", "100"]"#, "50", true);
        check("NumericLessThanEquals", "10", "10.0", true);
        check("NumericGreaterThan", "10", "11", true);
        check("NumericGreaterThanEquals", "10", "9", false);
        check("NumericEquals", "1.0", "1", true);
        check("DateEquals", r#""2024-05-01""#, "2024-05-01T12:00:00Z", false); // D-15
        check("DateGreaterThan", r#""2024""#, "1970-01-01T00:33:45Z", true); // D-15
        check("DateLessThan", r#""2030-01-01T00:00:00Z""#, "1700000000", true);
        check("DateLessThanEquals", r#""1970-01-01""#, "0", true);
    }

    #[test]
    fn other_types() {
        check("Bool", "true", "TRUE", true);
        check("Bool", r#"["true", "false"]"#, "false", true);
        check("Bool", r#""true""#, "1", false);
        check("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ5", true);
        check("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ6", false);
        check("BinaryEquals", r#""%%""#, "%%", false);
        check("IpAddress", r#""203.0.113.77/24""#, "203.0.113.5", true);
        check("IpAddress", r#""::/0""#, "203.0.113.5", false);
        check("IpAddress", r#""10.0.0.0/8""#, "::ffff:10.0.0.1", false); // D-37
        check("NotIpAddress", r#""10.0.0.0/8""#, "10.1.2.3", false);
        check("ArnEquals", r#""arn:aws:sns:*:1111:t-*""#, "arn:aws:sns:us-east-1:1111:t-1", true);
    }
}
