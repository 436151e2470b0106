//! Policies whose statements say the same few tests, each test for actions of its own: what a predicate table has for it is what
//! decides. The tests are those that tables know, of equality with and without letter case and of `Null`; the values of requests are
//! the policy's own in another letter case, in one that changes their size, or as long as values can be.

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
    (vec(conditions(), 2..=12), vec((any::<prop::sample::Index>(), requests()), 24)).prop_map(|(conditions, drawn)| {
        let statements = conditions.iter().enumerate().flat_map(|(number, condition)| {
            let next = &conditions[(number + 1) % conditions.len()];
            let both = (next.operator != condition.operator || next.key != condition.key)
                .then(|| statement(&format!("svc:Both{number}"), vec![condition.clone(), next.clone()]));
            [statement(&action(number), vec![condition.clone()]), statement("other:Same", vec![condition.clone()])]
                .into_iter()
                .chain(both)
        });
        let policy = policy_of(PolicyKind::Identity, Some(Version::V2012), statements.collect());
        let (requests, operators) = drawn
            .into_iter()
            .map(|(index, request)| {
                let number = index.index(conditions.len());
                (RequestCase { action: action(number), ..request }, conditions[number].operator.value)
            })
            .unzip();
        Chorus { policy, requests, operators }
    })
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

fn conditions() -> impl Strategy<Value = Condition> {
    let set = prop_oneof![
        3 => Just(None),
        1 => Just(Some(SetOperator::ForAllValues)),
        1 => Just(Some(SetOperator::ForAnyValue)),
    ];
    let values = vec(select(policy_texts()), 1..=4);
    let accepted = vec(select(&["true", "false"]), 1);
    (select(&OPERATORS), set, any::<bool>(), select(KEYS), values, accepted).prop_map(
        |(base, set, if_exists, key, values, accepted)| {
            let is_null = base.value_type() == ValueType::Null;
            let values = if is_null { accepted.into_iter().map(str::to_owned).collect() } else { values };
            Condition {
                operator: placeless(ConditionOperator { set, base, if_exists: if_exists && !is_null }),
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
    let value = || {
        prop_oneof![
            1 => Just(None),
            4 => select(context_texts()).prop_map(|text| Some(Value::Single(text))),
            3 => vec(select(context_texts()), 0..=2).prop_map(|texts| Some(Value::Multi(texts))),
        ]
    };
    (value(), value(), value()).prop_map(|values| {
        let mut request = request::plain();
        for (key, value) in KEYS.iter().zip(<[_; 3]>::from(values)) {
            request.set(key, value);
        }
        request
    })
}

/// The last one follows from the request where it is not said.
const KEYS: &[&str; 3] = &["aws:ResourceTag/team", "aws:TagKeys", "aws:username"];

const OPERATORS: [BaseOperator; 7] = [
    BaseOperator::StringEquals,
    BaseOperator::StringNotEquals,
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringNotEqualsIgnoreCase,
    BaseOperator::Null,
    BaseOperator::Null,
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
