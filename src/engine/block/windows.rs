//! Windows in time that statements are in.

use crate::artifact::{Cursor, Damaged, Read};
use crate::iam::value::Instant;

/// Bytes of an entry: first moment and row.
const ENTRY_SIZE: usize = 16;

/// The rows of all moments.
pub(super) struct Windows<'a>(&'a [[u8; ENTRY_SIZE]]);

impl<'a> Windows<'a> {
    /// Reads the windows that `bytes` begin with.
    pub(super) fn read(bytes: &'a [u8]) -> Read<Windows<'a>> {
        let mut bytes = Cursor::new(bytes);
        let count = bytes.u32()? as usize;
        let (entries, _) = bytes.slice(count.checked_mul(ENTRY_SIZE).ok_or(Damaged)?)?.as_chunks();
        Ok(Windows(entries))
    }

    /// The row of a moment; `None` before the first window.
    pub(super) fn row(&self, moment: Instant) -> Option<u32> {
        let reached = self.0.partition_point(|entry| read(entry).is_ok_and(|(first, _)| first <= moment));
        let (_, row) = read(self.0.get(reached.checked_sub(1)?)?).ok()?;
        Some(row)
    }
}

fn read(entry: &[u8; ENTRY_SIZE]) -> Read<(Instant, u32)> {
    let mut entry = Cursor::new(entry);
    Ok((Instant { seconds: entry.u64()? as i64, nanoseconds: entry.u32()? }, entry.u32()?))
}
