//! Moves a request towards the words of policies: its action, resource, caller and context are made to fit some statements,
//! so that the interesting parts of conditions and patterns are reached.

use ibc::iam::{ActionPattern, BaseOperator, SetOperator, Template, TemplatePart, ValueType};
use ibc::syntax::ast::{Condition, Statement};
use proptest::collection::vec;
use proptest::prelude::*;

use super::request::{self, RequestCase, Value};

/// An endless row of choices made beforehand, so that proptest can shrink them: zero is the first alternative.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    numbers: Vec<u16>,
    next: usize,
}

impl Choices {
    /// The choices that these numbers say, over and over.
    pub(crate) fn new(numbers: Vec<u16>) -> Choices {
        Choices { numbers, next: 0 }
    }

    /// One of `count` alternatives.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let number = self.numbers.get(self.next % self.numbers.len().max(1)).copied().unwrap_or(0);
        self.next += 1;
        usize::from(number) % count.max(1)
    }

    /// One of these, if there are any.
    pub(crate) fn pick<'a, T>(&mut self, alternatives: &'a [T]) -> Option<&'a T> {
        alternatives.get(self.below(alternatives.len()))
    }

    /// True once in `count`.
    pub(crate) fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }
}

/// Random choices.
pub(crate) fn choices() -> impl Strategy<Value = Choices> {
    vec(any::<u16>(), 8..=24).prop_map(Choices::new)
}

/// Makes `request` fit one or two of the statements, mostly.
pub(crate) fn direct(request: &mut RequestCase, statements: &[&Statement], choices: &mut Choices) {
    for _ in 0..=choices.below(2) {
        if let Some(statement) = choices.pick(statements) {
            fit(request, statement, choices);
        }
    }
}

/// Mostly has the request made by a plain user, if `may_change_caller`, and about a resource of the caller's own account.
pub(crate) fn bring_home(request: &mut RequestCase, may_change_caller: bool, choices: &mut Choices) {
    if may_change_caller && !choices.once_in(4) {
        request.caller = request::user();
    }
    if !choices.once_in(4) {
        request.resource_account = request.caller.principal().account().map(str::to_owned);
    }
}

/// Makes `request` fit one statement, mostly.
pub(crate) fn fit(request: &mut RequestCase, statement: &Statement, choices: &mut Choices) {
    if let Some(principal) = &statement.principal
        && let Some(caller) = choices.pick(&principal.patterns).and_then(|pattern| request::caller_named(&pattern.value))
    {
        request.caller = caller;
    }
    for condition in &statement.conditions {
        fit_condition(request, condition, choices);
    }
    if let Some(pattern) = choices.pick(&statement.action.patterns)
        && let ActionPattern::Service { prefix, name } = &pattern.value
    {
        request.action = format!("{prefix}:{}", instance_of_name(name, choices));
    }
    if let Some(resource) = &statement.resource
        && let Some(pattern) = choices.pick(&resource.patterns)
        && !is_any(&pattern.value)
    {
        request.resource = instance(&pattern.value, true, request, choices);
    }
}

/// Whether the template is `*`.
pub(crate) fn is_any(template: &Template) -> bool {
    matches!(template.parts.as_slice(), [TemplatePart::AnyRun])
}

/// A name that the pattern of an action matches.
pub(crate) fn instance_of_name(pattern: &str, choices: &mut Choices) -> String {
    let names = ["GetObject", "GetImage", "CreateImage", "x"];
    match pattern {
        "*" => (*choices.pick(&names).expect("not empty")).to_owned(),
        _ => pattern.replace('*', ["", "Object", "t"][choices.below(3)]).replace('?', "g"),
    }
}

/// A text that the template matches, mostly: wildcards become short runs, variables what the context says.
pub(crate) fn instance(template: &Template, has_wildcards: bool, request: &RequestCase, choices: &mut Choices) -> String {
    let part_text = |part: &TemplatePart, choices: &mut Choices| match part {
        TemplatePart::Literal(text) => text.to_string(),
        TemplatePart::AnyRun if has_wildcards => ["", "a", "a/b:c", "red"][choices.below(4)].to_owned(),
        TemplatePart::AnyChar if has_wildcards => ["a", "1", "é"][choices.below(3)].to_owned(),
        TemplatePart::AnyRun => "*".to_owned(),
        TemplatePart::AnyChar => "?".to_owned(),
        TemplatePart::Variable(variable) => match (request.value(variable.key.as_str()), &variable.default) {
            (Some(Value::Single(text)), _) => text.clone(),
            (_, Some(default)) => default.to_string(),
            _ => request.caller.name.rsplit('/').next().unwrap_or_default().to_owned(),
        },
    };
    template.parts.iter().map(|part| part_text(part, choices)).collect()
}

/// Gives the context of `request` a value that the condition mentions.
fn fit_condition(request: &mut RequestCase, condition: &Condition, choices: &mut Choices) {
    let operator = condition.operator.value;
    let key = condition.key.value.as_str();
    // Keys that a real request derives are mostly left to derivation.
    let is_derived = ["aws:Principal", "aws:user", "aws:ResourceAccount"].iter().any(|prefix| key.starts_with(prefix));
    if choices.once_in(6) || (is_derived && !key.contains("Tag/") && choices.below(3) > 0) {
        return;
    }
    if operator.base == BaseOperator::Null {
        let is_present = choices.once_in(2);
        request.set(key, is_present.then(|| Value::Single("red".to_owned())));
        return;
    }
    let Some(value) = choices.pick(&condition.values) else {
        return;
    };
    let mut text = instance(&value.value, operator.base.has_wildcards(), request, choices);
    if operator.base.value_type() == ValueType::IpAddress
        && let Some((address, _)) = text.split_once('/')
    {
        text = address.to_owned();
    }
    let is_multi = match operator.set {
        Some(SetOperator::ForAllValues | SetOperator::ForAnyValue) => !choices.once_in(4),
        None => choices.once_in(12),
    };
    let value = if is_multi {
        let other = choices.once_in(3).then(|| "blue".to_owned());
        Value::Multi(std::iter::once(text).chain(other).collect())
    } else {
        Value::Single(text)
    };
    request.set(key, Some(value));
}
