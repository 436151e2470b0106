//! The checksum of an artifact that was changed: with it, only what reads the bytes can find the change.

use xxhash_rust::xxh3::xxh3_64;

/// First byte that the checksum covers, and where the checksum is (the byte diagram of `artifact`).
pub(crate) const CHECKSUM_FROM: usize = 32;
const CHECKSUM_AT: usize = 24;

/// Written from the description of the format, with another crate than the one of the loader.
pub(crate) fn with_right_checksum(bytes: &mut [u8]) {
    let covered = &bytes[CHECKSUM_FROM..];
    let lane_size = covered.len() / (8 * 512) * 512;
    let lanes = (0..8).map(|lane| lane * lane_size..if lane == 7 { covered.len() } else { (lane + 1) * lane_size });
    let digests: Vec<u8> = lanes.flat_map(|lane| xxh3_64(&covered[lane]).to_le_bytes()).collect();
    let checksum = xxh3_64(&digests);
    bytes[CHECKSUM_AT..CHECKSUM_FROM].copy_from_slice(&checksum.to_le_bytes());
}
