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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::syntax::limits::MAX_NESTING_DEPTH;

    fn read(text: &str) -> (String, Vec<Code>) {
        let mut sources = SourceMap::new();
        let source = sources.add("x.json", text);
        let parsed = parse_json(&sources, source, None);
        let codes = parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        (show(text, &parsed.value), codes)
    }

    /// The tree in one line, `!` for what could not be read; a value whose span is not its text shows both.
    fn show(text: &str, json: &Json<'_>) -> String {
        let list = |entries: Vec<String>| entries.join(" ");
        match &json.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => {
                assert_eq!(*number, &text[json.span.range()]);
                (*number).to_owned()
            }
            Value::String(string) => format!("'{string}'"),
            Value::Array(values) => format!("[{}]", list(values.iter().map(|value| show(text, value)).collect())),
            Value::Object(members) => {
                let member = |member: &Member<'_>| format!("{}:{}", member.key.text, show(text, &member.value));
                format!("{{{}}}", list(members.iter().map(member).collect()))
            }
            Value::Error => "!".to_owned(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read(text), (expected.to_owned(), vec![]), "{text}");
    }

    /// Something is wrong in `text`, `mistakes` times; the rest is read as `expected`.
    #[track_caller]
    fn check_mended(text: &str, mistakes: usize, expected: &str) {
        assert_eq!(read(text), (expected.to_owned(), vec![Code::JsonSyntaxError; mistakes]), "{text}");
    }

    #[test]
    fn json_is_read_as_written() {
        check("{}", "{}");
        check(" [ ] ", "[]");
        check(r#"{"a": [1.10, -0, 1e+5, true, false, null, "x"], "a": {}}"#, "{a:[1.10 -0 1e+5 true false null 'x'] a:{}}");
        check("\u{FEFF}{\"é\":\r\n\"\\u00e9\\n\"}\r\n", "{é:'é\n'}");
        check("\"top\"", "'top'");
        check("12", "12");
    }

    #[test]
    fn separators_are_mended() {
        check_mended("[1, 2,]", 1, "[1 2]");
        check_mended("[1 2]", 1, "[1 2]");
        check_mended("[,]", 2, "[]");
        check_mended("[1,,2]", 1, "[1 2]");
        check_mended(r#"{"a":1,}"#, 1, "{a:1}");
        check_mended(r#"{"a":1 "b":2}"#, 1, "{a:1 b:2}");
        check_mended(r#"{"a" 1, "b" [2]}"#, 2, "{a:1 b:[2]}");
        check_mended(r#"{"a"=1; "b"=>2}"#, 3, "{a:1 b:2}");
        check_mended(r#"{"a":, "b":}"#, 2, "{a:! b:!}");
        check_mended(r#"{"a", "b":1}"#, 1, "{a:! b:1}");
        check_mended(r#"{"a"::1}"#, 1, "{}");
        check_mended(r#"{:1}"#, 1, "{}");
        check_mended("{1:2, [3], null: 4}", 3, "{}");
    }

    #[test]
    fn quotes_and_numbers_are_mended() {
        check_mended("{a: b.c}", 2, "{a:'b.c'}");
        check_mended("['a', “b”]", 2, "['a' 'b']");
        check_mended("[01, +1, .5, 1.2.3.4/8, 2030-01-01]", 5, "[! ! ! ! !]");
        check_mended("[1] // one", 1, "[1]");
        check_mended("# a\n[1 /* b ** c */]", 2, "[1]");
        check_mended("[\"a\n, 1]", 1, "[! 1]");
        check_mended("[\"a\\", 2, "[!]");
        check_mended(r#"["\x", "\ud800", "a	b"]"#, 3, "[! ! !]");
        check_mended("[True, @, €€]", 3, "['True' ! !]");
        check_mended("[1\u{A0}, 2]", 1, "[1 2]");
    }

    #[test]
    fn brackets_are_paired() {
        check_mended("[1", 1, "[1]");
        check_mended(r#"{"a":[{"b":1,"#, 1, "{a:[{b:1}]}");
        check_mended(r#"{"a":[1,2}"#, 1, "{a:[1 2]}");
        check_mended(r#"{"a":[[1}"#, 1, "{a:[[1]]}");
        check_mended("[1}", 1, "!");
        check_mended(r#"[{"a":1]"#, 1, "!");
        check_mended(r#"{"a":["b", "c": 1}"#, 1, "!");
        check_mended("", 1, "!");
        check_mended("]", 1, "!");
        check_mended("} {}", 1, "!");
        check_mended(":", 1, "!");
        check_mended("{} {}", 1, "{}");
        check_mended("[1] x y", 1, "[1]");
        check_mended("yes: no", 1, "!");
        check_mended("{}\0", 1, "{}");
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(read(&nested(MAX_NESTING_DEPTH)), (nested(MAX_NESTING_DEPTH), vec![]));
        assert_eq!(read(&nested(MAX_NESTING_DEPTH + 1)).1, [Code::NestingTooDeep]);
        for deep in ["[", "{\"a\":", "[{\"a\":"] {
            assert_eq!(read(&deep.repeat(100_000)).1, [Code::NestingTooDeep]);
        }
        assert_eq!(read(&"]".repeat(100_000)).1, [Code::JsonSyntaxError]);
    }

    #[test]
    fn a_part_of_a_source_is_read_with_its_places() {
        let text = r#"x {"a": 1 "b": 2} y"#;
        let mut sources = SourceMap::new();
        let source = sources.add("x.json", text);
        let parsed = parse_json(&sources, source, Some(Span::new(2, 17)));
        assert_eq!(show(text, &parsed.value), "{a:1 b:2}");
        assert_eq!(&text[parsed.diagnostics[0].labels[0].span.range()], "\"b\"");
        assert_eq!(&text[parsed.value.span.range()], r#"{"a": 1 "b": 2}"#);
    }

    #[test]
    fn parts_of_strings_have_places() {
        let text = r#""a\u00e9\ud83d\ude00b""#;
        let whole = Span::new(0, text.len() as u32);
        let part = |range| &text[part_span(text, whole, range).range()];
        assert_eq!(part(0..1), "a");
        assert_eq!(part(1..3), r"\u00e9");
        assert_eq!(part(3..7), r"\ud83d\ude00");
        assert_eq!(part(3..8), r"\ud83d\ude00b");
        assert_eq!(part(8..8), "");
    }
}
