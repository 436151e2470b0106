use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use crate::iam::{Principal, PrincipalKind, arn::Arn};

/// Who asks, as it stands in a file: a text, or an object with what the text cannot say.
///
/// Invariant, kept by reading: there is a text that [`Principal::parse`] accepts, or a federated provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalDocument {
    /// ARN, service name or `*`; `None` for an unsigned caller known only by its provider.
    text: Option<String>,
    role_arn: Option<String>,
    user_arn: Option<String>,
    unique_id: Option<String>,
    service_linked: bool,
    federated_provider: Option<String>,
    canonical_user: Option<String>,
    /// Whether the caller belongs to the organisation's management account.
    pub management_account: bool,
}

impl PrincipalDocument {
    /// The caller of `action`.
    ///
    /// The callers of the two unsigned operations are known only by their provider (EV-36), whose name looks like that of a
    /// service; the action tells them apart.
    #[must_use]
    pub fn principal_for(&self, action: &str) -> Principal<'_> {
        let mut principal = self.principal();
        let is_bare_name =
            matches!(principal.kind, PrincipalKind::Service | PrincipalKind::WebIdentity) && !principal.name.starts_with("arn:");
        if is_bare_name && action.eq_ignore_ascii_case("sts:AssumeRoleWithWebIdentity") {
            principal.kind = PrincipalKind::WebIdentity;
        } else if is_bare_name && action.eq_ignore_ascii_case("sts:AssumeRoleWithSAML") {
            principal.kind = PrincipalKind::Saml;
        }
        principal
    }

    fn principal(&self) -> Principal<'_> {
        let mut principal = match (&self.text, &self.federated_provider) {
            (Some(text), _) => Principal::parse(text),
            (None, Some(provider)) => Some(unsigned_caller(provider)),
            (None, None) => None,
        }
        // The invariant makes this unreachable; an anonymous caller is the one with the fewest rights.
        .unwrap_or_else(|| Principal::new(PrincipalKind::Anonymous, "*"));
        if let Some(role_arn) = &self.role_arn {
            principal = principal.with_role_arn(role_arn);
        }
        principal.user_arn = self.user_arn.as_deref();
        principal.unique_id = self.unique_id.as_deref();
        principal.federated_provider = self.federated_provider.as_deref();
        principal.canonical_user = self.canonical_user.as_deref();
        principal.service_linked |= self.service_linked;
        principal
    }
}

/// A caller without AWS credentials who is known by the provider's name or ARN.
fn unsigned_caller(provider: &str) -> Principal<'_> {
    let is_unsigned = |principal: &Principal<'_>| matches!(principal.kind, PrincipalKind::WebIdentity | PrincipalKind::Saml);
    Principal::parse(provider).filter(is_unsigned).unwrap_or(Principal::new(PrincipalKind::WebIdentity, provider))
}

/// The object form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PrincipalObject {
    arn: Option<String>,
    role_arn: Option<String>,
    user_arn: Option<String>,
    unique_id: Option<String>,
    #[serde(default)]
    service_linked: bool,
    federated_provider: Option<String>,
    canonical_user: Option<String>,
    #[serde(default)]
    management_account: bool,
}

impl TryFrom<PrincipalObject> for PrincipalDocument {
    type Error = String;

    fn try_from(object: PrincipalObject) -> Result<PrincipalDocument, String> {
        match (&object.arn, &object.federated_provider) {
            (Some(text), _) => check_principal(text)?,
            (None, Some(_)) => {}
            (None, None) => {
                return Err("the principal has no `arn`; add it, or `federatedProvider` for an unsigned caller".to_owned());
            }
        }
        if let Some(role_arn) = &object.role_arn
            && !Arn::parse(role_arn).is_some_and(|arn| arn.is_role())
        {
            return Err(format!(
                "`{role_arn}` is not the ARN of a role; write `arn:aws:iam::111122223333:role/path/name` as `roleArn`"
            ));
        }
        if let Some(user_arn) = &object.user_arn
            && !Principal::parse(user_arn).is_some_and(|user| matches!(user.kind, PrincipalKind::User | PrincipalKind::Root))
        {
            return Err(format!(
                "`{user_arn}` is not the ARN of a user or root user; write `arn:aws:iam::111122223333:user/name` as `userArn`"
            ));
        }
        Ok(PrincipalDocument {
            text: object.arn,
            role_arn: object.role_arn,
            user_arn: object.user_arn,
            unique_id: object.unique_id,
            service_linked: object.service_linked,
            federated_provider: object.federated_provider,
            canonical_user: object.canonical_user,
            management_account: object.management_account,
        })
    }
}

impl TryFrom<String> for PrincipalDocument {
    type Error = String;

    fn try_from(text: String) -> Result<PrincipalDocument, String> {
        check_principal(&text)?;
        Ok(PrincipalDocument {
            text: Some(text),
            role_arn: None,
            user_arn: None,
            unique_id: None,
            service_linked: false,
            federated_provider: None,
            canonical_user: None,
            management_account: false,
        })
    }
}

fn check_principal(text: &str) -> Result<(), String> {
    if Principal::parse(text).is_some() {
        return Ok(());
    }
    Err(format!(
        "`{text}` is not a principal; write the ARN of a user, role session, federated user or root user, \
         a service such as `ec2.amazonaws.com`, or `*` for an anonymous caller"
    ))
}

impl<'de> Deserialize<'de> for PrincipalDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PrincipalVisitor)
    }
}

struct PrincipalVisitor;

impl<'de> Visitor<'de> for PrincipalVisitor {
    type Value = PrincipalDocument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a principal: an ARN, a service name, `*`, or an object with `arn`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PrincipalDocument, E> {
        text.to_owned().try_into().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PrincipalDocument, A::Error> {
        PrincipalObject::deserialize(MapAccessDeserializer::new(map))?.try_into().map_err(A::Error::custom)
    }
}
