//! Policies whose statements say the same few tests, each test for actions of its own: what a predicate table has for it is what
//! decides. The tests are those that tables know, of equality with and without letter case and of `Null`; the values of requests are
//! the policy's own in another letter case, in one that changes their size, or as long as values can be.
//!
//! Long choruses have no statements in common, and are long enough for a block: what its rows of bits say is what decides. Their tests
//! are of addresses, patterns and ARNs as well.

use ibc::iam::{
    BaseOperator, ConditionKey, ConditionOperator, Effect, PolicyKind, SetOperator, Template, TemplatePart, ValueType, Version,
};
use ibc::request::MAX_VALUE_SIZE;
use ibc::source::Span;
use ibc::syntax::ast::{Condition, Element, Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

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
    let conditions = conditions(OPERATORS.to_vec(), TEXT_KEYS.to_vec(), (text_patterns(), ARN_PATTERNS.to_vec()));
    (vec(conditions, 2..=12), parts()).prop_map(|(conditions, parts)| {
        let statements = conditions.iter().enumerate().flat_map(|(number, condition)| {
            let next = &conditions[(number + 1) % conditions.len()];
            let both = (next.operator != condition.operator || next.key != condition.key)
                .then(|| statement(&format!("svc:Both{number}"), vec![condition.clone(), next.clone()]));
            [statement(&action(number), vec![condition.clone()]), statement("other:Same", vec![condition.clone()])]
                .into_iter()
                .chain(both)
        });
        chorus(statements.collect(), &conditions, 1, parts)
    })
}

/// Random choruses of dozens of tests, with a few operators and keys each. Every third is beside one that says that its key is there,
/// and half of what is above a date or number is below another.
pub(crate) fn long_choruses() -> impl Strategy<Value = Chorus> {
    long_choruses_about(Just(Vec::new()), 1)
}

/// The same, of statements that mostly say which resources they are not about. Some have an action in common.
pub(crate) fn long_choruses_about_others() -> impl Strategy<Value = Chorus> {
    long_choruses_about(vec(resources(), 80), 4)
}

fn long_choruses_about(
    resources: impl Strategy<Value = Vec<Element<Template>>>,
    statements_of_action: usize,
) -> impl Strategy<Value = Chorus> {
    // Of few patterns many statements have one in common.
    let patterns = (subsequence(text_patterns(), 2..=8), subsequence(ARN_PATTERNS.to_vec(), 2..=8));
    let conditions = (subsequence(LONG_OPERATORS.to_vec(), 3..=8), subsequence(TEXT_KEYS.to_vec(), 1..=2), patterns)
        .prop_flat_map(|(operators, keys, patterns)| vec(conditions(operators, keys, patterns), 40..=80));
    (conditions, resources, parts()).prop_map(move |(conditions, resources, parts)| {
        let statements = conditions.iter().enumerate().map(|(number, condition)| {
            let presence = (number % 3 == 0 && condition.operator.value.base != BaseOperator::Null).then(|| Condition {
                operator: placeless(ConditionOperator { set: None, base: BaseOperator::Null, if_exists: false }),
                key: condition.key.clone(),
                values: vec![placeless(literal("false".to_owned()))],
            });
            let ConditionOperator { set, base, if_exists } = condition.operator.value;
            let end = match base {
                _ if number % 2 == 0 => None,
                BaseOperator::DateGreaterThan | BaseOperator::DateGreaterThanEquals => {
                    Some((BaseOperator::DateLessThanEquals, DATES[number % DATES.len()]))
                }
                BaseOperator::NumericGreaterThan | BaseOperator::NumericGreaterThanEquals => {
                    Some((BaseOperator::NumericLessThan, NUMBERS[number % NUMBERS.len()]))
                }
                _ => None,
            };
            let end = end.map(|(base, value)| Condition {
                operator: placeless(ConditionOperator { set, base, if_exists }),
                key: condition.key.clone(),
                values: vec![placeless(literal(value.to_owned()))],
            });
            let statement = statement(
                &action(number / statements_of_action),
                presence.into_iter().chain([condition.clone()]).chain(end).collect(),
            );
            let resource = resources.get(number).cloned().or(statement.resource);
            Statement { resource, ..statement }
        });
        chorus(statements.collect(), &conditions, statements_of_action, parts)
    })
}

/// Requests, each for one of the tests.
type Parts = Vec<(prop::sample::Index, RequestCase)>;

fn parts() -> impl Strategy<Value = Parts> {
    vec((any::<prop::sample::Index>(), requests()), 24)
}

fn chorus(statements: Vec<Statement>, conditions: &[Condition], statements_of_action: usize, parts: Parts) -> Chorus {
    let policy = policy_of(PolicyKind::Identity, Some(Version::V2012), statements);
    let request = |(index, request): (prop::sample::Index, RequestCase)| {
        let number = index.index(conditions.len());
        (RequestCase { action: action(number / statements_of_action), ..request }, conditions[number].operator.value)
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

fn resources() -> impl Strategy<Value = Element<Template>> {
    let patterns = vec(select(RESOURCE_PATTERNS), 1..=3);
    (prop::bool::weighted(0.7), patterns).prop_map(|(negated, patterns)| {
        element(negated, patterns.into_iter().map(|pattern| text::template(pattern, Version::V2012)))
    })
}

fn conditions(
    operators: Vec<BaseOperator>,
    keys: Vec<&'static str>,
    (text_patterns, arn_patterns): (Vec<String>, Vec<&'static str>),
) -> impl Strategy<Value = Condition> {
    let set = prop_oneof![
        3 => Just(None),
        1 => Just(Some(SetOperator::ForAllValues)),
        1 => Just(Some(SetOperator::ForAnyValue)),
    ];
    let values = vec(select(policy_texts()), 1..=4);
    let accepted = vec(select(&["true", "false"]), 1);
    let others = (
        vec(select(NETWORKS), 1..=3),
        (select(DATE_KEYS), vec(select(DATES), 1..=2)),
        (select(NUMBER_KEYS), vec(select(NUMBERS), 1..=2)),
    );
    let patterns = (vec(select(text_patterns), 1..=3), vec(select(arn_patterns), 1..=3));
    (select(operators), set, any::<bool>(), select(keys), values, accepted, others, patterns).prop_map(
        |(base, set, if_exists, key, values, accepted, (networks, (date_key, dates), (number_key, numbers)), (likes, arns))| {
            let literals = |texts: Vec<&str>| texts.into_iter().map(|text| literal(text.to_owned())).collect();
            let template = |text: &str| text::template(text, Version::V2012);
            let (key, values): (&str, Vec<Template>) = match base.value_type() {
                ValueType::Null => (key, literals(accepted)),
                ValueType::IpAddress => (ADDRESS_KEY, literals(networks)),
                ValueType::Date => (date_key, literals(dates)),
                ValueType::Numeric => (number_key, literals(numbers)),
                ValueType::Arn => (ARN_KEY, arns.into_iter().map(template).collect()),
                _ if matches!(base, BaseOperator::StringLike | BaseOperator::StringNotLike) => {
                    (key, likes.iter().map(|like| template(like)).collect())
                }
                _ => (key, values.into_iter().map(literal).collect()),
            };
            Condition {
                operator: placeless(ConditionOperator { set, base, if_exists: if_exists && base != BaseOperator::Null }),
                key: placeless(ConditionKey::new(key)),
                values: values.into_iter().map(placeless).collect(),
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
    let (date, number) = (|| value(ASKED_DATES), || value(ASKED_NUMBERS));
    let others = (value(ADDRESSES), [date(), date()], [number(), number()], value(ARNS));
    (text(), text(), text(), others, select(RESOURCES)).prop_map(
        |(team, tags, name, (address, dates, numbers, arn), resource)| {
            let mut request = RequestCase { resource: resource.to_owned(), ..request::plain() };
            let others = [(ADDRESS_KEY, address), (ARN_KEY, arn)].into_iter();
            let texts = TEXT_KEYS.iter().copied().zip([team, tags, name]);
            let (dates, numbers) = (DATE_KEYS.iter().copied().zip(dates), NUMBER_KEYS.iter().copied().zip(numbers));
            for (key, value) in texts.chain(others).chain(dates).chain(numbers) {
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

const LONG_OPERATORS: [BaseOperator; 28] = [
    BaseOperator::StringEqualsIgnoreCase,
    BaseOperator::StringNotEqualsIgnoreCase,
    BaseOperator::NumericGreaterThan,
    BaseOperator::NumericGreaterThanEquals,
    BaseOperator::NumericLessThan,
    BaseOperator::NumericLessThanEquals,
    BaseOperator::DateGreaterThan,
    BaseOperator::DateGreaterThanEquals,
    BaseOperator::DateLessThan,
    BaseOperator::DateLessThanEquals,
    BaseOperator::StringEquals,
    BaseOperator::StringNotEquals,
    BaseOperator::IpAddress,
    BaseOperator::IpAddress,
    BaseOperator::NotIpAddress,
    BaseOperator::NotIpAddress,
    BaseOperator::Null,
    BaseOperator::StringLike,
    BaseOperator::StringLike,
    BaseOperator::StringNotLike,
    BaseOperator::StringNotLike,
    BaseOperator::ArnLike,
    BaseOperator::ArnNotLike,
    BaseOperator::ArnNotLike,
    BaseOperator::NumericEquals,
    BaseOperator::NumericNotEquals,
    BaseOperator::DateEquals,
    BaseOperator::DateNotEquals,
];

const ARN_KEY: &str = "aws:SourceArn";
/// Some say all of a text, some how it begins or ends, some neither; some are no ARN as they stand.
const ARN_PATTERNS: &[&str] = &[
    "arn:aws:s3:::red",
    "arn:aws:s3:::re*",
    "arn:aws:s3:*:*:red",
    "arn:aws:s3*",
    "arn:aws:s3:::*d",
    "arn:aws:sns:us-east-1:111122223333:${aws:username}",
    "xarn:aws:s3:::red",
    "xarn:aws:s3:::r*",
    "*:red",
    "*",
    "red",
];
const ARNS: &[&str] = &[
    "arn:aws:s3:::red",
    "arn:aws:s3:::rex",
    "arn:aws:s3:us-east-1:111122223333:red",
    "arn:aws:sns:us-east-1:111122223333:alice",
    "xarn:aws:s3:::red",
    "arn:aws:s3:red",
    "red",
    "",
];

const RESOURCE_PATTERNS: &[&str] = &[
    "arn:aws:s3:::red/*",
    "arn:aws:s3:::red/a",
    "arn:aws:s3:::re*",
    "arn:aws:s3:::*/a",
    "arn:aws:*:::red/*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::r?d/a",
    "*",
];
const RESOURCES: &[&str] =
    &["arn:aws:s3:::red/a", "arn:aws:s3:::red/", "arn:aws:s3:::red", "arn:aws:s3:::rex/a", "arn:aws:s3:::alice/a", "*"];

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

const NUMBER_KEYS: &[&str; 2] = &["aws:MultiFactorAuthAge", "s3:max-keys"];
/// Two differ in their last of many digits.
const NUMBERS: &[&str] = &["-1", "0", "2.50", "3", "10", "1000", "12345678901234567", "12345678901234568"];
const ASKED_NUMBERS: &[&str] = &[
    "-1.0",
    "-0",
    "1",
    "2.5",
    "3.0",
    "9.99",
    "10",
    "11",
    "1000",
    "1001",
    "12345678901234567.0",
    "12345678901234568",
    "no number",
];

const DATE_KEYS: &[&str; 2] = &["aws:CurrentTime", "aws:TokenIssueTime"];
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

fn text_patterns() -> Vec<String> {
    let short = ["", "*", "red", "re*", "red*", "*d", "*ed", "*red*", "r?d", "R*", "É*", "*é", "${aws:username}*", "r*d", "a*"];
    short.into_iter().map(str::to_owned).chain([format!("{}*", &longest("a")[1..]), format!("*{}", &longest("a")[1..])]).collect()
}

fn policy_texts() -> Vec<String> {
    let short = ["", "red", "Red", "Été", "kelvin", "alice"];
    short.into_iter().map(str::to_owned).chain([longest("É"), longest("Ⱥ"), longest("a")]).collect()
}

fn context_texts() -> Vec<String> {
    let short = ["", "red", "Red", "RED", "re", "red\0", "ree", "Été", "ÉTÉ", "\u{212a}elvin", "alice"];
    let almost = format!("{}x", &longest("a")[1..]);
    short.into_iter().map(str::to_owned).chain([longest("é"), longest("Ⱥ"), longest("A"), almost]).collect()
}

/// As much of a letter as a value can hold.
fn longest(letter: &str) -> String {
    letter.repeat(MAX_VALUE_SIZE / letter.len())
}
