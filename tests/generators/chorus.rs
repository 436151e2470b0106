//! Policies whose statements say the same few tests, each test for actions of its own: what a predicate table has for it is what
//! decides. The tests are those that tables know, of equality with and without letter case and of `Null`; the values of requests are
//! the policy's own in another letter case, in one that changes their size, or as long as values can be.
//!
//! Long choruses have no statements in common, and are long enough for a block: what its rows of bits say is what decides. Their tests
//! are of addresses as well.

use ibc::iam::{
    BaseOperator, ConditionKey, ConditionOperator, Effect, PolicyKind, SetOperator, Template, TemplatePart, ValueType, Version,
};
use ibc::request::MAX_VALUE_SIZE;
use ibc::source::Span;
use ibc::syntax::ast::{Condition, Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, placeless, policy_of};
use super::request::{self, RequestCase, Value};
use super::text;

/// A policy, and requests that are each about one of its tests.
#[derive(Debug, Clone)]
pub(crate) struct Chorus {
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
    /// Of each request: the operator of the test that alone decides it.
    pub(crate) operators: Vec<ConditionOperator>,
}

/// Random choruses of at most a dozen tests.
pub(crate) fn choruses() -> impl Strategy<Value = Chorus> {
    (vec(conditions(&OPERATORS), 2..=12), parts()).prop_map(|(conditions, parts)| {
        let statements = conditions.iter().enumerate().flat_map(|(number, condition)| {
            let next = &conditions[(number + 1) % conditions.len()];
            let both = (next.operator != condition.operator || next.key != condition.key)
                .then(|| statement(&format!("svc:Both{number}"), vec![condition.clone(), next.clone()]));
            [statement(&action(number), vec![condition.clone()]), statement("other:Same", vec![condition.clone()])]
                .into_iter()
                .chain(both)
        });
        chorus(statements.collect(), &conditions, parts)
    })
}

/// Random choruses of dozens of tests. Every third is beside one that says that its key is there, and what is above a date or number is
/// below another.
pub(crate) fn long_choruses() -> impl Strategy<Value = Chorus> {
    (vec(conditions(&LONG_OPERATORS), 40..=80), parts()).prop_map(|(conditions, parts)| {
        let statements = conditions.iter().enumerate().map(|(number, condition)| {
            let presence = (number % 3 == 0 && condition.operator.value.base != BaseOperator::Null).then(|| Condition {
                operator: placeless(ConditionOperator { set: None, base: BaseOperator::Null, if_exists: false }),
                key: condition.key.clone(),
                values: vec![placeless(literal("false".to_owned()))],
            });
            let ConditionOperator { set, base, if_exists } = condition.operator.value;
            let end = match base.value_type() {
                ValueType::Date => Some((BaseOperator::DateLessThanEquals, DATES[number % DATES.len()])),
                ValueType::Numeric => Some((BaseOperator::NumericLessThan, NUMBERS[number % NUMBERS.len()])),
                _ => None,
            };
            let end = end.map(|(base, value)| Condition {
                operator: placeless(ConditionOperator { set, base, if_exists }),
                key: condition.key.clone(),
                values: vec![placeless(literal(value.to_owned()))],
            });
            statement(&action(number), presence.into_iter().chain([condition.clone()]).chain(end).collect())
        });
        chorus(statements.collect(), &conditions, parts)
    })
}

/// Requests, each for one of the tests.
type Parts = Vec<(prop::sample::Index, RequestCase)>;

fn parts() -> impl Strategy<Value = Parts> {
    vec((any::<prop::sample::Index>(), requests()), 24)
}

fn chorus(statements: Vec<Statement>, conditions: &[Condition], parts: Parts) -> Chorus {
    let policy = policy_of(PolicyKind::Identity, Some(Version::V2012), statements);
    let request = |(index, request): (prop::sample::Index, RequestCase)| {
        let number = index.index(conditions.len());
        (RequestCase { action: action(number), ..request }, conditions[number].operator.value)
    };
    let (requests, operators) = parts.into_iter().map(request).unzip();
    Chorus { policy, requests, operators }
}

fn action(number: usize) -> String {
    format!("svc:One{number}")
}

fn statement(action: &str, conditions: Vec<Condition>) -> Statement {
    Statement {
        span: Span::default(),
        sid: None,
        effect: placeless(Effect::Allow),
        principal: None,
        action: element(false, [text::action(action)]),
        resource: Some(element(false, [text::template("*", Version::V2012)])),
        conditions,
    }
}

fn conditions(operators: &'static [BaseOperator]) -> impl Strategy<Value = Condition> {
    let set = prop_oneof![
        3 => Just(None),
        1 => Just(Some(SetOperator::ForAllValues)),
        1 => Just(Some(SetOperator::ForAnyValue)),
    ];
    let values = vec(select(policy_texts()), 1..=4);
    let accepted = vec(select(&["true", "false"]), 1);
    let others = (vec(select(NETWORKS), 1..=3), vec(select(DATES), 1..=2), vec(select(NUMBERS), 1..=2));
    (select(operators), set, any::<bool>(), select(TEXT_KEYS), values, accepted, others).prop_map(
        |(base, set, if_exists, key, values, accepted, (networks, dates, numbers))| {
            let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
            let (key, values) = match base.value_type() {
                ValueType::Null => (key, owned(accepted)),
                ValueType::IpAddress => (ADDRESS_KEY, owned(networks)),
                ValueType::Date => (DATE_KEY, owned(dates)),
                ValueType::Numeric => (NUMBER_KEY, owned(numbers)),
                _ => (key, values),
            };
            Condition {
                operator: placeless(ConditionOperator { set, base, if_exists: if_exists && base != BaseOperator::Null }),
                key: placeless(ConditionKey::new(key)),
                values: values.into_iter().map(|value| placeless(literal(value))).collect(),
            }
        },
    )
}

/// A template without variables and wildcards.
fn literal(text: String) -> Template {
    let parts = if text.is_empty() { Vec::new() } else { vec![TemplatePart::Literal(text.into())] };
    Template { parts: parts.into() }
}

fn requests() -> impl Strategy<Value = RequestCase> {
    let value = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().copied().map(str::to_owned).collect();
        prop_oneof![
            1 => Just(None),
            4 => select(texts.clone()).prop_map(|text| Some(Value::Single(text))),
            3 => vec(select(texts), 0..=2).prop_map(|texts| Some(Value::Multi(texts))),
        ]
    };
    let texts = context_texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let text = || value(&texts);
    (text(), text(), text(), value(ADDRESSES), value(ASKED_DATES), value(ASKED_NUMBERS)).prop_map(
        |(team, tags, name, address, date, number)| {
            let mut request = request::plain();
            let others = [(ADDRESS_KEY, address), (DATE_KEY, date), (NUMBER_KEY, number)];
            for (key, value) in TEXT_KEYS.iter().copied().zip([team, tags, name]).chain(others) {
                request.set(key, value);
            }
            request
        },
    )
}

/// The last one follows from the request where it is not said.
const TEXT_KEYS: &[&str; 3] = &["aws:ResourceTag/team", "aws:TagKeys", "aws:username"];

const OPERATORS: [BaseOperator; 7] = [
    BaseOperator::StringEquals,
    BaseOperator::StringNotEquals,
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringNotEqualsIgnoreCase,
    BaseOperator::Null,
    BaseOperator::Null,
];

const LONG_OPERATORS: [BaseOperator; 13] = [
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringNotEqualsIgnoreCase,
    BaseOperator::NumericGreaterThan,
    BaseOperator::NumericGreaterThanEquals,
    BaseOperator::DateGreaterThan,
    BaseOperator::DateGreaterThanEquals,
    BaseOperator::StringEquals,
    BaseOperator::StringNotEquals,
    BaseOperator::IpAddress,
    BaseOperator::IpAddress,
    BaseOperator::NotIpAddress,
    BaseOperator::NotIpAddress,
    BaseOperator::Null,
];

const ADDRESS_KEY: &str = "aws:SourceIp";
/// Some lie in others, some begin where others end.
const NETWORKS: &[&str] = &[
    "0.0.0.0/0",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.3/32",
    "10.1.2.4",
    "255.255.255.0/24",
    "2001:db8::/32",
    "2001:db8:1::/48",
    "::ffff:10.1.2.0/120",
    "ffff::/16",
];
const ADDRESSES: &[&str] = &[
    "0.0.0.0",
    "9.255.255.255",
    "10.0.0.0",
    "10.1.2.3",
    "10.1.2.4",
    "10.1.2.5",
    "10.255.255.255",
    "11.0.0.0",
    "255.255.255.255",
    "2001:db8::1",
    "2001:db8:1::",
    "2001:db9::",
    "::ffff:10.1.2.3",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "no address",
];

const NUMBER_KEY: &str = "aws:MultiFactorAuthAge";
const NUMBERS: &[&str] = &["-1", "0", "2.50", "3", "10", "1000"];
const ASKED_NUMBERS: &[&str] = &["-1.0", "-0", "1", "2.5", "3.0", "9.99", "10", "11", "1000", "1001", "no number"];

const DATE_KEY: &str = "aws:CurrentTime";
const DATES: &[&str] =
    &["2024-01-01T00:00:00Z", "1704067201", "2024-01-01T00:00:00.5Z", "2024-06-01", "2024-06-30T01:00:00+01:00"];
const ASKED_DATES: &[&str] = &[
    "2023-12-31T23:59:59Z",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.2Z",
    "2024-01-01T01:00:00.5+01:00",
    "1704067201",
    "2024-03-01",
    "2024-06-01T00:00:00Z",
    "2024-06-15",
    "2024-06-30T00:00:00Z",
    "2024-06-30T00:00:01Z",
    "no date",
];

fn policy_texts() -> Vec<String> {
    let short = ["", "red", "Red", "Été", "kelvin", "alice"];
    short.into_iter().map(str::to_owned).chain([longest("É"), longest("Ⱥ"), longest("a")]).collect()
}

fn context_texts() -> Vec<String> {
    let short = ["", "red", "Red", "RED", "Été", "ÉTÉ", "\u{212a}elvin", "alice"];
    let almost = format!("{}x", &longest("a")[1..]);
    short.into_iter().map(str::to_owned).chain([longest("é"), longest("Ⱥ"), longest("A"), almost]).collect()
}

/// As much of a letter as a value can hold.
fn longest(letter: &str) -> String {
    letter.repeat(MAX_VALUE_SIZE / letter.len())
}
