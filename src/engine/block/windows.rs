//! Windows that statements want a number or a date to be in.

use std::cmp::Ordering;

use super::halving::partition;
use crate::artifact::{Cursor, Damaged, Read, View};
use crate::iam::value::{Decimal, Instant};

/// Bytes of an entry: value, whether it begins behind it, and row.
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
        self.row(|value, _| Ok(decimal(view, u32::try_from(value).map_err(|_| Damaged)?)?.cmp(&number)))
    }

    /// The row of a date; `None` before the first window.
    pub(super) fn of_date(&self, date: Instant) -> Read<Option<u32>> {
        self.row(|value, nanoseconds| Ok(Instant { seconds: value as i64, nanoseconds }.cmp(&date)))
    }

    /// The row of the last window that begins before a value, given how that compares with the values of windows.
    fn row(&self, compare: impl Fn(u64, u32) -> Read<Ordering>) -> Read<Option<u32>> {
        let begins = |at: u32| -> Read<bool> {
            let mut entry = self.entry(at)?;
            let ordering = compare(entry.u64()?, entry.u32()?)?;
            let is_behind = entry.u32()? != 0;
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
