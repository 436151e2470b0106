//! The spanned JSON document: every value and key with its place, duplicates kept, numbers as written.
//!
//! Policies are read from it, and other inputs (account dumps, scenarios) are recognised by it.

use std::borrow::Cow;

use lalrpop_util::lalrpop_mod;

use super::json_build::Builder;
use super::lexer::Lexer;
use super::mistakes::Mistakes;
use super::unescape;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, SourceMap, Span};

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
    grammar,
    "/json.rs"
);

/// One JSON value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<'s> {
    /// What it is.
    pub value: Value<'s>,
    /// From its first to its last character; of a string with the quotes.
    pub span: Span,
}

/// What a JSON value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'s> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written: `1.10` stays `1.10` (GR-41).
    Number(&'s str),
    /// A string; borrowed if it has no escapes.
    String(Cow<'s, str>),
    /// An array.
    Array(Vec<Json<'s>>),
    /// An object, its members in written order, duplicates kept.
    Object(Vec<Member<'s>>),
    /// Something that a diagnostic has been given for.
    Error,
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'s> {
    /// The key.
    pub key: Text<'s>,
    /// The value.
    pub value: Json<'s>,
}

/// A string of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'s> {
    /// What it says; borrowed if it has no escapes.
    pub text: Cow<'s, str>,
    /// With the quotes.
    pub span: Span,
}

impl<'s> Json<'s> {
    pub(super) fn new(value: Value<'s>, start: u32, end: u32) -> Json<'s> {
        Json { value, span: Span::new(start, end) }
    }

    /// The text, if it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Json<'s>]> {
        match &self.value {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[Member<'s>]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value of the first member with this key, if it is an object that has one.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Json<'s>> {
        self.as_object()?.iter().find(|member| member.key.text == key).map(|member| &member.value)
    }

    /// What kind of value it is, for messages: `a string`.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
            Value::Error => "an error",
        }
    }
}

/// What came out of reading one JSON document.
#[derive(Debug)]
pub struct ParsedJson<'s> {
    /// The document; [`Value::Error`] stands where something could not be read.
    pub value: Json<'s>,
    /// Every mistake found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the JSON document at `span` of a source, or the whole source.
///
/// All spans count from the start of the source. Takes time linear in the text, whatever it holds.
#[must_use]
pub fn parse_json(sources: &SourceMap, source: SourceId, span: Option<Span>) -> ParsedJson<'_> {
    let text = sources.source(source).text();
    let mistakes = Mistakes::new(source);
    let value = parse(text, span, &mistakes);
    ParsedJson { value, diagnostics: mistakes.into_diagnostics() }
}

/// Reads the document, and tells its mistakes to `mistakes`.
pub(super) fn parse<'s>(text: &'s str, span: Option<Span>, mistakes: &Mistakes) -> Json<'s> {
    if !mistakes.check_document_size(text.len()) {
        return Json::new(Value::Error, 0, 0);
    }
    let span = span.unwrap_or(Span::new(0, text.len() as u32));
    let builder = Builder::new(text, mistakes);
    let lexer = Lexer::new(text, span, mistakes);
    let error = || Json::new(Value::Error, span.start, span.end);
    let json = grammar::DocumentParser::new().parse(&builder, lexer).unwrap_or_else(|_| {
        // The lexer pairs up brackets and ends after one value, so recovery always finds a place to go on. Should it ever
        // not, the document is refused rather than taken for what was read so far.
        mistakes.syntax(span, "this is not JSON", "Write one JSON object.");
        error()
    });
    if mistakes.is_misnested() { error() } else { json }
}

/// The place of a part of a string: `range` counts bytes of what the string says, `literal` is the whole string with quotes.
#[must_use]
pub(super) fn part_span(text: &str, literal: Span, range: std::ops::Range<usize>) -> Span {
    let raw = &text[literal.start as usize + 1..literal.end as usize - 1];
    let start = unescape::raw_offset(raw, range.start);
    let end = if range.is_empty() { start } else { unescape::raw_offset(raw, range.end) };
    Span::new(literal.start + 1 + start as u32, literal.start + 1 + end as u32)
}
