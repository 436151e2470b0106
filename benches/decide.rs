//! How long a decision takes, on every workload, beside the floor of the same run.
//!
//! ```text
//! cargo bench --bench decide                                    the moderate sizes
//! cargo bench --bench decide -- flat 10000 1000000 attached 10000
//! cargo bench --bench decide -- all --json decide.json
//! ```
//!
//! A word names a workload, numbers after it are sizes. `cargo test --bench decide` checks the answers on small sizes and times
//! next to nothing. What is timed begins with the strings of a request, those of its context in an array of entries: they are
//! parsed, checked and made a request inside. Before anything is timed, every answer is compared with the one the workload expects.
//! How it is timed: see `ibc_workloads::measure`.
//!
//! | way | what it shows |
//! |---|---|
//! | `text` | the same 1,000 requests again and again, in shuffled order: the request's part of the artifact is in the caches |
//! | `cold` | a million distinct requests over all statements: the tables are as cold as their size makes them; the text of a request is in the cache, as it is after parsing |
//! | `ids` | as `text`, but keys, actions and principals were looked up before: what is timed begins with ids, the resource's text and the values |
//! | `cold-batch` | as `cold`, through `decide_many` |
//! | `evicted` | 64 MB of other memory are walked between two calls, single calls are timed: the first decision after other work |

mod subject;

use std::hint::black_box;
use std::time::{Duration, Instant};

use ibc::Engine;
use ibc::iam::Decision;
use ibc::request::{ContextEntry, Request};
use ibc::source::SourceMap;
use ibc_workloads::floor::Floor;
use ibc_workloads::managed::{self, Choice};
use ibc_workloads::measure::{Samples, Summary, Table, show_time, thread_time};
use ibc_workloads::{Answer, DEFAULT_SEED, RequestText, Workload, attached, flat, hostile, landing_zone, organisation, tailored};
use serde_json::json;
use subject::{Asker, Question, ResolvedQuestion};

fn main() {
    let arguments = Arguments::read();
    let mut rows = Vec::new();
    for case in &arguments.cases {
        match case.workload(arguments.seed) {
            Some(workload) => rows.extend(run(case, workload, &arguments)),
            None => eprintln!("{}: skipped, {} is not there (set IBC_CORPUS)", case.name, managed::corpus().display()),
        }
    }
    print!("{}", table(&rows));
    if let Some(path) = &arguments.json {
        let report =
            json!({ "seed": arguments.seed, "cpu": cpu_model(), "rows": rows.iter().map(Row::to_json).collect::<Vec<_>>() });
        std::fs::write(path, format!("{report:#}\n")).expect("the report can be written");
    }
}

/// One line of the result.
#[derive(Debug)]
struct Row {
    workload: String,
    way: &'static str,
    statement_count: usize,
    artifact_size: usize,
    /// Allowed, implicitly denied, explicitly denied.
    answers: [usize; 3],
    floor: Summary,
    engine: Summary,
}

fn run(case: &Case, mut workload: Workload, arguments: &Arguments) -> Vec<Row> {
    eprintln!("{}: {} statements", workload.name, workload.statement_count);
    let documents = std::mem::take(&mut workload.documents);
    let (bytes, expected) = {
        let mut sources = SourceMap::new();
        let bundle = subject::parse(&mut sources, documents, &workload.attachments);
        let bytes = ibc::compile(&sources, &bundle).expect("the workload fits one artifact");
        let expected: Vec<Answer> = match workload.requests.answers().iter().copied().collect() {
            Some(answers) => answers,
            None => workload.requests.with_texts(usize::MAX, |texts| subject::reference_answers(&bundle, texts)),
        };
        (bytes, expected)
    };
    let artifact_size = bytes.len();
    let engine = subject::open(bytes);
    let floor = Floor::new(workload.statement_count, &workload.requests);
    let of = |wanted| expected.iter().filter(|&&answer| answer == wanted).count();
    let answers = [of(Answer::Allow), of(Answer::ImplicitDeny), of(Answer::ExplicitDeny)];

    workload.requests.with_texts(usize::MAX, |texts| {
        subject::assert_answers(&workload, &engine, texts, &expected);
        let timed = |&way: &Way| {
            let (floor, engine) = match way {
                Way::Text => time_repeated(&engine, &floor, texts, &expected, arguments.time),
                Way::Ids => time_ids(&engine, &floor, texts, &expected, arguments.time),
                Way::Cold => time_cold(&engine, &floor, texts, &expected),
                Way::ColdBatch => time_cold_batch(&engine, &floor, texts, &expected),
                Way::Evicted => time_evicted(&engine, &floor, texts, &expected),
            };
            let (workload, statement_count) = (workload.name.clone(), workload.statement_count);
            Row { workload, way: way.name(), statement_count, artifact_size, answers, floor, engine }
        };
        case.ways.iter().map(timed).collect()
    })
}

/// Rounds over all requests, floor and engine in turn.
fn time_repeated(
    engine: &Engine<Vec<u8>>,
    floor: &Floor,
    texts: &[RequestText<'_>],
    expected: &[Answer],
    time: Duration,
) -> (Summary, Summary) {
    let (mut asker, questions) = (Asker::new(engine), Question::all(texts));
    time_rounds(floor, texts, expected, time, || count_allowed(&mut asker, &questions))
}

/// As many rounds as fit into the time; `decide_all` decides all requests and counts the allowed ones.
fn time_rounds(
    floor: &Floor,
    texts: &[RequestText<'_>],
    expected: &[Answer],
    time: Duration,
    mut decide_all: impl FnMut() -> usize,
) -> (Summary, Summary) {
    let (mut floor_samples, mut engine_samples) = (Samples::default(), Samples::default());
    let allowed = expected.iter().filter(|&&answer| answer == Answer::Allow).count();
    let start = thread_time();
    for round in 0.. {
        black_box(floor_samples.time(texts.len(), || look_up_all(floor, texts)));
        assert_eq!(engine_samples.time(texts.len(), &mut decide_all), allowed);
        if round >= MIN_ROUNDS && thread_time() - start >= time {
            break;
        }
    }
    (floor_samples.summary(), engine_samples.summary())
}

/// One pass in chunks; the texts of a chunk are read before the clock starts.
fn time_cold(engine: &Engine<Vec<u8>>, floor: &Floor, texts: &[RequestText<'_>], expected: &[Answer]) -> (Summary, Summary) {
    let (mut floor_samples, mut engine_samples) = (Samples::default(), Samples::default());
    let mut asker = Asker::new(engine);
    for (chunk, expected) in texts.chunks(CHUNK_LEN).zip(expected.chunks(CHUNK_LEN)) {
        let allowed = expected.iter().filter(|&&answer| answer == Answer::Allow).count();
        let questions = Question::all(chunk);
        chunk.iter().for_each(touch);
        black_box(floor_samples.time(chunk.len(), || look_up_all(floor, chunk)));
        assert_eq!(engine_samples.time(chunk.len(), || count_allowed(&mut asker, &questions)), allowed);
    }
    (floor_samples.summary(), engine_samples.summary())
}

/// As [`time_repeated`], with everything resolved that can be.
fn time_ids(
    engine: &Engine<Vec<u8>>,
    floor: &Floor,
    texts: &[RequestText<'_>],
    expected: &[Answer],
    time: Duration,
) -> (Summary, Summary) {
    let (mut asker, questions) = (Asker::new(engine), ResolvedQuestion::all(engine, texts));
    let decide_all = || questions.iter().filter(|question| asker.ask_resolved(question) == Decision::Allow).count();
    time_rounds(floor, texts, expected, time, decide_all)
}

/// As [`time_cold`], each chunk in one call.
fn time_cold_batch(
    engine: &Engine<Vec<u8>>,
    floor: &Floor,
    texts: &[RequestText<'_>],
    expected: &[Answer],
) -> (Summary, Summary) {
    let (mut floor_samples, mut engine_samples) = (Samples::default(), Samples::default());
    let mut scratch = engine.scratch();
    for (chunk, expected) in texts.chunks(CHUNK_LEN).zip(expected.chunks(CHUNK_LEN)) {
        let allowed = expected.iter().filter(|&&answer| answer == Answer::Allow).count();
        let entries: Vec<Vec<ContextEntry<'_>>> = chunk.iter().map(subject::entries).collect();
        chunk.iter().for_each(touch);
        black_box(floor_samples.time(chunk.len(), || look_up_all(floor, chunk)));
        let found = engine_samples.time(chunk.len(), || {
            let requests = chunk.iter().zip(&entries).map(|(text, entries)| subject::request(text, entries));
            let requests: Vec<Request<'_>> = requests.collect();
            let mut allowed = 0;
            engine.decide_many(&requests, &mut scratch, |_, outcome| allowed += usize::from(outcome.decision == Decision::Allow));
            allowed
        });
        assert_eq!(found, allowed);
    }
    (floor_samples.summary(), engine_samples.summary())
}

/// Single calls after other work has filled the caches; the request is read again before the clock starts, as by parsing it.
///
/// The CPU clock costs more than a call, so this reads the wall clock and takes off what reading it costs.
fn time_evicted(engine: &Engine<Vec<u8>>, floor: &Floor, texts: &[RequestText<'_>], expected: &[Answer]) -> (Summary, Summary) {
    let mut other_work = vec![1_u64; EVICTION_SIZE / size_of::<u64>()];
    let mut clock_samples = Samples::default();
    for _ in 0..1_000 {
        time_once(&mut clock_samples, 0.0, || ());
    }
    let clock = clock_samples.summary().median;
    let (mut floor_samples, mut engine_samples) = (Samples::default(), Samples::default());
    let mut asker = Asker::new(engine);
    for (text, expected) in texts.iter().zip(expected).cycle().take(EVICTED_CALLS) {
        evict(&mut other_work);
        touch(text);
        time_once(&mut floor_samples, clock, || floor.look_up(text));
        evict(&mut other_work);
        let question = Question::new(text);
        touch(text);
        let decision = time_once(&mut engine_samples, clock, || asker.ask(&question));
        assert_eq!(subject::answer(decision), *expected);
    }
    (floor_samples.summary(), engine_samples.summary())
}

#[inline(never)]
fn look_up_all(floor: &Floor, texts: &[RequestText<'_>]) -> u64 {
    texts.iter().fold(0, |sum, text| sum ^ floor.look_up(text))
}

#[inline(never)]
fn count_allowed(asker: &mut Asker<'_, Vec<u8>>, questions: &[Question<'_>]) -> usize {
    questions.iter().filter(|question| asker.ask(question) == Decision::Allow).count()
}

fn time_once<T>(samples: &mut Samples, clock: f64, call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let found = black_box(call());
    samples.push(start.elapsed().as_secs_f64() * 1e9 - clock);
    found
}

/// Reads every byte of a request.
fn touch(text: &RequestText<'_>) {
    black_box(text.strings().flat_map(str::bytes).map(u32::from).sum::<u32>());
}

fn evict(memory: &mut [u64]) {
    for word in memory.iter_mut().step_by(CACHE_LINE / size_of::<u64>()) {
        *word = word.wrapping_mul(3);
    }
    black_box(memory);
}

fn table(rows: &[Row]) -> Table {
    let headings = ["workload", "way", "statements", "B/stmt", "a/i/e", "floor", "ibc", "p10", "p90", "×floor"];
    let mut table = Table::new(&headings);
    for row in rows {
        let [allowed, implicit, explicit] = row.answers;
        table.push([
            row.workload.clone(),
            row.way.to_owned(),
            row.statement_count.to_string(),
            format!("{:.0}", row.artifact_size as f64 / row.statement_count as f64),
            format!("{allowed}/{implicit}/{explicit}"),
            show_time(row.floor.median),
            show_time(row.engine.median),
            show_time(row.engine.p10),
            show_time(row.engine.p90),
            format!("{:.2}", row.engine.median / row.floor.median),
        ]);
    }
    table
}

impl Row {
    fn to_json(&self) -> serde_json::Value {
        let summary = |summary: Summary| json!({ "median": summary.median, "p10": summary.p10, "p90": summary.p90 });
        let [allowed, implicit, explicit] = self.answers;
        json!({
            "workload": self.workload,
            "way": self.way,
            "statements": self.statement_count,
            "artifact_bytes": self.artifact_size,
            "answers": { "allowed": allowed, "implicitDeny": implicit, "explicitDeny": explicit },
            "floor_ns": summary(self.floor),
            "engine_ns": summary(self.engine),
            "times_floor": self.engine.median / self.floor.median,
        })
    }
}

/// How requests are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Text,
    Ids,
    Cold,
    ColdBatch,
    Evicted,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Way::Text => "text",
            Way::Ids => "ids",
            Way::Cold => "cold",
            Way::ColdBatch => "cold-batch",
            Way::Evicted => "evicted",
        }
    }
}

/// A workload and the ways to run it.
#[derive(Debug)]
struct Case {
    name: &'static str,
    size: usize,
    ways: Vec<Way>,
}

impl Case {
    fn new(name: &'static str, size: usize) -> Case {
        let ways = match name {
            "cold" => vec![Way::Cold, Way::ColdBatch],
            "ids" => vec![Way::Ids],
            "evicted" => vec![Way::Evicted],
            _ => vec![Way::Text],
        };
        Case { name, size, ways }
    }

    /// `None` if it needs files that are not there.
    fn workload(&self, seed: u64) -> Option<Workload> {
        Some(match self.name {
            "flat" | "ids" | "evicted" => flat::workload(seed, self.size, REQUEST_COUNT),
            "cold" => flat::workload(seed, self.size, COLD_REQUEST_COUNT),
            "attached" => attached::workload(seed, self.size, REQUEST_COUNT),
            "managed" => managed::workload(seed, Choice::All, REQUEST_COUNT)?,
            "managed-selective" => managed::workload(seed, Choice::Selective, REQUEST_COUNT)?,
            "tailored" => tailored::workload(seed, self.size, REQUEST_COUNT)?,
            "landing-zone" => landing_zone::workload(seed, self.size, REQUEST_COUNT)?,
            "organisation" => organisation::workload(seed, self.size, REQUEST_COUNT),
            "globs" => hostile::globs(seed, self.size, REQUEST_COUNT),
            "not-action" => hostile::not_action(seed, self.size, REQUEST_COUNT),
            "late-equality" => hostile::late_equality(seed, self.size, REQUEST_COUNT),
            "late-number" => hostile::late_number(seed, self.size, REQUEST_COUNT),
            "repeats" => hostile::repeats(seed, self.size, REQUEST_COUNT),
            "parts" => hostile::parts(seed, self.size, REQUEST_COUNT),
            "keys" => hostile::keys(seed, self.size, REQUEST_COUNT),
            "many-tags" => hostile::many_tags(seed, self.size, REQUEST_COUNT),
            name => unreachable!("{name} is no name of SIZES"),
        })
    }
}

/// Every workload with its moderate sizes and those that `all` adds; sizes of `attached` are principals.
const SIZES: [(&str, &[usize], &[usize]); 18] = [
    ("flat", &[10, 1_000, 10_000, 100_000], &[100, 1_000_000]),
    ("ids", &[10_000], &[1_000_000]),
    ("attached", &[10_000], &[1_000]),
    ("cold", &[], &[10_000, 100_000, 1_000_000]),
    ("evicted", &[10_000], &[1_000_000]),
    ("managed", &[0], &[]),
    ("managed-selective", &[0], &[]),
    ("tailored", &[10_000], &[]),
    ("organisation", &[1_000], &[]),
    ("landing-zone", &[1_000], &[]),
    ("globs", &[10_000], &[]),
    ("not-action", &[5_000], &[]),
    ("late-equality", &[10_000], &[]),
    ("late-number", &[10_000], &[]),
    ("repeats", &[240], &[]),
    ("many-tags", &[10_000], &[]),
    ("parts", &[10_000], &[]),
    ("keys", &[10_000], &[]),
];

/// Workloads made of policies that do not come with the repository.
const NEED_CORPUS: [&str; 4] = ["managed", "managed-selective", "tailored", "landing-zone"];

/// Workloads that the word `hostile` stands for.
const HOSTILE: [&str; 8] = ["globs", "not-action", "late-equality", "late-number", "repeats", "many-tags", "parts", "keys"];

#[derive(Debug)]
struct Arguments {
    cases: Vec<Case>,
    seed: u64,
    /// CPU time for each row of the repeated requests.
    time: Duration,
    json: Option<String>,
}

impl Arguments {
    fn read() -> Arguments {
        let mut arguments = Arguments { cases: Vec::new(), seed: DEFAULT_SEED, time: Duration::from_secs(1), json: None };
        // What Cargo adds to the arguments of a benchmark.
        let is_bench = std::env::args().any(|word| word == "--bench");
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench").peekable();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seed" => arguments.seed = value_of(&word, words.next()),
                "--seconds" => arguments.time = Duration::from_secs_f64(value_of(&word, words.next())),
                "--json" => arguments.json = Some(value_of(&word, words.next())),
                name => {
                    let mut sizes = Vec::new();
                    while let Some(size) = words.next_if(|word| word.parse::<usize>().is_ok()) {
                        sizes.push(value_of(name, Some(size)));
                    }
                    arguments.cases.extend(cases(name, &sizes));
                }
            }
        }
        if arguments.cases.is_empty() && is_bench {
            arguments.cases =
                SIZES.iter().flat_map(|&(name, moderate, _)| moderate.iter().map(move |&size| Case::new(name, size))).collect();
        } else if arguments.cases.is_empty() {
            let names = SIZES.iter().filter(|(name, ..)| *name != "cold" && !NEED_CORPUS.contains(name));
            arguments.cases = names.map(|&(name, ..)| Case::new(name, SMALL_SIZE)).collect();
        }
        if !is_bench {
            arguments.time = Duration::ZERO;
        }
        arguments
    }
}

fn cases(name: &str, sizes: &[usize]) -> Vec<Case> {
    let known: Vec<_> =
        SIZES.iter().filter(|(own, ..)| *own == name || name == "all" || (name == "hostile" && HOSTILE.contains(own))).collect();
    if known.is_empty() {
        let names: Vec<&str> = SIZES.iter().map(|(name, ..)| *name).collect();
        fail(&format!("`{name}` is no workload; write one of {}, hostile, all", names.join(", ")));
    }
    let case = |&&(own, moderate, more): &&(&'static str, &[usize], &[usize])| {
        let mut own_sizes = match (sizes, name) {
            ([], "all") => [moderate, more].concat(),
            ([], _) if moderate.is_empty() => more.to_vec(),
            ([], _) => moderate.to_vec(),
            (sizes, _) => sizes.to_vec(),
        };
        own_sizes.sort_unstable();
        own_sizes.into_iter().map(move |size| Case::new(own, size)).collect::<Vec<_>>()
    };
    known.iter().flat_map(case).collect()
}

fn value_of<T: std::str::FromStr>(name: &str, word: Option<String>) -> T {
    word.and_then(|word| word.parse().ok()).unwrap_or_else(|| fail(&format!("`{name}` needs a value")))
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    std::process::exit(2)
}

fn cpu_model() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or("unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

const REQUEST_COUNT: usize = 1_000;
const SMALL_SIZE: usize = 100;
const COLD_REQUEST_COUNT: usize = 1_000_000;
const MIN_ROUNDS: usize = 5;
const CHUNK_LEN: usize = 100;
/// Many times the caches that a core has for itself. What all cores share may be larger, and keep the tables.
const EVICTION_SIZE: usize = 64 << 20;
const EVICTED_CALLS: usize = 300;
const CACHE_LINE: usize = 64;
