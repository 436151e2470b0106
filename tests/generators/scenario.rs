//! A whole question: the policies of every layer, a request, and how a bundle holds the policies.

use std::fmt;

use ibc::bundle::{
    AccountEntry, Attachment, Boundary, Bundle, EndpointEntry, Guardrails, PolicyIds, PrincipalEntry, ResourceEntry,
};
use ibc::iam::arn::Arn;
use ibc::iam::{Effect, PolicyKind};
use ibc::reference::{Layers, RuntimePolicies};
use ibc::syntax::ast::{Policy, Statement};
use ibc::syntax::print_policy;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::request::{self, RequestCase};
use super::settings::Settings;
use super::{directed, policy, text};

/// The policies of every layer, and a request.
///
/// `Debug` writes the form of scenario files, so that a failure can be tried with `ibc eval --scenarios`.
#[derive(Clone)]
pub(crate) struct Scenario {
    pub(crate) identity: Vec<Policy>,
    /// An empty list is a boundary that could not be found (EV-63).
    pub(crate) boundary: Option<Vec<Policy>>,
    pub(crate) session: Option<Vec<Policy>>,
    pub(crate) scp: Vec<Vec<Policy>>,
    pub(crate) rcp: Vec<Vec<Policy>>,
    /// Of kind `Trust` if the request's resource is a role.
    pub(crate) resource: Option<Policy>,
    pub(crate) endpoint: Option<Vec<Policy>>,
    pub(crate) principal_tags: Vec<(String, String)>,
    pub(crate) request: RequestCase,
    pub(crate) placement: Placement,
}

/// Where a bundle holds the policies; the decision does not depend on it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Placement {
    /// How many of the identity policies are attached to everyone, the others to the caller's own entry.
    pub(crate) for_everyone: usize,
    /// Whether guard rails are given for accounts without entry, instead of in entries.
    pub(crate) any_account: bool,
    /// Whether the resource policy's entry is a pattern instead of the ARN.
    pub(crate) resource_pattern: bool,
    /// Whether the endpoint's policies are in the bundle, instead of travelling with the request.
    pub(crate) endpoint_in_bundle: bool,
    /// Whether other principals, accounts, resources and endpoints have policies too.
    pub(crate) has_strangers: bool,
}

/// Random scenarios.
pub(crate) fn scenarios(settings: Settings) -> BoxedStrategy<Scenario> {
    let optional = |kind, probability| policy::optional_policies(kind, settings, probability);
    let list = |kind, probability, most: usize| {
        let most = if settings.has(kind) { most } else { 0 };
        prop_oneof![
            ((1.0 - probability) * 100.0) as u32 => Just(None),
            (probability * 100.0) as u32 => vec(policy::policies(kind, settings), most.min(1)..=most).prop_map(Some),
        ]
        .prop_map(move |policies| policies.filter(|_| most > 0))
    };
    let levels = |kind, probability| {
        let most = if settings.has(kind) { 2 } else { 0 };
        let level = vec(policy::policies(kind, settings), 1..=2);
        (prop::bool::weighted(probability), vec(level, 0..=most)).prop_map(|(given, levels)| if given { levels } else { vec![] })
    };
    let identity =
        vec(policy::policies(PolicyKind::Identity, settings), 0..=if settings.has(PolicyKind::Identity) { 2 } else { 0 });
    let boundary = prop_oneof![
        1 => Just(Some(Vec::new())),
        40 => optional(PolicyKind::Boundary, 0.4).prop_map(|boundary| boundary.map(|boundary| vec![boundary])),
    ]
    .prop_map(move |boundary| boundary.filter(|_| settings.has(PolicyKind::Boundary)));
    let resource = (optional(PolicyKind::Resource, 0.6), optional(PolicyKind::Trust, 0.9));
    let tags = vec((Just("Team".to_owned()), prop::sample::select(vec!["red", "blue", ""]).prop_map(str::to_owned)), 0..=1);
    let layers = (
        identity,
        boundary,
        list(PolicyKind::Session, 0.3, 2),
        levels(PolicyKind::Scp, 0.25),
        levels(PolicyKind::Rcp, 0.2),
        resource,
        list(PolicyKind::Endpoint, 0.15, 1),
        tags,
    );
    (layers, request::requests(), placements(), directed::choices())
        .prop_map(move |(layers, request, placement, mut choices)| {
            let (identity, boundary, session, scp, rcp, (resource, trust), endpoint, principal_tags) = layers;
            let mut scenario =
                Scenario { identity, boundary, session, scp, rcp, resource, endpoint, principal_tags, request, placement };
            if settings.directed {
                let mut request = scenario.request.clone();
                directed::direct(&mut request, &scenario.statements(), &mut choices);
                scenario.request = request;
            }
            // Who belongs to no account does not belong to the management account.
            scenario.request.caller_in_management_account &= scenario.request.caller.kind.has_account();
            if Arn::parse(&scenario.request.resource).is_some_and(|arn| arn.is_role()) {
                scenario.resource = trust;
            }
            scenario
        })
        .boxed()
}

fn placements() -> impl Strategy<Value = Placement> {
    (0_usize..=2, any::<[bool; 4]>()).prop_map(
        |(for_everyone, [any_account, resource_pattern, endpoint_in_bundle, has_strangers])| Placement {
            for_everyone,
            any_account,
            resource_pattern,
            endpoint_in_bundle,
            has_strangers,
        },
    )
}

impl Scenario {
    /// All policies.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &Policy> {
        let levels = self.scp.iter().chain(&self.rcp).flatten();
        let optional = [&self.boundary, &self.session, &self.endpoint].into_iter().flatten().flatten();
        self.identity.iter().chain(levels).chain(optional).chain(&self.resource)
    }

    /// All policies, to be changed.
    pub(crate) fn policies_mut(&mut self) -> impl Iterator<Item = &mut Policy> {
        let levels = self.scp.iter_mut().chain(&mut self.rcp).flatten();
        let optional = [&mut self.boundary, &mut self.session, &mut self.endpoint].into_iter().flatten().flatten();
        self.identity.iter_mut().chain(levels).chain(optional).chain(&mut self.resource)
    }

    /// The same with every policy written as text and read back.
    ///
    /// # Panics
    /// If a policy does not load: generated policies are valid for their kind.
    pub(crate) fn through_text(&self) -> Scenario {
        let mut read = self.clone();
        read.policies_mut().for_each(|policy| *policy = text::reread(policy).expect("it loads"));
        read
    }

    /// The form of scenario files, which cannot say what tags and which entries a bundle has.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let all = |policies: &[Policy]| policies.iter().map(policy_json).collect::<Vec<_>>();
        let levels = |levels: &[Vec<Policy>]| levels.iter().map(|level| all(level)).collect::<Vec<_>>();
        let mut policies = serde_json::Map::new();
        let mut insert = |name: &str, is_given: bool, value| {
            if is_given {
                policies.insert(name.to_owned(), value);
            }
        };
        insert("identity", !self.identity.is_empty(), json!(all(&self.identity)));
        insert("boundary", self.boundary.is_some(), json!(self.boundary.as_deref().map(all)));
        insert("session", self.session.is_some(), json!(self.session.as_deref().map(all)));
        insert("scp", !self.scp.is_empty(), json!(levels(&self.scp)));
        insert("rcp", !self.rcp.is_empty(), json!(levels(&self.rcp)));
        insert("resource", self.resource.is_some(), json!(self.resource.as_ref().map(policy_json)));
        insert("endpoint", self.endpoint.is_some(), json!(self.endpoint.as_deref().map(all)));
        json!({ "name": "random", "policies": policies, "request": self.request.to_json() })
    }

    /// All statements of all policies.
    pub(crate) fn statements(&self) -> Vec<&Statement> {
        self.policies().flat_map(|policy| &policy.statements).collect()
    }

    /// The layers, put together without a bundle. Tags belong to a principal's entry, so only who can have one has them.
    pub(crate) fn layers(&self) -> Layers<'_> {
        let tags = if self.request.caller.entity_arn().is_some() { self.principal_tags.as_slice() } else { &[] };
        Layers {
            identity: refs(&self.identity),
            boundary: self.boundary.as_deref().map(refs),
            session: self.session.as_deref().map(refs),
            scp: self.scp.iter().map(|level| refs(level)).collect(),
            rcp: self.rcp.iter().map(|level| refs(level)).collect(),
            resource: self.resource.as_ref(),
            endpoint: self.endpoint.as_deref().map(refs),
            principal_tags: tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            role_arn: None,
            unique_id: None,
            caller_in_management_account: self.request.caller_in_management_account,
            resource_in_management_account: self.request.resource_in_management_account,
        }
    }

    /// What travels with the request.
    pub(crate) fn runtime(&self) -> RuntimePolicies<'_> {
        RuntimePolicies { session: self.session.as_deref().map(refs), endpoint: self.runtime_endpoint().map(refs) }
    }

    /// The endpoint policies that travel with the request.
    pub(crate) fn runtime_endpoint(&self) -> Option<&[Policy]> {
        self.endpoint.as_deref().filter(|_| !self.placement.endpoint_in_bundle)
    }

    /// The request to ask of [`Scenario::bundle`].
    pub(crate) fn bundle_request(&self) -> RequestCase {
        let endpoint = (self.endpoint.is_some() && self.placement.endpoint_in_bundle).then(|| ENDPOINT.to_owned());
        RequestCase { endpoint, ..self.request.clone() }
    }

    /// A bundle that holds the policies, except those that travel with the request.
    pub(crate) fn bundle(&self) -> Bundle {
        let mut bundle = Bundle::default();
        self.attach_to_caller(&mut bundle);
        self.attach_to_accounts(&mut bundle);
        if let Some(policy) = &self.resource {
            let policy = bundle.add_policy("resource", policy.clone());
            bundle.resources.push(ResourceEntry { pattern: self.resource_pattern(), policy });
        }
        if let Some(policies) = self.endpoint.as_deref().filter(|_| self.placement.endpoint_in_bundle) {
            let policies = add(&mut bundle, "endpoint", policies);
            bundle.endpoints.push(EndpointEntry { id: ENDPOINT.to_owned(), policies });
        }
        if self.placement.has_strangers {
            self.attach_to_strangers(&mut bundle);
        }
        bundle
    }

    fn attach_to_caller(&self, bundle: &mut Bundle) {
        let entity = self.request.caller.entity_arn();
        let for_everyone =
            if entity.is_some() { self.placement.for_everyone.min(self.identity.len()) } else { self.identity.len() };
        let (common, own) = self.identity.split_at(for_everyone);
        bundle.everyone.identity = add(bundle, "identity", common);
        let attachment = Attachment {
            identity: add(bundle, "identity", own),
            boundary: self.boundary.as_deref().map(|policies| match add(bundle, "boundary", policies).as_slice() {
                [policy] => Boundary::Policy(*policy),
                _ => Boundary::Unresolved,
            }),
        };
        match entity {
            Some(arn) => {
                let tags = self.principal_tags.clone();
                bundle.principals.push(PrincipalEntry { arn, unique_id: None, attachment, tags });
            }
            None => bundle.everyone.boundary = attachment.boundary,
        }
    }

    fn attach_to_accounts(&self, bundle: &mut Bundle) {
        let scp = self.scp.iter().map(|level| add(bundle, "scp", level)).collect();
        let rcp = self.rcp.iter().map(|level| add(bundle, "rcp", level)).collect();
        let (caller_account, resource_account) = self
            .request
            .with(|request| (request.principal.account().map(str::to_owned), request.owner_account().map(str::to_owned)));
        match (caller_account, resource_account) {
            (Some(caller), Some(resource)) if !self.placement.any_account => {
                if caller == resource {
                    bundle.accounts.push(account(caller, Guardrails { scp, rcp }));
                } else {
                    bundle.accounts.push(account(caller, Guardrails { scp, rcp: Vec::new() }));
                    bundle.accounts.push(account(resource, Guardrails { scp: Vec::new(), rcp }));
                }
            }
            _ => bundle.any_account = Guardrails { scp, rcp },
        }
    }

    /// The ARN, or a pattern that matches it.
    fn resource_pattern(&self) -> String {
        let resource = &self.request.resource;
        match resource.char_indices().last() {
            Some((last, _)) if self.placement.resource_pattern => format!("{}*", &resource[..last]),
            _ => resource.clone(),
        }
    }

    /// Policies that have nothing to do with the request: they deny everything to others.
    fn attach_to_strangers(&self, bundle: &mut Bundle) {
        let mut denial = |kind: PolicyKind| bundle.add_policy("stranger", policy::policy_about_all(kind, Effect::Deny));
        let (identity, scp, rcp) = (denial(PolicyKind::Identity), denial(PolicyKind::Scp), denial(PolicyKind::Rcp));
        let (resource, endpoint) = (denial(PolicyKind::Resource), denial(PolicyKind::Endpoint));
        for arn in ["arn:aws:iam::111111111111:user/mallory", "arn:aws:iam::111111111111:role/team/builders"] {
            let attachment = Attachment { identity: vec![identity], boundary: Some(Boundary::Unresolved) };
            let tags = vec![("team".to_owned(), "stranger".to_owned())];
            bundle.principals.push(PrincipalEntry { arn: arn.to_owned(), unique_id: None, attachment, tags });
        }
        bundle.accounts.push(account("999999999999".to_owned(), Guardrails { scp: vec![vec![scp]], rcp: vec![vec![rcp]] }));
        // A more specific entry wins over the pattern of all ARNs.
        let patterns = ["arn:aws:s3:::elsewhere/*", "arn:*"];
        let is_overridden = self.resource.is_some() && self.resource_pattern().starts_with("arn:");
        for pattern in &patterns[..if is_overridden { 2 } else { 1 }] {
            bundle.resources.push(ResourceEntry { pattern: (*pattern).to_owned(), policy: resource });
        }
        bundle.endpoints.push(EndpointEntry { id: "vpce-0".to_owned(), policies: vec![endpoint] });
    }
}

/// A bundle that holds the policy in its layer, and what it takes to make its answer count.
pub(crate) fn bundle_around(policy: Policy) -> Bundle {
    let kind = policy.kind;
    let mut bundle = Bundle::default();
    let id = bundle.add_policy("policy", policy);
    match kind {
        PolicyKind::Identity | PolicyKind::Session => bundle.everyone.identity.push(id),
        PolicyKind::Boundary => bundle.everyone.boundary = Some(Boundary::Policy(id)),
        PolicyKind::Scp => bundle.any_account.scp.push(vec![id]),
        PolicyKind::Rcp => bundle.any_account.rcp.push(vec![id]),
        PolicyKind::Resource | PolicyKind::Trust => {
            bundle.resources.push(ResourceEntry { pattern: "*".to_owned(), policy: id });
        }
        PolicyKind::Endpoint => {
            bundle.endpoints.push(EndpointEntry { id: ENDPOINT.to_owned(), policies: vec![id] });
        }
    }
    if kind != PolicyKind::Identity {
        let id = bundle.add_policy("allow-all", policy::policy_about_all(PolicyKind::Identity, Effect::Allow));
        bundle.everyone.identity.push(id);
    }
    bundle
}

fn refs(policies: &[Policy]) -> Vec<&Policy> {
    policies.iter().collect()
}

fn add(bundle: &mut Bundle, name: &str, policies: &[Policy]) -> PolicyIds {
    policies.iter().map(|policy| bundle.add_policy(name, policy.clone())).collect()
}

fn account(id: String, guardrails: Guardrails) -> AccountEntry {
    AccountEntry { id, management: false, guardrails }
}

/// The endpoint that requests come through.
pub(crate) const ENDPOINT: &str = "vpce-1";

fn policy_json(policy: &Policy) -> serde_json::Value {
    serde_json::from_str(&print_policy(policy)).expect("printed policies are JSON")
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#} tags {:?} placed {:?}", self.to_json(), self.principal_tags, self.placement)
    }
}
