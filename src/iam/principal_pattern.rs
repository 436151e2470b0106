use std::fmt;

/// An entry of `Principal` or `NotPrincipal` (semantics 1.5).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PrincipalPattern {
    /// `"*"`: everyone.
    Everyone,
    /// `{"AWS": "*"}`: everyone but unsigned federated callers (GR-26, D-38).
    AwsAnyone,
    /// An account id, or the ARN of its root user, which says the same (GR-28).
    Account {
        /// The account.
        account: Box<str>,
        /// The partition, if an ARN named it.
        partition: Option<Box<str>>,
    },
    /// Any other ARN under `AWS`: user, role, role session, federated user.
    Arn(Box<str>),
    /// A unique id under `AWS`: `AIDA...` or `AROA...` (GR-29).
    UniqueId(Box<str>),
    /// A service principal.
    Service(Box<str>),
    /// An identity provider: name, OIDC or SAML provider ARN.
    Federated(Box<str>),
    /// An S3 canonical user id.
    CanonicalUser(Box<str>),
}

impl PrincipalPattern {
    /// The member of the `Principal` map it is written under; `None` for the bare `"*"`.
    #[must_use]
    pub const fn member(&self) -> Option<&'static str> {
        match self {
            PrincipalPattern::Everyone => None,
            PrincipalPattern::AwsAnyone
            | PrincipalPattern::Account { .. }
            | PrincipalPattern::Arn(_)
            | PrincipalPattern::UniqueId(_) => Some("AWS"),
            PrincipalPattern::Service(_) => Some("Service"),
            PrincipalPattern::Federated(_) => Some("Federated"),
            PrincipalPattern::CanonicalUser(_) => Some("CanonicalUser"),
        }
    }
}

/// Writes the value without its member.
impl fmt::Display for PrincipalPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrincipalPattern::Everyone | PrincipalPattern::AwsAnyone => f.write_str("*"),
            PrincipalPattern::Account { account, partition: None } => f.write_str(account),
            PrincipalPattern::Account { account, partition: Some(partition) } => write!(f, "arn:{partition}:iam::{account}:root"),
            PrincipalPattern::Arn(text)
            | PrincipalPattern::UniqueId(text)
            | PrincipalPattern::Service(text)
            | PrincipalPattern::Federated(text)
            | PrincipalPattern::CanonicalUser(text) => f.write_str(text),
        }
    }
}
