//! Policies whose statements repeat, cover and contradict each other: what the passes of the compiler look for.

use ibc::iam::{
    BaseOperator, ConditionKey, ConditionOperator, Effect, PolicyKind, PrincipalPattern, SetOperator, ValueType, Version,
};
use ibc::source::Span;
use ibc::syntax::ast::{Condition, Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, placeless, policy_of};
use super::request::{self, RequestCase};
use super::{directed, directed::choices, text};

/// A policy and requests that are about its statements.
#[derive(Debug, Clone)]
pub(crate) struct Overlap {
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
}

/// Random policies of this kind, from few words.
pub(crate) fn overlaps(kind: PolicyKind) -> impl Strategy<Value = Overlap> {
    let requests = vec((request::requests(), contexts(), choices()), 8);
    (vec((statements(kind), 0..5_u8), 2..=7), requests).prop_map(move |(drafts, drawn)| {
        let policy = policy_of(kind, Some(Version::V2012), similar(drafts));
        let statements: Vec<&Statement> = policy.statements.iter().collect();
        let requests = drawn.into_iter().map(|(mut request, context, mut choices)| {
            if !choices.once_in(3) {
                directed::direct(&mut request, &statements, &mut choices);
            }
            for (key, value) in context {
                request.set(&key, value);
            }
            request.resource_account = request.caller.principal().account().map(str::to_owned);
            request
        });
        let requests = requests.collect();
        Overlap { policy, requests }
    })
}

/// Makes statements out of the ones before them, with one part changed or none.
fn similar(drafts: Vec<(Statement, u8)>) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    for (draft, change) in drafts {
        statements.push(match (statements.last().cloned(), change) {
            (Some(last), 0) => last,
            (Some(last), 1) => Statement { action: draft.action, ..last },
            (Some(last), 2) => Statement { resource: draft.resource, ..last },
            (Some(last), 3) => Statement { principal: draft.principal, conditions: Vec::new(), ..last },
            _ => draft,
        });
    }
    statements
}

fn statements(kind: PolicyKind) -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![2 => Just(Effect::Allow), 1 => Just(Effect::Deny)];
    let principals = (prop::bool::weighted(0.15), mostly_some(&PRINCIPALS));
    let actions = (prop::bool::weighted(0.15), mostly_some(ACTIONS));
    let resources = (prop::bool::weighted(0.15), mostly_some(RESOURCES));
    let conditions = prop_oneof![1 => vec(conditions(), 0), 1 => vec(conditions(), 1..=3)];
    (effect, principals, actions, resources, conditions).prop_map(
        move |(effect, (not_principal, principals), (not_action, actions), (not_resource, resources), mut conditions)| {
            conditions.sort_by_key(|condition| (condition.operator.value.to_string(), condition.key.value.to_string()));
            conditions.dedup_by(|a, b| a.operator == b.operator && a.key == b.key);
            let resources = resources.iter().map(|resource| text::template(resource, Version::V2012));
            Statement {
                span: Span::default(),
                sid: None,
                effect: placeless(effect),
                principal: kind.has_principal().then(|| element(not_principal, principals.into_iter().map(principal))),
                action: element(not_action, actions.iter().map(|action| text::action(action))),
                resource: Some(element(not_resource, resources)),
                conditions,
            }
        },
    )
}

/// One word or two, seldom none.
fn mostly_some(words: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![1 => vec(select(words), 0), 20 => vec(select(words), 1..=2)]
}

fn principal(text: &str) -> PrincipalPattern {
    match text {
        "*" => PrincipalPattern::Everyone,
        "AWS *" => PrincipalPattern::AwsAnyone,
        account if !account.contains(':') => PrincipalPattern::Account { account: account.into(), partition: None },
        arn => PrincipalPattern::Arn(arn.into()),
    }
}

fn conditions() -> impl Strategy<Value = Condition> {
    let set = prop_oneof![
        3 => Just(None),
        1 => Just(Some(SetOperator::ForAllValues)),
        1 => Just(Some(SetOperator::ForAnyValue)),
    ];
    (set, select(&OPERATORS), prop::bool::weighted(0.2), select(KEYS)).prop_flat_map(|(set, base, if_exists, key)| {
        let values: &'static [&'static str] = match base.value_type() {
            ValueType::Null | ValueType::Bool => &["true", "false", "maybe"],
            ValueType::Numeric => &["1", "one"],
            _ => &["a", "b", "A", "true", "*", "a*", "${aws:username}"],
        };
        mostly_some(values).prop_map(move |values| Condition {
            operator: placeless(ConditionOperator { set, base, if_exists: if_exists && base != BaseOperator::Null }),
            key: placeless(ConditionKey::new(key)),
            values: values.iter().map(|value| placeless(text::template(value, Version::V2012))).collect(),
        })
    })
}

/// What a request says of the few keys: nothing, a value, or several.
fn contexts() -> impl Strategy<Value = Vec<(String, Option<request::Value>)>> {
    let texts = || vec(select(&["a", "b", "A", "true", "false", "1", ""]).prop_map(str::to_owned), 1..=2);
    let value = || {
        prop_oneof![
            1 => Just(None),
            2 => texts().prop_map(|mut texts| Some(request::Value::Single(texts.remove(0)))),
            1 => texts().prop_map(|texts| Some(request::Value::Multi(texts))),
        ]
    };
    KEYS.iter().map(|key| value().prop_map(|value| ((*key).to_owned(), value))).collect::<Vec<_>>()
}

const PRINCIPALS: [&str; 5] =
    ["*", "AWS *", "111111111111", "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:root"];

const ACTIONS: &[&str] = &["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:Get?bject", "imagebuilder:*"];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:*",
    "arn:aws:s3",
    "arn:aws:*:us-*:*:image/*",
];

const KEYS: &[&str] = &["k", "l"];

const OPERATORS: [BaseOperator; 9] = [
    BaseOperator::StringEquals,
    BaseOperator::StringEquals,
    BaseOperator::StringNotEquals,
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringLike,
    BaseOperator::StringNotLike,
    BaseOperator::NumericEquals,
    BaseOperator::Bool,
    BaseOperator::Null,
];
