//! The access keys that statements could be filed by, and how many would share each.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::thread;

use indexmap::IndexSet;
use smallvec::SmallVec;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::MIN_PARALLEL_STATEMENTS;
use super::access::{Kind, Offer, Part, offers};
use super::alternatives::{Element, offers_of};
use super::census::Census;
use super::choose::{MAX_LONG_LISTS, MAX_SHORT_LIST_LEN, SHORT_LIST};
use crate::artifact::access_key::part;
use crate::artifact::writer::actions::Actions;
use crate::hash::combine;
use crate::ir::{Program, Unit};

/// Most parts of a statement that are paired with each other: those that fewest share.
const MAX_PAIRED: usize = 16;
/// Most values of all its pairs together. Beginnings and ends of patterns of six keys could make two thousand for each statement.
const MAX_PAIR_VALUES: usize = 512;
/// A statement is filed under at most this many action classes.
const MAX_CLASSES: usize = 64;
/// Most combinations of values that a pair files a statement under.
const MAX_COMBINATIONS: usize = 64;

/// The access keys that statements could be filed by, and how many would share each.
///
/// What is filed as one is an *item*: a statement, which has its own number, or one alternative of a statement.
pub(super) struct Candidates {
    pub(super) kinds: IndexSet<Kind, Xxh3DefaultBuilder>,
    /// Of each kind, how many different values items would be filed under.
    value_counts: Vec<u32>,
    /// How many items there are, those included that offer nothing.
    item_count: u32,
    /// The statement of each item, where that is not its number.
    owners: Option<Vec<u32>>,
    /// Of each item, the range in `entries`.
    starts: Vec<u32>,
    entries: Vec<Candidate>,
    hashes: Vec<u64>,
}

pub(super) struct Candidate {
    pub(super) kind: u32,
    /// First hash, and how many.
    first: u32,
    len: u32,
    /// Length of the longest posting list the item would be in.
    pub(super) cost: u32,
    /// Length of the shortest one.
    pub(super) least: u32,
    /// How many of its lists would be long.
    pub(super) long_lists: u32,
}

impl Candidates {
    /// One part alone of each alternative of an element, of statements that are still open: an alternative is an item.
    pub(super) fn alternatives(
        seed: u64,
        program: &Program,
        unit: &Unit,
        open: &[u32],
        census: &Census,
        element: Element,
    ) -> Candidates {
        let mut candidates = Candidates::empty();
        let mut owners = Vec::new();
        for &statement in open {
            for offers in offers_of(seed, program, census, element, &unit.statements[statement as usize]) {
                candidates.start(owners.len() as u32);
                owners.push(statement);
                offers.into_iter().for_each(|Offer { part, hashes }| candidates.push(Kind::of([part]), &hashes));
            }
        }
        Candidates { owners: Some(owners), ..candidates.finish() }
    }

    /// The items of open statements that have some in lists of at most `most`, and few in long ones. Others gain nothing by being
    /// filed one by one, or would be written too often.
    pub(super) fn mixed_items(&self, open: &[u32], most: u32) -> Vec<u32> {
        let is_in = |item: u32, most: u32| self.of(item).iter().any(|candidate| candidate.cost <= most);
        let items: Vec<u32> = (0..self.item_count).filter(|&item| open.binary_search(&self.owner(item)).is_ok()).collect();
        let is_mixed = |items: &&[u32]| {
            items.iter().any(|&item| is_in(item, most))
                && items.iter().filter(|&&item| !is_in(item, MAX_SHORT_LIST_LEN)).count() <= MAX_LONG_LISTS as usize
        };
        items.chunk_by(|&a, &b| self.owner(a) == self.owner(b)).filter(is_mixed).flatten().copied().collect()
    }

    /// The statement of an item.
    pub(super) fn owner(&self, item: u32) -> u32 {
        self.owners.as_ref().map_or(item, |owners| owners[item as usize])
    }

    /// How many items there are.
    pub(super) fn item_count(&self) -> u32 {
        self.item_count
    }

    /// How long a list an item would be in, if a request is as likely to have one value of the kind as any other.
    pub(super) fn mean_len(&self, candidate: &Candidate) -> u32 {
        let values = u64::from(self.value_counts[candidate.kind as usize].max(1));
        (u64::from(candidate.len) * u64::from(self.item_count) / values).try_into().unwrap_or(u32::MAX)
    }

    /// One part alone, of statements that are still open; on two threads, if that is allowed and pays.
    pub(super) fn singles(
        seed: u64,
        program: &Program,
        actions: &Actions,
        unit: &Unit,
        open: &[u32],
        census: &Census,
        on_two_threads: bool,
    ) -> Candidates {
        let class_sharers = class_sharers(actions, unit);
        let share = |open: &[u32]| Candidates::share(seed, program, actions, unit, &class_sharers, open, census);
        let mut candidates = if !on_two_threads || open.len() < MIN_PARALLEL_STATEMENTS {
            share(open)
        } else {
            let (first, second) = open.split_at(open.len() / 2);
            thread::scope(|scope| {
                let second = scope.spawn(|| share(second));
                let first = share(first);
                first.followed_by(second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        };
        candidates.starts.resize(unit.statements.len(), candidates.entries.len() as u32);
        candidates.finish()
    }

    /// Candidates of some of the statements; [`finish`](Candidates::finish) has yet to count the sharers of their values.
    fn share(
        seed: u64,
        program: &Program,
        actions: &Actions,
        unit: &Unit,
        class_sharers: &[u32],
        open: &[u32],
        census: &Census,
    ) -> Candidates {
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
                    candidates.push(Kind::of([Part { tag: part::ACTION, ..Part::default() }]), &classes);
                }
            }
        }
        candidates
    }

    /// Adds those of later items, as if they had been pushed here.
    fn followed_by(mut self, later: Candidates) -> Candidates {
        let kinds: Vec<u32> = later.kinds.into_iter().map(|kind| self.kinds.insert_full(kind).0 as u32).collect();
        let (first_entry, first_hash) = (self.entries.len() as u32, self.hashes.len() as u32);
        self.starts.extend(later.starts.iter().skip(self.starts.len()).map(|start| first_entry + start));
        self.entries.extend(later.entries.into_iter().map(|entry| Candidate {
            kind: kinds[entry.kind as usize],
            first: first_hash + entry.first,
            ..entry
        }));
        self.hashes.extend(later.hashes);
        self.item_count += later.item_count;
        self
    }

    /// Begins the entries of an item. Those that are passed over have none.
    fn start(&mut self, item: u32) {
        self.starts.resize(item as usize + 1, self.entries.len() as u32);
        self.item_count += 1;
    }

    /// Two parts together, of statements that are still open.
    pub(super) fn pairs(singles: &Candidates, open: &[u32]) -> Candidates {
        let mut candidates = Candidates::empty();
        for &statement in open {
            candidates.start(statement);
            let pairable = |candidate: &&Candidate| !part::stands_alone(singles.kinds[candidate.kind as usize].parts()[0].tag);
            let mut own: Vec<&Candidate> = singles.of(statement).iter().filter(pairable).collect();
            // Those of pairs that are not left out.
            let value_count = |own: &[&Candidate]| -> usize {
                let lens = || own.iter().map(|candidate| candidate.len as usize).enumerate();
                let counts = lens().flat_map(|(index, len)| lens().take(index).map(move |(_, other)| len * other));
                counts.filter(|&count| count <= MAX_COMBINATIONS).sum()
            };
            if own.len() > MAX_PAIRED || value_count(&own) > MAX_PAIR_VALUES {
                own.sort_by_key(|candidate| candidate.cost);
                own.truncate(MAX_PAIRED);
                while value_count(&own) > MAX_PAIR_VALUES {
                    own.pop();
                }
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
        Candidates {
            kinds: IndexSet::default(),
            value_counts: Vec::new(),
            item_count: 0,
            owners: None,
            starts: Vec::new(),
            entries: Vec::new(),
            hashes: Vec::new(),
        }
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
        self.entries.push(Candidate {
            kind,
            first: first as u32,
            len: (self.hashes.len() - first) as u32,
            cost: 0,
            least: 0,
            long_lists: 0,
        });
    }

    fn push_pair(&mut self, singles: &Candidates, first: &Candidate, second: &Candidate) {
        let kind = |candidate: &Candidate| singles.kinds[candidate.kind as usize].parts()[0];
        // Two parts are one kind, in whichever order a statement tests them.
        let (first, second) = if kind(second) < kind(first) { (second, first) } else { (first, second) };
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
        // PERF: each value is looked up once, then known by its number; most of a large table is not in the cache. Items share most of
        // their values, so that room for all would be many times what is needed, and all of it is written to.
        let mut numbers: HashMap<u64, u32, BuildHasherDefault<Hashed>> =
            HashMap::with_capacity_and_hasher(self.item_count as usize, BuildHasherDefault::default());
        let mut sharers: Vec<u32> = Vec::new();
        let mut number_of = Vec::with_capacity(self.hashes.len());
        let mut value_counts = vec![0; self.kinds.len()];
        for entry in &self.entries {
            for &hash in self.hashes(entry) {
                let number = *numbers.entry(combine(u64::from(entry.kind), hash)).or_insert(sharers.len() as u32);
                match sharers.get_mut(number as usize) {
                    Some(count) => *count += 1,
                    None => {
                        sharers.push(1);
                        value_counts[entry.kind as usize] += 1;
                    }
                }
                number_of.push(number);
            }
        }
        for entry in &mut self.entries {
            let numbers = &number_of[entry.first as usize..(entry.first + entry.len) as usize];
            let lens = || numbers.iter().map(|&number| sharers[number as usize]);
            entry.cost = lens().max().unwrap_or(0);
            entry.least = lens().min().unwrap_or(0);
            entry.long_lists = lens().filter(|&len| len > MAX_SHORT_LIST_LEN).count() as u32;
        }
        self.value_counts = value_counts;
        self
    }

    pub(super) fn of(&self, item: u32) -> &[Candidate] {
        &self.entries[self.starts[item as usize] as usize..self.starts[item as usize + 1] as usize]
    }

    pub(super) fn hashes(&self, candidate: &Candidate) -> &[u64] {
        &self.hashes[candidate.first as usize..(candidate.first + candidate.len) as usize]
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::census::Pieces;
    use super::*;
    use crate::artifact::writer::{Sections, actions};
    use crate::bundle::Bundle;
    use crate::iam::PolicyKind;
    use crate::lower::lower;
    use crate::source::SourceMap;
    use crate::syntax::testing::policy_of;

    /// Everything about candidates, to compare it.
    fn facts(candidates: Candidates) -> impl PartialEq + std::fmt::Debug {
        let Candidates { kinds, value_counts, item_count, owners, starts, entries, hashes } = candidates;
        let entry = |entry: Candidate| (entry.kind, entry.first, entry.len, entry.cost, entry.least, entry.long_lists);
        let entries: Vec<_> = entries.into_iter().map(entry).collect();
        (kinds.into_iter().collect::<Vec<_>>(), value_counts, item_count, owners, starts, entries, hashes)
    }

    #[test]
    fn shares_put_together_are_what_is_worked_out_at_once() {
        let statements: Vec<String> = (0..300)
            .map(|number| {
                let (key, action) = (number / 100, ["s3:GetObject", "s3:Put*", "ec2:*"][number % 3]);
                format!(
                    r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "arn:aws:s3:::bucket-{number}/*",
                        "Condition": {{"StringEquals": {{"aws:ResourceTag/k{key}": ["a", "{number}"]}}}}}}"#
                )
            })
            .collect();
        let policy = policy_of(&mut SourceMap::new(), PolicyKind::Identity, &statements);
        let mut bundle = Bundle::default();
        let id = bundle.add_policy("policy", policy);
        bundle.everyone.identity.push(id);
        let program = lower(Cow::Owned(bundle));
        let unit = &program.units[0];
        let mut sections = Sections::default();
        let actions = actions::write(&program, &mut sections);
        let class_sharers = class_sharers(&actions, unit);
        // Some are filed already.
        let open: Vec<u32> = (0..300).filter(|number| number % 7 != 0).collect();
        let census = Census::take(0, &program, unit, &open, Pieces::Resources);
        let share = |open: &[u32]| Candidates::share(0, &program, &actions, unit, &class_sharers, open, &census);
        let at_once = facts(share(&open).finish());
        for split in [0, 1, 100, 150, open.len()] {
            let (first, second) = open.split_at(split);
            assert_eq!(facts(share(first).followed_by(share(second)).finish()), at_once, "at {split}");
        }
    }
}
