use std::collections::BTreeMap;

use super::error::OperationError;
use super::part::{Missing, Operation, Part, PartState, Question};
use super::supply::Supply;
use crate::iam::arn::Arn;
use crate::request::document::{ContextMap, ContextMapValue, DependentDocument, DependentMap, RequestDocument};
use crate::service_facts::{
    ActionFacts, Dependents, Need, ResourceFacts, ResourceUse, ServiceFacts, image_builder, is_of_family,
};

/// The questions that the call raises which `request` describes; `named` says what its dependent actions are on.
///
/// # Errors
/// If the action is no operation of Image Builder, `named` has an action that it does not depend on, or a resource is of a type
/// that its action cannot be on.
pub fn expand<'a>(request: &RequestDocument<'a>, named: &DependentMap) -> Result<Operation<'a>, OperationError> {
    let facts = image_builder();
    let action = operation(&request.action)?;
    let name = full_name(action);
    let expansion = Expansion { facts, action, name: &name, request, context: request.expanded_context(), named };
    expansion.check_names()?;
    let mut parts = expansion.own_parts()?;
    for dependents in &action.dependents {
        parts.extend(expansion.dependent_parts(dependents)?);
    }
    Ok(Operation { action: name, parts })
}

/// The name of an operation as AWS writes it, in whatever letter case it is given: `imagebuilder:CreateImage`.
///
/// # Errors
/// If the action is no operation of Image Builder.
pub fn canonical_name(action: &str) -> Result<String, OperationError> {
    operation(action).map(full_name)
}

fn operation(action: &str) -> Result<&'static ActionFacts<'static>, OperationError> {
    let facts = image_builder();
    facts.own_action(action).ok_or_else(|| OperationError::unknown_operation(facts, action))
}

fn full_name(action: &ActionFacts<'_>) -> String {
    format!("{}:{}", image_builder().service, action.name)
}

/// One call on its way to becoming questions.
struct Expansion<'e, 'a> {
    facts: &'static ServiceFacts<'static>,
    action: &'static ActionFacts<'static>,
    /// The action with its service.
    name: &'e str,
    request: &'e RequestDocument<'a>,
    /// The context of the request, tag maps included.
    context: ContextMap,
    named: &'e DependentMap,
}

impl<'a> Expansion<'_, 'a> {
    /// Every name in `dependent` is of use: a mistyped one would go unasked.
    fn check_names(&self) -> Result<(), OperationError> {
        let dependents: Vec<&str> =
            self.action.dependents.iter().flat_map(|dependents| dependents.actions.iter().copied()).collect();
        let is_known = |action: &str| {
            action.eq_ignore_ascii_case(self.name) || dependents.iter().any(|known| known.eq_ignore_ascii_case(action))
        };
        match self.named.actions().find(|action| !is_known(action)) {
            Some(action) => Err(OperationError::not_dependent(self.name, action, dependents)),
            None => Ok(()),
        }
    }

    /// The action itself: on the resource of the request, on those that `dependent` adds, and on what must be there and is not.
    fn own_parts(&self) -> Result<Vec<Part<'a>>, OperationError> {
        let entries = self.named.entries_of(self.name).unwrap_or_default();
        let added = entries.iter().filter_map(|entry| entry.resource.as_deref());
        let resources: Vec<&str> = std::iter::once(self.request.resource.as_str()).chain(added).collect();
        let missing = self.missing_types(&resources);
        let mut states = Vec::new();
        if missing.is_none() || self.request.resource != ANY {
            let document = RequestDocument { action: self.name.to_owned(), ..self.request.clone() };
            states.push(self.own_question(self.action, document, &BTreeMap::new())?);
        }
        for entry in entries {
            let resource = entry.resource.clone().unwrap_or_else(|| ANY.to_owned());
            states.push(self.own_question(self.action, self.document_of(self.name, resource, entry), &BTreeMap::new())?);
        }
        states.extend(missing.map(|types| PartState::NotGiven(Missing::OwnResource(types))));
        Ok(states.into_iter().map(|state| part(self.name, state)).collect())
    }

    /// The types of which the call must be on a resource, and is on none of these.
    fn missing_types(&self, resources: &[&str]) -> Option<Vec<&'static str>> {
        let is_there = |used: &&ResourceUse<'static>| {
            let facts = self.facts.resource(used.resource_type);
            facts.is_some_and(|facts| resources.iter().any(|resource| facts.fits(resource)))
        };
        let uses = self.action.resources.iter();
        if let Some(required) = uses.clone().find(|used| used.is_required && !is_there(used)) {
            return Some(vec![required.resource_type]);
        }
        let choices: Vec<_> = uses.filter(|used| used.is_choice).collect();
        let is_missing = !choices.is_empty() && !choices.iter().any(is_there);
        is_missing.then(|| choices.iter().map(|used| used.resource_type).collect())
    }

    /// What the call needs of some dependent actions.
    fn dependent_parts(&self, dependents: &'static Dependents<'static>) -> Result<Vec<Part<'a>>, OperationError> {
        if !self.is_needed(dependents) {
            return Ok(match dependents.need {
                Need::OneOf(parameter) => self.choice(dependents, parameter).into_iter().collect(),
                need => dependents.actions.iter().map(|action| part(action, PartState::NotAsked(need))).collect(),
            });
        }
        // What is said of one of the actions holds for the others, which are on the same resource.
        let shared = dependents.actions.iter().find_map(|action| self.named.entries_of(action));
        let mut parts = Vec::new();
        for action in &dependents.actions {
            match self.named.entries_of(action).or(shared) {
                Some(entries) => {
                    for entry in entries {
                        parts.push(part(action, self.dependent_state(dependents, action, entry)?));
                    }
                }
                None => parts.push(part(action, self.dependent_state(dependents, action, &DependentDocument::default())?)),
            }
        }
        Ok(parts)
    }

    /// Whether the call needs the actions, as far as the request shows.
    fn is_needed(&self, dependents: &Dependents<'_>) -> bool {
        match dependents.need {
            Need::Always => true,
            Need::Parameter(name) => self.shows_parameter(name),
            Need::State(_) => self.action.dependents.iter().any(|other| other.need == dependents.need && self.is_named(other)),
            Need::OneOf(_) => self.is_named(dependents),
        }
    }

    fn is_named(&self, dependents: &Dependents<'_>) -> bool {
        dependents.actions.iter().any(|action| self.named.entries_of(action).is_some())
    }

    /// Whether a context key shows that the call passes this parameter, or an action is named that needs it or a part of it.
    fn shows_parameter(&self, name: &str) -> bool {
        let is_part = |other: &str| other.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let needs_it = |other: &&Dependents<'_>| matches!(other.need, Need::Parameter(parameter) if is_part(parameter));
        self.values_of_parameter(name).next().is_some()
            || self.action.dependents.iter().filter(needs_it).any(|other| self.is_named(other))
    }

    /// The values of the context keys that show a parameter.
    fn values_of_parameter(&self, name: &str) -> impl Iterator<Item = &str> {
        let keys: Vec<&str> = self.facts.keys_of_parameter(name).collect();
        let shows = move |key: &str| keys.iter().any(|known| is_of_family(key, known));
        self.context.iter().filter(move |(key, _)| shows(key)).flat_map(|(_, value)| value.values())
    }

    /// What is missing if the call needs one of several actions and none is named; said once, in place of the first.
    fn choice(&self, dependents: &Dependents<'_>, parameter: &'static str) -> Option<Part<'a>> {
        let alternatives: Vec<_> = self.action.dependents.iter().filter(|other| other.need == dependents.need).collect();
        let is_first = alternatives.first().is_some_and(|first| std::ptr::eq(*first, dependents));
        if !is_first || alternatives.iter().any(|other| self.is_named(other)) {
            return None;
        }
        let actions: Vec<&str> = alternatives.iter().flat_map(|other| other.actions.iter().copied()).collect();
        Some(part(actions.first()?, PartState::NotGiven(Missing::Choice { parameter, actions })))
    }

    /// One dependent action, of which the request says `entry`.
    fn dependent_state(
        &self,
        dependents: &'static Dependents<'static>,
        action: &str,
        entry: &DependentDocument,
    ) -> Result<PartState<'a>, OperationError> {
        let named = entry.resource.clone().filter(|resource| resource != ANY || dependents.resource == ANY);
        let Some(resource) = named.or_else(|| self.resource_of(dependents)) else {
            return Ok(PartState::NotGiven(self.missing_resource(dependents)));
        };
        if let Some(facts) = self.facts.resource(dependents.resource)
            && !facts.fits(&resource)
        {
            return Err(OperationError::wrong_resource(action, &resource, vec![facts.resource_type]));
        }
        let document = self.document_of(action, resource, entry);
        if let Some(own) = self.facts.own_action(action) {
            return self.own_question(own, document, &dependents.keys);
        }
        let supply = if action == PASS_ROLE { Supply::PassRole } else { Supply::Unknown };
        Ok(self.question(document, supply, &dependents.keys, dependents.resource == ANY))
    }

    /// The resource of dependent actions that the request does not name, if something else tells it.
    fn resource_of(&self, dependents: &Dependents<'_>) -> Option<String> {
        match dependents.resource {
            ANY => Some(ANY.to_owned()),
            OF_OPERATION => Some(self.request.resource.clone()).filter(|resource| resource != ANY),
            resource_type => {
                let facts = self.facts.resource(resource_type)?;
                let shown = match dependents.need {
                    Need::Parameter(name) => self.values_of_parameter(name).find(|value| facts.fits(value)).map(str::to_owned),
                    _ => None,
                };
                shown.or_else(|| self.only_arn(facts))
            }
        }
    }

    /// The ARN of that of which each account has one: the caller's.
    fn only_arn(&self, facts: &ResourceFacts<'_>) -> Option<String> {
        let principal = self.request.principal.principal_for(&self.request.action);
        let partition = Arn::parse(principal.name)?.partition;
        facts.only_arn(partition, principal.account()?)
    }

    fn missing_resource(&self, dependents: &Dependents<'_>) -> Missing {
        match self.facts.resource(dependents.resource) {
            Some(facts) => Missing::Resource { resource_type: facts.resource_type, arn_format: facts.arn_format },
            None => Missing::OwnResource(self.action.resources.iter().map(|used| used.resource_type).collect()),
        }
    }

    /// The request of a dependent action: the call's, on this resource, with what the entry says.
    fn document_of(&self, action: &str, resource: String, entry: &DependentDocument) -> RequestDocument<'a> {
        let is_same = resource == self.request.resource;
        let resource_account = entry.resource_account.clone();
        RequestDocument {
            action: action.to_owned(),
            resource_account: resource_account.or_else(|| self.request.resource_account.clone().filter(|_| is_same)),
            resource_management_account: entry.resource_management_account || is_same && self.request.resource_management_account,
            resource,
            // They are inherited with the call's context, in which explicit keys win.
            principal_tags: None,
            resource_tags: entry.resource_tags.clone(),
            request_tags: entry.request_tags.clone(),
            context: entry.context.clone(),
            grant_allows: entry.grant_allows,
            ..self.request.clone()
        }
    }

    /// The question of an action of Image Builder.
    fn own_question(
        &self,
        action: &'static ActionFacts<'static>,
        document: RequestDocument<'a>,
        fixed: &BTreeMap<&str, &str>,
    ) -> Result<PartState<'a>, OperationError> {
        let has_no_resources = action.resources.is_empty();
        let types = || action.resources.iter().filter_map(|used| self.facts.resource(used.resource_type));
        let found = types().find(|facts| facts.fits(&document.resource));
        if found.is_none() && !has_no_resources && document.resource != ANY {
            let types = types().map(|facts| facts.resource_type).collect();
            return Err(OperationError::wrong_resource(&document.action, &document.resource, types));
        }
        let supply = Supply::Own { action, has_tags: found.is_some_and(|facts| facts.has_tags) };
        Ok(self.question(document, supply, fixed, has_no_resources))
    }

    /// Makes the question: the resource if the action has resource-level permission, and the context that its requests carry.
    fn question(
        &self,
        mut document: RequestDocument<'a>,
        supply: Supply,
        fixed: &BTreeMap<&str, &str>,
        has_no_resources: bool,
    ) -> PartState<'a> {
        let is_same = document.resource == self.request.resource;
        let mut context = document.expanded_context();
        let left_out = context.take_unless(|key| supply.takes(key));
        context.extend_absent(fixed.iter().map(|(&key, &value)| (key.to_owned(), ContextMapValue::Single(value.to_owned()))));
        let inherited = self.context.iter().filter(|(key, _)| supply.inherits(key, is_same));
        context.extend_absent(inherited.map(|(key, value)| (key.to_owned(), value.clone())));
        let twins: Vec<_> = context.iter().filter_map(|(key, value)| Some((supply.twin_of(key)?, value.clone()))).collect();
        context.extend_absent(twins);
        (document.principal_tags, document.resource_tags, document.request_tags) = (None, None, None);
        document.context = context;
        let is_moved = has_no_resources && document.resource != ANY;
        let moved_from = is_moved.then(|| std::mem::replace(&mut document.resource, ANY.to_owned()));
        PartState::Asked(Box::new(Question { request: document, moved_from, left_out }))
    }
}

fn part<'a>(action: &str, state: PartState<'a>) -> Part<'a> {
    Part { action: action.to_owned(), state }
}

/// The resource of an action without resource-level permission.
const ANY: &str = "*";
/// What the facts call the resource of the call itself.
const OF_OPERATION: &str = "operation";
const PASS_ROLE: &str = "iam:PassRole";
