//! Windows that statements want a number or a date to be in.

use std::cmp::Ordering;

use super::halving::partition;
use crate::artifact::{Cursor, Damaged, Read, View, mark};
use crate::iam::value::{Decimal, Instant};

/// Bytes of an entry: mark, what tells equal marks apart, whether it begins behind its value, and row.
const ENTRY_SIZE: usize = 20;

/// The rows of all values.
pub(super) struct Windows<'a>(&'a [[u8; ENTRY_SIZE]]);

impl<'a> Windows<'a> {
    /// Reads the windows that `bytes` begin with.
    pub(super) fn read(bytes: &'a [u8]) -> Read<Windows<'a>> {
        let mut bytes = Cursor::new(bytes);
        let count = bytes.u32()? as usize;
        let (entries, _) = bytes.slice(count.checked_mul(ENTRY_SIZE).ok_or(Damaged)?)?.as_chunks();
        Ok(Windows(entries))
    }

    /// The row of a number; `None` before the first window.
    pub(super) fn of_number(&self, view: View<'a>, number: Decimal<'_>) -> Read<Option<u32>> {
        self.row(mark::of_number(&number), |text| Ok(decimal(view, text)?.cmp(&number)))
    }

    /// The row of a date; `None` before the first window.
    pub(super) fn of_date(&self, date: Instant) -> Read<Option<u32>> {
        self.row(mark::of_date(&date), |nanoseconds| Ok(nanoseconds.cmp(&date.nanoseconds)))
    }

    /// The row of the last window that begins before a value, given how the value of a window with the same mark compares with it.
    fn row(&self, mark: i64, compare: impl Fn(u32) -> Read<Ordering>) -> Read<Option<u32>> {
        let begins = |at: u32| -> Read<bool> {
            let mut entry = self.entry(at)?;
            let (own, rest, is_behind) = (entry.u64()? as i64, entry.u32()?, entry.u32()? != 0);
            let ordering = if own == mark { compare(rest)? } else { own.cmp(&mark) };
            Ok(ordering.is_lt() || (ordering.is_eq() && !is_behind))
        };
        let begun = partition(self.0.len() as u32, begins)?;
        let Some(last) = begun.checked_sub(1) else { return Ok(None) };
        let mut entry = self.entry(last)?;
        entry.slice(ENTRY_SIZE - 4)?;
        entry.u32().map(Some)
    }

    fn entry(&self, at: u32) -> Read<Cursor<'a>> {
        self.0.get(at as usize).map(|entry| Cursor::new(entry)).ok_or(Damaged)
    }
}

/// The number that a text of the artifact is.
fn decimal(view: View<'_>, reference: u32) -> Read<Decimal<'_>> {
    std::str::from_utf8(view.string(reference)?).ok().and_then(Decimal::parse).ok_or(Damaged)
}
