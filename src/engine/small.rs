//! Asking a small unit: all fingerprints at once.

use super::Evaluation;
use super::set_bits::SetBits;
use super::unit::Findings;
use super::watch::{Step, Watcher};
use crate::artifact::access_key::fingerprint;
use crate::artifact::unit_code::SMALL_SIZE;
use crate::artifact::{Damaged, Read, Section, word};
use crate::request::ContextValue;

/// Bytes before the record references.
const HEADER_SIZE: usize = 12 + SMALL_SIZE * 4;

/// One bit for each entry.
const BITS: [u32; SMALL_SIZE] = {
    let mut bits = [1; SMALL_SIZE];
    let mut entry = 1;
    while entry < SMALL_SIZE {
        bits[entry] = bits[entry - 1] << 1;
        entry += 1;
    }
    bits
};

impl Evaluation<'_, '_> {
    /// PERF: denies and allows in two loops, so that neither asks what only the other can answer.
    pub(super) fn ask_small(&mut self, reference: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let (header, references) = self.view.from(Section::Index, reference)?.split_first_chunk().ok_or(Damaged)?;
        let header: &[u8; HEADER_SIZE] = header;
        let (key, denies, always) = (word(header, 0), word(header, 1), word(header, 2));
        let fingerprints: [u32; SMALL_SIZE] = std::array::from_fn(|entry| word(header, 3 + entry));
        // PERF: without shifts and branches, so that all are compared in a few instructions.
        let of = |wanted: u32| {
            let bits = fingerprints.iter().zip(BITS).map(|(&own, bit)| if own == wanted { bit } else { 0 });
            bits.fold(0, std::ops::BitOr::bitor)
        };
        let mut candidates = always;
        match self.value(key)? {
            None => {}
            Some(ContextValue::Single(value)) => candidates |= of(fingerprint(self.value_hash(key, value))),
            Some(ContextValue::Multi(values)) => {
                let hash = |value: &&str| crate::hash::hash(self.view.seed(), value.as_bytes());
                candidates |= values.iter().map(|value| of(fingerprint(hash(value)))).fold(0, std::ops::BitOr::bitor);
            }
        }
        findings.hear(|| {
            let always_count = (candidates & always).count_ones();
            Step::Small { key, always_count, filed_count: candidates.count_ones() - always_count }
        });
        let (references, _) = references.as_chunks();
        for entry in SetBits(candidates & denies) {
            self.ask_filed(references, entry, findings)?;
            if findings.deny.is_some() {
                return Ok(());
            }
        }
        for entry in SetBits(candidates & !denies) {
            if findings.needs_no_allow() {
                return Ok(());
            }
            self.ask_filed(references, entry, findings)?;
        }
        Ok(())
    }

    #[inline]
    fn ask_filed(&mut self, references: &[[u8; 4]], entry: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let reference = references.get(entry as usize).ok_or(Damaged)?;
        self.ask_statement(u32::from_le_bytes(*reference), findings)
    }
}
