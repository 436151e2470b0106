//! The document: `Version`, `Id`, `Statement` (semantics 1.1).

use std::collections::HashMap;

use super::{Converter, StringAt, statement, text};
use crate::diagnostic::Code;
use crate::iam::{PolicyKind, Version};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Policy, Statement};
use crate::syntax::json::{Json, Member, Value};
use crate::syntax::limits::MAX_STATEMENTS;

const ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];

pub(super) fn convert(converter: &mut Converter<'_>, json: &Json<'_>) -> Option<Policy> {
    if converter.complete {
        text::check(converter, json.span);
    }
    let members = converter.object(json, "a policy")?;
    for member in members.iter().filter(|member| !ELEMENTS.contains(&&*member.key.text)) {
        let is_of_statement = statement::ELEMENTS.contains(&&*member.key.text);
        converter.report_unknown_element(&member.key, "a policy", &ELEMENTS, is_of_statement.then_some("a statement"));
    }
    let element = |name: &str| members.iter().find(|member| member.key.text == name);
    let version = version(converter, element("Version"), json.span);
    converter.version = version.map_or(Version::default(), |version| version.value);
    let id = element("Id").and_then(|member| id(converter, member));
    let Some(statement) = element("Statement") else {
        let help = "Write `\"Statement\": [{\"Effect\": ..., \"Action\": ..., ...}]`.";
        converter.report_missing(Code::MissingStatement, json.span, "the policy has no `Statement`", help);
        return None;
    };
    let statements = statements(converter, &statement.value)?;
    Some(Policy { kind: converter.kind, source: converter.mistakes.source(), span: json.span, version, id, statements })
}

fn version(converter: &Converter<'_>, member: Option<&Member<'_>>, document: Span) -> Option<Spanned<Version>> {
    let Some(member) = member else {
        let help = "Write `\"Version\": \"2012-10-17\"`, unless `${` should be ordinary text.";
        let message = "without `Version` the policy is read as version 2008-10-17";
        converter.report_missing(Code::MissingVersion, document, message, help);
        return None;
    };
    let StringAt { text, span } = converter.string(member)?;
    let version = [Version::V2012, Version::V2008].into_iter().find(|version| version.as_str() == text);
    if version.is_none() {
        let help = "Write `\"2012-10-17\"`.";
        converter.report(Code::InvalidVersion, span, format!("`{text}` is not a version of the policy language"), help);
    }
    version.map(|version| Spanned::new(version, span))
}

fn id(converter: &Converter<'_>, member: &Member<'_>) -> Option<Spanned<Box<str>>> {
    let StringAt { text, span } = converter.string(member)?;
    if matches!(converter.kind, PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session) {
        let message = format!("{} has no `Id`", kind_name(converter.kind));
        converter.report(
            Code::UnsupportedId,
            member.key.span,
            message,
            "Remove it; the policy's name is given when it is attached.",
        );
    }
    Some(Spanned::new(text.into(), span))
}

/// One statement, or a list of them.
fn statements(converter: &Converter<'_>, json: &Json<'_>) -> Option<Vec<Statement>> {
    let entries = match &json.value {
        Value::Array(entries) => entries.as_slice(),
        Value::Object(_) => std::slice::from_ref(json),
        _ => {
            converter.report_type(json, "`Statement`", "an object or a list of objects");
            return None;
        }
    };
    if entries.len() > MAX_STATEMENTS {
        let message = format!("the policy has {} statements, more than {MAX_STATEMENTS}", entries.len());
        converter.report(Code::TooManyStatements, json.span, message, "Split it into several policies.");
        return None;
    }
    if entries.is_empty() {
        let help = "Write a statement, or do not attach the policy.";
        converter.report(Code::EmptyStatement, json.span, "the policy has no statements and does nothing", help);
    }
    let mut statements = Vec::with_capacity(entries.len());
    let mut readable = true;
    for entry in entries {
        match statement::convert(converter, entry) {
            Some(statement) => statements.push(statement),
            None => readable = false,
        }
    }
    check_sids(converter, &statements);
    readable.then_some(statements)
}

/// Sids are unique in one policy; empty ones do not count (GR-10, GR-11).
fn check_sids(converter: &Converter<'_>, statements: &[Statement]) {
    let required = matches!(converter.kind, PolicyKind::Identity | PolicyKind::Boundary);
    let code = if required { Code::UniqueSidsRequired } else { Code::UniqueSidsRecommended };
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for sid in statements.iter().filter_map(|statement| statement.sid.as_ref()).filter(|sid| !sid.value.is_empty()) {
        let first = *seen.entry(&sid.value).or_insert(sid.span);
        if first != sid.span {
            let finding = converter.mistakes.finding(code, sid.span, format!("another statement has the Sid `{}`", sid.value));
            let finding = finding.with_secondary(converter.mistakes.source(), first, "first here");
            converter.push(finding.with_help("Give each statement a Sid of its own, or none."));
        }
    }
}

/// How a policy of this kind is called in messages, with its article.
pub(super) const fn kind_name(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "an identity-based policy",
        PolicyKind::Boundary => "a permissions boundary",
        PolicyKind::Session => "a session policy",
        PolicyKind::Resource => "a resource-based policy",
        PolicyKind::Trust => "a role trust policy",
        PolicyKind::Scp => "a service control policy",
        PolicyKind::Rcp => "a resource control policy",
        PolicyKind::Endpoint => "a VPC endpoint policy",
    }
}
