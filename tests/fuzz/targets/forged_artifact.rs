//! Any bytes as an artifact with right magic bytes, version and checksum: an error, or decisions that are the same in every way to ask;
//! never a panic.
#![no_main]
// The samples are also seeds.
#![allow(dead_code)]

#[path = "../../artifact/checksum.rs"]
mod checksum;
#[path = "../../artifact/samples.rs"]
mod samples;

use ibc::{Artifact, Engine};
use libfuzzer_sys::{Corpus, fuzz_target};

/// Bytes of magic and version, which every artifact of this format begins with.
const BEGINNING_SIZE: usize = 12;
/// Bytes before the section table.
const HEADER_SIZE: usize = 64;

// The first byte says which sample's requests are asked; the rest is the artifact.
fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((sample, bytes)) = input.split_first() else { return Corpus::Reject };
    if bytes.len() < HEADER_SIZE {
        return Corpus::Reject;
    }
    let sample = &samples::ALL[usize::from(*sample) % samples::ALL.len()];
    let mut bytes = bytes.to_vec();
    bytes[..BEGINNING_SIZE].copy_from_slice(&beginning());
    checksum::with_right_checksum(&mut bytes);
    match Artifact::from_bytes(&bytes[..]) {
        Ok(artifact) => {
            (sample.ask)(&Engine::new(artifact));
            Corpus::Keep
        }
        Err(_) => Corpus::Reject,
    }
});

fn beginning() -> [u8; BEGINNING_SIZE] {
    static BEGINNING: std::sync::OnceLock<[u8; BEGINNING_SIZE]> = std::sync::OnceLock::new();
    *BEGINNING.get_or_init(|| *(samples::EVERY_TABLE.artifact)().first_chunk().expect("a whole artifact"))
}
