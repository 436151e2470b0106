//! Actions that the compiler did not know, of services that policies name.

use std::cell::Cell;

use ibc::compile::{Indexes, Options, Passes, compile_with};
use ibc::iam::{ActionPattern, Decision};
use ibc::reference::{RuntimePolicies, decide, layers_of};
use ibc::syntax::ast::Policy;
use proptest::prelude::*;

use crate::generators::answers::{engine, sources};
use crate::generators::check;
use crate::generators::scenario::bundle_around;
use crate::generators::text::reread;
use crate::generators::verbs::verbs;

/// Everything, lists alone, and what an action's class decides: access keys, blocks.
fn options() -> [Options; 4] {
    let plain = Options { optimize: Passes::NONE, ..Options::default() };
    [
        Options::default(),
        Options { indexes: Indexes::NONE, ..plain },
        Options { indexes: Indexes { blocks: true, ..Indexes::NONE }, ..plain },
        Options { indexes: Indexes { small_units: false, ..Indexes::ALL }, ..plain },
    ]
}

#[test]
fn engine_agrees_on_unknown_actions() {
    let (asked, unknown, decisions) = (Cell::new(0), Cell::new(0), Cell::new([0; 3]));
    check(500, verbs(), |case| {
        let bundle = bundle_around(case.policy.clone());
        let expected: Vec<Decision> = case
            .requests
            .iter()
            .map(|request| {
                request.with(|request| decide(&layers_of(&bundle, request, &RuntimePolicies::default()), request).decision)
            })
            .collect();
        for options in options() {
            let engine = engine(compile_with(&sources(), &bundle, &options).expect("the bundle is small"));
            let mut scratch = engine.scratch();
            for (request, expected) in case.requests.iter().zip(&expected) {
                let found = request.with(|request| engine.decide(request, &mut scratch).decision);
                prop_assert_eq!(found, *expected, "{} {:?}", request.action, options);
            }
        }
        for (request, decision) in case.requests.iter().zip(expected) {
            asked.set(asked.get() + 1);
            unknown.set(unknown.get() + u32::from(is_unknown(&request.action, &case.policy)));
            let mut counts = decisions.get();
            counts[decision as usize] += 1;
            decisions.set(counts);
        }
        Ok(())
    });
    assert!(unknown.get() * 3 >= asked.get(), "{} of {} are unknown", unknown.get(), asked.get());
    assert!(decisions.get().iter().all(|count| count * 8 >= asked.get()), "{:?}", decisions.get());
}

/// Whether an action is of the service without catalogue, named there, and by no name.
fn is_unknown(action: &str, policy: &Policy) -> bool {
    let patterns = policy.statements.iter().flat_map(|statement| &statement.action.patterns);
    let own = patterns.filter_map(|pattern| match &pattern.value {
        ActionPattern::Any => None,
        named => Some(named.to_string()),
    });
    let own: Vec<String> = own.filter(|pattern| pattern.starts_with("svc:")).collect();
    action.to_ascii_lowercase().starts_with("svc:")
        && !own.is_empty()
        && !own.iter().any(|pattern| pattern.eq_ignore_ascii_case(action))
}

/// How many of so many statements, each about one beginning of names, are verified for an action.
#[track_caller]
fn check_verified(count: u32, pattern: &str, action: &str, decision: Decision, most: u32) {
    let statement =
        |number| format!(r#"{{"Effect":"Allow","Action":"{}","Resource":"*"}}"#, pattern.replace("{n}", &format!("{number:02}")));
    let statements: Vec<String> = (0..count).map(statement).collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let mut sources = ibc::source::SourceMap::new();
    let source = sources.add("policy", text);
    let policy = ibc::syntax::parse_policy(&sources, source, None, ibc::iam::PolicyKind::Identity).policy.expect("well formed");
    let policy = reread(&policy).expect("well formed");
    let engine = engine(compile_with(&sources, &bundle_around(policy), &Options::default()).expect("small"));
    let mut scratch = engine.scratch();
    let request = crate::generators::request::RequestCase { action: action.to_owned(), ..crate::generators::request::plain() };
    assert_eq!(request.with(|request| engine.decide(request, &mut scratch).decision), decision, "{action}");
    assert!(scratch.verified() <= most, "{action}: {} verified", scratch.verified());
}

#[test]
fn the_beginning_of_an_unknown_action_leads_to_its_statements() {
    check_verified(100, "svc:Act{n}*", "svc:Act07Unheard", Decision::Allow, 1);
    check_verified(100, "svc:Act{n}*", "SVC:aCT07", Decision::Allow, 1);
    check_verified(100, "svc:Act{n}*", "svc:Act", Decision::ImplicitDeny, 0);
    check_verified(100, "svc:Act{n}*", "svc:Unheard", Decision::ImplicitDeny, 0);
    check_verified(100, "svc:Act{n}*Image", "svc:Act07UnheardImage", Decision::Allow, 1);
    check_verified(100, "svc:Act{n}*Image", "svc:Act07Unheard", Decision::ImplicitDeny, 1);
    check_verified(100, "svc:*{n}", "svc:Unheard07", Decision::Allow, 100);
}

#[test]
fn of_very_many_beginnings_some_are_told_apart_by_their_patterns() {
    // 512 are classes of their own; the patterns of the other 88 are asked.
    check_verified(600, "svc:Act{n}z*", "svc:Act511zUnheard", Decision::Allow, 1);
    check_verified(600, "svc:Act{n}z*", "svc:Act512zUnheard", Decision::Allow, 88);
    check_verified(600, "svc:Act{n}z*", "svc:Act599Z", Decision::Allow, 88);
    check_verified(600, "svc:Act{n}z*", "svc:Act600z", Decision::ImplicitDeny, 88);
    check_verified(600, "svc:Act{n}z*", "svc:Act511y", Decision::ImplicitDeny, 88);
}
