use std::fmt;

use super::arn::Arn;

/// What a request gets (section 6.12 of the semantics).
///
/// The default is [`Decision::ImplicitDeny`]: what fails to decide never allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Decision {
    /// Some applying statement denies. Sorts first: the most restrictive decision is the minimum (EV-47).
    ExplicitDeny,
    /// Nothing denies, and some layer that must allow does not.
    #[default]
    ImplicitDeny,
    /// Every layer that must allow does, and nothing denies.
    Allow,
}

impl Decision {
    /// The IAM simulator's spelling: `allowed`, `explicitDeny`, `implicitDeny`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Decision::ExplicitDeny => "explicitDeny",
            Decision::ImplicitDeny => "implicitDeny",
            Decision::Allow => "allowed",
        }
    }

    /// The decision that the simulator's spelling names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Decision> {
        [Decision::ExplicitDeny, Decision::ImplicitDeny, Decision::Allow].into_iter().find(|decision| decision.as_str() == name)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A kind of policy that takes part in a decision, in the order in which explicit denies are reported (D-36).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Layer {
    /// Resource control policies of the resource's account.
    Rcp,
    /// Service control policies of the caller's account.
    Scp,
    /// The policy of the VPC endpoint that the request came through.
    Endpoint,
    /// The policy attached to the resource: bucket policy, key policy, role trust policy.
    Resource,
    /// The caller's own policies: inline, attached, of its groups.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// Policies passed when the session was made.
    Session,
}

impl Layer {
    /// All layers, in the order of D-36.
    pub const ALL: [Layer; 7] =
        [Layer::Rcp, Layer::Scp, Layer::Endpoint, Layer::Resource, Layer::Identity, Layer::Boundary, Layer::Session];

    /// The name used in scenarios and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Layer::Rcp => "rcp",
            Layer::Scp => "scp",
            Layer::Endpoint => "endpoint",
            Layer::Resource => "resource",
            Layer::Identity => "identity",
            Layer::Boundary => "boundary",
            Layer::Session => "session",
        }
    }

    /// What people call a policy of this layer (semantics 6.12), for short where it has a short name.
    #[must_use]
    pub const fn policy_name(self) -> &'static str {
        match self {
            Layer::Rcp => "RCP",
            Layer::Scp => "SCP",
            Layer::Endpoint => "VPC endpoint policy",
            Layer::Resource => "resource-based policy",
            Layer::Identity => "identity-based policy",
            Layer::Boundary => "permissions boundary",
            Layer::Session => "session policy",
        }
    }

    /// The same where a request is about this resource: the policy of a role says who may assume it.
    #[must_use]
    pub fn policy_name_on(self, resource: &str) -> &'static str {
        match self {
            Layer::Resource if Arn::parse(resource).is_some_and(|arn| arn.is_role()) => "role trust policy",
            _ => self.policy_name(),
        }
    }

    /// The layer with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Layer> {
        Layer::ALL.into_iter().find(|layer| layer.as_str() == name)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
