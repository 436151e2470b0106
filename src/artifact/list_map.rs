//! A map from hashes to lists of numbers: which entries of a long list are worth a look.
//!
//! ```text
//! map    mask u32, slots (mask + 1) × { fingerprint u32, target u32 }, lists
//! target the only number, or `LIST` + where the list is, from behind the slots on
//! list   count u32, numbers u32
//! ```
//! Open addressing with linear probing, at most half full. Nothing here compares texts: a hash gives what was filed under it and
//! perhaps more, and whoever asks verifies every entry. So a forged map can hide entries as a forged list can, and lead to no wrong one.

use super::access_key::{LIST, fingerprint};
use super::slots::Slots;
use super::{Cursor, Damaged, Read};

/// A map, read once for many lookups.
#[derive(Clone, Copy)]
pub(crate) struct ListMap<'a> {
    slots: Slots<'a, SLOT_SIZE>,
    lists: &'a [u8],
}

const SLOT_SIZE: usize = 8;

impl<'a> ListMap<'a> {
    /// The map that is all of `bytes`.
    #[inline]
    pub(crate) fn read(bytes: &'a [u8]) -> Read<ListMap<'a>> {
        let (mask, slots) = bytes.split_first_chunk().ok_or(Damaged)?;
        let mask = u32::from_le_bytes(*mask);
        let lists = (mask as usize).checked_add(1).and_then(|count| slots.get(count.checked_mul(SLOT_SIZE)?..)).ok_or(Damaged)?;
        Ok(ListMap { slots: Slots::read(slots, mask)?, lists })
    }

    /// The numbers that are filed under a hash, in ascending order for each hash that has its fingerprint.
    #[inline]
    pub(crate) fn lists(self, hash: u64) -> impl Iterator<Item = Read<&'a [[u8; 4]]>> {
        let ListMap { slots, lists } = self;
        let fingerprint = fingerprint(hash).to_le_bytes();
        let taken = slots.probe(hash).take_while(|(_, slot)| slot[..4] != [0; 4]);
        // Another hash can have this fingerprint, so that the first slot may not be the one.
        taken.filter(move |(_, slot)| slot[..4] == fingerprint).map(move |(_, slot)| numbers(slot, lists))
    }
}

#[inline]
fn numbers<'a>(slot: &'a [u8; SLOT_SIZE], lists: &'a [u8]) -> Read<&'a [[u8; 4]]> {
    let (words, _) = slot.as_chunks::<4>();
    let [_, target] = words else { return Err(Damaged) };
    let at = u32::from_le_bytes(*target);
    if at & LIST == 0 {
        return Ok(std::slice::from_ref(target));
    }
    let mut list = Cursor::new(lists.get((at ^ LIST) as usize..).ok_or(Damaged)?);
    let count = list.u32()? as usize;
    Ok(list.slice(count.checked_mul(4).ok_or(Damaged)?)?.as_chunks().0)
}

/// The bytes of a map, and whether each slot is taken. The numbers of a hash are in ascending order and smaller than 2^31.
#[cfg(feature = "compile")]
pub(super) fn build(entries: impl ExactSizeIterator<Item = (u64, impl AsRef<[u32]>)>) -> (Vec<u8>, Vec<bool>) {
    use super::slots::fill;
    use super::wire::Put;

    let slot_count = (entries.len() * 2).next_power_of_two();
    let mut slots = vec![None; slot_count];
    let mut lists: Vec<u8> = Vec::new();
    for (hash, numbers) in entries {
        let target = match *numbers.as_ref() {
            [number] => number,
            ref numbers => {
                let at = lists.len() as u32;
                lists.put_u32(numbers.len() as u32);
                numbers.iter().for_each(|&number| lists.put_u32(number));
                LIST | at
            }
        };
        fill(&mut slots, hash, (fingerprint(hash), target));
    }
    let mut bytes = Vec::with_capacity(4 + slot_count * SLOT_SIZE + lists.len());
    bytes.put_u32(slot_count as u32 - 1);
    for (fingerprint, target) in slots.iter().map(|slot| slot.unwrap_or_default()) {
        bytes.put_u32(fingerprint);
        bytes.put_u32(target);
    }
    bytes.extend(lists);
    (bytes, slots.iter().map(Option::is_some).collect())
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    fn found(map: &[u8], hash: u64) -> Read<Vec<u32>> {
        let mut found = Vec::new();
        for list in ListMap::read(map)?.lists(hash) {
            found.extend(list?.iter().map(|number| u32::from_le_bytes(*number)));
        }
        Ok(found)
    }

    #[test]
    fn finds_what_was_filed() {
        // The first two have one fingerprint, and their homes are neighbours.
        let entries = [(7, vec![3]), (1 << 32 | 7, vec![1, 4, 9]), (5 << 32 | 8, vec![0, 2]), (u64::MAX, vec![5])];
        let (map, is_taken) = build(entries.iter().map(|(hash, numbers)| (*hash, numbers)));
        assert_eq!(is_taken.iter().filter(|&&is_taken| is_taken).count(), entries.len());
        for (hash, numbers) in &entries {
            let found = found(&map, *hash).expect("whole");
            assert!(numbers.iter().all(|number| found.contains(number)), "{hash}: {found:?}");
        }
        assert_eq!(found(&map, 5 << 32 | 8), Ok(vec![0, 2]));
        assert_eq!(found(&map, 2), Ok(vec![]));
        assert_eq!(found(&build(std::iter::empty::<(u64, [u32; 1])>()).0, 7), Ok(vec![]));
        for len in 0..map.len() {
            let _ = found(&map[..len], 1 << 32 | 7);
        }
        assert_eq!(found(&map[..20], 7), Err(Damaged));
    }
}
