//! The seed of an artifact's hashes, and what it is chosen for: short probes.
//!
//! Tenants write policies, and whoever knows the seed can write values that all have their home at one slot. Nothing would be
//! decided wrongly, but every request that comes by, of other tenants too, would go through all of them. So a table in which a
//! probe could look into more than [`MAX_PROBED_SLOTS`] makes the whole artifact be written again under another seed. That one is
//! the checksum of what was refused: the same policies get the same seeds, and who would craft collisions for the next one as well
//! had to know every policy of the artifact, and to find a set of policies that collides under its own checksum.

use crate::compile::{CompileError, WorstCase};
pub(super) use crate::hash::FIRST_SEED as FIRST;

/// Most slots that a probe of any table looks into: more than half-full tables of texts need that nobody made to collide, however
/// large an artifact can be.
pub(super) const MAX_PROBED_SLOTS: usize = 128;
/// So many seeds are tried. The last is taken whatever the probes are, and they end all the same: no table is full. Only a hash that
/// is broken comes there.
const MAX_SEEDS: usize = 4;

/// What was written under a seed.
pub(super) struct Attempt {
    pub(super) bytes: Vec<u8>,
    pub(super) checksum: u64,
    /// Most slots that a probe can look into.
    pub(super) probed_slots: usize,
    pub(super) worst_case: WorstCase,
}

/// Writes under one seed after the other until every probe is short.
pub(super) fn write(mut attempt: impl FnMut(u64) -> Result<Attempt, CompileError>) -> Result<(Vec<u8>, WorstCase), CompileError> {
    let mut written = attempt(FIRST)?;
    for _ in 1..MAX_SEEDS {
        if written.probed_slots <= MAX_PROBED_SLOTS {
            break;
        }
        let next = written.checksum;
        drop(written);
        written = attempt(next)?;
    }
    Ok((written.bytes, written.worst_case))
}

/// Most slots that a probe of a table can look into: the longest run of taken slots, and the free one that ends it.
pub(super) fn probed_slots(is_taken: impl Iterator<Item = bool>) -> usize {
    // The slots are a ring: the run at its end goes on at its beginning.
    let (mut first, mut run, mut longest) = (None, 0, 0);
    for is_taken in is_taken {
        if is_taken {
            run += 1;
            continue;
        }
        first.get_or_insert(run);
        longest = longest.max(run);
        run = 0;
    }
    longest.max(run + first.unwrap_or(0)) + 1
}

#[cfg(test)]
mod tests;
