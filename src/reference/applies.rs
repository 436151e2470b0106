//! Which layer applies to whom: table 6.2 of the semantics.
//!
//! | layer | user | role session | federated user | root user | service-linked role | service, anonymous, unsigned federated |
//! |---|---|---|---|---|---|---|
//! | SCP | yes¹ | yes¹ | yes¹ | yes¹ | no | no |
//! | RCP | yes² | yes² | yes² | yes² | no | yes² |
//! | endpoint | if used | if used | if used | if used | if used | if used |
//! | resource | yes³ | yes³ | yes³ | yes³ | yes³ | yes³ |
//! | identity | yes | role's | user's | no: allowed implicitly | role's | no |
//! | boundary | if set | if set | user's | no | no | no |
//! | session | no | if passed | yes (EV-42) | task policy | no | no |
//!
//! ¹ outside the management account. ² unless the resource is in the management account or the action is excepted (EV-27).
//! ³ a role's trust policy takes part only when the role is being assumed (SE-11).

use super::layers::Layers;
use super::question::Question;
use crate::iam::PrincipalKind;

/// The action that RCPs do not restrict (EV-27).
const ACTION_WITHOUT_RCP: &str = "kms:RetireGrant";

/// The same layers without those that do not take part in this question.
#[must_use]
pub fn layers_that_apply<'a>(layers: &Layers<'a>, question: &Question<'_>) -> Layers<'a> {
    let mut applying = layers.clone();
    if !scp_applies(layers, question) {
        applying.scp.clear();
    }
    if !rcp_applies(layers, question) {
        applying.rcp.clear();
    }
    if !resource_policy_applies(question) {
        applying.resource = None;
    }
    if !question.caller.can_have_identity_policies() {
        applying.identity.clear();
    }
    if !question.caller.can_have_boundary() {
        applying.boundary = None;
    }
    if !session_policies_apply(question) {
        applying.session = None;
    }
    applying
}

/// SCPs bind the principals of member accounts, their root users too (EV-22).
fn scp_applies(layers: &Layers<'_>, question: &Question<'_>) -> bool {
    let caller = &question.caller.principal;
    caller.kind.has_account() && !caller.service_linked && !caller_in_management_account(layers, question)
}

/// RCPs protect the resources of member accounts, whoever calls (EV-27).
fn rcp_applies(layers: &Layers<'_>, question: &Question<'_>) -> bool {
    !question.caller.principal.service_linked
        && !resource_in_management_account(layers, question)
        && !question.request.action.eq_ignore_ascii_case(ACTION_WITHOUT_RCP)
}

fn caller_in_management_account(layers: &Layers<'_>, question: &Question<'_>) -> bool {
    layers.caller_in_management_account || question.request.caller_in_management_account
}

fn resource_in_management_account(layers: &Layers<'_>, question: &Question<'_>) -> bool {
    layers.resource_in_management_account
        || question.request.resource_in_management_account
        || (question.is_same_account() && caller_in_management_account(layers, question))
}

/// A trust policy speaks about assuming the role, not about passing or changing it (SE-11).
fn resource_policy_applies(question: &Question<'_>) -> bool {
    !question.is_about_role() || question.is_role_trust()
}

/// Sessions made by `AssumeRole...`, `GetFederationToken` and `AssumeRoot` can be given policies (section 7.1).
fn session_policies_apply(question: &Question<'_>) -> bool {
    let caller = &question.caller.principal;
    let kind_has_sessions =
        matches!(caller.kind, PrincipalKind::RoleSession | PrincipalKind::FederatedUser | PrincipalKind::Root);
    kind_has_sessions && !caller.service_linked
}
