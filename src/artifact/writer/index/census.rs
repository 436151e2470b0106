//! What the statements of a unit have in common, which decides what each is filed under.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::access::{filed_patterns, patterns};
use super::pieces::{RESOURCE_KEY, grams_of, literals};
use super::resource_parts::{is_filed, tail_literals};
use crate::hash::{combine, hash};
use crate::ir::{Program, Unit};

/// Which patterns of statements have their pieces counted, and are filed under them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pieces {
    /// Those of context keys.
    Values,
    /// Those of resources as well.
    Resources,
    /// These, and those of tests that also hold without a value: each pattern may be filed for itself.
    Alternatives,
}

/// Each of more keys than these would want a kind of its own.
const MANY_KEYS: usize = 8;

/// Counted over the statements of a unit that are still open: only they will be filed.
pub(super) struct Census {
    pub(super) pieces: Pieces,
    /// Whether so many keys are tested that statements are filed under whichever keys a request has.
    pub(super) has_many_keys: bool,
    /// How many patterns of each key, or of resources, have a gram, by the hash of both.
    grams: HashMap<u64, u32, Xxh3DefaultBuilder>,
}

impl Census {
    /// Of no statement.
    pub(super) fn empty(pieces: Pieces) -> Census {
        Census { pieces, has_many_keys: false, grams: HashMap::default() }
    }

    /// Counts the statements of a unit with these numbers.
    pub(super) fn take(seed: u64, program: &Program, unit: &Unit, open: &[u32], pieces: Pieces) -> Census {
        let mut census = Census::empty(pieces);
        let mut keys = HashSet::new();
        for statement in open.iter().map(|&statement| &unit.statements[statement as usize]) {
            for predicate in &statement.predicates {
                let predicate = &program.predicates[predicate.index()];
                if !census.has_many_keys && keys.insert(predicate.key) {
                    census.has_many_keys = keys.len() > MANY_KEYS;
                }
                let patterns = if pieces == Pieces::Alternatives { patterns(predicate) } else { filed_patterns(predicate) };
                for pattern in patterns.unwrap_or_default() {
                    census.add_grams(seed, predicate.key.0, &literals(pattern));
                }
            }
            let set = statement.resource.filter(|_| pieces != Pieces::Values).map(|set| &program.resource_sets[set.index()]);
            for pattern in set.filter(|set| is_filed(set)).iter().flat_map(|set| &set.patterns) {
                census.add_grams(seed, RESOURCE_KEY, &tail_literals(pattern).unwrap_or_default());
            }
        }
        census
    }

    fn add_grams(&mut self, seed: u64, key: u32, literals: &[&str]) {
        grams_of(literals).for_each(|gram| *self.grams.entry(gram_of_key(seed, key, gram)).or_default() += 1);
    }

    /// How many patterns of a key have a gram.
    pub(super) fn of_gram(&self, seed: u64, key: u32, gram: &[u8]) -> u32 {
        self.grams.get(&gram_of_key(seed, key, gram)).copied().unwrap_or(0)
    }
}

fn gram_of_key(seed: u64, key: u32, gram: &[u8]) -> u64 {
    combine(u64::from(key), hash(seed, gram))
}
