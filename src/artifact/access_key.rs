//! Access keys: what part of a request a statement can be filed under.
//!
//! A part is true of every request that its statement applies to (never a negation, `IfExists`, `ForAllValues` or
//! `Null: true`: those hold without the value). A *kind* is one part, or two or three together; all statements filed by one
//! kind are found with one probe for each combination of the request's values.
//!
//! ```text
//! index      kind count u32, slots u32, slot mask u32, rest list u32 or NONE, table of pages u32, kinds
//! kind       part count u8, has deny u8, zero u16, three parts
//! part       tag u8, size u8, zero u16, key u32
//! slots      fingerprint u32, target u32: a record reference, or a list reference with LIST
//! ```
//! The pages, described at [`unit_code`](super::unit_code), say which kinds hold statements that can match a class of actions.

pub(crate) use super::unit_code::NONE;
use crate::hash::combine;

/// Tags of parts.
pub(crate) mod part {
    /// A value of the key.
    pub(crate) const VALUE: u8 = 0;
    /// The first `size` bytes of a value of the key.
    pub(crate) const VALUE_PREFIX: u8 = 1;
    /// The last `size` bytes.
    pub(crate) const VALUE_SUFFIX: u8 = 2;
    /// Some `size` bytes in a row.
    pub(crate) const VALUE_GRAM: u8 = 3;
    /// The whole resource.
    pub(crate) const RESOURCE: u8 = 4;
    /// The resource's sixth field up to and with its `size`th separator.
    pub(crate) const RESOURCE_TAIL: u8 = 5;
    /// The resource's first five fields with their colons.
    pub(crate) const RESOURCE_HEAD: u8 = 6;
    /// The action's class.
    pub(crate) const ACTION: u8 = 7;
}

/// Most parts of a kind.
pub(crate) const MAX_PARTS: usize = 3;
/// Bytes of a kind.
pub(crate) const KIND_SIZE: usize = 28;
/// Most separators of a resource that are looked at.
pub(crate) const MAX_SEPARATORS: usize = 8;
/// In a slot's target: a list, not a record.
pub(crate) const LIST: u32 = 1 << 31;

/// Whether a byte of a resource's sixth field ends a part of it.
#[cfg(any(feature = "compile", test))]
pub(crate) const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'/' | b':' | b'-' | b'_' | b'.')
}

/// The top bit of every byte that is a separator, and no other bit; the first byte is the lowest.
#[inline]
pub(crate) fn separators_in(bytes: u64) -> u64 {
    const EVERY: u64 = 0x0101_0101_0101_0101;
    const LOW_BITS: u64 = 0x7f * EVERY;
    let low = bytes & LOW_BITS;
    // The top bits of bytes of which the low bits are at least, or not, a number; none of the sums carries.
    let at_least = |number: u64| low + (0x80 - number) * EVERY;
    let is_not = |number: u64| (low ^ number * EVERY) + LOW_BITS;
    let is_between = at_least(b'-' as u64) & !at_least(b'/' as u64 + 1);
    let is_other = !(is_not(b':' as u64) & is_not(b'_' as u64));
    (is_between | is_other) & !bytes & !LOW_BITS
}

/// The hash of a slot: of the kind's number and of its parts' values.
#[inline]
pub(crate) const fn slot_hash(kind: u32, values: u64) -> u64 {
    combine(kind as u64 + 1, values)
}

/// What a slot remembers of its hash; 0 marks a free slot.
#[inline]
pub(crate) const fn fingerprint(hash: u64) -> u32 {
    hash as u32 | 1
}

/// Where probing begins, before it is cut to the number of slots. Other bits than the fingerprint's, else equal fingerprints would
/// be neighbours.
#[inline]
pub(crate) const fn home(hash: u64) -> usize {
    (hash >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_found_whatever_is_beside_them() {
        for byte in 0..=u8::MAX {
            for other in [0, b'a', b'/', 0x80, 0xff] {
                for at in 0..8 {
                    let mut bytes = [other; 8];
                    bytes[at] = byte;
                    let expected = (0..8).filter(|&at| is_separator(bytes[at])).fold(0, |hits, at| hits | 0x80 << (at * 8));
                    assert_eq!(separators_in(u64::from_le_bytes(bytes)), expected, "{bytes:?}");
                }
            }
        }
    }
}
