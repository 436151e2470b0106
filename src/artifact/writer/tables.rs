//! Predicate tables: for each key, which of its shared tests a value passes: those of equality, with or without letter case, and
//! of `Null`. The format is described at the engine's `table`.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::records::SharedTests;
use super::{Sections, condition};
use crate::artifact::layout::Section;
use crate::artifact::pattern_code::flag;
use crate::artifact::wire::Put;
use crate::compile::Options;
use crate::iam::fold::fold;
use crate::ir::{KeyId, Predicate, Program, Test};

/// Tests of one table: the bits of a row.
const MAX_TESTS: usize = 64;
/// Most values of one table. Tests that would bring more are compared one by one, by halving.
const MAX_VALUES: usize = 1 << 16;

/// Where a shared test is in the table of its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableBit {
    pub(super) key: u16,
    pub(super) bit: u8,
    /// As in a condition.
    pub(super) flags: u8,
}

/// Writes a table for every key with shared tests that a table can decide; the most used tests come first. Gives the place of each
/// shared test.
pub(super) fn write(
    program: &Program,
    shared: &SharedTests,
    options: &Options,
    sections: &mut Sections,
) -> Vec<Option<TableBit>> {
    let mut places = vec![None; shared.count as usize];
    if !options.indexes.predicate_tables {
        return places;
    }
    let mut by_key: IndexMap<KeyId, Vec<usize>, Xxh3DefaultBuilder> = IndexMap::default();
    for (index, predicate) in program.predicates.iter().enumerate() {
        let has_place = u16::try_from(predicate.key.0).is_ok();
        if has_place && shared.predicates[index].is_some() && Listed::of(predicate).is_some() {
            by_key.entry(predicate.key).or_default().push(index);
        }
    }
    let is_null = |&index: &usize| matches!(program.predicates[index].test, Test::Null(..));
    // Whether a key is there can be told without a look at its value.
    by_key.retain(|_, predicates| !predicates.iter().all(is_null));
    for (key, mut predicates) in by_key {
        predicates.sort_by_key(|&index| std::cmp::Reverse(shared.predicate_uses[index]));
        let mut table = Table::default();
        let mut bit = 0;
        for index in predicates {
            let Some(listed) = Listed::of(&program.predicates[index]) else { continue };
            if bit == MAX_TESTS || table.exact.len() + table.folded.len() + listed.texts.len() > MAX_VALUES {
                continue;
            }
            let rows = if listed.is_folded { &mut table.folded } else { &mut table.exact };
            listed.texts.iter().for_each(|text| *rows.entry(text).or_default() |= 1 << bit);
            let number = shared.predicates[index].expect("only shared tests were collected");
            places[number as usize] = Some(TableBit { key: key.0 as u16, bit: bit as u8, flags: listed.flags });
            bit += 1;
        }
        let reference = table.write(sections);
        sections.set_table(key, reference);
    }
    places
}

/// What a test lists, if a table can decide it.
struct Listed<'p> {
    texts: &'p [Box<str>],
    /// Whether letter case is ignored; then the texts are folded.
    is_folded: bool,
    flags: u8,
}

impl<'p> Listed<'p> {
    fn of(predicate: &'p Predicate) -> Option<Listed<'p>> {
        let flags = condition::flags(predicate);
        match &predicate.test {
            Test::Equals(texts) => Some(Listed { texts, is_folded: false, flags }),
            Test::EqualsFolded(texts) => Some(Listed { texts, is_folded: true, flags }),
            &Test::Null(absent, present) => {
                Some(Listed { texts: &[], is_folded: false, flags: flag::of_null(flags, absent, present) })
            }
            _ => None,
        }
    }
}

/// The tests that each value passes, one bit each.
type Rows<'p> = IndexMap<&'p str, u64, Xxh3DefaultBuilder>;

#[derive(Default)]
struct Table<'p> {
    exact: Rows<'p>,
    /// Of folded texts.
    folded: Rows<'p>,
}

impl Table<'_> {
    fn write(mut self, sections: &mut Sections) -> u32 {
        let reference = sections.end(Section::Tables);
        if !self.folded.is_empty() {
            for (text, row) in &mut self.exact {
                *row |= self.folded.get(fold(text).as_str()).copied().unwrap_or_default();
            }
        }
        let map = sections.value_map(self.exact.iter().map(|(text, row)| (*text, *row)));
        let map_end = reference + 8 + map.len() as u32;
        let (mut folded_map, mut folded_map_at) = (Vec::new(), 0);
        if !self.folded.is_empty() {
            folded_map = sections.folded_text_map(self.folded.keys().enumerate().map(|(row, text)| (*text, row as u32)));
            folded_map_at = map_end;
        }
        let bytes = sections.of(Section::Tables);
        bytes.put_u32(map_end + folded_map.len() as u32);
        bytes.put_u32(folded_map_at);
        bytes.extend(map);
        bytes.extend(folded_map);
        self.folded.values().for_each(|&row| bytes.put_u64(row));
        reference
    }
}
