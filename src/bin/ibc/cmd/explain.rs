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
use crate::asking::{Policies, answer_each};
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
    let mut is_first = true;
    let code = answer_each(
        &args.requests,
        &mut out,
        |case| explain(&policies, case, detail),
        |out, explanation| {
            match args.format {
                ExplainFormat::Json => results.push(simulator::EvaluationResult::new(&explanation)),
                ExplainFormat::Text => {
                    if !std::mem::take(&mut is_first) {
                        writeln!(out)?;
                    }
                    text::write(out, &explanation, detail)?;
                }
            }
            Ok(())
        },
    )?;
    if args.format == ExplainFormat::Json {
        output::write_json(&mut out, &simulator::Response::new(results))?;
    }
    out.flush()?;
    Ok(code)
}

fn explain(policies: &Policies, case: &Case<'_>, detail: Detail) -> Result<Explanation, InputError> {
    case.load(policies)?.explain(&policies.0, detail)
}
