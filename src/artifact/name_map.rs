//! A map from names, of which the case of ASCII letters does not matter, to numbers: actions and services.
//!
//! ```text
//! map    as a string map, with other entries
//! entry  value u32, size of the name u32, its ends (`name_ends`), the name
//! ```
//! A name that is not long is compared by its ends, as most requests spell it; any other by all of its bytes.

use std::hint::cold_path;

use super::string_map::find_entry;
use super::{Damaged, Read, word};
use crate::bytes::equal;
use crate::hash::name_hash;
use crate::name_ends::{MAX_WHOLE_SIZE, NameEnds};

/// Bytes of an entry before the name.
const HEADER_SIZE: usize = 8 + MAX_WHOLE_SIZE;

/// Looks a name up in the map at the start of `bytes`.
///
/// PERF: always inline, so that the ends of the name stay in registers.
#[inline(always)]
pub(crate) fn lookup(bytes: &[u8], seed: u64, name: &[u8]) -> Read<Option<u32>> {
    let ends = NameEnds::of(name);
    find_entry(bytes, name_hash(seed, ends, name), |entry| {
        let (header, text) = entry.split_first_chunk::<HEADER_SIZE>().ok_or(Damaged)?;
        if word(header, 1) as usize != name.len() {
            return Ok(None);
        }
        let is_spelled = match header.last_chunk() {
            Some(own) if name.len() <= MAX_WHOLE_SIZE => NameEnds::from_bytes(own) == ends,
            _ => equal(text.get(..name.len()).ok_or(Damaged)?, name),
        };
        if !is_spelled {
            cold_path();
            if !is_spelled_otherwise(text, name)? {
                return Ok(None);
            }
        }
        Ok(Some(word(header, 0)))
    })
}

/// PERF: out of line, since it would take registers that the usual way needs.
#[cold]
#[inline(never)]
fn is_spelled_otherwise(text: &[u8], name: &[u8]) -> Read<bool> {
    Ok(text.get(..name.len()).ok_or(Damaged)?.eq_ignore_ascii_case(name))
}

/// The bytes of a map. Of names that differ only in letter case the first is found.
#[cfg(feature = "compile")]
pub(super) fn build<'t>(seed: u64, entries: impl ExactSizeIterator<Item = (&'t str, u32)>) -> Vec<u8> {
    use super::string_map::build_entries;
    use super::wire::Put;

    let hash = |name: &str| name_hash(seed, NameEnds::of(name.as_bytes()), name.as_bytes());
    build_entries(entries, hash, |bytes, name, value| {
        bytes.put_u32(value);
        bytes.put_u32(name.len() as u32);
        bytes.extend(NameEnds::of(name.as_bytes()).to_bytes());
        bytes.extend(name.as_bytes());
    })
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;
    use crate::hash::FIRST_SEED;

    #[test]
    fn names_are_found_in_any_letter_case_and_no_others() {
        let names: Vec<String> = (0..60).map(|size| format!("S:{}", "Name".repeat(15).split_at(size).0)).collect();
        for seed in [FIRST_SEED, 7] {
            let map = build(seed, names.iter().enumerate().map(|(value, name)| (name.as_str(), value as u32)));
            let find = |name: &str| lookup(&map, seed, name.as_bytes());
            for (name, value) in names.iter().zip(0..) {
                assert_eq!(find(name), Ok(Some(value)));
                assert_eq!(find(&name.to_lowercase()), Ok(Some(value)));
                for place in 0..name.len() {
                    let mut other = name.clone().into_bytes();
                    other[place] ^= 0x40;
                    assert_eq!(lookup(&map, seed, &other), Ok(None), "differs only in a bit of byte {place}: {name}");
                }
                assert_eq!(find(&format!("{name}-")), Ok(None));
            }
            assert_eq!(find("S\x1a"), Ok(None), "differs only in the bit of letter case");
            for len in 0..map.len() {
                let found = names.iter().zip(0..).map(|(name, value)| (lookup(&map[..len], seed, name.as_bytes()), value));
                found.into_iter().for_each(|(found, value)| assert!(matches!(found, Err(Damaged)) || found == Ok(Some(value))));
            }
        }
        assert_eq!(lookup(&build(7, std::iter::empty()), 7, b""), Ok(None));
    }
}
