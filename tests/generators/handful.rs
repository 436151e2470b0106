//! Policies of a few statements, most of which want a value of the same context key: small units with fingerprints, of every
//! number of entries around the most that fit.

use ibc::iam::{BaseOperator, ConditionKey, ConditionOperator, Effect, PolicyKind, SetOperator, Version};
use ibc::source::Span;
use ibc::syntax::ast::{Condition, Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, placeless, policy_of};
use super::request::{self, RequestCase, Value};
use super::text;

/// A policy and requests whose values are among its own, or are not.
#[derive(Debug, Clone)]
pub(crate) struct Handful {
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
}

/// Random handfuls of three to eighteen statements.
pub(crate) fn handfuls() -> impl Strategy<Value = Handful> {
    (vec(statements(), 3..=18), vec(requests(), 12)).prop_map(|(statements, requests)| Handful {
        policy: policy_of(PolicyKind::Identity, Some(Version::V2012), statements),
        requests,
    })
}

fn statements() -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![3 => Just(Effect::Allow), 1 => Just(Effect::Deny)];
    (effect, select(ACTIONS), prop::option::weighted(0.9, conditions())).prop_map(|(effect, action, condition)| Statement {
        span: Span::default(),
        sid: None,
        effect: placeless(effect),
        principal: None,
        action: element(false, [text::action(action)]),
        resource: Some(element(false, [text::template("*", Version::V2012)])),
        conditions: condition.into_iter().collect(),
    })
}

fn conditions() -> impl Strategy<Value = Condition> {
    let set = prop_oneof![3 => Just(None), 2 => Just(Some(SetOperator::ForAnyValue)), 1 => Just(Some(SetOperator::ForAllValues))];
    let base = prop_oneof![
        8 => Just(BaseOperator::StringEquals),
        1 => Just(BaseOperator::StringNotEquals),
        1 => Just(BaseOperator::StringEqualsIgnoreCase),
    ];
    let key = prop_oneof![8 => Just(KEYS[0]), 1 => Just(KEYS[1])];
    let values = prop_oneof![4 => vec(select(VALUES), 1), 1 => vec(select(VALUES), 2..=3)];
    (base, set, key, values).prop_map(|(base, set, key, values)| Condition {
        operator: placeless(ConditionOperator { set, base, if_exists: false }),
        key: placeless(ConditionKey::new(key)),
        values: values.into_iter().map(|value| placeless(text::template(value, Version::V2012))).collect(),
    })
}

fn requests() -> impl Strategy<Value = RequestCase> {
    let value = || {
        prop_oneof![
            1 => Just(None),
            5 => select(VALUES).prop_map(|value| Some(Value::Single(value.to_owned()))),
            2 => vec(select(VALUES), 0..=4)
                .prop_map(|values| Some(Value::Multi(values.into_iter().map(str::to_owned).collect()))),
        ]
    };
    (select(ASKED_ACTIONS), value(), value()).prop_map(|(action, first, second)| {
        let mut request = RequestCase { action: action.to_owned(), ..request::plain() };
        request.set(KEYS[0], first);
        request.set(KEYS[1], second);
        request
    })
}

const KEYS: [&str; 2] = ["aws:ResourceTag/team", "aws:TagKeys"];
const VALUES: &[&str] = &["a", "b", "c", "d", "e", "A", ""];
const ACTIONS: &[&str] = &["*", "svc:*", "svc:Get*", "svc:One"];
const ASKED_ACTIONS: &[&str] = &["svc:GetThing", "svc:One", "svc:Two", "other:Any"];
