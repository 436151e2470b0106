//! A bundle under guard rails is decided as both bundles put together: of the guard rails, levels and boundaries must allow, and
//! Denies deny.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ibc::bundle::{Boundary, Bundle, PolicyId, PolicyIds};
use ibc::compile::{Options, compile_with};
use ibc::iam::Effect;
use ibc::{Engine, Overlay};
use proptest::prelude::*;

use crate::generators::answers::{self, reference_verdict_over, sources};
use crate::generators::bundles::bundles;
use crate::generators::check;

#[test]
fn guard_rails_decide_as_if_they_were_part_of_the_bundle() {
    let answered = RefCell::new(BTreeMap::new());
    check(1_000, (bundles(), bundles()), |(team, platform)| {
        let guard_rails = guard_rails_of(platform.bundle, has_boundary(&team.bundle));
        let together = put_together(&team.bundle, &guard_rails);
        let (engine, guard) = (compiled(&team.bundle), compiled(&guard_rails));
        let mut scratch = engine.scratch_under(&[&guard]);
        for request in &team.requests {
            let (found, expected) = request.with(|request| {
                let found = engine.decide_under(&[&guard], request, &Overlay::default(), &mut scratch);
                (found, reference_verdict_over(&together, request))
            });
            let verdict = (found.outcome.decision, found.outcome.layer);
            prop_assert_eq!(verdict, expected, "{}", request.to_json());
            *answered.borrow_mut().entry((verdict.0.as_str(), found.guard_rail.is_some())).or_insert(0_u32) += 1;

            let unguarded =
                request.with(|request| engine.decide_under::<Vec<u8>, _>(&[], request, &Overlay::default(), &mut scratch));
            let unguarded_verified = scratch.verified();
            let plain = request.with(|request| engine.decide(request, &mut scratch));
            prop_assert_eq!(unguarded.outcome, plain, "without guard rails");
            prop_assert_eq!(unguarded_verified, scratch.verified(), "statements verified without guard rails");
        }
        Ok(())
    });
    let answered = answered.into_inner();
    for kind in [("allowed", false), ("explicitDeny", true), ("explicitDeny", false), ("implicitDeny", true)] {
        assert!(answered.get(&kind).is_some_and(|&count| count >= 100), "{kind:?} is rare: {answered:?}");
    }
}

/// What of a bundle serves as guard rails for everyone: no principals, resources or endpoints.
fn guard_rails_of(mut bundle: Bundle, boundary_is_taken: bool) -> Bundle {
    bundle.principals.clear();
    bundle.accounts.clear();
    bundle.resources.clear();
    bundle.endpoints.clear();
    if boundary_is_taken {
        bundle.everyone.boundary = None;
    }
    bundle
}

fn has_boundary(bundle: &Bundle) -> bool {
    let own = bundle.principals.iter().map(|principal| &principal.attachment);
    own.chain([&bundle.everyone]).any(|attachment| attachment.boundary.is_some())
}

fn put_together(team: &Bundle, guard_rails: &Bundle) -> Bundle {
    let mut together = team.clone();
    let first = team.policies.len() as u32;
    together.policies.extend(guard_rails.policies.iter().cloned());
    let shifted = |policies: &PolicyIds| policies.iter().map(|policy| PolicyId(first + policy.0)).collect::<PolicyIds>();
    let levels = &guard_rails.any_account;
    let accounts = together.accounts.iter_mut().map(|account| &mut account.guardrails);
    for own in accounts.chain([&mut together.any_account]) {
        own.scp.extend(levels.scp.iter().map(shifted));
        own.rcp.extend(levels.rcp.iter().map(shifted));
    }
    // Of identity policies only the Denies count.
    for policy in shifted(&guard_rails.everyone.identity) {
        let mut denies = together.policy(policy).clone();
        denies.statements.retain(|statement| statement.effect.value == Effect::Deny);
        let denies = together.add_policy("denies", denies);
        together.everyone.identity.push(denies);
    }
    if let Some(boundary) = guard_rails.everyone.boundary {
        together.everyone.boundary = Some(match boundary {
            Boundary::Policy(policy) => Boundary::Policy(PolicyId(first + policy.0)),
            Boundary::Unresolved => Boundary::Unresolved,
        });
    }
    together
}

fn compiled(bundle: &Bundle) -> Engine<Vec<u8>> {
    answers::engine(compile_with(&sources(), bundle, &Options::default()).expect("the bundle is small"))
}
