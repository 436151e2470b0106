//! Bounds that statements set to numbers or dates.

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
    /// How many lower bounds, from the first on, some value reaches, and how many upper bounds, from the first on, no value
    /// keeps. A bound that is met exactly counts as satisfied: its operator may include it.
    pub(super) fn runs<T: Ord>(
        self,
        values: &[&'a str],
        parse: impl Fn(&'a str) -> Option<T>,
        bound: impl Fn(Self, u32) -> Read<T>,
    ) -> Read<(u64, u64)> {
        let mut parsed = values.iter().filter_map(|value| parse(value));
        let Some(first) = parsed.next() else { return Ok((0, u64::from(self.upper_count))) };
        let (mut least, mut greatest) = (None, first);
        for value in parsed {
            let (smaller, larger) = if value < greatest { (value, greatest) } else { (greatest, value) };
            greatest = larger;
            if least.as_ref().is_none_or(|least| smaller < *least) {
                least = Some(smaller);
            }
        }
        let least = least.as_ref().unwrap_or(&greatest);
        let lower = self.partition(0, self.lower_count, |at| Ok(bound(self, at)? <= greatest))?;
        let upper = self.partition(self.lower_count, self.upper_count, |at| Ok(bound(self, at)? < *least))?;
        Ok((u64::from(lower), u64::from(upper)))
    }

    /// How many of the ascending bounds hold the test, by halving.
    fn partition(self, first: u32, count: u32, holds: impl Fn(u32) -> Read<bool>) -> Read<u32> {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = u32::midpoint(low, high);
            if holds(first.checked_add(middle).ok_or(Damaged)?)? { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    pub(super) fn number(self, at: u32) -> Read<Decimal<'a>> {
        let at = at.checked_mul(4).and_then(|at| at.checked_add(self.reference)).ok_or(Damaged)?;
        let text = self.view.string(self.view.u32(Section::Index, at)?)?;
        std::str::from_utf8(text).ok().and_then(Decimal::parse).ok_or(Damaged)
    }

    pub(super) fn instant(self, at: u32) -> Read<Instant> {
        let at = at.checked_mul(12).and_then(|at| at.checked_add(self.reference)).ok_or(Damaged)?;
        let mut bound = self.view.cursor(Section::Index, at)?;
        Ok(Instant { seconds: bound.u64()? as i64, nanoseconds: bound.u32()? })
    }
}

/// The bits of word `at` that lie in one of the runs.
pub(super) fn runs_word(at: u64, runs: [std::ops::Range<u64>; 2]) -> u64 {
    let below = |end: u64| match end.saturating_sub(at * 64) {
        0 => 0,
        bits @ 1..64 => (1 << bits) - 1,
        _ => u64::MAX,
    };
    runs.into_iter().fold(0, |bits, run| bits | (below(run.end) & !below(run.start)))
}
