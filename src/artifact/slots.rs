//! Open addressing with linear probing: what every table of slots has in common.

use std::hint::cold_path;

use super::{Damaged, Read};

/// The slots of a table, of `SIZE` bytes each.
///
/// Invariant: their number is a power of two. With any other the probes could stay at one slot, for as long as there are slots.
#[derive(Clone, Copy)]
pub(crate) struct Slots<'a, const SIZE: usize>(&'a [[u8; SIZE]]);

impl<'a, const SIZE: usize> Slots<'a, SIZE> {
    /// The slots that `bytes` begin with. The mask is one less than their number.
    #[inline]
    pub(crate) fn read(bytes: &'a [u8], mask: u32) -> Read<Slots<'a, SIZE>> {
        let (slots, _) = bytes.as_chunks();
        let slots = slots.get(..=mask as usize).ok_or(Damaged)?;
        if !slots.len().is_power_of_two() {
            cold_path();
            return Err(Damaged);
        }
        Ok(Slots(slots))
    }

    /// Number and bytes of one slot after the other, from the home of a hash on, each once: a forged table without free slot has an
    /// end as well.
    #[inline]
    pub(crate) fn probe(self, hash: u64) -> impl Iterator<Item = (usize, &'a [u8; SIZE])> {
        let Slots(slots) = self;
        (0..slots.len()).map(move |further| {
            let number = home(hash).wrapping_add(further) & (slots.len() - 1);
            (number, &slots[number])
        })
    }
}

/// Where probing begins, before it is cut to the number of slots: other bits than fingerprints are made of, else equal ones would be
/// neighbours.
#[inline]
pub(crate) const fn home(hash: u64) -> usize {
    (hash >> 32) as usize
}

/// Puts what has this hash into the next free slot.
#[cfg(feature = "compile")]
pub(super) fn fill<T>(slots: &mut [Option<T>], hash: u64, content: T) {
    let mask = slots.len() - 1;
    let mut number = home(hash) & mask;
    while slots[number].is_some() {
        number = (number + 1) & mask;
    }
    slots[number] = Some(content);
}
