//! Who grants, once nothing denies and all guard rails allow: steps 3 and 4 of section 6.4, tables 6.5 and 6.6.

use super::layers::Layers;
use super::principal::{self, GrantKind};
use super::question::Question;
use super::{allows, applying};
use crate::iam::{Effect, Layer, PrincipalKind};

/// D-39: whether a trust policy that names a user lets only pass who has a boundary that allows as well.
const TRUST_POLICY_GRANT_NEEDS_BOUNDARY: bool = true;

/// What the resource policy and the caller's own policies say, each by itself.
struct Sides {
    /// The strongest grant of the resource policy (6.3).
    resource: GrantKind,
    /// Whether the identity policies allow.
    identity: bool,
    /// Whether there is no boundary, or it allows.
    boundary: bool,
    /// Whether there are no session policies, or they allow.
    session: bool,
}

/// The layer that grants, `Identity` or `Resource`, or else the layer that lacks an Allow (EV-14).
///
/// # Errors
/// If nobody grants.
pub fn granting_layer(layers: &Layers<'_>, question: &Question<'_>) -> Result<Layer, Layer> {
    let sides = Sides {
        resource: strongest_grant(layers, question),
        identity: identity_allows(layers, question),
        boundary: layers.boundary.as_ref().is_none_or(|boundary| allows(boundary, question)),
        session: session_allows(layers, question),
    };
    if !question.caller.principal.kind.has_account() {
        for_caller_without_account(&sides)
    } else if question.is_same_account() {
        within_account(&sides, question)
    } else {
        across_accounts(&sides)
    }
}

/// For the anonymous, services and unsigned federated callers the resource policy is the only source of Allow (table 6.2).
fn for_caller_without_account(sides: &Sides) -> Result<Layer, Layer> {
    if sides.resource == GrantKind::Direct { Ok(Layer::Resource) } else { Err(Layer::Resource) }
}

/// One account: identity or resource policy suffices, except where the resource policy must allow (EV-32; table 6.5).
fn within_account(sides: &Sides, question: &Question<'_>) -> Result<Layer, Layer> {
    if question.resource_policy_must_allow() && sides.resource == GrantKind::None {
        return Err(Layer::Resource);
    }
    match sides.resource {
        GrantKind::Direct => granted_directly(sides, question),
        GrantKind::Entity => caller_side(true, sides),
        GrantKind::Account | GrantKind::None => caller_side(sides.identity, sides),
    }
}

/// A grant to the caller itself needs neither identity policies nor boundary nor session policies to allow (EV-13, EV-43),
/// except for the boundary when a role is assumed (D-39).
fn granted_directly(sides: &Sides, question: &Question<'_>) -> Result<Layer, Layer> {
    if TRUST_POLICY_GRANT_NEEDS_BOUNDARY && question.is_role_trust() && !sides.boundary {
        return Err(Layer::Boundary);
    }
    Ok(Layer::Resource)
}

/// Two accounts: both must allow (EV-18; table 6.6).
///
/// D-35: a grant to this very session does not replace the caller's own side here.
fn across_accounts(sides: &Sides) -> Result<Layer, Layer> {
    if sides.resource == GrantKind::None {
        return Err(Layer::Resource);
    }
    caller_side(sides.identity, sides)
}

/// Boundary and session policies limit what identity policies, or a grant to the entity behind the session, give (EV-41).
fn caller_side(is_granted: bool, sides: &Sides) -> Result<Layer, Layer> {
    if !is_granted {
        Err(Layer::Identity)
    } else if !sides.boundary {
        Err(Layer::Boundary)
    } else if !sides.session {
        Err(Layer::Session)
    } else {
        Ok(if sides.identity { Layer::Identity } else { Layer::Resource })
    }
}

/// The strongest grant over all applying Allow statements of the resource policy (EV-11).
fn strongest_grant(layers: &Layers<'_>, question: &Question<'_>) -> GrantKind {
    if question.crosses_partitions() {
        return GrantKind::None; // GR-31
    }
    if question.request.grant_allows {
        return GrantKind::Direct; // EV-34
    }
    let allowing = applying(&layers.policies(Layer::Resource), Effect::Allow, question);
    let kinds = allowing.iter().map(|statement| principal::strongest_grant(statement, &question.caller));
    kinds.max().unwrap_or(GrantKind::None)
}

/// Whether the caller's identity policies grant. A root user needs none, unless an `AssumeRoot` session limits it to its
/// task policy (EV-45).
fn identity_allows(layers: &Layers<'_>, question: &Question<'_>) -> bool {
    match question.caller.principal.kind {
        PrincipalKind::Root => layers.session.as_ref().is_none_or(|task_policy| allows(task_policy, question)),
        // Made by the root user: what its session policies leave of everything (EV-42).
        PrincipalKind::FederatedUser if question.caller.is_made_by_root() => true,
        _ => allows(&layers.identity, question),
    }
}

/// Whether the policies passed when the session was made let the request pass (EV-4).
///
/// D-28: a federated-user session without them has no permissions from its own side (EV-42).
fn session_allows(layers: &Layers<'_>, question: &Question<'_>) -> bool {
    match &layers.session {
        Some(policies) => allows(policies, question),
        None => question.caller.principal.kind != PrincipalKind::FederatedUser,
    }
}
