//! `ibc check`: every mistake, with the place and what to write.

use std::io::Write;

use ibc::diagnostic::{Colors, Diagnostic, render_human, render_json};
use ibc::iam::PolicyKind;
use ibc::syntax::limits::MAX_DIAGNOSTICS;

use crate::args::{CheckArgs, CheckFormat};
use crate::exit_code::ExitCode;
use crate::input;
use crate::output::{self, Done, Report};

pub fn run(args: &CheckArgs) -> Done {
    let kind = args.kind.as_ref().and_then(|name| PolicyKind::ALL.into_iter().find(|kind| kind.as_str() == name));
    let inputs = input::read(&args.inputs, &args.managed.directories, kind)?;
    let mut out = output::stdout();
    let (sources, found) = (&inputs.loaded.sources, &inputs.diagnostics);
    match args.format {
        CheckFormat::Text => {
            write!(out, "{}", render_human(sources, found, Colors::On))?;
            writeln!(out, "{}", summary(&inputs))?;
        }
        CheckFormat::Json => writeln!(out, "{}", render_json(sources, found))?,
    }
    out.flush()?;
    inputs.notes.iter().for_each(output::warn);
    if !inputs.problems.is_empty() {
        return Err(Box::new(Report::of_errors(&inputs.problems)));
    }
    let is_failure = |found: &Diagnostic| args.fail_level.is_reached_by(found.code.severity());
    Ok(if found.iter().any(is_failure) { ExitCode::Findings } else { ExitCode::Success })
}

fn summary(inputs: &input::Inputs) -> String {
    let policies = output::count(inputs.loaded.sources.iter().count(), "policy", "policies");
    match inputs.diagnostics.len() {
        0 => format!("{policies} checked, nothing found"),
        findings => {
            let more = if has_full_document(&inputs.diagnostics) { " or more" } else { "" };
            format!("{policies} checked, {}{more}", output::count(findings, "finding", "findings"))
        }
    }
}

/// Whether some document has as many findings as are kept of one.
fn has_full_document(found: &[Diagnostic]) -> bool {
    let documents =
        found.chunk_by(|a, b| a.labels.first().map(|label| label.source) == b.labels.first().map(|label| label.source));
    documents.into_iter().any(|own| own.len() >= MAX_DIAGNOSTICS)
}
