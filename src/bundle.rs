//! A bundle: every policy that the compiler is given, and what each is attached to.
//!
//! Inputs of any form (policy files, account dumps, manifests, scenarios) become a [`Bundle`]; the reference evaluator and
//! the compiler both start from it. It says nothing about a request; policies that travel with a request (session policies,
//! an endpoint's policy sent along) are compiled on their own and given to `decide` beside the bundle.

use crate::syntax::ast::Policy;

/// Names one policy of a bundle: its index in [`Bundle::policies`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub u32);

/// Policies that are OR-ed: together they form one set (M-5).
pub type PolicyIds = Vec<PolicyId>;

/// All policies and their attachments.
///
/// Invariants, kept by whoever builds it: every [`PolicyId`] is in range; no two principals, accounts or endpoints have the
/// same ARN or id; a policy's kind is that of the layer it is attached to.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// Each document once, however often it is attached.
    pub policies: Vec<NamedPolicy>,
    /// Attached to every caller that has identity policies at all.
    pub everyone: Attachment,
    /// Attached to one principal, in addition to `everyone`.
    pub principals: Vec<PrincipalEntry>,
    /// The guard rails of accounts that have no entry of their own.
    pub any_account: Guardrails,
    /// Accounts with guard rails of their own.
    pub accounts: Vec<AccountEntry>,
    /// Policies attached to resources.
    pub resources: Vec<ResourceEntry>,
    /// Policies of VPC endpoints.
    pub endpoints: Vec<EndpointEntry>,
}

impl Bundle {
    /// Adds a policy and names it.
    pub fn add_policy(&mut self, name: impl Into<String>, policy: Policy) -> PolicyId {
        self.policies.push(NamedPolicy { name: name.into(), policy });
        PolicyId(self.policies.len() as u32 - 1)
    }

    /// The policy with this id.
    ///
    /// # Panics
    /// If the id is of another bundle.
    #[must_use]
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.policies[id.0 as usize].policy
    }
}

/// A policy and what it is called in answers: a path, an ARN, or the inline policy's name.
#[derive(Debug, Clone)]
pub struct NamedPolicy {
    /// The name.
    pub name: String,
    /// The document.
    pub policy: Policy,
}

/// What a principal carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Identity policies: inline, attached, of all groups (EV-1).
    pub identity: PolicyIds,
    /// The permissions boundary, if there is one (EV-3).
    pub boundary: Option<Boundary>,
}

/// A permissions boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// This policy.
    Policy(PolicyId),
    /// One that is set but could not be found: it allows nothing (EV-63).
    Unresolved,
}

/// A user, a role, or an account's root user.
#[derive(Debug, Clone, Default)]
pub struct PrincipalEntry {
    /// ARN of user or role, with its path.
    pub arn: String,
    /// `AIDA...` or `AROA...`.
    pub unique_id: Option<String>,
    /// Its policies.
    pub attachment: Attachment,
    /// Its tags: key and value. Keys are unique without regard to case (TG-6).
    pub tags: Vec<(String, String)>,
}

/// The organisation's policies over one account: levels from the root over each OU to the account itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guardrails {
    /// SCP levels; none means that no SCPs apply (EV-24).
    pub scp: Vec<PolicyIds>,
    /// RCP levels; none means that no RCPs apply.
    pub rcp: Vec<PolicyIds>,
}

/// One account.
#[derive(Debug, Clone, Default)]
pub struct AccountEntry {
    /// The account id.
    pub id: String,
    /// Whether it is the organisation's management account: exempt from SCPs and RCPs (EV-22, EV-27).
    pub management: bool,
    /// Its guard rails.
    pub guardrails: Guardrails,
}

/// A policy attached to resources.
#[derive(Debug, Clone)]
pub struct ResourceEntry {
    /// The resource's ARN, or a pattern in which `*` and `?` match any characters. The resource's own ARN wins, then
    /// the longest literal prefix, the longest pattern, the earliest entry.
    pub pattern: String,
    /// Its policy.
    pub policy: PolicyId,
}

/// A VPC endpoint.
#[derive(Debug, Clone)]
pub struct EndpointEntry {
    /// `vpce-...`.
    pub id: String,
    /// Its policies.
    pub policies: PolicyIds,
}
