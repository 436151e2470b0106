//! The engine beside the reference evaluator, on all processors: what comes out is counted, and where they differ is collected.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ibc::bundle::Bundle;
use ibc::{Engine, Scratch};

use crate::generators::answers::{self, Verdict};
use crate::generators::request::RequestCase;

/// What came out.
#[derive(Default)]
pub(crate) struct Tally {
    /// How often the reference evaluator said what.
    pub(crate) verdicts: BTreeMap<Verdict, usize>,
    disagreements: Vec<String>,
}

impl Tally {
    /// What `ask` adds for each number below `count`. Which thread asks what differs from run to run, what comes out does not.
    pub(crate) fn of_all(count: usize, ask: impl Fn(&mut Tally, usize) + Sync) -> Tally {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut tally = Tally::default();
            let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed)).take_while(|&number| number < count);
            numbers.for_each(|number| ask(&mut tally, number));
            tally
        };
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            handles.into_iter().map(|handle| handle.join().expect("no panic")).fold(Tally::default(), Tally::with)
        })
    }

    fn with(mut self, other: Tally) -> Tally {
        for (verdict, count) in other.verdicts {
            *self.verdicts.entry(verdict).or_default() += count;
        }
        self.disagreements.extend(other.disagreements);
        self
    }

    /// Asks both about a request over a bundle; `place` says where they differ.
    pub(crate) fn compare(
        &mut self,
        bundle: &Bundle,
        engine: &Engine<Vec<u8>>,
        scratch: &mut Scratch,
        request: &RequestCase,
        place: impl FnOnce() -> String,
    ) {
        let (expected, found) = request.with(|request| {
            let outcome = engine.decide(request, scratch);
            (answers::reference_verdict_over(bundle, request), (outcome.decision, outcome.layer))
        });
        *self.verdicts.entry(expected).or_default() += 1;
        if found != expected {
            let (place, request) = (place(), request.to_json());
            self.disagreements.push(format!("{place}: engine {found:?}, reference {expected:?}: {request}"));
        }
    }

    /// Panics with the first disagreements, if there are any.
    pub(crate) fn assert_agreement(&mut self) {
        self.disagreements.sort();
        let shown = self.disagreements.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.disagreements.is_empty(), "{} disagreements, the first:\n{shown}", self.disagreements.len());
    }
}
