//! The engine: from a request to a decision.
//!
//! [`Engine::decide`] reads top to bottom: the caller and the accounts are looked up in the artifact's directory, each layer
//! that applies is asked, and the answers are put together as 6.4 of the rules (`docs/rules.md`) says. A layer is a list of units;
//! a unit finds the few statements that can apply through its index ([`unit`](mod@unit)) and verifies them on their bytes
//! ([`record`]). All of these steps are methods of `Evaluation`, at the end of this file.
//!
//! One request, followed: `role/builder` asks `imagebuilder:GetImage`. The context is checked, and each of its entries is noted at
//! the key that policies know it as ([`context`]). The action's text is found to be of class 12, as are all actions that no policy
//! tells apart from it ([`action`]). The unit's access keys (*kinds* of what statements are filed under) say that its statements are
//! filed under the value of `imagebuilder:ResourceTag/team` ([`access`]); an entry was noted there, its value `red` is hashed, one
//! bucket of slots names one record; the record's action set has the bit of class 12, its condition compares `red` on its bytes
//! ([`text_start`](crate::text_start)), a test that it shares with others is one bit of a predicate table ([`table`]), its resource
//! pattern matches: an Allow. What else a statement can be filed under is in [`access_part`]: parts of values and of the resource,
//! the caller's names, or, where policies test many, whichever keys the request has ([`any_key`]). Patterns that begin alike,
//! `arn:aws:imagebuilder:*:*:`, have that part decided once ([`wild_head`]); those of ARN conditions are followed field by field
//! ([`arn_pattern`]). What is known of the caller, and made of it only if a policy asks, is in [`caller`]. Units of a few statements
//! compare fingerprints ([`small`]) or have a bit for each statement that can match the action ([`by_action`]); long lists are
//! narrowed by rows of bits before anything is verified ([`block`]).
//!
//! Ways that few decisions take are marked by `cold_path`, also where a read fails: what is left lies in one line in memory, and
//! takes fewer jumps.
//!
//! [`explain`] and [`wanted`] are for people and gateways beside that path: they ask the same layers, but every statement of each.
//! [`contents`] lists what is inside an artifact.
//! [`plan`] watches the path itself: which access keys were looked up, what they found, what was verified.
//!
//! # Invariants
//! 1. `decide` allocates nothing (with a scratch of its engine), takes no lock, and never panics; every loop is bounded by the size
//!    of the artifact or the request.
//! 2. A hash finds candidates; only bytes decide.
//! 3. What cannot be read or evaluated is an implicit deny, never an Allow.

mod access;
mod access_part;
mod action;
mod any_key;
mod arn_pattern;
mod batch;
mod block;
mod by_action;
mod caller;
mod codes;
mod condition;
pub mod contents;
mod context;
pub(crate) mod derivation;
mod directory;
pub mod explain;
pub(crate) mod glob_match;
mod guard;
mod layers;
mod long_list;
mod pattern;
pub mod plan;
mod positions;
mod principal;
mod record;
mod resolved;
mod resource;
mod scratch;
mod set_bits;
mod small;
mod table;
mod unit;
mod unknown_action;
pub mod wanted;
mod watch;
mod wild_head;

pub use batch::Target;
#[cfg(feature = "compile")]
pub(crate) use codes::{action_code, directory_code, principal_code};
pub use contents::Contents;
pub use explain::Explanation;
pub use guard::GuardedOutcome;
pub use plan::Plan;
pub(crate) use resolved::{ActionId, PrincipalId};
pub use resolved::{KeyId, ResolvedAction, ResolvedPrincipal};
pub use scratch::Scratch;

use std::hint::cold_path;

use crate::artifact::separators::Separators;
use crate::artifact::{Artifact, Damaged, Read, Section, View};
use crate::iam::{Decision, Layer};
use crate::request::Request;
use action::{Action, ActionTables};
use caller::{Caller, CallerTexts};
use context::KeyTable;
use directory::Directory;
use layers::Layers;
use resource::Resource;
use scratch::{Memo, Memos, Sizes};

/// Names a statement of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId(pub u32);

impl StatementId {
    /// Its place in lists by statement id.
    #[cfg(feature = "compile")]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A decision and what it rests on.
///
/// The default is an implicit deny by no layer: what a request that cannot be evaluated gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The decision.
    pub decision: Decision,
    /// The layer that denies, that lacks an Allow, or whose Allow grants. `None` if an action is allowed that needs no permission
    /// (EV-38), and if the request or the artifact could not be read.
    pub layer: Option<Layer>,
    /// A statement behind the decision: the Deny found first, or the Allow that grants. Of the session overlay if `layer` is the
    /// session, of the endpoint overlay if it is the endpoint and there is one.
    pub statement: Option<StatementId>,
}

/// Artifacts that travel with a request, made by [`compile_overlay`](crate::compile::compile_overlay).
///
/// Their bytes may be held otherwise than the engine's that decides: vectors beside a memory map, say.
#[derive(Debug)]
pub struct Overlay<'e, B> {
    /// Session policies; of a root user, the task policy.
    pub session: Option<&'e Engine<B>>,
    /// The policies of the VPC endpoint, where the artifact does not hold them.
    pub endpoint: Option<&'e Engine<B>>,
}

/// Nothing travels with the request. Of one type only, so that `Overlay::default()` needs no annotation.
impl Default for Overlay<'_, Vec<u8>> {
    fn default() -> Self {
        Overlay { session: None, endpoint: None }
    }
}

/// Answers requests from an artifact. Shared between threads without a lock; each thread has a [`Scratch`].
#[derive(Debug, Clone)]
pub struct Engine<B> {
    artifact: Artifact<B>,
    /// What could not be read denies every request (invariant 3).
    tables: Read<Tables>,
}

/// What is read from an artifact once.
#[derive(Debug, Clone)]
struct Tables {
    actions: ActionTables,
    directory: Directory,
    keys: KeyTable,
}

impl Tables {
    fn read(view: View<'_>) -> Read<Tables> {
        Ok(Tables { actions: ActionTables::read(view)?, directory: Directory::read(view)?, keys: KeyTable::read(view)? })
    }
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// Takes an artifact; O(1).
    #[must_use]
    pub fn new(artifact: Artifact<B>) -> Engine<B> {
        let tables = Tables::read(artifact.view());
        Engine { artifact, tables }
    }

    /// The artifact.
    #[must_use]
    pub fn artifact(&self) -> &Artifact<B> {
        &self.artifact
    }

    /// Room for the decisions of one thread. Allocates; decisions do not.
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        Scratch::with_sizes(self.sizes())
    }

    fn sizes(&self) -> Sizes {
        let count = |section| self.view().count(section) as usize;
        Sizes {
            keys: count(Section::Keys),
            tests: count(Section::Tests),
            principal_sets: count(Section::PrincipalSets),
            action_sets: count(Section::Actions),
            heads: count(Section::Heads),
            row_words: block::ROWS_OF_BLOCK * count(Section::Index),
            index_size: self.view().size(Section::Index) as usize,
            records_size: self.view().size(Section::Records) as usize,
        }
    }

    fn view(&self) -> View<'_> {
        self.artifact.view()
    }

    /// Decides a request over the artifact's policies.
    ///
    /// What cannot be evaluated is an implicit deny by no layer: a request that [`Request::validate`] refuses, a context of ids of
    /// another engine, whatever needs a part of the artifact that cannot be read.
    ///
    /// Takes a few hundred nanoseconds where few statements can apply, hardly more with a million others; see the benchmarks.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    #[inline]
    pub fn decide(&self, request: &Request<'_>, scratch: &mut Scratch) -> Outcome {
        self.decide_with(request, &Overlay::default(), scratch)
    }

    /// Decides a request over the artifact's policies and those that travel with the request.
    ///
    /// Denied like in [`decide`](Engine::decide), and a context of ids if anything travels with the request: what was left out of it
    /// could be what the overlay asks for.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn decide_with<O: AsRef<[u8]>>(&self, request: &Request<'_>, overlay: &Overlay<'_, O>, scratch: &mut Scratch) -> Outcome {
        let mut outcome = Outcome::default();
        if Self::refuses(request, overlay) {
            cold_path();
            scratch.memos.forget_verified();
            return outcome;
        }
        // Invariant 3: what cannot be read leaves the outcome as it is.
        let _ = self.with_layers(request, overlay, scratch, |layers| {
            outcome = layers.decide()?;
            Ok(())
        });
        outcome
    }

    /// Whether a request is denied before anything is read. A known action is well formed; of others, the classification finds out.
    #[inline]
    fn refuses<O>(request: &Request<'_>, overlay: &Overlay<'_, O>) -> bool {
        let has_overlay = overlay.session.is_some() || overlay.endpoint.is_some();
        request.check_sizes().is_err() || (has_overlay && request.context.is_keyed())
    }

    /// Puts together what one request is decided from.
    #[inline]
    fn with_layers<T, O: AsRef<[u8]>>(
        &self,
        request: &Request<'_>,
        overlay: &Overlay<'_, O>,
        scratch: &mut Scratch,
        ask: impl FnOnce(&mut Layers<'_, '_, '_>) -> Read<T>,
    ) -> Read<T> {
        let Scratch { memos, caller_texts: [texts, ..], .. } = scratch;
        memos.forget_verified();
        texts.forget();
        // PERF: in steps, so that the caller is made where it stays.
        let mut caller = self.unknown_caller(request, texts)?;
        self.identify(request, &mut caller)?;
        self.with_caller(request, &caller, overlay, memos, ask)
    }

    /// The same, where the caller is known.
    #[inline]
    fn with_caller<T, O: AsRef<[u8]>>(
        &self,
        request: &Request<'_>,
        caller: &Caller<'_>,
        overlay: &Overlay<'_, O>,
        memos: &mut Memos,
        ask: impl FnOnce(&mut Layers<'_, '_, '_>) -> Read<T>,
    ) -> Read<T> {
        let Memos { base, session, endpoint, last_head } = memos;
        let resource = &Resource::new(request.resource, last_head);
        // PERF: the steps that can fail come first, so that what follows is made where it stays.
        let tables = self.tables()?;
        base.begin();
        let action = match self.note_request(request, base) {
            Ok(action) => action,
            Err(damaged) => {
                cold_path();
                return Err(damaged);
            }
        };
        let mut session = overlay.session.map(|engine| engine.evaluation(request, caller, resource, session)).transpose()?;
        let mut endpoint = overlay.endpoint.map(|engine| engine.evaluation(request, caller, resource, endpoint)).transpose()?;
        let mut base = self.evaluation_of(tables, action, request, caller, resource, base);
        ask(&mut Layers::new(&tables.directory, &mut base, session.as_mut(), endpoint.as_mut()))
    }

    #[inline]
    fn tables(&self) -> Read<&Tables> {
        match &self.tables {
            Ok(tables) => Ok(tables),
            Err(damaged) => {
                cold_path();
                Err(*damaged)
            }
        }
    }

    /// The caller with what the artifact knows of it.
    fn caller<'a>(&'a self, request: &'a Request<'a>, texts: &'a CallerTexts) -> Read<Caller<'a>> {
        let mut caller = self.unknown_caller(request, texts)?;
        self.identify(request, &mut caller)?;
        Ok(caller)
    }

    /// The caller, as if the artifact knew nothing of it.
    #[inline]
    fn unknown_caller<'a>(&self, request: &'a Request<'a>, texts: &'a CallerTexts) -> Read<Caller<'a>> {
        Ok(Caller::unknown(&request.principal, self.tables()?.directory.everyone_boundary(), texts))
    }

    /// Adds what the artifact knows of the caller.
    #[inline]
    fn identify<'a>(&'a self, request: &Request<'_>, caller: &mut Caller<'a>) -> Read<()> {
        let (view, directory) = (self.view(), &self.tables()?.directory);
        let record = match request.resolved.principal {
            Some(id) if id.artifact == view.checksum() => id.record,
            _ => directory.find_principal(view, caller.principal)?,
        };
        if let Some(record) = record {
            caller.learn(directory.principal(view, record)?);
        }
        Ok(())
    }

    #[inline]
    fn evaluation<'a, 's>(
        &'a self,
        request: &'a Request<'a>,
        caller: &'a Caller<'a>,
        resource: &'a Resource<'a>,
        memo: &'s mut Memo,
    ) -> Read<Evaluation<'a, 's>> {
        memo.begin();
        let action = self.note_request(request, memo)?;
        Ok(self.evaluation_of(self.tables()?, action, request, caller, resource, memo))
    }

    /// The evaluation of a request that is noted.
    #[inline]
    fn evaluation_of<'a, 's>(
        &'a self,
        tables: &'a Tables,
        action: Action,
        request: &'a Request<'a>,
        caller: &'a Caller<'a>,
        resource: &'a Resource<'a>,
        memo: &'s mut Memo,
    ) -> Evaluation<'a, 's> {
        Evaluation {
            view: self.view(),
            request,
            caller,
            actions: &tables.actions,
            action,
            resource,
            separators: Separators::default(),
            memo,
        }
    }

    /// Notes where the request has the keys that policies ask for, and finds its action.
    #[inline]
    fn note_request(&self, request: &Request<'_>, memo: &mut Memo) -> Read<Action> {
        let view = self.view();
        let Tables { actions, keys, .. } = self.tables()?;
        if context::note_keys(&view, *keys, &request.context, memo).is_err() {
            cold_path();
            return Err(Damaged);
        }
        match request.resolved.action {
            Some(id) if id.artifact == view.checksum() => Ok(id.action),
            _ => actions.classify(&view, request),
        }
    }
}

/// One request against one artifact: what every step of a decision is a method of, each in the file of what it is about.
struct Evaluation<'a, 's> {
    /// The artifact.
    view: View<'a>,
    /// What is asked.
    request: &'a Request<'a>,
    /// By whom, with what the artifact knows of them.
    caller: &'a Caller<'a>,
    /// Where the artifact says what its `Action` elements match.
    actions: &'a ActionTables,
    /// What the artifact calls the request's action.
    action: Action,
    /// The request's resource, taken apart.
    resource: &'a Resource<'a>,
    /// Where the parts of the resource's name end, as far as somebody asked.
    separators: Separators,
    /// What was found out so far.
    memo: &'s mut Memo,
}
