use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use ibc::document::{InputError, TextFile};
use ibc::iam::{Decision, Layer, PolicyKind, arn::Arn};
use ibc::request::document::RequestDocument;
use ibc::scenario::{Answer, Case, LoadedBundle, Loader, MatchedStatement, NoFiles, OperationName, Ruling, ScenarioFile};
use ibc::{Artifact, Engine};

use super::Tally;
use super::operation::OperationLine;
use crate::args::EvalFormat;
use crate::input;
use crate::output::{self, FAINT};

/// What each request stands for.
pub(super) enum Scope {
    /// One authorization question.
    Question,
    /// An API call: the one of this name, or the one that the request names.
    Operation(Option<OperationName>),
}

/// Decides every request over the policies and prints the answers in the order of the requests.
pub(super) fn run(
    policies: &str,
    managed: &[PathBuf],
    requests: &[String],
    scope: Scope,
    format: EvalFormat,
) -> Result<Tally, Box<dyn Error>> {
    let policies = Policies { engine: open(policies, managed)?, scope };
    let mut printer = Printer { format, out: output::stdout(), tally: Tally::default(), written_count: 0 };
    for request in requests {
        if request == "-" {
            decide_stream(&policies, &mut printer)?;
        } else if request.trim_start().starts_with('{') {
            decide_file(&policies, TextFile::new("<request>", request.as_str()), &mut printer)?;
        } else {
            for path in input::find_files(request)? {
                let file = TextFile::new(input::display_name(&path), input::read_text(&path)?);
                decide_file(&policies, file, &mut printer)?;
            }
        }
    }
    printer.finish()
}

fn decide_file(policies: &Policies, file: TextFile, printer: &mut Printer<impl Write>) -> Result<(), Box<dyn Error>> {
    let file = ScenarioFile::of_requests(file);
    for case in file.cases() {
        printer.write(&policies.decide(&case))?;
    }
    Ok(())
}

/// Decides each line of standard input as it comes.
fn decide_stream(policies: &Policies, printer: &mut Printer<impl Write>) -> Result<(), Box<dyn Error>> {
    for (index, line) in io::stdin().lock().lines().enumerate() {
        let line = line?;
        if !line.trim().is_empty() {
            decide_file(policies, TextFile::new(input::STDIN, line).starting_at_line(index as u32 + 1), printer)?;
            printer.out.flush()?;
        }
    }
    Ok(())
}

/// What requests are decided over: an artifact, or one compiled just now.
struct Policies {
    engine: Engine<Vec<u8>>,
    scope: Scope,
}

fn open(policies: &str, managed: &[PathBuf]) -> Result<Engine<Vec<u8>>, Box<dyn Error>> {
    let path = Path::new(policies);
    if path.is_file() && input::begins_like_artifact(path)? {
        return Ok(Engine::new(input::read_artifact(path)?));
    }
    let loaded = input::read(&[policies.to_owned()], managed, Some(PolicyKind::Identity))?.into_bundle()?;
    let bytes = ibc::compile(&loaded.sources, &loaded.bundle)?;
    Ok(Engine::new(Artifact::from_bytes(bytes)?))
}

impl Policies {
    fn decide<'a>(&'a self, case: &Case<'a>) -> Result<Line, InputError> {
        match &self.scope {
            Scope::Question => {
                let scenario = case.load(self)?;
                Ok(Line::Question(QuestionLine::new(&scenario.request, scenario.ask(&self.engine)?)))
            }
            Scope::Operation(name) => {
                let call = case.load_operation(name.as_ref(), self)?;
                Ok(Line::Operation(OperationLine::new(&call.ask(&self.engine)?)))
            }
        }
    }
}

impl Loader for Policies {
    fn policy(&self, path: &str) -> Result<(String, String), String> {
        NoFiles.policy(path)
    }

    /// Empty: the engine knows the policies.
    fn bundle(&self, _path: &str) -> Result<Arc<LoadedBundle>, String> {
        Ok(Arc::default())
    }
}

/// The answer to one request.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Line {
    Question(QuestionLine),
    Operation(OperationLine),
}

impl Line {
    fn decision(&self) -> Decision {
        match self {
            Line::Question(line) => line.answer.decision,
            Line::Operation(line) => line.decision,
        }
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Line::Question(line) => line.write_text(out),
            Line::Operation(line) => line.write_text(out),
        }
    }
}

/// The answer to one authorization question, with what a reader needs to understand it.
#[derive(Debug, Serialize)]
struct QuestionLine {
    decision: &'static str,
    layer: Option<&'static str>,
    principal: String,
    action: String,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<Statement>,
    #[serde(skip)]
    answer: Answer,
}

/// The statement that an answer rests on.
#[derive(Debug, Serialize)]
pub(super) struct Statement {
    sid: Option<String>,
    file: String,
    line: u32,
    column: u32,
}

impl QuestionLine {
    fn new(request: &RequestDocument<'_>, ruling: Ruling) -> QuestionLine {
        let Ruling { answer, statement } = ruling;
        QuestionLine {
            decision: answer.decision.as_str(),
            layer: answer.layer.map(Layer::as_str),
            principal: request.principal.principal_for(&request.action).name.to_owned(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            statement: statement.map(Statement::from),
            answer,
        }
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let style = output::decision_style(self.decision);
        writeln!(out, "{style}{:<12}{style:#}  {}", self.decision, self.action)?;
        writeln!(out, "              {FAINT}by{FAINT:#} {}", self.principal)?;
        writeln!(out, "              {FAINT}on{FAINT:#} {}", self.resource)?;
        writeln!(out, "              {}", reason(self.answer, self.statement.as_ref(), &self.resource))
    }
}

/// Why, in one sentence.
pub(super) fn reason(answer: Answer, statement: Option<&Statement>, resource: &str) -> String {
    let Some(layer) = answer.layer else { return "this action needs no permission".to_owned() };
    let policy = match layer {
        Layer::Resource if Arn::parse(resource).is_some_and(|arn| arn.is_role()) => "role trust policy",
        _ => layer_name(layer),
    };
    let place = statement.map(|statement| format!(": {statement}")).unwrap_or_default();
    match answer.decision {
        Decision::Allow => format!("allowed by the {policy}{place}"),
        Decision::ExplicitDeny => format!("denied by the {policy}{place}"),
        Decision::ImplicitDeny => format!("no {policy} allows it"),
    }
}

impl From<MatchedStatement> for Statement {
    fn from(MatchedStatement { file, line, column, sid }: MatchedStatement) -> Statement {
        Statement { sid, file, line, column }
    }
}

impl std::fmt::Display for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        match &self.sid {
            Some(sid) if !sid.is_empty() => write!(f, " `{sid}`"),
            _ => Ok(()),
        }
    }
}

/// What AWS calls the policies of a layer (semantics 6.12).
fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Rcp => "resource control policy",
        Layer::Scp => "service control policy",
        Layer::Endpoint => "VPC endpoint policy",
        Layer::Resource => "resource-based policy",
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
    }
}

/// Writes answers as they come.
struct Printer<W: Write> {
    format: EvalFormat,
    out: W,
    tally: Tally,
    written_count: usize,
}

impl<W: Write> Printer<W> {
    fn write(&mut self, line: &Result<Line, InputError>) -> Result<(), Box<dyn Error>> {
        self.tally.add(line.as_ref().ok().map(Line::decision));
        match self.format {
            EvalFormat::Text => self.write_text(line)?,
            EvalFormat::Json => {
                self.out.write_all(if self.written_count == 0 { b"[" } else { b",\n " })?;
                self.write_json(line)?;
            }
            EvalFormat::Jsonl => {
                self.write_json(line)?;
                self.out.write_all(b"\n")?;
            }
        }
        self.written_count += 1;
        Ok(())
    }

    fn write_json(&mut self, line: &Result<Line, InputError>) -> Result<(), Box<dyn Error>> {
        match line {
            Ok(line) => serde_json::to_writer(&mut self.out, line)?,
            Err(error) => {
                let error = serde_json::json!({"decision": "error", "layer": null, "error": error.to_string()});
                serde_json::to_writer(&mut self.out, &error)?;
            }
        }
        Ok(())
    }

    fn write_text(&mut self, line: &Result<Line, InputError>) -> Result<(), Box<dyn Error>> {
        match line {
            Ok(line) => line.write_text(&mut self.out)?,
            Err(error) => {
                self.out.flush()?;
                output::report(error);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Tally, Box<dyn Error>> {
        match self.format {
            EvalFormat::Json => self.out.write_all(if self.written_count == 0 { b"[]\n" } else { b"]\n" })?,
            EvalFormat::Text if self.written_count > 1 => {
                let Tally { allowed_count, implicit_deny_count, explicit_deny_count, error_count } = self.tally;
                write!(self.out, "\n{} requests: {allowed_count} allowed, ", output::grouped(self.written_count))?;
                write!(self.out, "{implicit_deny_count} implicitDeny, {explicit_deny_count} explicitDeny")?;
                match error_count {
                    0 => writeln!(self.out)?,
                    _ => writeln!(self.out, ", {error_count} not decided")?,
                }
            }
            EvalFormat::Text | EvalFormat::Jsonl => {}
        }
        self.out.flush()?;
        Ok(self.tally)
    }
}
