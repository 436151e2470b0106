//! The `ibc` program: compiles IAM policies and answers authorization requests.
//!
//! `args.rs` says what it understands, `cmd/` has one file per verb, `input/` turns whatever the user names into policies,
//! `asking.rs` reads the requests that are put to them, `output.rs` writes, `exit_code.rs` says how it ends.

#![allow(unreachable_pub, reason = "a program exports nothing; `pub` is what its other modules may use")]

mod allocations;
mod args;
mod asking;
mod cmd;
mod exit_code;
mod input;
mod output;
mod scenarios;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    arguments.color.write_global();
    let done = match &arguments.command {
        Command::Build(args) => cmd::build::run(args),
        Command::Check(args) => cmd::check::run(args),
        Command::Eval(args) => cmd::eval::run(args),
        Command::Explain(args) => cmd::explain::run(args),
        Command::Wanted(args) => cmd::wanted::run(args),
        Command::Test(args) => cmd::test::run(args),
        Command::Inspect(args) => cmd::inspect::run(args),
        Command::Bench(args) => cmd::bench::run(args),
    };
    output::finish(done).into()
}
