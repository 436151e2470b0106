use ibc::request::ContextValue;
use xxhash_rust::xxh3::xxh3_64;

use super::requests::RequestTexts;

/// The least that any engine must do: hash every string of a request and look one of them up in a table with as many entries
/// as the artifact has statements.
#[derive(Debug)]
pub struct Floor {
    /// Open addressing at no more than half load; 0 marks a free slot.
    slots: Vec<u64>,
}

impl Floor {
    /// A table of this size that holds the resources of the requests.
    pub fn new(statement_count: usize, requests: &[RequestTexts<'_>]) -> Floor {
        let entry_count = statement_count.max(1);
        let mut floor = Floor { slots: vec![0; (2 * entry_count).next_power_of_two()] };
        let resources = requests.iter().map(|request| hash(request.resource)).take(entry_count);
        let fillers = (0..entry_count.saturating_sub(requests.len())).map(|filler| hash(&format!("filler-{filler}")));
        for hash in resources.chain(fillers) {
            let at = floor.place_of(hash);
            floor.slots[at] = hash;
        }
        floor
    }

    /// The sum keeps the compiler from leaving anything out.
    #[inline]
    pub fn look_up(&self, request: &RequestTexts<'_>) -> u64 {
        let resource = hash(request.resource);
        let mut sum = hash(request.principal.name) ^ hash(request.action);
        for entry in &request.entries {
            sum ^= hash(entry.key);
            match entry.value {
                ContextValue::Single(value) => sum ^= hash(value),
                ContextValue::Multi(values) => values.iter().for_each(|value| sum ^= hash(value)),
            }
        }
        sum ^ self.slots[self.place_of(resource)]
    }

    /// Where the hash stands, or the free slot where it would.
    fn place_of(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 && self.slots[at] != hash {
            at = (at + 1) & mask;
        }
        at
    }
}

/// The engine's hash; never 0.
#[inline]
fn hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes()) | 1 << 63
}
