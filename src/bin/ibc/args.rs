use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use ibc::diagnostic::Severity;
use ibc::iam::{PolicyKind, Principal};

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
    Explain(ExplainArgs),
    Wanted(WantedArgs),
    Test(TestArgs),
    Inspect(InspectArgs),
    Bench(BenchArgs),
}

/// Where to look for what account dumps leave out.
#[derive(Debug, Args)]
pub struct ManagedArgs {
    /// A directory of managed policies, for those that an account dump names and does not hold
    #[arg(long = "managed", value_name = "DIR", long_help = MANAGED_HELP)]
    pub directories: Vec<PathBuf>,
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
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// The artifact to write
    #[arg(short, long, value_name = "X.ibc")]
    pub output: PathBuf,
    /// How to print counts, sizes, time and the statements left out; `json` has them all
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub stats: StatsFormat,
    /// Warn if a decision may have to verify more statements of policies attached to the same places; 0 never warns
    ///
    /// Indexes lead a decision to the few statements that can apply; where they cannot, it verifies one statement after the other.
    /// The most that a request can lead to is known when the artifact is written; the warning names the statements that cause it,
    /// and why no index tells them apart. Patterns of resources with policies that nothing tells apart count in the same way, by
    /// themselves.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_candidates: u64,
}

/// Report every mistake in policies, with the place and what to write.
#[derive(Debug, Args)]
#[command(after_help = INPUTS_HELP)]
pub struct CheckArgs {
    /// Policies: files, directories, globs, `ibc.toml`, account dumps; `-` is standard input
    #[arg(required = true, value_name = "IN")]
    pub inputs: Vec<String>,
    #[command(flatten)]
    pub managed: ManagedArgs,
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
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// Decide the scenarios of this file instead; each has its own policies
    #[arg(long, value_name = "FILE")]
    pub scenarios: Option<String>,
    /// Take each request for a whole API call of EC2 Image Builder: of ACTION or, with the option written last, of the action that
    /// the request names
    ///
    /// A call asks for more than the action it is named after: `imagebuilder:CreateImage` reads a recipe, hands a role to the
    /// service, sets tags. Every one of these questions is decided, each on its own resource and with the keys that the service
    /// supplies for it, and the most restrictive decision counts. What the others are on stands in the request's member
    /// `dependent`: {"iam:PassRole": "arn:aws:iam::111122223333:role/builder"}.
    ///
    /// An action that every call needs and that the request does not name counts as an implicit deny; one that only some calls
    /// need is listed as not asked. Dependent actions are known for EC2 Image Builder only; other operations are refused.
    #[arg(long, value_name = "ACTION", num_args = 0..=1, value_parser = operation, conflicts_with = "scenarios")]
    pub operation: Option<Option<String>>,
    /// How to print decisions
    #[arg(long, default_value = "text")]
    pub format: EvalFormat,
    /// End with 5 if some request is denied implicitly, 6 if explicitly
    #[arg(long)]
    pub exit_code: bool,
}

/// Say why a request is decided as it is, or what a diagnostic code means.
///
/// Every layer that takes part is listed with the statements that apply and, where none allows, those that came nearest: which
/// test failed, what the policy expects, what the request has.
#[derive(Debug, Args)]
#[command(override_usage = "ibc explain [OPTIONS] <X.ibc|IN> <REQUEST>...\n       ibc explain <CODE>")]
pub struct ExplainArgs {
    /// An artifact, or anything that `build` accepts; alone, a code that `check` prints, such as `invalid-effect`
    #[arg(value_name = "X.ibc|IN|CODE")]
    pub policies: String,
    /// Files of requests, or a request itself; `-` reads JSON Lines from standard input
    #[arg(value_name = "REQUEST")]
    pub requests: Vec<String>,
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// Go into every statement of every layer that takes part
    #[arg(long)]
    pub all: bool,
    /// How to print explanations; JSON has the members of the IAM simulator's results, and everything in `layers`
    #[arg(long, default_value = "text")]
    pub format: ExplainFormat,
}

/// List the context keys that can still change a decision.
///
/// What a request says counts as known; a context key with an empty list is known to be absent. A gateway needs to fetch only what
/// is listed: no other key changes the decision.
#[derive(Debug, Args)]
pub struct WantedArgs {
    /// An artifact, or anything that `build` accepts
    #[arg(value_name = "X.ibc|IN")]
    pub policies: String,
    /// Files of requests, or a request itself; `-` reads JSON Lines from standard input
    #[arg(required = true, value_name = "REQUEST")]
    pub requests: Vec<String>,
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// How to print keys
    #[arg(long, default_value = "text")]
    pub format: WantedFormat,
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
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// Run only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
}

/// Show what is inside an artifact, or with `--plan` which way decisions take through it.
///
/// Lists who and what has policies, how the statements are kept together and found, and the context keys and services they name.
/// With `--action`, `--key`, `--principal`, lists the statements behind them instead, with file, line and what they are attached to;
/// with several of these, the statements behind all of them.
#[derive(Debug, Args)]
#[command(after_long_help = TERMS_HELP)]
pub struct InspectArgs {
    /// An artifact, or anything that `build` accepts
    #[arg(value_name = "X.ibc|IN")]
    pub policies: String,
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// Show how this request is decided: a file of requests, or a request itself; `-` reads JSON Lines from standard input
    ///
    /// Lists the layers that are asked, by which access keys each unit is searched and with which values of the request, how many
    /// statements that leads to, how long lists are narrowed, and which statements are verified at last.
    #[arg(long = "plan", value_name = "REQUEST", conflicts_with_all = ["action", "key", "principal"])]
    pub requests: Vec<String>,
    /// List the statements whose `Action` or `NotAction` matches this action
    #[arg(long, value_name = "ACTION", value_parser = action)]
    pub action: Option<String>,
    /// List the statements that ask for this context key, in a condition or a policy variable; a name without colon is a tag key
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// List the statements of this principal's policies and boundary, and of everyone's
    #[arg(long, value_name = "ARN", value_parser = principal)]
    pub principal: Option<String>,
    /// How to print what is found
    #[arg(long, default_value = "text")]
    pub format: InspectFormat,
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
    /// Files of requests, JSON or JSON Lines, or requests themselves; `-` is standard input
    #[arg(required = true, value_name = "REQUESTS")]
    pub requests: Vec<String>,
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    pub seconds: f64,
    /// How to print the figures
    #[arg(long, default_value = "text")]
    pub format: BenchFormat,
}

/// One action, without wildcards: patterns that match it are found.
fn action(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((service, name)) if !service.is_empty() && !name.is_empty() && !text.contains(['*', '?']) => Ok(text.to_owned()),
        _ => Err("write an action without wildcards, such as `imagebuilder:CreateImage`".to_owned()),
    }
}

/// Whoever can ask, as a request names it.
fn principal(text: &str) -> Result<String, String> {
    Principal::parse(text).map(|_| text.to_owned()).ok_or_else(|| "write the ARN of a principal".to_owned())
}

/// An action, and not the policies: an option whose value may be missing takes what follows it.
fn operation(text: &str) -> Result<String, String> {
    let is_action = text.split_once(':').is_some_and(|(service, name)| {
        [service, name]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    });
    if is_action {
        return Ok(text.to_owned());
    }
    Err("write an action such as `imagebuilder:CreateImage`, or write `--operation` last".to_owned())
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

/// How `inspect` prints what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InspectFormat {
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

/// How `explain` prints explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    Text,
    Json,
}

/// How `wanted` prints keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WantedFormat {
    Text,
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

const MANAGED_HELP: &str = "\
A directory of managed policies, for those that an account dump names and does not hold

Its files are recognised by content: a policy document, or the output of `aws iam get-policy-version`, is AWS's managed policy \
of the file's name without `.json`; of dumps, the managed policies in them count. May be given several times.";

const INPUTS_HELP: &str = "\
Inputs are recognised by content:
  a policy document        attached to every caller (identity layer)
  a directory              all policy documents in it, or its `ibc.toml`
  a manifest (ibc.toml)    says what is attached to which principal, account, resource, endpoint
  an account dump          output of `aws iam get-account-authorization-details`,
                           in one piece or in pages";

const TERMS_HELP: &str = "\
Terms:
  unit         statements attached together and searched together; principals with the same
               policies share one. What statements are filed under is shown of the ten largest
  access key   the parts of a request that statements are filed under, such as a tag's value:
               a request looks up its own value, and finds what is filed under that alone
  value        what is looked up; each has a place, a slot, in the unit's hash table
  name, part   of a resource: what follows the account in its ARN, and pieces of that, each up
               to one of / : - _ .
  action       of all actions, those that no policy tells apart are one value of it
  narrowed     statements of a long list that cannot apply are left out without being looked at;
               what narrows is shown of the longest list
  verified     looked at one by one, for whatever the indexes that led there do not answer: action,
               resource, conditions; the more are, the longer a decision takes";

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());
