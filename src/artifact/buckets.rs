//! A hash table whose slots are in buckets: what statements are filed under in an index.
//!
//! ```text
//! bucket    BUCKET_LEN × fingerprint u32 (odd; 0: free), BUCKET_LEN × target u32; filled from the front
//! ```
//! A search begins at the bucket where a hash has its home, and goes on while buckets have run over: more had to go in than they have
//! slots. Of a full bucket the order of the last two targets tells: if it did not run over, the last is greater than the one before. A
//! fingerprint only rejects.
//!
//! PERF: at most half full; then of twenty buckets one runs over, and three are full. So one half of a line of the cache nearly
//! always answers, and no branch depends on how far a probe goes, as it does where slots are gone through one by one.

use super::slots::home;
use super::{Damaged, Read, word};

/// Slots of a bucket.
pub(crate) const BUCKET_LEN: usize = 4;
/// Bytes of a bucket.
pub(crate) const BUCKET_SIZE: usize = 8 * BUCKET_LEN;

/// The buckets of a table.
///
/// Invariant: their number is a power of two. With any other a search could stay at one bucket, for as long as there are buckets.
#[derive(Clone, Copy)]
pub(crate) struct Buckets<'a>(&'a [[u8; BUCKET_SIZE]]);

/// Slots that are compared at once.
#[derive(Clone, Copy)]
pub(crate) struct Bucket<'a>(&'a [u8; BUCKET_SIZE]);

impl<'a> Buckets<'a> {
    /// The buckets that `bytes` begin with. The mask is one less than their number.
    #[inline]
    pub(crate) fn read(bytes: &'a [u8], mask: u32) -> Read<Buckets<'a>> {
        let (buckets, _) = bytes.as_chunks();
        let buckets = buckets.get(..=mask as usize).ok_or(Damaged)?;
        if buckets.len().is_power_of_two() { Ok(Buckets(buckets)) } else { Err(Damaged) }
    }

    /// Number of each bucket, and the bucket, that a search for a hash looks into.
    #[inline]
    pub(crate) fn search(self, hash: u64) -> impl Iterator<Item = (usize, Bucket<'a>)> {
        let Buckets(buckets) = self;
        let (mut further, mut is_over) = (0..buckets.len(), false);
        std::iter::from_fn(move || {
            // PERF: asked first, so that nothing of the next bucket is read.
            if is_over {
                return None;
            }
            let number = home(hash).wrapping_add(further.next()?) & (buckets.len() - 1);
            let bucket = Bucket(&buckets[number]);
            is_over = !bucket.ran_over();
            Some((number, bucket))
        })
    }

    /// How many slots there are.
    pub(crate) const fn slot_count(self) -> usize {
        self.0.len() * BUCKET_LEN
    }

    /// Number and target of every slot that is taken.
    pub(crate) fn taken(self) -> impl Iterator<Item = (usize, u32)> + use<'a> {
        let slots = self.0.iter().flat_map(|bucket| (0..BUCKET_LEN).map(move |slot| (Bucket(bucket), slot)));
        let numbered = slots.enumerate();
        numbered
            .filter(|(_, (bucket, slot))| word(bucket.0, *slot) != 0)
            .map(|(number, (bucket, slot))| (number, bucket.target(slot)))
    }
}

impl<'a> Bucket<'a> {
    pub(crate) const fn new(bytes: &'a [u8; BUCKET_SIZE]) -> Bucket<'a> {
        Bucket(bytes)
    }

    /// The slots that have this fingerprint.
    ///
    /// PERF: a byte for each, without shifts and branches, so that all are compared at once.
    #[inline]
    pub(crate) fn hits(self, fingerprint: u32) -> Hits {
        let mut hits = [0; BUCKET_LEN];
        for (slot, hit) in hits.iter_mut().enumerate() {
            *hit = if word(self.0, slot) == fingerprint { 0x80 } else { 0 };
        }
        Hits(u32::from_le_bytes(hits))
    }

    #[inline]
    pub(crate) fn target(self, slot: usize) -> u32 {
        word(self.0, BUCKET_LEN + slot % BUCKET_LEN)
    }

    /// Whether a search goes on behind it. Fingerprints are odd, so the lowest byte of the last tells whether the bucket is full.
    ///
    /// PERF: looks at no whole fingerprint, since what compares all four at once would then take them one by one.
    #[inline]
    fn ran_over(self) -> bool {
        let is_full = self.0[4 * (BUCKET_LEN - 1)] & 1 != 0;
        is_full & (self.target(BUCKET_LEN - 1) <= self.target(BUCKET_LEN - 2))
    }
}

/// Slots of a bucket, from the first on: the top bit of a byte for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hits(u32);

impl Iterator for Hits {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as usize / 8;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

/// The bytes of a table of entries, each a hash and a target, and for each slot whether it is taken.
#[cfg(feature = "compile")]
pub(super) fn build(entries: &[(u64, u32)], fingerprint: impl Fn(u64) -> u32) -> (Vec<u8>, Vec<bool>) {
    let bucket_count = (entries.len() * 2).next_power_of_two().div_ceil(BUCKET_LEN);
    let mut buckets = vec![Filled::default(); bucket_count];
    for &(hash, target) in entries {
        let mut number = home(hash) & (bucket_count - 1);
        while buckets[number].len == BUCKET_LEN {
            buckets[number].ran_over = true;
            number = (number + 1) & (bucket_count - 1);
        }
        let bucket = &mut buckets[number];
        bucket.slots[bucket.len] = (fingerprint(hash), target);
        bucket.len += 1;
    }
    let is_taken = buckets.iter().flat_map(|bucket| (0..BUCKET_LEN).map(|slot| slot < bucket.len)).collect();
    (buckets.into_iter().flat_map(Filled::into_bytes).collect(), is_taken)
}

/// A bucket while it is filled.
#[cfg(feature = "compile")]
#[derive(Clone, Default)]
struct Filled {
    /// Fingerprints and targets.
    slots: [(u32, u32); BUCKET_LEN],
    len: usize,
    /// Whether more had to go in.
    ran_over: bool,
}

#[cfg(feature = "compile")]
impl Filled {
    /// With the last two targets in the order that tells whether it ran over. Where all are equal, it reads as if it had.
    fn into_bytes(mut self) -> impl Iterator<Item = u8> {
        if self.len == BUCKET_LEN {
            self.slots.sort_unstable_by_key(|&(fingerprint, target)| (target, fingerprint));
            let last = BUCKET_LEN - 1;
            // The greatest is last; before it comes the least, or they change places.
            self.slots.swap(0, last - 1);
            if self.ran_over {
                self.slots.swap(last - 1, last);
            }
        }
        let fingerprints = self.slots.map(|(fingerprint, _)| fingerprint);
        let targets = self.slots.map(|(_, target)| target);
        fingerprints.into_iter().chain(targets).flat_map(u32::to_le_bytes)
    }
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;
    use crate::artifact::access_key::fingerprint;
    use crate::hash::hash;

    fn find(buckets: Buckets<'_>, hash: u64) -> Vec<u32> {
        let targets = |bucket: Bucket<'_>| bucket.hits(fingerprint(hash)).map(|slot| bucket.target(slot)).collect::<Vec<_>>();
        buckets.search(hash).flat_map(|(_, bucket)| targets(bucket)).collect()
    }

    #[test]
    fn targets_are_found_by_their_hashes_also_where_buckets_run_over() {
        for count in [0, 1, 3, 4, 5, 100, 1_000] {
            // Of every third, the home is the first bucket.
            let hash_of =
                |number: u32| hash(7, &number.to_le_bytes()) & if number.is_multiple_of(3) { 0xffff_ffff } else { u64::MAX };
            let entries: Vec<(u64, u32)> = (0..count).map(|number| (hash_of(number), number)).collect();
            let (bytes, is_taken) = build(&entries, fingerprint);
            let buckets = Buckets::read(&bytes, (bytes.len() / BUCKET_SIZE) as u32 - 1).expect("whole");
            assert_eq!(is_taken.len(), buckets.slot_count());
            for &(hash, target) in &entries {
                assert!(find(buckets, hash).contains(&target), "{target} of {count}");
            }
            let numbers = is_taken.iter().enumerate().filter(|(_, is_taken)| **is_taken).map(|(number, _)| number);
            assert!(buckets.taken().map(|(number, _)| number).eq(numbers));
            assert_eq!(buckets.taken().count(), count as usize);
            let strangers = (count..count + 1_000).filter(|&number| !find(buckets, hash_of(number)).is_empty());
            assert!(strangers.count() < 10 || cfg!(feature = "colliding-hash"), "{count}");
        }
        let full = [(1 << 33, 1), (3, 2), (5, 3), (7, 4)];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let (bytes, _) = build(&order.map(|entry| full[entry]), fingerprint);
            let looks = Buckets::read(&bytes, 1).expect("whole").search(3).count();
            assert_eq!(looks, 1, "a bucket that is full and did not run over ends a search");
        }
        let bytes = [1; 3 * BUCKET_SIZE];
        assert!(Buckets::read(&bytes, 2).is_err() && Buckets::read(&bytes, 3).is_err());
        assert_eq!(Buckets::read(&bytes, 1).expect("whole").search(9).count(), 2, "a table without free slot has an end as well");
    }
}
