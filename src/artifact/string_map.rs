//! A map from texts to numbers: principals, accounts, endpoints, resources. Names are in a [`name_map`](super::name_map).
//!
//! ```text
//! map    mask u32, entry base u32, slots (mask + 1) × { fingerprint u32, entry u32 }
//! entry  value u32, varint length, text          (reference relative to the entry base)
//! ```
//! Open addressing with linear probing, at most half full. The fingerprint (never 0, which marks a free slot) only rejects:
//! a text is found by comparing its bytes. How far a probe can go is bounded while building, see `writer::seed`.

use std::hint::cold_path;

use super::slots::Slots;
use super::{Cursor, Damaged, Read};
use crate::bytes::equal;
use crate::hash::{folded_text_hash, hash};
use crate::iam::fold::folds_to;

/// Looks `text` up in the map at the start of `bytes`.
#[inline]
pub(crate) fn lookup(bytes: &[u8], seed: u64, text: &[u8]) -> Read<Option<u32>> {
    lookup_hashed(bytes, hash(seed, text), text)
}

/// As [`lookup`], where the hash of `text` is known.
#[inline]
pub(crate) fn lookup_hashed(bytes: &[u8], hash: u64, text: &[u8]) -> Read<Option<u32>> {
    find(bytes, hash, |own| equal(own, text))
}

/// Looks a text up without regard to letter case (D-21), in a map of folded texts.
pub(crate) fn lookup_folded_text(bytes: &[u8], seed: u64, text: &str) -> Read<Option<u32>> {
    find(bytes, folded_text_hash(seed, text), |folded| folds_to(text, folded))
}

#[inline]
fn find(bytes: &[u8], hash: u64, is_wanted: impl Fn(&[u8]) -> bool) -> Read<Option<u32>> {
    find_entry(bytes, hash, |entry| {
        let mut entry = Cursor::new(entry);
        let value = entry.u32()?;
        Ok(is_wanted(entry.bytes()?).then_some(value))
    })
}

/// The first answer of `look` at the entries of a map that have this hash, or collide with it: all that entries begin with.
#[inline(always)]
pub(super) fn find_entry(bytes: &[u8], hash: u64, look: impl Fn(&[u8]) -> Read<Option<u32>>) -> Read<Option<u32>> {
    let (head, slots) = bytes.split_first_chunk::<8>().ok_or(Damaged)?;
    let [mask, entries_at] = words(head);
    if mask == 0 {
        cold_path();
        return Ok(None);
    }
    let fingerprint = fingerprint(hash);
    for (_, slot) in Slots::read(slots, mask)?.probe(hash) {
        let [found, entry] = words(slot);
        if found == fingerprint {
            let found = look(bytes.get(entries_at as usize + entry as usize..).ok_or(Damaged)?)?;
            if found.is_some() {
                return Ok(found);
            }
        } else if found == 0 {
            return Ok(None);
        }
    }
    Ok(None)
}

#[inline]
fn words(bytes: &[u8; 8]) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = *bytes;
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
}

/// The entries of a map, in the order of its slots.
pub(crate) struct Entries<'a> {
    bytes: &'a [u8],
    entries_at: usize,
    slots: std::slice::Iter<'a, [u8; 8]>,
}

/// All entries of the map at the start of `bytes`.
pub(crate) fn entries(bytes: &[u8]) -> Read<Entries<'_>> {
    let (head, slots) = bytes.split_first_chunk::<8>().ok_or(Damaged)?;
    let [mask, entries_at] = words(head);
    // The one slot of an empty map is not looked into.
    let slot_count = if mask == 0 { 0 } else { mask as usize + 1 };
    let slots = slots.get(..slot_count.checked_mul(8).ok_or(Damaged)?).ok_or(Damaged)?;
    Ok(Entries { bytes, entries_at: entries_at as usize, slots: slots.as_chunks::<8>().0.iter() })
}

impl<'a> Entries<'a> {
    /// Bytes of the slots that are left.
    pub(crate) fn slots_size(&self) -> usize {
        self.slots.len() * 8
    }

    fn entry(&self, reference: u32) -> Read<(&'a [u8], u32)> {
        let at = self.entries_at.checked_add(reference as usize).ok_or(Damaged)?;
        let mut entry = Cursor::new(self.bytes.get(at..).ok_or(Damaged)?);
        let value = entry.u32()?;
        Ok((entry.bytes()?, value))
    }
}

impl<'a> Iterator for Entries<'a> {
    /// Text and number.
    type Item = Read<(&'a [u8], u32)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let [fingerprint, reference] = words(self.slots.next()?);
            if fingerprint != 0 {
                return Some(self.entry(reference));
            }
        }
    }
}

/// Whether the map at the start of `bytes` holds nothing.
pub(crate) fn is_empty(bytes: &[u8]) -> Read<bool> {
    Ok(Cursor::new(bytes).u32()? == 0)
}

#[inline]
const fn fingerprint(hash: u64) -> u32 {
    hash as u32 | 1
}

/// The bytes of a map. Of equal texts the first entry is found.
#[cfg(feature = "compile")]
pub(super) fn build<'t>(seed: u64, entries: impl ExactSizeIterator<Item = (&'t str, u32)>) -> Vec<u8> {
    build_hashed(entries, |text| hash(seed, text.as_bytes()))
}

/// As [`build`], for [`lookup_folded_text`]. The texts are folded.
#[cfg(feature = "compile")]
pub(super) fn build_folded_texts<'t>(seed: u64, entries: impl ExactSizeIterator<Item = (&'t str, u32)>) -> Vec<u8> {
    build_hashed(entries, |text| folded_text_hash(seed, text))
}

#[cfg(feature = "compile")]
fn build_hashed<'t>(entries: impl ExactSizeIterator<Item = (&'t str, u32)>, hash: impl Fn(&str) -> u64) -> Vec<u8> {
    use super::wire::Put;

    build_entries(entries, hash, |bytes, text, value| {
        bytes.put_u32(value);
        bytes.put_bytes(text.as_bytes());
    })
}

/// The bytes of a map whose entries `put` writes.
#[cfg(feature = "compile")]
pub(super) fn build_entries<'t>(
    entries: impl ExactSizeIterator<Item = (&'t str, u32)>,
    hash: impl Fn(&str) -> u64,
    put: impl Fn(&mut Vec<u8>, &str, u32),
) -> Vec<u8> {
    use super::slots::fill;
    use super::wire::Put;

    // An empty map has one slot and is not looked into; others have two at least.
    let slot_count = (entries.len() * 2).next_power_of_two();
    let mask = slot_count as u32 - 1;
    let mut slots = vec![None; slot_count];
    let mut texts: Vec<u8> = Vec::new();
    for (text, value) in entries {
        let hash = hash(text);
        fill(&mut slots, hash, (fingerprint(hash), texts.len() as u32));
        put(&mut texts, text, value);
    }
    let mut bytes = Vec::new();
    bytes.put_u32(mask);
    bytes.put_u32(8 + slot_count as u32 * 8);
    for (fingerprint, entry) in slots.into_iter().map(Option::unwrap_or_default) {
        bytes.put_u32(fingerprint);
        bytes.put_u32(entry);
    }
    bytes.extend(texts);
    bytes
}

/// Whether each slot of a map that was just built is taken; also of a [`name_map`](super::name_map).
#[cfg(feature = "compile")]
pub(super) fn taken_slots(map: &[u8]) -> impl Iterator<Item = bool> {
    entries(map).expect("what was just built is whole").slots.map(|slot| words(slot)[0] != 0)
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in_and_nothing_else() {
        let texts: Vec<String> = (0..1000).map(|number| format!("text-{number}")).collect();
        let map = build(7, texts.iter().enumerate().map(|(index, text)| (text.as_str(), index as u32)));
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(lookup(&map, 7, text.as_bytes()), Ok(Some(index as u32)));
        }
        assert_eq!(lookup(&map, 7, b"text"), Ok(None));
        let mut listed: Vec<_> = entries(&map).and_then(Iterator::collect).expect("whole");
        listed.sort_unstable_by_key(|&(_, value)| value);
        assert!(listed.into_iter().eq(texts.iter().zip(0..).map(|(text, value)| (text.as_bytes(), value))));
        assert_eq!(entries(&build(7, std::iter::empty())).map(Iterator::count), Ok(0));
        for len in 0..map.len().min(64) {
            let _ = lookup(&map[..len], 7, b"text-1");
            assert!(entries(&map[..len]).is_err(), "the slots are longer than {len} bytes");
        }
        assert_eq!(lookup(&build(7, std::iter::empty()), 7, b""), Ok(None));
    }

    #[test]
    fn folded_texts_are_found_whatever_their_letter_case_is() {
        let texts = ["", "red", "été", "kelvin", "straße", "i\u{307}", "long-É-".repeat(2000).to_lowercase().leak()];
        let map = build_folded_texts(7, texts.iter().enumerate().map(|(index, text)| (*text, index as u32)));
        let long = "LONG-é-".repeat(2000);
        for (text, found) in [
            ("", Some(0)),
            ("red", Some(1)),
            ("RED", Some(1)),
            ("ÉtÉ", Some(2)),
            ("\u{212a}ELVIN", Some(3)),
            ("STRAßE", Some(4)),
            ("STRASSE", None),
            ("I\u{307}", Some(5)),
            ("İ", None),
            ("re", None),
            (&long, Some(6)),
            (&long[1..], None),
        ] {
            assert_eq!(lookup_folded_text(&map, 7, text), Ok(found), "{text}");
        }
    }
}
