//! Tests in words: what a failed one misses, and what a fulfilled one rests on.

use super::explanation::{Actual, Element, Expected, TestExplanation};
use crate::iam::{BaseOperator, ConditionOperator, SetOperator, ValueType};

/// Most values of a policy, or of the request, that a sentence names.
const MAX_NAMED: usize = 3;

impl TestExplanation {
    /// Why a test that failed did: `` `aws:ResourceTag/team` is `blue`, expected `red` ``.
    #[must_use]
    pub fn mismatch(&self) -> String {
        let expected = any_of(&self.expected);
        match &self.element {
            Element::Action { negated: false } => format!("the action is {}, expected {expected}", self.actual()),
            Element::Resource { negated: false } => {
                format!("the resource is {}, expected {expected}{}", self.actual(), self.unresolved())
            }
            Element::Principal { negated: false } => format!("the caller is {}, expected {expected}", self.actual()),
            Element::Action { .. } | Element::Resource { .. } | Element::Principal { .. } => {
                format!("`{}` lists {expected}", self.element.name())
            }
            Element::Condition { operator, key } => self.condition_mismatch(*operator, key),
        }
    }

    /// What a test that holds rests on: `` `aws:RequestTag/team` is absent ``.
    #[must_use]
    pub fn fact(&self) -> String {
        match &self.element {
            Element::Condition { operator, key } => {
                let is_negated_value = operator.base.is_negated() && self.actual != Actual::Absent;
                let not = if is_negated_value { format!(", not {}", any_of(&self.expected)) } else { String::new() };
                format!("`{key}` {}{not}{}", self.is_actual(), self.unresolved())
            }
            Element::Action { negated } | Element::Resource { negated } | Element::Principal { negated } => {
                let name = self.element.name();
                match negated {
                    true => format!("`{name}` does not list {}", self.actual()),
                    false => format!("`{name}` lists {}", any_of(&self.expected)),
                }
            }
        }
    }

    fn condition_mismatch(&self, operator: ConditionOperator, key: &str) -> String {
        let is = format!("`{key}` {}", self.is_actual());
        if operator.base == BaseOperator::Null {
            return match self.actual {
                Actual::Absent => is,
                _ => format!("`{key}` is present, must be absent"),
            };
        }
        if self.actual == Actual::Absent {
            return is;
        }
        if operator.set.is_none() && matches!(self.actual, Actual::List(_)) {
            return format!("{is}: a list, which `{operator}` never matches without `ForAnyValue` or `ForAllValues`");
        }
        let whose = match operator.set {
            Some(SetOperator::ForAllValues) => "each ",
            Some(SetOperator::ForAnyValue) if matches!(self.actual, Actual::List(_)) => "one ",
            _ => "",
        };
        let must = match (operator.base.is_negated(), whose) {
            (true, _) => format!("{whose}must not be"),
            (false, "") => comparison(operator.base).unwrap_or("expected").to_owned(),
            (false, _) => format!("{whose}{}", comparison(operator.base).unwrap_or("must be")),
        };
        if self.expected.is_empty() {
            return format!("{is}, and no value of the policy can match it");
        }
        format!("{is}, {must} {}{}", any_of(&self.expected), self.unresolved())
    }

    /// `is absent`, `` is `red` ``.
    fn is_actual(&self) -> String {
        match &self.actual {
            Actual::Absent => "is absent".to_owned(),
            _ => format!("is {}", self.actual()),
        }
    }

    fn actual(&self) -> String {
        match &self.actual {
            Actual::Absent => "absent".to_owned(),
            Actual::Text(text) => quoted(text),
            Actual::List(texts) => {
                let named: Vec<String> = texts.iter().take(MAX_NAMED).map(|text| quoted(text)).collect();
                format!("[{}{}]", named.join(", "), if texts.len() > MAX_NAMED { ", ..." } else { "" })
            }
        }
    }

    /// The policy variables that kept a pattern from matching.
    fn unresolved(&self) -> String {
        let Some(key) = self.expected.iter().find_map(|expected| expected.unresolved.first()) else { return String::new() };
        format!(", where `{key}` is absent")
    }
}

/// How an ordering reads; `None` for operators that look for equality.
fn comparison(operator: BaseOperator) -> Option<&'static str> {
    Some(match operator {
        BaseOperator::NumericLessThan => "must be less than",
        BaseOperator::NumericLessThanEquals => "must be at most",
        BaseOperator::NumericGreaterThan => "must be greater than",
        BaseOperator::NumericGreaterThanEquals => "must be at least",
        BaseOperator::DateLessThan => "must be before",
        BaseOperator::DateLessThanEquals => "must not be after",
        BaseOperator::DateGreaterThan => "must be after",
        BaseOperator::DateGreaterThanEquals => "must not be before",
        _ if operator.value_type() == ValueType::IpAddress => "must be in",
        _ => return None,
    })
}

/// `` `a`, `b` or one of 7 others ``.
fn any_of(expected: &[Expected]) -> String {
    let text = |expected: &Expected| quoted(expected.resolved.as_ref().unwrap_or(&expected.text));
    match expected {
        [] => "nothing".to_owned(),
        [only] => text(only),
        [first @ .., last] if expected.len() <= MAX_NAMED => {
            format!("{} or {}", first.iter().map(text).collect::<Vec<_>>().join(", "), text(last))
        }
        _ => {
            let first: Vec<String> = expected.iter().take(MAX_NAMED - 1).map(text).collect();
            format!("{} or one of {} others", first.join(", "), expected.len() - first.len())
        }
    }
}

fn quoted(text: &str) -> String {
    format!("`{}`", text.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\""))
}
