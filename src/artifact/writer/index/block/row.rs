//! Rows of bits, as they are written.

use super::BlockWriter;
use crate::artifact::layout::Section;
use crate::artifact::unit_code::{EVERY_STATEMENT, NO_STATEMENT};
use crate::artifact::wire::Put;

impl BlockWriter<'_, '_> {
    pub(super) fn bits(&self, is_set: impl Fn(usize) -> bool) -> Vec<u64> {
        let mut bits = vec![0; self.statements.len().div_ceil(64)];
        (0..self.statements.len()).filter(|&position| is_set(position)).for_each(|position| flip(&mut bits, position as u32));
        bits
    }

    /// A row: the base with some bits flipped, as flips or as words, whichever is smaller.
    pub(super) fn row(&mut self, base: &[u64], flips: &[u32]) -> u32 {
        if flips.len() * 4 > base.len() * 8 {
            let mut words = base.to_vec();
            flips.iter().for_each(|&position| flip(&mut words, position));
            return self.row(&words, &[]);
        }
        let base = self.base(base);
        if flips.is_empty() && matches!(base, NO_STATEMENT | EVERY_STATEMENT) {
            return base;
        }
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(base);
        index.put_u32(flips.len() as u32);
        flips.iter().for_each(|&position| index.put_u32(position));
        reference
    }

    fn base(&mut self, words: &[u64]) -> u32 {
        let count: u32 = words.iter().map(|word| word.count_ones()).sum();
        if count == 0 {
            return NO_STATEMENT;
        }
        if count as usize == self.statements.len() {
            return EVERY_STATEMENT;
        }
        if let Some(&reference) = self.bases.get(words) {
            return reference;
        }
        let reference = self.sections.end(Section::Index);
        words.iter().for_each(|&word| self.sections.of(Section::Index).put_u64(word));
        self.bases.insert(words.to_vec(), reference);
        reference
    }
}

pub(super) fn count(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// How many bits are set after some of `words`, which has `set_count`, were flipped.
pub(super) fn count_flipped(words: &[u64], set_count: u64, flips: &[u32]) -> u64 {
    let is_set = |position: &&u32| words[**position as usize / 64] >> (**position % 64) & 1 == 1;
    let cleared = flips.iter().filter(is_set).count();
    set_count + (flips.len() - cleared) as u64 - cleared as u64
}

pub(super) fn flip(words: &mut [u64], position: u32) {
    words[position as usize / 64] ^= 1 << (position % 64);
}
