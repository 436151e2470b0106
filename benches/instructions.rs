//! Instructions per decision, counted by callgrind: a number that does not depend on how busy the machine is.
//!
//! ```text
//! cargo bench --bench instructions               compares with the snapshot; fails if a case grew by more than 3 %
//! cargo bench --bench instructions -- --update   writes the snapshot
//! cargo bench --bench instructions -- --keep DIR keeps callgrind's files, for `callgrind_annotate`
//! cargo bench --bench instructions -- flat-1000  one case, or several
//! ```
//!
//! The program runs itself under `valgrind --tool=callgrind`, which collects only inside [`decide_all`], [`decide_all_at_once`]
//! and [`look_up_all`]; the requests, their answers and the way they are put are those of `benches/decide.rs`. The snapshot is of
//! one compiler and one processor family; another compiler moves the numbers a little, so it is written down with them. Without
//! valgrind nothing is counted.
//!
//! Beside the instructions stand the cache lines of code that at least half of the decisions run through: what has to be fetched
//! anew when other work has filled the caches (`evicted` of `benches/decide.rs`). And the cache lines of data that a decision finds
//! neither in a cache of 32 KiB nor in one of 512 KiB, as the first two of a processor may be, when a thousand requests follow each
//! other: of the request's texts and of the tables.

mod callgrind;
mod subject;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use callgrind::Counts;
use ibc::iam::Decision;
use ibc::request::{ContextEntry, Request};
use ibc::{Engine, Scratch};
use ibc_workloads::floor::Floor;
use ibc_workloads::managed::{self, Choice};
use ibc_workloads::{Answer, DEFAULT_SEED, RequestSet, RequestText, Workload, attached, flat, landing_zone, organisation};
use serde::{Deserialize, Serialize};
use subject::{Asker, Question, ResolvedQuestion};

/// Under each name: how the case is made.
const CASES: [(&str, Case); 9] = [
    ("floor", Case { workload: Shape::Flat, size: 1_000, way: Way::Floor }),
    ("flat-1000", Case { workload: Shape::Flat, size: 1_000, way: Way::Text }),
    ("flat-1000000", Case { workload: Shape::Flat, size: 1_000_000, way: Way::Text }),
    ("ids-1000", Case { workload: Shape::Flat, size: 1_000, way: Way::Ids }),
    ("batch-1000", Case { workload: Shape::Flat, size: 1_000, way: Way::Batch }),
    ("attached-10000", Case { workload: Shape::Attached, size: 10_000, way: Way::Text }),
    ("organisation-1000", Case { workload: Shape::Organisation, size: 1_000, way: Way::Text }),
    ("landing-zone-1000", Case { workload: Shape::LandingZone, size: 1_000, way: Way::Text }),
    ("managed-selective", Case { workload: Shape::Managed, size: 0, way: Way::Text }),
];

/// What is counted.
#[derive(Debug, Clone, Copy)]
struct Case {
    workload: Shape,
    /// Statements, principals of ten statements each, or roles.
    size: usize,
    way: Way,
}

/// How requests are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To the floor.
    Floor,
    /// As texts.
    Text,
    /// As ids, the resource's text and the values.
    Ids,
    /// As texts, many in one call.
    Batch,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Flat,
    Attached,
    Organisation,
    LandingZone,
    Managed,
}

/// The file beside this one.
#[derive(Debug, Serialize, Deserialize)]
struct Snapshot {
    rustc: String,
    /// Per decision.
    instructions: BTreeMap<String, u64>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, artifact] = &words[..]
        && flag == CHILD
    {
        return count(name, Path::new(artifact));
    }
    if !words.iter().any(|word| word == "--bench") {
        return println!("instructions are counted by `cargo bench --bench instructions`");
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        return println!("skipped: valgrind is not installed");
    }
    let kept = words.iter().position(|word| word == "--keep").and_then(|at| words.get(at + 1));
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let folder = kept.map_or(folder.path(), Path::new);
    let is_named = |name: &str| words.iter().any(|word| word == name);
    let names_some = CASES.iter().any(|(name, _)| is_named(name));
    let cases = CASES.iter().filter(|(name, _)| !names_some || is_named(name));
    let counted = cases.filter_map(|(name, case)| Some(((*name).to_owned(), run(name, case, folder)?)));
    let counts: BTreeMap<String, Counts> = counted.collect();
    let instructions = counts.iter().map(|(name, counts)| (name.clone(), counts.total / REQUEST_COUNT as u64)).collect();
    let counted = Snapshot { rustc: rustc_version(), instructions };
    if words.iter().any(|word| word == "--update") {
        update(&counted);
    }
    let snapshot = read_snapshot().expect("the snapshot is there: make it with --update");
    for (name, counts) in &counts {
        let each = |misses: u64| misses as f64 / REQUEST_COUNT as f64;
        let (near, far) = (each(counts.near_misses), each(counts.far_misses));
        println!(
            "{name:<17} {:>8}  cache lines of code; of data, {near:.1} not in 32 KiB, {far:.1} not in 512 KiB",
            counts.code_lines
        );
    }
    if !compare(&snapshot, &counted) {
        std::process::exit(1);
    }
}

/// Writes what was counted. Cases that were not counted, or need files that are not there, keep what they had.
fn update(counted: &Snapshot) {
    let mut instructions = read_snapshot().map_or_else(BTreeMap::new, |snapshot| snapshot.instructions);
    instructions.retain(|name, _| CASES.iter().any(|(own, _)| own == name));
    instructions.extend(counted.instructions.clone());
    let snapshot = Snapshot { rustc: counted.rustc.clone(), instructions };
    let text = format!("{SNAPSHOT_HEAD}{}", toml::to_string(&snapshot).expect("the snapshot is plain data"));
    std::fs::write(snapshot_path(), text).expect("the snapshot can be written");
}

/// `None` if there is none.
fn read_snapshot() -> Option<Snapshot> {
    let text = std::fs::read_to_string(snapshot_path()).ok()?;
    Some(toml::from_str(&text).expect("the snapshot was written by --update"))
}

/// Prints both; false if something grew.
fn compare(snapshot: &Snapshot, counted: &Snapshot) -> bool {
    if snapshot.rustc != counted.rustc {
        println!("the snapshot is of {}, this is {}", snapshot.rustc, counted.rustc);
    }
    let mut is_fine = true;
    for (name, now) in &counted.instructions {
        let Some(before) = snapshot.instructions.get(name) else {
            println!("{name:<17} {now:>8}  not in the snapshot");
            is_fine = false;
            continue;
        };
        let growth = *now as f64 / *before as f64 - 1.0;
        let note = match growth {
            growth if growth > TOLERANCE => "grew",
            growth if growth < -TOLERANCE => "shrank: write the snapshot with --update",
            _ => "",
        };
        is_fine &= growth <= TOLERANCE;
        println!("{name:<17} {now:>8}  {:+.1} %  {note}", growth * 100.0);
    }
    let of = |name: &str| counted.instructions.get(name).map(|&count| count as f64);
    if let (Some(large), Some(small)) = (of("flat-1000000"), of("flat-1000")) {
        println!("from 1,000 to 1,000,000 statements: {:+.1} %", (large / small - 1.0) * 100.0);
    }
    is_fine
}

/// Compiles the case, and counts in a child under valgrind; gives the counts of all decisions.
///
/// `None` if the case needs files that are not there.
fn run(name: &str, case: &Case, folder: &Path) -> Option<Counts> {
    eprintln!("{name}");
    let (artifact, counts) = (folder.join(format!("{name}.ibc")), folder.join(format!("callgrind.{name}")));
    if case.way != Way::Floor {
        let Some(Workload { documents, attachments, .. }) = case.workload(1) else {
            eprintln!("{name}: skipped, {} is not there (set IBC_CORPUS)", managed::corpus().display());
            return None;
        };
        std::fs::write(&artifact, subject::compile(documents, &attachments)).expect("there is room for the artifact");
    }
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--dump-instr=yes",
            "--cache-sim=yes",
            "--I1=32768,8,64",
            "--D1=32768,8,64",
            "--LL=524288,8,64",
            "--collect-atstart=no",
            "--toggle-collect=*decide_all*",
            "--toggle-collect=*look_up_all*",
        ])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(std::env::current_exe().expect("this program has a path"))
        .args([CHILD, name])
        .arg(&artifact)
        .output()
        .expect("valgrind runs");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&counts).expect("callgrind has written its counts");
    Some(callgrind::read(&text, REQUEST_COUNT as u64 / 2))
}

/// The child: checks every answer, then goes through the requests once under callgrind's eyes.
fn count(name: &str, artifact: &Path) {
    let (_, case) = CASES.iter().find(|(own, _)| *own == name).expect("the parent knows the names");
    let requests = case.requests();
    let expected: Vec<Answer> = requests.answers().iter().flatten().copied().collect();
    requests.with_texts(usize::MAX, |texts| {
        if case.way == Way::Floor {
            black_box(look_up_all(&Floor::new(case.size, &requests), texts));
            return;
        }
        let engine = subject::open(std::fs::read(artifact).expect("the parent has written the artifact"));
        let mut asker = Asker::new(&engine);
        match case.way {
            Way::Ids => {
                check_and_decide(&ResolvedQuestion::all(&engine, texts), &expected, |question| asker.ask_resolved(question))
            }
            Way::Batch => check_and_decide_at_once(&engine, texts, &expected),
            _ => check_and_decide(&Question::all(texts), &expected, |question| asker.ask(question)),
        }
    });
}

/// Not every workload says what each request gets; `decide` has compared those with the reference evaluator.
fn check_and_decide<Q: Debug>(questions: &[Q], expected: &[Answer], mut ask: impl FnMut(&Q) -> Decision) {
    for (question, expected) in questions.iter().zip(expected) {
        assert_eq!(subject::answer(ask(question)), *expected, "{question:?}");
    }
    decide_all(questions, ask);
}

#[inline(never)]
fn decide_all<Q>(questions: &[Q], mut ask: impl FnMut(&Q) -> Decision) {
    for question in questions {
        black_box(ask(question));
    }
}

fn check_and_decide_at_once(engine: &Engine<Vec<u8>>, texts: &[RequestText<'_>], expected: &[Answer]) {
    let mut scratch = engine.scratch();
    let entries: Vec<Vec<ContextEntry<'_>>> = texts.iter().map(subject::entries).collect();
    let mut found = Vec::new();
    engine.decide_many(&requests_of(texts, &entries), &mut scratch, |_, outcome| found.push(subject::answer(outcome.decision)));
    assert_eq!(found, expected);
    decide_all_at_once(engine, texts, &entries, &mut scratch);
}

/// So many requests in each call, as many as `benches/decide.rs` gives to one. With what makes them, as in [`decide_all`].
#[inline(never)]
fn decide_all_at_once(
    engine: &Engine<Vec<u8>>,
    texts: &[RequestText<'_>],
    entries: &[Vec<ContextEntry<'_>>],
    scratch: &mut Scratch,
) {
    for (texts, entries) in texts.chunks(CALL_LEN).zip(entries.chunks(CALL_LEN)) {
        engine.decide_many(&requests_of(texts, entries), scratch, |_, outcome| _ = black_box(outcome.decision));
    }
}

/// Apart, since callgrind would stop counting where a closure of a function that it counts is called.
fn requests_of<'a>(texts: &[RequestText<'a>], entries: &'a [Vec<ContextEntry<'a>>]) -> Vec<Request<'a>> {
    texts.iter().zip(entries).map(|(text, entries)| subject::request(text, entries)).collect()
}

#[inline(never)]
fn look_up_all(floor: &Floor, texts: &[RequestText<'_>]) -> u64 {
    texts.iter().fold(0, |sum, text| sum ^ floor.look_up(text))
}

impl Case {
    fn workload(&self, request_count: usize) -> Option<Workload> {
        Some(match self.workload {
            Shape::Flat => flat::workload(DEFAULT_SEED, self.size, request_count),
            Shape::Attached => attached::workload(DEFAULT_SEED, self.size, request_count),
            Shape::Organisation => organisation::workload(DEFAULT_SEED, self.size, request_count),
            Shape::LandingZone => landing_zone::workload(DEFAULT_SEED, self.size, request_count)?,
            Shape::Managed => managed::workload(DEFAULT_SEED, Choice::Selective, request_count)?,
        })
    }

    fn requests(&self) -> RequestSet {
        match self.workload {
            Shape::Flat => flat::requests(DEFAULT_SEED, self.size, REQUEST_COUNT),
            Shape::Attached => attached::requests(DEFAULT_SEED, self.size, REQUEST_COUNT),
            Shape::Organisation | Shape::LandingZone | Shape::Managed => {
                self.workload(REQUEST_COUNT).expect("the parent has made it").requests
            }
        }
    }
}

fn snapshot_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.snapshot.toml")
}

fn rustc_version() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or("unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

const SNAPSHOT_HEAD: &str = "\
# Instructions per decision under callgrind. Written by `cargo bench --bench instructions -- --update`.
";
const CHILD: &str = "--child";
const REQUEST_COUNT: usize = 1_000;
const CALL_LEN: usize = 100;
/// Growth beyond which a review should ask why.
const TOLERANCE: f64 = 0.03;
