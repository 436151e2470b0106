use super::arn::{Arn, ArnColons};
use crate::bytes;

/// What kind of caller a [`Principal`] is (semantics 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// An unsigned request.
    Anonymous,
    /// An AWS service calling as itself.
    Service,
    /// The unsigned caller of `AssumeRoleWithWebIdentity`.
    WebIdentity,
    /// The unsigned caller of `AssumeRoleWithSAML`.
    Saml,
    /// An account's root user.
    Root,
    /// An IAM user, with long-term keys or `GetSessionToken` credentials (SE-1).
    User,
    /// A session of a role.
    RoleSession,
    /// A `GetFederationToken` session.
    FederatedUser,
}

impl PrincipalKind {
    /// Whether the caller belongs to an account and may have identity policies.
    #[must_use]
    pub const fn has_account(self) -> bool {
        matches!(self, PrincipalKind::Root | PrincipalKind::User | PrincipalKind::RoleSession | PrincipalKind::FederatedUser)
    }
}

/// Who asks, borrowed from the request. Making one allocates nothing.
///
/// `arn:aws:sts::111122223333:assumed-role/builder/alice` is a session of the role `builder`. The session's ARN does not
/// hold the role's path (SE-3), so a gateway that uses paths gives `role_arn` as well, or an artifact knows the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal<'a> {
    /// What kind of caller this is.
    pub kind: PrincipalKind,
    /// The ARN of user, session or root user; the service's name; the provider of an unsigned federated caller; `*` if anonymous.
    pub name: &'a str,
    /// Of a role session: the role's ARN with its path.
    pub role_arn: Option<&'a str>,
    /// Of a federated-user session: the ARN of the user (or root user) that made it.
    pub user_arn: Option<&'a str>,
    /// The unique id of the user (`AIDA...`) or role (`AROA...`).
    pub unique_id: Option<&'a str>,
    /// The identity provider behind a role session.
    pub federated_provider: Option<&'a str>,
    /// The S3 canonical user id of the caller's account.
    pub canonical_user: Option<&'a str>,
    /// Whether the role is a service-linked role (SE-13), exempt from SCPs and RCPs.
    pub service_linked: bool,
    /// The fields of `name`, if `kind` has an account.
    colons: Option<ArnColons>,
}

/// What the sixth field of a role session's ARN starts with.
const ASSUMED_ROLE: &[u8] = b"assumed-role/";

/// Providers of web identities that are named by a host name instead of an ARN.
const WEB_IDENTITY_PROVIDERS: [&str; 4] =
    ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

/// Path under which service-linked roles live (EV-65).
const SERVICE_LINKED_PATH: &str = "role/aws-service-role/";

impl<'a> Principal<'a> {
    /// A caller of this kind and name, with nothing else known.
    #[must_use]
    pub fn new(kind: PrincipalKind, name: &'a str) -> Principal<'a> {
        Principal::with_colons(kind, name, if kind.has_account() { ArnColons::find(name) } else { None })
    }

    const fn with_colons(kind: PrincipalKind, name: &'a str, colons: Option<ArnColons>) -> Principal<'a> {
        Principal {
            colons,
            kind,
            name,
            role_arn: None,
            user_arn: None,
            unique_id: None,
            federated_provider: None,
            canonical_user: None,
            service_linked: false,
        }
    }

    /// Reads the text of a principal: an ARN, a service's or provider's name, or `*` for an anonymous caller.
    ///
    /// The ARN of a role (instead of one of its sessions) stands for a session whose name does not matter. `None` if the text
    /// is none of these.
    ///
    /// PERF: always inline, and put together in one place only, so that it is made where the request is: what is written field by
    /// field and then copied waits until the fields have reached the cache.
    #[must_use]
    #[inline(always)]
    pub fn parse(text: &'a str) -> Option<Principal<'a>> {
        let (kind, colons, is_role) = match ArnColons::of_usual_session(text) {
            Some(colons) => (PrincipalKind::RoleSession, Some(colons), false),
            None => {
                let (kind, colons) = kind_of(text)?;
                (
                    kind,
                    colons,
                    kind == PrincipalKind::RoleSession && colons.is_some_and(|colons| colons.service_bytes(text) == b"iam"),
                )
            }
        };
        let service_linked = is_role && is_service_linked_role(text);
        let role_arn = if is_role { Some(text) } else { None };
        Some(Principal { role_arn, service_linked, ..Principal::with_colons(kind, text, colons) })
    }

    /// The same caller with the role's ARN known; a role under the service-linked path is service-linked.
    #[must_use]
    pub fn with_role_arn(mut self, role_arn: &'a str) -> Principal<'a> {
        self.role_arn = Some(role_arn);
        self.service_linked |= is_service_linked_role(role_arn);
        self
    }

    /// Of `arn:aws:sts::A:assumed-role/NAME/session`: everything before `/session`. Of other callers: the whole name.
    pub(crate) fn without_session(&self) -> &'a str {
        let start = self.colons.map_or(0, ArnColons::head_len) + ASSUMED_ROLE.len();
        let is_session = self.name.as_bytes().get(..start).is_some_and(|head| head.ends_with(ASSUMED_ROLE));
        let role = self.name.as_bytes().get(start..).unwrap_or_default();
        match bytes::position(role, b'/') {
            Some(end) if is_session => self.name.get(..start + end).unwrap_or(self.name),
            _ => self.name,
        }
    }

    /// The fields of the caller's ARN, if it has one.
    #[must_use]
    pub fn arn(&self) -> Option<Arn<'a>> {
        self.colons.map(|colons| colons.arn(self.name))
    }

    /// The caller's account: the role's for a role session (EV-5).
    #[must_use]
    #[inline]
    pub fn account(&self) -> Option<&'a str> {
        self.colons.map(|colons| colons.account(self.name))
    }

    /// The account as bytes, to be compared.
    #[inline]
    pub(crate) fn account_bytes(&self) -> Option<&'a [u8]> {
        self.colons.map(|colons| colons.account_bytes(self.name))
    }

    /// Where the fields of the caller's ARN are, if it has one.
    #[inline]
    pub(crate) const fn colons(&self) -> Option<ArnColons> {
        self.colons
    }

    /// The partition of the caller's ARN as bytes.
    #[inline]
    pub(crate) fn partition_bytes(&self) -> Option<&'a [u8]> {
        self.colons.map(|colons| colons.partition_bytes(self.name))
    }

    /// The name of the role of a role session, without path.
    #[must_use]
    pub fn role_name(&self) -> Option<&'a str> {
        if self.kind != PrincipalKind::RoleSession {
            return None;
        }
        let (is_session, rest) = self.path()?;
        if is_session { split_at_slash(rest).map_or(Some(rest), |(name, _)| Some(name)) } else { rest.rsplit('/').next() }
    }

    /// The session name of a role session or federated-user session; `None` if the request names only the role.
    #[must_use]
    pub fn session_name(&self) -> Option<&'a str> {
        let (is_session, rest) = self.path()?;
        match self.kind {
            PrincipalKind::RoleSession if is_session => split_at_slash(rest).map(|(_, session)| session),
            PrincipalKind::FederatedUser => Some(rest),
            _ => None,
        }
    }

    /// Whether the ARN is one of STS, and what is behind the first slash of its sixth field.
    fn path(&self) -> Option<(bool, &'a str)> {
        let colons = self.colons?;
        let (_, rest) = split_at_slash(colons.resource(self.name)).unwrap_or_default();
        Some((colons.service_bytes(self.name) == b"sts", rest))
    }
}

/// Kind and fields of the principal that a text is; a role is a role session whose name does not matter.
#[inline(never)]
fn kind_of(text: &str) -> Option<(PrincipalKind, Option<ArnColons>)> {
    if text == "*" {
        return Some((PrincipalKind::Anonymous, None));
    }
    let Some(colons) = ArnColons::find(text) else { return Some((kind_of_host(text)?, None)) };
    let resource = colons.resource_bytes(text);
    let after = |kind: &[u8]| resource.strip_prefix(kind).filter(|rest| !rest.is_empty());
    let kind = match colons.service_bytes(text) {
        b"sts" if after(ASSUMED_ROLE).is_some_and(|rest| bytes::position(rest, b'/').is_some()) => PrincipalKind::RoleSession,
        b"sts" if after(b"federated-user/").is_some() => PrincipalKind::FederatedUser,
        b"iam" if resource == b"root" => PrincipalKind::Root,
        b"iam" if after(b"user/").is_some() => PrincipalKind::User,
        b"iam" if after(b"role/").is_some() => PrincipalKind::RoleSession,
        b"iam" if after(b"oidc-provider/").is_some() => PrincipalKind::WebIdentity,
        b"iam" if after(b"saml-provider/").is_some() => PrincipalKind::Saml,
        _ => return None,
    };
    Some((kind, kind.has_account().then_some(colons)))
}

/// What the host name of a service or provider is.
fn kind_of_host(text: &str) -> Option<PrincipalKind> {
    let is_host = text.contains('.') && !text.contains(|c: char| c.is_whitespace() || c == '*');
    let kind = if WEB_IDENTITY_PROVIDERS.contains(&text) { PrincipalKind::WebIdentity } else { PrincipalKind::Service };
    (is_host && !text.starts_with("arn:")).then_some(kind)
}

/// Whether a role is a service-linked role, by its path (EV-65).
#[must_use]
pub fn is_service_linked_role(role_arn: &str) -> bool {
    Arn::parse(role_arn).is_some_and(|arn| arn.resource.starts_with(SERVICE_LINKED_PATH))
}

/// `assumed-role/builder/alice` is `assumed-role` and `builder/alice`.
fn split_at_slash(text: &str) -> Option<(&str, &str)> {
    let at = bytes::position(text.as_bytes(), b'/')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}
