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
/// names that differ in nothing but that bit are told apart when their bytes are compared. Names of 16 to 32 bytes, which most
/// keys have, are four overlapping words: no loop. A fifth of the instructions of folding into a buffer and hashing that.
#[inline]
pub(crate) fn folded_digest(name: &[u8]) -> (u64, bool) {
    if let (Some(first), Some(last)) = (name.first_chunk::<16>(), name.last_chunk::<16>())
        && name.len() <= 32
    {
        let ([a, b], [c, d]) = (halves(first), halves(last));
        let (first, last) = (mix(a, b), mix(c, d));
        return finish(first ^ last.rotate_left(32), a | b | c | d, name.len());
    }
    other_digest(name)
}

/// Of shorter and longer names.
fn other_digest(name: &[u8]) -> (u64, bool) {
    let (chunks, rest) = name.as_chunks::<8>();
    let mut seen = rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let mut digest = mix(seen, 0);
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        seen |= word;
        digest = mix(digest.rotate_left(29) ^ (word | CASE), 0);
    }
    finish(digest, seen, name.len())
}

#[inline]
fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let word = u128::from_le_bytes(*bytes);
    [word as u64, (word >> 64) as u64]
}

#[inline]
const fn mix(a: u64, b: u64) -> u64 {
    ((a | CASE) ^ (b | CASE).rotate_left(29)).wrapping_mul(SPREAD)
}

#[inline]
const fn finish(digest: u64, seen: u64, len: usize) -> (u64, bool) {
    const NON_ASCII: u64 = 0x8080_8080_8080_8080;
    let digest = (digest ^ len as u64).wrapping_mul(SPREAD);
    (collide(digest ^ digest >> 29), seen & NON_ASCII == 0)
}

/// The bit that differs between the cases of a letter, in every byte.
const CASE: u64 = 0x2020_2020_2020_2020;

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
