//! Units and their indexes.
//!
//! The formats are described at [`unit_code`](crate::artifact::unit_code) and [`access_key`](crate::artifact::access_key). Every
//! statement of a unit can be found in one way: by its access key, by one for each of its alternatives, or in the rest list.

mod access;
mod alternatives;
mod arn_tails;
mod block;
mod by_action;
mod candidates;
mod census;
mod choose;
mod class_rows;
mod cost;
mod gram_filters;
mod pieces;
mod resource_parts;
mod small;
mod worst_case;

use std::collections::HashSet;

use indexmap::IndexMap;
use smallvec::SmallVec;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Sections;
use super::actions::Actions;
use super::records::Records;
use crate::artifact::access_key::{self, LIST, MAX_PARTS, NONE, part};
use crate::artifact::buckets::{self, BUCKET_SIZE};
use crate::artifact::gram_filter;
use crate::artifact::layout::Section;
use crate::artifact::unit_code::{LONG, SMALL_SIZE, class_group_shift, form};
use crate::artifact::wire::Put;
use crate::compile::{Indexes, Options, WorstCase};
use crate::ir::{ActionSetId, Program, Statement, Unit};
use access::{Kind, Part};
use choose::{FiledKind, Filing, Filings};
use class_rows::{ClassRows, rows_of};
use cost::{Blocks, KindCost, ListCost, Reach, UnitCost};
use worst_case::Worst;

/// Units of no more statements are scanned: cheaper than probing.
const MAX_SCANNED_STATEMENTS: usize = 2;
/// Longer lists are in blocks.
const MAX_LIST_LEN: usize = 8;
/// Of what every request looks at, already longer lists than this.
const MAX_REST_LEN: usize = 4;
/// Most bytes for each statement of a unit that rows take in lists which statements are in several of.
const MAX_ROW_BYTES: usize = 512;
/// The keys of so many statements are chosen ahead, and what they offer is worked out on two threads; for fewer it would not pay.
const MIN_PARALLEL_STATEMENTS: usize = 4096;

/// The access keys of large units, chosen ahead; `None` for a unit that is small.
pub(super) type Chosen = Vec<Option<Filings>>;

/// The statements, by their index in the unit, that are filed under each hash.
type Postings = IndexMap<u64, SmallVec<[u32; 4]>, Xxh3DefaultBuilder>;

/// Whether there are units whose keys are worth choosing ahead.
pub(super) fn is_worth_choosing_ahead(program: &Program, options: &Options) -> bool {
    options.indexes.access_keys && program.units.iter().any(is_large)
}

/// Chooses the access keys of all large units, on two threads; needs nothing of what is written before the index.
pub(super) fn choose_ahead(seed: u64, program: &Program, actions: &Actions, options: &Options) -> Chosen {
    let choose = |unit| choose::choose(seed, program, actions, unit, options.indexes.pairs, true);
    program.units.iter().map(|unit| is_large(unit).then(|| choose(unit))).collect()
}

fn is_large(unit: &Unit) -> bool {
    unit.statements.len() >= MIN_PARALLEL_STATEMENTS
}

/// Writes all units; gives the worst case of a decision.
pub(super) fn write(
    program: &Program,
    actions: &Actions,
    records: &Records,
    chosen: Chosen,
    options: &Options,
    sections: &mut Sections,
) -> WorstCase {
    let mut writer = IndexWriter {
        program,
        actions,
        records,
        indexes: options.indexes,
        reach: Reach::of(program),
        rows: ClassRows::default(),
        action_tables: by_action::Tables::default(),
        longest_block: 0,
        row_room: 0,
    };
    let mut worst = Worst::default();
    let chosen = chosen.into_iter().chain(std::iter::repeat_with(|| None));
    for (unit, chosen) in program.units.iter().zip(chosen) {
        let (form, reference, cost) = writer.unit(unit, chosen, sections);
        worst.add(&cost, actions);
        let deny_count = unit.statements.iter().filter(|statement| !statement.effect.is_allow()).count();
        let units = sections.of(Section::Units);
        for number in [reference, form, unit.statements.len() as u32, deny_count as u32] {
            units.put_u32(number);
        }
        units.extend(class_groups(unit, actions).to_le_bytes());
    }
    sections.set_count(Section::Units, program.units.len());
    sections.set_count(Section::Index, writer.longest_block.div_ceil(64));
    worst.finish(sections.seed, program, actions, &writer.reach)
}

/// A bit for each group of classes that some statement of a unit can match.
fn class_groups(unit: &Unit, actions: &Actions) -> u128 {
    let shift = class_group_shift(actions.class_count());
    let of_set = |set| match actions.classes(set) {
        Some(classes) => classes.fold(0, |groups, class| groups | 1 << (class >> shift)),
        None => u128::MAX,
    };
    let sets: HashSet<ActionSetId> = unit.statements.iter().map(|statement| statement.action).collect();
    sets.into_iter().fold(0, |groups, set| groups | of_set(set))
}

struct IndexWriter<'p> {
    program: &'p Program,
    actions: &'p Actions,
    records: &'p Records,
    indexes: Indexes,
    reach: Reach,
    rows: ClassRows,
    action_tables: by_action::Tables,
    /// Statements of the longest block with rows.
    longest_block: usize,
    /// Bytes that blocks of posting lists of the running unit may still take before they lose their rows.
    row_room: usize,
}

impl<'p> IndexWriter<'p> {
    /// Writes a unit in the form that suits it; gives form, reference and costs.
    fn unit(&mut self, unit: &'p Unit, chosen: Option<Filings>, sections: &mut Sections) -> (u32, u32, UnitCost<'p>) {
        let count = unit.statements.len();
        if count > MAX_SCANNED_STATEMENTS
            && count <= SMALL_SIZE
            && self.indexes.small_units
            && let Some((reference, verified)) = small::write(self, unit, sections)
        {
            return (form::SMALL, reference, UnitCost::of_small(unit, verified));
        }
        if count <= SMALL_SIZE
            && self.indexes.action_rows
            && let Some((reference, verified)) =
                by_action::write(&mut self.action_tables, &mut self.rows, self.actions, self.records, unit, sections)
        {
            return (form::ACTION, reference, UnitCost::of_small(unit, verified));
        }
        if !self.indexes.access_keys || count <= MAX_SCANNED_STATEMENTS {
            let statements: Vec<&Statement> = unit.statements.iter().collect();
            let (reference, blocks) = self.list(&statements, &[], MAX_REST_LEN, sections);
            return (form::LIST, reference, UnitCost::of_list(ListCost { statements, blocks }));
        }
        let (reference, cost) = self.index(unit, chosen, sections);
        (form::INDEX, reference, cost)
    }

    fn index(&mut self, unit: &'p Unit, chosen: Option<Filings>, sections: &mut Sections) -> (u32, UnitCost<'p>) {
        let filings =
            chosen.unwrap_or_else(|| choose::choose(sections.seed, self.program, self.actions, unit, self.indexes.pairs, false));
        let kinds = filings.kinds;
        // Kinds with denies first: once an Allow is found, the others need not be probed.
        let has_deny: Vec<bool> = kinds
            .iter()
            .map(|kind| kind.filings.iter().any(|filing| !unit.statements[filing.statement as usize].effect.is_allow()))
            .collect();
        let mut order: Vec<usize> = (0..kinds.len()).collect();
        order.sort_by_key(|&index| !has_deny[index]);

        let filing_count = kinds.iter().map(|kind| kind.filings.len()).sum();
        let mut postings = Postings::with_capacity_and_hasher(filing_count, Xxh3DefaultBuilder::new());
        let mut header = Vec::new();
        let (mut costs, mut ends, mut sets) = (Vec::new(), Vec::new(), Vec::new());
        for (number, &index) in order.iter().enumerate() {
            let FiledKind { kind, filings } = &kinds[index];
            for Filing { statement, hashes } in filings {
                for &hash in hashes {
                    postings.entry(access_key::slot_hash(number as u32, hash)).or_default().push(*statement);
                }
            }
            let filed = || filings.iter().map(|filing| &unit.statements[filing.statement as usize]);
            let mut own_sets: Vec<_> = filed().map(|statement| statement.action).collect();
            own_sets.sort_unstable();
            own_sets.dedup();
            sets.push(own_sets);
            let filter = self.gram_filter(unit, kind, filings, sections);
            write_kind(&mut header, kind, has_deny[index], filter);
            costs.push(KindCost::new(kind, self.reach.of_kind(kind), filed()));
            ends.push(postings.len());
        }
        let statements: Vec<&Statement> = filings.rest.iter().map(|&statement| &unit.statements[statement as usize]).collect();
        let (rest, blocks) =
            if statements.is_empty() { (NONE, Blocks::new()) } else { self.list(&statements, &[], MAX_REST_LEN, sections) };
        self.row_room = unit.statements.len().saturating_mul(MAX_ROW_BYTES);
        let (buckets, mask) = self.buckets(unit, postings, &ends, &mut costs, sections);
        costs.iter_mut().for_each(KindCost::finish);

        // At most `choose::MAX_KINDS`: a bit each.
        let kinds_of_classes = rows_of(self.actions, sets.iter().map(Vec::as_slice));
        let rows = self.rows.write(&kinds_of_classes, sections);

        let reference = sections.end(Section::Index);
        let index = sections.of(Section::Index);
        for number in [order.len() as u32, buckets, mask, rest, rows] {
            index.put_u32(number);
        }
        index.extend(header);
        let statement_count = unit.statements.len() as u64;
        (reference, UnitCost { statement_count, kinds: costs, kinds_of_classes, rest: ListCost { statements, blocks } })
    }

    /// Writes the filter of a kind of grams; gives the logarithm of its size, and its reference.
    fn gram_filter(&self, unit: &Unit, kind: &Kind, filings: &[Filing], sections: &mut Sections) -> Option<(u8, u32)> {
        let &[part] = kind.parts() else { return None };
        if !part::is_gram(part.tag) {
            return None;
        }
        let (log2, bytes) = gram_filter::build(&gram_filters::grams(sections.seed, self.program, unit, part, filings));
        let reference = sections.end(Section::Index);
        sections.of(Section::Index).extend(bytes);
        Some((log2, reference))
    }

    /// Buckets of slots; every posting of one statement leads straight to its record. The postings of the kinds follow each other,
    /// each kind's up to its end. Gives reference and mask.
    fn buckets(
        &mut self,
        unit: &'p Unit,
        postings: Postings,
        ends: &[usize],
        costs: &mut [KindCost<'p>],
        sections: &mut Sections,
    ) -> (u32, u32) {
        let mut kind = 0;
        let mut entries = Vec::with_capacity(postings.len());
        for (position, (hash, mut statements)) in postings.into_iter().enumerate() {
            while ends[kind] <= position {
                kind += 1;
            }
            // Patterns of one statement that begin alike are filed one after the other.
            statements.dedup();
            let statements: SmallVec<[&Statement; 4]> =
                statements.iter().map(|&statement| &unit.statements[statement as usize]).collect();
            let (target, blocks) = match statements[..] {
                [single] => (self.records.references[single.id.index()], Blocks::new()),
                _ => {
                    let (list, blocks) = self.list(&statements, costs[kind].kind.parts(), MAX_LIST_LEN, sections);
                    (list | LIST, blocks)
                }
            };
            costs[kind].add(&statements, blocks);
            entries.push((hash, target));
        }
        let (buckets, is_taken) = buckets::build(&entries, access_key::fingerprint);
        sections.note_probes(is_taken.into_iter());
        let index = sections.of(Section::Index);
        // A bucket never straddles a cache line.
        index.resize(index.len().next_multiple_of(BUCKET_SIZE), 0);
        let reference = index.len() as u32;
        index.extend_from_slice(&buckets);
        (reference, (buckets.len() / BUCKET_SIZE) as u32 - 1)
    }

    /// A posting list, in blocks if it is longer than `max_len`: its reference and what the blocks cost. `found_by` leads to it.
    fn list(
        &mut self,
        statements: &[&'p Statement],
        found_by: &[Part],
        max_len: usize,
        sections: &mut Sections,
    ) -> (u32, Blocks) {
        if statements.len() <= max_len || !self.indexes.blocks {
            return (self.short_list(statements, sections), Blocks::new());
        }
        let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
            statements.iter().copied().partition(|statement| statement.effect.is_allow());
        let mut costs = Blocks::new();
        let mut block = |statements: Vec<&'p Statement>| {
            if statements.is_empty() {
                return NONE;
            }
            // Each statement is in one list without a key, but in as many others as it lists values.
            let room = if found_by.is_empty() { usize::MAX } else { self.row_room };
            let before = sections.end(Section::Index);
            let (block, cost) = block::write(self, statements, found_by, room, sections);
            if !found_by.is_empty() {
                self.row_room = room.saturating_sub((sections.end(Section::Index) - before) as usize);
            }
            costs.push(cost);
            block
        };
        let blocks = [block(denies), block(allows)];
        let reference = sections.end(Section::Index);
        [LONG].into_iter().chain(blocks).for_each(|number| sections.of(Section::Index).put_u32(number));
        (reference, costs)
    }

    fn short_list(&self, statements: &[&Statement], sections: &mut Sections) -> u32 {
        let index = sections.of(Section::Index);
        let reference = index.len() as u32;
        let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
            statements.iter().copied().partition(|statement| statement.effect.is_allow());
        index.put_u32(denies.len() as u32);
        index.put_u32(allows.len() as u32);
        for statement in denies.into_iter().chain(allows) {
            index.put_u32(self.records.references[statement.id.index()]);
        }
        reference
    }
}

fn write_kind(bytes: &mut Vec<u8>, kind: &Kind, has_deny: bool, filter: Option<(u8, u32)>) {
    bytes.extend([kind.parts().len() as u8, u8::from(has_deny), 0, 0]);
    let filter = filter.map(|(log2, reference)| Part { size: log2, key: reference, ..Part::default() });
    let mut parts = kind.parts().iter().copied().chain(filter);
    for _ in 0..MAX_PARTS {
        let part = parts.next().unwrap_or_default();
        bytes.extend([part.tag, part.size]);
        bytes.extend(part.other.to_le_bytes());
        bytes.put_u32(part.key);
    }
}
