//! The worst case that the compiler tells: no decision verifies more, and simple policies cost what one would count by hand.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;

use ibc::Overlay;
use ibc::bundle::Bundle;
use ibc::compile::{Cause, Compiled, Indexes, Options, Passes, WorstCase, compile_reporting};
use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::ast::Policy;
use ibc::syntax::parse_policy;
use proptest::prelude::*;

use crate::generators::answers::{engine, sources};
use crate::generators::cabinet::cabinets;
use crate::generators::check;
use crate::generators::crowd::crowds;
use crate::generators::grid::grids;
use crate::generators::handful::handfuls;
use crate::generators::herd::herds;
use crate::generators::request::RequestCase;
use crate::generators::scenario::bundle_around;
use crate::generators::verbs::verbs;

fn build(sources: &SourceMap, bundle: &Bundle, indexes: Indexes) -> Compiled {
    let options = Options { optimize: Passes::NONE, indexes, ..Options::default() };
    compile_reporting(sources, Cow::Borrowed(bundle), &options, &mut |_| ()).expect("small")
}

/// Whether each key has one value, unless a policy asks for several.
fn is_counted(request: &RequestCase, policy: &Policy) -> bool {
    let conditions = || policy.statements.iter().flat_map(|statement| &statement.conditions);
    request.context.iter().all(|(key, value)| {
        let is_own = |own: &str| own.eq_ignore_ascii_case(key);
        value.texts().len() <= 1
            || conditions().any(|condition| condition.operator.value.set.is_some() && is_own(condition.key.value.as_str()))
    })
}

/// How many statements a policy's requests verify, at most; none more than the worst case says.
fn most_verified(
    policy: &Policy,
    bundle: &Bundle,
    requests: &[RequestCase],
    indexes: Indexes,
) -> Result<(u64, WorstCase), TestCaseError> {
    let Compiled { bytes, worst_case, .. } = build(&sources(), bundle, indexes);
    let engine = engine(bytes);
    let mut most = 0;
    for request in requests.iter().filter(|request| is_counted(request, policy)) {
        let plan = request.with(|request| engine.plan(request, &Overlay::default()));
        for unit in plan.layers.iter().flat_map(|layer| &layer.units) {
            let verified: HashSet<_> =
                unit.lookups.iter().flat_map(|lookup| &lookup.verified).map(|verified| verified.statement).collect();
            prop_assert!(
                verified.len() as u64 <= worst_case.verified,
                "{} verifies {} of {:?} with {:?}",
                request.to_json(),
                verified.len(),
                worst_case,
                indexes
            );
            most = most.max(verified.len() as u64);
        }
    }
    Ok((most, worst_case))
}

#[test]
fn no_decision_verifies_more() {
    let sums = Cell::new([(0, 0); 6]);
    let count_of = |generator: usize, policy: &Policy, bundle: &Bundle, requests: &[RequestCase]| {
        for indexes in [Indexes::ALL, Indexes { small_units: false, pairs: false, ..Indexes::ALL }, Indexes::NONE] {
            let (found, worst_case) = most_verified(policy, bundle, requests, indexes)?;
            if indexes == Indexes::ALL {
                let mut all = sums.get();
                all[generator] = (all[generator].0 + found, all[generator].1 + worst_case.verified);
                sums.set(all);
            }
            let named = worst_case.causes.iter().map(|cause| cause.statement_count as u64).sum::<u64>();
            prop_assert!(named >= worst_case.verified, "{:?}", worst_case);
            let all = policy.statements.len();
            let is_possible =
                |cause: &Cause| cause.statement_count <= all && cause.statements.windows(2).all(|pair| pair[0] < pair[1]);
            prop_assert!(worst_case.verified <= all as u64 && worst_case.causes.iter().all(is_possible), "{:?}", worst_case);
        }
        Ok(())
    };
    let count = |generator, policy: &Policy, requests: &[RequestCase]| {
        count_of(generator, policy, &bundle_around(policy.clone()), requests)
    };
    check(60, crowds(PolicyKind::Identity), |crowd| count(0, &crowd.policy, &crowd.requests));
    check(60, herds(), |herd| count(1, &herd.policy, &herd.requests));
    check(100, handfuls(), |handful| count(2, &handful.policy, &handful.requests));
    check(60, verbs(), |case| count(3, &case.policy, &case.requests));
    check(200, cabinets(), |cabinet| count_of(4, &cabinet.policy, &cabinet.bundle(), &cabinet.requests));
    check(60, grids(), |grid| count(5, &grid.policy, &grid.requests));
    // A bound that is always everything would pass as well.
    for ((found, said), most) in sums.get().into_iter().zip([5, 10, 3, 4, 20, 25]) {
        assert!(said <= most * found, "verified and said: {:?}", sums.get());
    }
}

/// The worst case of a policy of so many statements, written with `{n}` for their number.
fn worst_case(count: usize, statement: &str) -> WorstCase {
    let numbers = |n: usize| [("{n}", n), ("{odd}", n % 2), ("{of-100}", n % 100), ("{of-97}", n % 97)];
    let filled = |n| numbers(n).into_iter().fold(statement.to_owned(), |text, (name, n)| text.replace(name, &n.to_string()));
    let resource = if statement.contains("NotResource") { "" } else { r#""Resource":"*","# };
    let statements: Vec<String> =
        (0..count).map(filled).map(|statement| format!(r#"{{"Effect":"Allow",{resource}{statement}}}"#)).collect();
    let mut sources = SourceMap::new();
    let source = sources.add("policy", format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")));
    let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("well formed");
    build(&sources, &bundle_around(policy), Indexes::ALL).worst_case
}

#[track_caller]
fn check_worst(count: usize, statement: &str, verified: u64, action: Option<&str>, reason: &str) {
    let found = worst_case(count, statement);
    let first = found.causes.first().map(|cause| cause.reason.to_string()).unwrap_or_default();
    assert_eq!((found.verified, found.action.as_deref(), &*first), (verified, action, reason), "{found:?}");
}

#[test]
fn simple_policies_cost_what_one_counts() {
    let team = r#""Action":"svc:*","Condition":{"StringEquals":{"aws:ResourceTag/team":"t{n}"}}"#;
    check_worst(500, team, 1, None, "many have in common a value of `aws:ResourceTag/team`");
    // Odd and even names share nothing.
    let actions = r#""Action":"svc:A{odd}*","Condition":{"StringNotEquals":{"aws:ResourceTag/team":"t{n}"}}"#;
    check_worst(500, actions, 250, Some("svc:a0*"), "their conditions hold of most values, or of none at all");
    let addresses = r#""Action":"svc:A","Condition":{"IpAddress":{"aws:SourceIp":"10.0.{odd}.{n}/32"}}"#;
    check_worst(200, addresses, 1, None, "many have in common a network that the address in `aws:SourceIp` is in");
    let others = r#""Action":"svc:A","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.{odd}.{n}/32"}}"#;
    check_worst(200, others, 200, Some("svc:a"), "their conditions hold of most values, or of none at all");
    let patterns = r#""Action":"svc:A","Condition":{"StringNotLike":{"aws:RequestTag/a":"{odd}-{n}-*"}}"#;
    check_worst(200, patterns, 200, Some("svc:a"), "their conditions hold of most values, or of none at all");
    let others = r#""Action":"svc:A","NotResource":["arn:aws:svc:::{odd}-{n}","arn:aws:svc:::x"]"#;
    check_worst(200, others, 200, Some("svc:a"), "they are about all resources but those that they name");
    let inner = r#""Action":"svc:A","Condition":{"StringNotLike":{"aws:RequestTag/a":"*{odd}-{n}-*"}}"#;
    check_worst(200, inner, 200, Some("svc:a"), "their conditions are of kinds that no index decides");
    let globs = r#""Action":"svc:A","Condition":{"StringLike":{"aws:RequestTag/a":"*{n}*"}}"#;
    check_worst(
        200,
        globs,
        200,
        Some("svc:a"),
        "their patterns of `aws:RequestTag/a` have neither two literal characters at an end nor four in a row",
    );
    let pieces = r#""Action":"svc:A","Condition":{"StringLike":{"aws:RequestTag/a":"*-{n}-piece*"}}"#;
    check_worst(200, pieces, 200, Some("svc:a"), "one value of `aws:RequestTag/a` can contain pieces of many of their patterns");
    let keys = r#""Action":"svc:A","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"k{n}"}}"#;
    check_worst(1500, keys, 1024, Some("svc:a"), "a request can have many values of `aws:TagKeys`");
    check_worst(40, r#""Action":"svc:A{n}*""#, 2, None, "many have in common an action");
    // Each pair of keys has a statement of its own, each key ten of a hundred.
    let many = r#""Action":"svc:A","Condition":{"StringEquals":{"aws:ResourceTag/a{of-100}":"v","aws:RequestTag/b{of-97}":"v"}}"#;
    check_worst(1_000, many, 1_000, Some("svc:a"), "many have in common a context key and its value");
}

#[test]
fn bounds_of_numbers_are_counted_where_they_overlap() {
    // More than each of 0..100, or less: any number leaves those below it, or above.
    let more = r#""Action":"svc:A","Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"{n}"}}"#;
    check_worst(100, more, 100, Some("svc:a"), "their conditions hold of most values, or of none at all");
    let equal = r#""Action":"svc:A","Condition":{"NumericEquals":{"aws:MultiFactorAuthAge":"{n}"}}"#;
    check_worst(100, equal, 1, None, "many have in common a number in `aws:MultiFactorAuthAge`");
    // A number satisfies one, an absent key all. Two words for the action, two for each side.
    let optional = worst_case(
        100,
        r#""Action":"svc:A","Condition":{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"{n}"},
            "NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"{n}"}}"#,
    );
    assert_eq!((optional.verified, optional.row_words), (100, 6));
    let absent = worst_case(
        100,
        r#""Action":"svc:A","Condition":{"Null":{"aws:ResourceTag/t{odd}":"true"},"NotIpAddress":{"aws:SourceIp":"10.0.0.{n}"}}"#,
    );
    assert_eq!((absent.verified, absent.row_words), (100, 8), "two words for each of three keys, and for actions");
}
