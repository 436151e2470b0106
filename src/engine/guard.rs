//! Guard rails over a bundle: a platform's artifact that only takes away, over a team's that grants.
//!
//! Both stay what they are, compiled and swapped each on its own. Of a bundle of guard rails count its SCP and RCP levels, which
//! must allow as well as the team's; its permissions boundaries, likewise; and every Deny of its identity and resource policies. Its
//! other Allows grant nothing. The decision is the one over both bundles put together (with two boundaries instead of one): see
//! `tests/guard_rails.rs`.

use super::caller::Caller;
use super::layers::{Ask, Decide, Layers, owner_account};
use super::{Engine, Outcome, Overlay, Scratch, StatementId};
use crate::artifact::Read;
use crate::iam::{Decision, Layer};
use crate::request::Request;

/// A decision under guard rails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GuardedOutcome {
    /// The decision, its layer and statement.
    pub outcome: Outcome,
    /// Which of the guard rails layer and statement belong to; `None` if they are the bundle's own.
    pub guard_rail: Option<usize>,
}

/// What one bundle of guard rails says.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    /// The first Deny, in the order in which explicit denies are reported (D-36).
    deny: Option<(Layer, u32)>,
    /// The first level that does not allow.
    unmet: Option<Layer>,
    /// Whether its boundary, if there is one, allows.
    boundary: bool,
}

/// What a bundle knows of the request's accounts and caller, which holds for all bundles.
#[derive(Debug, Clone, Copy)]
struct Standing {
    caller_in_management_account: bool,
    resource_in_management_account: bool,
    is_bounded: bool,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// Room for the decisions of one thread under these guard rails.
    #[must_use]
    pub fn scratch_under<G: AsRef<[u8]>>(&self, guard_rails: &[&Engine<G>]) -> Scratch {
        let mut scratch = self.scratch();
        let sizes = guard_rails.iter().map(|engine| engine.sizes()).fold(super::Sizes::default(), super::Sizes::max);
        scratch.under = Some(Box::new(Scratch::with_sizes(sizes)));
        scratch
    }

    /// Decides a request over the artifact's policies, those that travel with the request, and guard rails that only take away.
    ///
    /// Allocates nothing with a scratch of [`scratch_under`](Engine::scratch_under). The request's keys are names, not ids.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn decide_under<G: AsRef<[u8]>, O: AsRef<[u8]>>(
        &self,
        guard_rails: &[&Engine<G>],
        request: &Request<'_>,
        overlay: &Overlay<'_, O>,
        scratch: &mut Scratch,
    ) -> GuardedOutcome {
        scratch.memos.forget_verified();
        if request.check_sizes().is_err() || request.context.is_keyed() {
            return GuardedOutcome::default();
        }
        self.read_decision_under(guard_rails, request, overlay, scratch).unwrap_or_default()
    }

    fn read_decision_under<G: AsRef<[u8]>, O: AsRef<[u8]>>(
        &self,
        guard_rails: &[&Engine<G>],
        request: &Request<'_>,
        overlay: &Overlay<'_, O>,
        scratch: &mut Scratch,
    ) -> Read<GuardedOutcome> {
        let mut under = scratch.under.take().unwrap_or_default();
        let outcome = self.read_with(guard_rails, request, overlay, scratch, &mut under);
        scratch.under = Some(under);
        outcome
    }

    fn read_with<G: AsRef<[u8]>, O: AsRef<[u8]>>(
        &self,
        guard_rails: &[&Engine<G>],
        request: &Request<'_>,
        overlay: &Overlay<'_, O>,
        scratch: &mut Scratch,
        under: &mut Scratch,
    ) -> Read<GuardedOutcome> {
        under.memos.forget_verified();
        let Scratch { memos, caller_texts: [texts, ..], .. } = scratch;
        texts.forget();
        let own_caller = self.caller(request, texts)?;
        let mut request = *request;
        self.standing(&request, &own_caller)?.tell(&mut request);
        for guard_rail in guard_rails {
            let caller = guard_rail.caller_under(&request, &own_caller)?;
            guard_rail.standing(&request, &caller)?.tell(&mut request);
        }

        let mut boundary = true;
        let (mut denied, mut unmet) = (None, None);
        for (index, guard_rail) in guard_rails.iter().enumerate() {
            let caller = guard_rail.caller_under(&request, &own_caller)?;
            let none = Overlay::default();
            let verdict = guard_rail.with_caller(&request, &caller, &none, &mut under.memos, |layers| layers.verdict())?;
            boundary &= verdict.boundary;
            let deny = verdict.deny.map(|(layer, statement)| of(index, Decision::ExplicitDeny, layer, Some(statement)));
            denied = earlier(denied, deny);
            unmet = earlier(unmet, verdict.unmet.map(|layer| of(index, Decision::ImplicitDeny, layer, None)));
        }
        let own = self.with_caller(&request, &own_caller, overlay, memos, |layers| {
            layers.other_boundaries_allow = boundary;
            let needs_no_permission = layers.needs_no_permission();
            Ok((layers.decide()?, needs_no_permission))
        })?;
        let (own, needs_no_permission) = own;
        let own_outcome = GuardedOutcome { outcome: own, guard_rail: None };
        if needs_no_permission {
            return Ok(own_outcome);
        }
        let comes_first = |guarded: &GuardedOutcome| guarded.outcome.layer < own.layer;
        let guarded = match own.decision {
            Decision::ExplicitDeny => denied.filter(comes_first),
            Decision::ImplicitDeny => denied.or(unmet.filter(comes_first)),
            Decision::Allow => denied.or(unmet),
        };
        Ok(guarded.unwrap_or(own_outcome))
    }

    /// The caller as the bundle under guard rails knows it, with what the guard rails attach to it.
    fn caller_under<'a>(&'a self, request: &'a Request<'a>, known: &Caller<'a>) -> Read<Caller<'a>> {
        let own = self.caller(request, known.texts)?;
        Ok(Caller {
            identity: own.identity,
            boundary: own.boundary,
            service_linked: known.service_linked || own.service_linked,
            ..*known
        })
    }

    fn standing(&self, request: &Request<'_>, caller: &Caller<'_>) -> Read<Standing> {
        let (view, directory) = (self.view(), &self.tables()?.directory);
        let owner = request.owner_account();
        Ok(Standing {
            caller_in_management_account: directory.account(view, request.principal.account())?.is_management,
            resource_in_management_account: directory.account(view, owner)?.is_management,
            is_bounded: caller.boundary().is_some(),
        })
    }
}

impl Standing {
    fn tell(self, request: &mut Request<'_>) {
        request.caller_in_management_account |= self.caller_in_management_account;
        request.resource_in_management_account |= self.resource_in_management_account;
        request.resolved.is_bounded |= self.is_bounded;
    }
}

impl Layers<'_, '_, '_> {
    /// What counts of a bundle of guard rails.
    fn verdict(&mut self) -> Read<Verdict> {
        let mut verdict = Verdict { deny: None, unmet: None, boundary: true };
        if self.needs_no_permission() {
            return Ok(verdict);
        }
        let view = self.base.view;
        let caller_account = self.directory.account(view, self.request.principal.account())?;
        let owner_account = self.directory.account(view, owner_account(self.request, self.resource))?;
        let mut ask = Decide;
        macro_rules! hear {
            ($findings:expr, $layer:expr) => {{
                let findings = $findings;
                if let Some(statement) = findings.deny {
                    verdict.deny = Some(($layer, statement));
                    return Ok(verdict);
                }
                findings.allow.is_some()
            }};
        }
        if self.rcp_applies(&owner_account, &caller_account) {
            for level in owner_account.rcp_levels(view)? {
                if !hear!(ask.ask(self.base, Layer::Rcp, [level])?, Layer::Rcp) {
                    verdict.unmet.get_or_insert(Layer::Rcp);
                }
            }
        }
        if self.scp_applies(&caller_account) {
            for level in caller_account.scp_levels(view)? {
                if !hear!(ask.ask(self.base, Layer::Scp, [level])?, Layer::Scp) {
                    verdict.unmet.get_or_insert(Layer::Scp);
                }
            }
        }
        // Here only a Deny counts.
        let _ = hear!(self.ask_resource(&mut ask)?, Layer::Resource);
        let _ = hear!(self.ask_identity(&mut ask)?, Layer::Identity);
        if let Some(list) = self.caller.boundary() {
            verdict.boundary = hear!(ask.ask(self.base, Layer::Boundary, [list])?, Layer::Boundary);
        }
        Ok(verdict)
    }
}

fn of(guard_rail: usize, decision: Decision, layer: Layer, statement: Option<u32>) -> GuardedOutcome {
    let outcome = Outcome { decision, layer: Some(layer), statement: statement.map(StatementId) };
    GuardedOutcome { outcome, guard_rail: Some(guard_rail) }
}

/// The outcome of the earlier layer; of one layer, that of the first bundle.
fn earlier(best: Option<GuardedOutcome>, next: Option<GuardedOutcome>) -> Option<GuardedOutcome> {
    match (best, next) {
        (Some(best), Some(next)) if next.outcome.layer < best.outcome.layer => Some(next),
        (best, next) => best.or(next),
    }
}
