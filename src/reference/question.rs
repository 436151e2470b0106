//! One request, together with what the bundle knows about its caller.

use std::borrow::Cow;

use super::context::RequestContext;
use super::layers::Layers;
use crate::iam::arn::Arn;
use crate::iam::{Principal, PrincipalKind};
use crate::request::Request;

/// What every rule of the evaluation looks at: request, caller, and context.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The request as it came.
    pub request: Request<'a>,
    /// Who asks.
    pub caller: Caller<'a>,
    /// The context as conditions and variables see it.
    pub context: RequestContext<'a>,
}

/// The caller, with everything that request and bundle together know.
#[derive(Debug, Clone)]
pub struct Caller<'a> {
    /// As the request names it; unique id and service-linked role completed from the bundle.
    pub principal: Principal<'a>,
    /// Of a role session: the role's ARN, with its path as far as somebody knows it (D-27).
    pub role_arn: Option<Cow<'a, str>>,
    /// Whether it has a permissions boundary (GR-35).
    pub has_boundary: bool,
}

impl<'a> Question<'a> {
    /// The question that a request puts to these layers.
    #[must_use]
    pub fn new(layers: &Layers<'a>, request: &Request<'a>) -> Question<'a> {
        let caller = Caller::new(layers, request.principal);
        let context = RequestContext::new(request, &caller, layers.principal_tags.clone());
        Question { request: *request, caller, context }
    }

    /// The service prefix of the action: what stands before the colon.
    #[must_use]
    pub fn service(&self) -> &'a str {
        self.request.action.split(':').next().unwrap_or_default()
    }

    /// Whether the resource is an IAM role.
    #[must_use]
    pub fn is_about_role(&self) -> bool {
        Arn::parse(self.request.resource).is_some_and(|arn| arn.is_role())
    }

    /// Whether a role is being assumed, so that its trust policy is the resource policy (EV-35).
    #[must_use]
    pub fn is_role_trust(&self) -> bool {
        self.is_about_role() && self.service().eq_ignore_ascii_case("sts")
    }

    /// Whether the resource policy has to allow even in one account: trust policies and KMS key policies (EV-32, EV-33).
    #[must_use]
    pub fn resource_policy_must_allow(&self) -> bool {
        let is_kms_key = Arn::parse(self.request.resource).is_some_and(|arn| arn.is_kms_key());
        self.is_role_trust() || (is_kms_key && self.service().eq_ignore_ascii_case("kms"))
    }

    /// Whether the caller's account owns the resource (EV-5). Accounts of two partitions are never the same.
    #[must_use]
    pub fn is_same_account(&self) -> bool {
        self.caller.principal.account() == self.request.owner_account() && !self.crosses_partitions()
    }

    /// Whether caller and resource belong to different partitions, between which nothing can be granted (GR-31).
    #[must_use]
    pub fn crosses_partitions(&self) -> bool {
        match (self.caller.principal.arn(), Arn::parse(self.request.resource)) {
            (Some(caller), Some(resource)) => caller.partition != resource.partition,
            _ => false,
        }
    }
}

impl<'a> Caller<'a> {
    fn new(layers: &Layers<'a>, mut principal: Principal<'a>) -> Caller<'a> {
        if let Some(role_arn) = principal.role_arn.or(layers.role_arn) {
            principal = principal.with_role_arn(role_arn);
        }
        principal.unique_id = principal.unique_id.or(layers.unique_id);
        let mut caller = Caller { principal, role_arn: role_arn_of(&principal), has_boundary: false };
        caller.has_boundary = caller.can_have_boundary() && layers.boundary.is_some();
        caller
    }

    /// Whether this is a federated-user session that the root user made (EV-42).
    #[must_use]
    pub fn is_made_by_root(&self) -> bool {
        let maker = self.principal.user_arn.and_then(Arn::parse);
        self.principal.kind == PrincipalKind::FederatedUser && maker.is_some_and(|arn| arn.resource == "root")
    }

    /// Whether the caller carries identity policies: its own, the role's, or those of the user behind the session.
    #[must_use]
    pub fn can_have_identity_policies(&self) -> bool {
        match self.principal.kind {
            PrincipalKind::User | PrincipalKind::RoleSession => true,
            PrincipalKind::FederatedUser => !self.is_made_by_root(),
            _ => false,
        }
    }

    /// Whether the caller can have a boundary: who carries identity policies, except service-linked roles (EV-3).
    #[must_use]
    pub fn can_have_boundary(&self) -> bool {
        self.can_have_identity_policies() && !self.principal.service_linked
    }
}

/// D-27: the role of a session is known by its full ARN. A request or bundle that does not tell means a role without path.
fn role_arn_of<'a>(principal: &Principal<'a>) -> Option<Cow<'a, str>> {
    if principal.kind != PrincipalKind::RoleSession {
        return None;
    }
    if let Some(role_arn) = principal.role_arn {
        return Some(Cow::Borrowed(role_arn));
    }
    let session = principal.arn()?;
    Some(Cow::Owned(format!("arn:{}:iam::{}:role/{}", session.partition, session.account, principal.role_name()?)))
}
