//! Policies of many statements that no access key tells apart, since every test also holds without a value or says what a value
//! is not: long enough for blocks with every kind of dimension.

use ibc::iam::PolicyKind;
use ibc::iam::{BaseOperator, ConditionKey, ConditionOperator, Effect, SetOperator, Version};
use ibc::source::Span;
use ibc::syntax::ast::{Condition, Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, placeless, policy_of};
use super::request::{self, RequestCase, Value};
use super::text;

/// A policy and requests whose values lie around its own.
#[derive(Debug, Clone)]
pub(crate) struct Herd {
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
}

/// Random herds of more than a hundred statements, nearly all of one effect.
pub(crate) fn herds() -> impl Strategy<Value = Herd> {
    let main_effect = select(vec![Effect::Allow, Effect::Deny]);
    let sizes = prop_oneof![Just(65_usize), Just(128), Just(129), Just(200)];
    (main_effect, sizes).prop_flat_map(|(effect, size)| {
        let requests = vec(requests(), 12);
        (vec(statements(effect), size), requests).prop_map(|(mut statements, requests)| {
            statements.push(allow_all());
            Herd { policy: policy_of(PolicyKind::Identity, Some(Version::V2012), statements), requests }
        })
    })
}

fn allow_all() -> Statement {
    Statement {
        span: Span::default(),
        sid: None,
        effect: placeless(Effect::Allow),
        principal: None,
        action: element(false, [text::action("svc:*")]),
        resource: Some(element(false, [text::template("*", Version::V2012)])),
        conditions: Vec::new(),
    }
}

fn statements(main_effect: Effect) -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![20 => Just(main_effect), 1 => select(vec![Effect::Allow, Effect::Deny])];
    let actions = (prop::bool::weighted(0.7), vec(select(ACTIONS), 1..=3));
    (effect, actions, vec(conditions(), 1..=3)).prop_map(|(effect, (not_action, actions), mut conditions)| {
        conditions.dedup_by(|a, b| a.operator == b.operator && a.key == b.key);
        Statement {
            effect: placeless(effect),
            action: element(not_action, actions.into_iter().map(text::action)),
            conditions,
            ..allow_all()
        }
    })
}

fn conditions() -> impl Strategy<Value = Condition> {
    let set = prop_oneof![
        6 => Just(None),
        1 => Just(Some(SetOperator::ForAllValues)),
        1 => Just(Some(SetOperator::ForAnyValue)),
    ];
    let texts = (select(&TEXT_OPERATORS), select(TEXT_KEYS), vec(select(TEXTS), 1..=3));
    let numbers = (select(&NUMBER_OPERATORS), Just("aws:MultiFactorAuthAge"), vec(select(NUMBERS), 1..=2));
    let dates = (select(&DATE_OPERATORS), Just("aws:CurrentTime"), vec(select(DATES), 1..=2));
    let nulls = (Just(BaseOperator::Null), select(TEXT_KEYS), vec(select(&["true", "false"]), 1));
    let tests = prop_oneof![4 => texts, 3 => numbers, 2 => dates, 1 => nulls];
    (tests, set, prop::bool::weighted(0.2)).prop_map(|((base, key, values), set, if_exists)| {
        let if_exists = if_exists && base != BaseOperator::Null;
        Condition {
            operator: placeless(ConditionOperator { set, base, if_exists }),
            key: placeless(ConditionKey::new(key)),
            values: values.into_iter().map(|value| placeless(text::template(value, Version::V2012))).collect(),
        }
    })
}

fn requests() -> impl Strategy<Value = RequestCase> {
    let value = |values: &'static [&'static str]| {
        prop_oneof![
            1 => Just(None),
            5 => select(values).prop_map(|value| Some(Value::Single(value.to_owned()))),
            2 => vec(select(values), 0..=4)
                .prop_map(|values| Some(Value::Multi(values.into_iter().map(str::to_owned).collect()))),
        ]
    };
    let values = (value(TEXTS), value(TEXTS), value(ASKED_NUMBERS), value(ASKED_DATES));
    (select(ASKED_ACTIONS), values).prop_map(|(action, (team, region, age, time))| {
        let mut request = RequestCase { action: action.to_owned(), ..request::plain() };
        for (key, value) in
            [(TEXT_KEYS[0], team), (TEXT_KEYS[1], region), ("aws:MultiFactorAuthAge", age), ("aws:CurrentTime", time)]
        {
            request.set(key, value);
        }
        request
    })
}

const ACTIONS: &[&str] = &["svc:Get*", "svc:Put*", "other:*", "svc:One", "svc:Two", "imagebuilder:Get*", "*"];
const ASKED_ACTIONS: &[&str] =
    &["svc:GetThing", "svc:PutThing", "svc:One", "svc:Three", "other:Any", "imagebuilder:GetImage", "none:At"];

const TEXT_KEYS: &[&str] = &["aws:ResourceTag/team", "aws:RequestedRegion"];
const TEXTS: &[&str] = &["a", "b", "c", "d", "A", "é", "É", ""];
const TEXT_OPERATORS: [BaseOperator; 5] = [
    BaseOperator::StringEquals,
    BaseOperator::StringNotEquals,
    BaseOperator::StringNotEquals,
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringNotEqualsIgnoreCase,
];

const NUMBERS: &[&str] = &["1", "2", "2.0", "3", "10", "10.5", "-4", "200"];
const ASKED_NUMBERS: &[&str] = &["0", "1", "2", "2.5", "10", "11", "-5", "1000", "many"];
const NUMBER_OPERATORS: [BaseOperator; 6] = [
    BaseOperator::NumericEquals,
    BaseOperator::NumericNotEquals,
    BaseOperator::NumericLessThan,
    BaseOperator::NumericLessThanEquals,
    BaseOperator::NumericGreaterThan,
    BaseOperator::NumericGreaterThanEquals,
];

const DATES: &[&str] = &["2024-01-01T00:00:00Z", "2025-06-01", "1735689600", "2026-01-01T12:00:00+01:00"];
const ASKED_DATES: &[&str] = &["2023-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2026-01-01T11:00:00Z", "2030-01-01", "never"];
const DATE_OPERATORS: [BaseOperator; 5] = [
    BaseOperator::DateLessThan,
    BaseOperator::DateLessThanEquals,
    BaseOperator::DateGreaterThan,
    BaseOperator::DateGreaterThanEquals,
    BaseOperator::DateEquals,
];
