//! `ibc test`: scenarios through the reference evaluator and through the engine.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use ibc::document::InputError;
use ibc::scenario::{Answer, Answers, Case, Expectation};

use crate::args::{TestArgs, TestFormat};
use crate::exit_code::ExitCode;
use crate::input;
use crate::output::{self, Done, ERROR, FAINT, GOOD};
use crate::scenarios::{self, FileLoader};

pub fn run(args: &TestArgs) -> Done {
    let start = Instant::now();
    let mut report = Report { format: args.format, results: Vec::new(), duration: Duration::ZERO };
    for path in scenario_paths(&args.files)? {
        report.run_file(&path, &args.managed.directories, args.filter.as_deref())?;
    }
    report.duration = start.elapsed();
    if report.results.is_empty() {
        return Err("no scenario to run; look at the files and at --filter".into());
    }
    report.write(&mut output::stdout())?;
    Ok(if report.failures().next().is_none() { ExitCode::Success } else { ExitCode::TestsFailed })
}

/// The scenario files that the arguments name; of a directory, all files that hold scenarios.
fn scenario_paths(arguments: &[String]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = Vec::new();
    for argument in arguments {
        for path in input::find_files(argument)? {
            if !path.is_dir() {
                paths.push(path);
                continue;
            }
            for path in input::files_below(&path)? {
                if has_scenario_extension(&path) && holds_scenarios(&input::read_text(&path)?) {
                    paths.push(path);
                }
            }
        }
    }
    Ok(paths)
}

fn has_scenario_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["json", "jsonl", "toml"].iter().any(|&known| extension == known))
}

/// Tells scenarios from the policies, manifests and requests that lie beside them.
fn holds_scenarios(text: &str) -> bool {
    ["[[scenario]]", "\"scenario\"", "\"request\"", "\"requests\""].iter().any(|mark| text.contains(mark))
}

/// All results, and how to show them.
struct Report {
    format: TestFormat,
    results: Vec<TestResult>,
    duration: Duration,
}

/// What came out of one case.
struct TestResult {
    file: String,
    name: String,
    rule: Option<String>,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// The two ways to decide differ: a bug of this program, whatever the scenario expects.
    Disagreement(String),
    /// Both agree on something else than expected.
    Failed(String),
}

impl Report {
    fn run_file(&mut self, path: &Path, managed: &[PathBuf], filter: Option<&str>) -> Result<(), Box<dyn Error>> {
        let file = scenarios::read(path)?;
        let mut cases = file.cases();
        cases.retain(|case| filter.is_none_or(|filter| case.name.contains(filter)));
        let answers = scenarios::decide_all(&cases, &FileLoader::new(path, managed));
        self.results.extend(cases.into_iter().zip(answers).map(|(case, answers)| TestResult {
            file: file.name().to_owned(),
            outcome: judge(&case, &answers),
            name: case.name,
            rule: case.rule,
        }));
        Ok(())
    }

    fn failures(&self) -> impl Iterator<Item = (&TestResult, &'static str, &str)> {
        self.results.iter().filter_map(|result| match &result.outcome {
            Outcome::Passed => None,
            Outcome::Disagreement(message) => Some((result, "DISAGREEMENT", message.as_str())),
            Outcome::Failed(message) => Some((result, "failed", message.as_str())),
        })
    }

    fn write(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        match self.format {
            TestFormat::Text => self.write_text(out)?,
            TestFormat::Json => output::write_json(out, &self.to_json())?,
            TestFormat::Junit => self.write_junit(out)?,
        }
        Ok(out.flush()?)
    }

    fn write_text(&self, out: &mut impl Write) -> std::io::Result<()> {
        // The loudest last: that is where the eye is.
        let (disagreements, failures): (Vec<_>, Vec<_>) =
            self.failures().partition(|(result, ..)| matches!(result.outcome, Outcome::Disagreement(_)));
        for (result, label, message) in failures.iter().chain(&disagreements) {
            let rule = result.rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
            writeln!(out, "{ERROR}{label}{ERROR:#} {}{rule} {FAINT}{}{FAINT:#}", result.name, result.file)?;
            writeln!(out, "  {message}")?;
        }
        if !disagreements.is_empty() {
            let count = output::count(disagreements.len(), "scenario", "scenarios");
            writeln!(out, "{ERROR}reference evaluator and engine disagree in {count}: a bug of ibc, please report it{ERROR:#}")?;
        }
        let failed = failures.len() + disagreements.len();
        let passed = self.results.len() - failed;
        let seconds = self.duration.as_secs_f64();
        let count = |number| output::count(number, "scenario", "scenarios");
        match failed {
            0 => writeln!(out, "{GOOD}ok{GOOD:#} {} passed in {seconds:.2} s", count(passed)),
            _ => {
                let passed = output::grouped(passed);
                writeln!(out, "{ERROR}{} failed{ERROR:#}, {passed} passed in {seconds:.2} s", count(failed))
            }
        }
    }

    fn to_json(&self) -> serde_json::Value {
        let result = |result: &TestResult| {
            let (outcome, message) = match &result.outcome {
                Outcome::Passed => ("passed", None),
                Outcome::Disagreement(message) => ("disagreement", Some(message)),
                Outcome::Failed(message) => ("failed", Some(message)),
            };
            json!({"file": result.file, "name": result.name, "rule": result.rule, "outcome": outcome, "message": message})
        };
        let failed = self.failures().count();
        json!({
            "passed": self.results.len() - failed,
            "failed": failed,
            "results": self.results.iter().map(result).collect::<Vec<_>>(),
        })
    }

    fn write_junit(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (tests, failures) = (self.results.len(), self.failures().count());
        let seconds = self.duration.as_secs_f64();
        writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        writeln!(out, r#"<testsuite name="ibc" tests="{tests}" failures="{failures}" time="{seconds:.3}">"#)?;
        for result in &self.results {
            write!(out, r#"  <testcase classname="{}" name="{}""#, xml(&result.file), xml(&result.name))?;
            match &result.outcome {
                Outcome::Passed => writeln!(out, "/>")?,
                Outcome::Disagreement(message) => write_junit_failure(out, "disagreement", message)?,
                Outcome::Failed(message) => write_junit_failure(out, "failed", message)?,
            }
        }
        writeln!(out, "</testsuite>")
    }
}

fn write_junit_failure(out: &mut impl Write, kind: &str, message: &str) -> std::io::Result<()> {
    writeln!(out, r#"><failure type="{kind}" message="{}"/></testcase>"#, xml(message))
}

/// Text as an XML attribute; characters that XML has not become spaces.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

fn judge(case: &Case<'_>, answers: &Result<Answers, InputError>) -> Outcome {
    let answers = match answers {
        Ok(answers) => answers,
        Err(_) if case.expect == Some(Expectation::Error) => return Outcome::Passed,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    if !answers.agree() {
        return Outcome::Disagreement(format!("reference says {}, engine says {}", answers.reference, answers.engine));
    }
    let answer = answers.reference;
    match case.expect {
        // Without an expectation, the agreement is what was tested.
        None => Outcome::Passed,
        Some(expected) if is_as_expected(case, expected, answer) => Outcome::Passed,
        Some(expected) => {
            let layer = case.layer.map(|layer| format!(" ({layer})")).unwrap_or_default();
            Outcome::Failed(format!("expected {expected}{layer}, got {answer}"))
        }
    }
}

fn is_as_expected(case: &Case<'_>, expected: Expectation, answer: Answer) -> bool {
    expected.decision() == Some(answer.decision) && (case.layer.is_none() || case.layer == answer.layer)
}
