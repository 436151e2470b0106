//! Prefixes of texts, and the statements that each leaves.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::BlockWriter;
use crate::artifact::layout::Section;
use crate::artifact::unit_code::NONE;
use crate::artifact::wire::Put;

/// Most statements that all prefixes together name, for each statement of the block: as flips of rows they take four bytes. Those that
/// would be named by most prefixes are named by none, and are in every row.
const MAX_NAMED_PER_STATEMENT: usize = 8;

/// Prefixes, ascending, and the statements whose texts they are.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    texts: Vec<Vec<u8>>,
    /// Of each, the longest other prefix of it.
    shorter: Vec<Option<usize>>,
    /// Of each, which of the lists has the statements that have it, or a shorter one.
    list_of: Vec<usize>,
    /// Lists of statements, each ascending.
    lists: IndexSet<Vec<u32>, Xxh3DefaultBuilder>,
    /// Statements that are in every row, ascending.
    pub(super) unnamed: Vec<u32>,
}

impl Prefixes {
    /// Of texts with the positions of their statements.
    pub(super) fn of(mut texts: Vec<(Vec<u8>, u32)>, statement_count: usize) -> Prefixes {
        texts.sort_unstable();
        texts.dedup();
        let mut entries = nest(&texts);
        let unnamed = widest(&entries, statement_count * MAX_NAMED_PER_STATEMENT);
        if !unnamed.is_empty() {
            texts.retain(|(_, statement)| unnamed.binary_search(statement).is_err());
            entries = nest(&texts);
        }
        let mut prefixes = Prefixes { unnamed, ..Prefixes::default() };
        for Entry { text, shorter, own } in entries {
            let mut all: Vec<u32> = own.iter().map(|&(_, statement)| statement).collect();
            all.extend(shorter.iter().flat_map(|&shorter| &prefixes.lists[prefixes.list_of[shorter]]));
            all.sort_unstable();
            all.dedup();
            prefixes.list_of.push(prefixes.lists.insert_full(all).0);
            prefixes.texts.push(text.to_vec());
            prefixes.shorter.push(shorter);
        }
        prefixes
    }

    /// How many statements the rows have beside those that are in every row, most first.
    pub(super) fn counts(&self) -> Vec<u64> {
        let mut counts: Vec<u64> = self.lists.iter().map(|list| list.len() as u64).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
    }

    /// The least that stands before a separator in one of the texts, or to its end.
    pub(super) fn shortest_up_to(&self, separator: u8) -> usize {
        let len = |text: &Vec<u8>| text.iter().position(|&byte| byte == separator).unwrap_or(text.len());
        self.texts.iter().map(len).min().unwrap_or(0)
    }
}

/// A prefix and whose text it is.
struct Entry<'t> {
    text: &'t [u8],
    /// The longest other prefix of it.
    shorter: Option<usize>,
    own: &'t [(Vec<u8>, u32)],
}

/// Each of some texts once. They are in order.
fn nest(texts: &[(Vec<u8>, u32)]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for own in texts.chunk_by(|a, b| a.0 == b.0) {
        let text = &own[0].0[..];
        while open.last().is_some_and(|&last| !text.starts_with(entries[last].text)) {
            open.pop();
        }
        let shorter = open.last().copied();
        open.push(entries.len());
        entries.push(Entry { text, shorter, own });
    }
    entries
}

/// The statements that most prefixes would name, so many that the others are named no more often than `most` times.
fn widest(entries: &[Entry<'_>], most: usize) -> Vec<u32> {
    // How many prefixes begin with each, with itself.
    let mut sizes = vec![1; entries.len()];
    for (number, entry) in entries.iter().enumerate().rev() {
        if let Some(shorter) = entry.shorter {
            sizes[shorter] += sizes[number];
        }
    }
    let mut widths: BTreeMap<u32, usize> = BTreeMap::new();
    for (entry, size) in entries.iter().zip(sizes) {
        entry.own.iter().for_each(|&(_, statement)| *widths.entry(statement).or_default() += size);
    }
    let mut named: usize = widths.values().sum();
    let mut widest: Vec<(usize, u32)> = widths.into_iter().map(|(statement, width)| (width, statement)).collect();
    widest.sort_unstable();
    let mut taken = Vec::new();
    while named > most
        && let Some((width, statement)) = widest.pop()
    {
        named -= width;
        taken.push(statement);
    }
    taken.sort_unstable();
    taken
}

impl BlockWriter<'_, '_> {
    /// Writes prefixes, their rows with what is in `other`; where.
    pub(super) fn write_prefixes(&mut self, prefixes: &Prefixes, other: &[u64]) -> u32 {
        let rows: Vec<u32> = prefixes.lists.iter().map(|list| self.row(other, list)).collect();
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(prefixes.texts.len() as u32);
        let mut end = 0;
        for (number, text) in prefixes.texts.iter().enumerate() {
            end += text.len();
            index.put_u32(end as u32);
            index.put_u32(rows[prefixes.list_of[number]]);
            index.put_u32(prefixes.shorter[number].map_or(NONE, |shorter| shorter as u32));
        }
        prefixes.texts.iter().for_each(|text| index.extend(text));
        reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[(&str, u32)], statement_count: usize) -> Prefixes {
        Prefixes::of(texts.iter().map(|&(text, statement)| (text.as_bytes().to_vec(), statement)).collect(), statement_count)
    }

    #[test]
    fn a_prefix_names_the_statements_of_shorter_ones() {
        let prefixes = of(&[("b", 0), ("bcd", 3), ("ba", 1), ("bc", 0), ("a", 2), ("b", 1)], 4);
        let named = |number: usize| &prefixes.lists[prefixes.list_of[number]][..];
        let texts: Vec<&str> = prefixes.texts.iter().map(|text| std::str::from_utf8(text).expect("ASCII")).collect();
        assert_eq!(texts, ["a", "b", "ba", "bc", "bcd"]);
        assert_eq!(prefixes.shorter, [None, None, Some(1), Some(1), Some(3)]);
        assert_eq!((0..5).map(named).collect::<Vec<_>>(), [&[2][..], &[0, 1], &[0, 1], &[0, 1], &[0, 1, 3]]);
        assert_eq!((prefixes.counts(), prefixes.unnamed.len()), (vec![3, 2, 1], 0));
    }

    #[test]
    fn what_most_prefixes_would_name_is_in_every_row() {
        // One of a thousand with a text that all others begin with is named by all; of twenty, eight are left.
        let texts: Vec<String> = (0..980).map(|number| format!("a{number:03}")).collect();
        let long = texts.iter().zip(20..).map(|(text, statement)| (text.as_str(), statement));
        let wide = |count: u32| (0..count).map(|statement| ("a", statement)).chain(long.clone()).collect::<Vec<_>>();
        assert_eq!(of(&wide(1), 1_000).unnamed, [] as [u32; 0]);
        assert_eq!(of(&wide(20), 1_000).unnamed.len(), 13);
    }
}
