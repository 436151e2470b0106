//! Context keys, as they are written.
//!
//! ```text
//! record     folded name u32, predicate table u32 (NONE: no table), derivation u8, zero 7 bytes
//! slots      after the records, a power of two and at least twice as many:
//!            signature u32 (0: free), key u32, size of the spelling u32, zero u32; then the spelling's first sixteen bytes, zeros
//!            behind its end, and its last sixteen. A size of 0: it is longer than both together and not here
//! ```
//! A key is found by the signature of its folded name, and then by its name: open addressing with linear probing.

use super::word;
use crate::text_start::{START_SIZE, TextStart};

/// Bytes of a record.
pub(crate) const KEY_RECORD_SIZE: usize = 16;
/// Where in a record the predicate table is named.
#[cfg(feature = "compile")]
pub(crate) const TABLE_AT: usize = 4;
/// Bytes of a slot.
pub(crate) const SLOT_SIZE: usize = 16 + MAX_SPELLING_SIZE;
/// Longer spellings are not in their slots.
const MAX_SPELLING_SIZE: usize = 2 * START_SIZE;

/// How many slots so many keys have.
#[inline]
pub(crate) const fn slot_count(key_count: u32) -> usize {
    // Of the usual few keys, next to none share a first slot.
    let slots_per_key = if key_count <= 1024 { 4 } else { 2 };
    (key_count.saturating_mul(slots_per_key) | 1).next_power_of_two() as usize
}

/// Where probing begins, before it is cut to the number of slots.
#[inline]
pub(crate) const fn home(signature: u32) -> usize {
    signature as usize >> 1
}

/// Where the slots of so many keys begin in the section.
#[inline]
pub(crate) const fn slots_at(key_count: u32) -> u32 {
    key_count.saturating_mul(KEY_RECORD_SIZE as u32)
}

/// The bytes of a key's slot.
#[cfg(feature = "compile")]
pub(crate) fn slot(signature: u32, key: u32, spelling: &[u8]) -> [u8; SLOT_SIZE] {
    let mut slot = [0; SLOT_SIZE];
    let size = if spelling.len() <= MAX_SPELLING_SIZE { spelling.len() } else { 0 };
    for (bytes, number) in slot.chunks_exact_mut(4).zip([signature, key, size as u32]) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    let last = spelling.last_chunk().map_or(0, |last| u128::from_le_bytes(*last));
    let halves = [TextStart::of(spelling).bytes, last].map(u128::to_le_bytes);
    slot[SLOT_SIZE - MAX_SPELLING_SIZE..].copy_from_slice(halves.as_flattened());
    slot
}

/// Whether a name is spelled as the slot's key.
///
/// PERF: nearly every key of every request.
#[inline]
pub(crate) fn is_spelled(slot: &[u8; SLOT_SIZE], name: &[u8]) -> bool {
    let [_, first, last] = *slot.as_chunks().0 else { return false };
    let [first, last] = [first, last].map(u128::from_le_bytes);
    let is_equal = match (name.first_chunk(), name.last_chunk()) {
        (Some(own_first), Some(own_last)) => {
            (u128::from_le_bytes(*own_first) ^ first) | (u128::from_le_bytes(*own_last) ^ last) == 0
        }
        _ => TextStart::of(name).bytes == first,
    };
    is_equal & (word(slot, 2) as usize == name.len())
}
