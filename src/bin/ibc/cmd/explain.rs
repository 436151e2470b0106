//! `ibc explain`: why a request is decided as it is, or what a diagnostic code means.

mod simulator;
mod text;

use std::error::Error;
use std::io::Write;

use ibc::diagnostic::Code;
use ibc::document::InputError;
use ibc::engine::Explanation;
use ibc::engine::explain::Detail;
use ibc::scenario::Case;

use crate::args::{ExplainArgs, ExplainFormat};
use crate::asking::{Policies, each_request};
use crate::exit_code::ExitCode;
use crate::output::{self, Done, FAINT};

pub fn run(args: &ExplainArgs) -> Done {
    match args.requests.is_empty() {
        true => explain_code(&args.policies),
        false => explain_requests(args),
    }
}

/// What there is to know about a diagnostic code.
fn explain_code(name: &str) -> Done {
    let Some(code) = Code::from_name(name) else {
        let message = format!("`{name}` is no diagnostic code; to explain a decision, name policies and a request");
        output::report(&*Box::<dyn Error>::from(message));
        return Ok(ExitCode::Usage);
    };
    let mut out = output::stdout();
    writeln!(out, "{}[{code}]: {}", code.severity(), code.title())?;
    if code.blocks_loading() {
        writeln!(out, "{FAINT}A policy with this mistake is not loaded.{FAINT:#}")?;
    }
    writeln!(out)?;
    write!(out, "{}", code.explanation())?;
    out.flush()?;
    Ok(ExitCode::Success)
}

fn explain_requests(args: &ExplainArgs) -> Done {
    let policies = Policies::open(&args.policies, &args.managed.directories)?;
    let detail = if args.all { Detail::All } else { Detail::Relevant };
    let mut out = output::stdout();
    let mut results = Vec::new();
    let mut failed_count = 0;
    let mut written_count = 0;
    each_request(&args.requests, |case, is_stream| {
        let explanation = match explain(&policies, case, detail) {
            Ok(explanation) => explanation,
            Err(error) => {
                failed_count += 1;
                out.flush()?;
                output::report(&error);
                return Ok(());
            }
        };
        match args.format {
            ExplainFormat::Json => results.push(simulator::EvaluationResult::new(&explanation)),
            ExplainFormat::Text => {
                if written_count > 0 {
                    writeln!(out)?;
                }
                text::write(&mut out, &explanation, detail)?;
            }
        }
        written_count += 1;
        if is_stream {
            out.flush()?;
        }
        Ok(())
    })?;
    if args.format == ExplainFormat::Json {
        output::write_json(&mut out, &simulator::Response::new(results))?;
    }
    out.flush()?;
    Ok(if failed_count > 0 { ExitCode::Failure } else { ExitCode::Success })
}

fn explain(policies: &Policies, case: &Case<'_>, detail: Detail) -> Result<Explanation, InputError> {
    case.load(policies)?.explain(&policies.0, detail)
}
