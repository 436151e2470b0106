//! Runs of values that all statements of a block treat alike.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::BlockWriter;
use super::row::{count, count_flipped};

/// Most statements that the different lists of a block's runs name, for each of its statements: networks that lie in one another,
/// as deep as people nest them, name fewer.
const MAX_NAMED_PER_STATEMENT: usize = 32;
/// Most statements that are looked at to find the lists.
const MAX_WORK: usize = 1 << 26;

/// Where runs begin, ascending, and which of the lists has the statements of each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Runs<A> {
    pub(super) first: Vec<(A, usize)>,
    /// Lists of statements, each ascending.
    lists: IndexSet<Vec<u32>, Xxh3DefaultBuilder>,
}

impl BlockWriter<'_, '_> {
    /// The rows of runs, `other` with the listed statements flipped; and how many statements one leaves at most.
    pub(super) fn rows_of<A>(&mut self, runs: Runs<A>, other: &[u64]) -> (Vec<(A, u32)>, u64) {
        let other_count = count(other);
        let most = runs.lists.iter().map(|flips| count_flipped(other, other_count, flips)).max().unwrap_or(0);
        let rows: Vec<u32> = runs.lists.iter().map(|flips| self.row(other, flips)).collect();
        (runs.first.into_iter().map(|(first, list)| (first, rows[list])).collect(), most)
    }
}

/// Cuts ranges, each with what follows its last value and a statement, where a statement's begin or end. `None` if the runs would
/// take too much room.
pub(super) fn cut<A: Ord + Copy>(ranges: Vec<(A, Option<A>, u32)>, statement_count: usize) -> Option<Runs<A>> {
    let begins = ranges.iter().map(|&(first, _, statement)| (first, true, statement));
    let ends = ranges.iter().filter_map(|&(_, behind, statement)| Some((behind?, false, statement)));
    let mut edges: Vec<(A, bool, u32)> = begins.chain(ends).collect();
    edges.sort_unstable();
    // How many ranges of each statement cover the run: those of one statement may overlap.
    let mut covering: BTreeMap<u32, u32> = BTreeMap::new();
    let mut runs = Runs { first: Vec::new(), lists: IndexSet::default() };
    let (mut named, mut work) = (0, 0);
    for edges in edges.chunk_by(|a, b| a.0 == b.0) {
        let mut is_new = false;
        // Begins first: where one range ends, another of the same statement may go on.
        for &(_, begins, statement) in edges.iter().filter(|edge| edge.1).chain(edges.iter().filter(|edge| !edge.1)) {
            let count = covering.entry(statement).or_default();
            *count = if begins { *count + 1 } else { count.saturating_sub(1) };
            is_new |= *count == u32::from(begins);
            if *count == 0 {
                covering.remove(&statement);
            }
        }
        if !is_new {
            continue;
        }
        work += covering.len();
        let (list, is_new) = runs.lists.insert_full(covering.keys().copied().collect());
        // A long list is stored as a bit for each statement of the block.
        named += if is_new { covering.len().min(statement_count / 32 + 1) } else { 0 };
        if named > statement_count * MAX_NAMED_PER_STATEMENT || work > MAX_WORK {
            return None;
        }
        runs.first.push((edges[0].0, list));
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ranges: Vec<(u32, Option<u32>, u32)>, expected: &[(u32, &[u32])]) {
        let runs = cut(ranges, 4).expect("they are few");
        let found: Vec<(u32, &[u32])> = runs.first.iter().map(|&(first, list)| (first, &runs.lists[list][..])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn runs_begin_where_statements_begin_or_end() {
        // 10 to 19 and 12 to 13 of statement 0, 13 to the end of statement 1.
        check(vec![(10, Some(20), 0), (12, Some(14), 0), (13, None, 1)], &[(10, &[0]), (13, &[0, 1]), (20, &[1])]);
        check(vec![(0, Some(4), 3), (4, Some(8), 3)], &[(0, &[3]), (8, &[])]);
    }

    #[test]
    fn different_lists_take_room_and_equal_ones_do_not() {
        // Each of many lies in all that begin before.
        let nested = |count: u32| (0..count).map(|number| (number, None, number)).collect();
        assert!(cut(nested(1_000), 1_000).is_some() && cut(nested(2_000), 2_000).is_none());
        // All of many lie in the same hundred.
        let common = (0..100).flat_map(|range| (0..2_000).map(move |number| (range * 2, Some(range * 2 + 1), number)));
        assert!(cut(common.collect(), 2_000).is_some());
    }
}
