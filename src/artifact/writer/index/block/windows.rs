//! Windows: statements that want a number or a date of one key both above something and below something.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::dimensions::Dimension;
use super::limits::{Bound, Limits, Quantity, StatementLimits, find};
use super::row::count;
use super::runs::cut;
use super::{BlockWriter, is_worthwhile};
use crate::artifact::layout::Section;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;

/// The windows of one quantity.
pub(super) struct Windows {
    pub(super) quantity: Quantity,
    pub(super) dimension: Dimension,
    /// How many statements a value leaves at most.
    pub(super) most: u64,
    /// How many statements have a window.
    pub(super) count: usize,
}

impl BlockWriter<'_, '_> {
    /// The windows of the quantity that most statements have one of; `None` if few have, or too many overlap.
    pub(super) fn windows(&mut self, limits: &[StatementLimits<'_>]) -> Option<Windows> {
        let mut counts: IndexMap<Quantity, usize, Xxh3DefaultBuilder> = IndexMap::default();
        let with_window = limits.iter().flatten().filter(|(_, limits)| window(limits).is_some());
        with_window.for_each(|(quantity, _)| *counts.entry(*quantity).or_default() += 1);
        let (&quantity, &window_count) = counts.iter().max_by_key(|&(quantity, &count)| (count, std::cmp::Reverse(*quantity)))?;
        if !is_worthwhile(window_count, self.statements.len()) {
            return None;
        }
        let windows: Vec<Option<(Bound<'_>, Bound<'_>)>> =
            limits.iter().map(|limits| find(limits, quantity).and_then(window)).collect();
        let mut edges: Vec<&Bound<'_>> = windows.iter().flatten().flat_map(|(first, last)| [first, last]).collect();
        edges.sort_by(|a, b| a.cmp(b));
        edges.dedup_by(|a, b| a.cmp(b).is_eq());
        let rank = |bound: &Bound<'_>| edges.partition_point(|edge| edge.cmp(bound).is_lt()) as u32;
        let ranges = (0..).zip(&windows).filter_map(|(position, window)| {
            let (first, last) = window.as_ref()?;
            // Behind a value is before the next.
            first.cmp(last).is_le().then(|| ((rank(first), false), Some((rank(last), true)), position))
        });
        let runs = cut(ranges.collect(), self.statements.len())?;

        let other = self.bits(|position| windows[position].is_none());
        let (runs, most) = self.rows_of(runs, &other);
        let most = most.max(count(&other));
        let other = self.row(&other, &[]);
        let mut entries = Vec::new();
        for ((edge, is_behind), row) in &runs {
            let edge = edges[*edge as usize];
            entries.put_u64(edge.mark() as u64);
            entries.put_u32(match edge {
                Bound::Number { text, .. } => self.sections.string(text.as_bytes()),
                Bound::Instant(instant) => instant.nanoseconds,
            });
            entries.put_u32(u32::from(*is_behind));
            entries.put_u32(*row);
        }
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(runs.len() as u32);
        index.extend(entries);
        let tag = if quantity.is_number { dimension::NUMBER_WINDOWS } else { dimension::DATE_WINDOWS };
        Some(Windows { quantity, dimension: [tag, quantity.key.0, other, reference, 0, 0], most, count: window_count })
    }
}

/// Least and greatest value of a statement that wants a number or a date between.
fn window<'p>(limits: &Limits<'p>) -> Option<(Bound<'p>, Bound<'p>)> {
    limits.needs_value.then_some((limits.lower?, limits.upper?))
}
