//! Which context keys are wanted: those that can still change the decision.
//!
//! | test | property |
//! |---|---|
//! | `keys_that_are_not_wanted_change_nothing` | whatever the other keys are, a key that is not wanted never changes the decision |
//! | `keys_that_are_wanted_can_change_the_decision` | nearly every wanted key changes the decision for some values of all open keys |
//! | `wanted_keys_are_those_that_count` | telling examples |

use std::cell::Cell;

use ibc::compile::Options;
use ibc::iam::{Decision, PolicyKind, Template, ValueType, fold};
use ibc::scenario::{NoFiles, ScenarioFile};
use ibc::{Engine, Overlay};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::generators::directed::{self, Choices};
use crate::generators::request::{RequestCase, Value};
use crate::generators::{Scenario, Settings, answers, check, scenarios};

/// Names of keys that a request with `derive` settles by itself, or may.
const DERIVED: [&str; 9] = [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:username",
    "aws:userid",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:ResourceAccount",
    "aws:FederatedProvider",
];

fn contains(keys: &[String], key: &str) -> bool {
    keys.iter().any(|other| fold::eq_fold(other, key))
}

/// The keys that the policies ask for and the request does not settle.
fn open_keys(scenario: &Scenario) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut add = |key: &str| {
        let is_derived = scenario.request.derive && DERIVED.iter().any(|derived| fold::eq_fold(derived, key));
        let has_tags = !scenario.principal_tags.is_empty() && scenario.request.caller.entity_arn().is_some();
        let is_known_tag = has_tags && fold::eq_fold(key, "aws:PrincipalTag/Team");
        if !contains(&keys, key) && !is_derived && !is_known_tag && scenario.request.value(key).is_none() {
            keys.push(key.to_owned());
        }
    };
    for statement in scenario.statements() {
        statement.conditions.iter().for_each(|condition| add(condition.key.value.as_str()));
        let resources = statement.resource.iter().flat_map(|resource| &resource.patterns);
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        resources.chain(values).flat_map(|template| template.value.variables()).for_each(|variable| add(variable.key.as_str()));
    }
    keys
}

/// Texts worth giving to a key: those that conditions compare it with, what a variable may have to be, and some others.
fn texts(scenario: &Scenario, key: &str, choices: &mut Choices) -> Vec<String> {
    let mut texts = vec!["something else".to_owned()];
    let names_key = |template: &Template| template.variables().any(|variable| fold::eq_fold(variable.key.as_str(), key));
    for statement in scenario.statements() {
        for condition in &statement.conditions {
            let operator = condition.operator.value.base;
            if fold::eq_fold(condition.key.value.as_str(), key) {
                let values = condition.values.iter();
                texts.extend(
                    values.map(|value| directed::instance(&value.value, operator.has_wildcards(), &scenario.request, choices)),
                );
                texts.extend(turning(operator.value_type()).iter().map(|text| (*text).to_owned()));
            } else if condition.values.iter().any(|value| names_key(&value.value)) {
                let other = scenario.request.value(condition.key.value.as_str());
                texts.extend(other.iter().flat_map(|value| value.texts()).cloned());
                let caller = &scenario.request.caller.name;
                texts.extend(
                    ["red", "AssumedRole", "User", caller, caller.rsplit('/').next().unwrap_or_default()].map(str::to_owned),
                );
            }
        }
        if statement.resource.iter().flat_map(|resource| &resource.patterns).any(|pattern| names_key(&pattern.value)) {
            texts.extend(scenario.request.resource.split(['/', ':']).map(str::to_owned));
        }
    }
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| text.len() < 100 && seen.insert(text.clone()));
    texts
}

/// Values on both sides of what policies compare with.
fn turning(value_type: ValueType) -> &'static [&'static str] {
    match value_type {
        ValueType::Numeric => &["-1000", "0", "10", "10.5", "99999999999999999999999"],
        ValueType::Date => &["1971-01-01", "2023-12-31T23:59:59Z", "2024-01-01", "2099-01-01"],
        ValueType::Bool => &["true", "false"],
        ValueType::IpAddress => &["10.1.2.3", "203.0.113.9", "::1", "2001:db8::1"],
        ValueType::Arn => &["arn:aws:iam::111111111111:user/alice", "arn:aws:s3:::bucket"],
        _ => &["red", "blue"],
    }
}

fn random_value(texts: &[String], choices: &mut Choices) -> Option<Value> {
    let text = |choices: &mut Choices| choices.pick(texts).cloned().unwrap_or_default();
    match choices.below(6) {
        0 => None,
        1 | 2 => Some(Value::Multi((0..choices.below(3)).map(|_| text(choices)).collect())),
        _ => Some(Value::Single(text(choices))),
    }
}

/// What the engine says of a request.
struct Asker<'e> {
    engine: &'e Engine<Vec<u8>>,
    overlay: &'e Overlay<'e, Vec<u8>>,
}

impl Asker<'_> {
    fn wanted(&self, request: &RequestCase) -> Vec<String> {
        request.with(|request| self.engine.wanted_keys(request, self.overlay))
    }

    fn decide(&self, request: &RequestCase) -> Decision {
        request.with(|request| self.engine.decide_with(request, self.overlay, &mut self.engine.scratch()).decision)
    }
}

#[test]
fn keys_that_are_not_wanted_change_nothing() {
    check(4000, (scenarios(Settings::DIRECTED), vec(any::<u16>(), 90)), |(mut scenario, numbers)| {
        let mut choices = Choices::new(numbers);
        // Some of what the request says is to be found out.
        let all = std::mem::take(&mut scenario.request.context);
        scenario.request.context = all.into_iter().filter(|_| choices.once_in(2)).collect();
        let open = open_keys(&scenario);
        answers::with_engine(&scenario, &Options::default(), |engine, overlay| {
            let (asker, known) = (Asker { engine, overlay }, scenario.bundle_request());
            let wanted = asker.wanted(&known);
            for key in &wanted {
                let may_be_derived = DERIVED.iter().any(|derived| fold::eq_fold(derived, key));
                prop_assert!(contains(&open, key) || may_be_derived, "{key} is settled");
            }
            let pools: Vec<Vec<String>> = open.iter().map(|key| texts(&scenario, key, &mut choices)).collect();
            for _ in 0..12 {
                let mut first = known.clone();
                open.iter().zip(&pools).for_each(|(key, pool)| first.set(key, random_value(pool, &mut choices)));
                let mut second = first.clone();
                let unwanted = open.iter().zip(&pools).filter(|(key, _)| !contains(&wanted, key));
                unwanted.for_each(|(key, pool)| second.set(key, random_value(pool, &mut choices)));
                prop_assert_eq!(
                    asker.decide(&first),
                    asker.decide(&second),
                    "wanted {:?}\n{}\n{}",
                    wanted,
                    first.to_json(),
                    second.to_json()
                );
            }
            Ok(())
        })
    });
}

/// All combinations of values that are tried for a scenario, at most.
const MAX_COMBINATIONS: usize = 8000;

/// Absent, single values and lists of a key.
fn domain(texts: &[String]) -> Vec<Option<Value>> {
    let single = texts.iter().map(|text| Some(Value::Single(text.clone())));
    let mut domain: Vec<Option<Value>> = std::iter::once(None).chain(single).collect();
    // A list of one is like the value, for operators that take lists at all.
    domain.extend(texts.first().map(|text| Some(Value::Multi(vec![text.clone()]))));
    domain.extend(texts.windows(2).take(4).map(|pair| Some(Value::Multi(pair.to_vec()))));
    domain
}

#[test]
fn keys_that_are_wanted_can_change_the_decision() {
    let (wanted_count, confirmed_count, scenario_count) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let settings = Settings { max_statements: 2, max_conditions: 2, ..Settings::DIRECTED };
    let settings = settings.with_layers(&[PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Boundary, PolicyKind::Scp]);
    check(2500, (scenarios(settings), vec(any::<u16>(), 60)), |(mut scenario, numbers)| {
        let mut choices = Choices::new(numbers);
        let forgotten = choices.below(3);
        for _ in 0..forgotten {
            let keys: Vec<String> = scenario.request.context.iter().map(|(key, _)| key.clone()).collect();
            if let Some(key) = choices.pick(&keys) {
                scenario.request.set(key, None);
            }
        }
        // At most three keys stay open; the others are known to be absent.
        let mut open = open_keys(&scenario);
        let closed = open.split_off(open.len().min(1 + choices.below(3)));
        closed.iter().for_each(|key| scenario.request.set(key, Some(Value::Multi(Vec::new()))));
        let domains: Vec<Vec<Option<Value>>> = open.iter().map(|key| domain(&texts(&scenario, key, &mut choices))).collect();
        let combination_count: usize = domains.iter().map(Vec::len).product();
        prop_assume!(!open.is_empty() && combination_count <= MAX_COMBINATIONS);
        answers::with_engine(&scenario, &Options::default(), |engine, overlay| {
            let (asker, known) = (Asker { engine, overlay }, scenario.bundle_request());
            let wanted = asker.wanted(&known);
            let decisions: Vec<Decision> = (0..combination_count)
                .map(|mut combination| {
                    let mut request = known.clone();
                    for (key, domain) in open.iter().zip(&domains) {
                        request.set(key, domain[combination % domain.len()].clone());
                        combination /= domain.len();
                    }
                    asker.decide(&request)
                })
                .collect();
            let mut stride = 1;
            for (key, domain) in open.iter().zip(&domains) {
                let changes = (0..combination_count).any(|combination| {
                    let digit = combination / stride % domain.len();
                    decisions[combination] != decisions[combination - digit * stride]
                });
                stride *= domain.len();
                let is_wanted = contains(&wanted, key);
                prop_assert!(is_wanted || !changes, "{key} changes the decision");
                wanted_count.set(wanted_count.get() + u32::from(is_wanted));
                confirmed_count.set(confirmed_count.get() + u32::from(is_wanted && changes));
                if is_wanted && !changes && std::env::var_os("IBC_SHOW_INEXACT").is_some() {
                    println!("{key} changes nothing: {scenario:?}");
                }
            }
            scenario_count.set(scenario_count.get() + 1);
            Ok(())
        })
    });
    let (wanted_count, confirmed_count) = (wanted_count.get(), confirmed_count.get());
    println!("{confirmed_count} of {wanted_count} wanted keys change the decision, in {} scenarios", scenario_count.get());
    assert!(wanted_count > 300, "{wanted_count}");
    assert!(confirmed_count * 100 >= wanted_count * EXACT_PERCENT, "{confirmed_count} of {wanted_count}");
}

/// How many of a hundred wanted keys must change the decision for values of the small domains, whatever the seed.
const EXACT_PERCENT: u32 = 80;

/// The wanted keys of the first request of a scenario.
fn wanted(policies: &str, request: &str) -> String {
    let request = format!(
        r#"{{"principal": "arn:aws:iam::111122223333:user/ada", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"{request}}}"#
    );
    let file = ScenarioFile::read("s.json", &format!(r#"{{"policies": {{{policies}}}, "request": {request}}}"#)).expect("JSON");
    let cases = file.cases();
    let scenario = cases[0].load(&NoFiles).unwrap_or_else(|error| panic!("{error}"));
    scenario.engine().and_then(|engine| scenario.wanted_keys(engine)).expect("it can be asked").join(" ")
}

/// An Allow or a Deny of everything, under conditions.
fn statement(effect: &str, conditions: &str) -> String {
    format!(r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {{{conditions}}}}}"#)
}

fn policy(statements: &[String]) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","))
}

#[test]
fn wanted_keys_are_those_that_count() {
    let allow = |conditions: &str| statement("Allow", conditions);
    let deny = |conditions: &str| statement("Deny", conditions);
    let identity = |statements: &[String]| format!(r#""identity": [{}]"#, policy(statements));
    let team = r#""StringEquals": {"aws:ResourceTag/team": "red"}"#;
    let of_own_team = r#""StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}"#;
    let scp = |statements: &[String]| format!(r#""scp": [[{}]]"#, policy(statements));

    // What decides, decides.
    assert_eq!(wanted(&identity(&[allow(team)]), ""), "aws:ResourceTag/team");
    assert_eq!(wanted(&identity(&[allow(of_own_team)]), ""), "aws:ResourceTag/team aws:PrincipalTag/team");
    assert_eq!(wanted(&identity(&[allow(of_own_team)]), r#", "principalTags": {"team": "red"}"#), "aws:ResourceTag/team");
    // What the request says is known, also that a key is absent.
    assert_eq!(wanted(&identity(&[allow(team)]), r#", "resourceTags": {"team": "red"}"#), "");
    assert_eq!(wanted(&identity(&[allow(of_own_team)]), r#", "context": {"aws:PrincipalTag/team": []}"#), "");
    // An Allow that needs no key makes others idle, but no Deny.
    assert_eq!(wanted(&identity(&[allow(""), allow(team)]), ""), "");
    assert_eq!(wanted(&identity(&[allow(""), deny(team)]), ""), "aws:ResourceTag/team");
    // A Deny that applies fixes the decision.
    assert_eq!(wanted(&identity(&[deny(""), allow(team)]), ""), "");
    // Where a layer never allows, only Denies count.
    let scp_denies = scp(&[deny(r#""Bool": {"aws:SecureTransport": "false"}"#)]);
    assert_eq!(wanted(&format!("{}, {scp_denies}", identity(&[allow(team)])), ""), "aws:SecureTransport");
    // Statements that contradict themselves, or each other, do not count.
    let impossible = r#""StringEquals": {"aws:ResourceTag/team": "red"}, "StringLike": {"aws:ResourceTag/team": "b*"}"#;
    assert_eq!(wanted(&identity(&[allow(impossible)]), ""), "");
    let never = r#""NumericLessThan": {"aws:MultiFactorAuthAge": "5"}, "NumericGreaterThan": {"aws:MultiFactorAuthAge": "7"}"#;
    assert_eq!(wanted(&identity(&[allow(never)]), ""), "");
    assert_eq!(wanted(&identity(&[allow(r#""Null": {"aws:TagKeys": ["true", "false"]}"#)]), ""), "");
    let either = [allow(r#""Null": {"aws:TagKeys": "true"}"#), allow(r#""Null": {"aws:TagKeys": "false"}"#)];
    assert_eq!(wanted(&identity(&either), ""), "");
    // One Allow that says less makes a narrower one idle.
    let narrower = r#""StringEquals": {"aws:ResourceTag/team": "red", "aws:RequestTag/env": "dev"}"#;
    assert_eq!(wanted(&identity(&[allow(team), allow(narrower)]), ""), "aws:ResourceTag/team");
    // Other actions and resources do not count.
    let other = allow(team).replace(r#""Action": "*""#, r#""Action": "s3:PutObject""#);
    assert_eq!(wanted(&identity(&[other]), ""), "");
    let home = allow("").replace(r#""Resource": "*""#, r#""Resource": "arn:aws:s3:::b/${aws:PrincipalTag/home}""#);
    assert_eq!(wanted(&identity(std::slice::from_ref(&home)), ""), "aws:PrincipalTag/home");
    assert_eq!(wanted(&identity(&[home.replace("s3:::b/", "s3:::c/")]), ""), "");
    for (arn, expected) in [
        ("s3:*:*:b/", "aws:PrincipalTag/home"),
        ("s?:::b/", "aws:PrincipalTag/home"),
        ("*:*:*:b*", "aws:PrincipalTag/home"),
        ("sns:*:*:b/", ""),
        ("s?s:::b/", ""),
        ("s3:*:1:b/", ""),
    ] {
        assert_eq!(wanted(&identity(&[home.replace("s3:::b/", arn)]), ""), expected, "{arn}");
    }
}
