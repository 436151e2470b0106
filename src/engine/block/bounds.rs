//! Bounds that statements set to numbers or dates.

use crate::artifact::unit_code::EVERY_STATEMENT;
use crate::artifact::{Cursor, Damaged, Read};

/// The least and the greatest of some marks; `None` if there are none.
pub(super) fn extremes(marks: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    marks.fold(None, |found, mark| {
        let (least, greatest) = found.unwrap_or((mark, mark));
        Some((mark.min(least), mark.max(greatest)))
    })
}

/// The bounds of one side, the one that is satisfied first before the others.
pub(super) struct Steps<'a> {
    /// Of the bounds before each so many.
    rows: &'a [[u8; 4]],
    stride: usize,
    marks: &'a [[u8; 8]],
    statements: &'a [[u8; 4]],
}

impl<'a> Steps<'a> {
    /// Reads the steps that `bytes` begin with.
    pub(super) fn read(bytes: &'a [u8]) -> Read<Steps<'a>> {
        let mut bytes = Cursor::new(bytes);
        let [count, stride] = [bytes.u32()?, bytes.u32()?].map(|number| number as usize);
        let row_count = if stride == 0 { Err(Damaged) } else { Ok(count.div_ceil(stride)) }?;
        let mut slice = |count: usize, size: usize| bytes.slice(count.checked_mul(size).ok_or(Damaged)?);
        let (rows, marks, statements) = (slice(row_count, 4)?, slice(count, 8)?, slice(count, 4)?);
        Ok(Steps { rows: rows.as_chunks().0, stride, marks: marks.as_chunks().0, statements: statements.as_chunks().0 })
    }

    /// A row that every statement is in whose bound is satisfied, or that has none; and the statements in it whose bound is not
    /// satisfied: fewer than are from one row to the next.
    ///
    /// PERF: a row for each place would take space quadratic in the bounds.
    pub(super) fn satisfied(&self, is_satisfied: impl Fn(i64) -> bool) -> (u32, &'a [[u8; 4]]) {
        let place = self.marks.partition_point(|mark| is_satisfied(i64::from_le_bytes(*mark)));
        let row = place.div_ceil(self.stride);
        let end = row.saturating_mul(self.stride).min(self.statements.len());
        let row = self.rows.get(row).map_or(EVERY_STATEMENT, |row| u32::from_le_bytes(*row));
        (row, self.statements.get(place..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps whose statements are numbered from ten, with the marks 0, 2, 4 and so on, and rows that are their numbers.
    fn steps(count: u32, stride: u32) -> Vec<u8> {
        let words = [count, stride].into_iter().chain(0..count.div_ceil(stride));
        let marks = (0..count).flat_map(|bound| u64::from(bound * 2).to_le_bytes());
        let statements = (10..).take(count as usize);
        let bytes = |words: &mut dyn Iterator<Item = u32>| words.flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
        [bytes(&mut words.into_iter()), marks.collect(), bytes(&mut statements.into_iter())].concat()
    }

    #[test]
    fn row_and_exceptions_are_the_bounds_before_every_place() {
        for (count, stride) in (0..=10).flat_map(|count| (1..=12).map(move |stride| (count, stride))) {
            let bytes = steps(count, stride);
            let steps = Steps::read(&bytes).expect("well formed");
            for value in -1..=i64::from(count) * 2 {
                let place = (0..count).filter(|bound| i64::from(bound * 2) <= value).count() as u32;
                let (row, exceptions) = steps.satisfied(|mark| mark <= value);
                let end = if row == EVERY_STATEMENT { count } else { row * stride };
                let exceptions: Vec<u32> = exceptions.iter().map(|statement| u32::from_le_bytes(*statement)).collect();
                assert!(end >= place && (exceptions.len() as u32) < stride, "{count} {stride} {value}");
                assert_eq!(exceptions, (10 + place..10 + end).collect::<Vec<u32>>(), "{count} {stride} {value}");
            }
        }
    }

    #[test]
    fn steps_without_a_stride_or_cut_short_are_refused() {
        let whole = steps(3, 2);
        assert!((0..whole.len()).all(|len| Steps::read(&whole[..len]).is_err()));
        let mut still = whole;
        still[4..8].fill(0);
        assert!(Steps::read(&still).is_err());
    }

    #[test]
    fn extremes_are_the_least_and_the_greatest() {
        assert_eq!(extremes([].into_iter()), None);
        assert_eq!(extremes([3].into_iter()), Some((3, 3)));
        assert_eq!(extremes([3, -5, 4, 0].into_iter()), Some((-5, 4)));
    }
}
