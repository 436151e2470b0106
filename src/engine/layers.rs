//! Putting the layers together: the algorithm of 6.4 of the rules (`docs/rules.md`).
//!
//! Which layers take part, in which order, and what follows from their answers is said in [`Layers::decide_by`]; how one layer is
//! asked is the caller's [`Ask`]: a decision stops at the first Deny, an explanation hears everyone. What guard rails over the
//! artifact say is asked by `guard`.

use std::hint::cold_path;
use std::ops::ControlFlow;
use std::slice;

use super::caller::Caller;
use super::directory::{AccountRecord, Directory, UnitList};
use super::principal::Grant;
use super::resource::Resource;
use super::unit::Findings;
use super::watch::Watcher;
use super::{Evaluation, Outcome, StatementId};
use crate::artifact::Read;
use crate::iam::arn::Arn;
use crate::iam::{Decision, Layer, PrincipalKind};
use crate::request::Request;

/// One request against everything that can apply to it.
pub(super) struct Layers<'a, 's, 'e> {
    pub(super) request: &'a Request<'a>,
    pub(super) caller: &'a Caller<'a>,
    pub(super) resource: &'a Resource<'a>,
    pub(super) directory: &'a Directory,
    /// The artifact.
    pub(super) base: &'e mut Evaluation<'a, 's>,
    /// Session policies.
    pub(super) session: Option<&'e mut Evaluation<'a, 's>>,
    /// Endpoint policies that travel with the request.
    pub(super) endpoint: Option<&'e mut Evaluation<'a, 's>>,
    /// How the caller and the resource are related.
    pub(super) relation: Relation,
    /// Whether the boundaries of guard rails over this artifact allow.
    pub(super) other_boundaries_allow: Allowed,
}

/// How a caller and a resource are related.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relation {
    /// EV-5. Accounts of two partitions are never the same, whatever their ids.
    pub(super) is_same_account: bool,
    crosses_partitions: bool,
}

impl Relation {
    /// PERF: always inline, as are the layers that every request has: a program that decides single requests and batches has two
    /// places for them, and would call them, for 3 % of `flat-1000`'s instructions.
    #[inline(always)]
    pub(super) fn of(request: &Request<'_>, resource: &Resource<'_>) -> Relation {
        let crosses_partitions = !resource.shares_partition(&request.principal);
        let has_same_account = match (request.resource_account, request.principal.colons()) {
            // The usual case, without asking whether the ARN's account field is an account id.
            (None, Some(caller)) if resource.is_of_account(caller, request.principal.name) => true,
            _ => owner_account(request, resource) == request.principal.account(),
        };
        Relation { is_same_account: !crosses_partitions && has_same_account, crosses_partitions }
    }
}

/// [`Request::owner_account`], from the fields at hand.
#[inline(never)]
pub(super) fn owner_account<'a>(request: &Request<'a>, resource: &Resource<'a>) -> Option<&'a str> {
    request.resource_account.or_else(|| resource.account_id()).or_else(|| request.principal.account())
}

/// What a layer says if nothing in it denies.
pub(super) type Allowed = bool;

/// How a layer is asked.
pub(super) trait Ask<'a> {
    /// Whether nothing needs to be asked after a Deny.
    const ENDS_AT_DENY: bool;

    /// What the units of these lists say together; `evaluation` is over the artifact that holds them. A guard rail is asked
    /// once for each of its levels.
    fn ask(
        &mut self,
        evaluation: &mut Evaluation<'a, '_>,
        layer: Layer,
        lists: impl IntoIterator<Item = UnitList>,
    ) -> Read<Findings>;
}

/// Asks for a decision: through the indexes, until something denies.
pub(super) struct Decide;

impl<'a> Ask<'a> for Decide {
    const ENDS_AT_DENY: bool = true;

    #[inline]
    fn ask(
        &mut self,
        evaluation: &mut Evaluation<'a, '_>,
        _layer: Layer,
        lists: impl IntoIterator<Item = UnitList>,
    ) -> Read<Findings> {
        let mut findings: Findings = Findings::default();
        // PERF: lists are chained, and `for` would ask before each which of them is next.
        let answer = lists.into_iter().try_for_each(|list| match evaluation.ask_units(list, &mut findings) {
            Ok(()) if findings.deny.is_none() => ControlFlow::Continue(()),
            answer => ControlFlow::Break(answer),
        });
        if let ControlFlow::Break(answer) = answer {
            answer?;
        }
        // PERF: field by field, since a copy of the whole would wait for the fields.
        let Findings { deny, grant, allow, watcher } = findings;
        Ok(Findings { deny, grant, allow, watcher })
    }
}

impl<'a, 's, 'e> Layers<'a, 's, 'e> {
    /// The layers of an artifact, and those that travel with the request.
    ///
    /// PERF: always inline, and so is [`decide`](Layers::decide): what is made of small fields in one place and copied in another
    /// waits until the fields have reached the cache, some fifteen cycles each time.
    #[inline(always)]
    pub(super) fn new(
        directory: &'a Directory,
        base: &'e mut Evaluation<'a, 's>,
        session: Option<&'e mut Evaluation<'a, 's>>,
        endpoint: Option<&'e mut Evaluation<'a, 's>>,
    ) -> Layers<'a, 's, 'e> {
        let Evaluation { request, caller, resource, .. } = *base;
        let relation = Relation::of(request, resource);
        Layers { request, caller, resource, relation, directory, base, session, endpoint, other_boundaries_allow: true }
    }
}

impl<'a> Layers<'a, '_, '_> {
    /// Decides.
    #[inline(always)]
    pub(super) fn decide(&mut self) -> Read<Outcome> {
        self.decide_by(&mut Decide)
    }

    /// Decides by what `ask` says of each layer. Each is asked once, in the order in which explicit denies are reported (D-36).
    #[inline(always)]
    pub(super) fn decide_by<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Outcome> {
        if self.needs_no_permission() {
            cold_path();
            return self.decide_free_action(ask);
        }
        let mut denied = None;
        let mut unmet = None;
        let mut must = |layer: Layer, allowed: Allowed| {
            if !allowed && unmet.is_none() {
                unmet = Some(layer);
            }
        };
        macro_rules! ask {
            ($findings:expr, $layer:expr) => {{
                let findings: Findings = $findings;
                if let Some(statement) = findings.deny {
                    cold_path();
                    let outcome = outcome(Decision::ExplicitDeny, Some($layer), Some(statement));
                    if A::ENDS_AT_DENY {
                        return Ok(outcome);
                    }
                    denied.get_or_insert(outcome);
                }
                findings
            }};
        }

        if self.directory.has_guardrails() {
            let caller_account = self.directory.account(self.base.view, self.request.principal.account())?;
            let owner_account = match self.relation.is_same_account {
                true => caller_account,
                false => self.directory.account(self.base.view, owner_account(self.request, self.resource))?,
            };
            if self.rcp_applies(&owner_account, &caller_account) {
                for level in owner_account.rcp_levels(self.base.view)? {
                    must(Layer::Rcp, ask!(ask.ask(self.base, Layer::Rcp, [level])?, Layer::Rcp).allow.is_some());
                }
            }
            if self.scp_applies(&caller_account) {
                for level in caller_account.scp_levels(self.base.view)? {
                    must(Layer::Scp, ask!(ask.ask(self.base, Layer::Scp, [level])?, Layer::Scp).allow.is_some());
                }
            }
        }
        if let Some(findings) = self.ask_endpoint(ask)? {
            cold_path();
            must(Layer::Endpoint, ask!(findings, Layer::Endpoint).allow.is_some());
        }
        let resource = ask!(self.ask_resource(ask)?, Layer::Resource);
        let identity = ask!(self.ask_identity(ask)?, Layer::Identity);
        let boundary = match self.caller.boundary() {
            Some(list) => ask!(ask.ask(self.base, Layer::Boundary, [list])?, Layer::Boundary).allow.is_some(),
            None => true,
        };
        let session = match self.ask_session(ask)? {
            Some(findings) => ask!(findings, Layer::Session).allow.is_some(),
            // EV-42, D-28: a federated-user session without session policies has nothing from the identity side.
            None => self.request.principal.kind != PrincipalKind::FederatedUser,
        };

        if let Some(outcome) = denied {
            return Ok(outcome);
        }
        if let Some(layer) = unmet {
            return Ok(outcome(Decision::ImplicitDeny, Some(layer), None));
        }
        Ok(self.combine(resource, identity, boundary, session))
    }

    /// Steps 3 and 4: nothing denies, and the guard rails allow.
    #[inline(always)]
    fn combine(&self, resource: Findings, identity: Findings, boundary: Allowed, session: Allowed) -> Outcome {
        let boundary = boundary && self.other_boundaries_allow;
        let deny = |layer| outcome(Decision::ImplicitDeny, Some(layer), None);
        let by_resource = outcome(Decision::Allow, Some(Layer::Resource), resource.allow);
        let grant = self.effective_grant(resource.grant);
        let principal = &self.request.principal;
        if !principal.kind.has_account() {
            cold_path();
            return if grant == Grant::Direct { by_resource } else { deny(Layer::Resource) };
        }
        let is_same_account = self.relation.is_same_account;
        if is_same_account {
            if grant == Grant::None && self.resource_policy_must_allow() {
                return deny(Layer::Resource);
            }
            if grant == Grant::Direct {
                // D-39: only for role trust policies does the boundary limit a direct grant.
                return if self.is_role_assumption() && !boundary { deny(Layer::Boundary) } else { by_resource };
            }
        } else if grant == Grant::None {
            return deny(Layer::Resource);
        }
        let identity_allows = match principal.kind {
            // Of a root user everything is allowed that nothing denies (table 6.2); with a task policy, that policy decides.
            PrincipalKind::Root => {
                cold_path();
                session
            }
            _ => identity.allow.is_some() || self.caller.is_made_by_root(),
        };
        // An ENTITY grant replaces the identity policies in the same account only (D-35).
        let is_granted_to_entity = is_same_account && grant == Grant::Entity;
        if !identity_allows && !is_granted_to_entity {
            deny(Layer::Identity)
        } else if !boundary {
            deny(Layer::Boundary)
        } else if !session {
            deny(Layer::Session)
        } else if identity_allows {
            outcome(Decision::Allow, Some(Layer::Identity), identity.allow)
        } else {
            by_resource
        }
    }

    /// EV-38: what everyone may ask, unless an endpoint policy says otherwise.
    pub(super) fn needs_no_permission(&self) -> bool {
        self.base.action.traits().needs_no_permission()
    }

    fn decide_free_action<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Outcome> {
        Ok(match self.ask_endpoint(ask)? {
            None => outcome(Decision::Allow, None, None),
            Some(Findings { deny: Some(statement), .. }) => {
                outcome(Decision::ExplicitDeny, Some(Layer::Endpoint), Some(statement))
            }
            Some(Findings { allow: Some(_), .. }) => outcome(Decision::Allow, None, None),
            Some(_) => outcome(Decision::ImplicitDeny, Some(Layer::Endpoint), None),
        })
    }

    /// EV-27: not for service-linked roles, nor for resources of the management account, nor for `kms:RetireGrant`.
    pub(super) fn rcp_applies(&self, owner: &AccountRecord, caller: &AccountRecord) -> bool {
        let in_management_account = self.request.resource_in_management_account
            || owner.is_management
            || (self.relation.is_same_account && (self.request.caller_in_management_account || caller.is_management));
        !self.caller.service_linked && !in_management_account && !self.base.action.traits().is_retire_grant()
    }

    /// EV-22: not for callers without account, of the management account, or of service-linked roles.
    pub(super) fn scp_applies(&self, caller: &AccountRecord) -> bool {
        let in_management_account = self.request.caller_in_management_account || caller.is_management;
        self.request.principal.kind.has_account() && !in_management_account && !self.caller.service_linked
    }

    #[inline]
    fn ask_endpoint<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Option<Findings>> {
        if self.endpoint.is_some() || self.request.endpoint.is_some() {
            cold_path();
            return self.ask_own_endpoint(ask);
        }
        Ok(None)
    }

    #[inline(never)]
    fn ask_own_endpoint<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Option<Findings>> {
        if let Some(endpoint) = &mut self.endpoint {
            return ask_everyone(ask, endpoint, Layer::Endpoint).map(Some);
        }
        let Some(id) = self.request.endpoint else { return Ok(None) };
        match self.directory.endpoint(self.base.view, id)? {
            Some(list) => ask.ask(self.base, Layer::Endpoint, [list]).map(Some),
            None => Ok(None),
        }
    }

    #[inline(always)]
    pub(super) fn ask_resource<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Findings> {
        // SE-11: a trust policy speaks of assuming the role, not of other actions on it.
        if !self.directory.has_resources() {
            return Ok(Findings::default());
        }
        if self.resource.is_role() && !self.is_role_assumption() {
            return Ok(Findings::default());
        }
        match self.directory.resource(self.base.view, self.request.resource)? {
            Some(list) => ask.ask(self.base, Layer::Resource, [list]),
            None => Ok(Findings::default()),
        }
    }

    /// The policies of user, role, or the user behind a federated-user session.
    #[inline(always)]
    pub(super) fn ask_identity<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Findings> {
        use PrincipalKind::{FederatedUser, RoleSession, User};
        if !matches!(self.request.principal.kind, User | RoleSession | FederatedUser) || self.caller.is_made_by_root() {
            return Ok(Findings::default());
        }
        let lists = self.directory.everyone().into_iter().chain(self.caller.identity);
        ask.ask(self.base, Layer::Identity, lists)
    }

    #[inline]
    fn ask_session<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Option<Findings>> {
        if self.session.is_some() {
            cold_path();
            return self.ask_own_session(ask);
        }
        Ok(None)
    }

    #[inline(never)]
    fn ask_own_session<A: Ask<'a>>(&mut self, ask: &mut A) -> Read<Option<Findings>> {
        use PrincipalKind::{FederatedUser, RoleSession, Root};
        let can_have = matches!(self.request.principal.kind, RoleSession | FederatedUser | Root);
        if !can_have || self.caller.service_linked {
            return Ok(None);
        }
        match &mut self.session {
            Some(session) => ask_everyone(ask, session, Layer::Session).map(Some),
            None => Ok(None),
        }
    }

    /// A resource policy never grants across partitions (GR-31); a KMS grant is a direct grant (EV-34).
    #[inline]
    pub(super) fn effective_grant(&self, grant: Grant) -> Grant {
        let mut grant = grant;
        if self.request.grant_allows {
            cold_path();
            grant = Grant::Direct;
        }
        if grant != Grant::None && self.relation.crosses_partitions {
            cold_path();
            return Grant::None;
        }
        grant
    }

    fn is_role_assumption(&self) -> bool {
        self.base.action.traits().is_of_sts() && self.resource.is_role()
    }

    /// EV-32, EV-33: role trust policies and key policies.
    ///
    /// PERF: always inline, since for nearly every action it is one look at its traits.
    #[inline(always)]
    pub(super) fn resource_policy_must_allow(&self) -> bool {
        let traits = self.base.action.traits();
        if !traits.is_of_sts() && !traits.is_of_kms() {
            return false;
        }
        cold_path();
        self.is_role_assumption() || (traits.is_of_kms() && self.resource.is_kms_key())
    }
}

impl Caller<'_> {
    /// The boundary if this kind of caller can have one (table 6.2).
    #[inline(always)]
    pub(super) fn boundary(&self) -> Option<UnitList> {
        use PrincipalKind::{FederatedUser, RoleSession, User};
        let boundary = self.boundary?;
        let can_have = match self.principal.kind {
            User | RoleSession => !self.service_linked,
            FederatedUser => !self.is_made_by_root(),
            _ => false,
        };
        can_have.then_some(boundary)
    }

    /// Whether this is a federated-user session that the root user made: it has no policies but the session's (EV-42).
    #[inline]
    fn is_made_by_root(&self) -> bool {
        match self.principal.user_arn {
            None => false,
            Some(arn) => {
                cold_path();
                is_root(arn)
            }
        }
    }

    /// Whether the caller has a boundary (GR-35).
    pub(super) fn has_boundary(&self) -> bool {
        self.boundary().is_some()
    }
}

impl Evaluation<'_, '_> {
    /// Asks units until one denies.
    fn ask_units(&mut self, list: UnitList, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let only = list.only();
        let own = only.unwrap_or_default().to_le_bytes();
        let units = if only.is_some() { slice::from_ref(&own) } else { list.several(self.view)? };
        for unit in units {
            self.ask(u32::from_le_bytes(*unit), only.is_some(), findings)?;
            if findings.deny.is_some() {
                cold_path();
                break;
            }
        }
        Ok(())
    }
}

/// Asks all policies of an overlay.
fn ask_everyone<'a, A: Ask<'a>>(ask: &mut A, overlay: &mut Evaluation<'a, '_>, layer: Layer) -> Read<Findings> {
    let directory = Directory::read(overlay.view)?;
    ask.ask(overlay, layer, directory.everyone())
}

/// The number of the level that is asked next, from 0 at the root of the organisation, after these layers; `None` of layers without.
pub(super) fn next_level(layer: Layer, asked: impl Iterator<Item = Layer>) -> Option<u32> {
    matches!(layer, Layer::Rcp | Layer::Scp).then(|| asked.filter(|&asked| asked == layer).count() as u32)
}

#[inline(never)]
fn is_root(user_arn: &str) -> bool {
    Arn::parse(user_arn).is_some_and(|arn| arn.service == "iam" && arn.resource == "root")
}

#[inline]
fn outcome(decision: Decision, layer: Option<Layer>, statement: Option<u32>) -> Outcome {
    Outcome { decision, layer, statement: statement.map(StatementId) }
}
