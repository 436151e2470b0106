//! The engine against the reference evaluator on real policies: every policy of the corpus that loads, alone in its layer,
//! answers random requests drawn from its own actions, ARNs, principals and condition values.
//!
//! The corpus lies where `corpus.rs` says. Every policy gets 200 requests, about 600,000 decisions in less than a minute of
//! processor time; `IBC_CORPUS_REQUESTS` asks more or fewer.

use std::sync::atomic::{AtomicUsize, Ordering};

use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::ast::{Policy, Statement};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::agreement::Tally;
use crate::corpus::{self, Entry};
use crate::generators::answers;
use crate::generators::directed::{self, choices};
use crate::generators::request::{self, RequestCase};
use crate::generators::scenario::{ENDPOINT, bundle_around};
use crate::generators::transform::flip_case;

/// Requests for each policy unless `IBC_CORPUS_REQUESTS` says otherwise.
const DEFAULT_REQUESTS: usize = 200;

#[test]
fn engine_agrees_with_reference_on_the_corpus() {
    let Some(path) = corpus::corpus() else { return };
    let requests = corpus::number_from("IBC_CORPUS_REQUESTS", DEFAULT_REQUESTS);
    let entries = corpus::entries(&path);
    let loaded = AtomicUsize::new(0);
    let mut tally = Tally::of_all(entries.len(), |tally, number| {
        loaded.fetch_add(usize::from(ask(tally, &entries[number], requests)), Ordering::Relaxed);
    });
    let loaded = loaded.into_inner();
    println!("{loaded} policies, {} refused by the parser, verdicts {:?}", entries.len() - loaded, tally.verdicts);
    assert!(loaded > 3000, "most of the corpus loads");
    tally.assert_agreement();
}

/// Asks about one policy; false if it does not load.
fn ask(tally: &mut Tally, entry: &Entry, requests: usize) -> bool {
    let (sources, parsed) = corpus::parse(&entry.text, entry.kind);
    let Some(policy) = parsed.policy else { return false };
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng_of(&entry.file));
    let bundle = bundle_around(policy.clone());
    let engine = answers::engine(ibc::compile(&sources, &bundle).expect("the policy compiles"));
    let mut scratch = engine.scratch();
    for _ in 0..requests {
        let request = random_request(&policy, &mut runner);
        tally.compare(&bundle, &engine, &mut scratch, &request, || {
            format!("{}:{:?}", entry.file, culprits(&sources, &policy, &request))
        });
    }
    true
}

/// The lines of the statements about which the evaluators disagree even if it is the only one of its policy.
fn culprits(sources: &SourceMap, policy: &Policy, request: &RequestCase) -> Vec<u32> {
    let disagrees = |statement: &&Statement| {
        let bundle = bundle_around(Policy { statements: vec![(*statement).clone()], ..policy.clone() });
        let engine = answers::engine(ibc::compile(sources, &bundle).expect("the policy compiles"));
        request.with(|request| {
            let outcome = engine.decide(request, &mut engine.scratch());
            answers::reference_verdict_over(&bundle, request) != (outcome.decision, outcome.layer)
        })
    };
    let line = |statement: &Statement| sources.source(policy.source).line_column(statement.span.start).0;
    policy.statements.iter().filter(disagrees).map(line).collect()
}

/// Each policy has its own row of random numbers, so that threads and skipped policies change nothing.
fn rng_of(file: &str) -> TestRng {
    let mut seed = [0; 32];
    for (index, byte) in file.bytes().enumerate() {
        let slot = &mut seed[index % 32];
        *slot = byte.wrapping_add(u8::rotate_left(*slot, 3));
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

/// A request drawn from the policy's own words, sometimes missing them by a letter.
fn random_request(policy: &Policy, runner: &mut TestRunner) -> RequestCase {
    let strategy = (request::requests(), choices());
    let (mut request, mut choices) = strategy.new_tree(runner).expect("nothing is rejected").current();
    let statements: Vec<&Statement> = policy.statements.iter().collect();
    directed::direct(&mut request, &statements, &mut choices);
    // Most requests stay where the policy itself decides: in one account, by a plain user.
    directed::bring_home(&mut request, !policy.kind.has_principal(), &mut choices);
    request.endpoint = (policy.kind == PolicyKind::Endpoint).then(|| ENDPOINT.to_owned());
    if policy.kind == PolicyKind::Trust {
        request.resource = TRUSTED_ROLE.to_owned();
    }
    match choices.below(12) {
        0 => request.action = flip_case(&request.action, &mut choices),
        1 => request.action.push('s'),
        2 => request.resource.push('x'),
        3 => drop(request.resource.pop()),
        _ => {}
    }
    request
}

/// The role that trust policies belong to.
const TRUSTED_ROLE: &str = "arn:aws:iam::111111111111:role/trusted";
