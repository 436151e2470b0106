//! Choosing the access key of each statement.
//!
//! Every kind of key costs each request a probe, every statement in a posting list a verification. So: first the kinds that
//! give most statements short lists, greedily, and pieces of resources where those are not enough; then pairs, for statements that no
//! single part sets apart; then whatever shortens the lists at all. What is left is the rest list. Where statements test many keys,
//! one kind is kept for what is filed under whichever key it wants.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexSet;
use smallvec::SmallVec;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::access::{Kind, Offer, Part, offers};
use super::census::{Census, Pieces};
use crate::artifact::access_key::part;
use crate::artifact::writer::actions::Actions;
use crate::hash::combine;
use crate::ir::{Program, Unit};

/// A posting list of this length is short: another kind, to shorten it further, would cost a request as much as its statements do.
const SHORT_LIST: u32 = 3;
/// Most kinds of one unit. Each has a bit in the rows of classes, so fewer than 32.
const MAX_KINDS: usize = 12;
/// A kind must serve one of so many of the statements that are open.
const MIN_SHARE: usize = 256;
/// Most parts of a statement that are paired with each other: those that fewest share.
const MAX_PAIRED: usize = 16;
/// A statement is filed under at most this many action classes.
const MAX_CLASSES: usize = 64;
/// Most combinations of values that a pair files a statement under.
const MAX_COMBINATIONS: usize = 64;

/// A statement under the values of a kind.
pub(super) struct Filing {
    /// Index in the unit.
    pub(super) statement: u32,
    pub(super) hashes: SmallVec<[u64; 2]>,
}

/// A kind and what is filed by it.
pub(super) struct FiledKind {
    pub(super) kind: Kind,
    pub(super) filings: Vec<Filing>,
}

/// Where every statement of a unit is.
pub(in crate::artifact::writer) struct Filings {
    pub(super) kinds: Vec<FiledKind>,
    pub(super) rest: Vec<u32>,
}

/// Files every statement of a unit; `with_pairs` under two parts together as well.
pub(super) fn choose(seed: u64, program: &Program, actions: &Actions, unit: &Unit, with_pairs: bool) -> Filings {
    let mut open: Vec<u32> = (0..unit.statements.len() as u32).collect();
    let mut kinds = Vec::new();
    let census = Census::take(seed, program, unit, &open, Pieces::OfValues);
    let mut singles = Candidates::singles(seed, program, actions, unit, &open, &census);
    let most_kinds = if census.has_many_keys { MAX_KINDS - 1 } else { MAX_KINDS };
    singles.file_short(most_kinds, &mut open, &mut kinds);
    if !open.is_empty() {
        // PERF: most resources share most of their pieces, so these are looked at only where nothing else will do.
        let census = Census::take(seed, program, unit, &open, Pieces::OfResources);
        singles = Candidates::singles(seed, program, actions, unit, &open, &census);
        singles.file_short(most_kinds, &mut open, &mut kinds);
    }
    if with_pairs && !open.is_empty() {
        let mut pairs = Candidates::pairs(&singles, &open);
        pairs.file_short(most_kinds, &mut open, &mut kinds);
        pairs.file_best(most_kinds, &mut open, &mut kinds);
    }
    singles.file_best(MAX_KINDS, &mut open, &mut kinds);
    Filings { kinds, rest: open }
}

/// The access keys that statements could be filed by, and how many would share each.
struct Candidates {
    kinds: IndexSet<Kind, Xxh3DefaultBuilder>,
    /// Of each statement, the range in `entries`.
    starts: Vec<u32>,
    entries: Vec<Candidate>,
    hashes: Vec<u64>,
}

struct Candidate {
    kind: u32,
    /// First hash, and how many.
    first: u32,
    len: u32,
    /// Length of the longest posting list the statement would be in.
    cost: u32,
}

impl Candidates {
    /// One part alone, of statements that are still open.
    fn singles(seed: u64, program: &Program, actions: &Actions, unit: &Unit, open: &[u32], census: &Census) -> Candidates {
        let class_sharers = class_sharers(actions, unit);
        let mut candidates = Candidates::empty();
        for &index in open {
            candidates.start(index);
            let statement = &unit.statements[index as usize];
            for Offer { part, hashes } in offers(seed, program, census, statement) {
                candidates.push(Kind::of([part]), &hashes);
            }
            if let Some(classes) = actions.classes(statement.action) {
                let classes: SmallVec<[u64; 16]> = classes.take(MAX_CLASSES + 1).map(u64::from).collect();
                let sharers = classes.iter().map(|&class| class_sharers[class as usize]).max().unwrap_or(0);
                // Where all statements ask for the same few actions, their class says nothing.
                let is_telling = (sharers as usize) < unit.statements.len() / 2 || sharers <= SHORT_LIST;
                if classes.len() <= MAX_CLASSES && is_telling {
                    candidates.push(Kind::of([Part { tag: part::ACTION, size: 0, key: 0 }]), &classes);
                }
            }
        }
        candidates.starts.resize(unit.statements.len(), candidates.entries.len() as u32);
        candidates.finish()
    }

    /// Begins the entries of a statement. Those that are passed over have none.
    fn start(&mut self, statement: u32) {
        self.starts.resize(statement as usize + 1, self.entries.len() as u32);
    }

    /// Two parts together, of statements that are still open.
    fn pairs(singles: &Candidates, open: &[u32]) -> Candidates {
        let mut candidates = Candidates::empty();
        for &statement in open {
            candidates.start(statement);
            let pairable = |candidate: &&Candidate| !part::stands_alone(singles.kinds[candidate.kind as usize].parts()[0].tag);
            let mut own: Vec<&Candidate> = singles.of(statement).iter().filter(pairable).collect();
            if own.len() > MAX_PAIRED {
                own.sort_by_key(|candidate| candidate.cost);
                own.truncate(MAX_PAIRED);
                own.sort_by_key(|candidate| candidate.first);
            }
            for (index, first) in own.iter().enumerate() {
                for second in &own[index + 1..] {
                    candidates.push_pair(singles, first, second);
                }
            }
        }
        candidates.starts.resize(singles.starts.len() - 1, candidates.entries.len() as u32);
        candidates.finish()
    }

    fn empty() -> Candidates {
        Candidates { kinds: IndexSet::default(), starts: Vec::new(), entries: Vec::new(), hashes: Vec::new() }
    }

    fn push(&mut self, kind: Kind, hashes: &[u64]) {
        let kind = self.kinds.insert_full(kind).0 as u32;
        let first = self.hashes.len();
        self.hashes.extend_from_slice(hashes);
        if hashes.len() > 1 {
            // Patterns that begin alike are filed together, once.
            self.hashes[first..].sort_unstable();
            let mut distinct = self.hashes.split_off(first);
            distinct.dedup();
            self.hashes.append(&mut distinct);
        }
        self.entries.push(Candidate { kind, first: first as u32, len: (self.hashes.len() - first) as u32, cost: 0 });
    }

    fn push_pair(&mut self, singles: &Candidates, first: &Candidate, second: &Candidate) {
        let kind = |candidate: &Candidate| singles.kinds[candidate.kind as usize].parts()[0];
        let parts = [kind(first), kind(second)];
        let is_same_text = parts.iter().all(|part| matches!(part.tag, part::RESOURCE..=part::RESOURCE_GRAM));
        if is_same_text || first.len as usize * second.len as usize > MAX_COMBINATIONS {
            return;
        }
        let hashes: SmallVec<[u64; 16]> =
            singles.hashes(first).iter().flat_map(|&a| singles.hashes(second).iter().map(move |&b| combine(a, b))).collect();
        self.push(Kind::of(parts), &hashes);
    }

    /// Closes the ranges and counts the sharers of every value.
    fn finish(mut self) -> Candidates {
        self.starts.push(self.entries.len() as u32);
        // PERF: each value is looked up once, then known by its number; most of a large table is not in the cache.
        let mut numbers: HashMap<u64, u32, BuildHasherDefault<Hashed>> =
            HashMap::with_capacity_and_hasher(self.hashes.len(), BuildHasherDefault::default());
        let mut sharers: Vec<u32> = Vec::with_capacity(self.hashes.len());
        let mut number_of = Vec::with_capacity(self.hashes.len());
        for entry in &self.entries {
            for &hash in self.hashes(entry) {
                let number = *numbers.entry(combine(u64::from(entry.kind), hash)).or_insert(sharers.len() as u32);
                match sharers.get_mut(number as usize) {
                    Some(count) => *count += 1,
                    None => sharers.push(1),
                }
                number_of.push(number);
            }
        }
        for entry in &mut self.entries {
            let numbers = &number_of[entry.first as usize..(entry.first + entry.len) as usize];
            entry.cost = numbers.iter().map(|&number| sharers[number as usize]).max().unwrap_or(0);
        }
        self
    }

    fn of(&self, statement: u32) -> &[Candidate] {
        &self.entries[self.starts[statement as usize] as usize..self.starts[statement as usize + 1] as usize]
    }

    fn hashes(&self, candidate: &Candidate) -> &[u64] {
        &self.hashes[candidate.first as usize..(candidate.first + candidate.len) as usize]
    }

    /// Files what gets short lists, the kind that serves most first, until there are so many kinds.
    fn file_short(&mut self, most_kinds: usize, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        while !open.is_empty() && kinds.len() < most_kinds {
            let mut served = vec![0_usize; self.kinds.len()];
            for candidate in open.iter().flat_map(|&statement| self.of(statement)) {
                served[candidate.kind as usize] += usize::from(candidate.cost <= SHORT_LIST);
            }
            let weighted = |kind: usize| served[kind] * weight(&self.kinds[kind]);
            let Some(best) = (0..served.len()).max_by_key(|&kind| (weighted(kind), std::cmp::Reverse(kind))) else { return };
            if served[best] < open.len() / MIN_SHARE + 1 {
                return;
            }
            self.file(best, |candidate| candidate.cost <= SHORT_LIST, open, kinds);
        }
    }

    /// Files the others where their lists are shortest, if that is much shorter than all of them.
    fn file_best(&mut self, most_kinds: usize, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        while !open.is_empty() && kinds.len() < most_kinds {
            let bearable = (open.len() as u32 / 4).max(SHORT_LIST);
            // The kind that saves most verifications.
            let mut saved = vec![0_u64; self.kinds.len()];
            let mut served = vec![0_usize; self.kinds.len()];
            for candidate in open.iter().flat_map(|&statement| self.of(statement)) {
                if candidate.cost <= bearable {
                    saved[candidate.kind as usize] += u64::from(open.len() as u32 - candidate.cost.min(open.len() as u32)) + 1;
                    served[candidate.kind as usize] += 1;
                }
            }
            let Some(best) = (0..saved.len()).max_by_key(|&kind| (saved[kind], std::cmp::Reverse(kind))) else { return };
            if served[best] < open.len() / MIN_SHARE + 1 {
                return;
            }
            self.file(best, |candidate| candidate.cost <= bearable, open, kinds);
        }
    }

    fn file(&self, kind: usize, accepts: impl Fn(&Candidate) -> bool, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        let position = kinds.iter().position(|filed| filed.kind == self.kinds[kind]).unwrap_or_else(|| {
            kinds.push(FiledKind { kind: self.kinds[kind].clone(), filings: Vec::new() });
            kinds.len() - 1
        });
        let filings = &mut kinds[position].filings;
        open.retain(|&statement| {
            let own = self.of(statement).iter().filter(|candidate| candidate.kind as usize == kind && accepts(candidate));
            // One key may be tested twice: the shorter lists.
            let Some(candidate) = own.min_by_key(|candidate| candidate.cost) else { return true };
            filings.push(Filing { statement, hashes: self.hashes(candidate).into() });
            false
        });
    }
}

/// How many statements match each action class.
fn class_sharers(actions: &Actions, unit: &Unit) -> Vec<u32> {
    let mut sets: HashMap<_, u32> = HashMap::new();
    for statement in &unit.statements {
        *sets.entry(statement.action).or_default() += 1;
    }
    let mut sharers = vec![0; actions.class_count() as usize];
    for (set, count) in sets {
        for class in actions.classes(set).into_iter().flatten() {
            sharers[class as usize] += count;
        }
    }
    sharers
}

/// How much a kind is worth beside others that serve as many: a gram is looked up at every position of the value,
/// and some values must be read first.
fn weight(kind: &Kind) -> usize {
    let part_weight = |part: &Part| match part.tag {
        part::VALUE_GRAM | part::RESOURCE_GRAM => 4,
        // A request has several keys.
        part::KEY => 1,
        tag if part::of_any_key(tag).is_some() => 2,
        // A caller has several names.
        part::PRINCIPAL => 12,
        part::VALUE_FOLDED..=part::VALUE_INSTANT => 14,
        part::VALUE_PREFIX | part::VALUE_SUFFIX | part::RESOURCE_SUFFIX => 15,
        _ => 16,
    };
    kind.parts().iter().map(part_weight).min().unwrap_or(1)
}

/// A hasher for values that are hashes already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only u64 keys are hashed");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
