//! Windows in time: statements that want a date of one key both after something and before something.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::bounds::{Bound, Side, bound_of};
use super::runs::cut;
use super::{BlockWriter, Dimension, MIN_SHARE, count};
use crate::artifact::layout::Section;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;
use crate::iam::value::Instant;
use crate::ir::{KeyId, Statement};

/// First and last moment of a window.
type Window = (Instant, Instant);

impl BlockWriter<'_, '_> {
    /// The windows of the key that most statements have one of, and how many statements a date leaves at most; `None` if few have
    /// one, or too many overlap.
    pub(super) fn windows(&mut self) -> Option<(Dimension, u64)> {
        let windows: Vec<Vec<(KeyId, Window)>> = self.statements.iter().map(|statement| self.windows_of(statement)).collect();
        let mut counts: IndexMap<KeyId, usize, Xxh3DefaultBuilder> = IndexMap::default();
        windows.iter().flatten().for_each(|(key, _)| *counts.entry(*key).or_default() += 1);
        let (&key, &window_count) = counts.iter().max_by_key(|&(key, &count)| (count, std::cmp::Reverse(*key)))?;
        if window_count * MIN_SHARE < self.statements.len() {
            return None;
        }
        let window = |position: usize| windows[position].iter().find(|(own, _)| *own == key).map(|(_, window)| *window);
        let in_time = |Instant { seconds, nanoseconds }: Instant| (seconds, nanoseconds);
        let ranges = (0..self.statements.len()).filter_map(|position| {
            let (first, last) = window(position)?;
            (first <= last).then(|| (in_time(first), after(last).map(in_time), position as u32))
        });
        let runs = cut(ranges.collect(), self.statements.len())?;
        let other = self.bits(|position| window(position).is_none());
        let (runs, most) = self.rows_of(runs, &other);
        let most = most.max(count(&other));
        let other = self.row(&other, &[]);
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(runs.len() as u32);
        for ((seconds, nanoseconds), row) in runs {
            index.put_u64(seconds as u64);
            index.put_u32(nanoseconds);
            index.put_u32(row);
        }
        Some(([dimension::WINDOWS, key.0, other, reference, 0, 0], most))
    }

    /// The windows of a statement, one for each key: what its latest beginning and its earliest end leave.
    fn windows_of(&self, statement: &Statement) -> Vec<(KeyId, Window)> {
        let mut sides: IndexMap<KeyId, [Option<Instant>; 2], Xxh3DefaultBuilder> = IndexMap::default();
        for predicate in &statement.predicates {
            let Some((key, side, Bound::Instant(bound))) = bound_of(&self.writer.program.predicates[predicate.index()]) else {
                continue;
            };
            let [first, last] = sides.entry(key).or_default();
            match side {
                Side::More => *first = Some(first.map_or(bound, |own| own.max(bound))),
                Side::Less => *last = Some(last.map_or(bound, |own| own.min(bound))),
            }
        }
        sides.into_iter().filter_map(|(key, [first, last])| Some((key, (first?, last?)))).collect()
    }
}

/// The next moment.
fn after(Instant { seconds, nanoseconds }: Instant) -> Option<Instant> {
    match nanoseconds {
        0..999_999_999 => Some(Instant { seconds, nanoseconds: nanoseconds + 1 }),
        _ => Some(Instant { seconds: seconds.checked_add(1)?, nanoseconds: 0 }),
    }
}
