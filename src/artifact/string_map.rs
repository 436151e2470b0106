//! A map from texts to numbers: actions, services, principals, accounts, endpoints, resources.
//!
//! ```text
//! map    mask u32, entry base u32, slots (mask + 1) × { fingerprint u32, entry u32 }
//! entry  value u32, varint length, text          (reference relative to the entry base)
//! ```
//! Open addressing with linear probing, at most half full. The fingerprint (never 0, which marks a free slot) only rejects:
//! a text is found by comparing its bytes.

use super::{Cursor, Read};
use crate::engine::hash::hash;

/// Looks `text` up in the map at the start of `bytes`.
#[inline]
pub(crate) fn lookup(bytes: &[u8], seed: u64, text: &[u8]) -> Read<Option<u32>> {
    let mut header = Cursor::new(bytes);
    let (mask, entries_at) = (header.u32()?, header.u32()?);
    if mask == 0 {
        return Ok(None);
    }
    let hash = hash(seed, text);
    let fingerprint = fingerprint(hash);
    let mut slot = home(hash, mask);
    // The mask bounds the probes: a forged map without free slot ends here.
    for _ in 0..=mask {
        let mut at = Cursor::new(bytes.get(8 + slot as usize * 8..).ok_or(super::Damaged)?);
        let (found, entry) = (at.u32()?, at.u32()?);
        if found == 0 {
            return Ok(None);
        }
        if found == fingerprint {
            let mut entry = Cursor::new(bytes.get(entries_at as usize + entry as usize..).ok_or(super::Damaged)?);
            let value = entry.u32()?;
            if entry.bytes()? == text {
                return Ok(Some(value));
            }
        }
        slot = slot.wrapping_add(1) & mask;
    }
    Ok(None)
}

/// Whether the map at the start of `bytes` holds nothing.
pub(crate) fn is_empty(bytes: &[u8]) -> Read<bool> {
    Ok(Cursor::new(bytes).u32()? == 0)
}

#[inline]
const fn fingerprint(hash: u64) -> u32 {
    hash as u32 | 1
}

#[inline]
const fn home(hash: u64, mask: u32) -> u32 {
    (hash >> 32) as u32 & mask
}

/// The bytes of a map. Of equal texts the first entry is found.
#[cfg(feature = "compile")]
pub(super) fn build<'t>(seed: u64, entries: impl ExactSizeIterator<Item = (&'t str, u32)>) -> Vec<u8> {
    use super::wire::Put;

    // An empty map has one slot and is not looked into; others have two at least.
    let slot_count = (entries.len() * 2).next_power_of_two();
    let mask = slot_count as u32 - 1;
    let mut slots = vec![(0, 0); slot_count];
    let mut texts: Vec<u8> = Vec::new();
    for (text, value) in entries {
        let hash = hash(seed, text.as_bytes());
        let mut slot = home(hash, mask);
        while slots[slot as usize].0 != 0 {
            slot = (slot + 1) & mask;
        }
        slots[slot as usize] = (fingerprint(hash), texts.len() as u32);
        texts.put_u32(value);
        texts.put_bytes(text.as_bytes());
    }
    let mut bytes = Vec::new();
    bytes.put_u32(mask);
    bytes.put_u32(8 + slot_count as u32 * 8);
    for (fingerprint, entry) in slots {
        bytes.put_u32(fingerprint);
        bytes.put_u32(entry);
    }
    bytes.extend(texts);
    bytes
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in_and_nothing_else() {
        let texts: Vec<String> = (0..1000).map(|number| format!("text-{number}")).collect();
        let map = build(7, texts.iter().enumerate().map(|(index, text)| (text.as_str(), index as u32)));
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(lookup(&map, 7, text.as_bytes()), Ok(Some(index as u32)));
        }
        assert_eq!(lookup(&map, 7, b"text"), Ok(None));
        for len in 0..map.len().min(64) {
            let _ = lookup(&map[..len], 7, b"text-1");
        }
        assert_eq!(lookup(&build(7, std::iter::empty()), 7, b""), Ok(None));
    }
}
