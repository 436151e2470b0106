//! Policies of many similar statements, as a tenant per statement gives them: enough for a unit to be indexed, with texts
//! long enough for every kind of access key (whole values, prefixes, suffixes, grams, ARN heads and tails).

use ibc::iam::{BaseOperator, ConditionKey, ConditionOperator, Effect, PolicyKind, PrincipalPattern, SetOperator, Version};
use ibc::source::Span;
use ibc::syntax::ast::{Condition, Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, placeless, policy_of};
use super::request::{self, RequestCase};
use super::text;
use super::{directed, directed::choices};

/// A large policy and requests that are about its statements.
#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
}

/// Random crowds of this kind of policy. `{n}` of the domains is the number of a tenant.
pub(crate) fn crowds(kind: PolicyKind) -> impl Strategy<Value = Crowd> {
    let requests = vec((request::requests(), choices()), 8);
    (vec(statements(kind), 10..=60), requests).prop_map(move |(statements, drawn)| {
        let policy = policy_of(kind, Some(Version::V2012), statements);
        let statements: Vec<&Statement> = policy.statements.iter().collect();
        let requests = drawn.into_iter().map(|(mut request, mut choices)| {
            directed::direct(&mut request, &statements, &mut choices);
            // Most requests stay where the policy itself decides.
            if !choices.once_in(8) {
                request.resource_account = request.caller.principal().account().map(str::to_owned);
            }
            request
        });
        let requests = requests.collect();
        Crowd { policy, requests }
    })
}

fn statements(kind: PolicyKind) -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![4 => Just(Effect::Allow), 1 => Just(Effect::Deny)];
    let principals = prop_oneof![
        3 => Just(PrincipalPattern::Everyone),
        1 => (0..TENANTS).prop_map(|n| PrincipalPattern::Arn(format!("arn:aws:iam::111111111111:user/tenant-{n}").into())),
    ];
    let patterns = |domain: &'static [&'static str]| {
        (prop::bool::weighted(0.1), vec((select(domain), 0..TENANTS), 1..=3)).prop_map(|(negated, drawn)| {
            (negated, drawn.into_iter().map(|(text, n)| text.replace("{n}", &n.to_string())).collect::<Vec<_>>())
        })
    };
    (effect, principals, patterns(ACTIONS), patterns(RESOURCES), vec(conditions(), 0..=2)).prop_map(
        move |(effect, principal, (not_action, actions), (not_resource, resources), mut conditions)| {
            conditions.dedup_by(|a, b| a.operator == b.operator && a.key == b.key);
            let resources = resources.iter().map(|resource| text::template(resource, Version::V2012));
            Statement {
                span: Span::default(),
                sid: None,
                effect: placeless(effect),
                principal: kind.has_principal().then(|| element(false, [principal])),
                action: element(not_action, actions.iter().map(|action| text::action(action))),
                resource: Some(element(not_resource, resources)),
                conditions,
            }
        },
    )
}

fn conditions() -> impl Strategy<Value = Condition> {
    let set = prop_oneof![
        4 => Just(None),
        1 => Just(Some(SetOperator::ForAllValues)),
        2 => Just(Some(SetOperator::ForAnyValue)),
    ];
    let texts = (select(&STRING_OPERATORS), select(KEYS), vec((select(VALUES), 0..TENANTS), 1..=3));
    let arns = (select(&ARN_OPERATORS), Just("aws:SourceArn"), vec((select(ARNS), 0..TENANTS), 1..=3));
    (prop_oneof![4 => texts, 1 => arns], set, prop::bool::weighted(0.1)).prop_map(|((base, key, values), set, if_exists)| {
        let values = values.into_iter().map(|(value, n)| text::template(&value.replace("{n}", &n.to_string()), Version::V2012));
        Condition {
            operator: placeless(ConditionOperator { set, base, if_exists }),
            key: placeless(ConditionKey::new(key)),
            values: values.map(placeless).collect(),
        }
    })
}

/// How many tenants there are.
const TENANTS: u32 = 12;

const ACTIONS: &[&str] =
    &["s3:GetObject", "s3:Get*", "s3:*", "imagebuilder:GetImage", "imagebuilder:*", "svc{n}:Act{n}", "svc{n}:*", "*"];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::bucket-{n}/*",
    "arn:aws:s3:::bucket-{n}/object",
    "arn:aws:s3:::bucket-{n}*",
    "arn:aws:s3:::*-{n}",
    "arn:aws:s3:::shared/${aws:PrincipalTag/team}/{n}",
    "arn:aws:imagebuilder:us-east-1:111111111111:image/team-{n}/*",
    "arn:aws:imagebuilder:us-east-1:111111111111:image/team-{n}/web/1.0.{n}",
    "arn:aws:imagebuilder:*:111111111111:image/team-{n}/?",
    "arn:aws:imagebuilder:us-*:image/team-{n}/*",
    "a*n:aws:s3:::bucket-{n}/object",
    "arn:aws:imagebuilder:us-?ast-{n}:*:component/team-{n}:{n}",
];

const KEYS: &[&str] = &[
    "aws:ResourceTag/team",
    "imagebuilder:ResourceTag/team",
    "aws:PrincipalTag/Team",
    "aws:RequestTag/env",
    "aws:TagKeys",
    "s3:prefix",
    "aws:username",
];

const STRING_OPERATORS: [BaseOperator; 8] = [
    BaseOperator::StringEquals,
    BaseOperator::StringEquals,
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringLike,
    BaseOperator::StringLike,
    BaseOperator::StringNotEquals,
    BaseOperator::StringNotEqualsIgnoreCase,
    BaseOperator::StringNotLike,
];

const VALUES: &[&str] = &[
    "team-{n}",
    "TEAM-{n}",
    "é-team-{n}",
    "team-{n}-*",
    "a-rather-long-prefix-of-team-{n}*",
    "*-of-team-{n}",
    "*a-rather-long-suffix-of-team-{n}",
    "*middle-{n}-part*",
    "?eam-{n}",
    "t*{n}",
    "*{n}*",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/team, 'team-{n}'}",
    "",
];

const ARN_OPERATORS: [BaseOperator; 3] = [BaseOperator::ArnLike, BaseOperator::ArnEquals, BaseOperator::ArnNotLike];

const ARNS: &[&str] = &[
    "arn:aws:sns:us-east-1:111111111111:topic-{n}",
    "arn:aws:sns:us-east-1:111111111111:topic-{n}*",
    "arn:aws:sns:*:111111111111:topic-{n}",
    "arn:aws:sns:us-east-{n}*",
    "arn:aws:sns:*:*:*-{n}",
    "*",
];
