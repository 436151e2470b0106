//! What a request says twice costs once: repeated values, and repeated pieces of one value, lead to no statement again.

use ibc::compile::{Indexes, Options, Passes, compile_with};
use ibc::iam::{Decision, PolicyKind};
use ibc::request::{MAX_ENTRY_VALUES, MAX_VALUE_SIZE};
use ibc::source::SourceMap;
use ibc::syntax::ast::Policy;
use ibc::syntax::parse_policy;
use ibc::{Engine, Scratch};
use proptest::prelude::*;

use crate::generators::answers::{self, engine, sources};
use crate::generators::check;
use crate::generators::crowd::crowds;
use crate::generators::handful::handfuls;
use crate::generators::herd::herds;
use crate::generators::request::{self, RequestCase, Value};
use crate::generators::scenario::bundle_around;

/// A policy that allows everything, and denies by this condition in so many statements. In `condition`, `{n}` is the number of
/// the statement and `{letter}` one of eight in turn. A request that says nothing of the number is denied by none.
fn denies(count: usize, condition: &str) -> (SourceMap, Policy) {
    let deny = |n: usize| {
        let condition = condition.replace("{n}", &n.to_string()).replace("{letter}", &LETTERS[n % 8..][..1]);
        format!(
            r#"{{"Effect": "Deny", "Action": "svc:*", "Resource": "*",
                "Condition": {{{condition}, "NumericEquals": {{"aws:MultiFactorAuthAge": "{n}"}}}}}}"#
        )
    };
    let statements: Vec<String> = (0..count).map(deny).collect();
    let allow = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let mut sources = SourceMap::new();
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{allow}, {}]}}"#, statements.join(","));
    let source = sources.add("policy", text);
    let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("well formed");
    (sources, policy)
}

fn ask(engine: &Engine<Vec<u8>>, scratch: &mut Scratch, context: &[(&str, Value)]) -> Decision {
    let mut request = RequestCase { action: "svc:Act".to_owned(), ..request::plain() };
    context.iter().for_each(|(key, value)| request.set(key, Some(value.clone())));
    request.with(|request| engine.decide(request, scratch).decision)
}

/// Asks with these values, and says how many Denies may be verified. Then asks so that the last statement of them denies.
#[track_caller]
fn check_verified(count: usize, condition: &str, context: &[(&str, Value)], most: u32) {
    let (sources, policy) = denies(count, condition);
    let engine = engine(compile_with(&sources, &bundle_around(policy), &Options::default()).expect("small"));
    // Where everything collides, every value leads to every statement, but to each once.
    let most = if cfg!(feature = "colliding-hash") { count as u32 } else { most };
    // The second has no room to remember anything: it takes longer, and answers the same.
    for (mut scratch, is_own) in [(engine.scratch(), true), (Scratch::default(), false)] {
        assert_eq!(ask(&engine, &mut scratch, context), Decision::Allow);
        assert!(!is_own || scratch.verified() <= most + 1, "{} verified", scratch.verified());
        let last = ("aws:MultiFactorAuthAge", Value::Single((count - 1).to_string()));
        assert_eq!(ask(&engine, &mut scratch, &[context, &[last]].concat()), Decision::ExplicitDeny);
    }
}

fn longest(piece: &str) -> String {
    piece.repeat(MAX_VALUE_SIZE / piece.len())
}

fn single(piece: &str) -> Value {
    Value::Single(longest(piece))
}

fn many<const N: usize>(values: [&str; N]) -> Value {
    Value::Multi(values.iter().cycle().take(MAX_ENTRY_VALUES).map(|value| (*value).to_owned()).collect())
}

#[test]
fn a_statement_that_many_pieces_of_a_value_lead_to_is_verified_once() {
    let condition = r#""StringLike": {"svc:k": ["*<{n}>ab*", "*<{n}>cd*", "*<{n}>ef*", "*<{n}>gh*"]}"#;
    let value = "<39>ab<39>cd<39>ef<39>gh".to_owned();
    check_verified(40, condition, &[("svc:k", Value::Single(value.clone()))], 1);
    let quantified = condition.replace("StringLike", "ForAnyValue:StringLike");
    check_verified(40, &quantified, &[("svc:k", Value::Multi(vec![value; 5]))], 1);
}

#[test]
fn a_piece_of_a_value_that_comes_again_is_looked_up_once() {
    let inside = r#""StringLike": {"aws:RequestTag/name": "*{letter}{letter}{letter}{letter}*"}"#;
    check_verified(240, inside, &[(NAME, single("h"))], 30);
    check_verified(240, inside, &[(NAME, single("aaaabbbbccccddddeeeeffffgggghhhh"))], 240);
    check_verified(240, inside, &[(NAME, single("aaaabcdhhhh"))], 60);
}

#[test]
fn a_value_that_comes_again_is_looked_up_once() {
    let whole = r#""ForAnyValue:StringEquals": {"aws:TagKeys": "{letter}"}"#;
    check_verified(240, whole, &[("aws:TagKeys", many(["h"]))], 30);
    check_verified(240, whole, &[("aws:TagKeys", many(["a", "h", "x", "y"]))], 60);
    let start = r#""ForAnyValue:StringLike": {"aws:TagKeys": "{letter}{letter}*"}"#;
    check_verified(240, start, &[("aws:TagKeys", many(["hhx", "hhy", "hhz"]))], 30);
    let end = r#""ForAnyValue:StringLike": {"aws:TagKeys": "*{letter}{letter}"}"#;
    check_verified(240, end, &[("aws:TagKeys", many(["xhh", "yhh", "zhh"]))], 30);
    let inside = r#""ForAnyValue:StringLike": {"aws:TagKeys": "*{letter}{letter}{letter}{letter}*"}"#;
    check_verified(240, inside, &[("aws:TagKeys", many(["hhhhhhhhhh", "hhhhxhhhh"]))], 30);
}

#[test]
fn values_that_are_looked_up_together_and_come_again_are_so_once() {
    // Neither part alone tells enough of the statements apart.
    let both = r#""ForAnyValue:StringEquals": {"aws:TagKeys": "{letter}", "aws:PrincipalOrgPaths": "o/{n}/"}"#;
    check_verified(240, both, &[("aws:TagKeys", many(["h"])), ("aws:PrincipalOrgPaths", many(["o/239/"]))], 1);
}

#[test]
fn long_lists_and_small_units_do_not_care_how_often_a_value_comes() {
    let whole = r#""ForAnyValue:StringEquals": {"aws:TagKeys": "{letter}"}"#;
    check_verified(800, whole, &[("aws:TagKeys", many(["h", "i", "h", "j"]))], 100);
    check_verified(14, whole, &[("aws:TagKeys", many(["f", "i"]))], 2);
}

/// The request with every list of values three times over.
fn thrice(request: &RequestCase) -> RequestCase {
    let mut repeated = request.clone();
    for (_, value) in &mut repeated.context {
        if let Value::Multi(values) = value {
            *values = [values.as_slice(); 3].concat();
        }
    }
    repeated
}

/// The request with its single values written many times in a row.
fn lengthened(request: &RequestCase) -> RequestCase {
    let mut repeated = request.clone();
    for (_, value) in &mut repeated.context {
        if let Value::Single(text) = value {
            *text = text.repeat(40);
        }
    }
    repeated
}

fn check_policy(policy: Policy, requests: &[RequestCase]) -> Result<(), TestCaseError> {
    let bundle = bundle_around(policy);
    for indexes in [Indexes::ALL, Indexes { small_units: false, ..Indexes::ALL }, Indexes { blocks: false, ..Indexes::ALL }] {
        let options = Options { indexes, optimize: Passes::NONE, ..Options::default() };
        let engine = engine(compile_with(&sources(), &bundle, &options).expect("small"));
        let mut scratch = engine.scratch();
        for request in requests {
            let mut decide = |request: &RequestCase| {
                let outcome = request.with(|request| engine.decide(request, &mut scratch));
                (outcome, scratch.verified())
            };
            prop_assert_eq!(decide(&thrice(request)), decide(request), "{:?} {}", indexes, request.to_json());
            let lengthened = lengthened(request);
            let (outcome, _) = decide(&lengthened);
            let expected = lengthened.with(|request| answers::reference_verdict_over(&bundle, request));
            prop_assert_eq!((outcome.decision, outcome.layer), expected, "{:?} {}", indexes, lengthened.to_json());
        }
    }
    Ok(())
}

#[test]
fn a_list_of_values_says_and_costs_the_same_three_times_over() {
    for kind in [PolicyKind::Identity, PolicyKind::Resource] {
        check(60, crowds(kind), |crowd| check_policy(crowd.policy, &crowd.requests));
    }
    check(100, handfuls(), |handful| check_policy(handful.policy, &handful.requests));
    check(30, herds(), |herd| check_policy(herd.policy, &herd.requests));
}

const LETTERS: &str = "abcdefgh";
const NAME: &str = "aws:RequestTag/name";
