//! Lists that are too long to be gone through: what a map finds in them is what the reference evaluator does.

use ibc::bundle::{Bundle, ResourceEntry};
use ibc::compile::{Options, Passes, compile_with};
use ibc::iam::{Effect, PolicyKind, PrincipalPattern, Version};
use ibc::syntax::ast::Statement;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::generators::answers::{engine, reference_verdict_over, sources};
use crate::generators::directed::{self, choices};
use crate::generators::policy::{element, policy_about_all, policy_of, statement_about_all};
use crate::generators::request::{self, RequestCase};
use crate::generators::scenario::bundle_around;
use crate::generators::texts::{condition_cases, resource_cases};
use crate::generators::{check, text};

const CASES: u32 = 600;

/// Asks both evaluators all requests, also where no pass shortens a list.
fn check_bundle(bundle: &Bundle, requests: &[RequestCase]) -> Result<(), TestCaseError> {
    for options in [Options::default(), Options { optimize: Passes::NONE, ..Options::default() }] {
        let engine = engine(compile_with(&sources(), bundle, &options).expect("the bundle is small"));
        let mut scratch = engine.scratch();
        for request in requests {
            let (found, expected) = request.with(|request| {
                let outcome = engine.decide(request, &mut scratch);
                ((outcome.decision, outcome.layer), reference_verdict_over(bundle, request))
            });
            prop_assert_eq!(found, expected, "{}", request.to_json());
        }
    }
    Ok(())
}

#[test]
fn conditions_of_many_values() {
    check(CASES, condition_cases(17..=80), |case| {
        let statement =
            Statement { conditions: vec![case.condition], ..statement_about_all(PolicyKind::Identity, Effect::Allow) };
        let policy = policy_of(PolicyKind::Identity, Some(Version::V2012), vec![statement]);
        check_bundle(&bundle_around(policy), &case.requests)
    });
}

#[test]
fn elements_of_many_resources() {
    check(CASES, resource_cases(17..=80), |(patterns, negated, requests)| {
        let patterns = patterns.iter().map(|pattern| text::template(pattern, Version::V2012));
        let resource = Some(element(negated, patterns));
        let statement = Statement { resource, ..statement_about_all(PolicyKind::Resource, Effect::Allow) };
        let policy = text::reread(&policy_of(PolicyKind::Resource, Some(Version::V2012), vec![statement]));
        let Ok(policy) = policy else { return Err(TestCaseError::reject("does not load")) };
        let mut bundle = bundle_around(policy);
        // The identity layer would allow whatever the resource's policy says.
        bundle.everyone.identity.clear();
        check_bundle(&bundle, &requests)
    });
}

#[test]
fn elements_of_many_principals() {
    let fillers = (0..12).map(|n| PrincipalPattern::Arn(format!("arn:aws:iam::111111111111:role/filler-{n}").into()));
    let known: Vec<PrincipalPattern> = request::CALLERS.iter().flat_map(request::CallerWords::patterns).collect();
    let requests = vec((request::requests(), choices()), 12);
    let drawn = (vec(select(known), 0..=4), any::<bool>(), select(vec![Effect::Allow, Effect::Deny]), requests);
    check(CASES, drawn, |(named, negated, effect, drawn)| {
        let statement = Statement {
            principal: Some(element(negated, fillers.clone().chain(named))),
            ..statement_about_all(PolicyKind::Resource, effect)
        };
        let statements = [&statement];
        let requests: Vec<RequestCase> = drawn
            .into_iter()
            .map(|(mut request, mut choices)| {
                directed::direct(&mut request, &statements, &mut choices);
                request
            })
            .collect();
        let mut bundle = bundle_around(policy_of(PolicyKind::Resource, Some(Version::V2012), vec![statement]));
        if effect == Effect::Allow {
            bundle.everyone.identity.clear();
        }
        check_bundle(&bundle, &requests)
    });
}

/// The policy of each pattern allows one action alone, so the action that is allowed tells which counts.
#[test]
fn patterns_of_resources_with_policies() {
    const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];
    let pieces = |of: &'static [&'static str], count| vec(select(of), count).prop_map(|pieces| pieces.concat());
    let heads = select(vec!["arn:aws:s3:::", "arn:aws:s3:::", "arn:*:", "*", "arn:aws:ib:*:1:", "a?n:"]);
    let pattern = (heads, pieces(&["a", "b", "a-", "b/", "-", "/", ":", "*", "*", "?", "é", "abcd"], 0..=6));
    let resource = (select(vec!["arn:aws:s3:::", "arn:aws:ib:eu:1:"]), pieces(&["a", "b", "a-", "b/", "-", "é", "abcd"], 0..=8));
    // Up to eight are gone through, more have a map.
    let patterns = prop_oneof![vec(pattern.clone(), 1..=10), vec(pattern, 1..=90)];
    let drawn = (patterns, vec((resource, choices()), 10));
    check(CASES, drawn, |(patterns, drawn)| {
        let patterns: Vec<String> = patterns.into_iter().map(|(head, rest)| format!("{head}{rest}")).collect();
        let mut bundle = Bundle::default();
        let policies = ACTIONS.map(|action| {
            let mut policy = policy_about_all(PolicyKind::Resource, Effect::Allow);
            policy.statements[0].action = element(false, [text::action(action)]);
            bundle.add_policy(action, policy)
        });
        for (number, pattern) in patterns.iter().enumerate() {
            let policy = policies[number % policies.len()];
            bundle.resources.push(ResourceEntry { pattern: pattern.clone(), policy });
        }
        let mut requests = Vec::new();
        for ((head, rest), mut choices) in drawn {
            let mut request = RequestCase { resource: format!("{head}{rest}"), ..request::plain() };
            if choices.once_in(2)
                && let Some(pattern) = choices.pick(&patterns)
            {
                let template = text::template(pattern, Version::V2012);
                request.resource = directed::instance(&template, true, &request, &mut choices);
            }
            requests.extend(ACTIONS.map(|action| RequestCase { action: action.to_owned(), ..request.clone() }));
        }
        check_bundle(&bundle, &requests)
    });
}
