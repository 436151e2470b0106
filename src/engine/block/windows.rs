//! Windows that statements want a number or a date to be in.

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
        self.row(|value, _| {
            let text = view.string(u32::try_from(value).map_err(|_| Damaged)?)?;
            let own = std::str::from_utf8(text).ok().and_then(Decimal::parse).ok_or(Damaged)?;
            Ok(own.cmp(&number))
        })
    }

    /// The row of a date; `None` before the first window.
    pub(super) fn of_date(&self, date: Instant) -> Read<Option<u32>> {
        self.row(|value, nanoseconds| Ok(Instant { seconds: value as i64, nanoseconds }.cmp(&date)))
    }

    /// Halves the entries, given how the value of one compares.
    fn row(&self, compare: impl Fn(u64, u32) -> Read<std::cmp::Ordering>) -> Read<Option<u32>> {
        let (mut low, mut high) = (0, self.0.len());
        let mut found = None;
        while low < high {
            let middle = usize::midpoint(low, high);
            let mut entry = Cursor::new(self.0.get(middle).ok_or(Damaged)?);
            let ordering = compare(entry.u64()?, entry.u32()?)?;
            let (begins_behind, row) = (entry.u32()? != 0, entry.u32()?);
            if ordering.is_lt() || (ordering.is_eq() && !begins_behind) {
                (low, found) = (middle + 1, Some(row));
            } else {
                high = middle;
            }
        }
        Ok(found)
    }
}
