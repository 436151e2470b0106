//! The same policies and requests through `ibc` and through other policy engines.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- --plot docs/peers.svg
//! ```
//!
//! [`engine`] holds the engines, one file each; [`policy`] reads what is translated for them; [`run`] takes a workload through
//! all of them: loads, compares the answers with the expected ones, and lets them [`race`]; [`report`] and [`plot`] show it.

mod arguments;
mod engine;
mod heap;
mod plot;
mod policy;
mod race;
mod report;
mod run;

use std::path::Path;

use arguments::{Arguments, Case};
use clap::Parser;
use run::Run;

fn main() {
    let arguments = Arguments::parse();
    let runs = run_all(&arguments);
    print!("{}", report::render(&runs, arguments.markdown));
    if let Some(path) = &arguments.json {
        write(path, &format!("{:#}\n", report::to_json(&runs, arguments.seed)));
    }
    if let Some(path) = &arguments.plot {
        write(path, &plot::draw(&runs));
    }
}

fn run_all(arguments: &Arguments) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for case in arguments.cases() {
        // Only a smaller workload of the same kind says how long this one will take.
        let previous = runs.last().filter(|_| matches!(case, Case::Flat { .. }));
        let run = Run::new(case, arguments.seed, arguments.pace(), previous);
        runs.push(run);
    }
    runs
}

fn write(path: &Path, text: &str) {
    if let Err(error) = std::fs::write(path, text) {
        eprintln!("{}: {error}", path.display());
        std::process::exit(1);
    }
}
