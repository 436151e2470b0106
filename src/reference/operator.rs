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
