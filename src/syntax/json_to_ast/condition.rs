//! `Condition`: operators, keys and values (semantics 4.1).

use std::borrow::Cow;
use std::fmt::Display;
use std::mem::discriminant;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Case, Converter, StringAt};
use crate::diagnostic::Code;
use crate::iam::{ConditionKey, ConditionOperator, Template, ValueType, value};
use crate::source::Spanned;
use crate::syntax::ast::Condition;
use crate::syntax::json::{Json, Member, Text, Value};
use crate::syntax::strings::template::{self, Variables};
use crate::syntax::strings::{condition_key, operator};

pub(super) fn convert(converter: &Converter<'_>, json: &Json<'_>) -> Option<Vec<Condition>> {
    let operators = converter.object(json, "`Condition`")?;
    report_if_empty(converter, json, "`Condition`");
    // GR-5: `StringEquals` and `stringequals` are one operator (D-17).
    report_case_twins(converter, operators, "operators");
    let key_count = |member: &Member<'_>| member.value.as_object().map_or(0, <[_]>::len);
    let mut conditions = Vec::with_capacity(operators.iter().map(key_count).sum());
    let mut readable = true;
    for member in operators {
        match operator(converter, &member.key) {
            Some(operator) => readable &= keys(converter, operator, member, &mut conditions),
            None => readable = false,
        }
    }
    readable.then_some(conditions)
}

fn operator(converter: &Converter<'_>, key: &Text<'_>) -> Option<Spanned<ConditionOperator>> {
    let string = StringAt { text: &key.text, span: key.span };
    if let Some(&known) = converter.words.operators.borrow().get(string.text) {
        return Some(Spanned::new(known, key.span));
    }
    let operator = match operator::parse(string.text) {
        Ok(operator) => operator,
        Err(mistake) => {
            converter.report_in(string, mistake);
            return None;
        }
    };
    let is_canonical = is_canonical(operator, string.text);
    if !is_canonical {
        let message = format!("`{}` is usually written `{operator}`", string.text);
        converter.report(Code::ConditionOperatorCase, key.span, message, format!("Write `{operator}`."));
    }
    let is_qualified_null = operator.base.value_type() == ValueType::Null && operator.set.is_some();
    if is_qualified_null {
        let message = format!("`{operator}` is true or false whatever the key is");
        converter.report(Code::NullWithQualifier, key.span, message, "Write `Null`.");
    }
    if is_canonical && !is_qualified_null {
        converter.words.operators.borrow_mut().insert(string.text.into(), operator);
    }
    Some(Spanned::new(operator, key.span))
}

/// Whether an operator is written exactly as its `Display` does.
fn is_canonical(operator: ConditionOperator, text: &str) -> bool {
    let text = operator.set.map_or(Some(text), |set| text.strip_prefix(set.as_str())?.strip_prefix(':'));
    let text = text.and_then(|text| text.strip_prefix(operator.base.as_str()));
    text == Some(if operator.if_exists { "IfExists" } else { "" })
}

/// Adds one condition for each key of an operator; whether all could be read.
fn keys(
    converter: &Converter<'_>,
    operator: Spanned<ConditionOperator>,
    member: &Member<'_>,
    conditions: &mut Vec<Condition>,
) -> bool {
    let what = format_args!("`{}`", member.key.text);
    let Some(keys) = converter.object(&member.value, what) else { return false };
    report_if_empty(converter, &member.value, what);
    report_case_twins(converter, keys, "keys");
    let mut readable = true;
    for member in keys {
        let string = StringAt { text: &member.key.text, span: member.key.span };
        let key = Spanned::new(key(converter, string), string.span);
        match values(converter, operator.value, member) {
            Some(values) => conditions.push(Condition { operator, key, values }),
            None => readable = false,
        }
    }
    readable
}

fn key(converter: &Converter<'_>, string: StringAt<'_>) -> ConditionKey {
    if let Some(known) = converter.words.condition_keys.borrow().get(string.text) {
        return ConditionKey::new(Arc::clone(known));
    }
    let text: Arc<str> = string.text.into();
    match condition_key::check(&text) {
        Ok(()) => drop(converter.words.condition_keys.borrow_mut().insert(Arc::clone(&text))),
        Err(mistake) => converter.report_in(string, mistake),
    }
    ConditionKey::new(text)
}

/// The values as text (GR-41).
fn values(converter: &Converter<'_>, operator: ConditionOperator, member: &Member<'_>) -> Option<Vec<Spanned<Template>>> {
    let entries = match &member.value.value {
        Value::Array(entries) => entries.as_slice(),
        _ => std::slice::from_ref(&member.value),
    };
    if entries.is_empty() {
        let message = format!("`{}` has no values to compare with", member.key.text);
        converter.report(Code::EmptyArrayCondition, member.value.span, message, "List the values, or remove the key.");
    }
    if let Some(other) = entries.iter().find(|entry| discriminant(&entry.value) != discriminant(&entries[0].value))
        && entries.iter().all(|entry| matches!(entry.value, Value::String(_) | Value::Number(_) | Value::Bool(_)))
    {
        let message = format!("the values of `{}` are {} and {}", member.key.text, entries[0].type_name(), other.type_name());
        converter.report(Code::InvalidConditionDataType, other.span, message, "Write all values as strings.");
    }
    let mut values = Vec::with_capacity(entries.len());
    let mut readable = true;
    for entry in entries {
        match value(converter, operator, entry, &member.key.text) {
            Some(template) => values.push(Spanned::new(template, entry.span)),
            None => readable = false,
        }
    }
    readable.then_some(values)
}

fn value(converter: &Converter<'_>, operator: ConditionOperator, json: &Json<'_>, key: &str) -> Option<Template> {
    let text: Cow<'_, str> = match &json.value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(text) => Cow::Borrowed(text),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        _ => {
            converter.report_type(json, format_args!("a value of `{key}`"), "a string, a number, a boolean or a list of them");
            return None;
        }
    };
    let string = StringAt { text: &text, span: json.span };
    // PV-6: other operators take `${` for text, which is no number, date or address.
    let variables = if operator.base.has_variables() { converter.variables() } else { Variables::Off };
    let template = match template::parse(&text, variables) {
        Ok(template) => template,
        Err(mistake) => {
            converter.report_in(string, mistake);
            return None;
        }
    };
    if text.contains("${") && !check_variables(converter, operator, string) {
        return Some(template);
    }
    check_type(converter, operator, string);
    Some(template)
}

/// Whether `${` of a value is a policy variable; says so if it looks like one and is none.
fn check_variables(converter: &Converter<'_>, operator: ConditionOperator, string: StringAt<'_>) -> bool {
    let value_type = operator.base.value_type();
    if !matches!(value_type, ValueType::String | ValueType::Arn) {
        let message = match value_type {
            // D-04: the documentation disagrees with itself; the variable is substituted.
            ValueType::Bool => format!("`{operator}` may not take policy variables everywhere"),
            _ => format!("`{operator}` takes no policy variables, so this value never matches"),
        };
        let help = "Write the value, or use a string operator.";
        converter.report(Code::InvalidVariableForOperator, string.span, message, help);
        return false;
    }
    converter.check_variable_version(string);
    true
}

/// A value that its operator cannot read never matches (CO-13).
fn check_type(converter: &Converter<'_>, operator: ConditionOperator, string: StringAt<'_>) {
    let text = string.text;
    let (fits, code, expected) = match operator.base.value_type() {
        ValueType::String | ValueType::Arn => return,
        ValueType::Bool | ValueType::Null => (value::parse_bool(text).is_some(), Code::TypeMismatchBoolean, "`true` or `false`"),
        ValueType::Numeric => {
            (value::Decimal::parse(text).is_some(), Code::TypeMismatchNumber, "a decimal number, such as `10` or `0.5`")
        }
        ValueType::Date => {
            (value::Instant::parse(text).is_some(), Code::TypeMismatchDate, "a date, such as `2030-01-31T00:00:00Z`")
        }
        ValueType::IpAddress => (
            value::parse_ip_range(text).is_some(),
            Code::TypeMismatchIpRange,
            "a range, such as `203.0.113.0/24` or `2001:db8::/32`",
        ),
        ValueType::Binary => (STANDARD.decode(text).is_ok(), Code::TypeMismatchString, "bytes in base64"),
    };
    if !fits {
        let message = format!("`{operator}` cannot read `{text}`, so this value never matches");
        converter.report(code, string.span, message, format!("Write {expected}."));
    }
}

/// An empty object tests nothing (CO-3).
fn report_if_empty(converter: &Converter<'_>, json: &Json<'_>, what: impl Display) {
    if json.as_object().is_some_and(<[_]>::is_empty) {
        let message = format!("{what} is empty and tests nothing");
        converter.report(Code::EmptyObjectCondition, json.span, message, "Write what is to be tested, or remove it.");
    }
}

/// Two names that differ only in letter case mean the same (GR-4).
fn report_case_twins(converter: &Converter<'_>, members: &[Member<'_>], what: &str) {
    converter.check_repeated(members.iter().map(|member| &member.key), Case::Ignored, |first, second| {
        if first.text == second.text {
            return;
        }
        let message = format!("the {what} `{}` and `{}` differ only in letter case", first.text, second.text);
        let finding = converter.mistakes.finding(Code::DuplicateKeysWithDifferentCase, second.span, message);
        let finding = finding.with_secondary(converter.mistakes.source(), first.span, "first here");
        converter.push(finding.with_help("Keep one of the two; put several values into one list."));
    });
}
