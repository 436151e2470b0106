//! An organisation as files: account dumps, a manifest, policies. Whoever reads them must find what the bundle says.

use std::collections::BTreeSet;

use ibc::bundle::{Boundary, Bundle, PolicyId, PrincipalEntry};
use ibc::iam::arn::Arn;
use ibc::syntax::print_policy;
use serde_json::{Value, json};

use super::{ACCOUNTS, OUTSIDE, Question};

/// The files by name. The manifest is `ibc.toml`, in JSON despite its name: content counts.
///
/// The outside account stands in the manifest, all others in dumps. Policies are attached in every way there is: managed,
/// inline, by a group; as objects, as text, and percent-encoded.
pub(crate) fn files(bundle: &Bundle) -> Vec<(String, String)> {
    let writer = Writer { bundle };
    let mut files: Vec<(String, String)> = (0..bundle.policies.len())
        .map(|index| (policy_file(PolicyId(index as u32)), print_policy(&bundle.policies[index].policy)))
        .collect();
    files.extend(ACCOUNTS.iter().filter(|&&id| id != OUTSIDE).map(|id| (format!("dump-{id}.json"), writer.dump(id))));
    files.push(("ibc.toml".to_owned(), writer.manifest().to_string()));
    files
}

/// The question as a scenario over the files.
pub(crate) fn scenario(question: &Question) -> Value {
    let mut request = question.request.to_json();
    let list = |policies: &Vec<ibc::syntax::ast::Policy>| -> Value {
        policies.iter().map(|policy| serde_json::from_str::<Value>(&print_policy(policy)).expect("JSON")).collect()
    };
    if let Some(session) = &question.session {
        request["sessionPolicies"] = list(session);
    }
    match (&question.endpoint, &question.request.endpoint) {
        (Some(policies), _) => request["endpoint"] = list(policies),
        (None, Some(id)) => request["endpoint"] = json!(id),
        (None, None) => {}
    }
    json!({"bundle": ".", "request": request})
}

struct Writer<'b> {
    bundle: &'b Bundle,
}

impl Writer<'_> {
    fn manifest(&self) -> Value {
        let levels = |levels: &[Vec<PolicyId>]| -> Value { levels.iter().map(|level| paths(level)).collect() };
        let accounts = self.bundle.accounts.iter().map(|account| {
            let guardrails = &account.guardrails;
            json!({"id": account.id, "management": account.management, "details": format!("dump-{}.json", account.id),
                "scp": levels(&guardrails.scp), "rcp": levels(&guardrails.rcp)})
        });
        let resources = self.bundle.resources.iter().filter(|entry| !is_in_dump(&entry.pattern));
        let resources = resources.map(|entry| json!({"arn": entry.pattern, "policy": policy_file(entry.policy)}));
        let endpoints = self.bundle.endpoints.iter().map(|entry| json!({"id": entry.id, "policy": paths(&entry.policies)}));
        let principals = self.bundle.principals.iter().filter(|entry| account_of(&entry.arn) == OUTSIDE).map(|entry| {
            let tags: serde_json::Map<_, _> = entry.tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
            let mut section = json!({"arn": entry.arn, "unique-id": entry.unique_id, "tags": tags,
                "identity": paths(&entry.attachment.identity)});
            if let Some(Boundary::Policy(policy)) = entry.attachment.boundary {
                section["boundary"] = json!(policy_file(policy));
            }
            section
        });
        json!({"account": accounts.collect::<Value>(), "resource": resources.collect::<Value>(),
            "endpoint": endpoints.collect::<Value>(), "principal": principals.collect::<Value>()})
    }

    fn dump(&self, account: &str) -> String {
        let entries = || self.bundle.principals.iter().filter(|entry| account_of(&entry.arn) == account);
        let users: Value = entries().filter(|entry| entry.arn.contains(":user/")).map(|entry| self.user(entry)).collect();
        let roles: Value = entries().filter(|entry| entry.arn.contains(":role/")).map(|entry| self.role(entry)).collect();
        let policies: BTreeSet<PolicyId> = entries().flat_map(|entry| entry.attachment.identity.iter().copied()).collect();
        let groups: Value = policies.iter().map(|&policy| self.group(account, policy)).collect();
        let boundaries = entries().filter_map(|entry| match entry.attachment.boundary {
            Some(Boundary::Policy(policy)) => Some(policy),
            _ => None,
        });
        let managed: BTreeSet<PolicyId> = policies.iter().copied().chain(boundaries).collect();
        let managed: Value = managed.into_iter().map(|policy| self.managed(policy)).collect();
        // Two pages, one after the other.
        let first = json!({"UserDetailList": users, "GroupDetailList": groups, "IsTruncated": true, "Marker": "2"});
        let last = json!({"RoleDetailList": roles, "Policies": managed, "IsTruncated": false});
        format!("{first:#}\n{last}\n")
    }

    fn user(&self, entry: &PrincipalEntry) -> Value {
        let identity = &entry.attachment.identity;
        let way = |wanted: u32| identity.iter().filter(move |policy| policy.0 % 3 == wanted);
        let mut user = json!({"Arn": entry.arn, "UserId": entry.unique_id,
            "UserPolicyList": way(0).map(|&policy| self.inline(policy)).collect::<Value>(),
            "AttachedManagedPolicies": way(1).map(|&policy| attached(policy)).collect::<Value>(),
            "GroupList": way(2).map(|policy| json!(format!("group-{}", policy.0))).collect::<Value>()});
        add_boundary_and_tags(&mut user, entry);
        user
    }

    fn role(&self, entry: &PrincipalEntry) -> Value {
        let identity = &entry.attachment.identity;
        let trust = self.bundle.resources.iter().find(|resource| resource.pattern == entry.arn).expect("roles have one");
        let (inline, managed): (Vec<PolicyId>, Vec<PolicyId>) = identity.iter().partition(|policy| policy.0 % 2 == 0);
        let mut role = json!({"Arn": entry.arn, "RoleId": entry.unique_id,
            "AssumeRolePolicyDocument": self.document(trust.policy),
            "RolePolicyList": inline.into_iter().map(|policy| self.inline(policy)).collect::<Value>(),
            "AttachedManagedPolicies": managed.into_iter().map(attached).collect::<Value>()});
        add_boundary_and_tags(&mut role, entry);
        role
    }

    fn group(&self, account: &str, policy: PolicyId) -> Value {
        let name = format!("group-{}", policy.0);
        json!({"Arn": format!("arn:aws:iam::{account}:group/{name}"), "GroupName": name, "GroupPolicyList": [],
            "AttachedManagedPolicies": [attached(policy)]})
    }

    fn inline(&self, policy: PolicyId) -> Value {
        json!({"PolicyName": format!("inline-{}", policy.0), "PolicyDocument": self.document(policy)})
    }

    fn managed(&self, policy: PolicyId) -> Value {
        let old = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        json!({"Arn": managed_arn(policy), "DefaultVersionId": "v2", "PolicyVersionList": [
            {"VersionId": "v1", "IsDefaultVersion": false, "Document": old},
            {"VersionId": "v2", "IsDefaultVersion": true, "Document": self.document(policy)}]})
    }

    /// The document in one of the three ways (EV-60).
    fn document(&self, policy: PolicyId) -> Value {
        let text = print_policy(self.bundle.policy(policy));
        match policy.0 % 5 {
            0 => json!(text),
            1 => json!(text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>()),
            _ => serde_json::from_str(&text).expect("printed policies are JSON"),
        }
    }
}

fn add_boundary_and_tags(entity: &mut Value, entry: &PrincipalEntry) {
    entity["Tags"] = entry.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    if let Some(Boundary::Policy(policy)) = entry.attachment.boundary {
        entity["PermissionsBoundary"] = json!({"PermissionsBoundaryArn": managed_arn(policy)});
    }
}

fn attached(policy: PolicyId) -> Value {
    json!({"PolicyArn": managed_arn(policy)})
}

fn managed_arn(policy: PolicyId) -> String {
    format!("arn:aws:iam::{}:policy/managed-{}", ACCOUNTS[0], policy.0)
}

fn policy_file(policy: PolicyId) -> String {
    format!("policies/{}.json", policy.0)
}

fn paths(policies: &[PolicyId]) -> Value {
    policies.iter().map(|&policy| json!(policy_file(policy))).collect()
}

fn account_of(arn: &str) -> &str {
    Arn::parse(arn).expect("an ARN").account
}

/// Whether the entry is the trust policy of a role in a dump.
fn is_in_dump(pattern: &str) -> bool {
    Arn::parse(pattern).is_some_and(|arn| arn.is_role() && arn.account != OUTSIDE)
}
