//! A filter of grams: it mostly says at once that nothing is filed under a piece of a value, of which a value has as many as bytes.
//!
//! ```text
//! filter     2^log2 bits, one for each place that a gram can have; set if some gram is there
//! ```

use super::{Damaged, Read};

/// Size of a gram.
pub(crate) const GRAM_SIZE: usize = 4;

/// Which grams are filed.
///
/// Invariant: of two to the power of at least [`MIN_LOG2`], so that a place is never past its end.
#[derive(Clone, Copy)]
pub(crate) struct GramFilter<'a> {
    bits: &'a [u8],
    log2: u8,
}

/// Bits of the smallest filter, as a power of two: one line of the cache.
const MIN_LOG2: u8 = 9;
/// And of the largest: an artifact holds no more grams than this has bits.
const MAX_LOG2: u8 = 31;
/// So many bits for each gram, and up to twice as many: of a hundred other grams, six pass at most.
#[cfg(feature = "compile")]
const BITS_PER_GRAM: usize = 16;

impl<'a> GramFilter<'a> {
    /// The filter that `bytes` begin with.
    #[inline]
    pub(crate) fn read(bytes: &'a [u8], log2: u8) -> Read<GramFilter<'a>> {
        if !(MIN_LOG2..=MAX_LOG2).contains(&log2) {
            return Err(Damaged);
        }
        Ok(GramFilter { bits: bytes.get(..1 << (log2 - 3)).ok_or(Damaged)?, log2 })
    }

    /// Whether something may be filed under a gram.
    #[inline]
    pub(crate) fn may_have(self, gram: [u8; GRAM_SIZE]) -> bool {
        let place = place(gram, self.log2);
        self.bits.get(place / 8).is_some_and(|byte| byte >> (place % 8) & 1 == 1)
    }
}

/// The place of a gram among two to the power of `log2`.
#[inline]
const fn place(gram: [u8; GRAM_SIZE], log2: u8) -> usize {
    (u32::from_le_bytes(gram).wrapping_mul(SPREAD) >> (32 - log2 as u32)) as usize
}

/// An odd constant: the high bits of its multiples depend on all bytes.
const SPREAD: u32 = 0x9e37_79b1;

/// The logarithm of its size, and the bytes, of a filter of some grams.
#[cfg(feature = "compile")]
pub(super) fn build(grams: &[[u8; GRAM_SIZE]]) -> (u8, Vec<u8>) {
    let log2 = (grams.len() * BITS_PER_GRAM).next_power_of_two().ilog2() as u8;
    let log2 = log2.clamp(MIN_LOG2, MAX_LOG2);
    let mut bits = vec![0; 1 << (log2 - 3)];
    for &gram in grams {
        let place = place(gram, log2);
        bits[place / 8] |= 1 << (place % 8);
    }
    (log2, bits)
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_filed_passes_and_most_else_does_not() {
        for count in [0, 1, 30, 1_000, 100_000] {
            let of = |number: u32| (number.wrapping_mul(0x01_00_01_25)).to_le_bytes();
            let grams: Vec<[u8; GRAM_SIZE]> = (0..count).map(of).collect();
            let (log2, bits) = build(&grams);
            let filter = GramFilter::read(&bits, log2).expect("just built");
            assert!(grams.iter().all(|&gram| filter.may_have(gram)));
            let strangers = (count..count + 10_000).filter(|&number| filter.may_have(of(number))).count();
            assert!(strangers < 1_500, "{strangers} of 10,000 beside {count}");
        }
    }

    #[test]
    fn a_size_that_is_not_possible_is_damage() {
        let bytes = [0xff; 64];
        assert!(GramFilter::read(&bytes, 9).is_ok_and(|filter| filter.may_have(*b"abcd")));
        for log2 in [0, 8, 10, 31, 32, 255] {
            assert!(GramFilter::read(&bytes, log2).is_err(), "{log2}");
        }
    }
}
