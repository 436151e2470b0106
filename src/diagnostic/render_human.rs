//! Diagnostics for people: message, place, the source line with what is wrong underlined, and what to write.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Code, Diagnostic, Label, Severity};
use crate::source::{Source, SourceMap, Span};

/// Whether terminal colors are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// ANSI escape codes.
    On,
    /// Text alone.
    Off,
}

/// Shows each diagnostic with the lines it is about, an empty line behind each.
///
/// ```text
/// error[invalid-effect]: `Permit` is not an effect
///  --> team-a.json:5:17
///   |
/// 5 |       "Effect": "Permit",
///   |                 ^^^^^^^^
///   |
///   = help: Write `"Allow"` or `"Deny"`.
/// ```
#[must_use]
pub fn render_human<'d>(sources: &SourceMap, diagnostics: impl IntoIterator<Item = &'d Diagnostic>, colors: Colors) -> String {
    let renderer = match colors {
        Colors::On => Renderer::styled(),
        Colors::Off => Renderer::plain(),
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        out += &renderer.render(&[report(sources, diagnostic)]);
        out += "\n\n";
    }
    out
}

fn report<'a>(sources: &'a SourceMap, diagnostic: &'a Diagnostic) -> Group<'a> {
    let mut group = Group::with_title(level(diagnostic.code).primary_title(&diagnostic.message).id(diagnostic.code.as_str()));
    for excerpt in excerpts(sources, &diagnostic.labels) {
        let source = excerpt.source;
        let (line, column) = source.line_column(excerpt.labels[0].1.span.start);
        let (first_line, first_column) = source.line_column(excerpt.range.start as u32);
        let annotations = excerpt.labels.iter().map(|&(kind, label)| annotation(kind, label, &excerpt));
        let snippet =
            Snippet::source(&source.text()[excerpt.range.clone()]).line_start(first_line as usize).annotations(annotations);
        group = if first_column == 1 {
            group.element(snippet.path(source.name()))
        } else {
            // The renderer counts columns from where the excerpt begins.
            group.element(Origin::path(source.name()).line(line as usize).char_column(column as usize)).element(snippet)
        };
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

fn level(code: Code) -> Level<'static> {
    match code.severity() {
        Severity::Error => Level::ERROR,
        Severity::SecurityWarning => Level::WARNING.with_name(Severity::SecurityWarning.as_str()),
        Severity::Warning => Level::WARNING,
        Severity::Suggestion => Level::INFO.with_name(Severity::Suggestion.as_str()),
    }
}

/// Some lines of a source, and the labels in them.
struct Excerpt<'a> {
    source: &'a Source,
    range: Range<usize>,
    labels: Vec<(AnnotationKind, &'a Label)>,
}

/// The lines that the labels are about. Labels near the primary one share its excerpt, others have one each.
fn excerpts<'a>(sources: &'a SourceMap, labels: &'a [Label]) -> Vec<Excerpt<'a>> {
    /// Two places further apart are shown apart: the lines between them tell nothing.
    const SHARED_SIZE_MAX: usize = 2_000;
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let source = sources.source(label.source);
        let range = lines(source.text(), label);
        let joined = excerpts.first().map(|first| first.range.start.min(range.start)..first.range.end.max(range.end));
        match (excerpts.first_mut(), joined) {
            (Some(first), Some(joined)) if std::ptr::eq(first.source, source) && joined.len() <= SHARED_SIZE_MAX => {
                first.range = joined;
                first.labels.push((kind, label));
            }
            _ => excerpts.push(Excerpt { source, range, labels: vec![(kind, label)] }),
        }
    }
    excerpts
}

/// The line that a label begins in; of a very long line, the part around the label.
fn lines(text: &str, label: &Label) -> Range<usize> {
    /// More than a terminal shows of one line.
    const MARGIN: usize = 400;
    let Span { start, end } = label.span;
    let (start, end) = (start as usize, end as usize);
    // Ends of the line further away are not looked for: a document of many megabytes may be one line.
    let from = text.floor_char_boundary(start.saturating_sub(MARGIN));
    let to = text.floor_char_boundary(end.saturating_add(MARGIN).min(text.len()));
    let line_start = text[from..start].rfind('\n').map_or(from, |at| from + at + 1);
    let line_end = text[start..to].find(['\n', '\r']).map_or(to, |at| start + at);
    line_start..line_end
}

/// What lies on further lines than the first is not underlined.
fn annotation<'a>(kind: AnnotationKind, label: &'a Label, excerpt: &Excerpt<'a>) -> Annotation<'a> {
    let line = lines(excerpt.source.text(), label);
    let end = (label.span.end as usize).min(line.end);
    let range = label.span.start as usize - excerpt.range.start..end - excerpt.range.start;
    kind.span(range).label((!label.text.is_empty()).then_some(&*label.text))
}
