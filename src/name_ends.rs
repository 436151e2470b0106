//! The first and the last bytes of a name: of one that is not long, all of it.

use std::hint::cold_path;

/// Names of at most so many bytes are told apart by their ends and sizes alone.
pub(crate) const MAX_WHOLE_SIZE: usize = 2 * END_SIZE;
/// Bytes of each end.
const END_SIZE: usize = 16;

/// The first and the last sixteen bytes of a name. A shorter one is in `last` alone: its first eight bytes and its last eight; of one
/// of fewer than eight, one word made of all.
///
/// PERF: names of context keys and actions mostly have sixteen bytes or more, so two loads without a choice give what they are hashed
/// from and what they are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NameEnds {
    pub(crate) first: u128,
    pub(crate) last: u128,
}

impl NameEnds {
    #[inline(always)]
    pub(crate) fn of(name: &[u8]) -> NameEnds {
        if name.len() < END_SIZE {
            cold_path();
            return NameEnds { first: 0, last: short(name) };
        }
        let end = |bytes: Option<&[u8; END_SIZE]>| bytes.map_or(0, |bytes| u128::from_le_bytes(*bytes));
        NameEnds { first: end(name.first_chunk()), last: end(name.last_chunk()) }
    }

    /// As it is written: `first`, `last`.
    #[cfg(feature = "compile")]
    pub(crate) fn to_bytes(self) -> [u8; MAX_WHOLE_SIZE] {
        let mut bytes = [0; MAX_WHOLE_SIZE];
        bytes[..END_SIZE].copy_from_slice(&self.first.to_le_bytes());
        bytes[END_SIZE..].copy_from_slice(&self.last.to_le_bytes());
        bytes
    }

    /// What [`to_bytes`](NameEnds::to_bytes) wrote.
    #[inline(always)]
    pub(crate) fn from_bytes(bytes: &[u8; MAX_WHOLE_SIZE]) -> NameEnds {
        let (halves, _) = bytes.as_chunks();
        let half = |number: usize| halves.get(number).map_or(0, |half| u128::from_le_bytes(*half));
        NameEnds { first: half(0), last: half(1) }
    }

    /// Whether a name of this size, of which these are the ends, is not long and all ASCII.
    #[inline]
    pub(crate) const fn is_whole_and_ascii(self, size: usize) -> bool {
        size <= MAX_WHOLE_SIZE && (self.first | self.last) & NON_ASCII == 0
    }
}

/// The top bit of each byte.
const NON_ASCII: u128 = u128::MAX / 255 * 128;

/// Of a name of fewer than sixteen bytes: two words that overlap, or one.
///
/// PERF: always inline, since many context keys are as short.
#[inline(always)]
fn short(name: &[u8]) -> u128 {
    match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << 64,
        _ => u128::from(tiny(name)) << 64,
    }
}

/// Of a name of fewer than eight bytes: all of them.
#[cold]
fn tiny(name: &[u8]) -> u64 {
    name.iter().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_long_differ_in_their_ends_if_they_differ() {
        let name: Vec<u8> = (b'A'..).take(40).collect();
        for size in 0..=name.len() {
            let own = NameEnds::of(&name[..size]);
            for place in 0..size {
                let mut other = name[..size].to_vec();
                other[place] ^= 1;
                assert!(size > MAX_WHOLE_SIZE || NameEnds::of(&other) != own, "byte {place} of {size}");
                other[place] |= 0x80;
                assert!(!NameEnds::of(&other).is_whole_and_ascii(size), "byte {place} of {size}");
            }
            assert_eq!(own.is_whole_and_ascii(size), size <= MAX_WHOLE_SIZE, "{size}");
        }
    }
}
