//! What can be looked up once and used for many requests: keys, actions, principals.
//!
//! An id belongs to one artifact and knows which. With an engine of another artifact, principals and actions are looked up again
//! by their text; a context of keys, which has no text, is denied, also without entries.

use super::Engine;
use super::action::Action;
use super::context::find_key;
use crate::artifact::Damaged;
use crate::iam::Principal;
use crate::request::{Context, KeyedEntry, Request};

/// A context key that some policy of an artifact asks for; or, of an artifact that cannot be read, one that every decision denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId {
    pub(crate) index: u32,
    pub(crate) artifact: u64,
}

/// What an artifact knows of a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrincipalId {
    /// Its record in the directory.
    pub(super) record: Option<u32>,
    pub(super) artifact: u64,
}

/// What an artifact knows of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ActionId {
    pub(super) action: Action,
    pub(super) artifact: u64,
}

/// A principal, and what one artifact knows of it.
#[derive(Debug, Clone, Copy)]
pub struct ResolvedPrincipal<'a> {
    pub(crate) principal: Principal<'a>,
    /// `None` if the artifact could not be read: then a decision looks the principal up itself, and denies.
    pub(crate) id: Option<PrincipalId>,
}

impl ResolvedPrincipal<'_> {
    /// Whether the artifact has policies or tags of its own for it.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self.id, Some(PrincipalId { record: Some(_), .. }))
    }
}

/// An action, and what one artifact knows of it.
#[derive(Debug, Clone, Copy)]
pub struct ResolvedAction<'a> {
    pub(crate) text: &'a str,
    pub(crate) id: ActionId,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// The id of a context key, whatever its letter case. `None` if no policy asks for it: then its value can change nothing.
    ///
    /// Of an artifact that cannot be read, every key has an id, and a context with it is denied: a key that is left out could be one
    /// that a Deny asks for.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<KeyId> {
        let checksum = self.view().checksum();
        match find_key(self.view(), name) {
            Ok(found) => found.map(|index| KeyId { index, artifact: checksum }),
            Err(Damaged) => Some(KeyId { index: 0, artifact: !checksum }),
        }
    }

    /// A context of keys that this engine has resolved: no name is looked at any more.
    ///
    /// A key for which [`key`](Engine::key) gave nothing is left out, since no policy asks for it. Such a context is for this engine
    /// alone, also if all keys are left out: any other denies, and so does [`decide_with`](Engine::decide_with) a policy that
    /// travels with the request, since a key that was left out could be one it asks for.
    ///
    /// Checks nothing; what [`Context::check`] refuses is denied.
    #[must_use]
    #[inline]
    pub fn context<'a>(&self, entries: &'a [KeyedEntry<'a>]) -> Context<'a> {
        Context::of_keys(self.view().checksum(), entries)
    }

    /// Looks a principal up.
    ///
    /// A principal that the artifact does not know is resolved as well: it has the policies of everyone. Who cannot be looked up,
    /// since the artifact cannot be read, is denied.
    #[must_use]
    pub fn principal<'a>(&self, principal: Principal<'a>) -> ResolvedPrincipal<'a> {
        let found = self.tables().and_then(|tables| tables.directory.find_principal(self.view(), &principal));
        let id = found.ok().map(|record| PrincipalId { record, artifact: self.view().checksum() });
        ResolvedPrincipal { principal, id }
    }

    /// Looks an action up. `None` if it is not `service:Name`, or too long, or the artifact cannot be read.
    #[must_use]
    pub fn action<'a>(&self, action: &'a str) -> Option<ResolvedAction<'a>> {
        let request = Request::new(Principal::parse("*")?, action, "*");
        request.validate().ok()?;
        let found = self.tables().and_then(|tables| tables.actions.classify(&self.view(), &request)).ok()?;
        Some(ResolvedAction { text: action, id: ActionId { action: found, artifact: self.view().checksum() } })
    }
}
