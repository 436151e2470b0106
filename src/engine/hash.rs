//! The hash of every index.
//!
//! The seed is in the artifact, so collisions can be made on purpose: a hash only finds candidates, bytes decide.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Hashes a text.
#[inline]
pub(crate) fn hash(seed: u64, text: &[u8]) -> u64 {
    collide(xxh3_64_with_seed(text, seed))
}

/// Hashes a name of which the case of ASCII letters does not matter.
///
/// PERF: the bit of letter case is set in every byte instead of folding letters alone, which is one instruction for eight bytes;
/// names that differ in nothing but that bit are told apart when their bytes are compared.
#[inline]
pub(crate) fn folded_digest(name: &[u8]) -> u64 {
    let (chunks, rest) = name.as_chunks::<16>();
    let mut digest = name.len() as u64;
    for chunk in chunks {
        let [a, b] = halves(chunk);
        digest = mix(digest ^ (a | LETTER_CASE), b | LETTER_CASE);
    }
    let [a, b] = match name.last_chunk() {
        Some(last) => halves(last),
        None => [rest.iter().fold(0_u64, |word, &byte| word.rotate_left(8) ^ u64::from(byte)), 0],
    };
    let digest = mix(digest ^ (a | LETTER_CASE), b | LETTER_CASE);
    collide(digest ^ digest >> 29)
}

#[inline]
pub(crate) fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let word = u128::from_le_bytes(*bytes);
    [word as u64, (word >> 64) as u64]
}

#[inline]
const fn mix(a: u64, b: u64) -> u64 {
    (a.wrapping_mul(SPREAD) ^ b.rotate_left(32)).wrapping_mul(SPREAD).rotate_left(29)
}

/// The bit that differs between the cases of a letter, in every byte.
pub(crate) const LETTER_CASE: u64 = 0x2020_2020_2020_2020;

/// A test feature: nearly everything collides, and no answer may change.
#[inline]
const fn collide(hash: u64) -> u64 {
    if cfg!(feature = "colliding-hash") { hash & 0x1_0000_0001 } else { hash }
}

/// An odd constant whose multiples spread the low bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Combines two hashes; the order matters.
#[inline]
pub(crate) const fn combine(a: u64, b: u64) -> u64 {
    // Multiplication spreads the low bits, rotation brings the high bits back down.
    (a.rotate_left(29) ^ b).wrapping_mul(SPREAD)
}
