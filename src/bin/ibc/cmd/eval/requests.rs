use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use ibc::document::InputError;
use ibc::iam::{Decision, Layer};
use ibc::request::document::RequestDocument;
use ibc::scenario::{Answer, Case, MatchedStatement, OperationName, Ruling};

use super::Tally;
use super::operation::OperationLine;
use crate::args::EvalFormat;
use crate::asking::{Policies, Stdin, each_request};
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
    let policies = Policies::open(policies, managed)?;
    let mut printer = Printer { format, out: output::stdout(), tally: Tally::default(), written_count: 0 };
    each_request(requests, Stdin::Lines, |case, is_stream| {
        printer.write(&decide(&policies, &scope, case))?;
        if is_stream {
            printer.out.flush()?;
        }
        Ok(())
    })?;
    printer.finish()
}

fn decide<'a>(policies: &'a Policies, scope: &Scope, case: &Case<'a>) -> Result<Line, InputError> {
    match scope {
        Scope::Question => {
            let scenario = case.load(policies)?;
            Ok(Line::Question(QuestionLine::new(&scenario.request, scenario.ask(&policies.0)?)))
        }
        Scope::Operation(name) => {
            let call = case.load_operation(name.as_ref(), policies)?;
            Ok(Line::Operation(OperationLine::new(&call.ask(&policies.0)?)))
        }
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
    let policy = layer.policy_name_on(resource);
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
