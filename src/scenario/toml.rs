//! Scenario files in TOML, turned into the same as JSON.

use serde::Deserialize;
use serde_json::{Value, json};
use toml::{Spanned, Table};

use crate::document::{InputError, TextFile};

/// A scenario file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    defaults: Table,
    scenario: Vec<Spanned<Table>>,
}

/// Whether a text is TOML rather than JSON: JSON begins with an object, or a list of objects; TOML with a comment, a key or a
/// `[table]`.
pub(super) fn is_toml(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.strip_prefix('[') {
        Some(rest) => !rest.trim_start().starts_with(['{', ']']),
        None => !text.is_empty() && !text.starts_with('{'),
    }
}

/// The file as JSON, and the line on which each scenario begins.
pub(super) fn to_json(name: &str, text: &str) -> Result<(String, Vec<u32>), InputError> {
    let file = TextFile::new(name, text);
    let document: Document = toml::from_str(file.text()).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        file.error_at(file.text().get(start..).unwrap_or(""), error.message())
    })?;
    let line_of = |scenario: &Spanned<Table>| file.position(&file.text()[scenario.span().start..]).0;
    let lines = document.scenario.iter().map(line_of).collect();
    let scenarios: Vec<Value> = document.scenario.into_iter().map(|scenario| object(scenario.into_inner())).collect();
    let json = json!({ "defaults": object(document.defaults), "scenario": scenarios });
    Ok((json.to_string(), lines))
}

fn object(table: Table) -> Value {
    Value::Object(table.into_iter().map(|(name, value)| (name, to_value(value))).collect())
}

fn to_value(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is_true) => is_true.into(),
        toml::Value::Datetime(instant) => Value::String(instant.to_string()),
        toml::Value::Array(values) => values.into_iter().map(to_value).collect(),
        toml::Value::Table(table) => object(table),
    }
}
