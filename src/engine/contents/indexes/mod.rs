//! How index units find their statements: the access keys they are filed under, and how long the lists behind them are.
//!
//! A slot of an index knows a hash, not which access key the hash is of. So the statements are taken apart again: whatever one says
//! of a part of the request ([`words`]) is hashed as the request's words would be, and the slots that this leads to are the access
//! key's. More is hashed than the compiler has filed; what nothing is filed under leads to no slot.
//!
//! One worked example. A unit has 997 statements with a value each of `imagebuilder:ResourceTag/team`, and three without: its only
//! access key is the value of that key, with 997 values and lists of one statement, and three statements are in
//! [`IndexContents::rest`], which every request looks at.

mod lists;
mod words;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::attachments::Attachment;
use super::directory::read_holders;
use super::{Budget, Engine};
use crate::artifact::access_key::{KIND_SIZE, LIST, MAX_PARTS, NONE, fingerprint, slot_hash};
use crate::artifact::buckets::{BUCKET_LEN, Buckets};
use crate::artifact::unit_code::{UNIT_SIZE, form};
use crate::artifact::{Damaged, Read, Section, View, word};
use crate::engine::access_part::Part;
use crate::engine::explain::decode::{Record, unit_records};
use crate::engine::plan::part_name;
use crate::hash::combine;
use crate::iam::Effect;
use lists::Lists;
use words::{Numbered, Vocabulary};

/// How one index unit finds its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexContents<'a> {
    /// The unit's number in the artifact, as in a [`UnitPlan`](crate::engine::plan::UnitPlan).
    pub unit: u32,
    /// How many statements it has.
    pub statement_count: u32,
    /// How many of them are Deny.
    pub deny_count: u32,
    /// What it is attached to: an entry for each layer, and for everyone.
    pub attachments: Vec<Attachment<'a>>,
    /// Slots of its hash table.
    pub slot_count: u32,
    /// Slots that are taken: one for each value of each access key.
    pub used_slot_count: u32,
    /// The access keys, in the order in which a decision looks them up.
    pub access_keys: Vec<AccessKeyContents>,
    /// Statements that are filed under nothing: every request looks at them. `None` if there are none.
    pub rest: Option<ListContents>,
}

/// Statements that are filed under the same parts of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessKeyContents {
    /// The parts of a request that are looked up together: `value of aws:PrincipalTag/team`.
    pub parts: Vec<String>,
    /// Whether some of the statements are Deny; if none is, they are not looked up once an Allow is known.
    pub has_deny: bool,
    /// How many statements are filed here.
    pub statement_count: u32,
    /// Under how many values.
    pub value_count: u32,
    /// The longest list that one value leads to.
    pub longest: ListContents,
}

/// Statements that are looked at together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListContents {
    /// How many there are.
    pub statement_count: u32,
    /// A long list is in blocks, which narrow it before statements are verified.
    pub blocks: Vec<BlockContents>,
}

/// Many statements of one effect, narrowed without looking at them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockContents {
    /// The effect of all of them.
    pub effect: Effect,
    /// How many there are.
    pub statement_count: u32,
    /// The parts of a request that narrow them, in order; none if all are looked at.
    pub dimensions: Vec<String>,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// Says how units of the form [`Index`](crate::engine::plan::UnitForm::Index) find their statements: of the `most_units` that
    /// have most statements, the largest first. `None` if the artifact is damaged.
    ///
    /// Takes every statement of these units apart.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn largest_indexes(&self, most_units: usize) -> Option<Vec<IndexContents<'_>>> {
        self.read_largest_indexes(most_units).ok()
    }

    fn read_largest_indexes(&self, most_units: usize) -> Read<Vec<IndexContents<'_>>> {
        let view = self.view();
        let mut largest = Vec::new();
        for unit in 0..view.count(Section::Units) {
            let record: &[u8; UNIT_SIZE] = view.record(Section::Units, unit)?;
            if word(record, 1) == form::INDEX {
                largest.push((word(record, 2), unit));
            }
        }
        largest.sort_unstable_by_key(|&(statement_count, unit)| (Reverse(statement_count), unit));
        let mut budget = Budget::new(view.size(Section::Directory) as usize);
        let mut attachments = read_holders(view, self.tables()?.directory, None)?.attachments.of_units(view, &mut budget)?;
        let mut reader = Reader::new(view);
        let units = largest.into_iter().take(most_units).map(|(_, unit)| {
            let attachments = attachments.remove(&unit).unwrap_or_default();
            reader.unit(unit, attachments)
        });
        units.collect()
    }
}

/// Bytes before the kinds of an index: the format is described at `access_key`.
const HEADER_SIZE: usize = 20;
/// More combinations of values the compiler files no statement under.
const MAX_COMBINATIONS: usize = 64;
/// Most that is hashed and looked up for each byte of statements and their index.
const MAX_LOOK_UPS_OF_BYTE: usize = 64;

struct Reader<'a> {
    view: View<'a>,
    /// Statements that may still be taken apart: they share no bytes, so all units have fewer tests than there are bytes.
    budget: Budget,
    vocabulary: Vocabulary<'a>,
    lists: Lists<'a>,
}

/// The slots of a unit, and what is known of them.
struct Table<'a> {
    seed: u64,
    buckets: Buckets<'a>,
    /// Of each slot the access key that it is filed under, from 1; 0 where it is not known.
    owners: Vec<u8>,
    /// What was looked up: an access key, and what statements share.
    asked: HashSet<(u32, Vec<u32>)>,
    /// Hashes of what statements share, by its number and the part.
    hashes: HashMap<(u32, u8, u8, u32), Rc<[u64]>>,
    /// What may still be hashed and looked up.
    budget: Budget,
}

/// An access key.
struct Kind {
    number: u32,
    parts: Vec<Part>,
    has_deny: bool,
}

impl<'a> Reader<'a> {
    fn new(view: View<'a>) -> Reader<'a> {
        let budget = Budget::new(view.size(Section::Records) as usize);
        Reader { view, budget, vocabulary: Vocabulary::new(view), lists: Lists::new(view) }
    }

    fn unit(&mut self, unit: u32, attachments: Vec<Attachment<'a>>) -> Read<IndexContents<'a>> {
        let record: &[u8; UNIT_SIZE] = self.view.record(Section::Units, unit)?;
        let (header, kinds) = self.view.from(Section::Index, word(record, 0))?.split_first_chunk().ok_or(Damaged)?;
        let header: &[u8; HEADER_SIZE] = header;
        let [kind_count, buckets, mask, rest] = [0, 1, 2, 3].map(|index| word(header, index));
        let (kinds, _) = kinds.as_chunks::<KIND_SIZE>();
        let kinds: Vec<Kind> = kinds
            .get(..kind_count as usize)
            .ok_or(Damaged)?
            .iter()
            .zip(0..)
            .map(|(kind, number)| Kind::read(kind, number))
            .collect();
        // As many as a row of a class of actions has bits.
        if kinds.len() > u32::BITS as usize {
            return Err(Damaged);
        }
        let buckets = Buckets::read(self.view.from(Section::Index, buckets)?, mask)?;
        let slot_count = u32::try_from(buckets.slot_count()).map_err(|_| Damaged)?;
        let mut table = Table {
            seed: self.view.seed(),
            buckets,
            owners: vec![0; slot_count as usize],
            asked: HashSet::new(),
            hashes: HashMap::new(),
            budget: Budget::new(self.look_up_limit()),
        };
        for reference in unit_records(self.view, unit)? {
            let record = Record::read(self.view, reference)?;
            self.budget.charge(1 + record.tests.len())?;
            let words = self.vocabulary.of_record(&record)?;
            // What is left then is not known; nothing is damaged.
            let _ = kinds.iter().try_for_each(|kind| table.look_up(kind, &words, &mut Vec::new(), &[]));
        }
        let access_keys = kinds.iter().map(|kind| self.access_key(kind, &table)).collect::<Read<_>>()?;
        Ok(IndexContents {
            unit,
            statement_count: word(record, 2),
            deny_count: word(record, 3),
            attachments,
            slot_count,
            used_slot_count: buckets.taken().count() as u32,
            access_keys,
            rest: if rest == NONE { None } else { Some(self.lists.read(rest)?.0) },
        })
    }

    /// How much may be hashed and looked up for a unit: of usual policies, each byte is hashed for a few access keys.
    fn look_up_limit(&self) -> usize {
        let sections = [Section::Records, Section::Tests, Section::PrincipalSets, Section::Index];
        let size: usize = sections.into_iter().map(|section| self.view.size(section) as usize).sum();
        size.saturating_mul(MAX_LOOK_UPS_OF_BYTE)
    }

    /// What is behind the slots of an access key.
    fn access_key(&mut self, kind: &Kind, table: &Table<'_>) -> Read<AccessKeyContents> {
        let parts = kind.parts.iter().map(|&part| part_name(self.view, part)).collect::<Read<Vec<_>>>()?;
        let (mut value_count, mut statements, mut longest) = (0, Vec::new(), ListContents::default());
        for (number, target) in table.buckets.taken() {
            if table.owners.get(number) != Some(&kind.owner()) {
                continue;
            }
            value_count += 1;
            let list = if target & LIST == 0 {
                statements.push(target);
                ListContents { statement_count: 1, blocks: Vec::new() }
            } else {
                let (list, references) = self.lists.read(target & !LIST)?;
                statements.extend(references);
                list
            };
            if list.statement_count > longest.statement_count {
                longest = list;
            }
        }
        // One of several values is in several lists.
        statements.sort_unstable();
        statements.dedup();
        let statement_count = statements.len() as u32;
        Ok(AccessKeyContents { parts, has_deny: kind.has_deny, statement_count, value_count, longest })
    }
}

impl Kind {
    fn read(record: &[u8; KIND_SIZE], number: u32) -> Kind {
        let parts = (0..usize::from(record[0]).min(MAX_PARTS)).map(|index| Part::read(record, index)).collect();
        Kind { number, parts, has_deny: record[1] != 0 }
    }

    fn owner(&self) -> u8 {
        self.number as u8 + 1
    }
}

impl Table<'_> {
    /// Looks up every combination of what the `words` of a statement say of the parts of a kind. So far, words that are `chosen`
    /// are of the first parts, and combined to `combined`.
    fn look_up(&mut self, kind: &Kind, words: &[Numbered<'_>], chosen: &mut Vec<Option<u32>>, combined: &[u64]) -> Read<()> {
        let Some(&part) = kind.parts.get(chosen.len()) else { return Ok(()) };
        let (is_pair, is_last) = (kind.parts.len() > 1, chosen.len() + 1 == kind.parts.len());
        for numbered in words.iter().filter(|(_, words)| words.are_about(part)) {
            chosen.push(numbered.0);
            // What statements share is looked up once.
            let shared: Option<Vec<u32>> = chosen.iter().copied().collect();
            if !is_last || shared.is_none_or(|shared| self.asked.insert((kind.number, shared))) {
                let own = self.hashes(numbered, part)?;
                let is_first = chosen.len() == 1;
                let count = if is_first { own.len() } else { own.len().saturating_mul(combined.len()) };
                if !is_pair || count <= MAX_COMBINATIONS {
                    let all = combined.iter().flat_map(|&first| own.iter().map(move |&own| combine(first, own)));
                    let all: Vec<u64> = if is_first { own.to_vec() } else { all.collect() };
                    match is_last {
                        true => all.into_iter().try_for_each(|hash| self.claim(slot_hash(kind.number, hash), kind.owner()))?,
                        false => self.look_up(kind, words, chosen, &all)?,
                    }
                }
            }
            chosen.pop();
        }
        Ok(())
    }

    /// The hashes of words by a part; those that statements share are worked out once.
    fn hashes(&mut self, (number, words): &Numbered<'_>, part: Part) -> Read<Rc<[u64]>> {
        let place = number.map(|number| (number, part.tag, part.size, part.key));
        if let Some(hashes) = place.and_then(|place| self.hashes.get(&place)) {
            return Ok(Rc::clone(hashes));
        }
        let hashes: Rc<[u64]> = words.hashes(self.seed, part).into();
        self.budget.charge(hashes.len())?;
        if let Some(place) = place {
            self.hashes.insert(place, Rc::clone(&hashes));
        }
        Ok(hashes)
    }

    /// Notes whose the slots of a hash are.
    fn claim(&mut self, hash: u64, owner: u8) -> Read<()> {
        let fingerprint = fingerprint(hash);
        for (number, bucket) in self.buckets.search(hash) {
            self.budget.charge(1)?;
            for slot in bucket.hits(fingerprint) {
                *self.owners.get_mut(number * BUCKET_LEN + slot).ok_or(Damaged)? = owner;
            }
        }
        Ok(())
    }
}
