//! Prefixes of texts, and the statements of a block that each leaves.

use super::halving::partition;
use crate::artifact::unit_code::NONE;
use crate::artifact::{Cursor, Damaged, Read, word};

/// Bytes of an entry: where its text ends, its row, and the longest other prefix of it.
const ENTRY_SIZE: usize = 12;

/// The rows of all texts.
pub(super) struct Prefixes<'a> {
    entries: &'a [[u8; ENTRY_SIZE]],
    texts: &'a [u8],
    /// The row of what has no prefix.
    other: u32,
}

impl<'a> Prefixes<'a> {
    /// Reads the prefixes that `bytes` begin with.
    pub(super) fn read(bytes: &'a [u8], other: u32) -> Read<Prefixes<'a>> {
        let mut bytes = Cursor::new(bytes);
        let count = bytes.u32()? as usize;
        let (entries, _) = bytes.slice(count.checked_mul(ENTRY_SIZE).ok_or(Damaged)?)?.as_chunks();
        Ok(Prefixes { entries, texts: bytes.rest(), other })
    }

    /// The row of a text; halves the prefixes.
    pub(super) fn row(&self, text: &[u8]) -> Read<u32> {
        self.row_of(|prefix| prefix <= text, |prefix| text.starts_with(prefix))
    }

    /// The same, where texts are taken from their last byte to their first.
    pub(super) fn row_from_end(&self, text: &[u8]) -> Read<u32> {
        let bytes = || text.iter().rev();
        let has = |prefix: &[u8]| prefix.len() <= text.len() && prefix.iter().zip(bytes()).all(|(own, byte)| own == byte);
        self.row_of(|prefix| prefix.iter().le(bytes()), has)
    }

    /// The row of the last prefix that a text has, of those that are not behind it: whatever stands between the longest prefix of a
    /// text and the text begins with that prefix.
    fn row_of(&self, is_before: impl Fn(&[u8]) -> bool, has: impl Fn(&[u8]) -> bool) -> Read<u32> {
        let mut number = partition(self.entries.len() as u32, |number| Ok(is_before(self.text(number)?)))?;
        let Some(last) = number.checked_sub(1) else { return Ok(self.other) };
        number = last;
        while !has(self.text(number)?) {
            number = match word(self.entry(number)?, 2) {
                NONE => return Ok(self.other),
                // Otherwise a forged list could lead round and round.
                shorter if shorter >= number => return Err(Damaged),
                shorter => shorter,
            };
        }
        Ok(word(self.entry(number)?, 1))
    }

    fn text(&self, number: u32) -> Read<&'a [u8]> {
        let start = number.checked_sub(1).map_or(Ok(0), |before| self.entry(before).map(|entry| word(entry, 0)))?;
        self.texts.get(start as usize..word(self.entry(number)?, 0) as usize).ok_or(Damaged)
    }

    fn entry(&self, number: u32) -> Read<&'a [u8; ENTRY_SIZE]> {
        self.entries.get(number as usize).ok_or(Damaged)
    }
}
