//! Texts that are not from a table: patterns and values put together at random, long ones too, numbers, dates, addresses.

use std::ops::RangeInclusive;

use ibc::iam::{BaseOperator, ConditionKey, ConditionOperator, SetOperator, ValueType, Version};
use ibc::syntax::ast::Condition;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::directed::{self, Choices, choices};
use super::policy::placeless;
use super::request::{self, RequestCase, Value};
use super::text;

/// The key that the conditions test.
const KEY: &str = "test:Key";
/// The key that the variables name.
const VARIABLE: &str = "test:Variable";

/// A condition on one key and requests that give it values.
#[derive(Debug, Clone)]
pub(crate) struct ConditionCase {
    pub(crate) condition: Condition,
    pub(crate) requests: Vec<RequestCase>,
}

/// Random conditions of every operator with so many random values.
pub(crate) fn condition_cases(count: RangeInclusive<usize>) -> impl Strategy<Value = ConditionCase> {
    let set = prop_oneof![4 => Just(None), 1 => Just(Some(SetOperator::ForAllValues)), 1 => Just(Some(SetOperator::ForAnyValue))];
    (select(BaseOperator::ALL), set, any::<bool>()).prop_flat_map(move |(base, set, if_exists)| {
        let operator = ConditionOperator { set, base, if_exists: if_exists && base != BaseOperator::Null };
        let values = vec(policy_texts(base.value_type()), count.clone());
        let drawn = vec((vec(context_texts(base.value_type()), 0..=2), variable_values(), choices()), 6);
        (values, drawn).prop_map(move |(values, drawn)| {
            let values = values.iter().map(|value| placeless(text::template(value, Version::V2012))).collect();
            let key = placeless(ConditionKey::new(KEY));
            let condition = Condition { operator: placeless(operator), key, values };
            let requests =
                drawn.into_iter().map(|(texts, variable, mut choices)| request_about(&condition, texts, variable, &mut choices));
            let requests = requests.collect();
            ConditionCase { condition, requests }
        })
    })
}

/// A request whose key has the values, or values that the condition mentions.
fn request_about(condition: &Condition, mut texts: Vec<String>, variable: Option<Value>, choices: &mut Choices) -> RequestCase {
    let mut request = request::plain();
    request.set(VARIABLE, variable);
    for text in &mut texts {
        if choices.once_in(2)
            && let Some(value) = choices.pick(&condition.values)
        {
            *text = directed::instance(&value.value, condition.operator.value.base.has_wildcards(), &request, choices);
        }
    }
    let is_single = texts.len() == 1 && !choices.once_in(4);
    let value = if is_single { Value::Single(texts.remove(0)) } else { Value::Multi(texts) };
    request.set(KEY, Some(value));
    request
}

fn variable_values() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        1 => Just(None),
        4 => pieces(PIECES).prop_map(|text| Some(Value::Single(text))),
        1 => vec(pieces(PIECES), 1..=2).prop_map(|texts| Some(Value::Multi(texts))),
    ]
}

/// Texts for policies: values of conditions, in the language of version 2012.
fn policy_texts(value_type: ValueType) -> BoxedStrategy<String> {
    match value_type {
        ValueType::String => prop_oneof![pieces(PATTERN_PIECES), pieces(FEW_PATTERN_PIECES)].boxed(),
        ValueType::Arn => prop_oneof![
            3 => vec(pieces(FEW_PATTERN_PIECES), 3..=6).prop_map(|fields| format!("arn:aws:{}", fields.join(":"))),
            1 => pieces(PATTERN_PIECES),
        ]
        .boxed(),
        ValueType::IpAddress => (context_texts(value_type), prop_oneof![Just(None), (0..140_u32).prop_map(Some)])
            .prop_map(|(address, size)| size.map_or(address.clone(), |size| format!("{address}/{size}")))
            .boxed(),
        _ => context_texts(value_type),
    }
}

/// Texts for requests.
fn context_texts(value_type: ValueType) -> BoxedStrategy<String> {
    match value_type {
        ValueType::String => prop_oneof![pieces(PIECES), pieces(FEW_PIECES)].boxed(),
        ValueType::Arn => prop_oneof![
            3 => vec(pieces(FEW_PIECES), 3..=6).prop_map(|fields| format!("arn:aws:{}", fields.join(":"))),
            1 => vec(pieces(FEW_PIECES), 3..=6).prop_map(|fields| format!("urn:aws:{}", fields.join(":"))),
        ]
        .boxed(),
        ValueType::Numeric => prop_oneof![
            4 => "[+-]?0{0,2}[0-3]{1,2}(\\.[0-2]{1,2}0{0,2})?",
            1 => "[0-9]{18,40}(\\.[0-9]{18,40})?",
            1 => "[-+ .e0-9]{0,4}",
        ]
        .boxed(),
        ValueType::Date => prop_oneof![
            4 => "20(23|24)-(01|02|12)(-(01|29|31)([Tt]0[0-2]:[0-3]0(:0[01](\\.[05]{1,2})?)?([Zz]|[+-]0[0-2]:[0-3]0)?)?)?",
            1 => "17[0-9]{1,8}",
            1 => "[0-9]{18,20}",
            1 => "[-0-9TZ:+.]{0,12}",
        ]
        .boxed(),
        ValueType::Bool | ValueType::Null => "([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|x| true)".boxed(),
        ValueType::Binary => prop_oneof![3 => "[A-Da-d+/]{0,2}[A-D][Aghw]==", 1 => "[A-D=]{0,8}", 1 => "[A-D]{4}( |\n)?"].boxed(),
        ValueType::IpAddress => prop_oneof![
            4 => "10\\.[0-1]\\.[0-1]\\.[0-9]",
            2 => "(2001|::|2001:DB8|2001:db8:0:0)(:[0-1]){0,6}(::)?[0-1]?",
            1 => "(::ffff:)?[01]{1,3}\\.0\\.0\\.[0-9]{1,3}",
        ]
        .boxed(),
    }
}

/// A text of a few of these pieces; seldom a long one.
fn pieces(of: &'static [&'static str]) -> BoxedStrategy<String> {
    prop_oneof![12 => vec(select(of), 0..=5), 1 => vec(select(of), 20..=60)].prop_map(|pieces| pieces.concat()).boxed()
}

const PIECES: &[&str] = &["a", "b", "ab", "A", "é", "É", "ß", "İ", "\u{212A}", "k", "*", "?", "$", ":", "/", "aaaaaaaaaaaaaaaa"];
const FEW_PIECES: &[&str] = &["a", "b", "ab", "a"];
const PATTERN_PIECES: &[&str] = &[
    "a",
    "b",
    "ab",
    "A",
    "é",
    "É",
    "ß",
    "İ",
    "\u{212A}",
    "k",
    "*",
    "*",
    "?",
    "${*}",
    "${?}",
    "${$}",
    ":",
    "/",
    "aaaaaaaaaaaaaaaa",
    "${test:Variable}",
    "${TEST:variable, 'a*'}",
];
const FEW_PATTERN_PIECES: &[&str] = &["a", "b", "ab", "*", "?", "${test:Variable}"];

/// So many resource patterns, complete and not, for any kind of policy, and resources that may match them.
pub(crate) fn resource_cases(count: RangeInclusive<usize>) -> impl Strategy<Value = (Vec<String>, bool, Vec<RequestCase>)> {
    let fields = |of| vec(pieces(of), 0..=6);
    // Variables work after the fifth colon only.
    let pattern =
        (select(PATTERN_HEADS), fields(FEW_LITERAL_PATTERN_PIECES), any::<bool>()).prop_map(|(head, fields, has_variable)| {
            let text = format!("{head}{}", fields.join(":"));
            if has_variable && text.matches(':').count() >= 5 { format!("{text}${{test:Variable}}") } else { text }
        });
    let resource = (select(RESOURCE_HEADS), fields(FEW_PIECES)).prop_map(|(head, fields)| format!("{head}{}", fields.join(":")));
    let drawn = vec((resource, variable_values(), choices()), 6);
    (vec(pattern, count), any::<bool>(), drawn).prop_map(|(patterns, negated, drawn)| {
        let requests = drawn.into_iter().map(|(resource, variable, mut choices)| {
            let mut request = RequestCase { resource, ..request::plain() };
            request.set(VARIABLE, variable);
            if choices.once_in(2)
                && let Some(pattern) = choices.pick(&patterns)
            {
                request.resource = directed::instance(&text::template(pattern, Version::V2012), true, &request, &mut choices);
            }
            request
        });
        let requests = requests.collect();
        (patterns, negated, requests)
    })
}

/// Resource patterns of six fields and more, with wildcards in any of them, one statement each; and resources that match some of
/// them, by field or past colons, or nearly do. Few words: many patterns begin alike.
pub(crate) fn arn_cases() -> impl Strategy<Value = (Vec<String>, Vec<RequestCase>)> {
    let pattern = (vec(select(FIELD_PATTERNS), 4), vec(select(TAIL_PATTERN_PIECES), 0..=4))
        .prop_map(|(fields, tail)| format!("arn:{}:{}", fields.join(":"), tail.concat()));
    let resource = (vec(select(FIELDS), 4..=8), vec(select(TAIL_PIECES), 0..=4))
        .prop_map(|(fields, tail)| format!("arn:{}:{}", fields.join(":"), tail.concat()));
    let drawn = vec((resource, variable_values(), choices()), 10);
    (vec(pattern, 1..=4), drawn).prop_map(|(patterns, drawn)| {
        let requests = drawn.into_iter().map(|(resource, variable, mut choices)| {
            let mut request = RequestCase { resource, ..request::plain() };
            request.set(VARIABLE, variable);
            if !choices.once_in(3)
                && let Some(pattern) = choices.pick(&patterns)
            {
                request.resource = directed::instance(&text::template(pattern, Version::V2012), true, &request, &mut choices);
            }
            if choices.once_in(3) {
                let [from, to] = [["a", "b"], [":", ":a:"], [":", "::"], ["a", ""]][choices.below(4)];
                request.resource = request.resource.replacen(from, to, 1 + choices.below(3));
            }
            request
        });
        let requests = requests.collect();
        (patterns, requests)
    })
}

const FIELD_PATTERNS: &[&str] = &["", "a", "a", "b", "*", "*", "*", "a*", "*a", "?", "a?*"];
const TAIL_PATTERN_PIECES: &[&str] = &["a", "a", "b", "a/", ":", "*", "*", "?", "${test:Variable}"];
const FIELDS: &[&str] = &["", "a", "a", "b", "ab"];
const TAIL_PIECES: &[&str] = &["a", "b", "a/", ":"];

const FEW_LITERAL_PATTERN_PIECES: &[&str] = &["a", "b", "ab", "*", "?", "11"];

/// How resource patterns begin. Policies of resources and endpoints may hold texts that are no ARN.
const PATTERN_HEADS: &[&str] = &[
    "arn:aws:s3:::",
    "arn:aws:*:::",
    "arn:*:s3:*:*:",
    "arn:aws:s3:us-*-1:11*:",
    "a*",
    "a?n:aws:s3:::",
    "aws:arn:s3:::",
    "arn:aws:s3:*:",
    "*:",
    "arn:aws:s3",
];

/// How resources begin.
const RESOURCE_HEADS: &[&str] =
    &["arn:aws:s3:::", "arn:aws:s3:us-a-1:111:", "arn:aws:s3:us-a:b-1:11:", "arn:aws:", "axn:aws:s3:::", "aws:arn:s3:::"];
