//! What came up already while the values of a request are gone through.

/// Numbers, of slots, of records or of rows, that came up in the running pass.
///
/// A requester can say a thing many times: a piece at each of eight thousand places of a value, a value a thousand times in a list.
/// Whatever has the same number leads to the same statements, so it is followed once.
///
/// Numbers that are equal in their low bits share a line of [`LINE_LEN`]; one more than that pushes the oldest out. So a number
/// below the capacity (at most [`CAPACITY`]) is followed once, whatever the request holds and whoever wrote it, if all that can come
/// up are below: no nine of them share a line. Of larger numbers, one is followed again only after eight others of its line were since, and all
/// nine must be in the artifact. Whoever knows an artifact with that many slots can look for nine and name them in turn; each
/// place of the request then leads to one list of statements, as it would without memory, never to more.
///
/// Invariant: an entry counts only if its pass is the running one; a pass has its number for itself between two clearings.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Seen {
    pass: u32,
    /// `pass << 32 | number`, the newest of a line first.
    entries: Vec<u64>,
}

const LINE_LEN: usize = 8;
/// Most entries. Memory that is not touched costs nothing, and a usual decision touches none of this.
const CAPACITY: usize = 1 << 14;
/// Fewest, for an artifact whose size is not known.
const MIN_CAPACITY: usize = 1 << 10;

impl Seen {
    /// Room for numbers below this, or for as many as there is ever room for.
    pub(in crate::engine) fn below(count: usize) -> Seen {
        let capacity = count.clamp(MIN_CAPACITY, CAPACITY).next_power_of_two();
        // Entries of pass 0 are those of nobody.
        Seen { pass: 1, entries: vec![0; capacity] }
    }

    /// Begins a pass: forgets everything in O(1).
    pub(in crate::engine) fn begin(&mut self) {
        self.pass = self.pass.wrapping_add(1);
        if self.pass == 0 {
            self.clear();
        }
    }

    #[cold]
    fn clear(&mut self) {
        self.pass = 1;
        self.entries.fill(0);
    }

    /// Whether a number comes up for the first time in this pass, as far as is remembered; notes it.
    pub(in crate::engine) fn is_new(&mut self, number: u32) -> bool {
        let (lines, _) = self.entries.as_chunks_mut::<LINE_LEN>();
        // A scratch without room has no line, and remembers nothing.
        let mask = lines.len().wrapping_sub(1);
        let Some(line) = lines.get_mut(number as usize & mask) else { return true };
        let entry = u64::from(self.pass) << 32 | u64::from(number);
        if line.contains(&entry) {
            return false;
        }
        line.copy_within(..LINE_LEN - 1, 1);
        line[0] = entry;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_fit_are_new_once_in_each_pass() {
        let mut seen = Seen::below(CAPACITY);
        for first in [0, 5 * CAPACITY as u32] {
            seen.begin();
            for round in 0..3 {
                for number in first..first + CAPACITY as u32 {
                    assert_eq!(seen.is_new(number), round == 0, "{number}");
                }
            }
        }
    }

    #[test]
    fn the_oldest_of_a_full_line_is_forgotten() {
        let mut seen = Seen::below(CAPACITY);
        let number = |n: u32| n * CAPACITY as u32;
        assert!((0..=LINE_LEN as u32).all(|n| seen.is_new(number(n))));
        assert!((1..=LINE_LEN as u32).all(|n| !seen.is_new(number(n))));
        assert!(seen.is_new(0));
    }

    #[test]
    fn an_earlier_pass_is_forgotten_also_when_the_numbers_run_out() {
        let mut seen = Seen::below(CAPACITY);
        assert!(seen.is_new(0) && !seen.is_new(0));
        seen.pass = u32::MAX;
        assert!(seen.is_new(7));
        seen.begin();
        assert!(seen.is_new(0) && seen.is_new(7) && !seen.is_new(7));
    }

    #[test]
    fn without_room_everything_is_new() {
        let mut seen = Seen::default();
        seen.begin();
        assert!(seen.is_new(3) && seen.is_new(3));
    }
}
