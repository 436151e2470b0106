//! Managed policies of AWS as many teams would tailor them: again and again, each time about the team's own resources and values.
//!
//! Everything else is as AWS wrote it, so that statements are of every kind there is: what tells them apart are hundreds of keys,
//! lists of patterns, actions of all services. All are of one principal.

use serde_json::Value as Json;

use crate::managed::{Asking, Choice, Policy, draw, list, policies};
use crate::{ACCOUNT, Attachments, Document, Workload};

/// The workload, of so many statements at least, since every team has all policies; `None` if the corpus is not there.
///
/// Of the policies that [`managed`](crate::managed::Choice::Selective) chooses, the statements that name resources or have
/// conditions: what the others say is the same for every team. Requests are drawn as [`managed`](crate::managed::workload) draws
/// them, and what one gets is for the reference evaluator to say.
#[must_use]
pub fn workload(seed: u64, min_statements: usize, request_count: usize) -> Option<Workload> {
    let managed = policies(Choice::Selective)?;
    let mut statements: Vec<Json> = Vec::new();
    let mut documents = Vec::new();
    for team in 0.. {
        if statements.len() >= min_statements {
            break;
        }
        for Policy { document, statements: originals } in &managed {
            let own: Vec<Json> = originals.iter().filter(|statement| is_specific(statement)).map(|s| tailored(s, team)).collect();
            if own.is_empty() {
                continue;
            }
            let text = serde_json::json!({ "Version": "2012-10-17", "Statement": &own }).to_string();
            documents.push(Document { name: format!("team-{team}/{}", document.name), text, statement_count: own.len() });
            statements.extend(own);
        }
    }
    let caller = format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/alice");
    let all: Vec<&Json> = statements.iter().collect();
    let denials: Vec<&Json> = all.iter().copied().filter(|statement| statement["Effect"] == "Deny").collect();
    let requests = draw(seed, &all, request_count, |kind, random| {
        let statement = random.choose(if kind < 3 { &denials } else { &all });
        Asking { caller: caller.clone(), region: None, statement }
    });
    Some(Workload {
        name: format!("tailored-{min_statements}"),
        statement_count: statements.len(),
        attachments: Attachments { everyone: (0..documents.len()).collect(), ..Attachments::default() },
        documents,
        requests,
    })
}

/// Whether a statement names resources or has conditions.
fn is_specific(statement: &Json) -> bool {
    statement.get("Condition").is_some() || list(&statement["Resource"]).all(|pattern| pattern != "*")
}

/// A statement about the resources and values of a team.
fn tailored(statement: &Json, team: usize) -> Json {
    let mut statement = statement.clone();
    for element in ["Resource", "NotResource"] {
        if let Some(patterns) = statement.get_mut(element) {
            change_texts(patterns, &|pattern| resource_of(pattern, team));
        }
    }
    let blocks = statement.get_mut("Condition").and_then(Json::as_object_mut).into_iter().flatten();
    for (operator, block) in blocks.filter(|(operator, _)| operator.contains("String")) {
        let is_pattern = operator.contains("Like");
        for (_, values) in block.as_object_mut().into_iter().flatten() {
            change_texts(values, &|value| value_of(value, team, is_pattern));
        }
    }
    statement
}

/// Changes a text, or each of a list.
fn change_texts(json: &mut Json, change: &dyn Fn(&str) -> String) {
    match json {
        Json::String(text) => *text = change(text),
        Json::Array(texts) => texts.iter_mut().for_each(|text| change_texts(text, change)),
        _ => {}
    }
}

/// `arn:aws:s3:::bucket-*` becomes `arn:aws:s3:::bucket-t7-*`; what names nothing stays.
fn resource_of(pattern: &str, team: usize) -> String {
    let name = pattern.match_indices(':').nth(4).map_or(pattern.len(), |(colon, _)| colon + 1);
    let (head, name) = pattern.split_at(name);
    let (literal, rest) = name.split_at(name.find(['*', '?', '$']).unwrap_or(name.len()));
    match rest {
        "" if literal.is_empty() => pattern.to_owned(),
        "" => format!("{head}{literal}-t{team}"),
        _ => format!("{head}{literal}t{team}-{rest}"),
    }
}

/// `prod` becomes `prod-t7`; names of services and variables are the same for everyone.
fn value_of(value: &str, team: usize, is_pattern: bool) -> String {
    if value.contains("${") || value.contains(".amazonaws.com") || matches!(value, "true" | "false") {
        return value.to_owned();
    }
    match value.strip_suffix('*') {
        Some(start) if is_pattern => format!("{start}t{team}-*"),
        _ => format!("{value}-t{team}"),
    }
}
