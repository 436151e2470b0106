//! How long `ibc build` takes on an account dump, how much memory, and what the artifact grows with.
//!
//! ```text
//! cargo bench --bench accounts              1,000 to 100,000 roles
//! cargo bench --bench accounts -- 10000 50  10,000 roles that share 50 managed policies
//! ```
//!
//! Every role has ten managed policies. In the first rows there is one policy for two roles, in the others few policies for
//! many roles: the statements stay what they were, and so do the bytes about them. What remains of a role is its entry (`role`:
//! name, id, tags, lists) and its trust policy, which no other role has.
//!
//! | column | what it is |
//! |---|---|
//! | `time`, `peak MB` | of the whole program: reading the dump, parsing, compiling, writing |
//! | `units` | sets of policies with an index of their own: one for each trust policy, and one for each set of managed policies that are attached to the same roles |
//! | `B/policy` | bytes about statements for each policy, trust policies too, without the source map |
//! | `B/role` | bytes of the directory and of all names for each role |
//!
//! The answers of the artifact are compared with those of a straight loop before anything is printed.

mod subject;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ibc::Engine;
use ibc_workloads::DEFAULT_SEED;
use ibc_workloads::account::{ATTACHED_COUNT, Account, STATEMENTS_PER_POLICY};
use ibc_workloads::measure::{Table, show_time};
use subject::{Asker, Question};

fn main() {
    let is_bench = std::env::args().any(|word| word == "--bench");
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let accounts: Vec<(usize, usize)> = match numbers[..] {
        [role_count, managed_count] => vec![(role_count, managed_count)],
        _ if is_bench => {
            vec![(1_000, 500), (10_000, 5_000), (100_000, 50_000), (1_000, 100), (10_000, 100), (100_000, 100)]
        }
        _ => vec![(300, 150), (300, 40), (600, 40)],
    };
    let headings = [
        "roles",
        "policies",
        "attached",
        "dump MB",
        "time",
        "peak MB",
        "artifact MB",
        "units",
        "statements",
        "B/policy",
        "B/role",
    ];
    let mut table = Table::new(&headings);
    for (role_count, managed_count) in accounts {
        table.push(run(Account { role_count, managed_count }));
    }
    print!("{table}");
}

fn run(account: Account) -> Vec<String> {
    let directory = tempfile::tempdir().expect("there is room for a temporary directory");
    let (dump, artifact) = (directory.path().join("dump.json"), directory.path().join("x.ibc"));
    let text = account.dump();
    std::fs::write(&dump, &text).expect("there is room for the dump");
    let (time, peak_size) = build(&dump, &artifact);

    let engine = subject::open(std::fs::read(&artifact).expect("the artifact was written"));
    assert_answers(&account, &engine);
    let section = |name: &str| engine.artifact().sections().find(|(own, ..)| *own == name).expect("a section");
    let (_, directory_size, _) = section("directory");
    let (_, strings_size, _) = section("strings");
    let (_, source_map_size, _) = section("source map");
    let (_, _, unit_count) = section("units");
    let (_, _, statement_count) = section("statements");
    assert_sharing(&account, statement_count as usize, unit_count as usize);
    let size = engine.artifact().as_bytes().len();
    let per_role = f64::from(directory_size + strings_size) / account.role_count as f64;
    let policies_size = size as f64 - f64::from(directory_size + strings_size + source_map_size);
    vec![
        account.role_count.to_string(),
        account.managed_count.to_string(),
        (account.role_count * ATTACHED_COUNT).to_string(),
        format!("{:.1}", text.len() as f64 / 1e6),
        show_time(time.as_nanos() as f64),
        format!("{:.0}", peak_size as f64 / 1e6),
        format!("{:.1}", size as f64 / 1e6),
        unit_count.to_string(),
        statement_count.to_string(),
        format!("{:.0}", policies_size / (account.managed_count + account.role_count) as f64),
        format!("{per_role:.0}"),
    ]
}

/// Runs the program, and watches its memory.
fn build(dump: &Path, artifact: &Path) -> (Duration, usize) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ibc"));
    program.arg("build").arg(dump).arg("-o").arg(artifact).stdout(Stdio::null());
    let start = Instant::now();
    let mut child = program.spawn().expect("the program runs");
    let mut peak_size = 0;
    loop {
        peak_size = peak_memory(&child).max(peak_size);
        if let Some(status) = child.try_wait().expect("a child of this program") {
            assert!(status.success(), "the dump cannot be built");
            return (start.elapsed(), peak_size);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The most memory a running program ever had, in bytes; 0 where the kernel does not say.
fn peak_memory(child: &Child) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).map_or(0, |kilobytes| kilobytes * 1024)
}

/// Times of wrong answers mean nothing.
fn assert_answers(account: &Account, engine: &Engine<Vec<u8>>) {
    let requests = account.requests(DEFAULT_SEED, REQUEST_COUNT);
    requests.with_texts(REQUEST_COUNT, |texts| {
        let mut asker = Asker::new(engine);
        for (text, expected) in texts.iter().zip(requests.answers()) {
            assert_eq!(Some(subject::answer(asker.ask(&Question::new(text)))), *expected, "{account:?}: {text:?}");
        }
    });
}

/// A policy is stored once, however many roles have it, and roles with the same policies ask the same units.
fn assert_sharing(account: &Account, statement_count: usize, unit_count: usize) {
    let trust_count = account.role_count;
    assert_eq!(statement_count, account.managed_count * STATEMENTS_PER_POLICY + trust_count, "{account:?}");
    // One unit for all common policies, and at most one for each team and for each further policy.
    let managed_units = unit_count - trust_count;
    assert!(managed_units <= 1 + account.team_count() + account.own_count(), "{account:?}: {managed_units} units");
}

const REQUEST_COUNT: usize = 1_000;
