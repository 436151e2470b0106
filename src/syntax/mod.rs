//! Text to tree.
//!
//! | stage | file | gives |
//! |---|---|---|
//! | bytes to text | [`decode_source`] | UTF-8, or where it is not |
//! | tokens | `token`, `lexer` | brackets paired, depth limited |
//! | JSON | [`json`], `grammar/json.lalrpop` | [`json::Json`]: every key and value with its span |
//! | policy | `json_to_ast`, and `strings` for the languages inside the strings | [`ast::Policy`] |
//!
//! No stage stops at its first mistake; [`print_policy`] goes back from the tree to text.
//!
//! ```
//! use ibc::iam::PolicyKind;
//! use ibc::source::SourceMap;
//!
//! let mut sources = SourceMap::new();
//! let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Permit", "Action": "s3:*", "Resource": "*"}}"#;
//! let source = sources.add("policy.json", text);
//! let parsed = ibc::syntax::parse_policy(&sources, source, None, PolicyKind::Identity);
//! assert!(parsed.policy.is_none());
//! assert_eq!(parsed.diagnostics[0].code.as_str(), "invalid-effect");
//! ```

pub mod ast;
mod decode;
mod guess;
pub mod json;
mod json_build;
mod json_to_ast;
mod lexer;
pub mod limits;
mod many;
mod mistakes;
mod print;
mod strings;
#[cfg(test)]
pub(crate) mod testing;
mod token;
mod unescape;

pub use decode::{Utf8Error, decode_source};
pub use guess::guess_kind;
pub use many::parse_policies;
pub use print::print_policy;

use crate::diagnostic::Diagnostic;
use crate::iam::PolicyKind;
use crate::source::{SourceId, SourceMap, Span};
use json::{Json, ParsedJson, Value};
use mistakes::Mistakes;

/// What came out of reading one policy.
#[derive(Debug)]
pub struct Parsed {
    /// The policy; `None` if some diagnostic says that it cannot be loaded.
    pub policy: Option<ast::Policy>,
    /// Every mistake found, in the order of the text; at most [`limits::MAX_DIAGNOSTICS`].
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the policy at `span` of a source, or the whole source.
///
/// All spans count from the start of the source. Takes time linear in the text, whatever it holds.
///
/// # Panics
/// If `source` is of another map, or `span` does not lie in it at character boundaries.
#[must_use]
pub fn parse_policy(sources: &SourceMap, source: SourceId, span: Option<Span>, kind: PolicyKind) -> Parsed {
    let text = sources.source(source).text();
    let mistakes = Mistakes::new(source);
    let json = json::parse(text, span, &mistakes);
    finish(text, &json, kind, mistakes)
}

/// Reads the policy that is a value of a JSON document, such as a member of an account dump.
///
/// The result is that of [`parse_policy`] on the value's span, but the text is not read again. No value of a document with
/// mistakes gives a policy: what could not be read may have been a part of it, and the tree does not tell.
///
/// # Panics
/// If `json` is not of this document, or that not of this source.
#[must_use]
pub fn policy_from_json(
    sources: &SourceMap,
    source: SourceId,
    document: &ParsedJson<'_>,
    json: &Json<'_>,
    kind: PolicyKind,
) -> Parsed {
    let parsed = finish(sources.source(source).text(), json, kind, Mistakes::new(source));
    if document.diagnostics.is_empty() { parsed } else { Parsed { policy: None, ..parsed } }
}

fn finish(text: &str, json: &Json<'_>, kind: PolicyKind, mistakes: Mistakes) -> Parsed {
    let policy = if matches!(json.value, Value::Error) { None } else { json_to_ast::convert(text, json, kind, &mistakes) };
    let policy = policy.filter(|_| !mistakes.is_blocked());
    Parsed { policy, diagnostics: mistakes.into_diagnostics() }
}

#[cfg(test)]
mod tests {
    use super::limits::{MAX_DIAGNOSTICS, MAX_STATEMENTS};
    use super::*;
    use crate::diagnostic::Code;

    fn parse(text: String, kind: PolicyKind) -> Parsed {
        let mut sources = SourceMap::new();
        let source = sources.add("policy.json", text);
        parse_policy(&sources, source, None, kind)
    }

    #[test]
    fn statements_have_a_limit() {
        let with_statements = |count: usize| {
            let parsed =
                parse(format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}0]}}", "0,".repeat(count - 1)), PolicyKind::Scp);
            assert!(parsed.policy.is_none());
            parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).filter(|code| code.blocks_loading()).collect::<Vec<_>>()
        };
        assert_eq!(with_statements(MAX_STATEMENTS + 1), [Code::TooManyStatements]);
        let at_limit = with_statements(MAX_STATEMENTS);
        assert!(at_limit.len() >= MAX_DIAGNOSTICS - 1 && !at_limit.contains(&Code::TooManyStatements));
    }

    /// Long lists, objects and strings take linear time; a test that took quadratic time would not end.
    #[test]
    fn large_parts_are_read_in_linear_time() {
        let keys: String = (0..100_000).map(|number| format!("\"aws:RequestTag/t{number}\": \"*\",")).collect();
        let elements: String = (0..100_000).map(|number| format!("\"E{number}\": 1,")).collect();
        let escapes = "\\u00e9".repeat(100_000);
        let stars = "*?".repeat(100_000);
        let text = format!(
            "{{\"Version\": \"2012-10-17\", {elements} \"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"s3:{stars}\", \
             \"Resource\": [\"arn:aws:s3:::{stars}{escapes}\"], \
             \"Condition\": {{\"StringLike\": {{{keys} \"aws:username\": \"${{{escapes}\"}}}}}}}}"
        );
        let parsed = parse(text, PolicyKind::Identity);
        assert!(parsed.policy.is_none());
        assert_eq!(parsed.diagnostics.len(), MAX_DIAGNOSTICS);
    }

    #[test]
    fn a_part_of_a_damaged_document_gives_no_policy() {
        let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        let policy = |more: &str| format!(r#"{{"p": {{"Version": "2012-10-17", "Statement": [{statement}{more}]}}}}"#);
        let is_loaded = |text: String| {
            let mut sources = SourceMap::new();
            let source = sources.add("dump.json", text);
            let document = json::parse_json(&sources, source, None);
            let policy = document.value.member("p").expect("the member");
            policy_from_json(&sources, source, &document, policy, PolicyKind::Identity).policy.is_some()
        };
        assert!(is_loaded(policy("")));
        assert!(!is_loaded(policy(", 01")));
        assert!(!is_loaded(policy(r#", {"Effect": "Deny", "Action": "*", "Resource": "*", 1: {}}"#)));
    }

    #[test]
    fn the_tree_of_an_ordinary_policy() {
        let text = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Deny", "NotAction": ["s3:Get*", "*"],
            "Resource": "arn:aws:s3:::b/${aws:username}", "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", 1.10]}}}]}"#;
        let parsed = parse(text.to_owned(), PolicyKind::Identity);
        let policy = parsed.policy.expect("a valid policy");
        let statement = &policy.statements[0];
        assert!(statement.action.negated && !statement.resource.as_ref().expect("a resource").negated);
        assert_eq!(&text[statement.action.patterns[0].span.range()], "\"s3:Get*\"");
        let condition = &statement.conditions[0];
        assert_eq!(condition.operator.value.to_string(), "ForAnyValue:StringLikeIfExists");
        assert_eq!(condition.values.iter().map(|value| value.value.to_string()).collect::<Vec<_>>(), ["a", "1.10"]);
        assert_eq!(&text[condition.key.span.range()], "\"aws:TagKeys\"");
    }
}
