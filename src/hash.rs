//! Hashes: of texts for every index, of names whose letter case does not matter.
//!
//! The seed is in the artifact and the digest of names has none, so collisions can be made on purpose: a hash only finds
//! candidates, bytes decide.

use std::hint::cold_path;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::iam::fold::fold_char;
use crate::name_ends::NameEnds;
use crate::request::{MAX_KEY_SIZE, MAX_VALUE_SIZE};
use crate::text_start::{START_SIZE, TextStart};

/// The seed that an artifact has unless its tables want another; a constant keeps artifacts reproducible.
pub(crate) const FIRST_SEED: u64 = 0x69_62_63_2d_61_75_74_68;

/// Hashes a text.
#[inline]
pub(crate) fn hash(seed: u64, text: &[u8]) -> u64 {
    if text.len() <= START_SIZE { hash_of_start(seed, TextStart::of(text)) } else { long_hash(seed, text) }
}

/// The same, where the start of the text is known.
#[inline]
pub(crate) fn hash_of(seed: u64, start: TextStart, text: &[u8]) -> u64 {
    if start.is_whole() { hash_of_start(seed, start) } else { long_hash(seed, text) }
}

/// One multiplication for all of a short text.
#[inline]
fn hash_of_start(seed: u64, TextStart { bytes, size }: TextStart) -> u64 {
    let low = bytes as u64 ^ seed;
    let high = (bytes >> 64) as u64 ^ seed.rotate_left(32) ^ u64::from(size).wrapping_mul(SPREAD);
    collide(fold_product(low, high))
}

/// Both halves of a product. Where one factor is 0, the other one counts.
#[inline]
const fn fold_product(low: u64, high: u64) -> u64 {
    let product = low as u128 * high as u128;
    product as u64 ^ (product >> 64) as u64 ^ low ^ high
}

/// PERF: out of line, since most texts are short.
#[inline(never)]
fn long_hash(seed: u64, text: &[u8]) -> u64 {
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
        None => [word_of(rest), 0],
    };
    let digest = mix(digest ^ (a | LETTER_CASE), b | LETTER_CASE);
    collide(digest ^ digest >> 29)
}

/// Hashes a name that has these ends, and of which the case of ASCII letters does not matter.
///
/// PERF: under the first seed it is made of the length and the ends, in which nearly all actions of AWS differ. Under others, which
/// an artifact has if many of its names have one home, all bytes count.
#[inline(always)]
pub(crate) fn name_hash(seed: u64, ends: NameEnds, name: &[u8]) -> u64 {
    if seed != FIRST_SEED {
        cold_path();
        return combine(seed, folded_digest(name));
    }
    let words = [ends.first as u64, (ends.first >> 64) as u64, ends.last as u64, (ends.last >> 64) as u64];
    let [first, behind, before, last] = words.map(|word| word | LETTER_CASE);
    let start = first.wrapping_mul(SPREAD).wrapping_add(behind.wrapping_mul(SPREAD_MORE));
    let (low, high) = (before ^ start, last ^ (name.len() as u64).wrapping_mul(SPREAD_MORE));
    collide(fold_product(low, high))
}

/// A number that ASCII names share if they differ only in letter case; never 0.
///
/// PERF: under the first seed it is made of the length, the last sixteen bytes and the first eight: the context keys of a request
/// mostly differ in how they end, but `aws:ResourceTag/team` and `ec2:ResourceTag/team` only in how they begin. Under others, which
/// an artifact has if many of its names have one home, all bytes count.
#[inline]
pub(crate) fn key_signature(seed: u64, name: &[u8]) -> u32 {
    if seed == FIRST_SEED {
        return first_key_signature(NameEnds::of(name), name.len());
    }
    (combine(seed, folded_digest(name)) >> 32) as u32 | 1
}

/// [`key_signature`] under the first seed, of a name that has these ends.
#[inline(always)]
pub(crate) const fn first_key_signature(ends: NameEnds, size: usize) -> u32 {
    let (before, last) = (ends.last as u64 | LETTER_CASE, (ends.last >> 64) as u64 | LETTER_CASE);
    let first = (ends.first as u64 | LETTER_CASE) ^ size as u64;
    (collide(fold_product(last, before ^ first.rotate_left(29))) >> 32) as u32 | 1
}

/// The same of any name: equal if names are equal when folded (D-21).
pub(crate) fn folded_key_signature(seed: u64, name: &str) -> u32 {
    if name.is_ascii() {
        return key_signature(seed, name.as_bytes());
    }
    with_folded::<FOLDED_KEY_SIZE, _>(name, |folded| key_signature(seed, folded))
}

/// A number of a context key's name: equal if names are equal when folded (D-21).
#[inline]
pub(crate) fn key_digest(name: &str) -> u64 {
    if name.is_ascii() { folded_digest(name.as_bytes()) } else { with_folded::<FOLDED_KEY_SIZE, _>(name, folded_digest) }
}

/// Hashes a text of which letter case does not matter: equal if texts are equal when folded (D-21).
pub(crate) fn folded_text_hash(seed: u64, text: &str) -> u64 {
    with_folded_text(text, |folded| hash(seed, folded))
}

/// Hands a text of at most [`MAX_VALUE_SIZE`] bytes on without its letter case.
///
/// PERF: out of line, since the room is large.
#[inline(never)]
pub(crate) fn with_folded_text<T>(text: &str, take: impl FnOnce(&[u8]) -> T) -> T {
    if text.len() <= SHORT_SIZE {
        with_folded::<{ folded_size(SHORT_SIZE) }, _>(text, take)
    } else {
        with_long_folded(text, take)
    }
}

#[inline(never)]
fn with_long_folded<T>(text: &str, take: impl FnOnce(&[u8]) -> T) -> T {
    with_folded::<{ folded_size(MAX_VALUE_SIZE) }, _>(text, take)
}

/// Folding may change how many bytes other than ASCII letters take, as the Kelvin sign folds to `k`.
fn with_folded<const SIZE: usize, T>(text: &str, take: impl FnOnce(&[u8]) -> T) -> T {
    let mut folded = [0; SIZE];
    if text.is_ascii()
        && let Some(folded) = folded.get_mut(..text.len())
    {
        folded.copy_from_slice(text.as_bytes());
        folded.make_ascii_lowercase();
        return take(folded);
    }
    let mut len = 0;
    for character in text.chars().map(fold_char) {
        // A longer text is in no request.
        let Some(rest) = folded.get_mut(len..).filter(|rest| rest.len() >= 4) else { break };
        len += character.encode_utf8(rest).len();
    }
    take(&folded[..len])
}

/// The bytes of a short text in one word.
#[cold]
fn word_of(text: &[u8]) -> u64 {
    text.iter().fold(0, |word, &byte| word.rotate_left(8) ^ u64::from(byte))
}

#[inline]
fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let word = u128::from_le_bytes(*bytes);
    [word as u64, (word >> 64) as u64]
}

#[inline]
const fn mix(a: u64, b: u64) -> u64 {
    (a.wrapping_mul(SPREAD) ^ b.rotate_left(32)).wrapping_mul(SPREAD).rotate_left(29)
}

/// The bit that differs between the cases of a letter, in every byte.
const LETTER_CASE: u64 = 0x2020_2020_2020_2020;
/// Most texts are as short as this.
const SHORT_SIZE: usize = 128;
/// Room for the folded text of a key.
const FOLDED_KEY_SIZE: usize = folded_size(MAX_KEY_SIZE);

/// Room for a folded text: two bytes become three at most, and the last character finds place for four.
const fn folded_size(size: usize) -> usize {
    size / 2 * 3 + 4
}

/// A test feature: nearly everything collides, and no answer may change.
#[inline]
const fn collide(hash: u64) -> u64 {
    if cfg!(feature = "colliding-hash") { hash & 0x1_0000_0001 } else { hash }
}

/// An odd constant whose multiples spread the low bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Another one.
const SPREAD_MORE: u64 = 0xa076_1d64_78bd_642f;

/// Combines two hashes; the order matters.
#[inline]
pub(crate) const fn combine(a: u64, b: u64) -> u64 {
    // Multiplication spreads the low bits, rotation brings the high bits back down.
    (a.rotate_left(29) ^ b).wrapping_mul(SPREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_keys_do_not_depend_on_letter_case() {
        for (a, b) in [
            ("aws:TagKeys", "AWS:tagkeys"),
            ("aws:RequestTag/Team", "aws:requesttag/team"),
            ("k", "K"),
            ("", ""),
            ("aws:RequestTag/\u{212a}ey", "aws:requesttag/key"),
            ("aws:RequestTag/ÉTÉ", "aws:requesttag/été"),
            ("aws:PrincipalTag/a-name-that-is-longer-than-most", "AWS:principaltag/A-NAME-that-is-longer-than-most"),
        ] {
            assert_eq!(key_digest(a), key_digest(b), "{a} {b}");
            for seed in [FIRST_SEED, 7] {
                let folded = folded_key_signature(seed, a);
                assert_eq!(folded, folded_key_signature(seed, b), "{a} {b}");
                assert_eq!(folded_text_hash(seed, a), folded_text_hash(seed, b), "{a} {b}");
                for name in [a, b] {
                    assert!(!name.is_ascii() || key_signature(seed, name.as_bytes()) == folded, "{name}");
                }
            }
        }
    }

    #[test]
    fn hashes_of_folded_texts_take_whole_texts() {
        for (size, upper, lower) in
            [SHORT_SIZE, MAX_VALUE_SIZE].into_iter().flat_map(|size| [(size, "K", "k"), (size, "É", "é"), (size, "Ⱥ", "ⱥ")])
        {
            let (upper, lower) = (upper.repeat(size / upper.len()), lower.repeat(size / upper.len()));
            assert_eq!(folded_text_hash(7, &upper), folded_text_hash(7, &lower), "{lower}");
            let other = format!("{}x", &lower[..lower.char_indices().last().map_or(0, |(at, _)| at)]);
            assert!(folded_text_hash(7, &upper) != folded_text_hash(7, &other) || cfg!(feature = "colliding-hash"), "{other}");
        }
        // Either side of the size from which there is more room.
        let (kelvins, letters) = ("\u{212a}".repeat(SHORT_SIZE), "k".repeat(SHORT_SIZE));
        assert_eq!(folded_text_hash(7, &kelvins), folded_text_hash(7, &letters));
    }
}
