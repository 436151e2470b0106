//! The policy language as text: cutting templates, printing policies.

use ibc::iam::{ActionPattern, ConditionKey, PrincipalPattern, Template, TemplatePart, Variable, Version};
use ibc::syntax::ast::{Element, Policy, Statement};
use serde_json::{Map, Value, json};

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

/// The text of a template in a policy of this version.
pub(crate) fn template_text(template: &Template, version: Version) -> String {
    if version == Version::V2012 {
        return template.to_string();
    }
    template.as_plain_text().expect("a 2008 policy has no variables")
}

/// A policy as JSON. Entries of one operator are put together; lists of one are written as bare strings.
pub(crate) fn to_json(policy: &Policy) -> Value {
    let mut object = Map::new();
    if let Some(version) = &policy.version {
        object.insert("Version".into(), json!(version.value.as_str()));
    }
    if let Some(id) = &policy.id {
        object.insert("Id".into(), json!(&*id.value));
    }
    let version = policy.language_version();
    let statements = policy.statements.iter().map(|statement| statement_json(statement, version));
    object.insert("Statement".into(), statements.collect());
    Value::Object(object)
}

fn statement_json(statement: &Statement, version: Version) -> Value {
    let mut object = Map::new();
    if let Some(sid) = &statement.sid {
        object.insert("Sid".into(), json!(&*sid.value));
    }
    object.insert("Effect".into(), json!(statement.effect.value.to_string()));
    if let Some(principal) = &statement.principal {
        object.insert(element_name("Principal", principal), principal_json(principal));
    }
    let actions = statement.action.patterns.iter().map(|action| action.value.to_string());
    object.insert(element_name("Action", &statement.action), list(actions));
    if let Some(resource) = &statement.resource {
        let texts = resource.patterns.iter().map(|pattern| template_text(&pattern.value, version));
        object.insert(element_name("Resource", resource), list(texts));
    }
    if !statement.conditions.is_empty() {
        object.insert("Condition".into(), conditions_json(statement, version));
    }
    Value::Object(object)
}

fn element_name<T>(name: &str, element: &Element<T>) -> String {
    if element.negated { format!("Not{name}") } else { name.to_owned() }
}

fn principal_json(element: &Element<PrincipalPattern>) -> Value {
    let mut members = Map::new();
    for pattern in &element.patterns {
        let Some(member) = pattern.value.member() else {
            return json!("*");
        };
        let entries = members.entry(member).or_insert_with(|| json!([]));
        entries.as_array_mut().expect("made above").push(json!(pattern.value.to_string()));
    }
    Value::Object(members)
}

fn conditions_json(statement: &Statement, version: Version) -> Value {
    let mut operators = Map::new();
    for condition in &statement.conditions {
        let keys = operators.entry(condition.operator.value.to_string()).or_insert_with(|| json!({}));
        let values = condition.values.iter().map(|value| template_text(&value.value, version));
        keys.as_object_mut().expect("made above").insert(condition.key.value.to_string(), list(values));
    }
    Value::Object(operators)
}

fn list(texts: impl Iterator<Item = String>) -> Value {
    let mut texts: Vec<Value> = texts.map(Value::String).collect();
    if texts.len() == 1 { texts.remove(0) } else { Value::Array(texts) }
}
