//! The hash of every index.
//!
//! The seed is in the artifact, so collisions can be made on purpose: a hash only finds candidates, bytes decide.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Hashes a text.
#[inline]
pub(crate) fn hash(seed: u64, text: &[u8]) -> u64 {
    let hash = xxh3_64_with_seed(text, seed);
    // A test feature: nearly everything collides, and no answer may change.
    if cfg!(feature = "colliding-hash") { hash & 0x1_0000_0001 } else { hash }
}

/// Combines two hashes; the order matters.
#[inline]
pub(crate) const fn combine(a: u64, b: u64) -> u64 {
    // Multiplication by an odd constant spreads the low bits, rotation brings the high bits back down.
    (a.rotate_left(29) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
