//! Spans of texts that all statements of a block treat alike.

use super::halving::partition;
use crate::artifact::{Cursor, Damaged, Read, word};

/// Bytes of an entry: where its first text begins and ends, and its row.
const ENTRY_SIZE: usize = 12;

/// The rows of all texts.
pub(super) struct Spans<'a> {
    entries: &'a [[u8; ENTRY_SIZE]],
    texts: &'a [u8],
    /// The row of what is in no span.
    other: u32,
}

impl<'a> Spans<'a> {
    /// Reads the spans that `bytes` begin with.
    pub(super) fn read(bytes: &'a [u8], other: u32) -> Read<Spans<'a>> {
        let mut bytes = Cursor::new(bytes);
        let count = bytes.u32()? as usize;
        let (entries, _) = bytes.slice(count.checked_mul(ENTRY_SIZE).ok_or(Damaged)?)?.as_chunks();
        Ok(Spans { entries, texts: bytes.rest(), other })
    }

    /// The row of a text; halves the spans.
    pub(super) fn row(&self, text: &[u8]) -> Read<u32> {
        self.row_of(|first| first <= text)
    }

    /// The same, where texts are taken from their last byte to their first.
    pub(super) fn row_from_end(&self, text: &[u8]) -> Read<u32> {
        self.row_of(|first| first.iter().le(text.iter().rev()))
    }

    /// The row of the last span whose first text is not behind the one that is looked for.
    fn row_of(&self, is_begun: impl Fn(&[u8]) -> bool) -> Read<u32> {
        let begun = partition(self.entries.len() as u32, |at| {
            let entry = self.entry(at)?;
            self.texts.get(word(entry, 0) as usize..word(entry, 1) as usize).map(&is_begun).ok_or(Damaged)
        })?;
        match begun.checked_sub(1) {
            Some(last) => self.entry(last).map(|entry| word(entry, 2)),
            None => Ok(self.other),
        }
    }

    fn entry(&self, at: u32) -> Read<&'a [u8; ENTRY_SIZE]> {
        self.entries.get(at as usize).ok_or(Damaged)
    }
}
