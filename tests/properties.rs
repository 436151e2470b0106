//! Properties of the whole program over random scenarios.
//!
//! | test | property |
//! |---|---|
//! | `decisions_are_balanced` | allow, implicit deny and explicit deny each make up a fifth of the generated cases |
//! | `every_layer_decides` | each layer is the deciding one in some generated cases |
//! | `engine_agrees_with_reference_...` | both give the same decision, and name the same layer |
//! | `engine_agrees_without_indexes` | the same when every statement is looked at; `indexes` leaves out each kind |
//! | `engine_agrees_without_simplification` | the same when no pass has run |
//! | `explanations_agree_with_decisions...` | an explanation has the decision, says so by its statements, and shows the deciding one |
//! | `the_deciding_statement_matches` | the statement that the engine names is one that the reference evaluator found |
//! | `printed_policies_print_the_same_again` | print → parse → print is stable |
//! | `text_says_what_the_tree_says` | policies written as text and read back give the same answers, and the same artifact |
//! | `engine_agrees_on_large_policies` | the same where units are large enough for every kind of index |
//! | `engine_finds_what_is_attached` | the same over bundles with many principals, accounts, resources and endpoints |
//! | `engine_agrees_on_organisations` | the same over whole organisations, with session and endpoint policies that travel along |
//! | `questions_to_organisations_are_balanced` | each decision makes up a fifth, and each layer decides some, there too |
//! | `engine_agrees_on_..._with_random_texts` | the same for values, numbers, dates, addresses and patterns made at random |
//! | `scenario_files_say_what_they_were_made_of` | a scenario written as a file gets the same answers |
//! | `two_builds_give_the_same_bytes` | the same bundle gives the same artifact |
//! | `placement_means_nothing` | however a bundle holds the policies, the answer is the same |
//!
//! All are deterministic; `generators::runner` says how to run more cases or others.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use ibc::bundle::Bundle;
use ibc::compile::{Indexes, Options, Passes, compile_with};
use ibc::engine::explain::{Detail, LayerAnswer, StatementExplanation};
use ibc::iam::{Decision, Effect, Layer, PolicyKind, Version};
use ibc::request::{KeyedEntry, Request};
use ibc::scenario::{NoFiles, ScenarioFile};
use ibc::syntax::ast::Statement;
use ibc::syntax::print_policy;
use ibc::{Engine, Explanation, Outcome, Overlay, Target};
use proptest::prelude::*;
use proptest::sample::select;

use crate::generators::answers::{self, engine_outcome, engine_verdict, reference_verdict, sources, verdict_without_bundle};
use crate::generators::bundles::bundles;
use crate::generators::cabinet::cabinets;
use crate::generators::crowd::crowds;
use crate::generators::herd::herds;
use crate::generators::organisation::organisations;
use crate::generators::policy::{element, placeless, policy_of, statement_about_all};
use crate::generators::request::RequestCase;
use crate::generators::scenario::bundle_around;
use crate::generators::texts::{condition_cases, resource_cases};
use crate::generators::{Scenario, Settings, Verdict, check, scenarios, text};

/// How many scenarios the engine is compared on.
const CASES: u32 = 4000;

/// How often each verdict occurs.
fn count_verdicts(settings: Settings) -> BTreeMap<Verdict, u32> {
    let counts = RefCell::new(BTreeMap::new());
    check(2000, scenarios(settings), |scenario| {
        *counts.borrow_mut().entry(reference_verdict(&scenario)).or_default() += 1;
        Ok(())
    });
    counts.into_inner()
}

#[test]
fn decisions_are_balanced() {
    for settings in [Settings::DIRECTED, Settings::UNDIRECTED] {
        let counts = count_verdicts(settings);
        let total: u32 = counts.values().sum();
        for decision in [Decision::Allow, Decision::ImplicitDeny, Decision::ExplicitDeny] {
            let count: u32 = counts.iter().filter(|(verdict, _)| verdict.0 == decision).map(|(_, count)| count).sum();
            assert!(count * 5 >= total, "{decision}: {count} of {total} with {settings:?}: {counts:?}");
        }
    }
}

#[test]
fn every_layer_decides() {
    let counts = count_verdicts(Settings::DIRECTED);
    for layer in Layer::ALL {
        for decision in [Decision::ImplicitDeny, Decision::ExplicitDeny] {
            let count = counts.get(&(decision, Some(layer))).copied().unwrap_or(0);
            assert!(count >= 5, "{decision} by {layer}: {counts:?}");
        }
    }
}

#[test]
fn placement_means_nothing() {
    check(2000, scenarios(Settings::DIRECTED), |scenario| {
        prop_assert_eq!(reference_verdict(&scenario), verdict_without_bundle(&scenario));
        Ok(())
    });
}

fn check_agreement(cases: u32, settings: Settings, options: &Options) {
    check(cases, scenarios(settings), |scenario| {
        prop_assert_eq!(engine_verdict(&scenario, options), reference_verdict(&scenario));
        Ok(())
    });
}

#[test]
fn engine_agrees_with_reference_on_directed_requests() {
    check_agreement(CASES, Settings::DIRECTED, &Options::default());
}

#[test]
fn engine_agrees_with_reference_on_undirected_requests() {
    check_agreement(CASES / 2, Settings::UNDIRECTED, &Options::default());
}

#[test]
fn engine_agrees_without_indexes() {
    check_agreement(CASES / 4, Settings::DIRECTED, &Options { indexes: Indexes::NONE, ..Options::default() });
}

#[test]
fn engine_agrees_without_simplification() {
    check_agreement(CASES / 2, Settings::DIRECTED, &Options { optimize: Passes::NONE, ..Options::default() });
}

/// Asks both evaluators all requests over one bundle.
fn check_bundle(bundle: &Bundle, requests: &[RequestCase], options: &Options) -> Result<(), TestCaseError> {
    let engine = answers::engine(compile_with(&sources(), bundle, options).expect("the bundle is small"));
    let mut scratch = engine.scratch();
    for request in requests {
        let (found, expected) = request.with(|request| {
            let outcome = engine.decide(request, &mut scratch);
            ((outcome.decision, outcome.layer), answers::reference_verdict_over(bundle, request))
        });
        prop_assert_eq!(found, expected, "{:?} {}", options, request.to_json());
        request.with(|request| check_other_ways(&engine, request, engine.decide(request, &mut scratch)))?;
    }
    Ok(())
}

/// Asks by ids, by batch and by filter: the outcome is that of `decide`.
fn check_other_ways(engine: &Engine<Vec<u8>>, request: &Request<'_>, expected: Outcome) -> Result<(), TestCaseError> {
    let mut scratch = engine.scratch();
    let entries = request.context.entries().iter();
    let keyed: Vec<KeyedEntry<'_>> =
        entries.filter_map(|entry| Some(KeyedEntry { key: engine.key(entry.key)?, value: entry.value })).collect();
    let principal = engine.principal(request.principal);
    let action = engine.action(request.action).expect("generated actions are well formed");
    let resolved = Request::of_resolved(&principal, &action, request.resource).resolved;
    let by_ids = Request { resolved, context: engine.context(&keyed), ..*request };
    prop_assert_eq!(engine.decide(&by_ids, &mut scratch), expected, "by ids");

    let mut outcomes = Vec::new();
    engine.decide_many(&[*request, by_ids, *request], &mut scratch, |index, outcome| outcomes.push((index, outcome)));
    prop_assert_eq!(outcomes, vec![(0, expected), (1, expected), (2, expected)], "by batch");

    let target = Target { resource: request.resource, resource_account: request.resource_account, context: request.context };
    let mut outcomes = Vec::new();
    engine.filter(request, &[target, target], &mut scratch, |_, outcome| outcomes.push(outcome));
    prop_assert_eq!(outcomes, vec![expected; 2], "by filter");
    let first_allowed = (expected.decision == Decision::Allow).then_some(0);
    prop_assert_eq!(engine.decide_any(request, &[target], &mut scratch), first_allowed);
    Ok(())
}

#[test]
fn engine_agrees_on_large_policies() {
    for kind in [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Scp] {
        check(CASES / 20, crowds(kind), |crowd| {
            let bundle = bundle_around(crowd.policy);
            check_bundle(&bundle, &crowd.requests, &Options::default())?;
            check_bundle(&bundle, &crowd.requests, &Options { indexes: Indexes::NONE, ..Options::default() })?;
            check_bundle(&bundle, &crowd.requests, &Options { optimize: Passes::NONE, ..Options::default() })
        });
    }
}

#[test]
fn engine_agrees_on_what_is_filed_under_one_part() {
    check(CASES / 10, cabinets(), |cabinet| check_bundle(&cabinet.bundle(), &cabinet.requests, &Options::default()));
}

#[test]
fn engine_agrees_on_policies_without_access_keys() {
    let with_blocks = Cell::new(0);
    check(CASES / 20, herds(), |herd| {
        let bundle = bundle_around(herd.policy);
        let plain = Options { optimize: Passes::NONE, ..Options::default() };
        let engine = answers::engine(compile_with(&sources(), &bundle, &plain).expect("the bundle is small"));
        let row_words = engine.artifact().sections().find(|(name, ..)| *name == "index").map(|(.., count)| count);
        with_blocks.set(with_blocks.get() + u32::from(row_words > Some(0)));
        check_bundle(&bundle, &herd.requests, &plain)?;
        check_bundle(&bundle, &herd.requests, &Options::default())?;
        check_bundle(&bundle, &herd.requests, &Options { indexes: Indexes::NONE, ..Options::default() })
    });
    assert!(with_blocks.get() > CASES / 40, "most herds are long enough for a block: {}", with_blocks.get());
}

#[test]
fn engine_finds_what_is_attached() {
    check(CASES / 2, bundles(), |case| check_bundle(&case.bundle, &case.requests, &Options::default()));
}

/// How many questions each organisation is asked.
const QUESTION_COUNT: usize = 40;

#[test]
fn engine_agrees_on_organisations() {
    check(CASES / 20, organisations(QUESTION_COUNT), |case| {
        for options in [Options::default(), Options { indexes: Indexes::NONE, optimize: Passes::NONE, ..Options::default() }] {
            let engine = answers::engine(compile_with(&sources(), &case.bundle, &options).expect("the bundle is small"));
            let mut scratch = engine.scratch();
            for question in &case.questions {
                let found = answers::engine_verdict_on(&engine, &mut scratch, question);
                let expected = answers::reference_verdict_on(&case.bundle, question);
                prop_assert_eq!(found, expected, "{:?} {}", options, question.request.to_json());
            }
        }
        Ok(())
    });
}

#[test]
fn questions_to_organisations_are_balanced() {
    let counts = RefCell::new(BTreeMap::<Verdict, u32>::new());
    check(200, organisations(QUESTION_COUNT), |case| {
        for question in &case.questions {
            *counts.borrow_mut().entry(answers::reference_verdict_on(&case.bundle, question)).or_default() += 1;
        }
        Ok(())
    });
    let counts = counts.into_inner();
    let total: u32 = counts.values().sum();
    for decision in [Decision::Allow, Decision::ImplicitDeny, Decision::ExplicitDeny] {
        let count: u32 = counts.iter().filter(|(verdict, _)| verdict.0 == decision).map(|(_, count)| count).sum();
        assert!(count * 5 >= total, "{decision}: {count} of {total}: {counts:?}");
    }
    // Every RCP allows everything, as AWS's own does (EV-28).
    let decides = |decision, layer| counts.get(&(decision, Some(layer))).copied().unwrap_or(0);
    for layer in Layer::ALL {
        assert!(decides(Decision::ExplicitDeny, layer) >= 5, "explicit deny by {layer}: {counts:?}");
        assert!(layer == Layer::Rcp || decides(Decision::ImplicitDeny, layer) >= 5, "implicit deny by {layer}: {counts:?}");
    }
    for layer in [Layer::Identity, Layer::Resource] {
        assert!(decides(Decision::Allow, layer) >= 100, "allow by {layer}: {counts:?}");
    }
}

#[test]
fn engine_agrees_on_conditions_with_random_texts() {
    check(CASES, condition_cases(1..=3), |case| {
        let kind = PolicyKind::Identity;
        let statement = Statement { conditions: vec![case.condition], ..statement_about_all(kind, Effect::Allow) };
        let bundle = bundle_around(policy_of(kind, Some(Version::V2012), vec![statement]));
        check_bundle(&bundle, &case.requests, &Options::default())
    });
}

#[test]
fn engine_agrees_on_resources_with_random_texts() {
    let kinds = select(vec![
        PolicyKind::Identity,
        PolicyKind::Resource,
        PolicyKind::Scp,
        PolicyKind::Boundary,
        PolicyKind::Rcp,
        PolicyKind::Endpoint,
    ]);
    check(CASES, (kinds, resource_cases(1..=3)), |(kind, (patterns, negated, requests))| {
        let patterns = patterns.iter().map(|pattern| text::template(pattern, Version::V2012));
        let resource = Some(element(negated, patterns));
        let statement = Statement { resource, ..statement_about_all(kind, Effect::Allow) };
        // SCPs and RCPs take few incomplete ARNs (WC-10).
        let policy = text::reread(&policy_of(kind, Some(Version::V2012), vec![statement]));
        let Ok(policy) = policy else { return Err(TestCaseError::reject("does not load")) };
        let bundle = bundle_around(policy);
        check_bundle(&bundle, &requests, &Options::default())
    });
}

/// What must hold of an explanation beside its outcome, which the engine takes from the decision.
fn check_explanation(explanation: &Explanation, options: &Options) -> Result<(), TestCaseError> {
    prop_assert_eq!(explanation.problem, None);
    prop_assert!(!explanation.reason().is_empty());
    for entry in &explanation.layers {
        let applies = |effect| entry.statements.iter().any(|statement| statement.applies && statement.effect == effect);
        let answer = match (applies(Effect::Deny), applies(Effect::Allow)) {
            (true, _) => LayerAnswer::Denies,
            (false, true) => LayerAnswer::Allows,
            (false, false) => LayerAnswer::Silent,
        };
        prop_assert_eq!(entry.answer, answer);
        // Whether a statement is about other actions, and how many tests failed.
        let distance = |statement: &StatementExplanation| (!statement.tests[0].holds, statement.failed().count());
        let nearest = entry.near_misses().map(distance).min();
        for statement in &entry.statements {
            prop_assert_eq!(statement.applies, statement.failed().next().is_none());
            prop_assert!(statement.place.is_some() || !options.source_map);
            if let Some(nearest) = nearest.filter(|_| statement.effect == Effect::Allow) {
                prop_assert_eq!(statement.is_near_miss, distance(statement) == nearest);
                prop_assert!(distance(statement) >= nearest);
            }
        }
    }
    let Some(statement) = explanation.outcome.statement else { return Ok(()) };
    let deciding = explanation.layers.iter().filter(|entry| Some(entry.layer) == explanation.outcome.layer);
    prop_assert!(
        deciding.flat_map(|entry| &entry.statements).any(|shown| shown.statement == statement && shown.applies),
        "{:?} is not shown",
        statement
    );
    Ok(())
}

#[test]
fn explanations_agree_with_decisions() {
    for options in [Options::default(), Options { source_map: false, indexes: Indexes::NONE, optimize: Passes::NONE }] {
        check(CASES / 4, scenarios(Settings::DIRECTED), |scenario| {
            let explanation = answers::with_engine(&scenario, &options, |base, overlay| {
                scenario.bundle_request().with(|request| base.explain_in_detail(request, overlay, Detail::All))
            });
            prop_assert_eq!((explanation.outcome.decision, explanation.outcome.layer), reference_verdict(&scenario));
            check_explanation(&explanation, &options)
        });
    }
}

#[test]
fn explanations_agree_with_decisions_of_large_policies() {
    check(CASES / 100, crowds(PolicyKind::Identity), |crowd| {
        let options = Options::default();
        let engine = answers::engine(compile_with(&sources(), &bundle_around(crowd.policy), &options).expect("small"));
        for request in &crowd.requests {
            check_explanation(&request.with(|request| engine.explain(request, &Overlay::default())), &options)?;
        }
        Ok(())
    });
}

#[test]
fn the_deciding_statement_matches() {
    check(CASES / 2, scenarios(Settings::DIRECTED), |mut scenario| {
        for (number, statement) in scenario.policies_mut().flat_map(|policy| &mut policy.statements).enumerate() {
            statement.sid = Some(placeless(format!("S{number}").into()));
        }
        let (outcome, sid) = engine_outcome(&scenario, &Options::default());
        let matched = answers::matched_sids(&scenario);
        // Nothing matched where nothing grants, or where no statement is needed: a root user, a KMS grant.
        prop_assert_eq!(outcome.statement.is_some(), sid.is_some());
        prop_assert_eq!(sid.is_some(), !matched.is_empty(), "{:?} {:?}", sid, matched);
        prop_assert!(sid.is_none_or(|sid| matched.contains(&sid)));
        Ok(())
    });
}

#[test]
fn printed_policies_print_the_same_again() {
    check(CASES / 4, scenarios(Settings::DIRECTED), |scenario| {
        for policy in scenario.policies() {
            let printed = print_policy(policy);
            prop_assert_eq!(print_policy(&text::reread(policy).expect("it loads")), printed);
        }
        Ok(())
    });
}

#[test]
fn text_says_what_the_tree_says() {
    check(CASES / 4, scenarios(Settings::DIRECTED), |scenario| {
        let read = scenario.through_text();
        prop_assert_eq!(reference_verdict(&read), reference_verdict(&scenario));
        // Without a source map the artifact does not know that one was text.
        let options = Options { source_map: false, ..Options::default() };
        let build = |scenario: &Scenario| compile_with(&sources(), &scenario.bundle(), &options).expect("the bundle is small");
        prop_assert_eq!(build(&read), build(&scenario));
        Ok(())
    });
}

#[test]
fn scenario_files_say_what_they_were_made_of() {
    check(CASES / 4, scenarios(Settings::DIRECTED), |mut scenario| {
        // A boundary that cannot be found and tags of a bundle's entry are beyond a scenario file.
        prop_assume!(scenario.boundary.as_ref().is_none_or(|boundary| !boundary.is_empty()));
        scenario.principal_tags.clear();
        let file = ScenarioFile::read("random.json", &scenario.to_json().to_string()).expect("it is a scenario file");
        let cases = file.cases();
        let [case] = cases.as_slice() else { panic!("one scenario, not {}", cases.len()) };
        let answers = case.load(&NoFiles).and_then(|loaded| loaded.decide()).expect("it can be decided");
        let expected = verdict_without_bundle(&scenario);
        prop_assert_eq!((answers.reference.decision, answers.reference.layer), expected);
        prop_assert_eq!((answers.engine.decision, answers.engine.layer), expected);
        Ok(())
    });
}

#[test]
fn two_builds_give_the_same_bytes() {
    check(CASES / 4, scenarios(Settings::DIRECTED), |scenario| {
        for indexes in [Indexes::ALL, Indexes::NONE] {
            let options = Options { indexes, ..Options::default() };
            let build = || compile_with(&sources(), &scenario.bundle(), &options).expect("the bundle is small");
            prop_assert_eq!(build(), build());
        }
        Ok(())
    });
}
