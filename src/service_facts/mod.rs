//! What is known of one service itself: which actions it has, on which resources, with which context keys, and what else a call
//! of them asks for.
//!
//! Evaluating a policy needs none of this: [`operation`](crate::operation) does, which turns a call of EC2 Image Builder into
//! authorization questions. [`image_builder`] gives the facts, read once from `data/imagebuilder.json`; [`ActionFacts`] is what
//! is known of an action, [`Dependents`] what else its call needs, [`ResourceFacts`] what an ARN of a type looks like.
//!
//! ```
//! use ibc::service_facts::image_builder;
//!
//! let create = image_builder().action("CreateInfrastructureConfiguration").unwrap();
//! let roles = create.dependents.iter().find(|dependents| dependents.actions.contains(&"iam:PassRole")).unwrap();
//! assert_eq!(roles.keys["iam:PassedToService"], "ec2.amazonaws.com");
//! ```

mod resource;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use resource::{ResourceFacts, ResourceUse};

use crate::iam::fold::eq_fold;

/// The facts of EC2 Image Builder.
#[must_use]
pub fn image_builder() -> &'static ServiceFacts<'static> {
    static FACTS: OnceLock<ServiceFacts<'static>> = OnceLock::new();
    FACTS.get_or_init(|| serde_json::from_str(TEXT).expect("the facts that come with the library are as described here"))
}

const TEXT: &str = include_str!("../../data/imagebuilder.json");

/// What is known of a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceFacts<'a> {
    /// What the file is and how it is kept.
    #[serde(borrow)]
    pub about: Vec<&'a str>,
    /// The day that the facts are of: `2026-09-26`.
    pub date: &'a str,
    /// The prefix of its actions: `imagebuilder`.
    pub service: &'a str,
    /// The types of resources that its operations ask about, other services' last.
    pub resources: Vec<ResourceFacts<'a>>,
    /// The context keys that it supplies, beside the global ones.
    pub keys: Vec<KeyFacts<'a>>,
    /// Parameters of calls that a context key shows.
    pub parameters: Vec<ParameterFacts<'a>>,
    /// Its actions, sorted by name.
    pub actions: Vec<ActionFacts<'a>>,
}

/// A context key that a service supplies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFacts<'a> {
    /// Its name; of a family, with a placeholder for the tag key: `aws:RequestTag/${TagKey}`.
    pub key: &'a str,
    /// Its type as AWS writes it: `String`, `ARN`, `ArrayOfString`.
    #[serde(rename = "type")]
    pub value_type: &'a str,
}

/// A parameter of calls whose presence a context key shows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterFacts<'a> {
    /// The name of the parameter.
    pub name: &'a str,
    /// The keys; any of them shows it.
    #[serde(borrow)]
    pub keys: Vec<&'a str>,
}

/// What is known of an action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionFacts<'a> {
    /// Its name without the service: `CreateImage`.
    pub name: &'a str,
    /// Its access levels.
    pub access: Vec<AccessLevel>,
    /// The types of resources that it can be allowed on; none if it has no resource-level permission.
    #[serde(borrow, default)]
    pub resources: Vec<ResourceUse<'a>>,
    /// The context keys that its requests supply, beside the global ones and those of the resource's tags.
    #[serde(default)]
    pub keys: Vec<&'a str>,
    /// What a call of it needs beside the action itself (M-1).
    #[serde(rename = "dependent", default)]
    pub dependents: Vec<Dependents<'a>>,
}

/// What an action does, in AWS's classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AccessLevel {
    /// Sees which resources there are.
    List,
    /// Sees what is in a resource.
    Read,
    /// Changes resources.
    Write,
    /// Changes nothing but tags.
    Tagging,
    /// Changes who may do what.
    #[serde(rename = "Permissions management")]
    PermissionsManagement,
}

/// Actions that a call needs together, on the same resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependents<'a> {
    /// The actions: `iam:PassRole`.
    #[serde(borrow)]
    pub actions: Vec<&'a str>,
    /// What they are on: the type of a resource; `*` if they have no resource-level permission; `operation` if they are on the
    /// resource of the call itself.
    pub resource: &'a str,
    /// When the call needs them.
    #[serde(default)]
    pub need: Need<'a>,
    /// Context keys whose values are fixed: `iam:PassedToService`.
    #[serde(default)]
    pub keys: BTreeMap<&'a str, &'a str>,
}

/// When a call needs a dependent action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Need<'a> {
    /// Whatever it passes.
    #[default]
    Always,
    /// Only if it passes this parameter.
    Parameter(&'a str),
    /// Only if this is so.
    State(&'a str),
    /// If it names this, which it must, in the form that the action is for: of all actions with one such label, at least one.
    OneOf(&'a str),
}

impl<'a> ServiceFacts<'a> {
    /// The action of this name, which is written without the service; letter case does not matter.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&ActionFacts<'a>> {
        self.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// The action of this name, if it is one of this service: `imagebuilder:CreateImage`.
    #[must_use]
    pub fn own_action(&self, action: &str) -> Option<&ActionFacts<'a>> {
        let (service, name) = action.split_once(':')?;
        if service.eq_ignore_ascii_case(self.service) { self.action(name) } else { None }
    }

    /// What is known of a type of resources.
    #[must_use]
    pub fn resource(&self, resource_type: &str) -> Option<&ResourceFacts<'a>> {
        self.resources.iter().find(|resource| resource.resource_type == resource_type)
    }

    /// The keys that show that a call passes a parameter; none if nothing does.
    pub fn keys_of_parameter(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let parameter = self.parameters.iter().find(|parameter| parameter.name == name);
        parameter.into_iter().flat_map(|parameter| parameter.keys.iter().copied())
    }
}

impl ActionFacts<'_> {
    /// Whether its requests supply this key, beside the global ones and those of the resource's tags.
    #[must_use]
    pub fn supplies(&self, key: &str) -> bool {
        self.keys.iter().any(|known| is_of_family(key, known))
    }
}

/// Whether `key` is the key `known`, or one of its family if that ends in a placeholder; letter case does not matter (CO-37).
#[must_use]
pub fn is_of_family(key: &str, known: &str) -> bool {
    match known.split_once("${") {
        Some((prefix, _)) => key.get(..prefix.len()).is_some_and(|start| eq_fold(start, prefix)),
        None => eq_fold(key, known),
    }
}

#[cfg(test)]
mod tests;
