use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use crate::iam::{Principal, PrincipalKind, arn::Arn};

/// Who asks, as it stands in a file: a text, or an object with what the text cannot say.
///
/// Invariant, kept by reading: [`Principal::parse`] accepts the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalDocument {
    text: String,
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
        if principal.kind == PrincipalKind::Service {
            if action.eq_ignore_ascii_case("sts:AssumeRoleWithWebIdentity") {
                principal.kind = PrincipalKind::WebIdentity;
            } else if action.eq_ignore_ascii_case("sts:AssumeRoleWithSAML") {
                principal.kind = PrincipalKind::Saml;
            }
        }
        principal
    }

    fn principal(&self) -> Principal<'_> {
        // The invariant makes the fallback unreachable; an anonymous caller is the one with the fewest rights.
        let mut principal = Principal::parse(&self.text).unwrap_or(const { Principal::new(PrincipalKind::Anonymous, "*") });
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

/// The object form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PrincipalObject {
    arn: String,
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
        check_principal(&object.arn)?;
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
            text,
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
