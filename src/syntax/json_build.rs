//! The actions of the JSON grammar: values are put together, and what the grammar forgave is reported.

use std::borrow::Cow;

use lalrpop_util::{ErrorRecovery, ParseError};

use super::json::{Json, Member, Text, Value};
use super::mistakes::Mistakes;
use super::token::Token;
use super::unescape::unescape;
use crate::diagnostic::Code;
use crate::source::Span;

/// What the grammar needs besides the tokens.
pub(super) struct Builder<'s, 'm> {
    text: &'s str,
    mistakes: &'m Mistakes,
}

/// The elements of an array so far.
#[derive(Default)]
pub(super) struct Elements<'s> {
    values: Vec<Json<'s>>,
    last: Last,
}

/// The members of an object so far.
#[derive(Default)]
pub(super) struct Members<'s> {
    members: Vec<Member<'s>>,
    /// A value without `:` that was the last thing, so that it may be the key of the next.
    lone: Option<Box<Json<'s>>>,
    last: Last,
}

/// What stands before the place that is being read.
#[derive(Default, Clone, Copy)]
enum Last {
    /// The opening bracket, or something that was reported already.
    #[default]
    Nothing,
    /// A comma, at this offset.
    Comma(u32),
    /// An entry that ends at this offset.
    Entry(u32),
}

impl<'s, 'm> Builder<'s, 'm> {
    pub(super) fn new(text: &'s str, mistakes: &'m Mistakes) -> Builder<'s, 'm> {
        Builder { text, mistakes }
    }

    pub(super) fn number(&self, start: u32, end: u32) -> Value<'s> {
        Value::Number(self.slice(start, end))
    }

    pub(super) fn plain_string(&self, start: u32, end: u32) -> Value<'s> {
        self.plain_text(start + 1, end - 1)
    }

    /// A string without quotes.
    pub(super) fn plain_text(&self, start: u32, end: u32) -> Value<'s> {
        Value::String(Cow::Borrowed(self.slice(start, end)))
    }

    /// A string whose quotes may be longer than a byte.
    pub(super) fn oddly_quoted_string(&self, start: u32, end: u32) -> Value<'s> {
        Value::String(Cow::Borrowed(self.slice(start, end).trim_matches(['\'', '“', '”'])))
    }

    pub(super) fn escaped_string(&self, start: u32, end: u32) -> Value<'s> {
        match unescape(self.slice(start + 1, end - 1)) {
            Ok(text) => Value::String(Cow::Owned(text)),
            Err(error) => {
                let at = |offset: usize| start + 1 + offset as u32;
                self.mistakes.syntax(Span::new(at(error.range.start), at(error.range.end)), error.message, error.help);
                Value::Error
            }
        }
    }

    pub(super) fn element(&self, mut elements: Elements<'s>, value: Json<'s>) -> Elements<'s> {
        self.check_comma_before(elements.last, &value);
        elements.last = last_entry(&value);
        elements.values.push(value);
        elements
    }

    pub(super) fn element_comma(&self, mut elements: Elements<'s>, at: u32) -> Elements<'s> {
        elements.last = self.comma(elements.last, elements.values.is_empty(), at);
        elements
    }

    pub(super) fn array(&self, elements: Elements<'s>) -> Value<'s> {
        self.check_no_comma_at_end(elements.last);
        Value::Array(elements.values)
    }

    pub(super) fn member(&self, mut members: Members<'s>, key: Json<'s>, value: Json<'s>) -> Members<'s> {
        self.end_lone_value(&mut members);
        self.check_comma_before(members.last, &key);
        members.last = last_entry(&value);
        self.push_member(&mut members, key, value);
        members
    }

    /// `"key":` with nothing behind it.
    pub(super) fn member_without_value(&self, members: Members<'s>, key: Json<'s>, colon: u32) -> Members<'s> {
        let end = colon + 1;
        self.mistakes.syntax(Span::new(colon, end), "no value stands after this `:`", "Write the value, or remove the key.");
        self.member(members, key, Json::new(Value::Error, end, end))
    }

    /// A value that no `:` follows.
    pub(super) fn lone_value(&self, mut members: Members<'s>, value: Json<'s>) -> Members<'s> {
        if let Some(key) = members.lone.take() {
            // Two in a row: a key and its value.
            let span = Span::new(key.span.end, value.span.start);
            self.mistakes.syntax(span, "`:` is missing between a key and its value", "Write `:` after the key.");
            members.last = last_entry(&value);
            self.push_member(&mut members, *key, value);
            return members;
        }
        self.check_comma_before(members.last, &value);
        members.last = last_entry(&value);
        members.lone = (value.value != Value::Error).then(|| Box::new(value));
        members
    }

    pub(super) fn member_comma(&self, mut members: Members<'s>, at: u32) -> Members<'s> {
        self.end_lone_value(&mut members);
        members.last = self.comma(members.last, members.members.is_empty(), at);
        members
    }

    pub(super) fn object(&self, mut members: Members<'s>) -> Value<'s> {
        self.end_lone_value(&mut members);
        self.check_no_comma_at_end(members.last);
        Value::Object(members.members)
    }

    /// What not even the permissive grammar takes.
    pub(super) fn unexpected(&self, error: &ErrorRecovery<u32, Token, ()>) -> Json<'s> {
        let (span, message) = match error.error {
            ParseError::UnrecognizedToken { token: (start, _, end), .. } | ParseError::ExtraToken { token: (start, _, end) } => {
                (Span::new(start, end), format!("`{}` is not expected here", self.slice(start, end)))
            }
            ParseError::UnrecognizedEof { location, .. } | ParseError::InvalidToken { location } => {
                let span = Span::new(location, location);
                self.mistakes.syntax(
                    span,
                    "the document is empty",
                    "Write a policy: a JSON object with `Version` and `Statement`.",
                );
                return Json::new(Value::Error, location, location);
            }
            ParseError::User { error: () } => (Span::default(), "this is not JSON".to_owned()),
        };
        self.mistakes.syntax(span, message, "Write a value here, or remove this.");
        Json::new(Value::Error, span.start, span.end)
    }

    /// A value that stands alone for good: a key that nothing follows, or no key at all.
    fn end_lone_value(&self, members: &mut Members<'s>) {
        let Some(lone) = members.lone.take() else { return };
        if lone.as_str().is_some() {
            self.mistakes.syntax(lone.span, "a key without a value", "Write `:` and the value after it.");
            let value = Json::new(Value::Error, lone.span.end, lone.span.end);
            self.push_member(members, *lone, value);
        } else {
            self.mistakes.syntax(lone.span, "a value without a key", "Write the key and `:` before it.");
        }
    }

    fn push_member(&self, members: &mut Members<'s>, key: Json<'s>, value: Json<'s>) {
        match key.value {
            Value::String(text) => members.members.push(Member { key: Text { text, span: key.span }, value }),
            Value::Error => {}
            _ => self.mistakes.syntax(
                key.span,
                format!("a key is a string, not {}", key.type_name()),
                "Write it in double quotes.",
            ),
        }
    }

    fn check_comma_before(&self, last: Last, entry: &Json<'s>) {
        if let Last::Entry(end) = last
            && entry.value != Value::Error
        {
            let finding = self.mistakes.finding(Code::JsonSyntaxError, entry.span, "`,` is missing before this");
            let finding = finding.with_secondary(self.mistakes.source(), Span::new(end, end), "after this entry");
            self.mistakes.syntax_finding(finding.with_help("Write `,` between the entries."));
        }
    }

    fn comma(&self, last: Last, is_first: bool, at: u32) -> Last {
        let message = match last {
            Last::Comma(_) => Some("two commas follow each other"),
            Last::Nothing if is_first => Some("no entry stands before this comma"),
            _ => None,
        };
        if let Some(message) = message {
            self.mistakes.syntax(Span::new(at, at + 1), message, "Remove it.");
        }
        Last::Comma(at)
    }

    fn check_no_comma_at_end(&self, last: Last) {
        if let Last::Comma(at) = last {
            self.mistakes.syntax(Span::new(at, at + 1), "no entry follows this comma", "Remove it; JSON has no trailing commas.");
        }
    }

    fn slice(&self, start: u32, end: u32) -> &'s str {
        &self.text[start as usize..end as usize]
    }
}

/// After something that was reported, a missing comma is no news.
fn last_entry(value: &Json<'_>) -> Last {
    if value.value == Value::Error { Last::Nothing } else { Last::Entry(value.span.end) }
}
