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
mod mistakes;
mod print;
mod strings;
mod token;
mod unescape;

pub use decode::{Utf8Error, decode_source};
pub use guess::guess_kind;
pub use print::print_policy;

use crate::diagnostic::Diagnostic;
use crate::iam::PolicyKind;
use crate::source::{SourceId, SourceMap, Span};
use json::{Json, Value};
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
/// The result is that of [`parse_policy`] on the value's span, but the text is not read again. Mistakes of the JSON itself are
/// among those of the document; a value that has some gives no policy and need not give a diagnostic.
///
/// # Panics
/// If `json` is not of this source.
#[must_use]
pub fn policy_from_json(sources: &SourceMap, source: SourceId, json: &Json<'_>, kind: PolicyKind) -> Parsed {
    finish(sources.source(source).text(), json, kind, Mistakes::new(source))
}

fn finish(text: &str, json: &Json<'_>, kind: PolicyKind, mistakes: Mistakes) -> Parsed {
    let policy = if matches!(json.value, Value::Error) { None } else { json_to_ast::convert(text, json, kind, &mistakes) };
    let policy = policy.filter(|_| !mistakes.is_blocked());
    Parsed { policy, diagnostics: mistakes.into_diagnostics() }
}
