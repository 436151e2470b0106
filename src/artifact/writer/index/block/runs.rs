//! Runs of values that all statements of a block treat alike.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::{BlockWriter, count, count_flipped};

/// Most statements that the runs of a block list, for each of its statements: networks that lie in one another, as deep as people
/// nest them, list fewer.
const MAX_LISTED_PER_STATEMENT: usize = 32;

/// Where a run begins, and the statements that list its addresses, ascending.
pub(super) type Run<A> = (A, Vec<u32>);

impl BlockWriter<'_, '_> {
    /// The row of each run: `other` with the listed statements flipped; and how many statements one leaves at most.
    pub(super) fn rows_of<A>(&mut self, runs: Vec<Run<A>>, other: &[u64]) -> (Vec<(A, u32)>, u64) {
        let other_count = count(other);
        let most = runs.iter().map(|(_, flips)| count_flipped(other, other_count, flips)).max().unwrap_or(0);
        // Many runs are between two others, and list nothing.
        let mut known: IndexMap<Vec<u32>, u32, Xxh3DefaultBuilder> = IndexMap::default();
        let mut row_of = |flips: Vec<u32>| match known.get(&flips) {
            Some(&row) => row,
            None => {
                let row = self.row(other, &flips);
                known.insert(flips, row);
                row
            }
        };
        (runs.into_iter().map(|(first, flips)| (first, row_of(flips))).collect(), most)
    }
}

/// Cuts ranges, each with what follows its last address and a statement, where a statement's begin or end. `None` if that lists too
/// many statements.
pub(super) fn cut<A: Ord + Copy>(ranges: Vec<(A, Option<A>, u32)>, statement_count: usize) -> Option<Vec<Run<A>>> {
    let most_listed = statement_count * MAX_LISTED_PER_STATEMENT;
    let begins = ranges.iter().map(|&(first, _, statement)| (first, true, statement));
    let ends = ranges.iter().filter_map(|&(_, behind, statement)| Some((behind?, false, statement)));
    let mut edges: Vec<(A, bool, u32)> = begins.chain(ends).collect();
    edges.sort_unstable();
    // How many ranges of each statement cover the run: those of one statement may overlap.
    let mut covering: BTreeMap<u32, u32> = BTreeMap::new();
    let (mut runs, mut listed): (Vec<Run<A>>, usize) = (Vec::new(), 0);
    for edges in edges.chunk_by(|a, b| a.0 == b.0) {
        let mut is_new = false;
        // Begins first: where one range ends, another of the same statement may go on.
        for &(_, begins, statement) in edges.iter().filter(|edge| edge.1).chain(edges.iter().filter(|edge| !edge.1)) {
            let count = covering.entry(statement).or_default();
            if begins {
                *count += 1
            } else {
                *count -= 1
            }
            is_new |= *count == u32::from(begins);
            if *count == 0 {
                covering.remove(&statement);
            }
        }
        if !is_new {
            continue;
        }
        listed += covering.len();
        if listed > most_listed {
            return None;
        }
        runs.push((edges[0].0, covering.keys().copied().collect()));
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_begin_where_a_range_begins_or_ends() {
        // 10 to 19 and 12 to 13 of statement 0, 13 to the end of statement 1.
        let ranges = vec![(10_u32, Some(20), 0), (12, Some(14), 0), (13, None, 1)];
        let expected: Vec<Run<u32>> = vec![(10, vec![0]), (12, vec![0]), (13, vec![0, 1]), (14, vec![0, 1]), (20, vec![1])];
        assert_eq!(runs(ranges.clone(), 7), Some(expected));
        assert_eq!(runs(ranges, 6), None);
        let neighbours = vec![(0_u32, Some(4), 3), (4, Some(8), 3)];
        assert_eq!(cut(neighbours, 4), Some(vec![(0, vec![3]), (8, vec![])]));
        // Each of many lies in all that begin before.
        let nested = |count: u32| (0..count).map(|number| (number, None, number)).collect();
        assert!(cut(nested(60), 60).is_some() && cut(nested(70), 70).is_none());
    }
}
