//! Diagnostics for programs.

use serde::Serialize;

use super::{Diagnostic, Label};
use crate::source::SourceMap;

/// A JSON array with one object for each diagnostic, each on a line of its own.
///
/// Its members: `code`, `severity`, `blocksLoading`, `message`, the place of the primary label (`file`, `start`, `end`), `labels` with
/// every place, and `help`. A position has `line` and `column`, counted from 1 in characters, and `offset`, counted from 0 in bytes.
#[must_use]
pub fn render_json<'d>(sources: &SourceMap, diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> String {
    let objects = diagnostics.into_iter().map(|diagnostic| {
        let labels: Vec<Place<'_>> = diagnostic.labels.iter().map(|label| Place::of(sources, label)).collect();
        let object = Object {
            code: diagnostic.code.as_str(),
            severity: diagnostic.code.severity().as_str(),
            blocks_loading: diagnostic.code.blocks_loading(),
            message: &diagnostic.message,
            place: &labels[0],
            labels: &labels,
            help: diagnostic.help.as_deref(),
        };
        serde_json::to_string(&object).expect("strings and numbers are JSON")
    });
    let objects: Vec<String> = objects.collect();
    if objects.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", objects.join(",\n")) }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'d> {
    code: &'static str,
    severity: &'static str,
    blocks_loading: bool,
    message: &'d str,
    #[serde(flatten)]
    place: &'d Place<'d>,
    labels: &'d [Place<'d>],
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'d str>,
}

#[derive(Serialize)]
struct Place<'d> {
    file: &'d str,
    start: Position,
    end: Position,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'d str,
}

impl<'d> Place<'d> {
    fn of(sources: &'d SourceMap, label: &'d Label) -> Place<'d> {
        let source = sources.source(label.source);
        let position = |offset: u32| {
            let (line, column) = source.line_column(offset);
            Position { line, column, offset }
        };
        Place { file: source.name(), start: position(label.span.start), end: position(label.span.end), text: &label.text }
    }
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
    offset: u32,
}
