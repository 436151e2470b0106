//! What a statement's elements say, and what the request has there.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::decode::{Condition, Record, Test};
use super::explanation::{Actual, Element, Expected, TestExplanation};
use super::judge::Judgement;
use super::{names, pattern_text};
use crate::artifact::pattern_code::{MAX_SCANNED_TEXTS, comparison};
use crate::artifact::statement_place;
use crate::artifact::{Cursor, Damaged, Read, Section, View};
use crate::engine::Evaluation;
use crate::engine::codes::principal_code as code;
use crate::engine::long_list::List;
use crate::iam::ValueType;
use crate::request::ContextValue;

/// All tests of a statement in the order of the policy language: action, principal, resource, conditions.
pub(super) fn tests<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    record: &Record<'a>,
    judgement: &Judgement,
) -> Read<Vec<TestExplanation>> {
    let mut tests = vec![action(evaluation, record.action_set, judgement.action_matches)?];
    if let Some(set) = record.principal_set {
        tests.push(principal(evaluation, set, judgement.principal_matches())?);
    }
    let written = statement_place::operators(evaluation.view, record.statement).unwrap_or_default();
    let mut conditions = Vec::new();
    for (test, &holds) in record.tests.iter().zip(&judgement.tests_hold) {
        match *test {
            Test::Resource(body) => tests.push(resource(evaluation, body, holds)?),
            Test::Condition(body) => {
                let written = written.get(conditions.len()).copied();
                conditions.push(condition(evaluation, Condition::read(body)?, written, holds)?);
            }
        }
    }
    tests.extend(conditions);
    Ok(tests)
}

fn action(evaluation: &Evaluation<'_, '_>, set: u32, holds: bool) -> Read<TestExplanation> {
    let record = evaluation.action_set(set)?;
    let (negated, patterns) = (record.negated(), evaluation.action_patterns(record)?);
    let patterns = names::action_patterns(evaluation.view, set, patterns)?;
    let actual = Actual::Text(evaluation.request.action.to_owned());
    Ok(TestExplanation { element: Element::Action { negated }, holds, expected: plain(patterns), actual })
}

fn principal(evaluation: &Evaluation<'_, '_>, set: u32, holds: bool) -> Read<TestExplanation> {
    let view = evaluation.view;
    let body = view.cursor(Section::PrincipalSets, view.u32(Section::PrincipalSets, set.saturating_mul(4))?)?.part()?;
    let List { is_negated: negated, mut entries, .. } = List::read(body)?;
    let mut texts = Vec::new();
    while !entries.is_empty() {
        let kind = entries.u8()?;
        texts.push(match kind {
            code::EVERYONE => "*".to_owned(),
            code::AWS_ANYONE => "AWS: *".to_owned(),
            code::ACCOUNT => {
                let (account, partition) = (entries.text()?, entries.text()?);
                if partition.is_empty() { account.to_owned() } else { format!("arn:{partition}:iam::{account}:root") }
            }
            code::SERVICE => format!("Service: {}", entries.text()?),
            code::FEDERATED => format!("Federated: {}", entries.text()?),
            code::CANONICAL_USER => format!("CanonicalUser: {}", entries.text()?),
            code::ARN | code::UNIQUE_ID => entries.text()?.to_owned(),
            _ => return Err(Damaged),
        });
    }
    let actual = Actual::Text(evaluation.request.principal.name.to_owned());
    Ok(TestExplanation { element: Element::Principal { negated }, holds, expected: plain(texts), actual })
}

fn resource<'a>(evaluation: &mut Evaluation<'a, '_>, body: Cursor<'a>, holds: bool) -> Read<TestExplanation> {
    let List { is_negated: negated, mut entries, .. } = List::read(body)?;
    let mut expected: Vec<Expected> = Vec::new();
    while !entries.is_empty() {
        expected.push(pattern_text::expected(evaluation, entries.part()?, true)?);
    }
    // A short ARN is there twice: as written, and completed with `:*` (WC-9). People wrote it once.
    let written: Vec<String> = expected.iter().map(|expected| expected.text.clone()).collect();
    expected.retain(|expected| !written.iter().any(|other| is_completion(&expected.text, other)));
    let actual = Actual::Text(evaluation.request.resource.to_owned());
    Ok(TestExplanation { element: Element::Resource { negated }, holds, expected, actual })
}

/// Whether `text` is `other` with one or more `:*` behind it.
fn is_completion(text: &str, other: &str) -> bool {
    text.strip_prefix(other).is_some_and(|rest| !rest.is_empty() && rest.as_bytes().chunks(2).all(|chunk| chunk == b":*"))
}

fn condition<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    condition: Condition<'a>,
    written: Option<u8>,
    holds: bool,
) -> Read<TestExplanation> {
    let operator = condition.operator(written);
    let expected = values(evaluation, &condition, operator.base.has_wildcards())?;
    let actual = match evaluation.value(condition.key)? {
        None => Actual::Absent,
        Some(ContextValue::Single(value)) => Actual::Text(value.to_owned()),
        Some(ContextValue::Multi(values)) => Actual::List(values.iter().map(|&value| value.to_owned()).collect()),
    };
    let key = names::key(evaluation.view, condition.key)?.to_owned();
    let mut test = TestExplanation { element: Element::Condition { operator, key }, holds, expected, actual };
    if operator.base.value_type() == ValueType::Arn {
        // ARN patterns are completed like resources (WC-18).
        let written: Vec<String> = test.expected.iter().map(|expected| expected.text.clone()).collect();
        test.expected.retain(|expected| !written.iter().any(|other| is_completion(&expected.text, other)));
    }
    Ok(test)
}

/// The values of a condition.
fn values<'a>(evaluation: &mut Evaluation<'a, '_>, condition: &Condition<'a>, has_wildcards: bool) -> Read<Vec<Expected>> {
    let mut values = condition.values;
    let mut texts = Vec::new();
    match condition.comparison {
        comparison::EQUALS | comparison::EQUALS_FOLDED => {
            // With wildcards possible, a text without any is a pattern with escapes at most.
            let count = values.varint()?;
            if count > MAX_SCANNED_TEXTS {
                values.slice((count as usize).saturating_mul(4))?;
            }
            for _ in 0..count {
                let text = values.text()?;
                texts.push(if has_wildcards { text.replace('*', "${*}").replace('?', "${?}") } else { text.to_owned() });
            }
        }
        comparison::LIKE | comparison::LIKE_FOLDED | comparison::ARN | comparison::BOOL_LIKE => {
            let mut patterns = Vec::new();
            while !values.is_empty() {
                patterns.push(pattern_text::expected(evaluation, values.part()?, has_wildcards)?);
            }
            return Ok(patterns);
        }
        comparison::NUMERIC => {
            while !values.is_empty() {
                texts.push(values.text()?.to_owned());
            }
        }
        comparison::DATE => {
            while !values.is_empty() {
                texts.push(instant(values.u64()? as i64, values.u32()?));
            }
        }
        comparison::BOOL | comparison::NULL => {
            let (accepts_first, accepts_second) = (values.u8()? != 0, values.u8()? != 0);
            texts.extend(accepts_first.then(|| "true".to_owned()));
            texts.extend(accepts_second.then(|| "false".to_owned()));
        }
        comparison::IP_ADDRESS => {
            while !values.is_empty() {
                texts.push(range(&mut values)?);
            }
        }
        _ => return Err(Damaged),
    }
    Ok(plain(texts))
}

/// An instant as a date; as seconds, beyond the dates of the calendar.
fn instant(seconds: i64, nanoseconds: u32) -> String {
    let date = i32::try_from(nanoseconds).ok().and_then(|nanoseconds| jiff::Timestamp::new(seconds, nanoseconds).ok());
    date.map_or_else(|| seconds.to_string(), |date| date.to_string())
}

fn range(ranges: &mut Cursor<'_>) -> Read<String> {
    let (prefix_len, network) = (ranges.u8()?, ranges.bytes()?);
    let (address, longest) = match network.len() {
        4 => (Ipv4Addr::from(*network.first_chunk().ok_or(Damaged)?).to_string(), 32),
        16 => (Ipv6Addr::from(*network.first_chunk().ok_or(Damaged)?).to_string(), 128),
        _ => return Err(Damaged),
    };
    Ok(if prefix_len == longest { address } else { format!("{address}/{prefix_len}") })
}

fn plain(texts: Vec<String>) -> Vec<Expected> {
    texts.into_iter().map(|text| Expected { text, resolved: None, unresolved: Vec::new() }).collect()
}

/// The keys that a test asks for: its own, and those of policy variables.
pub(in crate::engine) fn keys(test: Test<'_>) -> Read<Vec<u32>> {
    match test {
        Test::Resource(body) => variables_of_all(List::read(body)?.entries),
        Test::Condition(body) => {
            let condition = Condition::read(body)?;
            let mut keys = vec![condition.key];
            if has_patterns(condition.comparison) {
                keys.extend(variables_of_all(condition.values)?);
            }
            Ok(keys)
        }
    }
}

/// Whether the values of a comparison are patterns.
pub(in crate::engine) fn has_patterns(comparison: u8) -> bool {
    matches!(comparison, comparison::LIKE | comparison::LIKE_FOLDED | comparison::ARN | comparison::BOOL_LIKE)
}

fn variables_of_all(mut patterns: Cursor<'_>) -> Read<Vec<u32>> {
    let mut keys = Vec::new();
    while !patterns.is_empty() {
        keys.extend(pattern_text::variables(patterns.part()?)?);
    }
    Ok(keys)
}

/// Where a statement was written.
pub(super) fn place(view: View<'_>, record: &Record<'_>) -> Option<super::Place> {
    let place = statement_place::place(view, record.statement)?;
    Some(super::Place {
        policy: place.policy.to_owned(),
        file: place.file.to_owned(),
        start: (place.line, place.column),
        end: (place.end_line, place.end_column),
        sid: place.sid.filter(|sid| !sid.is_empty()).map(str::to_owned),
    })
}
