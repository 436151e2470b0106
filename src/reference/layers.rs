//! Which policies of a bundle are attached to whom: plain search, no index.

use std::cmp::Reverse;

use super::glob::{glob_matches, wildcards};
use crate::bundle::{AccountEntry, Boundary, Bundle, Guardrails, PolicyId, PrincipalEntry, ResourceEntry};
use crate::iam::arn::Arn;
use crate::iam::{Layer, Principal, PrincipalKind};
use crate::request::Request;
use crate::syntax::ast::Policy;

/// The policies around one request, layer by layer.
#[derive(Debug, Clone, Default)]
pub struct Layers<'a> {
    /// The caller's identity policies.
    pub identity: Vec<&'a Policy>,
    /// The caller's boundary: `None` without one; an empty list for one that could not be found (EV-63).
    pub boundary: Option<Vec<&'a Policy>>,
    /// Policies passed when the session was made; `None` if none were. Of a root user: the task policy (EV-45).
    pub session: Option<Vec<&'a Policy>>,
    /// SCP levels of the caller's account.
    pub scp: Vec<Vec<&'a Policy>>,
    /// RCP levels of the resource's account.
    pub rcp: Vec<Vec<&'a Policy>>,
    /// The policy attached to the resource.
    pub resource: Option<&'a Policy>,
    /// The policies of the VPC endpoint; `None` if the request came through none, or through one without policy (EV-30).
    pub endpoint: Option<Vec<&'a Policy>>,
    /// Tags of the caller known from the bundle; keys that the request gives itself win (TG-8).
    pub principal_tags: Vec<(&'a str, &'a str)>,
    /// The role's ARN with path, if the bundle knows it and the request does not say.
    pub role_arn: Option<&'a str>,
    /// The caller's unique id, likewise.
    pub unique_id: Option<&'a str>,
    /// Whether the bundle knows the caller's account as the management account; a request may say so as well.
    pub caller_in_management_account: bool,
    /// Whether it knows the resource's account so.
    pub resource_in_management_account: bool,
}

impl<'a> Layers<'a> {
    /// All policies of one layer; those of guard rails over all levels.
    #[must_use]
    pub fn policies(&self, layer: Layer) -> Vec<&'a Policy> {
        match layer {
            Layer::Rcp => self.rcp.concat(),
            Layer::Scp => self.scp.concat(),
            Layer::Endpoint => self.endpoint.clone().unwrap_or_default(),
            Layer::Resource => self.resource.into_iter().collect(),
            Layer::Identity => self.identity.clone(),
            Layer::Boundary => self.boundary.clone().unwrap_or_default(),
            Layer::Session => self.session.clone().unwrap_or_default(),
        }
    }
}

/// Policies that travel with a request.
#[derive(Debug, Clone, Default)]
pub struct RuntimePolicies<'a> {
    /// Session policies; `None` if the session was made without any.
    pub session: Option<Vec<&'a Policy>>,
    /// The endpoint's policies, if the bundle does not hold them.
    pub endpoint: Option<Vec<&'a Policy>>,
}

/// Finds the policies of a bundle around a request.
///
/// It looks only at what is attached to what; which of the layers take part is [`layers_that_apply`](super::layers_that_apply).
#[must_use]
pub fn layers_of<'a>(bundle: &'a Bundle, request: &Request<'_>, runtime: &RuntimePolicies<'a>) -> Layers<'a> {
    let entry = principal_entry(bundle, &request.principal);
    let caller_account = account_entry(bundle, request.principal.account());
    let resource_account = account_entry(bundle, request.owner_account());
    let endpoint = runtime.endpoint.clone().or_else(|| endpoint_policies(bundle, request.endpoint?));

    Layers {
        identity: identity_policies(bundle, entry),
        boundary: boundary_policies(bundle, entry),
        session: runtime.session.clone(),
        scp: levels(bundle, &guardrails(bundle, caller_account).scp),
        rcp: levels(bundle, &guardrails(bundle, resource_account).rcp),
        resource: resource_entry(bundle, request.resource).map(|entry| bundle.policy(entry.policy)),
        endpoint,
        principal_tags: entry.iter().flat_map(|entry| &entry.tags).map(|(key, value)| (&**key, &**value)).collect(),
        role_arn: entry.filter(|_| request.principal.kind == PrincipalKind::RoleSession).map(|entry| &*entry.arn),
        unique_id: entry.and_then(|entry| entry.unique_id.as_deref()),
        caller_in_management_account: caller_account.is_some_and(|account| account.management),
        resource_in_management_account: resource_account.is_some_and(|account| account.management),
    }
}

/// The entry of the user, role or root user behind the caller. A federated-user session stands on the user that made it.
fn principal_entry<'a>(bundle: &'a Bundle, caller: &Principal<'_>) -> Option<&'a PrincipalEntry> {
    match (caller.kind, caller.role_arn) {
        (PrincipalKind::Root | PrincipalKind::User, _) => entry_of_arn(bundle, caller.name),
        (PrincipalKind::FederatedUser, _) => entry_of_arn(bundle, caller.user_arn?),
        (PrincipalKind::RoleSession, Some(role_arn)) => entry_of_arn(bundle, role_arn),
        (PrincipalKind::RoleSession, None) => bundle.principals.iter().find(|entry| is_role_of(&entry.arn, caller)),
        _ => None,
    }
}

fn entry_of_arn<'a>(bundle: &'a Bundle, arn: &str) -> Option<&'a PrincipalEntry> {
    bundle.principals.iter().find(|entry| entry.arn == arn)
}

/// Whether `arn` is the role of this session. The session's ARN does not hold the role's path (SE-3), but a role's name is
/// unique in its account, whatever the path.
fn is_role_of(arn: &str, session: &Principal<'_>) -> bool {
    let (Some(role), Some(session_arn)) = (Arn::parse(arn), session.arn()) else { return false };
    role.is_role()
        && (role.partition, role.account) == (session_arn.partition, session_arn.account)
        && role.resource.rsplit('/').next() == session.role_name()
}

/// What is attached to everyone and what is attached to the caller, one flat set (EV-1, EV-2).
fn identity_policies<'a>(bundle: &'a Bundle, entry: Option<&'a PrincipalEntry>) -> Vec<&'a Policy> {
    let own = entry.map_or(&[][..], |entry| &entry.attachment.identity);
    policies(bundle, bundle.everyone.identity.iter().chain(own))
}

/// The caller's own boundary, else everyone's: there is at most one (EV-3).
fn boundary_policies<'a>(bundle: &'a Bundle, entry: Option<&'a PrincipalEntry>) -> Option<Vec<&'a Policy>> {
    let own = entry.and_then(|entry| entry.attachment.boundary);
    own.or(bundle.everyone.boundary).map(|boundary| match boundary {
        Boundary::Policy(id) => vec![bundle.policy(id)],
        Boundary::Unresolved => Vec::new(), // EV-63: fails closed
    })
}

fn account_entry<'a>(bundle: &'a Bundle, account: Option<&str>) -> Option<&'a AccountEntry> {
    bundle.accounts.iter().find(|entry| Some(&*entry.id) == account)
}

fn guardrails<'a>(bundle: &'a Bundle, account: Option<&'a AccountEntry>) -> &'a Guardrails {
    account.map_or(&bundle.any_account, |account| &account.guardrails)
}

fn levels<'a>(bundle: &'a Bundle, levels: &[Vec<PolicyId>]) -> Vec<Vec<&'a Policy>> {
    levels.iter().map(|level| policies(bundle, level)).collect()
}

/// The most specific entry for the resource: its own ARN, then the longest literal prefix, longest pattern, earliest entry.
fn resource_entry<'a>(bundle: &'a Bundle, resource: &str) -> Option<&'a ResourceEntry> {
    let matching = bundle.resources.iter().filter(|entry| glob_matches(&wildcards(&entry.pattern), resource));
    matching.min_by_key(|entry| {
        let literal_prefix = entry.pattern.split(['*', '?']).next().unwrap_or_default();
        let is_own_arn = literal_prefix.len() == entry.pattern.len();
        (Reverse(is_own_arn), Reverse(literal_prefix.len()), Reverse(entry.pattern.len()))
    })
}

/// The policies of an endpoint. An endpoint without policy of its own lets everything pass (EV-30).
fn endpoint_policies<'a>(bundle: &'a Bundle, id: &str) -> Option<Vec<&'a Policy>> {
    let entry = bundle.endpoints.iter().find(|entry| entry.id == id)?;
    Some(policies(bundle, &entry.policies))
}

fn policies<'a, 'b>(bundle: &'a Bundle, ids: impl IntoIterator<Item = &'b PolicyId>) -> Vec<&'a Policy> {
    ids.into_iter().map(|&id| bundle.policy(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::policy;
    use super::*;
    use crate::bundle::Attachment;
    use crate::iam::PolicyKind;

    const DENY_ALL: &str = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;

    /// A bundle with as many policies as asked for; policies are told apart by their address.
    fn bundle(policy_count: usize) -> Bundle {
        let mut bundle = Bundle::default();
        for index in 0..policy_count {
            bundle.add_policy(index.to_string(), policy(PolicyKind::Identity, DENY_ALL));
        }
        bundle
    }

    fn request<'a>(principal: &'a str, resource: &'a str) -> Request<'a> {
        Request::new(Principal::parse(principal).unwrap(), "s3:GetObject", resource)
    }

    #[track_caller]
    fn check_ids(bundle: &Bundle, found: &[&Policy], expected: &[u32]) {
        let expected: Vec<*const Policy> = expected.iter().map(|&id| std::ptr::from_ref(bundle.policy(PolicyId(id)))).collect();
        assert_eq!(found.iter().map(|&policy| std::ptr::from_ref(policy)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_session_finds_its_role_whatever_the_path() {
        let mut bundle = bundle(3);
        bundle.everyone.identity = vec![PolicyId(0)];
        bundle.principals = vec![PrincipalEntry {
            arn: "arn:aws:iam::1111:role/ci/builder".to_owned(),
            unique_id: Some("AROA1".to_owned()),
            attachment: Attachment { identity: vec![PolicyId(1)], boundary: Some(Boundary::Policy(PolicyId(2))) },
            tags: vec![("team".to_owned(), "red".to_owned())],
        }];
        let of = |principal| layers_of(&bundle, &request(principal, "*"), &RuntimePolicies::default());

        let layers = of("arn:aws:sts::1111:assumed-role/builder/s");
        check_ids(&bundle, &layers.identity, &[0, 1]);
        check_ids(&bundle, &layers.policies(Layer::Boundary), &[2]);
        assert_eq!(layers.role_arn, Some("arn:aws:iam::1111:role/ci/builder"));
        assert_eq!(layers.unique_id, Some("AROA1"));
        assert_eq!(layers.principal_tags, [("team", "red")]);

        for other in ["arn:aws:sts::2222:assumed-role/builder/s", "arn:aws:sts::1111:assumed-role/other/s"] {
            check_ids(&bundle, &of(other).identity, &[0]);
        }
        check_ids(&bundle, &of("arn:aws:iam::1111:role/builder").identity, &[0]);
    }

    #[test]
    fn the_most_specific_resource_entry_wins() {
        let mut bundle = bundle(4);
        let patterns = ["*", "arn:aws:s3:::b*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/?*"];
        bundle.resources =
            (0..4).map(|id| ResourceEntry { pattern: patterns[id as usize].into(), policy: PolicyId(id) }).collect();
        for (resource, expected) in [("arn:aws:s3:::b/x", 3), ("arn:aws:s3:::b/", 2), ("arn:aws:s3:::bc", 1), ("*", 0)] {
            let layers = layers_of(&bundle, &request("*", resource), &RuntimePolicies::default());
            check_ids(&bundle, &layers.policies(Layer::Resource), &[expected]);
        }
    }

    #[test]
    fn accounts_have_their_own_guard_rails() {
        let mut bundle = bundle(2);
        bundle.any_account = Guardrails { scp: vec![vec![PolicyId(0)]], rcp: vec![vec![PolicyId(0)]] };
        let own = Guardrails { scp: vec![vec![PolicyId(1)], vec![]], rcp: vec![] };
        bundle.accounts = vec![AccountEntry { id: "2222".to_owned(), management: true, guardrails: own }];
        let of = |principal, resource| layers_of(&bundle, &request(principal, resource), &RuntimePolicies::default());

        let layers = of("arn:aws:iam::1111:user/ann", "arn:aws:sqs:eu:2222:q");
        check_ids(&bundle, &layers.policies(Layer::Scp), &[0]);
        assert_eq!(layers.rcp.len(), 0);
        assert!(!layers.caller_in_management_account && layers.resource_in_management_account);

        let layers = of("arn:aws:iam::2222:user/ann", "arn:aws:sqs:eu:1111:q");
        check_ids(&bundle, &layers.scp[0], &[1]);
        assert_eq!(layers.scp[1].len(), 0);
        check_ids(&bundle, &layers.rcp[0], &[0]);
    }
}
