//! JSON to policy: the strict step. Every element and type of section 1 of the semantics is checked here, per policy type (1.3).
//!
//! A function that cannot give its part of the tree gives `None`, after saying why; whoever called it then stays silent about
//! that part. One wrong thing gets one diagnostic.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::ast::Policy;
use super::json::{Json, Member, Text, Value, part_span};
use super::mistakes::Mistakes;
use super::strings::Mistake;
use super::strings::template::Variables;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::iam::{ActionPattern, ConditionOperator, PolicyKind, Version, fold};
use crate::source::{Span, Spanned};

mod action;
mod condition;
mod document;
mod principal;
mod resource;
mod statement;
mod text;

/// Makes the policy that `json` describes; `None` if it describes none.
///
/// The result is a policy only if no mistake blocks loading.
pub(super) fn convert(text: &str, json: &Json<'_>, kind: PolicyKind, mistakes: &Mistakes) -> Option<Policy> {
    // What was unreadable may have been what is missing.
    let complete = !mistakes.is_blocked();
    let words = Words::default();
    let mut converter = Converter { text, mistakes, kind, version: Version::default(), complete, words };
    document::convert(&mut converter, json)
}

/// What every step needs to know.
struct Converter<'c> {
    /// The whole source.
    text: &'c str,
    mistakes: &'c Mistakes,
    kind: PolicyKind,
    version: Version,
    /// Whether all of the JSON could be read, so that what is not there is missing.
    complete: bool,
    words: Words,
}

/// Words about which there is nothing to report, and what they mean.
///
/// PERF: statements say the same few words again and again; looking one up costs a tenth of reading it.
#[derive(Default)]
struct Words {
    actions: RefCell<HashMap<Box<str>, ActionPattern, FixedState>>,
    operators: RefCell<HashMap<Box<str>, ConditionOperator, FixedState>>,
    condition_keys: RefCell<HashSet<Arc<str>, FixedState>>,
}

/// A string of the policy: what it says, and where.
#[derive(Clone, Copy)]
struct StringAt<'j> {
    text: &'j str,
    span: Span,
}

/// Whether letter case matters when two keys are compared.
#[derive(Clone, Copy)]
enum Case {
    Exact,
    Ignored,
}

impl Converter<'_> {
    fn push(&self, diagnostic: Diagnostic) {
        self.mistakes.push(diagnostic);
    }

    #[cold]
    fn report(&self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(self.mistakes.finding(code, span, message).with_help(help));
    }

    /// Reports what a little language says about a string.
    #[cold]
    fn report_in(&self, string: StringAt<'_>, mistake: Mistake) {
        self.report(mistake.code, self.part(string, mistake.range), mistake.message, mistake.help);
    }

    /// Reports that something is not there, unless it may be among what could not be read. Marks the opening bracket of `object`.
    #[cold]
    fn report_missing(&self, code: Code, object: Span, message: impl Into<String>, help: impl Into<String>) {
        if self.complete {
            self.report(code, Span::new(object.start, object.start + 1), message, help);
        }
    }

    /// The place of some bytes of what a string says; of the whole string, if there are none.
    #[cold]
    fn part(&self, string: StringAt<'_>, range: Range<usize>) -> Span {
        // A string without double quotes has been reported as such; a part of it is not worth a place of its own.
        if range.is_empty() || self.text.as_bytes().get(string.span.start as usize) != Some(&b'"') {
            return string.span;
        }
        part_span(self.text, string.span, range)
    }

    #[cold]
    fn report_type(&self, json: &Json<'_>, what: impl Display, expected: &str) {
        if !matches!(json.value, Value::Error) {
            let message = format!("{what} is {}, not {expected}", json.type_name());
            self.report(Code::DataTypeMismatch, json.span, message, format!("Write {expected}."));
        }
    }

    /// The members of an object in which no key occurs twice (GR-3).
    fn object<'j, 's>(&self, json: &'j Json<'s>, what: impl Display) -> Option<&'j [Member<'s>]> {
        let Some(members) = json.as_object() else {
            self.report_type(json, what, "an object");
            return None;
        };
        self.check_repeated(members.iter().map(|member| &member.key), Case::Exact, |first, second| {
            let message = format!("the key `{}` occurs twice in one object", second.text);
            let finding = self.mistakes.finding(Code::DuplicateKey, second.span, message).with_label("occurs again");
            let finding = finding.with_secondary(self.mistakes.source(), first.span, "first here");
            self.push(finding.with_help("Keep one of the two; put several values into one list."));
        });
        Some(members)
    }

    /// The string that the element `name` is.
    fn string<'j>(&self, member: &'j Member<'_>) -> Option<StringAt<'j>> {
        let text = member.value.as_str();
        if text.is_none() {
            self.report_type(&member.value, format_args!("`{}`", member.key.text), "a string");
        }
        text.map(|text| StringAt { text, span: member.value.span })
    }

    /// Reads every string of an element that is a string or a list of strings (GR-12).
    ///
    /// `None` if it is neither, or if some entry is not readable. Whether the list may be empty is for the caller to say.
    fn strings<T>(
        &self,
        json: &Json<'_>,
        what: impl Display,
        mut read: impl FnMut(StringAt<'_>) -> Option<T>,
    ) -> Option<Vec<Spanned<T>>> {
        let entries = match &json.value {
            Value::Array(entries) => entries.as_slice(),
            Value::String(_) => std::slice::from_ref(json),
            _ => {
                self.report_type(json, what, "a string or a list of strings");
                return None;
            }
        };
        let mut patterns = Vec::with_capacity(entries.len());
        let mut readable = true;
        for entry in entries {
            let Some(text) = entry.as_str() else {
                self.report_type(entry, format_args!("an entry of {what}"), "a string");
                readable = false;
                continue;
            };
            match read(StringAt { text, span: entry.span }) {
                Some(pattern) => patterns.push(Spanned::new(pattern, entry.span)),
                None => readable = false,
            }
        }
        readable.then_some(patterns)
    }

    /// Reports an element that the language does not have.
    #[cold]
    fn report_unknown_element(&self, key: &Text<'_>, place: &str, known: &[&str], other_place: Option<&str>) {
        let (name, near) = (&key.text, did_you_mean(&key.text, known.iter().copied()));
        let help = match other_place {
            Some(other_place) => format!("Move it into {other_place}."),
            None => format!("The elements of {place} are {}.", join(known)),
        };
        self.report(Code::InvalidPolicyElement, key.span, format!("{place} has no element `{name}`{near}"), help);
    }

    /// Whether policy variables work in this policy's resources, and in its condition values where the operator takes them.
    fn variables(&self) -> Variables {
        if self.version == Version::V2012 { Variables::On } else { Variables::Off }
    }

    /// Calls `report` for each key that equals an earlier one, with the earliest.
    fn check_repeated<'j, 's: 'j>(
        &self,
        keys: impl Iterator<Item = &'j Text<'s>> + Clone,
        case: Case,
        report: impl Fn(&Text<'s>, &Text<'s>),
    ) {
        // PERF: an element has a handful of keys; comparing pairs beats hashing and allocates nothing.
        const PAIRWISE_MAX: usize = 8;
        if keys.clone().nth(PAIRWISE_MAX).is_none() {
            for (index, second) in keys.clone().enumerate() {
                let same = |first: &&Text<'_>| match case {
                    Case::Exact => first.text == second.text,
                    Case::Ignored => fold::eq_fold(&first.text, &second.text),
                };
                if let Some(first) = keys.clone().take(index).find(same) {
                    report(first, second);
                }
            }
            return;
        }
        let mut seen: HashMap<Cow<'_, str>, &Text<'_>> = HashMap::new();
        for second in keys {
            let name = match case {
                Case::Exact => Cow::Borrowed(&*second.text),
                Case::Ignored => Cow::Owned(fold::fold(&second.text)),
            };
            let first = seen.entry(name).or_insert(second);
            if first.span != second.span {
                report(first, second);
            }
        }
    }
}

/// `` `A`, `B` and `C` ``
fn join(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
