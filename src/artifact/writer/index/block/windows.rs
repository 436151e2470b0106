//! Windows: statements that want a number or a date of one key both above something and below something.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::bounds::{Bound, BoundTest, Side};
use super::row::count;
use super::runs::cut;
use super::{BlockWriter, Dimension, MIN_SHARE};
use crate::artifact::layout::Section;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;
use crate::iam::value::Instant;
use crate::ir::{KeyId, Statement};

/// Least and greatest value.
type Window = (Bound, Bound);

impl BlockWriter<'_, '_> {
    /// The windows of the key that most statements have one of, how many statements a value leaves at most, and how many have a
    /// window; `None` if few have, or too many overlap.
    pub(super) fn windows(&mut self) -> Option<(Dimension, u64, usize)> {
        let windows: Vec<Vec<(KeyId, Window)>> = self.statements.iter().map(|statement| self.windows_of(statement)).collect();
        let mut counts: IndexMap<(KeyId, bool), usize, Xxh3DefaultBuilder> = IndexMap::default();
        windows.iter().flatten().for_each(|(key, (first, _))| *counts.entry((*key, first.is_number())).or_default() += 1);
        let (&wanted, &window_count) = counts.iter().max_by_key(|&(key, &count)| (count, std::cmp::Reverse(*key)))?;
        if window_count * MIN_SHARE < self.statements.len() {
            return None;
        }
        let own = |windows: &[(KeyId, Window)]| {
            windows.iter().find(|(key, (first, _))| (*key, first.is_number()) == wanted).map(|(_, window)| window.clone())
        };
        let windows: Vec<Option<Window>> = windows.iter().map(|windows| own(windows)).collect();
        let mut edges: Vec<&Bound> = windows.iter().flatten().flat_map(|(first, last)| [first, last]).collect();
        edges.sort_by(|a, b| a.cmp(b));
        edges.dedup_by(|a, b| a.cmp(b).is_eq());
        let rank = |bound: &Bound| edges.partition_point(|edge| edge.cmp(bound).is_lt()) as u32;
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
            match edges[*edge as usize] {
                Bound::Number(text) => {
                    entries.put_u64(self.sections.string(text.as_bytes()).into());
                    entries.put_u32(0);
                }
                Bound::Instant(Instant { seconds, nanoseconds }) => {
                    entries.put_u64(*seconds as u64);
                    entries.put_u32(*nanoseconds);
                }
            }
            entries.put_u32(u32::from(*is_behind));
            entries.put_u32(*row);
        }
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(runs.len() as u32);
        index.extend(entries);
        let tag = if wanted.1 { dimension::NUMBER_WINDOWS } else { dimension::DATE_WINDOWS };
        Some(([tag, wanted.0.0, other, reference, 0, 0], most, window_count))
    }

    /// The windows of a statement, one for each key and type: what its greatest lower bound and its least upper one leave.
    fn windows_of(&self, statement: &Statement) -> Vec<(KeyId, Window)> {
        let mut sides: IndexMap<(KeyId, bool), [Option<Bound>; 2], Xxh3DefaultBuilder> = IndexMap::default();
        for predicate in &statement.predicates {
            let test = BoundTest::of(&self.writer.program.predicates[predicate.index()]).filter(|test| !test.accepts_absent);
            let Some(BoundTest { key, side, bound, .. }) = test else { continue };
            let [first, last] = sides.entry((key, bound.is_number())).or_default();
            match side {
                Side::More if first.as_ref().is_none_or(|own| own.cmp(&bound).is_lt()) => *first = Some(bound),
                Side::Less if last.as_ref().is_none_or(|own| own.cmp(&bound).is_gt()) => *last = Some(bound),
                _ => {}
            }
        }
        sides.into_iter().filter_map(|((key, _), [first, last])| Some((key, (first?, last?)))).collect()
    }
}
