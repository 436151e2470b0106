use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use ibc::diagnostic::Severity;
use ibc::iam::PolicyKind;

use crate::exit_code;

/// Compiles AWS-style IAM policies ahead of time and answers authorization requests from them.
#[derive(Debug, Parser)]
#[command(name = "ibc", version, after_help = exit_code::HELP, styles = STYLES)]
pub struct Arguments {
    #[command(flatten)]
    pub color: Color,
    #[command(subcommand)]
    pub command: Command,
}

/// When to colour the output; NO_COLOR and CLICOLOR_FORCE are obeyed as well.
#[derive(Debug, Args)]
pub struct Color {
    /// Colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

impl Color {
    /// Decides for everything that is written from now on.
    pub fn write_global(&self) {
        let choice = match self.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Build(BuildArgs),
    Check(CheckArgs),
    Eval(EvalArgs),
    Test(TestArgs),
    Inspect(InspectArgs),
    Bench(BenchArgs),
}

/// Compile policies into an artifact.
///
/// The artifact is written in full or not at all: an existing file stays as it is until the new one is complete.
#[derive(Debug, Args)]
#[command(after_help = INPUTS_HELP)]
pub struct BuildArgs {
    /// Policies: files, directories, globs, `ibc.toml`, account dumps; `-` is standard input
    #[arg(required = true, value_name = "IN")]
    pub inputs: Vec<String>,
    /// The artifact to write
    #[arg(short, long, value_name = "X.ibc")]
    pub output: PathBuf,
    /// How to print counts, sizes, time and the statements left out; `json` has them all
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub stats: StatsFormat,
}

/// Report every mistake in policies, with the place and what to write.
#[derive(Debug, Args)]
#[command(after_help = INPUTS_HELP)]
pub struct CheckArgs {
    /// Policies: files, directories, globs, `ibc.toml`, account dumps; `-` is standard input
    #[arg(required = true, value_name = "IN")]
    pub inputs: Vec<String>,
    /// The type of policy documents; without it, what they look like
    #[arg(long = "type", value_name = "TYPE", value_parser = policy_kind())]
    pub kind: Option<String>,
    /// How to print findings
    #[arg(long, default_value = "text")]
    pub format: CheckFormat,
    /// The least severity that makes the check fail; with `none`, findings never do
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub fail_level: FailLevel,
}

/// Decide requests.
///
/// Requests are JSON: one object, a list, or JSON Lines. A request that cannot be read is reported, and the others are still
/// decided.
#[derive(Debug, Args)]
#[command(override_usage = "ibc eval [OPTIONS] <X.ibc|IN> <REQUEST>...\n       ibc eval [OPTIONS] --scenarios <FILE>")]
pub struct EvalArgs {
    /// An artifact, or anything that `build` accepts
    #[arg(required_unless_present = "scenarios", conflicts_with = "scenarios", value_name = "X.ibc|IN")]
    pub policies: Option<String>,
    /// Files of requests, or a request itself; `-` reads JSON Lines from standard input
    #[arg(required_unless_present = "scenarios", conflicts_with = "scenarios", value_name = "REQUEST")]
    pub requests: Vec<String>,
    /// Decide the scenarios of this file instead; each has its own policies
    #[arg(long, value_name = "FILE")]
    pub scenarios: Option<String>,
    /// How to print decisions
    #[arg(long, default_value = "text")]
    pub format: EvalFormat,
    /// End with 5 if some request is denied implicitly, 6 if explicitly
    #[arg(long)]
    pub exit_code: bool,
}

/// Run scenarios: through the reference evaluator, and through the compiled engine.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Scenario files (JSON, JSON Lines, TOML), directories or globs; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// How to print results
    #[arg(long, default_value = "text")]
    pub format: TestFormat,
    /// Run only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
}

/// Show what is inside an artifact.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The artifact
    #[arg(value_name = "X.ibc")]
    pub artifact: String,
}

/// Measure decisions on your own policies and requests.
///
/// A decision begins with the texts of a request. Mean and throughput come from passes over all requests; percentiles from single
/// calls, each timed alone, the cost of the clock taken off. The floor hashes the strings of a request and looks one of them up.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// An artifact, or anything that `build` accepts
    #[arg(value_name = "X.ibc|IN")]
    pub policies: String,
    /// Files of requests, JSON or JSON Lines; `-` is standard input
    #[arg(required = true, value_name = "REQUESTS")]
    pub requests: Vec<String>,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    pub seconds: f64,
    /// How to print the figures
    #[arg(long, default_value = "text")]
    pub format: BenchFormat,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("write a number of seconds from 0 to 3600".to_owned()),
    }
}

/// How `build` prints counts.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StatsFormat {
    Text,
    Json,
}

/// How `check` prints findings.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CheckFormat {
    Text,
    Json,
}

/// How `bench` prints figures.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum BenchFormat {
    Text,
    Json,
}

/// How `eval` prints decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EvalFormat {
    Text,
    Json,
    Jsonl,
}

/// How `test` prints results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    Text,
    Json,
    Junit,
}

/// From which severity on `check` fails.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FailLevel {
    Error,
    SecurityWarning,
    Warning,
    Suggestion,
    None,
}

impl FailLevel {
    /// Whether a finding of this severity fails the check.
    pub fn is_reached_by(self, severity: Severity) -> bool {
        // Severities sort worst first.
        match self {
            FailLevel::Error => severity <= Severity::Error,
            FailLevel::SecurityWarning => severity <= Severity::SecurityWarning,
            FailLevel::Warning => severity <= Severity::Warning,
            FailLevel::Suggestion => severity <= Severity::Suggestion,
            FailLevel::None => false,
        }
    }
}

fn policy_kind() -> clap::builder::PossibleValuesParser {
    PolicyKind::ALL.map(PolicyKind::as_str).into()
}

const INPUTS_HELP: &str = "\
Inputs are recognised by content:
  a policy document        attached to every caller (identity layer)
  a directory              all policy documents in it, or its `ibc.toml`
  a manifest (ibc.toml)    says what is attached to which principal, account, resource, endpoint
  an account dump          output of `aws iam get-account-authorization-details`";

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());
