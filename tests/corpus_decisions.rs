//! The engine against the reference evaluator on real policies: every policy of the corpus that loads, alone in its layer,
//! answers random requests drawn from its own actions, ARNs, principals and condition values.
//!
//! The corpus lies where `corpus.rs` says. Every policy gets 200 requests, about 600,000 decisions in less than a minute of
//! processor time; `IBC_CORPUS_REQUESTS` asks more or fewer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::ast::{Policy, Statement};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::corpus::{self, Entry};
use crate::generators::answers::{self, Verdict};
use crate::generators::directed::{self, choices};
use crate::generators::request::{self, RequestCase};
use crate::generators::scenario::{ENDPOINT, bundle_around};
use crate::generators::transform::flip_case;

/// Requests for each policy unless `IBC_CORPUS_REQUESTS` says otherwise.
const DEFAULT_REQUESTS: usize = 200;

#[test]
fn engine_agrees_with_reference_on_the_corpus() {
    let Some(path) = corpus::corpus() else { return };
    let requests = std::env::var("IBC_CORPUS_REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_REQUESTS);
    let entries = corpus::entries(&path);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
            tally.ask(entry, requests);
        }
        tally
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    });

    let mut total = Tally::default();
    tallies.into_iter().for_each(|tally| total.add(tally));
    println!("{} policies, {} refused by the parser, verdicts {:?}", total.policies, total.refused, total.verdicts);
    assert!(total.policies > 3000, "most of the corpus loads");
    total.disagreements.sort();
    let shown = total.disagreements.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(total.disagreements.is_empty(), "{} disagreements, the first:\n{shown}", total.disagreements.len());
}

/// What came out.
#[derive(Default)]
struct Tally {
    policies: usize,
    refused: usize,
    verdicts: BTreeMap<Verdict, u32>,
    disagreements: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.policies += other.policies;
        self.refused += other.refused;
        for (verdict, count) in other.verdicts {
            *self.verdicts.entry(verdict).or_default() += count;
        }
        self.disagreements.extend(other.disagreements);
    }

    fn ask(&mut self, entry: &Entry, requests: usize) {
        let (sources, parsed) = corpus::parse(&entry.text, entry.kind);
        let Some(policy) = parsed.policy else {
            self.refused += 1;
            return;
        };
        self.policies += 1;
        let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng_of(&entry.file));
        let bundle = bundle_around(policy.clone());
        let engine = answers::engine(ibc::compile(&sources, &bundle).expect("the policy compiles"));
        let mut scratch = engine.scratch();
        for _ in 0..requests {
            let request = random_request(&policy, &mut runner);
            let (expected, found) = request.with(|request| {
                let outcome = engine.decide(request, &mut scratch);
                (answers::reference_verdict_over(&bundle, request), (outcome.decision, outcome.layer))
            });
            *self.verdicts.entry(expected).or_default() += 1;
            if found != expected {
                let lines = culprits(&sources, &policy, &request);
                let (file, request) = (&entry.file, request.to_json());
                self.disagreements.push(format!("{file}:{lines:?}: engine {found:?}, reference {expected:?}: {request}"));
            }
        }
    }
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
    if !policy.kind.has_principal() && !choices.once_in(4) {
        request.caller = request::user();
    }
    if !choices.once_in(4) {
        request.resource_account = request.caller.principal().account().map(str::to_owned);
    }
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
