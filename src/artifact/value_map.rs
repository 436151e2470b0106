//! A map from the values of a key to rows of bits.
//!
//! ```text
//! map    mask u32, where the long texts are u32 (from the map's first byte on), slots, long texts
//! slot   first sixteen bytes of the text, zeros behind its end; row u64; size of the text u32 or FREE; of a text longer than
//!        sixteen bytes, where the others are u32 (among the long texts)
//! ```
//! Open addressing with linear probing, at most half full. A slot holds a short text itself, and its row: one line of the cache
//! answers. How far a probe can go is bounded while building, see `writer::seed`.

use super::slots::Slots;
use super::{Damaged, Read, word};
use crate::bytes::equal;
use crate::text_start::{START_SIZE, TextStart};

/// Bytes of a slot.
const SLOT_SIZE: usize = 32;
/// Bytes before the slots.
const HEADER_SIZE: usize = 8;
/// Instead of a size.
const FREE: u32 = u32::MAX;

/// The row of a text of this start and hash in the map that `bytes` begin with.
#[inline]
pub(crate) fn lookup(bytes: &[u8], hash: u64, start: TextStart, text: &[u8]) -> Read<Option<u64>> {
    let (header, slots) = bytes.split_first_chunk::<HEADER_SIZE>().ok_or(Damaged)?;
    for (_, slot) in Slots::<SLOT_SIZE>::read(slots, word(header, 0))?.probe(hash) {
        let [own, row] = [0, 1].map(|half| half_of(slot, half));
        let size = word(slot, 6);
        if own == start.bytes && size == start.size {
            if start.is_whole() || has_rest(bytes, word(header, 1), word(slot, 7), text)? {
                return Ok(Some(row as u64));
            }
        } else if size == FREE {
            return Ok(None);
        }
    }
    Ok(None)
}

/// Whether a long text goes on as the map's.
#[inline(never)]
fn has_rest(bytes: &[u8], texts: u32, at: u32, text: &[u8]) -> Read<bool> {
    let rest = text.get(START_SIZE..).ok_or(Damaged)?;
    let own = bytes.get(texts as usize..).and_then(|texts| texts.get(at as usize..)).ok_or(Damaged)?;
    Ok(equal(own.get(..rest.len()).ok_or(Damaged)?, rest))
}

/// Sixteen bytes of a slot.
#[inline]
fn half_of(slot: &[u8; SLOT_SIZE], half: usize) -> u128 {
    let (halves, _) = slot.as_chunks();
    halves.get(half).map_or(0, |half| u128::from_le_bytes(*half))
}

/// The bytes of a map, and whether each slot is taken. The texts are distinct.
#[cfg(feature = "compile")]
pub(super) fn build<'t>(seed: u64, entries: impl ExactSizeIterator<Item = (&'t str, u64)>) -> (Vec<u8>, Vec<bool>) {
    use super::slots::fill;
    use super::wire::Put;
    use crate::hash::hash;

    let slot_count = (entries.len() * 2).next_power_of_two();
    let mut slots: Vec<Option<(&str, u64)>> = vec![None; slot_count];
    for (text, row) in entries {
        fill(&mut slots, hash(seed, text.as_bytes()), (text, row));
    }
    let (mut bytes, mut texts): (Vec<u8>, Vec<u8>) = Default::default();
    bytes.put_u32(slot_count as u32 - 1);
    bytes.put_u32((HEADER_SIZE + slot_count * SLOT_SIZE) as u32);
    for slot in &slots {
        let (text, row) = slot.unwrap_or_default();
        let start = TextStart::of(text.as_bytes());
        bytes.extend(start.bytes.to_le_bytes());
        bytes.put_u64(row);
        bytes.put_u32(if slot.is_some() { start.size } else { FREE });
        bytes.put_u32(texts.len() as u32);
        texts.extend(text.as_bytes().iter().skip(START_SIZE));
    }
    bytes.extend(texts);
    (bytes, slots.iter().map(Option::is_some).collect())
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;
    use crate::hash::hash;

    #[test]
    fn finds_the_rows_of_its_texts_and_of_no_others() {
        let long = "x".repeat(START_SIZE);
        let mut texts: Vec<String> = (0..500).map(|number| format!("text-{number}")).collect();
        texts.extend((0..500).map(|number| format!("{long}-{number}")));
        texts.extend([String::new(), "\0".to_owned(), "\0\0".to_owned(), long.clone()]);
        let (map, is_taken) = build(7, texts.iter().enumerate().map(|(index, text)| (text.as_str(), index as u64 + 1)));
        assert_eq!(is_taken.iter().filter(|&&is_taken| is_taken).count(), texts.len());
        let find = |map: &[u8], text: &str| {
            let text = text.as_bytes();
            lookup(map, hash(7, text), TextStart::of(text), text)
        };
        for (text, row) in texts.iter().zip(1..) {
            assert_eq!(find(&map, text), Ok(Some(row)), "{text}");
        }
        for text in ["text", "text-500", "\0\0\0", &long[1..], &format!("{long}-"), &format!("{long}-5000")] {
            assert_eq!(find(&map, text), Ok(None), "{text}");
        }
        let (empty, _) = build(7, std::iter::empty());
        assert_eq!(find(&empty, ""), Ok(None));
        for len in 0..map.len().min(64) {
            assert_eq!(find(&map[..len], "text-1"), Err(Damaged));
        }
    }
}
