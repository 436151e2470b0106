//! Between the texts of a policy and its tree: cuts texts as the parser does, for trees that never were text, and sends trees
//! through text.

use ibc::diagnostic::Diagnostic;
use ibc::iam::{ActionPattern, ConditionKey, Template, TemplatePart, Variable, Version};
use ibc::source::SourceMap;
use ibc::syntax::ast::Policy;
use ibc::syntax::{parse_policy, print_policy};

/// The policy written as text and read back; the diagnostics if it does not load.
pub(crate) fn reread(policy: &Policy) -> Result<Policy, Vec<Diagnostic>> {
    let mut sources = SourceMap::new();
    let source = sources.add("printed", print_policy(policy));
    let parsed = parse_policy(&sources, source, None, policy.kind);
    parsed.policy.ok_or(parsed.diagnostics)
}

/// Cuts well-formed text into a template, as the parser does for a policy of this version.
///
/// # Panics
/// If a `${` of a 2012 policy is not closed.
pub(crate) fn template(text: &str, version: Version) -> Template {
    let mut parts: Vec<TemplatePart> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if version == Version::V2012 && rest.starts_with("${") {
            let end = rest.find('}').expect("a variable is closed");
            match &rest[2..end] {
                escape @ ("*" | "?" | "$") => push_literal(&mut parts, escape),
                inner => parts.push(TemplatePart::Variable(Box::new(variable(inner)))),
            }
            rest = &rest[end + 1..];
            continue;
        }
        match first {
            '*' => parts.push(TemplatePart::AnyRun),
            '?' => parts.push(TemplatePart::AnyChar),
            _ => push_literal(&mut parts, &rest[..first.len_utf8()]),
        }
        rest = &rest[first.len_utf8()..];
    }
    Template { parts: parts.into() }
}

fn push_literal(parts: &mut Vec<TemplatePart>, text: &str) {
    if let Some(TemplatePart::Literal(before)) = parts.last_mut() {
        *before = format!("{before}{text}").into();
    } else {
        parts.push(TemplatePart::Literal(text.into()));
    }
}

fn variable(inner: &str) -> Variable {
    match inner.split_once(", '") {
        Some((key, default)) => {
            let default = default.strip_suffix('\'').expect("a default ends with a quote");
            Variable { key: ConditionKey::new(key), default: Some(default.into()) }
        }
        None => Variable { key: ConditionKey::new(inner), default: None },
    }
}

/// The entry of `Action` with this text.
pub(crate) fn action(text: &str) -> ActionPattern {
    match text.split_once(':') {
        None | Some(("*", "*")) => ActionPattern::Any,
        Some((prefix, name)) => ActionPattern::Service { prefix: prefix.into(), name: name.into() },
    }
}
