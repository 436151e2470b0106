//! The passes of the compiler: none changes an answer, and what they leave out is left out for a reason the reference evaluator
//! confirms statement by statement.

use std::borrow::Cow;

use ibc::compile::{LeftOut, Options, Passes, Reason, compile_reporting, compile_with};
use ibc::iam::{Effect, PolicyKind};
use ibc::reference::principal::strongest_grant;
use ibc::reference::question::Question;
use ibc::reference::statement::statement_applies;
use ibc::reference::{RuntimePolicies, decide, layers_of};
use ibc::scenario::{LoadedBundle, NoFiles};
use proptest::prelude::*;

use crate::generators::answers::{engine, sources};
use crate::generators::check;
use crate::generators::overlaps::{Overlap, overlaps};
use crate::generators::scenario::bundle_around;
use crate::suite;

const KINDS: [PolicyKind; 2] = [PolicyKind::Identity, PolicyKind::Resource];

/// No pass, each alone, each left out, and all.
fn selections() -> Vec<Passes> {
    let one: [fn(&mut Passes, bool); 5] = [
        |passes, on| passes.drop_true_predicates = on,
        |passes, on| passes.drop_unsatisfiable = on,
        |passes, on| passes.dedup_statements = on,
        |passes, on| passes.drop_subsumed = on,
        |passes, on| passes.forget_unused = on,
    ];
    let with = |mut passes: Passes, switch: fn(&mut Passes, bool), on| {
        switch(&mut passes, on);
        passes
    };
    let each = one.into_iter().flat_map(|switch| [with(Passes::NONE, switch, true), with(Passes::ALL, switch, false)]);
    each.chain([Passes::NONE, Passes::ALL]).collect()
}

fn left_out(overlap: &Overlap) -> Vec<LeftOut> {
    let bundle = bundle_around(overlap.policy.clone());
    compile_reporting(&sources(), Cow::Borrowed(&bundle), &Options::default(), &mut |_| ()).expect("the bundle is small").left_out
}

#[test]
fn no_pass_changes_an_answer() {
    for kind in KINDS {
        check(600, overlaps(kind), |overlap| {
            let bundle = bundle_around(overlap.policy.clone());
            for optimize in selections() {
                let options = Options { optimize, ..Options::default() };
                let engine = engine(compile_with(&sources(), &bundle, &options).expect("the bundle is small"));
                for request in &overlap.requests {
                    let (found, expected) = request.with(|request| {
                        let outcome = engine.decide(request, &mut engine.scratch());
                        let answer = decide(&layers_of(&bundle, request, &RuntimePolicies::default()), request);
                        ((outcome.decision, outcome.layer), (answer.decision, answer.layer))
                    });
                    prop_assert_eq!(found, expected, "{:?} {}", options, request.to_json());
                }
            }
            Ok(())
        });
    }
}

#[test]
fn no_pass_changes_a_decision_case() {
    for (path, file) in &suite::files() {
        for case in file.cases() {
            let Ok(scenario) = case.load(&NoFiles) else { continue };
            let Ok(answers) = scenario.decide() else { continue };
            let LoadedBundle { sources, bundle, .. } = &*scenario.bundle;
            for optimize in selections() {
                let options = Options { optimize, ..Options::default() };
                let engine = engine(compile_with(sources, bundle, &options).expect("the bundle is small"));
                let found = scenario.ask(&engine).expect("it was decided before").answer;
                assert_eq!(found, answers.reference, "{} `{}` {options:?}", path.display(), case.name);
            }
        }
    }
}

#[test]
fn what_is_left_out_makes_no_difference() {
    for kind in KINDS {
        check(2000, overlaps(kind), |overlap| {
            let bundle = bundle_around(overlap.policy.clone());
            let statement = |id: ibc::StatementId| &overlap.policy.statements[id.0 as usize];
            for entry in left_out(&overlap) {
                for request in &overlap.requests {
                    let is_right = request.with(|request| {
                        let question = Question::new(&layers_of(&bundle, request, &RuntimePolicies::default()), request);
                        let applies = |statement| statement_applies(kind, statement, &question);
                        let narrow = statement(entry.statement);
                        match entry.reason {
                            _ if !applies(narrow) => true,
                            Reason::NeverMatches(_) => false,
                            Reason::Repeats(other) | Reason::Subsumed(other) => {
                                let broad = statement(other);
                                let grant = |statement| strongest_grant(statement, &question.caller);
                                broad.effect == narrow.effect
                                    && applies(broad)
                                    && (broad.effect.value == Effect::Deny || grant(broad) >= grant(narrow))
                            }
                        }
                    });
                    prop_assert!(is_right, "{:?} {}", entry, request.to_json());
                }
            }
            Ok(())
        });
    }
}

#[test]
fn what_remains_is_named() {
    check(1000, overlaps(PolicyKind::Resource), |overlap| {
        let entries = left_out(&overlap);
        prop_assert!(entries.is_sorted_by(|a, b| a.statement < b.statement));
        for entry in &entries {
            if let Reason::Repeats(other) | Reason::Subsumed(other) = entry.reason {
                prop_assert!(entries.iter().all(|left_out| left_out.statement != other));
            }
        }
        Ok(())
    });
}

#[test]
fn every_pass_has_something_to_do() {
    let counts = std::cell::Cell::new([0_u32; 4]);
    check(500, overlaps(PolicyKind::Resource), |overlap| {
        let mut sum = counts.get();
        let bundle = bundle_around(overlap.policy.clone());
        let size = |optimize| {
            let options = Options { optimize, ..Options::default() };
            compile_with(&sources(), &bundle, &options).expect("the bundle is small").len()
        };
        sum[3] += u32::from(size(Passes::ALL) < size(Passes { forget_unused: false, ..Passes::ALL }));
        for entry in left_out(&overlap) {
            sum[match entry.reason {
                Reason::NeverMatches(_) => 0,
                Reason::Repeats(_) => 1,
                Reason::Subsumed(_) => 2,
            }] += 1;
        }
        counts.set(sum);
        Ok(())
    });
    let [never, repeated, subsumed, forgotten] = counts.get();
    assert!(never >= 200 && repeated >= 20 && subsumed >= 100 && forgotten >= 100, "{:?}", counts.get());
}
