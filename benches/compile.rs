//! How long it takes to compile policies, how much memory, and how both grow.
//!
//! ```text
//! cargo bench --bench compile               flat of 10,000, 100,000 and 1,000,000 statements
//! cargo bench --bench compile -- 10000
//! ```
//!
//! Parsing begins with the JSON texts in memory and ends with the trees; compiling begins with the trees and ends with the bytes
//! of the artifact. Each size runs in a process of its own, whose peak memory is read from the kernel; the texts are part of it.
//! `grows` is the time against the row before, divided by the ratio of the sizes: 1.00 is linear.

mod subject;

use std::process::Command;
use std::time::Instant;

use ibc::source::SourceMap;
use ibc_workloads::measure::{Table, show_time};
use ibc_workloads::{Answer, DEFAULT_SEED, flat};

fn main() {
    let is_bench = std::env::args().any(|word| word == "--bench");
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [flag, size] = &words[..]
        && flag == CHILD
    {
        return println!("{}", measure(size.parse().expect("a number")));
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if is_bench { vec![10_000, 100_000, 1_000_000] } else { vec![1_000] };
    }
    let headings = ["workload", "texts MB", "parse", "compile", "stmt/s", "grows", "peak MB", "artifact MB"];
    let mut table = Table::new(&headings);
    let mut last: Option<(usize, f64)> = None;
    for size in sizes {
        let run = in_process_of_its_own(size);
        let seconds = run.parse + run.compile;
        let growth = last.map(|(last_size, last_seconds)| seconds / last_seconds / (size as f64 / last_size as f64));
        last = Some((size, seconds));
        table.push([
            format!("flat-{size}"),
            format!("{:.1}", run.text_size / 1e6),
            show_time(run.parse * 1e9),
            show_time(run.compile * 1e9),
            format!("{:.0}", size as f64 / seconds),
            growth.map_or("-".to_owned(), |growth| format!("{growth:.2}")),
            format!("{:.0}", run.peak_size / 1e6),
            format!("{:.1}", run.artifact_size / 1e6),
        ]);
    }
    print!("{table}");
}

/// Seconds and bytes of one size.
#[derive(Debug)]
struct Run {
    text_size: f64,
    parse: f64,
    compile: f64,
    peak_size: f64,
    artifact_size: f64,
}

fn in_process_of_its_own(size: usize) -> Run {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args([CHILD, &size.to_string()]).output().expect("this program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [text_size, parse, compile, peak_size, artifact_size] = numbers[..] else { panic!("unexpected line: {line}") };
    Run { text_size, parse, compile, peak_size, artifact_size }
}

/// What the child prints: the members of [`Run`].
fn measure(size: usize) -> String {
    let mut workload = flat::workload(DEFAULT_SEED, size, REQUEST_COUNT);
    let documents = std::mem::take(&mut workload.documents);
    let text_size: usize = documents.iter().map(|document| document.text.len()).sum();

    let start = Instant::now();
    let mut sources = SourceMap::new();
    let bundle = subject::parse(&mut sources, documents, &workload.attachments);
    let parse = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let bytes = ibc::compile(&sources, &bundle).expect("the workload fits one artifact");
    let compile = start.elapsed().as_secs_f64();
    let (peak_size, artifact_size) = (peak_memory(), bytes.len());

    let expected: Vec<Answer> = workload.requests.answers().iter().flatten().copied().collect();
    let engine = subject::open(bytes);
    workload.requests.with_texts(CHECKED_COUNT, |texts| subject::assert_answers(&workload, &engine, texts, &expected));
    format!("{text_size} {parse} {compile} {peak_size} {artifact_size}")
}

/// The most memory this process ever had, in bytes; 0 where the kernel does not say.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).map_or(0, |kilobytes| kilobytes * 1024)
}

const CHILD: &str = "--child";
const REQUEST_COUNT: usize = 1_000;
const CHECKED_COUNT: usize = 100;
