//! A synthetic organisation: an OU tree with guard rails on every level, member accounts, the management account and one
//! outside; users in groups, roles under paths, service-linked roles; buckets, queues, keys and pipelines with policies; and
//! endpoints. Policies are shared as in real accounts: a managed policy by many principals, an OU's SCPs by its accounts.
//!
//! Reading order: [`policies`] (what the policies say) → this file (what is attached to what) → [`questions`] (who asks what) →
//! [`files`] (the same as dumps and a manifest).
//! `bundles` draws policies from the whole language over few names; here the policies are those that people write, and the
//! names are many.

pub(crate) mod files;
mod policies;
mod questions;

use ibc::bundle::{
    AccountEntry, Attachment, Boundary, Bundle, EndpointEntry, Guardrails, PolicyId, PolicyIds, PrincipalEntry, ResourceEntry,
};
use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::ast::Policy;
use ibc::syntax::parse_policy;
use proptest::collection::vec;
use proptest::prelude::*;

use super::directed::Choices;

pub(crate) use questions::Question;

/// An organisation and requests to ask of it.
#[derive(Debug, Clone)]
pub(crate) struct OrganisationCase {
    pub(crate) bundle: Bundle,
    pub(crate) questions: Vec<Question>,
}

/// Random organisations, each with this many questions.
pub(crate) fn organisations(question_count: usize) -> impl Strategy<Value = OrganisationCase> {
    vec(any::<u16>(), 900).prop_map(move |numbers| {
        let mut choices = Choices::new(numbers);
        let organisation = Organisation::new(&mut choices);
        let questions = (0..question_count).map(|_| questions::question(&organisation, &mut choices)).collect();
        OrganisationCase { bundle: organisation.bundle, questions }
    })
}

/// The accounts: three members, the management account, and one of another organisation.
const MEMBERS: [&str; 3] = ["111111111111", "222222222222", "333333333333"];
const MANAGEMENT: &str = "999999999999";
const OUTSIDE: &str = "444444444444";
const ACCOUNTS: [&str; 5] = [MEMBERS[0], MEMBERS[1], MEMBERS[2], MANAGEMENT, OUTSIDE];

const TEAMS: [&str; 2] = ["red", "blue"];
const USERS: [&str; 3] = ["team/ada", "ben", "team/eve"];
const ROLES: [&str; 4] = ["ci/deploy", "reader", "ops/break/glass", "aws-service-role/x.amazonaws.com/AWSServiceRoleForX"];

/// What is attached to what, while it is put together.
struct Organisation {
    bundle: Bundle,
    /// Managed policies, which many principals share.
    managed: PolicyIds,
}

impl Organisation {
    fn new(choices: &mut Choices) -> Organisation {
        let mut organisation = Organisation { bundle: Bundle::default(), managed: Vec::new() };
        organisation.managed =
            (0..6).map(|_| organisation.add(PolicyKind::Identity, policies::identity(MEMBERS[0], choices))).collect();
        let boundaries: PolicyIds = (0..2).map(|_| organisation.add(PolicyKind::Boundary, policies::boundary(choices))).collect();
        organisation.add_accounts(choices);
        for account in ACCOUNTS {
            organisation.add_principals(account, &boundaries, choices);
            organisation.add_resources(account, choices);
        }
        for id in ENDPOINTS {
            let policies = (0..choices.below(3)).map(|_| organisation.add(PolicyKind::Endpoint, policies::endpoint(choices)));
            let policies = policies.collect();
            organisation.bundle.endpoints.push(EndpointEntry { id: id.to_owned(), policies });
        }
        organisation
    }

    fn add(&mut self, kind: PolicyKind, text: String) -> PolicyId {
        self.bundle.add_policy(kind.as_str(), policy(kind, text))
    }

    /// The root, an OU of two accounts and one of a single account. What the outside account obeys is unknown.
    fn add_accounts(&mut self, choices: &mut Choices) {
        let mut level = |organisation: &mut Organisation| {
            let scp = (0..1 + choices.below(2)).map(|_| organisation.add(PolicyKind::Scp, policies::scp(choices))).collect();
            let rcp = vec![organisation.add(PolicyKind::Rcp, policies::rcp(choices))];
            (scp, rcp)
        };
        let levels: [(PolicyIds, PolicyIds); 6] = std::array::from_fn(|_| level(self));
        let [root, first_ou, second_ou, own @ ..] = levels;
        for (index, (own, id)) in own.into_iter().zip(MEMBERS).enumerate() {
            let ou = if index < 2 { &first_ou } else { &second_ou };
            let path = [&root, ou, &own];
            let guardrails =
                Guardrails { scp: path.map(|level| level.0.clone()).to_vec(), rcp: path.map(|level| level.1.clone()).to_vec() };
            self.bundle.accounts.push(AccountEntry { id: id.to_owned(), management: false, guardrails });
        }
        let guardrails = Guardrails { scp: vec![root.0], rcp: vec![root.1] };
        self.bundle.accounts.push(AccountEntry { id: MANAGEMENT.to_owned(), management: true, guardrails });
    }

    fn add_principals(&mut self, account: &str, boundaries: &[PolicyId], choices: &mut Choices) {
        // The policies of a group are those of each of its members (EV-1).
        let groups: [PolicyIds; 2] = std::array::from_fn(|_| {
            let inline = self.add(PolicyKind::Identity, policies::identity(account, choices));
            vec![inline, *choices.pick(&self.managed).expect("not empty")]
        });
        let names = USERS.iter().map(|name| format!("user/{name}")).chain(ROLES.iter().map(|name| format!("role/{name}")));
        for (index, name) in names.enumerate() {
            let mut identity: PolicyIds =
                (0..1 + choices.below(2)).filter_map(|_| choices.pick(&self.managed).copied()).collect();
            if choices.once_in(2) {
                identity.push(self.add(PolicyKind::Identity, policies::identity(account, choices)));
            }
            if name.starts_with("user/") {
                identity.extend(&groups[choices.below(2)]);
            }
            identity.sort_unstable();
            identity.dedup();
            let boundary = match choices.below(8) {
                0 => Some(Boundary::Policy(boundaries[0])),
                1 => Some(Boundary::Policy(boundaries[1])),
                2 if choices.once_in(4) => Some(Boundary::Unresolved),
                _ => None,
            };
            let team = choices.pick(&TEAMS).expect("not empty");
            let key = if choices.once_in(2) { "team" } else { "Team" };
            self.bundle.principals.push(PrincipalEntry {
                arn: format!("arn:aws:iam::{account}:{name}"),
                unique_id: Some(unique_id(account, index)),
                attachment: Attachment { identity, boundary: boundary.filter(|_| !name.contains("aws-service-role")) },
                tags: vec![(key.to_owned(), (*team).to_owned())],
            });
        }
    }

    fn add_resources(&mut self, account: &str, choices: &mut Choices) {
        for pattern in resource_patterns(account) {
            if choices.below(4) > 0 {
                let policy = self.add(PolicyKind::Resource, policies::resource(account, choices));
                self.bundle.resources.push(ResourceEntry { pattern, policy });
            }
        }
        for name in ROLES {
            let policy = self.add(PolicyKind::Trust, policies::trust(account, choices));
            self.bundle.resources.push(ResourceEntry { pattern: format!("arn:aws:iam::{account}:role/{name}"), policy });
        }
    }
}

/// `AIDA...` of the n-th user or `AROA...` of the n-th role of an account.
fn unique_id(account: &str, index: usize) -> String {
    let prefix = if index < USERS.len() { "AIDA" } else { "AROA" };
    format!("{prefix}{}{index}", &account[..1])
}

/// The resources with policies; one entry is about a part of another.
fn resource_patterns(account: &str) -> [String; 5] {
    let data = bucket(account);
    [
        format!("arn:aws:s3:::{data}/*"),
        format!("arn:aws:s3:::{data}/open/*"),
        format!("arn:aws:sqs:us-east-1:{account}:jobs"),
        format!("arn:aws:kms:us-east-1:{account}:key/*"),
        format!("arn:aws:imagebuilder:us-east-1:{account}:image-pipeline/*"),
    ]
}

fn bucket(account: &str) -> String {
    format!("data-{}", &account[..1])
}

const ENDPOINTS: [&str; 2] = ["vpce-1", "vpce-2"];

/// Reads a policy.
///
/// # Panics
/// If it cannot be loaded: the generator is wrong then.
fn policy(kind: PolicyKind, text: String) -> Policy {
    let mut sources = SourceMap::new();
    let source = sources.add("organisation", text.as_str());
    let parsed = parse_policy(&sources, source, None, kind);
    parsed.policy.unwrap_or_else(|| panic!("{kind}: {text}\n{:?}", parsed.diagnostics))
}
