//! How long an artifact takes to open and to give its first decision, and how many bytes a statement takes.
//!
//! ```text
//! cargo bench --bench load                  flat of 10,000, 100,000 and 1,100,000 statements (over 100 MB)
//! cargo bench --bench load -- 10000 --seed 7
//! ```
//!
//! | column | what is timed |
//! |---|---|
//! | `from_bytes` | opening bytes that are in memory, checksum included |
//! | `heap` | reading the file into the heap, opening, one decision |
//! | `map` | mapping the file, opening with the full check, one decision: how soon a gateway answers |
//!
//! The file is in the page cache, as it is after a deployment has copied it. Every answer of the opened artifact is compared with
//! the expected one before anything is timed.

mod subject;

use std::fs::File;
use std::hint::black_box;
use std::path::Path;

use ibc::Engine;
use ibc::artifact::Artifact;
use ibc_workloads::measure::{Samples, Table, show_time};
use ibc_workloads::{Answer, DEFAULT_SEED, RequestText, flat};
use subject::{Asker, Question};

fn main() {
    let is_bench = std::env::args().any(|word| word == "--bench");
    let (mut sizes, mut seed) = (Vec::new(), DEFAULT_SEED);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => seed = words.next().and_then(|word| word.parse().ok()).expect("a number after `--seed`"),
            word => sizes.extend(word.parse::<usize>()),
        }
    }
    if sizes.is_empty() {
        sizes = if is_bench { vec![10_000, 100_000, 1_100_000] } else { vec![100] };
    }
    let mut table = Table::new(&["workload", "bytes", "B/stmt", "from_bytes", "heap", "map"]);
    for size in sizes {
        table.push(run(seed, size));
    }
    print!("{table}");
}

fn run(seed: u64, size: usize) -> Vec<String> {
    let mut workload = flat::workload(seed, size, REQUEST_COUNT);
    let bytes = subject::compile(std::mem::take(&mut workload.documents), &workload.attachments);
    let expected: Vec<Answer> = workload.requests.answers().iter().flatten().copied().collect();
    let file = tempfile::NamedTempFile::new().expect("there is room for a temporary file");
    std::fs::write(file.path(), &bytes).expect("there is room for the artifact");

    workload.requests.with_texts(usize::MAX, |texts| {
        subject::assert_answers(&workload, &map(file.path()), texts, &expected);
        let opened = time(|| Artifact::from_bytes(&bytes[..]).expect("an artifact"));
        let heap = time(|| {
            let bytes = std::fs::read(file.path()).expect("the file is there");
            first_decision(&subject::open(bytes), &texts[0])
        });
        let mapped = time(|| first_decision(&map(file.path()), &texts[0]));
        vec![
            workload.name.clone(),
            bytes.len().to_string(),
            format!("{:.1}", bytes.len() as f64 / size as f64),
            show_time(opened),
            show_time(heap),
            show_time(mapped),
        ]
    })
}

#[expect(unsafe_code, reason = "the file is this program's own and nobody else writes to it")]
fn map(path: &Path) -> Engine<memmap2::Mmap> {
    let file = File::open(path).expect("the file is there");
    // SAFETY: the temporary file is not changed while it is mapped.
    subject::open(unsafe { memmap2::Mmap::map(&file) }.expect("the file can be mapped"))
}

fn first_decision<B: AsRef<[u8]>>(engine: &Engine<B>, text: &RequestText<'_>) -> Answer {
    subject::answer(Asker::new(engine).ask(&Question::new(text)))
}

/// The median of some runs, in nanoseconds.
fn time<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut samples = Samples::default();
    for _ in 0..RUN_COUNT {
        // What is dropped here is dropped after the clock has stopped.
        drop(black_box(samples.time(1, &mut work)));
    }
    samples.summary().median
}

const REQUEST_COUNT: usize = 1_000;
const RUN_COUNT: usize = 21;
