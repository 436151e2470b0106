//! The indexes of an artifact: with each kind left out, and with all, every answer is the reference evaluator's.
//!
//! The other properties ask artifacts that have all of them. An index that loses a statement is noticed there, one that finds too
//! many never; what an index falls back to when it is not built is noticed only here.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use ibc::Overlay;
use ibc::bundle::Bundle;
use ibc::compile::{Indexes, Options, Passes, compile_with};
use ibc::engine::plan::LookupKind;
use ibc::iam::{Decision, Effect, PolicyKind, Version};
use ibc::scenario::{LoadedBundle, NoFiles};
use ibc::syntax::ast::{Policy, Statement};
use proptest::prelude::*;

use crate::generators::answers::{self, engine, engine_verdict, reference_verdict, sources};
use crate::generators::cabinet::{DRAWERS, cabinets};
use crate::generators::chorus::{Chorus, choruses, long_choruses, long_choruses_about_others};
use crate::generators::crowd::crowds;
use crate::generators::grid::{AXES, grids};
use crate::generators::handful::handfuls;
use crate::generators::herd::herds;
use crate::generators::organisation::organisations;
use crate::generators::policy::{element, policy_of, statement_about_all};
use crate::generators::request::RequestCase;
use crate::generators::scenario::bundle_around;
use crate::generators::texts::arn_cases;
use crate::generators::{Settings, check, scenarios, text};
use crate::suite;

/// Each kind left out.
fn each_left_out() -> [Indexes; 7] {
    [
        Indexes { access_keys: false, ..Indexes::ALL },
        Indexes { pairs: false, ..Indexes::ALL },
        Indexes { small_units: false, ..Indexes::ALL },
        Indexes { action_rows: false, ..Indexes::ALL },
        Indexes { blocks: false, ..Indexes::ALL },
        Indexes { predicate_tables: false, ..Indexes::ALL },
        Indexes { arn_fields: false, ..Indexes::ALL },
    ]
}

/// Each kind left out, each alone, and none. Pairs alone are none: they are access keys.
fn selections() -> impl Iterator<Item = Indexes> {
    let alone = [
        Indexes { access_keys: true, ..Indexes::NONE },
        Indexes { small_units: true, ..Indexes::NONE },
        Indexes { action_rows: true, ..Indexes::NONE },
        Indexes { blocks: true, ..Indexes::NONE },
        Indexes { predicate_tables: true, ..Indexes::NONE },
        Indexes { arn_fields: true, ..Indexes::NONE },
    ];
    each_left_out().into_iter().chain(alone).chain([Indexes::NONE])
}

/// Few statements are simplified away, so that lists stay long.
fn options(indexes: Indexes) -> Options {
    Options { indexes, optimize: Passes::NONE, ..Options::default() }
}

/// Asks all requests over one bundle, with all indexes and with every selection.
fn check_bundle(bundle: &Bundle, requests: &[RequestCase]) -> Result<(), TestCaseError> {
    let expected: Vec<_> =
        requests.iter().map(|case| case.with(|request| answers::reference_verdict_over(bundle, request))).collect();
    for indexes in selections().chain([Indexes::ALL]) {
        let engine = engine(compile_with(&sources(), bundle, &options(indexes)).expect("the bundle is small"));
        let mut scratch = engine.scratch();
        for (request, expected) in requests.iter().zip(&expected) {
            let outcome = request.with(|request| engine.decide(request, &mut scratch));
            prop_assert_eq!((outcome.decision, outcome.layer), *expected, "{:?} {}", indexes, request.to_json());
        }
    }
    Ok(())
}

#[test]
fn no_index_changes_an_answer_of_large_policies() {
    for kind in [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Scp] {
        check(60, crowds(kind), |crowd| check_bundle(&bundle_around(crowd.policy), &crowd.requests));
    }
    check(60, herds(), |herd| check_bundle(&bundle_around(herd.policy), &herd.requests));
}

#[test]
fn no_index_changes_an_answer_of_what_is_filed_under_one_part() {
    check(400, cabinets(), |cabinet| check_bundle(&cabinet.bundle(), &cabinet.requests));
}

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, other parts tell statements apart")]
fn statements_are_filed_under_every_part_and_found_there() {
    let found = RefCell::new(BTreeMap::<&str, [u32; 3]>::new());
    check(600, cabinets(), |cabinet| {
        let bundle = cabinet.bundle();
        let engine = engine(compile_with(&sources(), &bundle, &Options::default()).expect("the bundle is small"));
        let mut found = found.borrow_mut();
        let [filed, verified, applied] = found.entry(cabinet.drawer.part).or_default();
        for request in &cabinet.requests {
            let plan = request.with(|request| engine.plan(request, &Overlay::default()));
            let lookups = plan.layers.iter().flat_map(|layer| &layer.units).flat_map(|unit| &unit.lookups);
            for lookup in lookups {
                let LookupKind::Filed(parts) = &lookup.kind else { continue };
                if parts.iter().any(|part| part.name.contains(cabinet.drawer.part)) {
                    *filed += 1;
                    *verified += lookup.verified.len() as u32;
                    *applied += lookup.verified.iter().filter(|statement| statement.applies).count() as u32;
                }
            }
        }
        Ok(())
    });
    let found = found.into_inner();
    assert_eq!(found.len(), DRAWERS.len());
    assert!(found.values().all(|&[filed, _, applied]| filed >= 30 && applied >= 15), "{found:?}");
}

#[test]
fn no_index_changes_an_answer_of_small_policies() {
    check(300, handfuls(), |handful| check_bundle(&bundle_around(handful.policy), &handful.requests));
}

#[test]
fn no_index_changes_an_answer_of_what_texts_of_resources_tell_apart() {
    check(150, grids(), |grid| check_bundle(&bundle_around(grid.policy), &grid.requests));
}

#[test]
fn texts_of_resources_narrow_and_what_they_leave_applies() {
    let found = RefCell::new(BTreeMap::<&str, [u32; 3]>::new());
    check(150, grids(), |grid| {
        let indexes = Indexes { access_keys: false, predicate_tables: false, ..Indexes::ALL };
        let engine = engine(compile_with(&sources(), &bundle_around(grid.policy), &options(indexes)).expect("small"));
        let mut found = found.borrow_mut();
        for request in &grid.requests {
            let plan = request.with(|request| engine.plan(request, &Overlay::default()));
            let lookups = plan.layers.iter().flat_map(|layer| &layer.units).flat_map(|unit| &unit.lookups);
            for block in lookups.flat_map(|lookup| &lookup.blocks) {
                for dimension in block.dimensions.iter().filter(|dimension| dimension.part.name.contains("the resource")) {
                    let axis = AXES.iter().find(|axis| dimension.part.name.contains(axis.texts));
                    let [asked, narrowed, own] = found.entry(axis.expect("there are no others").texts).or_default();
                    *asked += 1;
                    *narrowed += u32::from(dimension.left_count * 4 < block.statement_count);
                    *own += u32::from(dimension.part.name.contains(grid.axis.texts));
                }
            }
        }
        Ok(())
    });
    let found = found.into_inner();
    assert_eq!(found.len(), AXES.len(), "{found:?}");
    assert!(found.values().all(|&[asked, narrowed, own]| narrowed * 2 > asked && own >= 20), "{found:?}");
}

/// A policy that denies each pattern on its own: an Allow would say nothing about resources of other partitions than the caller's.
fn policy_about(patterns: &[String]) -> Policy {
    let statements = patterns.iter().map(|pattern| {
        let resource = Some(element(false, [text::template(pattern, Version::V2012)]));
        Statement { resource, ..statement_about_all(PolicyKind::Identity, Effect::Deny) }
    });
    policy_of(PolicyKind::Identity, Some(Version::V2012), statements.collect())
}

#[test]
fn no_index_changes_an_answer_of_arn_patterns() {
    let denied = Cell::new(0_u32);
    check(2000, arn_cases(), |(patterns, requests)| {
        let bundle = bundle_around(policy_about(&patterns));
        let decision = |case: &RequestCase| case.with(|request| answers::reference_verdict_over(&bundle, request)).0;
        let denials = requests.iter().filter(|case| decision(case) == Decision::ExplicitDeny).count();
        denied.set(denied.get() + denials as u32);
        check_bundle(&bundle, &requests)
    });
    assert!((5_000..15_000).contains(&denied.get()), "of 20,000: {}", denied.get());
}

#[test]
fn arn_patterns_are_shown_in_full() {
    check(1000, arn_cases(), |(patterns, requests)| {
        let bundle = bundle_around(policy_about(&patterns));
        let [apart, whole] = [true, false].map(|arn_fields| {
            let options = options(Indexes { arn_fields, ..Indexes::ALL });
            engine(compile_with(&sources(), &bundle, &options).expect("the bundle is small"))
        });
        for case in &requests {
            case.with(|request| {
                let overlay = Overlay::default();
                prop_assert_eq!(apart.explain(request, &overlay), whole.explain(request, &overlay));
                prop_assert_eq!(apart.wanted_keys(request, &overlay), whole.wanted_keys(request, &overlay));
                Ok(())
            })?;
        }
        Ok(())
    });
}

#[test]
fn no_index_changes_an_answer_of_shared_tests() {
    check(150, choruses(), |chorus| check_bundle(&bundle_around(chorus.policy), &chorus.requests));
}

#[test]
fn no_index_changes_an_answer_of_rows_of_bits() {
    check(60, long_choruses(), |chorus| check_bundle(&bundle_around(chorus.policy), &chorus.requests));
    check(40, long_choruses_about_others(), |chorus| check_bundle(&bundle_around(chorus.policy), &chorus.requests));
}

/// How often the tests of choruses, by their operators, do not hold and hold.
fn answers_of(count: u32, choruses: impl Strategy<Value = Chorus>) -> BTreeMap<String, [u32; 2]> {
    let answers = RefCell::new(BTreeMap::<String, [u32; 2]>::new());
    check(count, choruses, |chorus| {
        let bundle = bundle_around(chorus.policy);
        for (request, operator) in chorus.requests.iter().zip(&chorus.operators) {
            let (decision, _) = request.with(|request| answers::reference_verdict_over(&bundle, request));
            answers.borrow_mut().entry(operator.to_string()).or_default()[usize::from(decision == Decision::Allow)] += 1;
        }
        Ok(())
    });
    answers.into_inner()
}

#[test]
fn tests_of_every_kind_have_both_answers() {
    // Four operators, or twenty-two, with and without `IfExists`, and `Null`; three ways to quantify.
    for (operator_count, answers) in [(4, answers_of(1000, choruses())), (22, answers_of(1000, long_choruses()))] {
        assert_eq!(answers.len(), (operator_count * 2 + 1) * 3);
        for (operator, &[no, yes]) in &answers {
            match &**operator {
                "ForAllValues:Null" => assert_eq!(no, 0),
                "ForAnyValue:Null" => assert_eq!(yes, 0),
                _ => assert!(no >= 1 && yes >= 1, "{operator}: {answers:?}"),
            }
        }
    }
}

#[test]
fn no_index_changes_an_answer_of_all_layers() {
    check(600, scenarios(Settings::DIRECTED), |scenario| {
        let expected = reference_verdict(&scenario);
        for indexes in each_left_out() {
            prop_assert_eq!(engine_verdict(&scenario, &options(indexes)), expected, "{:?}", indexes);
        }
        Ok(())
    });
    check(20, organisations(40), |case| {
        for indexes in each_left_out() {
            let engine = engine(compile_with(&sources(), &case.bundle, &options(indexes)).expect("the bundle is small"));
            let mut scratch = engine.scratch();
            for question in &case.questions {
                let found = answers::engine_verdict_on(&engine, &mut scratch, question);
                let expected = answers::reference_verdict_on(&case.bundle, question);
                prop_assert_eq!(found, expected, "{:?} {}", indexes, question.request.to_json());
            }
        }
        Ok(())
    });
}

#[test]
fn no_index_changes_a_decision_case() {
    for (path, file) in &suite::files() {
        for case in file.cases() {
            let Ok(scenario) = case.load(&NoFiles) else { continue };
            let Ok(answers) = scenario.decide() else { continue };
            let LoadedBundle { sources, bundle, .. } = &*scenario.bundle;
            for indexes in each_left_out().into_iter().chain([Indexes::NONE]) {
                let engine = engine(compile_with(sources, bundle, &options(indexes)).expect("the bundle is small"));
                let found = scenario.ask(&engine).expect("it was decided before").answer;
                assert_eq!(found, answers.reference, "{} `{}` {indexes:?}", path.display(), case.name);
            }
        }
    }
}

#[test]
fn every_index_has_something_to_do() {
    let counts = Cell::new([0_u32; 6]);
    let count = |bundle: &Bundle| {
        let build = |indexes| compile_with(&sources(), bundle, &options(indexes)).expect("the bundle is small");
        let whole = build(Indexes::ALL);
        let mut sum = counts.get();
        for (count, indexes) in sum.iter_mut().zip(each_left_out()) {
            *count += u32::from(build(indexes) != whole);
        }
        counts.set(sum);
        Ok(())
    };
    check(60, crowds(PolicyKind::Identity), |crowd| count(&bundle_around(crowd.policy)));
    check(60, handfuls(), |handful| count(&bundle_around(handful.policy)));
    check(40, herds(), |herd| count(&bundle_around(herd.policy)));
    check(40, arn_cases(), |(patterns, _)| count(&bundle_around(policy_about(&patterns))));
    assert!(counts.get().into_iter().all(|count| count >= 20), "{:?}", counts.get());
}

/// Says of the index units of an artifact that every statement is known to be filed somewhere, and every slot to be of an access key.
fn check_contents(bundle: &Bundle, units: &Cell<u32>) -> Result<(), TestCaseError> {
    let engine = engine(compile_with(&sources(), bundle, &Options::default()).expect("the bundle is small"));
    for unit in engine.largest_indexes(usize::MAX).expect("whole") {
        let values: u32 = unit.access_keys.iter().map(|key| key.value_count).sum();
        prop_assert_eq!(values, unit.used_slot_count, "{:#?}", unit);
        let filed: u32 = unit.access_keys.iter().map(|key| key.statement_count).sum();
        let rest = unit.rest.as_ref().map_or(0, |rest| rest.statement_count);
        // Alternatives of one statement may be filed by several access keys.
        prop_assert!(filed + rest >= unit.statement_count, "{:#?}", unit);
        prop_assert!(unit.access_keys.iter().all(|key| key.longest.statement_count <= key.statement_count), "{:#?}", unit);
        units.set(units.get() + 1);
    }
    Ok(())
}

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, a slot is of several access keys")]
fn contents_know_what_every_statement_is_filed_under() {
    let units = Cell::new(0);
    for kind in [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Scp] {
        check(60, crowds(kind), |crowd| check_contents(&bundle_around(crowd.policy), &units));
    }
    check(60, herds(), |herd| check_contents(&bundle_around(herd.policy), &units));
    check(300, cabinets(), |cabinet| check_contents(&cabinet.bundle(), &units));
    assert!(units.get() > 300, "{units:?}");
}
