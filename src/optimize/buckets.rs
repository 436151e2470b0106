//! Statements brought together by a hash of what they have in common.
//!
//! PERF: sorting a million numbers reads memory in order; a table of as many keys misses every cache for each of them.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

use crate::ir::Statement;

/// The statements of a unit, by index, sorted by hash; equal ones in the order of the unit.
pub(super) struct Buckets {
    entries: Vec<(u64, u32)>,
}

impl Buckets {
    /// Sorts statements by what `key` gives of them.
    pub(super) fn new<'a, K: Hash>(statements: &'a [Statement], key: impl Fn(&'a Statement) -> K) -> Buckets {
        let mut entries: Vec<(u64, u32)> =
            statements.iter().enumerate().map(|(index, statement)| (hash(&key(statement)), index as u32)).collect();
        entries.sort_unstable();
        Buckets { entries }
    }

    /// The statements of each hash. Nearly always they have the same key; whoever relies on it looks.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[(u64, u32)]> {
        self.entries.chunk_by(|a, b| a.0 == b.0)
    }
}

/// The hash of a key.
pub(super) fn hash(key: &impl Hash) -> u64 {
    FixedState::default().hash_one(key)
}
