//! `ibc bench`: how fast decisions are, on the user's own artifact and requests.
//!
//! A decision begins with the texts of a request: principal, context and request are made inside. Two things are measured, since
//! no clock can do both. Whole passes over all requests, over few of them several times, without a clock inside, give the mean (of
//! the median pass) and decisions per second. Single calls between two looks at the clock give the percentiles, the cost of a look
//! taken off; interruptions by other programs are part of them and show in the last.

mod floor;
mod requests;

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use serde::Serialize;

use ibc::engine::plan::UnitForm;
use ibc::iam::Decision;
use ibc::{Engine, Overlay, Scratch};

use crate::allocations;
use crate::args::{BenchArgs, BenchFormat};
use crate::asking::Policies;
use crate::exit_code::ExitCode;
use crate::input::Bytes;
use crate::output::{self, Done};
use floor::Floor;
use requests::RequestTexts;

pub fn run(args: &BenchArgs) -> Done {
    let policies = Policies::open(&args.policies, &args.managed.directories)?;
    let stored = requests::read(&args.requests, &policies)?;
    let engine = &policies.0;
    let lists: Vec<Vec<Vec<&str>>> = stored.iter().map(|request| request.lists()).collect();
    let texts: Vec<RequestTexts<'_>> = stored.iter().zip(&lists).map(|(request, lists)| request.texts(lists)).collect();

    let report = measure(engine, &texts, Duration::from_secs_f64(args.seconds));
    let mut out = output::stdout();
    match args.format {
        BenchFormat::Text => report.write_text(&mut out)?,
        BenchFormat::Json => output::write_json(&mut out, &report)?,
    }
    out.flush()?;
    Ok(ExitCode::Success)
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    requests: usize,
    statements: usize,
    decisions: usize,
    answers: Answers,
    decisions_per_second: f64,
    ns_per_decision: Nanoseconds,
    floor_ns: f64,
    allocations_per_decision: f64,
    /// Statements that indexes did not rule out, so that they were looked at, on average.
    candidates_per_decision: f64,
    /// How many requests were decided by a statement that was found in this way; most first.
    served_by: IndexMap<String, usize>,
    /// How many requests that was looked up for, from the first on.
    served_by_requests: usize,
    /// What reading the clock costs; taken off the percentiles.
    clock_ns: f64,
}

/// How the requests were answered.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answers {
    allowed: usize,
    implicit_deny: usize,
    explicit_deny: usize,
}

#[derive(Debug, Serialize)]
struct Nanoseconds {
    mean: f64,
    p50: f64,
    p99: f64,
    p999: f64,
}

fn measure(engine: &Engine<Bytes>, texts: &[RequestTexts<'_>], time: Duration) -> Report {
    let mut scratch = engine.scratch();
    let statements = statement_count(engine);
    let floor = Floor::new(statements, texts);

    let mut answers = Answers::default();
    let mut candidates = 0;
    for text in texts {
        match decide(engine, text, &mut scratch) {
            Decision::Allow => answers.allowed += 1,
            Decision::ImplicitDeny => answers.implicit_deny += 1,
            Decision::ExplicitDeny => answers.explicit_deny += 1,
        }
        candidates += scratch.verified() as usize;
    }
    let ((), allocations) = allocations::count(|| decide_all(engine, texts, &mut scratch));

    // Floor and engine in turn, so that a slow phase of the machine hits both.
    let rounds = FEWEST_DECISIONS.div_ceil(texts.len());
    let (mut engine_times, mut floor_times) = (Vec::new(), Vec::new());
    let start = Instant::now();
    while engine_times.len() < FEWEST_PASSES || start.elapsed() < time / 2 {
        floor_times.push(pass_time(rounds, texts.len(), || look_up_all(&floor, texts)));
        engine_times.push(pass_time(rounds, texts.len(), || decide_all(engine, texts, &mut scratch)));
    }
    let clock_ns = clock_cost();
    let mut single_calls = Vec::new();
    let start = Instant::now();
    while single_calls.is_empty() || (start.elapsed() < time / 2 && single_calls.len() < MOST_SINGLE_CALLS) {
        single_calls.extend(texts.iter().map(|text| {
            let start = Instant::now();
            black_box(decide(engine, text, &mut scratch));
            (nanoseconds(start.elapsed()) - clock_ns).max(0.0)
        }));
    }

    let decisions = engine_times.len() * rounds * texts.len() + single_calls.len();
    let mean = percentile(&mut engine_times, 0.5);
    Report {
        requests: texts.len(),
        statements,
        decisions,
        answers,
        decisions_per_second: (1e9 / mean).round(),
        ns_per_decision: Nanoseconds {
            mean: rounded(mean),
            p50: rounded(percentile(&mut single_calls, 0.5)),
            p99: rounded(percentile(&mut single_calls, 0.99)),
            p999: rounded(percentile(&mut single_calls, 0.999)),
        },
        floor_ns: rounded(percentile(&mut floor_times, 0.5)),
        allocations_per_decision: allocations as f64 / texts.len() as f64,
        candidates_per_decision: candidates as f64 / texts.len() as f64,
        served_by: served_by(engine, &texts[..texts.len().min(MOST_PLANS)]),
        served_by_requests: texts.len().min(MOST_PLANS),
        clock_ns: rounded(clock_ns),
    }
}

#[inline(never)]
fn decide_all(engine: &Engine<Bytes>, texts: &[RequestTexts<'_>], scratch: &mut Scratch) {
    for text in texts {
        black_box(decide(engine, text, scratch));
    }
}

#[inline(never)]
fn look_up_all(floor: &Floor, texts: &[RequestTexts<'_>]) {
    for text in texts {
        black_box(floor.look_up(text));
    }
}

#[inline]
fn decide(engine: &Engine<Bytes>, text: &RequestTexts<'_>, scratch: &mut Scratch) -> Decision {
    engine.decide(&text.request(), scratch).decision
}

/// Which ways through the indexes led to the statements that decide.
fn served_by(engine: &Engine<Bytes>, texts: &[RequestTexts<'_>]) -> IndexMap<String, usize> {
    let mut ways: IndexMap<String, usize> = IndexMap::new();
    for text in texts {
        let plan = engine.plan(&text.request(), &Overlay::default());
        let way = match plan.deciding_lookup() {
            // The other forms have one way, which they are called after.
            Some((form @ (UnitForm::Index | UnitForm::Small), lookup)) => format!("{}: {}", output::search(form), lookup.kind),
            Some((form, _)) => output::search(form).to_owned(),
            None => "no statement decides".to_owned(),
        };
        *ways.entry(way).or_default() += 1;
    }
    ways.sort_by(|a, a_count, b, b_count| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    ways
}

/// Statements of all policies.
fn statement_count(engine: &Engine<Bytes>) -> usize {
    engine.artifact().sections().find(|(name, ..)| *name == "statements").map_or(0, |(_, _, count)| count as usize)
}

/// Nanoseconds for each of the `count` operations of so many passes.
fn pass_time(rounds: usize, count: usize, mut pass: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..rounds).for_each(|_| pass());
    nanoseconds(start.elapsed()) / (rounds * count) as f64
}

fn clock_cost() -> f64 {
    let mut costs: Vec<f64> = (0..10_000).map(|_| nanoseconds(Instant::now().elapsed())).collect();
    percentile(&mut costs, 0.5)
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

fn percentile(times: &mut [f64], share: f64) -> f64 {
    let at = ((times.len() as f64 * share) as usize).min(times.len() - 1);
    *times.select_nth_unstable_by(at, f64::total_cmp).1
}

fn rounded(nanoseconds: f64) -> f64 {
    (nanoseconds * 10.0).round() / 10.0
}

impl Report {
    fn write_text(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let Nanoseconds { mean, p50, p99, p999 } = self.ns_per_decision;
        let Answers { allowed, implicit_deny, explicit_deny } = self.answers;
        let [allowed, implicit_deny, explicit_deny] = [allowed, implicit_deny, explicit_deny].map(output::grouped);
        let requests = output::count(self.requests, "request", "requests");
        let statements = output::count(self.statements, "statement", "statements");
        writeln!(out, "{requests} over {statements}, {} decisions", output::grouped(self.decisions))?;
        writeln!(out, "answers       {allowed} allowed, {implicit_deny} implicitDeny, {explicit_deny} explicitDeny")?;
        writeln!(out, "throughput    {} decisions per second on one core", output::grouped(self.decisions_per_second as usize))?;
        writeln!(out, "mean          {mean:.1} ns, {:.2} times the floor of {:.1} ns", mean / self.floor_ns, self.floor_ns)?;
        writeln!(
            out,
            "single calls  p50 {p50:.0} ns, p99 {p99:.0} ns, p99.9 {p999:.0} ns (clock of {:.0} ns taken off)",
            self.clock_ns
        )?;
        writeln!(out, "allocations   {} per decision", self.allocations_per_decision)?;
        writeln!(
            out,
            "candidates    {:.2} statements verified per decision: looked at, as no index rules them out",
            self.candidates_per_decision
        )?;
        for (way, count) in self.served_by.iter().take(SHOWN_WAYS) {
            writeln!(out, "served by     {way} ({})", output::count(*count, "request", "requests"))?;
        }
        if self.served_by_requests < self.requests {
            writeln!(out, "              of the first {} requests", output::grouped(self.served_by_requests))?;
        }
        Ok(())
    }
}

const FEWEST_PASSES: usize = 3;
/// Between two looks at the clock, which take as long as a decision or less.
const FEWEST_DECISIONS: usize = 1_000;
/// Plans are made outside of the timing, and take a microsecond or more each.
const MOST_PLANS: usize = 10_000;
/// Ways that the text shows; JSON has all.
const SHOWN_WAYS: usize = 10;
/// 64 MB of samples.
const MOST_SINGLE_CALLS: usize = 8_000_000;
