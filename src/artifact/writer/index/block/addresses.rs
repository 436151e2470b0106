//! Runs of addresses that all statements of a block treat alike, and a row for each.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use ipnet::IpNet;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::{BlockWriter, count, count_flipped};
use crate::artifact::layout::Section;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;
use crate::ir::{Predicate, Test};

/// Most statements that the runs of a block list, for each of its statements: networks that lie in one another, as deep as people
/// nest them, list fewer.
const MAX_LISTED_PER_STATEMENT: usize = 32;

/// Where a run begins, and the statements that list its addresses, ascending.
type Run<A> = (A, Vec<u32>);

impl BlockWriter<'_, '_> {
    /// The runs that the networks of some tests make, and how many statements one leaves at most; `None` if they list too much.
    pub(super) fn addresses(&mut self, tests: &[Option<&Predicate>], other: &[u64]) -> Option<(u32, u32, u64)> {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (position, test) in (0..).zip(tests) {
            let Some(Predicate { test: Test::IpAddress(ranges), .. }) = test else { continue };
            for range in ranges {
                match range {
                    IpNet::V4(range) => {
                        v4.push((range.network().to_bits(), range.broadcast().to_bits().checked_add(1), position))
                    }
                    IpNet::V6(range) => {
                        v6.push((range.network().to_bits(), range.broadcast().to_bits().checked_add(1), position))
                    }
                }
            }
        }
        let most_listed = self.statements.len() * MAX_LISTED_PER_STATEMENT;
        let (v4, v6) = (runs(v4, most_listed)?, runs(v6, most_listed)?);

        let other_count = count(other);
        let flips = || v4.iter().map(|(_, flips)| flips).chain(v6.iter().map(|(_, flips)| flips));
        let most = flips().map(|flips| count_flipped(other, other_count, flips)).max().unwrap_or(0);
        let mut rows: IndexMap<&[u32], u32, Xxh3DefaultBuilder> = IndexMap::default();
        for flips in flips() {
            if !rows.contains_key(&flips[..]) {
                rows.insert(flips, self.row(other, flips));
            }
        }
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(v4.len() as u32);
        index.put_u32(v6.len() as u32);
        for (first, flips) in &v4 {
            index.put_u32(*first);
            index.put_u32(rows[&flips[..]]);
        }
        for (first, flips) in &v6 {
            index.extend(first.to_le_bytes());
            index.put_u32(rows[&flips[..]]);
        }
        Some((dimension::ADDRESSES, reference, most))
    }
}

/// Cuts ranges, each with what follows its last address and a statement, where a statement's begin or end. `None` if that lists more
/// statements than `most_listed`.
fn runs<A: Ord + Copy>(ranges: Vec<(A, Option<A>, u32)>, most_listed: usize) -> Option<Vec<Run<A>>> {
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
        assert_eq!(runs(neighbours, 1), Some(vec![(0, vec![3]), (8, vec![])]));
    }
}
