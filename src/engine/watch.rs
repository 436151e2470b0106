//! Watching a decision: which way it takes through the indexes.
//!
//! [`Engine::decide`](super::Engine::decide) is watched by nobody: [`Unwatched`] is no bytes and hears nothing, so the compiler
//! leaves every report out. [`plan`](super::plan) watches the same code with a list of [`Step`]s.

use crate::artifact::access_key::KIND_SIZE;
use crate::iam::Effect;

/// Hears of every step.
pub(super) trait Watcher {
    /// Whether anybody wants to know, also of what a decision passes over.
    const IS_WATCHING: bool;

    /// Takes a step down, if anybody wants to know.
    fn hear(&mut self, step: impl FnOnce() -> Step);
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unwatched;

impl Watcher for Unwatched {
    const IS_WATCHING: bool = false;

    #[inline(always)]
    fn hear(&mut self, _: impl FnOnce() -> Step) {}
}

impl Watcher for Vec<Step> {
    const IS_WATCHING: bool = true;

    fn hear(&mut self, step: impl FnOnce() -> Step) {
        self.push(step());
    }
}

/// One step through a unit, in the numbers of the artifact.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A kind of access key comes up. Lists and statements that follow are filed under it.
    Kind { record: [u8; KIND_SIZE], fate: KindFate },
    /// A small unit compared its fingerprints: so many statements are always candidates, so many by the value of the key.
    Small { key: u32, always_count: u32, filed_count: u32 },
    /// No statement of the unit can match the action.
    OtherActions,
    /// So many statements of a unit can match the action.
    ByAction { count: u32 },
    /// The statements come up that are filed under nothing.
    Rest,
    /// So many statements were found together.
    Found { count: u32 },
    /// Statements found together are narrowed: dimensions that follow are of this block.
    Block { effect: Effect, count: u32 },
    /// A dimension of a block left so many candidates.
    Dimension { tag: u32, key: u32, left: u32 },
    /// A statement was looked at.
    Statement { reference: u32, applies: bool },
}

/// What became of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KindFate {
    /// It has Allows only, and an Allow that settles the layer is known.
    Settled,
    /// No statement behind it matches the action.
    OtherActions,
    /// The request has no value for some part.
    NoValue,
    /// The request's values were looked up.
    Probed,
}
