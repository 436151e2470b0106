//! One workload through all engines: load, compare answers, then time.

use std::time::Duration;

use ibc_workloads::floor::Floor;
use ibc_workloads::measure::{Summary, show_time, thread_time};
use ibc_workloads::{Answer, RequestText};

use crate::arguments::{Case, Pace};
use crate::engine::{ENGINES, Entry, IBC, Prepared};
use crate::policy::Policies;
use crate::race::{Asker, Entrant, race};

/// What came out for one workload.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) case: Case,
    pub(crate) workload: String,
    pub(crate) statement_count: usize,
    /// Hashing the strings of a request and looking one of them up.
    pub(crate) floor: Summary,
    /// In the order of [`ENGINES`].
    pub(crate) outcomes: Vec<Outcome>,
}

/// What came out for one engine.
#[derive(Debug)]
pub(crate) enum Outcome {
    Timed(Figures),
    /// Why it was not run.
    Skipped(String),
}

/// What was measured of one engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) decision: Summary,
    /// Different requests that were timed: the first ones.
    pub(crate) timed_count: usize,
    /// Answers that were compared: those to the first requests.
    pub(crate) compared_count: usize,
    /// Answers that were other than expected.
    pub(crate) differing_count: usize,
    pub(crate) translation_ns: f64,
    pub(crate) load_ns: f64,
    pub(crate) held_bytes: usize,
}

impl Run {
    /// Runs a workload. An engine is left out if what it took with fewer statements, `previous`, says that it would take too
    /// long or too much.
    ///
    /// # Panics
    /// If `ibc` gives a wrong answer: its times mean nothing then.
    pub(crate) fn new(case: Case, seed: u64, pace: Pace, previous: Option<&Run>) -> Run {
        let mut workload = case.workload(seed);
        eprintln!("{}: {} statements", workload.name, workload.statement_count);
        let policies = Policies::take(&mut workload);
        let floor = Floor::new(workload.statement_count, &workload.requests);
        let expected: Vec<Answer> = workload.requests.answers().iter().flatten().copied().collect();

        let mut prepared: Vec<Result<Prepared, String>> = ENGINES
            .iter()
            .enumerate()
            .map(|(at, entry)| {
                let growth = |run: &Run| workload.statement_count as f64 / run.statement_count as f64;
                match previous.and_then(|run| too_much(&run.outcomes[at], growth(run))) {
                    Some(reason) => Err(reason),
                    None => Ok((entry.prepare)(&policies)),
                }
            })
            .collect();
        drop(policies);

        let (floor, outcomes) = workload.requests.with_texts(usize::MAX, |texts| {
            // The floor has no answers; this uses what it has found.
            let look_up: Asker<'_, '_> =
                Box::new(|text| if floor.look_up(text) == 0 { Answer::Allow } else { Answer::ImplicitDeny });
            let mut entrants = vec![Entrant::new(look_up, 1.0, texts, pace)];
            let mut comparisons = Vec::new();
            for (entry, prepared) in ENGINES.iter().zip(&mut prepared) {
                let Ok(prepared) = prepared else { continue };
                let mut asker = prepared.engine.asker();
                let comparison = compare(entry, &mut asker, texts, &expected, pace.comparing);
                assert!(entry.name != IBC || comparison.differing_count == 0, "ibc must be right before it is fast");
                entrants.push(Entrant::new(asker, comparison.decision_ns, texts, pace));
                comparisons.push(comparison);
            }
            race(&mut entrants, texts, pace);

            let timed: Vec<(Summary, usize)> =
                entrants.iter().map(|entrant| (entrant.summary(), entrant.request_count())).collect();
            drop(entrants);
            let mut measured = timed[1..].iter().zip(comparisons);
            let outcome = |prepared: &Result<Prepared, String>| match prepared {
                Err(reason) => Outcome::Skipped(reason.clone()),
                Ok(prepared) => {
                    let (&(decision, timed_count), comparison) = measured.next().expect("all that are prepared are timed");
                    Outcome::Timed(Figures {
                        decision,
                        timed_count,
                        compared_count: comparison.compared_count,
                        differing_count: comparison.differing_count,
                        translation_ns: prepared.translation_ns,
                        load_ns: prepared.load_ns,
                        held_bytes: prepared.held_bytes,
                    })
                }
            };
            (timed[0].0, prepared.iter().map(outcome).collect())
        });
        Run { case, workload: workload.name, statement_count: workload.statement_count, floor, outcomes }
    }
}

impl Outcome {
    pub(crate) fn figures(&self) -> Option<&Figures> {
        match self {
            Outcome::Timed(figures) => Some(figures),
            Outcome::Skipped(_) => None,
        }
    }
}

/// Why an engine that took so much is not given `growth` times the statements.
fn too_much(outcome: &Outcome, growth: f64) -> Option<String> {
    let figures = match outcome {
        Outcome::Skipped(reason) => return Some(reason.clone()),
        Outcome::Timed(figures) => figures,
    };
    let [decision, load] = [figures.decision.median, figures.load_ns].map(|ns| ns * growth);
    let held_bytes = figures.held_bytes as f64 * growth;
    if decision > MAX_DECISION_NS {
        Some(format!("a decision would take about {}", show_time(decision)))
    } else if load > MAX_LOAD_NS {
        Some(format!("loading would take about {}", show_time(load)))
    } else if held_bytes > MAX_HELD_BYTES {
        Some(format!("it would hold about {:.1} GB", held_bytes / 1e9))
    } else {
        None
    }
}

#[derive(Debug)]
struct Comparison {
    compared_count: usize,
    differing_count: usize,
    /// About how long a decision takes.
    decision_ns: f64,
}

/// Compares answers until the time is used up; says which is the first that differs.
fn compare<'a>(
    entry: &Entry,
    asker: &mut Asker<'_, 'a>,
    texts: &[RequestText<'a>],
    expected: &[Answer],
    time: Duration,
) -> Comparison {
    let told = |answer| match answer {
        Answer::ExplicitDeny if !entry.tells_denials_apart => Answer::ImplicitDeny,
        answer => answer,
    };
    let start = thread_time();
    let (mut compared_count, mut differing_count) = (0, 0);
    for (text, &expected) in texts.iter().zip(expected) {
        let found = asker(text);
        compared_count += 1;
        if found != told(expected) {
            if differing_count == 0 {
                eprintln!("{}: {found:?} instead of {expected:?}: {text:?}", entry.name);
            }
            differing_count += 1;
        }
        if thread_time() - start > time {
            break;
        }
    }
    let decision_ns = (thread_time() - start).as_secs_f64() * 1e9 / compared_count.max(1) as f64;
    Comparison { compared_count, differing_count, decision_ns }
}

/// Beyond these an engine is not run.
const MAX_DECISION_NS: f64 = 500e6;
const MAX_LOAD_NS: f64 = 20e9;
const MAX_HELD_BYTES: f64 = 2e9;

/// Two flat workloads as if they had been run: every decision takes a nanosecond for each statement; Cedar is wrong once on the
/// first and is not run on the second.
#[cfg(test)]
pub(crate) fn example_runs() -> Vec<Run> {
    let run = |statement_count: usize| {
        let decision = Summary { median: statement_count as f64, p10: 0.0, p90: 0.0 };
        let outcome = |entry: &Entry| {
            let is_cedar = entry.name == "Cedar";
            if is_cedar && statement_count > 1_000 {
                return Outcome::Skipped("it is an example".to_owned());
            }
            Outcome::Timed(Figures {
                decision,
                timed_count: 1_000,
                compared_count: 1_000,
                differing_count: usize::from(is_cedar),
                translation_ns: 3e6,
                load_ns: 2e6,
                held_bytes: 5_000_000,
            })
        };
        Run {
            case: Case::Flat { statement_count },
            workload: format!("flat-{statement_count}"),
            statement_count,
            floor: Summary { median: 50.0, p10: 0.0, p90: 0.0 },
            outcomes: ENGINES.iter().map(outcome).collect(),
        }
    };
    vec![run(1_000), run(10_000)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_engines_give_the_expected_answers() {
        let flat = [10, 200].map(|statement_count| Case::Flat { statement_count });
        for case in flat.into_iter().chain([Case::Attached { principal_count: 20 }]) {
            let run = Run::new(case, 7, NO_TIMING, None);
            for (entry, outcome) in ENGINES.iter().zip(&run.outcomes) {
                let figures = outcome.figures().expect("nothing is too slow for a test");
                let differing = (figures.compared_count, figures.differing_count);
                assert_eq!(differing, (1_000, 0), "{}: {}", run.workload, entry.name);
                assert!(figures.held_bytes > 0, "{}: {}", run.workload, entry.name);
            }
        }
    }

    #[test]
    fn wrong_answers_are_counted() {
        let text = RequestText { principal: "p", action: "a", resource: "r", context: &[] };
        let expected = [Answer::Allow, Answer::ImplicitDeny, Answer::ExplicitDeny];
        let differing = |tells_denials_apart| {
            let entry = Entry { tells_denials_apart, ..ENGINES[0] };
            let mut asker: Asker<'_, '_> = Box::new(|_| Answer::ImplicitDeny);
            compare(&entry, &mut asker, &[text; 3], &expected, Duration::MAX).differing_count
        };
        assert_eq!((differing(true), differing(false)), (2, 1));
    }

    #[test]
    fn what_would_take_too_much_is_not_run() {
        let outcome = &example_runs()[1].outcomes[0];
        for (growth, reason) in [
            (10.0, None),
            (100e3, Some("a decision would take about 1.00 s")),
            (20e3, Some("loading would take about 40.00 s")),
            (1e3, Some("it would hold about 5.0 GB")),
        ] {
            assert_eq!(too_much(outcome, growth).as_deref(), reason);
        }
    }

    const NO_TIMING: Pace = Pace { comparing: Duration::MAX, timing: Duration::ZERO, slice: Duration::from_micros(1) };
}
