//! Many requests at once: each has the outcome that it has alone, whatever waits beside it, and whatever engine the scratch was
//! made for.

use std::cell::Cell;

use ibc::bundle::Bundle;
use ibc::compile::compile_with;
use ibc::iam::{Decision, PolicyKind};
use ibc::request::Request;
use ibc::source::SourceMap;
use ibc::syntax::parse_policy;
use ibc::{Engine, Outcome, Scratch};
use proptest::prelude::*;

use crate::generators::answers::{engine, sources};
use crate::generators::bundles::bundles;
use crate::generators::check;
use crate::generators::crowd::crowds;
use crate::generators::herd::herds;
use crate::generators::request::{self, Caller, RequestCase, Value};
use crate::generators::scenario::bundle_around;

/// Gives all requests at once.
fn with_all(cases: &[RequestCase], requests: &[Request<'_>], ask: &mut dyn FnMut(&[Request<'_>])) {
    match cases {
        [] => ask(requests),
        [case, rest @ ..] => case.with(|request| with_all(rest, &[requests, &[*request]].concat(), ask)),
    }
}

fn many(engine: &Engine<Vec<u8>>, cases: &[RequestCase], scratch: &mut Scratch) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    with_all(cases, &[], &mut |requests| {
        engine.decide_many(requests, scratch, |index, outcome| {
            assert_eq!(index, outcomes.len());
            outcomes.push(outcome);
        });
    });
    outcomes
}

fn check_engine(engine: &Engine<Vec<u8>>, cases: &[RequestCase], foreign: &Scratch) -> Result<Vec<Outcome>, TestCaseError> {
    let mut alone = engine.scratch();
    let expected: Vec<Outcome> = cases.iter().map(|case| case.with(|request| engine.decide(request, &mut alone))).collect();
    for (mut scratch, is_own) in [(engine.scratch(), true), (foreign.clone(), false), (Scratch::default(), false)] {
        for _ in 0..2 {
            prop_assert_eq!(&many(engine, cases, &mut scratch), &expected);
            prop_assert!(!is_own || scratch.verified() == alone.verified());
        }
        for (case, expected) in cases.iter().zip(&expected) {
            prop_assert_eq!(&case.with(|request| engine.decide(request, &mut scratch)), expected);
        }
    }
    Ok(expected)
}

/// An engine over a policy that allows what is not named, by so many statements that no access key tells apart.
fn long_list(count: usize) -> Engine<Vec<u8>> {
    let statements: Vec<String> = (0..count)
        .map(|n| {
            format!(
                r#"{{"Effect": "Allow", "NotAction": "svc:Not{n}", "Resource": "*",
                    "Condition": {{"StringNotEquals": {{"aws:RequestTag/name": "{n}"}}, "Bool": {{"aws:SecureTransport": "{}"}}}}}}"#,
                n == count / 2
            )
        })
        .collect();
    engine_of(format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(",")))
}

/// An engine over one identity policy of everyone.
fn engine_of(policy: String) -> Engine<Vec<u8>> {
    let mut sources = SourceMap::new();
    let source = sources.add("policy", policy);
    let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("well formed");
    let mut bundle = Bundle::default();
    bundle.everyone.identity = vec![bundle.add_policy("policy", policy)];
    engine(ibc::compile(&sources, &bundle).expect("small"))
}

#[test]
fn a_scratch_serves_engines_with_longer_lists() {
    let counts = [1, 5, 33, 64, 65, 100, 128, 129, 200, 300];
    let engines = counts.map(|count| (count, long_list(count)));
    for (own, maker) in &engines {
        for (count, engine) in &engines {
            let mut scratch = maker.scratch();
            for (action, secure, expected) in
                [("svc:Act", "true", Decision::Allow), (&*format!("svc:Not{}", count / 2), "true", Decision::ImplicitDeny)]
            {
                let mut case = RequestCase { action: action.to_owned(), ..request::plain() };
                case.set("aws:SecureTransport", Some(Value::Single(secure.to_owned())));
                case.set("aws:RequestTag/name", Some(Value::Single("x".to_owned())));
                let found = case.with(|request| engine.decide(request, &mut scratch).decision);
                assert_eq!(found, expected, "{count} statements, {action}, with the scratch of {own}");
            }
        }
    }
}

#[test]
fn each_request_has_the_outcome_that_it_has_alone() {
    let allowed = Cell::new(0);
    let foreign = long_list(100).scratch();
    let check_bundle = |bundle: &Bundle, cases: &[RequestCase]| {
        let engine = engine(compile_with(&sources(), bundle, &ibc::compile::Options::default()).expect("small"));
        let outcomes = check_engine(&engine, cases, &foreign)?;
        allowed.set(allowed.get() + outcomes.iter().filter(|outcome| outcome.decision == Decision::Allow).count());
        Ok(())
    };
    check(100, crowds(PolicyKind::Identity), |crowd| check_bundle(&bundle_around(crowd.policy), &crowd.requests));
    check(100, herds(), |herd| check_bundle(&bundle_around(herd.policy), &herd.requests));
    check(300, bundles(), |case| check_bundle(&case.bundle, &case.requests));
    assert!(allowed.get() > 100, "{} allowed", allowed.get());
}

#[test]
fn a_request_that_is_refused_leaves_those_beside_it_alone() {
    let engine = engine_of(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "svc:Act", "Resource": "*"}}"#.to_owned(),
    );
    let allowed = RequestCase { action: "svc:Act".to_owned(), ..request::plain() };
    let malformed = RequestCase { action: "Act".to_owned(), ..allowed.clone() };
    let long = RequestCase { resource: "x".repeat(100_000), ..allowed.clone() };
    for refused in [malformed, long] {
        for place in 0..8 {
            let mut cases = vec![allowed.clone(); 8];
            cases[place] = refused.clone();
            let found = many(&engine, &cases, &mut engine.scratch());
            for (index, outcome) in found.iter().enumerate() {
                let expected = if index == place { Decision::ImplicitDeny } else { Decision::Allow };
                assert_eq!(outcome.decision, expected, "{index}, with one refused at {place}");
            }
        }
    }
}

/// What is put together for the caller of one request must not be that of another that waits beside it.
#[test]
fn callers_of_a_group_have_their_own_texts() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "svc:Act", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "AROA*:even-*"}}},
        {"Effect": "Deny", "Action": "svc:Act", "Resource": "*",
            "Condition": {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/role-4", "arn:aws:iam::111122223333:role/role-7"]}}}]}"#;
    let engine = engine_of(policy.to_owned());
    let cases: Vec<RequestCase> = (0..20)
        .map(|n| {
            let session = if n % 2 == 0 { "even" } else { "odd" };
            let arn = format!("arn:aws:sts::111122223333:assumed-role/role-{n}/{session}-{n}");
            let caller = Caller::parse(&arn).expect("a session");
            let caller = Caller { unique_id: Some(format!("AROA{n}")), ..caller };
            let resource_account = Some("111122223333".to_owned());
            RequestCase { caller, action: "svc:Act".to_owned(), resource_account, ..request::plain() }
        })
        .collect();
    let expected: Vec<Decision> = (0..20)
        .map(|n| match n {
            4 | 7 => Decision::ExplicitDeny,
            n if n % 2 == 0 => Decision::Allow,
            _ => Decision::ImplicitDeny,
        })
        .collect();
    let mut scratch = engine.scratch();
    for _ in 0..2 {
        let found: Vec<Decision> = many(&engine, &cases, &mut scratch).iter().map(|outcome| outcome.decision).collect();
        assert_eq!(found, expected);
    }
}
