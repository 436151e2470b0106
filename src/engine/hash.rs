//! The hash of every index.
//!
//! The seed is in the artifact, so collisions can be made on purpose: a hash only finds candidates, bytes decide.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Hashes a text.
#[inline]
pub(crate) fn hash(seed: u64, text: &[u8]) -> u64 {
    collide(xxh3_64_with_seed(text, seed))
}

/// Hashes a name of which the case of ASCII letters does not matter, and tells whether it is ASCII.
///
/// PERF: the bit of letter case is set in every byte instead of folding letters alone, which is one instruction for eight bytes;
/// names that differ in nothing but that bit are told apart when their bytes are compared. A third of the instructions of folding
/// into a buffer and hashing that.
#[inline]
pub(crate) fn folded_digest(name: &[u8]) -> (u64, bool) {
    const CASE: u64 = 0x2020_2020_2020_2020;
    const NON_ASCII: u64 = 0x8080_8080_8080_8080;
    let (chunks, rest) = name.as_chunks::<8>();
    let last = match name.last_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    let (mut digest, mut seen) = (name.len() as u64 ^ (last | CASE), last);
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        seen |= word;
        digest = digest.wrapping_mul(SPREAD).rotate_left(29) ^ (word | CASE);
    }
    let digest = digest.wrapping_mul(SPREAD);
    (collide(digest ^ digest >> 29), seen & NON_ASCII == 0)
}

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
