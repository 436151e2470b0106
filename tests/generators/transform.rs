//! Changes of scenarios whose effect on the decision a law predicts.

use ibc::iam::{ActionPattern, BaseOperator, ConditionKey, SetOperator, Template, TemplatePart, Version};
use ibc::source::Spanned;
use ibc::syntax::ast::{Element, Policy, Statement};

use super::Scenario;
use super::directed::Choices;
use super::policy::placeless;
use super::request::Value;

/// Puts a list into another order and repeats some of its entries.
pub(crate) fn shuffle<T: Clone>(list: &mut Vec<T>, choices: &mut Choices) {
    for index in (1..list.len()).rev() {
        list.swap(index, choices.below(index + 1));
    }
    if !list.is_empty() && choices.once_in(3) {
        list.push(list[choices.below(list.len())].clone());
    }
}

/// Shuffles everything whose order means nothing: policies, statements, entries of elements, conditions and their values.
pub(crate) fn shuffle_all(scenario: &mut Scenario, choices: &mut Choices) {
    shuffle(&mut scenario.identity, choices);
    shuffle(&mut scenario.scp, choices);
    shuffle(&mut scenario.rcp, choices);
    scenario.scp.iter_mut().chain(&mut scenario.rcp).for_each(|level| shuffle(level, choices));
    [&mut scenario.session, &mut scenario.endpoint].into_iter().flatten().for_each(|policies| shuffle(policies, choices));
    for policy in scenario.policies_mut() {
        shuffle(&mut policy.statements, choices);
        for statement in &mut policy.statements {
            shuffle(&mut statement.conditions, choices);
            statement.conditions.iter_mut().for_each(|condition| shuffle(&mut condition.values, choices));
            shuffle(&mut statement.action.patterns, choices);
            statement.resource.iter_mut().for_each(|resource| shuffle(&mut resource.patterns, choices));
            statement.principal.iter_mut().for_each(|principal| shuffle(&mut principal.patterns, choices));
        }
    }
}

/// Gives each statement a policy of its own.
pub(crate) fn split_policies(policies: &[Policy]) -> Vec<Policy> {
    let alone = |policy: &Policy, statement: &Statement| Policy { statements: vec![statement.clone()], ..policy.clone() };
    policies.iter().flat_map(|policy| policy.statements.iter().map(move |statement| alone(policy, statement))).collect()
}

/// Replaces each list of `Action`, `Resource`, `Principal`, and of the values of a condition whose values are OR-ed, by one
/// statement for each entry.
pub(crate) fn split_lists(statement: &Statement) -> Vec<Statement> {
    let mut statements = vec![statement.clone()];
    split(&mut statements, |statement| one_each(&statement.action), |statement, action| statement.action = action);
    split(
        &mut statements,
        |statement| statement.resource.as_ref().and_then(one_each),
        |statement, resource| statement.resource = Some(resource),
    );
    split(
        &mut statements,
        |statement| statement.principal.as_ref().and_then(one_each),
        |statement, principal| statement.principal = Some(principal),
    );
    for index in 0..statement.conditions.len() {
        split(
            &mut statements,
            |statement| {
                let condition = &statement.conditions[index];
                let operator = condition.operator.value;
                let is_union = !operator.base.is_negated() && operator.set != Some(SetOperator::ForAllValues);
                // Without values an `IfExists` still holds for an absent key: no union of nothing (CO-12).
                (is_union && !condition.values.is_empty()).then(|| condition.values.clone())
            },
            |statement, value| statement.conditions[index].values = vec![value],
        );
    }
    statements
}

fn split<T>(statements: &mut Vec<Statement>, parts: impl Fn(&Statement) -> Option<Vec<T>>, set: impl Fn(&mut Statement, T)) {
    *statements = std::mem::take(statements)
        .into_iter()
        .flat_map(|statement| match parts(&statement) {
            None => vec![statement],
            Some(parts) => {
                let with_part = |part| {
                    let mut alone = statement.clone();
                    set(&mut alone, part);
                    alone
                };
                parts.into_iter().map(with_part).collect()
            }
        })
        .collect();
}

/// The element once for each of its entries; `None` for a `Not` element, which is no union.
fn one_each<T: Clone>(element: &Element<T>) -> Option<Vec<Element<T>>> {
    (!element.negated).then(|| each_alone(element))
}

/// The element once for each of its entries.
pub(crate) fn each_alone<T: Clone>(element: &Element<T>) -> Vec<Element<T>> {
    let alone = |pattern: &Spanned<T>| Element { negated: element.negated, span: element.span, patterns: vec![pattern.clone()] };
    element.patterns.iter().map(alone).collect()
}

/// Writes some letters of a name in the other case.
pub(crate) fn flip_case(name: &str, choices: &mut Choices) -> String {
    let flip = |c: char| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    name.chars().map(|c| if choices.once_in(2) { flip(c) } else { c }).collect()
}

/// Changes the letter case of every name for which it means nothing: actions, condition keys with their tag part, variables,
/// context keys.
pub(crate) fn flip_all_names(scenario: &mut Scenario, choices: &mut Choices) {
    for statement in scenario.policies_mut().flat_map(|policy| &mut policy.statements) {
        for pattern in &mut statement.action.patterns {
            if let ActionPattern::Service { prefix, name } = &mut pattern.value {
                *prefix = flip_case(prefix, choices).into();
                *name = flip_case(name, choices).into();
            }
        }
        for condition in &mut statement.conditions {
            condition.key.value = ConditionKey::new(flip_case(condition.key.value.as_str(), choices));
        }
        for template in templates_mut(statement) {
            for part in &mut template.parts {
                if let TemplatePart::Variable(variable) = part {
                    variable.key = ConditionKey::new(flip_case(variable.key.as_str(), choices));
                }
            }
        }
    }
    let request = &mut scenario.request;
    request.action = flip_case(&request.action, choices);
    request.context.iter_mut().for_each(|(key, _)| *key = flip_case(key, choices));
    scenario.principal_tags.iter_mut().for_each(|(key, _)| *key = flip_case(key, choices));
}

/// The templates of a statement: resources and condition values.
pub(crate) fn templates_mut(statement: &mut Statement) -> impl Iterator<Item = &mut Template> {
    let resources = statement.resource.iter_mut().flat_map(|resource| &mut resource.patterns);
    let values = statement.conditions.iter_mut().flat_map(|condition| &mut condition.values);
    resources.chain(values).map(|template| &mut template.value)
}

/// Keys whose values [`rename_values`] changes: none is derived from the request.
const RENAMED_KEYS: &[&str] = &[
    "aws:PrincipalTag/team",
    "aws:ResourceTag/team",
    "imagebuilder:ResourceTag/team",
    "aws:RequestTag/env",
    "aws:TagKeys",
    "aws:CalledVia",
    "s3:prefix",
];

fn is_renamed(key: &str) -> bool {
    RENAMED_KEYS.iter().any(|name| name.eq_ignore_ascii_case(key))
}

/// Keeps only what a renaming of values cannot disturb: equality tests on renamed keys, with whole values or whole variables
/// of renamed keys, and resources without variables.
pub(crate) fn keep_equality_tests(scenario: &mut Scenario) {
    for statement in scenario.policies_mut().flat_map(|policy| &mut policy.statements) {
        statement.conditions.retain(|condition| {
            let base = condition.operator.value.base;
            let is_whole = |value: &Spanned<Template>| match value.value.parts.as_slice() {
                [TemplatePart::Variable(variable)] => is_renamed(variable.key.as_str()),
                _ => value.value.variables().next().is_none(),
            };
            matches!(base, BaseOperator::StringEquals | BaseOperator::StringNotEquals)
                && is_renamed(condition.key.value.as_str())
                && condition.values.iter().all(is_whole)
        });
        if let Some(resource) = &mut statement.resource {
            resource.patterns.retain(|pattern| pattern.value.variables().next().is_none());
            if resource.patterns.is_empty() {
                resource.patterns.push(placeless(super::text::template("*", Version::V2012)));
                resource.negated = false;
            }
        }
    }
}

/// Renames the values of the renamed keys, in policies and request, one to one.
pub(crate) fn rename_values(scenario: &mut Scenario) {
    let rename = |text: &str| format!("<{text}>");
    for condition in
        scenario.policies_mut().flat_map(|policy| &mut policy.statements).flat_map(|statement| &mut statement.conditions)
    {
        for value in &mut condition.values {
            match value.value.parts.as_mut_slice() {
                [TemplatePart::Variable(variable)] => {
                    variable.default = variable.default.as_deref().map(|default| rename(default).into());
                }
                _ => {
                    let text = value.value.as_plain_text().expect("no variable");
                    value.value = Template { parts: vec![TemplatePart::Literal(rename(&text).into())].into() };
                }
            }
        }
    }
    for (key, value) in &mut scenario.request.context {
        if is_renamed(key) {
            *value = value.map(|text| rename(text));
        }
    }
    scenario.principal_tags.iter_mut().for_each(|(_, value)| *value = rename(value));
}

/// Replaces each variable that has a value, or a default in place of one, by that text.
///
/// The request must derive nothing: only its own context is looked at.
pub(crate) fn substitute_variables(scenario: &mut Scenario) {
    let request = scenario.request.clone();
    let value_of = |part: &TemplatePart| match part {
        TemplatePart::Variable(variable) => match request.value(variable.key.as_str()) {
            Some(Value::Single(text)) => Some(text.clone()),
            Some(Value::Multi(texts)) if !texts.is_empty() => None,
            _ => variable.default.as_deref().map(str::to_owned),
        },
        _ => None,
    };
    let substitute = |template: &mut Template| {
        let mut parts: Vec<TemplatePart> = Vec::new();
        for part in &template.parts {
            let part = match value_of(part) {
                Some(text) if text.is_empty() => continue,
                Some(text) => TemplatePart::Literal(text.into()),
                None => part.clone(),
            };
            match (parts.last_mut(), &part) {
                (Some(TemplatePart::Literal(before)), TemplatePart::Literal(text)) => *before = format!("{before}{text}").into(),
                _ => parts.push(part),
            }
        }
        template.parts = parts.into();
    };
    for statement in scenario.policies_mut().flat_map(|policy| &mut policy.statements) {
        statement
            .resource
            .iter_mut()
            .flat_map(|resource| &mut resource.patterns)
            .for_each(|pattern| substitute(&mut pattern.value));
        // Other operators take the text of a variable as it is (PV-6).
        let with_variables = statement.conditions.iter_mut().filter(|condition| condition.operator.value.base.has_variables());
        with_variables.flat_map(|condition| &mut condition.values).for_each(|value| substitute(&mut value.value));
    }
}

/// Whether some policy mentions the key: in a condition, or as a variable.
pub(crate) fn mentions(scenario: &Scenario, key: &str) -> bool {
    let key = ConditionKey::new(key);
    scenario.statements().iter().any(|statement| {
        let resources = statement.resource.iter().flat_map(|resource| &resource.patterns);
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        statement.conditions.iter().any(|condition| condition.key.value == key)
            || resources.chain(values).any(|template| template.value.variables().any(|variable| variable.key == key))
    })
}
