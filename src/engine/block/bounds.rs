//! Bounds that statements set to numbers or dates.

use std::ops::Range;

use crate::artifact::{Damaged, Read, Section, View};
use crate::iam::value::{Decimal, Instant};

/// The bounds of a dimension of numbers or dates.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub(super) view: View<'a>,
    pub(super) lower_count: u32,
    pub(super) upper_count: u32,
    pub(super) reference: u32,
}

impl<'a> Bounds<'a> {
    /// The statements that the values do not satisfy: those whose lower bound no value reaches, and those whose upper bound none
    /// keeps. A bound that is met exactly counts as satisfied: its operator may include it.
    pub(super) fn unsatisfied<T: Ord>(
        self,
        values: &[&'a str],
        parse: impl Fn(&'a str) -> Option<T>,
        bound: impl Fn(Self, u32) -> Read<T>,
    ) -> Read<Range<usize>> {
        let mut parsed = values.iter().filter_map(|value| parse(value));
        let Some(first) = parsed.next() else { return Ok(self.run(0, self.upper_count)) };
        let (mut least, mut greatest) = (None, first);
        for value in parsed {
            let (smaller, larger) = if value < greatest { (value, greatest) } else { (greatest, value) };
            greatest = larger;
            if least.as_ref().is_none_or(|least| smaller < *least) {
                least = Some(smaller);
            }
        }
        let least = least.as_ref().unwrap_or(&greatest);
        let lower = partition(self.lower_count, |at| Ok(bound(self, at)? <= greatest))?;
        let upper =
            partition(self.upper_count, |at| Ok(bound(self, self.lower_count.checked_add(at).ok_or(Damaged)?)? < *least))?;
        Ok(self.run(lower, upper))
    }

    /// All lower bounds but the first so many, and so many upper ones: they follow each other.
    const fn run(self, lower: u32, upper: u32) -> Range<usize> {
        lower as usize..self.lower_count as usize + upper as usize
    }

    pub(super) fn number(self, at: u32) -> Read<Decimal<'a>> {
        let at = at.checked_mul(4).and_then(|at| at.checked_add(self.reference)).ok_or(Damaged)?;
        decimal(self.view, self.view.u32(Section::Index, at)?)
    }

    pub(super) fn instant(self, at: u32) -> Read<Instant> {
        let at = at.checked_mul(12).and_then(|at| at.checked_add(self.reference)).ok_or(Damaged)?;
        let mut bound = self.view.cursor(Section::Index, at)?;
        Ok(Instant { seconds: bound.u64()? as i64, nanoseconds: bound.u32()? })
    }
}

/// How many of so many ascending bounds, from the first on, hold a test, by halving.
pub(super) fn partition(count: u32, holds: impl Fn(u32) -> Read<bool>) -> Read<u32> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = u32::midpoint(low, high);
        if holds(middle)? { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

/// The number that a text of the artifact is.
pub(super) fn decimal(view: View<'_>, reference: u32) -> Read<Decimal<'_>> {
    std::str::from_utf8(view.string(reference)?).ok().and_then(Decimal::parse).ok_or(Damaged)
}

/// Takes the candidates of a run out, as far as there are so many.
///
/// PERF: whole words at a time, since a run is half of a block in the mean.
pub(super) fn clear(candidates: &mut [u64], run: Range<usize>) {
    let below = |position: usize| (1_u64 << (position % 64)) - 1;
    let (first, last) = (run.start / 64, run.end / 64);
    if first == last {
        candidates.iter_mut().skip(first).take(1).for_each(|word| *word &= below(run.start) | !below(run.end));
        return;
    }
    let Some([word, rest @ ..]) = candidates.get_mut(first..) else { return };
    *word &= below(run.start);
    let (inner, behind) = rest.split_at_mut((last - first - 1).min(rest.len()));
    inner.fill(0);
    if let Some(word) = behind.first_mut() {
        *word &= !below(run.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_cleared_and_nothing_else() {
        for start in 0..200 {
            for end in start..=200 {
                let mut candidates = [u64::MAX; 3];
                clear(&mut candidates, start..end);
                let left = |position: usize| candidates[position / 64] >> (position % 64) & 1 == 1;
                assert!((0..192).all(|position| left(position) != (start..end).contains(&position)), "{start} to {end}");
            }
        }
    }
}
