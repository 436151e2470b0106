use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use ibc::{Engine, Outcome};

use ibc::document::{InputError, TextFile};
use ibc::iam::{Decision, Layer, PolicyKind, arn::Arn};
use ibc::scenario::{Answer, Case, LoadedBundle, Loader, MatchedStatement, NoFiles, Scenario, ScenarioFile};

use super::Tally;
use crate::args::EvalFormat;
use crate::input;
use crate::output::{self, FAINT};

/// Decides every request over the policies and prints the answers in the order of the requests.
pub(super) fn run(policies: &str, requests: &[String], format: EvalFormat) -> Result<Tally, Box<dyn Error>> {
    let policies = Policies::open(policies)?;
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

/// What requests are decided over.
enum Policies {
    /// An artifact; it knows statements by number only.
    Artifact(Box<Engine<Vec<u8>>>),
    /// Policies that were compiled just now, with their texts.
    Bundle(Arc<LoadedBundle>),
}

impl Policies {
    fn open(argument: &str) -> Result<Policies, Box<dyn Error>> {
        let path = Path::new(argument);
        if path.is_file() && input::begins_like_artifact(path)? {
            return Ok(Policies::Artifact(Box::new(Engine::new(input::read_artifact(path)?))));
        }
        let bundle = input::read(&[argument.to_owned()], Some(PolicyKind::Identity))?.into_bundle()?;
        Ok(Policies::Bundle(Arc::new(bundle)))
    }

    fn decide(&self, case: &Case<'_>) -> Result<Ruling, InputError> {
        let scenario = case.load(self)?;
        let (answer, statements) = match self {
            Policies::Artifact(engine) => {
                let outcome = scenario.ask(engine)?;
                (outcome.into(), statement_of(engine, &scenario, &outcome).into_iter().collect())
            }
            Policies::Bundle(_) => {
                let answers = scenario.decide()?;
                if !answers.agree() {
                    let message = format!("the reference evaluator says {}, the engine {}", answers.reference, answers.engine);
                    return Err(scenario.error(format!("{message}: a bug of ibc, please report it")));
                }
                (answers.engine, scenario.matched_statements()?)
            }
        };
        Ok(Ruling::new(&scenario, answer, statements))
    }
}

impl Loader for Policies {
    fn policy(&self, path: &str) -> Result<(String, String), String> {
        NoFiles.policy(path)
    }

    fn bundle(&self, _path: &str) -> Result<Arc<LoadedBundle>, String> {
        match self {
            Policies::Artifact(_) => Ok(Arc::default()),
            Policies::Bundle(bundle) => Ok(Arc::clone(bundle)),
        }
    }
}

/// The statement that the engine rests its decision on, if the artifact knows where it was written.
fn statement_of(engine: &Engine<Vec<u8>>, scenario: &Scenario<'_>, outcome: &Outcome) -> Option<MatchedStatement> {
    let came_along = match outcome.layer? {
        Layer::Session => scenario.session.is_some(),
        Layer::Endpoint => scenario.endpoint.is_some(),
        _ => false,
    };
    let place = engine.artifact().statement_place(outcome.statement.filter(|_| !came_along)?)?;
    let sid = place.sid.map(str::to_owned);
    Some(MatchedStatement { file: place.file.to_owned(), line: place.line, column: place.column, sid })
}

/// The answer to one request, with what a reader needs to understand it.
#[derive(Debug, Serialize)]
struct Ruling {
    decision: &'static str,
    layer: Option<&'static str>,
    principal: String,
    action: String,
    resource: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statements: Vec<Statement>,
    #[serde(skip)]
    answer: Answer,
}

#[derive(Debug, Serialize)]
struct Statement {
    sid: Option<String>,
    file: String,
    line: u32,
    column: u32,
}

impl Ruling {
    fn new(scenario: &Scenario<'_>, answer: Answer, statements: Vec<MatchedStatement>) -> Ruling {
        let request = &scenario.request;
        let statement = |place: MatchedStatement| {
            let MatchedStatement { file, line, column, sid } = place;
            Statement { sid, file, line, column }
        };
        Ruling {
            decision: answer.decision.as_str(),
            layer: answer.layer.map(Layer::as_str),
            principal: request.principal.principal_for(&request.action).name.to_owned(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            statements: statements.into_iter().map(statement).collect(),
            answer,
        }
    }

    /// Why, in one sentence.
    fn reason(&self) -> String {
        let Some(layer) = self.answer.layer else { return "this action needs no permission".to_owned() };
        let policy = match layer {
            Layer::Resource if Arn::parse(&self.resource).is_some_and(|arn| arn.is_role()) => "role trust policy",
            _ => layer_name(layer),
        };
        let places: Vec<String> = self.statements.iter().map(Statement::to_string).collect();
        match (self.answer.decision, places.is_empty()) {
            (Decision::Allow, true) => format!("allowed by the {policy}"),
            (Decision::Allow, false) => format!("allowed by the {policy}: {}", places.join(", ")),
            (Decision::ExplicitDeny, true) => format!("denied by the {policy}"),
            (Decision::ExplicitDeny, false) => format!("denied by the {policy}: {}", places.join(", ")),
            (Decision::ImplicitDeny, _) => format!("no {policy} allows it"),
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
    fn write(&mut self, ruling: &Result<Ruling, InputError>) -> Result<(), Box<dyn Error>> {
        self.tally.add(ruling.as_ref().ok().map(|ruling| ruling.answer.decision));
        match self.format {
            EvalFormat::Text => self.write_text(ruling)?,
            EvalFormat::Json => {
                self.out.write_all(if self.written_count == 0 { b"[" } else { b",\n " })?;
                self.write_json(ruling)?;
            }
            EvalFormat::Jsonl => {
                self.write_json(ruling)?;
                self.out.write_all(b"\n")?;
            }
        }
        self.written_count += 1;
        Ok(())
    }

    fn write_json(&mut self, ruling: &Result<Ruling, InputError>) -> Result<(), Box<dyn Error>> {
        match ruling {
            Ok(ruling) => serde_json::to_writer(&mut self.out, ruling)?,
            Err(error) => {
                let error = serde_json::json!({"decision": "error", "layer": null, "error": error.to_string()});
                serde_json::to_writer(&mut self.out, &error)?;
            }
        }
        Ok(())
    }

    fn write_text(&mut self, ruling: &Result<Ruling, InputError>) -> Result<(), Box<dyn Error>> {
        let ruling = match ruling {
            Ok(ruling) => ruling,
            Err(error) => {
                self.out.flush()?;
                output::report(error);
                return Ok(());
            }
        };
        let style = output::decision_style(ruling.decision);
        let out = &mut self.out;
        writeln!(out, "{style}{:<12}{style:#}  {}", ruling.decision, ruling.action)?;
        writeln!(out, "              {FAINT}by{FAINT:#} {}", ruling.principal)?;
        writeln!(out, "              {FAINT}on{FAINT:#} {}", ruling.resource)?;
        writeln!(out, "              {}", ruling.reason())?;
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
