//! What any engine must do: hash the strings of the request, and look one of them up.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{RequestSet, RequestText};

/// A table with as many entries as the workload has statements; the resources of the requests are among them.
///
/// Open addressing at no more than half load, eight bytes a slot: as small as a table can be that finds a string by its hash.
#[derive(Debug)]
pub struct Floor {
    slots: Vec<u64>,
}

impl Floor {
    /// The table for requests over policies of this many statements.
    #[must_use]
    pub fn new(statement_count: usize, requests: &RequestSet) -> Floor {
        let entry_count = statement_count.max(1);
        let mut floor = Floor { slots: vec![0; (2 * entry_count).next_power_of_two()] };
        let mut left = entry_count;
        requests.with_texts(entry_count, |texts| {
            for request in texts {
                floor.insert(hash(request.resource));
                left -= 1;
            }
        });
        for filler in 0..left {
            floor.insert(hash(&format!("filler-{filler}")));
        }
        floor
    }

    /// Hashes every string of the request and looks its resource up; the sum keeps the compiler from leaving anything out.
    #[must_use]
    #[inline]
    pub fn look_up(&self, request: &RequestText<'_>) -> u64 {
        let resource = hash(request.resource);
        let mut sum = hash(request.principal) ^ hash(request.action);
        for (key, value) in request.context {
            sum ^= hash(key);
            for value in value.values() {
                sum ^= hash(value);
            }
        }
        sum ^ u64::from(self.contains(resource))
    }

    fn contains(&self, hash: u64) -> bool {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                0 => return false,
                found if found == hash => return true,
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn insert(&mut self, hash: u64) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = hash;
    }
}

/// XXH3-64, with which the engine hashes texts of more than sixteen bytes (it has something cheaper for shorter ones); never 0, which
/// marks a free slot.
#[inline]
fn hash(text: &str) -> u64 {
    xxh3_64_with_seed(text.as_bytes(), SEED) | 1 << 63
}

const SEED: u64 = 42;
