//! Context keys, as they are written.
//!
//! ```text
//! record     folded name u32, predicate table u32 (NONE: no table), derivation u8, zero 7 bytes
//! count      of slots u32: a power of two, and at least twice as many as records; zero 12 bytes
//! slots      to the end:
//!            signature u32 (0: free), key u32, size of the spelling u32, zero u32; then the ends of the spelling (`name_ends`). A
//!            size of 0: it is long, and not here
//! ```
//! A key is found by the signature of its folded name, and then by its name: open addressing with linear probing. The compiler takes
//! so many slots that few keys share a first one.

#[cfg(feature = "compile")]
use std::cmp::Reverse;
#[cfg(feature = "compile")]
use std::collections::HashSet;

use super::word;
use crate::name_ends::{MAX_WHOLE_SIZE, NameEnds};

/// Bytes of a record.
pub(crate) const KEY_RECORD_SIZE: usize = 16;
/// Where in a record the predicate table is named.
#[cfg(feature = "compile")]
pub(crate) const TABLE_AT: usize = 4;
/// Bytes of a slot.
pub(crate) const SLOT_SIZE: usize = 16 + MAX_WHOLE_SIZE;

/// How many slots keys with these signatures have: the fewest of those possible under which no two keys share a first slot, or most
/// keys have one of their own.
///
/// PERF: a key that is found in its first slot, or not there, costs a few instructions, any other a search.
#[cfg(feature = "compile")]
pub(crate) fn slot_count(signatures: &[u32]) -> usize {
    let slots_per_key: &[usize] = match signatures.len() {
        0..=64 => &[8, 16, 32],
        65..=1024 => &[4, 8],
        _ => &[2],
    };
    let counts = slots_per_key.iter().map(|slots| (signatures.len() * slots).next_power_of_two());
    let homes = |count: &usize| {
        let homes: HashSet<usize> = signatures.iter().map(|&signature| home(signature) & (count - 1)).collect();
        (homes.len(), Reverse(*count))
    };
    counts.max_by_key(homes).expect("there is a choice")
}

/// Where probing begins, before it is cut to the number of slots.
#[inline]
pub(crate) const fn home(signature: u32) -> usize {
    signature as usize >> 1
}

/// Bytes of the count, so that no read of sixteen bytes of a slot straddles two lines of the cache.
pub(crate) const SLOT_COUNT_SIZE: usize = 16;

/// Where the count of slots of so many keys is in the section.
pub(crate) const fn slot_count_at(key_count: u32) -> u32 {
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

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;
    use crate::hash::{FIRST_SEED, folded_key_signature};

    #[test]
    fn names_that_differ_in_their_last_letters_have_different_homes() {
        for (head, count, most_shared) in [("aws:RequestTag/tag-", 40, 1), ("imagebuilder:ResourceTag/key-", 1000, 200)] {
            let signatures: Vec<u32> =
                (0..count).map(|n| folded_key_signature(FIRST_SEED, &format!("{head}{n}").to_lowercase())).collect();
            let slot_count = slot_count(&signatures);
            let homes: HashSet<usize> = signatures.iter().map(|&signature| home(signature) & (slot_count - 1)).collect();
            let shared = count - homes.len();
            assert!(shared <= most_shared || cfg!(feature = "colliding-hash"), "{shared} of {count} names of {head}");
        }
    }
}
