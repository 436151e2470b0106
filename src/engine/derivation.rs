//! Context keys that follow from the request itself.

use super::caller::Caller;
use crate::artifact::{Damaged, Read};
use crate::iam::PrincipalKind;
use crate::request::Request;

/// Which value of the request a key repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Derivation {
    None,
    PrincipalArn,
    PrincipalAccount,
    PrincipalType,
    Username,
    UserId,
    PrincipalIsAwsService,
    PrincipalServiceName,
    ResourceAccount,
    FederatedProvider,
    /// A tag of the caller, which the artifact may know.
    PrincipalTag,
}

/// What the folded names of [`Derivation::PrincipalTag`] start with.
#[cfg(feature = "compile")]
const PRINCIPAL_TAG: &str = "aws:principaltag/";

/// The keys, by their folded names, that repeat something else than a tag.
const NAMES: [(&str, Derivation); 9] = [
    ("aws:principalarn", Derivation::PrincipalArn),
    ("aws:principalaccount", Derivation::PrincipalAccount),
    ("aws:principaltype", Derivation::PrincipalType),
    ("aws:username", Derivation::Username),
    ("aws:userid", Derivation::UserId),
    ("aws:principalisawsservice", Derivation::PrincipalIsAwsService),
    ("aws:principalservicename", Derivation::PrincipalServiceName),
    ("aws:resourceaccount", Derivation::ResourceAccount),
    ("aws:federatedprovider", Derivation::FederatedProvider),
];

/// Each at the place that its code says.
const ALL: [Derivation; NAMES.len() + 2] = {
    let mut all = [Derivation::None; NAMES.len() + 2];
    let mut number = 0;
    while number < NAMES.len() {
        all[NAMES[number].1 as usize] = NAMES[number].1;
        number += 1;
    }
    all[Derivation::PrincipalTag as usize] = Derivation::PrincipalTag;
    all
};

/// What a key of this folded name repeats.
#[cfg(feature = "compile")]
pub(crate) fn of_key(name: &str) -> Derivation {
    if name.starts_with(PRINCIPAL_TAG) {
        return Derivation::PrincipalTag;
    }
    NAMES.iter().find(|(known, _)| *known == name).map_or(Derivation::None, |&(_, derivation)| derivation)
}

impl Derivation {
    pub(super) fn from_code(code: u8) -> Read<Derivation> {
        ALL.get(usize::from(code)).copied().ok_or(Damaged)
    }

    /// Whether the caller's kind and name alone say what the value is, or that there is none.
    pub(super) fn follows_from_kind(self) -> bool {
        use Derivation::{PrincipalAccount, PrincipalArn, PrincipalIsAwsService, PrincipalServiceName, PrincipalType, Username};
        matches!(self, PrincipalArn | PrincipalAccount | PrincipalType | Username | PrincipalIsAwsService | PrincipalServiceName)
    }
}

impl<'a> Caller<'a> {
    /// The derived value, if it exists for this kind of caller (PV-19, CO-39, semantics 7.4).
    pub(super) fn derive(&self, derivation: Derivation, request: &Request<'a>) -> Read<Option<&'a str>> {
        use PrincipalKind::{Anonymous, FederatedUser, RoleSession, Root, Saml, Service, User, WebIdentity};
        let kind = self.principal.kind;
        Ok(match derivation {
            Derivation::None | Derivation::PrincipalTag => None,
            Derivation::PrincipalArn => match kind {
                RoleSession => self.role_arn_text()?,
                User | FederatedUser | Root => Some(self.principal.name),
                _ => None,
            },
            Derivation::PrincipalAccount => {
                if kind == Anonymous {
                    Some("anonymous")
                } else {
                    self.principal.account()
                }
            }
            Derivation::PrincipalType => match kind {
                Root => Some("Account"),
                User => Some("User"),
                RoleSession => Some("AssumedRole"),
                FederatedUser => Some("FederatedUser"),
                Anonymous => Some("Anonymous"),
                Service | WebIdentity | Saml => None,
            },
            Derivation::Username if kind == User => self.principal.name.rsplit('/').next(),
            Derivation::Username => None,
            Derivation::UserId => self.user_id()?,
            Derivation::PrincipalIsAwsService => match kind {
                Service => Some("true"),
                Root | User | RoleSession | FederatedUser => Some("false"),
                Anonymous | WebIdentity | Saml => None,
            },
            Derivation::PrincipalServiceName => (kind == Service).then_some(self.principal.name),
            Derivation::ResourceAccount => request.known_resource_account(),
            Derivation::FederatedProvider => match kind {
                WebIdentity => Some(self.principal.name),
                RoleSession => self.principal.federated_provider,
                _ => None,
            },
        })
    }
}
