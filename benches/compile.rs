//! How long it takes to compile policies, how much memory, and how both grow.
//!
//! ```text
//! cargo bench --bench compile                    flat of 10,000, 100,000 and 1,000,000 statements, and a session policy
//! cargo bench --bench compile -- 10000
//! cargo bench --bench compile -- files 1000000   the same as files of 100 statements each, by `ibc build DIRECTORY`
//! ```
//!
//! Parsing begins with the JSON texts in memory and ends with the trees; compiling begins with the trees and ends with the bytes
//! of the artifact. The stages are given in CPU time of all threads, `elapsed` is what a clock on the wall says. Each size runs in
//! a process of its own, whose peak memory is read from the kernel; the texts are part of it. `grows` is the CPU time against the
//! row before, divided by the ratio of the sizes: 1.00 is linear.
//!
//! A session policy is parsed and compiled while somebody waits, so it must take microseconds.

mod subject;

use std::borrow::Cow;
use std::error::Error;
use std::process::Command;
use std::time::Instant;

use ibc::compile::{Options, compile_reporting};
use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::parse_policy;
use ibc_workloads::measure::{Samples, Table, process_time, show_time};
use ibc_workloads::{Answer, DEFAULT_SEED, flat};

fn main() -> Result<(), Box<dyn Error>> {
    let is_bench = std::env::args().any(|word| word == "--bench");
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        Some(CHILD) => {
            println!("{}", measure(words[1].parse()?));
            return Ok(());
        }
        Some("files") => return build_files(words.get(1).map_or(Ok(1_000_000), |word| word.parse())?),
        _ => {}
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if is_bench { vec![10_000, 100_000, 1_000_000] } else { vec![1_000] };
    }
    print!("{}", sizes_table(&sizes));
    print!("\n{}", session_table(if is_bench { 2_000 } else { 10 }));
    Ok(())
}

fn sizes_table(sizes: &[usize]) -> Table {
    let headings =
        ["workload", "texts MB", "parse", "lower", "optimize", "write", "stmt/s", "elapsed", "grows", "peak MB", "artifact MB"];
    let mut table = Table::new(&headings);
    let mut last: Option<(usize, f64)> = None;
    for &size in sizes {
        let run = in_process_of_its_own(size);
        let seconds: f64 = run.stages.iter().sum();
        let growth = last.map(|(last_size, last_seconds)| seconds / last_seconds / (size as f64 / last_size as f64));
        last = Some((size, seconds));
        let [parse, lower, optimize, write] = run.stages.map(|seconds| show_time(seconds * 1e9));
        table.push([
            format!("flat-{size}"),
            format!("{:.1}", run.text_size / 1e6),
            parse,
            lower,
            optimize,
            write,
            format!("{:.0}", size as f64 / run.elapsed),
            show_time(run.elapsed * 1e9),
            growth.map_or("-".to_owned(), |growth| format!("{growth:.2}")),
            format!("{:.0}", run.peak_size / 1e6),
            format!("{:.1}", run.artifact_size / 1e6),
        ]);
    }
    table
}

/// Seconds and bytes of one size.
#[derive(Debug)]
struct Run {
    text_size: f64,
    /// Parse, lower, optimize, write.
    stages: [f64; 4],
    elapsed: f64,
    peak_size: f64,
    artifact_size: f64,
}

fn in_process_of_its_own(size: usize) -> Run {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args([CHILD, &size.to_string()]).output().expect("this program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [text_size, parse, lower, optimize, write, elapsed, peak_size, artifact_size] = numbers[..] else {
        panic!("unexpected line: {line}")
    };
    Run { text_size, stages: [parse, lower, optimize, write], elapsed, peak_size, artifact_size }
}

/// What the child prints: the members of [`Run`].
fn measure(size: usize) -> String {
    let mut workload = flat::workload(DEFAULT_SEED, size, REQUEST_COUNT);
    let documents = std::mem::take(&mut workload.documents);
    let text_size: usize = documents.iter().map(|document| document.text.len()).sum();

    let start = Instant::now();
    let mut clock = vec![process_time()];
    let mut sources = SourceMap::new();
    let bundle = subject::parse(&mut sources, documents, &workload.attachments);
    let compiled = compile_reporting(&sources, Cow::Owned(bundle), &Options::default(), &mut |_| clock.push(process_time()));
    clock.push(process_time());
    let elapsed = start.elapsed().as_secs_f64();
    let bytes = compiled.expect("the workload fits one artifact").bytes;
    let (peak_size, artifact_size) = (peak_memory(), bytes.len());

    let expected: Vec<Answer> = workload.requests.answers().iter().flatten().copied().collect();
    let engine = subject::open(bytes);
    workload.requests.with_texts(CHECKED_COUNT, |texts| subject::assert_answers(&workload, &engine, texts, &expected));
    let stages: Vec<String> = clock.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64().to_string()).collect();
    format!("{text_size} {} {elapsed} {peak_size} {artifact_size}", stages.join(" "))
}

/// The most memory this process ever had, in bytes; 0 where the kernel does not say.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).map_or(0, |kilobytes| kilobytes * 1024)
}

/// How long one takes that travels with a request.
fn session_table(rounds: usize) -> Table {
    let mut table = Table::new(&["session policy", "parse", "compile", "artifact bytes"]);
    for statement_count in [1, 10] {
        let statement = |number| {
            format!(
                r#"{{"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject", "imagebuilder:Get*"],
                    "Resource": "arn:aws:s3:::bucket-{number}/*",
                    "Condition": {{"StringEquals": {{"aws:ResourceTag/team": "${{aws:PrincipalTag/team}}"}}}}}}"#
            )
        };
        let statements: Vec<String> = (0..statement_count).map(statement).collect();
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        let (mut parse, mut compile, mut size) = (Samples::default(), Samples::default(), 0);
        for _ in 0..rounds {
            let mut sources = SourceMap::new();
            let parsed = parse.time(1, || {
                let source = sources.add("session", text.as_str());
                parse_policy(&sources, source, None, PolicyKind::Session)
            });
            let policies = [parsed.policy.expect("it is a session policy")];
            let bytes = compile.time(1, || ibc::compile_overlay(&sources, &policies)).expect("it is small");
            size = bytes.len();
        }
        let median = |samples: &Samples| show_time(samples.summary().median);
        table.push([format!("{statement_count} statements"), median(&parse), median(&compile), size.to_string()]);
    }
    table
}

/// Writes the documents as files, has the program build them, and prints what it tells.
fn build_files(size: usize) -> Result<(), Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let documents = flat::workload(DEFAULT_SEED, size, REQUEST_COUNT).documents;
    let directory = place.path().join("policies");
    std::fs::create_dir(&directory)?;
    for (number, document) in documents.iter().enumerate() {
        std::fs::write(directory.join(format!("{number:06}.json")), &document.text)?;
    }
    let file_count = documents.len();
    drop(documents);
    let start = Instant::now();
    let program = Command::new(env!("CARGO_BIN_EXE_ibc"));
    let output =
        { program }.arg("build").arg(&directory).arg("-o").arg(place.path().join("x.ibc")).args(["--stats", "json"]).output()?;
    let elapsed = start.elapsed().as_secs_f64();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stats: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    println!(
        "{file_count} files, {} statements: {}, {} bytes of memory",
        stats["statements"],
        show_time(elapsed * 1e9),
        stats["peakMemoryBytes"]
    );
    for stage in stats["stages"].as_array().into_iter().flatten() {
        println!(
            "  {:<10} {:>10.1} ms",
            stage["stage"].as_str().unwrap_or_default(),
            stage["milliseconds"].as_f64().unwrap_or_default()
        );
    }
    println!("  {} bytes, {} per statement", stats["artifactBytes"], stats["bytesPerStatement"]);
    Ok(())
}

const CHILD: &str = "--child";
const REQUEST_COUNT: usize = 1_000;
const CHECKED_COUNT: usize = 100;
