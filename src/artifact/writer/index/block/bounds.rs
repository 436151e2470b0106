//! Bounds that statements set to numbers or dates, and the rows of those that a value satisfies.

use std::cmp::Reverse;

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::dimensions::Dimension;
use super::limits::{Quantity, StatementLimits, find};
use super::row::{count, flip};
use super::{BlockWriter, is_worthwhile};
use crate::artifact::layout::Section;
use crate::artifact::unit_code::{NONE, dimension};
use crate::artifact::wire::Put;

/// Most dimensions of bounds; each costs a request two rows.
const MAX_QUANTITIES: usize = 8;
/// Fewest bounds from one row to the next, and most rows of a side: they take eight bytes a bound.
const MIN_STRIDE: usize = 16;
const MAX_ROWS: usize = 64;

/// The quantities that many statements limit, most limited first, and how many do.
pub(super) fn limited_quantities(limits: &[StatementLimits<'_>]) -> Vec<(Quantity, usize)> {
    let mut counts: IndexMap<Quantity, usize, Xxh3DefaultBuilder> = IndexMap::default();
    limits.iter().flatten().for_each(|(quantity, _)| *counts.entry(*quantity).or_default() += 1);
    counts.retain(|_, count| is_worthwhile(*count, limits.len()));
    counts.sort_by(|a, a_count, b, b_count| b_count.cmp(a_count).then(a.cmp(b)));
    counts.into_iter().take(MAX_QUANTITIES).collect()
}

impl BlockWriter<'_, '_> {
    /// The bounds of a quantity, how many statements a value leaves at most, and how many rows are read for it.
    pub(super) fn bounds(&mut self, quantity: Quantity, limits: &[StatementLimits<'_>]) -> (Dimension, u64, u64) {
        let limits: Vec<_> = limits.iter().map(|limits| find(limits, quantity)).collect();
        let marks: Vec<Marks> = limits
            .iter()
            .map(|limits| {
                limits.map_or((None, None), |own| (own.lower.map(|bound| bound.mark()), own.upper.map(|bound| bound.mark())))
            })
            .collect();
        let absent = self.bits(|position| limits[position].is_none_or(|own| !own.needs_value));
        let unlimited = self.bits(|position| limits[position].is_none());
        let most = most_satisfied(&marks).max(count(&absent));
        let positioned =
            |side: fn(&Marks) -> Option<i64>| (0..).zip(&marks).filter_map(move |(position, own)| Some((side(own)?, position)));
        let mut lower: Vec<(i64, u32)> = positioned(|own| own.0).collect();
        lower.sort_unstable();
        let mut upper: Vec<(i64, u32)> = positioned(|own| own.1).collect();
        upper.sort_unstable_by_key(|&(mark, position)| (Reverse(mark), position));
        let row_count = [&lower, &upper].into_iter().filter(|bounds| !bounds.is_empty()).count() as u64;
        let [lower, upper] = [lower, upper].map(|bounds| self.steps(&bounds));
        let [absent, unlimited] = [absent, unlimited].map(|bits| self.row(&bits, &[]));
        let tag = if quantity.is_number { dimension::NUMBERS } else { dimension::DATES };
        ([tag, quantity.key.0, absent, unlimited, lower, upper], most, row_count)
    }

    /// Writes the bounds of one side, from the one that is satisfied first to the one that is satisfied last.
    fn steps(&mut self, bounds: &[(i64, u32)]) -> u32 {
        if bounds.is_empty() {
            return NONE;
        }
        let stride = self.statements.len().div_ceil(MAX_ROWS).max(MIN_STRIDE);
        let mut bits = self.bits(|_| true);
        bounds.iter().for_each(|&(_, position)| flip(&mut bits, position));
        let mut rows = Vec::new();
        for bounds in bounds.chunks(stride) {
            rows.push(self.row(&bits, &[]));
            bounds.iter().for_each(|&(_, position)| flip(&mut bits, position));
        }
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(bounds.len() as u32);
        index.put_u32(stride as u32);
        rows.into_iter().for_each(|row| index.put_u32(row));
        bounds.iter().for_each(|&(mark, _)| index.put_u64(mark as u64));
        bounds.iter().for_each(|&(_, position)| index.put_u32(position));
        reference
    }
}

/// The marks of a statement's bounds, lower and upper.
type Marks = (Option<i64>, Option<i64>);

/// How many statements one value satisfies at most.
fn most_satisfied(marks: &[Marks]) -> u64 {
    let mut values: Vec<i64> = marks.iter().flat_map(|&(lower, upper)| lower.into_iter().chain(upper)).collect();
    values.sort_unstable();
    values.dedup();
    // From each value to the next: a value between two satisfies no more than one of them.
    let mut changes = vec![0_i64; values.len() + 1];
    for &(lower, upper) in marks {
        let first = lower.map_or(0, |lower| values.partition_point(|value| *value < lower));
        let behind = upper.map_or(values.len(), |upper| values.partition_point(|value| *value <= upper));
        if first < behind {
            changes[first] += 1;
            changes[behind] -= 1;
        }
    }
    let satisfied = changes.iter().scan(0, |sum, change| {
        *sum += change;
        Some(*sum)
    });
    satisfied.max().unwrap_or(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_satisfies_the_limits_that_it_is_in() {
        let (no, some) = (None, Some);
        assert_eq!(most_satisfied(&[(some(1), no), (some(2), no), (no, some(1)), (no, some(0)), (no, no)]), 3);
        assert_eq!(most_satisfied(&[(some(1), some(3)), (some(3), some(4)), (some(5), some(4))]), 2);
        assert_eq!(most_satisfied(&[(some(2), no), (no, some(1)), (some(2), some(1))]), 1);
        assert_eq!(most_satisfied(&[(some(-1), no), (no, some(-1)), (some(-1), some(-1))]), 3);
        assert_eq!(most_satisfied(&[(some(i64::MIN), some(i64::MAX))]), 1);
    }
}
