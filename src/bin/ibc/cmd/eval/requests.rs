use std::error::Error;
use std::io::Write;

use serde::Serialize;

use ibc::document::InputError;
use ibc::iam::{Decision, Layer, arn::Arn};
use ibc::request::document::RequestDocument;
use ibc::scenario::{Answer, Case, MatchedStatement, Ruling};

use super::Tally;
use crate::args::EvalFormat;
use crate::asking::{Policies, each_request};
use crate::output::{self, FAINT};

/// Decides every request over the policies and prints the answers in the order of the requests.
pub(super) fn run(policies: &str, requests: &[String], format: EvalFormat) -> Result<Tally, Box<dyn Error>> {
    let policies = Policies::open(policies)?;
    let mut printer = Printer { format, out: output::stdout(), tally: Tally::default(), written_count: 0 };
    each_request(requests, |case, is_stream| {
        printer.write(&decide(&policies, case))?;
        if is_stream {
            printer.out.flush()?;
        }
        Ok(())
    })?;
    printer.finish()
}

fn decide(policies: &Policies, case: &Case<'_>) -> Result<Line, InputError> {
    let scenario = case.load(policies)?;
    Ok(Line::new(&scenario.request, scenario.ask(&policies.0)?))
}

/// The answer to one request, with what a reader needs to understand it.
#[derive(Debug, Serialize)]
struct Line {
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
struct Statement {
    sid: Option<String>,
    file: String,
    line: u32,
    column: u32,
}

impl Line {
    fn new(request: &RequestDocument<'_>, ruling: Ruling) -> Line {
        let Ruling { answer, statement } = ruling;
        let statement = statement.map(|MatchedStatement { file, line, column, sid }| Statement { sid, file, line, column });
        Line {
            decision: answer.decision.as_str(),
            layer: answer.layer.map(Layer::as_str),
            principal: request.principal.principal_for(&request.action).name.to_owned(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            statement,
            answer,
        }
    }

    /// Why, in one sentence.
    fn reason(&self) -> String {
        let Some(layer) = self.answer.layer else { return "this action needs no permission".to_owned() };
        let policy = match layer {
            Layer::Resource if Arn::parse(&self.resource).is_some_and(|arn| arn.is_role()) => "role trust policy",
            _ => layer.policy_name(),
        };
        let place = self.statement.as_ref().map(|statement| format!(": {statement}")).unwrap_or_default();
        match self.answer.decision {
            Decision::Allow => format!("allowed by the {policy}{place}"),
            Decision::ExplicitDeny => format!("denied by the {policy}{place}"),
            Decision::ImplicitDeny => format!("no {policy} allows it"),
        }
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
        self.tally.add(line.as_ref().ok().map(|line| line.answer.decision));
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
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                self.out.flush()?;
                output::report(error);
                return Ok(());
            }
        };
        let style = output::decision_style(line.decision);
        let out = &mut self.out;
        writeln!(out, "{style}{:<12}{style:#}  {}", line.decision, line.action)?;
        writeln!(out, "              {FAINT}by{FAINT:#} {}", line.principal)?;
        writeln!(out, "              {FAINT}on{FAINT:#} {}", line.resource)?;
        writeln!(out, "              {}", line.reason())?;
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
