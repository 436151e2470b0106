//! Context keys that follow from the request itself.

use super::context::KeyRecord;
use super::directory::{PrincipalRecord, UnitList};
use crate::artifact::{Cursor, Damaged, Read, Section, View};
use crate::bytes;
use crate::iam::arn::Arn;
use crate::iam::{Principal, PrincipalKind};
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

/// The caller, with what the artifact knows of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) principal: &'a Principal<'a>,
    /// What the artifact knows of it.
    pub(super) known: Option<PrincipalRecord<'a>>,
    /// Whether it is a session of a service-linked role, by request or by the role's path.
    pub(super) service_linked: bool,
    /// Identity policies of the caller's own.
    pub(super) identity: Option<UnitList>,
    /// The permissions boundary.
    pub(super) boundary: Option<UnitList>,
    /// The role's ARN without path, and `aws:userid`, put together where a policy asks for them.
    pub(super) composed: Composed<'a>,
}

/// Tags of a principal record: folded key string u32, value string u32 each, in the artifact that holds the principals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tags<'a> {
    pub(super) view: View<'a>,
    pub(super) pairs: Cursor<'a>,
}

impl<'a> Tags<'a> {
    /// The folded names of their context keys.
    pub(super) fn names(mut self) -> impl Iterator<Item = Read<&'a str>> {
        std::iter::from_fn(move || {
            if self.pairs.is_empty() {
                return None;
            }
            let mut next = || {
                let (name, _value) = (self.pairs.u32()?, self.pairs.u32()?);
                std::str::from_utf8(self.view.string(name)?).map_err(|_| Damaged)
            };
            Some(next())
        })
    }

    /// The value of the tag whose context key has this folded name.
    pub(super) fn value(mut self, name: &[u8]) -> Read<Option<&'a str>> {
        while !self.pairs.is_empty() {
            let (key, value) = (self.pairs.u32()?, self.pairs.u32()?);
            if self.view.string(key)? == name {
                return std::str::from_utf8(self.view.string(value)?).map(Some).map_err(|_| Damaged);
            }
        }
        Ok(None)
    }
}

/// Texts that are not in the request as they are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Composed<'a> {
    pub(super) role_arn: Option<&'a str>,
    pub(super) userid: Option<&'a str>,
}

impl<'a> Caller<'a> {
    /// A caller of whom an artifact knows nothing; `boundary` is everyone's.
    #[inline]
    pub(super) fn unknown(principal: &'a Principal<'a>, boundary: Option<UnitList>) -> Caller<'a> {
        let service_linked = principal.service_linked;
        Caller { principal, known: None, service_linked, identity: None, boundary, composed: Composed::default() }
    }

    /// Adds what an artifact knows.
    ///
    /// PERF: out of line, so that only who is known pays for it.
    #[inline(never)]
    pub(super) fn learn(&mut self, record: PrincipalRecord<'a>) {
        self.service_linked |= self.principal.role_arn.is_none() && record.service_linked;
        self.identity = Some(record.identity);
        self.boundary = record.boundary.or(self.boundary);
        self.known = Some(record);
    }

    /// Of a role session: the role's ARN with its path, if request or artifact know it.
    pub(super) fn role_arn(&self) -> Option<&'a [u8]> {
        let own = self.principal.role_arn.map(str::as_bytes);
        own.or(self.known.map(|record| record.arn))
    }

    pub(super) fn unique_id(&self) -> Option<&'a str> {
        self.principal.unique_id.or(self.known.and_then(|record| record.unique_id))
    }

    /// The caller's tags in the artifact.
    pub(super) fn tags(&self) -> Option<Tags<'a>> {
        self.known.and_then(|record| record.tags)
    }

    /// The derived value, if it exists for this kind of caller (PV-19, CO-39, semantics 7.4).
    pub(super) fn derive(&self, derivation: Derivation, request: &Request<'a>) -> Option<&'a str> {
        use PrincipalKind::{Anonymous, FederatedUser, RoleSession, Root, Saml, Service, User, WebIdentity};
        let kind = self.principal.kind;
        match derivation {
            Derivation::None | Derivation::PrincipalTag => None,
            Derivation::PrincipalArn => match kind {
                RoleSession => match self.role_arn() {
                    Some(role_arn) => std::str::from_utf8(role_arn).ok(),
                    None => self.composed.role_arn,
                },
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
            Derivation::UserId => match kind {
                Root => self.principal.account(),
                User => self.unique_id(),
                RoleSession | FederatedUser => self.composed.userid,
                Anonymous => Some("anonymous"),
                Service | WebIdentity | Saml => None,
            },
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
        }
    }

    /// Whether `text` is the ARN of the role behind this session. Without a known path: `arn:P:iam::A:role/NAME`.
    pub(super) fn is_role(&self, text: &[u8]) -> bool {
        if let Some(role_arn) = self.role_arn() {
            return bytes::equal(role_arn, text);
        }
        let other = std::str::from_utf8(text).ok().and_then(Arn::parse);
        let (Some(own), Some(name), Some(other)) = (self.principal.arn(), self.principal.role_name(), other) else {
            return false;
        };
        let is_same_account = other.partition == own.partition && other.service == "iam" && other.account == own.account;
        is_same_account && other.region.is_empty() && other.resource.strip_prefix("role/") == Some(name)
    }
}

/// Whether policies ask for a key whose value is not in the request as it is.
pub(super) fn is_composed(view: View<'_>) -> Read<bool> {
    for key in 0..view.count(Section::Keys) {
        if matches!(KeyRecord::read(view, key)?.derivation()?, Derivation::PrincipalArn | Derivation::UserId) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts the composed texts into `buffer`: the role's ARN without path, then the user id. Allocates only if it grows.
pub(super) fn compose<'a>(principal: &Principal<'a>, unique_id: Option<&str>, buffer: &'a mut String) -> Read<Composed<'a>> {
    buffer.clear();
    if let (PrincipalKind::RoleSession, Some(colons), Some(name)) = (principal.kind, principal.colons(), principal.role_name()) {
        let (partition, account) = (colons.partition(principal.name), colons.account(principal.name));
        for part in ["arn:", partition, ":iam::", account, ":role/", name] {
            buffer.push_str(part);
        }
    }
    let role_arn_len = buffer.len();
    let id = match principal.kind {
        PrincipalKind::RoleSession => unique_id,
        PrincipalKind::FederatedUser => principal.account(),
        _ => None,
    };
    if let (Some(id), Some(session)) = (id, principal.session_name()) {
        for part in [id, ":", session] {
            buffer.push_str(part);
        }
    }
    let (role_arn, userid) = buffer.split_at_checked(role_arn_len).ok_or(Damaged)?;
    let present = |text: &'a str| (!text.is_empty()).then_some(text);
    Ok(Composed { role_arn: present(role_arn), userid: present(userid) })
}
