//! Context keys, as they are written.
//!
//! ```text
//! record     folded name u32, predicate table u32 (NONE: no table), derivation u8, zero 7 bytes
//! slots      after the records, a power of two and at least twice as many:
//!            signature u32 (0: free), key u32, spelling u32 (its first byte), size of the spelling u32
//!            (u32::MAX if no request can have it, since it is too long)
//! ```
//! A key is found by the signature of its folded name, and then by its name: open addressing with linear probing.

/// Bytes of a record.
pub(crate) const KEY_RECORD_SIZE: usize = 16;
/// Where in a record the predicate table is named.
#[cfg(feature = "compile")]
pub(crate) const TABLE_AT: usize = 4;
/// Bytes of a slot.
pub(crate) const SLOT_SIZE: usize = 16;

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
