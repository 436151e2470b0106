//! The checksum of an artifact.
//!
//! ```text
//! lanes      LANE_COUNT runs of the bytes, one after the other; all but the last are equally long, a multiple of BLOCK_SIZE
//! checksum   XXH3-64 of the lanes' XXH3-64, u64 each
//! ```
//! Not XXH3-64 of all bytes in one run: of a large artifact, nearly all the time is waiting for memory, and a processor that
//! follows one run at a time reads far less ahead than the memory could give. What opening costs: `cargo bench --bench load`.

use std::array;
use std::hash::Hasher;

use twox_hash::XxHash3_64;

/// The checksum of `bytes`.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let mut lanes = lanes(bytes);
    let mut hashers = [(); LANE_COUNT].map(|()| XxHash3_64::new());
    while lanes.iter().any(|lane| !lane.is_empty()) {
        for (lane, hasher) in lanes.iter_mut().zip(&mut hashers) {
            let (block, rest) = lane.split_at(BLOCK_SIZE.min(lane.len()));
            hasher.write(block);
            *lane = rest;
        }
    }
    let digests = hashers.map(|hasher| hasher.finish().to_le_bytes());
    XxHash3_64::oneshot(digests.as_flattened())
}

fn lanes(bytes: &[u8]) -> [&[u8]; LANE_COUNT] {
    let len = bytes.len() / (LANE_COUNT * BLOCK_SIZE) * BLOCK_SIZE;
    array::from_fn(|lane| match lane + 1 {
        LANE_COUNT => &bytes[lane * len..],
        next => &bytes[lane * len..next * len],
    })
}

/// Places that are read in turn.
const LANE_COUNT: usize = 8;
/// Bytes that are read of a lane before it is the next one's turn.
const BLOCK_SIZE: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_follow_each_other_whatever_the_length() {
        let bytes: Vec<u8> = (0..3 * LANE_COUNT * BLOCK_SIZE).map(|number| (number % 251) as u8).collect();
        let unit = LANE_COUNT * BLOCK_SIZE;
        for len in [0, 1, BLOCK_SIZE, unit - 1, unit, unit + 1, 2 * unit - 1, 2 * unit, bytes.len()] {
            let lanes = lanes(&bytes[..len]);
            assert_eq!(lanes.concat(), bytes[..len], "{len} bytes");
            assert!(lanes[..LANE_COUNT - 1].iter().all(|lane| lane.len() == len / unit * BLOCK_SIZE), "{len} bytes");
            let digests = lanes.map(|lane| XxHash3_64::oneshot(lane).to_le_bytes());
            assert_eq!(checksum(&bytes[..len]), XxHash3_64::oneshot(digests.as_flattened()), "{len} bytes");
        }
    }
}
