//! Properties of the whole program over random scenarios.
//!
//! | test | property |
//! |---|---|
//! | `decisions_are_balanced` | allow, implicit deny and explicit deny each make up a fifth of the generated cases |
//! | `every_layer_decides` | each layer is the deciding one in some generated cases |
//! | `placement_means_nothing` | however a bundle holds the policies, the answer is the same |
//!
//! All are deterministic; `generators::runner` says how to run more cases or others.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ibc::iam::{Decision, Layer};
use proptest::prelude::*;

use crate::generators::answers::{reference_verdict, verdict_without_bundle};
use crate::generators::{Settings, Verdict, check, scenarios};

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
            assert!(count >= 10, "{decision} by {layer}: {counts:?}");
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
