//! Conditions: policy values are parsed once; what cannot match is left out (CO-13).

use base64::Engine as _;
use smallvec::SmallVec;

use super::runs::Run;
use super::{lower_part, plain_pattern};
use crate::bundle::Bundle;
use crate::iam::value::{Decimal, Instant, parse_bool, parse_ip_range};
use crate::iam::{BaseOperator, Template, ValueType, fold::fold};
use crate::ir::{Comparison, Gap, Interned, Keys, Pattern, PatternToken, Predicate, PredicateId, Test};
use crate::syntax::ast::Condition;

/// The conditions that were lowered so far.
pub(super) struct Conditions {
    pub(super) keys: Keys,
    pub(super) predicates: Interned<Predicate>,
    /// Of each statement its predicates, sorted, without duplicates, and the operator that each was written with.
    pub(super) operators: Vec<SmallVec<[(PredicateId, BaseOperator); 3]>>,
}

impl Conditions {
    /// None, with room for all of a bundle.
    ///
    /// PERF: only what is used of it is written to; growing would copy each predicate several times.
    pub(super) fn with_room(bundle: &Bundle) -> Conditions {
        let statements = || bundle.policies.iter().flat_map(|named| &named.policy.statements);
        let condition_count = statements().map(|statement| statement.conditions.len()).sum();
        Conditions {
            keys: Keys::default(),
            predicates: Interned::with_capacity_and_hasher(condition_count, Default::default()),
            operators: Vec::with_capacity(statements().count()),
        }
    }

    pub(super) fn lower(&mut self, run: &Run<'_>) {
        for statement in run.0.iter().flat_map(|member| &member.policy.statements) {
            let conditions = statement.conditions.iter();
            let mut operators: SmallVec<[_; 3]> =
                conditions.map(|condition| (self.intern(condition), condition.operator.value.base)).collect();
            operators.sort_unstable();
            operators.dedup_by_key(|(predicate, _)| *predicate);
            self.operators.push(operators);
        }
    }

    fn intern(&mut self, condition: &Condition) -> PredicateId {
        let predicate = predicate(&mut self.keys, condition);
        PredicateId::from_index(self.predicates.insert_full(predicate).0)
    }
}

/// One entry of a condition block.
fn predicate(keys: &mut Keys, condition: &Condition) -> Predicate {
    let operator = condition.operator.value;
    let templates: Vec<&Template> = condition.values.iter().map(|value| &value.value).collect();
    Predicate {
        key: keys.intern(condition.key.value.as_str()),
        set: operator.set,
        if_exists: operator.if_exists,
        negated: operator.base.is_negated(),
        test: test(keys, operator.base.positive(), &templates),
    }
}

fn test(keys: &mut Keys, operator: BaseOperator, templates: &[&Template]) -> Test {
    match operator.value_type() {
        ValueType::String => string_test(keys, operator, templates),
        ValueType::Arn => Test::Arn(sorted(templates.iter().filter_map(|template| arn_pattern(keys, template)))),
        ValueType::Numeric => {
            let texts = plain_texts(templates).filter(|text| Decimal::parse(text).is_some()).map(String::into_boxed_str);
            Test::Numeric(comparison(operator), sorted(texts))
        }
        ValueType::Date => {
            let instants = plain_texts(templates).filter_map(|text| Instant::parse(&text));
            Test::Date(comparison(operator), sorted(instants.map(|instant| (instant.seconds, instant.nanoseconds))))
        }
        ValueType::Bool if templates.iter().any(|template| template.variables().next().is_some()) => {
            Test::BoolLike(sorted(templates.iter().map(|template| fold_literals(plain_pattern(keys, template)))))
        }
        ValueType::Bool => {
            let (accepts_true, accepts_false) = truth_values(templates);
            Test::Bool(accepts_true, accepts_false)
        }
        ValueType::Binary => {
            // Decoding accepts one spelling of each value only, so equal bytes are equal texts (CO-29).
            let is_canonical = |text: &String| base64::prelude::BASE64_STANDARD.decode(text).is_ok();
            Test::Equals(sorted(plain_texts(templates).filter(is_canonical).map(String::into_boxed_str)))
        }
        ValueType::IpAddress => {
            Test::IpAddress(sorted(plain_texts(templates).filter_map(|text| parse_ip_range(&text)).map(|range| range.trunc())))
        }
        ValueType::Null => {
            let (accepts_absent, accepts_present) = truth_values(templates);
            Test::Null(accepts_absent, accepts_present)
        }
    }
}

fn string_test(keys: &mut Keys, operator: BaseOperator, templates: &[&Template]) -> Test {
    let plain = |template: &Template| template.as_plain_text();
    let literal = |template: &Template| template.is_literal().then(|| template.as_plain_text()).flatten();
    match operator {
        BaseOperator::StringEqualsIgnoreCase => match all(templates, plain) {
            Some(texts) => Test::EqualsFolded(sorted(texts.iter().map(|text| fold(text).into_boxed_str()))),
            None => Test::LikeFolded(sorted(templates.iter().map(|template| fold_literals(plain_pattern(keys, template))))),
        },
        BaseOperator::StringLike => match all(templates, literal) {
            Some(texts) => Test::Equals(sorted(texts.into_iter().map(String::into_boxed_str))),
            None => Test::Like(sorted(templates.iter().map(|template| {
                Pattern::new(template.parts.iter().map(|part| lower_part(keys, part, |is_run| wildcard(is_run, Gap::Any))))
            }))),
        },
        _ => match all(templates, plain) {
            Some(texts) => Test::Equals(sorted(texts.into_iter().map(String::into_boxed_str))),
            None => Test::Like(sorted(templates.iter().map(|template| plain_pattern(keys, template)))),
        },
    }
}

/// An ARN pattern. Without variables the fields are known here: a wildcard stays in its component (WC-16), a short pattern
/// that ends in `*` is completed, another never matches (WC-18, D-12). With variables that is settled when they are resolved.
fn arn_pattern(keys: &mut Keys, template: &Template) -> Option<Pattern> {
    let raw = Pattern::new(template.parts.iter().map(|part| lower_part(keys, part, |is_run| wildcard(is_run, Gap::Any))));
    if raw.has_variable() {
        return Some(raw);
    }
    let mut colons = 0;
    let mut tokens = Vec::new();
    for token in raw.tokens {
        if let PatternToken::Literal(text) = &token {
            colons += text.bytes().filter(|&byte| byte == b':').count();
        }
        let gap = if colons >= 5 { Gap::Any } else { Gap::NoColon };
        tokens.push(match token {
            PatternToken::Run(_) => PatternToken::Run(gap),
            PatternToken::One(_) => PatternToken::One(gap),
            token => token,
        });
    }
    if colons < 5 && !matches!(tokens.last(), Some(PatternToken::Run(_))) {
        return None;
    }
    for field in colons + 1..=5 {
        let gap = if field == 5 { Gap::Any } else { Gap::NoColon };
        tokens.extend([PatternToken::Literal(":".into()), PatternToken::Run(gap)]);
    }
    Some(Pattern::new(tokens))
}

fn wildcard(is_run: bool, gap: Gap) -> PatternToken {
    if is_run { PatternToken::Run(gap) } else { PatternToken::One(gap) }
}

fn fold_literals(pattern: Pattern) -> Pattern {
    Pattern::new(pattern.tokens.into_iter().map(|token| match token {
        PatternToken::Literal(text) => PatternToken::Literal(fold(&text).into()),
        token => token,
    }))
}

fn comparison(operator: BaseOperator) -> Comparison {
    match operator {
        BaseOperator::NumericLessThan | BaseOperator::DateLessThan => Comparison::LessThan,
        BaseOperator::NumericLessThanEquals | BaseOperator::DateLessThanEquals => Comparison::LessThanEquals,
        BaseOperator::NumericGreaterThan | BaseOperator::DateGreaterThan => Comparison::GreaterThan,
        BaseOperator::NumericGreaterThanEquals | BaseOperator::DateGreaterThanEquals => Comparison::GreaterThanEquals,
        _ => Comparison::Equals,
    }
}

/// Whether `true` and whether `false` is among the values.
fn truth_values(templates: &[&Template]) -> (bool, bool) {
    let mut found = (false, false);
    for value in plain_texts(templates).filter_map(|text| parse_bool(&text)) {
        if value { found.0 = true } else { found.1 = true }
    }
    found
}

/// The texts without variables: a text with one is no number, date, address or truth value (PV-6).
fn plain_texts<'a>(templates: &'a [&Template]) -> impl Iterator<Item = String> + 'a {
    templates.iter().filter_map(|template| template.as_plain_text())
}

fn all<T>(templates: &[&Template], text: impl Fn(&Template) -> Option<T>) -> Option<Vec<T>> {
    templates.iter().map(|template| text(template)).collect()
}

fn sorted<T: Ord>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    values
}
