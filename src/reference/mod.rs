//! The reference evaluator: slow and obvious, the executable form of the semantics.

use crate::bundle::Bundle;
use crate::iam::{Decision, Layer};
use crate::request::Request;
use crate::syntax::ast::{Policy, Statement};

/// The policies that apply to one request, layer by layer.
#[derive(Debug, Clone, Default)]
pub struct Layers<'a> {
    /// The caller's identity policies.
    pub identity: Vec<&'a Policy>,
    /// The caller's boundary: `None` without one; an empty list for one that could not be found (EV-63).
    pub boundary: Option<Vec<&'a Policy>>,
    /// Policies passed when the session was made; `None` if none were. Of a root user: the task policy.
    pub session: Option<Vec<&'a Policy>>,
    /// SCP levels of the caller's account.
    pub scp: Vec<Vec<&'a Policy>>,
    /// RCP levels of the resource's account.
    pub rcp: Vec<Vec<&'a Policy>>,
    /// The policy attached to the resource.
    pub resource: Option<&'a Policy>,
    /// The policies of the VPC endpoint, if the request came through one.
    pub endpoint: Option<Vec<&'a Policy>>,
    /// Tags of the caller known from the bundle; keys that the request gives itself win (TG-8).
    pub principal_tags: Vec<(&'a str, &'a str)>,
    /// The role's ARN with path, if the bundle knows it and the request does not say.
    pub role_arn: Option<&'a str>,
    /// The caller's unique id, likewise.
    pub unique_id: Option<&'a str>,
    /// Whether the caller's account is the management account, by bundle or request.
    pub caller_in_management_account: bool,
    /// Whether the resource's account is.
    pub resource_in_management_account: bool,
}

/// Policies that travel with a request.
#[derive(Debug, Clone, Default)]
pub struct RuntimePolicies<'a> {
    /// Session policies; `None` if the session was made without any.
    pub session: Option<Vec<&'a Policy>>,
    /// The endpoint's policies, if the bundle does not hold them.
    pub endpoint: Option<Vec<&'a Policy>>,
}

/// The answer, with every statement that mattered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
    /// The decision.
    pub decision: Decision,
    /// The layer that decided: which denies, which lacks an Allow, or which grants (`Identity` or `Resource`).
    /// `None` for the actions that need no permission (EV-38).
    pub layer: Option<Layer>,
    /// The statements behind the decision: of the deciding layer, all that apply with the deciding effect.
    pub matched: Vec<&'a Statement>,
}

/// Decides one request over the policies that apply to it.
#[must_use]
pub fn decide<'a>(_layers: &Layers<'a>, _request: &Request<'_>) -> Answer<'a> {
    Answer { decision: Decision::ImplicitDeny, layer: None, matched: Vec::new() }
}

/// Finds the policies of a bundle that apply to a request, by plain search.
#[must_use]
pub fn layers_of<'a>(_bundle: &'a Bundle, _request: &Request<'_>, _runtime: &RuntimePolicies<'a>) -> Layers<'a> {
    Layers::default()
}
