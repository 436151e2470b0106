//! Context keys, as they are written.
//!
//! ```text
//! record     folded name u32, predicate table u32 (NONE: no table), derivation u8, zero 7 bytes
//! slots      after the records, a power of two and at least twice as many:
//!            signature u32 (0: free), key u32, size of the spelling u32, zero u32; then the ends of the spelling (`name_ends`). A
//!            size of 0: it is long, and not here
//! ```
//! A key is found by the signature of its folded name, and then by its name: open addressing with linear probing.

use super::word;
use crate::name_ends::{MAX_WHOLE_SIZE, NameEnds};

/// Bytes of a record.
pub(crate) const KEY_RECORD_SIZE: usize = 16;
/// Where in a record the predicate table is named.
#[cfg(feature = "compile")]
pub(crate) const TABLE_AT: usize = 4;
/// Bytes of a slot.
pub(crate) const SLOT_SIZE: usize = 16 + MAX_WHOLE_SIZE;

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
    let size = if spelling.len() <= MAX_WHOLE_SIZE { spelling.len() } else { 0 };
    for (bytes, number) in slot.chunks_exact_mut(4).zip([signature, key, size as u32]) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    slot[SLOT_SIZE - MAX_WHOLE_SIZE..].copy_from_slice(&NameEnds::of(spelling).to_bytes());
    slot
}

/// Whether a name of these ends and this size is spelled as the slot's key.
///
/// PERF: nearly every key of every request.
#[inline(always)]
pub(crate) fn is_spelled(slot: &[u8; SLOT_SIZE], ends: NameEnds, size: usize) -> bool {
    let Some(own) = slot.last_chunk() else { return false };
    (NameEnds::from_bytes(own) == ends) & (word(slot, 2) as usize == size)
}
