//! Predicate tables: for each key, which of its shared equality tests a value passes. The format is described at the engine's
//! `table`.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::records::SharedTests;
use super::{Sections, condition};
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::compile::Options;
use crate::ir::{KeyId, Program, Test};

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

/// Writes a table for every key with shared equality tests; the most used tests come first. Gives the place of each shared test.
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
        if has_place && shared.predicates[index].is_some() && matches!(predicate.test, Test::Equals(_)) {
            by_key.entry(predicate.key).or_default().push(index);
        }
    }
    for (key, mut predicates) in by_key {
        predicates.sort_by_key(|&index| std::cmp::Reverse(shared.predicate_uses[index]));
        let mut rows: IndexMap<&str, u64, Xxh3DefaultBuilder> = IndexMap::default();
        let mut bit = 0;
        for index in predicates {
            let predicate = &program.predicates[index];
            let Test::Equals(texts) = &predicate.test else { continue };
            if bit == MAX_TESTS || rows.len() + texts.len() > MAX_VALUES {
                continue;
            }
            texts.iter().for_each(|text| *rows.entry(text).or_default() |= 1 << bit);
            let number = shared.predicates[index].expect("only shared tests were collected");
            places[number as usize] = Some(TableBit { key: key.0 as u16, bit: bit as u8, flags: condition::flags(predicate) });
            bit += 1;
        }
        let reference = write_table(&rows, sections);
        sections.set_table(key, reference);
    }
    places
}

/// `where the rows are u32, map, rows`.
fn write_table(rows: &IndexMap<&str, u64, Xxh3DefaultBuilder>, sections: &mut Sections) -> u32 {
    let map = sections.map(rows.keys().enumerate().map(|(row, text)| (*text, row as u32)));
    let bytes = sections.of(Section::Tables);
    let reference = bytes.len() as u32;
    bytes.put_u32(reference + 4 + map.len() as u32);
    bytes.extend(map);
    rows.values().for_each(|&row| bytes.put_u64(row));
    reference
}
