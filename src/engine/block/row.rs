//! Rows of bits, one for each statement of a block.

use std::iter;
use std::ops::Range;

use crate::artifact::unit_code::{EVERY_STATEMENT, NO_STATEMENT};
use crate::artifact::{Damaged, Read, Section, View};

/// One bit for each statement of a block.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) view: View<'a>,
    pub(super) reference: u32,
}

impl<'a> Row<'a> {
    /// Keeps the candidates that the row has; false if none is left.
    pub(super) fn intersect(&self, candidates: &mut [u64]) -> Read<bool> {
        match self.reference {
            NO_STATEMENT => Ok(false),
            EVERY_STATEMENT => Ok(true),
            _ => {
                let mut left = 0;
                self.combine(candidates, |own, word| {
                    left |= own & word;
                    own & word
                })?;
                Ok(left != 0)
            }
        }
    }

    /// Whether some candidate is in the row; changes none.
    pub(super) fn meets(&self, candidates: &mut [u64]) -> Read<bool> {
        let mut met = 0;
        self.combine(candidates, |own, word| {
            met |= own & word;
            own
        })?;
        Ok(met != 0)
    }

    /// Takes those of the candidates out that are in the row; false if none is left.
    pub(super) fn exclude(&self, candidates: &mut [u64]) -> Read<bool> {
        let mut left = 0;
        self.combine(candidates, |own, word| {
            left |= own & !word;
            own & !word
        })?;
        Ok(left != 0)
    }

    /// Takes those of the candidates out that are in `mask` and not in the row; `room` is as long as they are.
    pub(super) fn intersect_within(&self, mask: Row<'_>, candidates: &mut [u64], room: &mut [u64]) -> Read<()> {
        if mask.reference == NO_STATEMENT || self.reference == EVERY_STATEMENT {
            return Ok(());
        }
        mask.combine(room, |_, mask| mask)?;
        self.combine(room, |mask, word| mask & !word)?;
        candidates.iter_mut().zip(room).for_each(|(own, without)| *own &= !*without);
        Ok(())
    }

    /// Adds the statements of the row.
    pub(super) fn unite(&self, union: &mut [u64]) -> Read<()> {
        if self.reference == NO_STATEMENT {
            return Ok(());
        }
        if let (Base::All(0), flips) = self.parts(union.len())? {
            // PERF: mostly a few statements of many, and of many rows; the worst case counts them one by one.
            for (at, bits) in by_word(flips) {
                *union.get_mut(at).ok_or(Damaged)? |= bits;
            }
            return Ok(());
        }
        self.combine(union, |own, word| own | word)
    }

    /// Changes words to what `change` makes of each and the row's word in its place.
    ///
    /// PERF: between two words with flips all are taken at once, so that the compiler makes vectors of them.
    #[inline]
    fn combine(&self, words: &mut [u64], mut change: impl FnMut(u64, u64) -> u64) -> Read<()> {
        let (base, flips) = self.parts(words.len())?;
        let mut passed = 0;
        for (at, bits) in by_word(flips) {
            // What is not ascending would be passed already.
            base.combine(words, passed..at, &mut change)?;
            let word = words.get_mut(at).ok_or(Damaged)?;
            *word = change(*word, base.word(at)? ^ bits);
            passed = at + 1;
        }
        base.combine(words, passed..words.len(), &mut change)
    }

    /// Base and flips of a row of so many words.
    fn parts(&self, count: usize) -> Read<(Base<'a>, &'a [[u8; 4]])> {
        match self.reference {
            NO_STATEMENT => return Ok((Base::All(0), &[])),
            EVERY_STATEMENT => return Ok((Base::All(u64::MAX), &[])),
            _ => {}
        }
        let mut row = self.view.cursor(Section::Index, self.reference)?;
        let (base, flip_count) = (row.u32()?, row.u32()?);
        let (flips, _) = row.slice((flip_count as usize).checked_mul(4).ok_or(Damaged)?)?.as_chunks();
        let base = match base {
            NO_STATEMENT => Base::All(0),
            EVERY_STATEMENT => Base::All(u64::MAX),
            reference => {
                let words = self.view.cursor(Section::Index, reference)?.slice(count.checked_mul(8).ok_or(Damaged)?)?;
                Base::Words(words.as_chunks().0)
            }
        };
        Ok((base, flips))
    }
}

/// What a row has before its flips.
#[derive(Clone, Copy)]
enum Base<'a> {
    /// All words are this one.
    All(u64),
    Words(&'a [[u8; 8]]),
}

impl Base<'_> {
    fn word(self, at: usize) -> Read<u64> {
        match self {
            Base::All(word) => Ok(word),
            Base::Words(words) => words.get(at).map(|word| u64::from_le_bytes(*word)).ok_or(Damaged),
        }
    }

    #[inline]
    fn combine(self, words: &mut [u64], range: Range<usize>, mut change: impl FnMut(u64, u64) -> u64) -> Read<()> {
        let own = words.get_mut(range.clone()).ok_or(Damaged)?.iter_mut();
        match self {
            Base::All(word) => own.for_each(|own| *own = change(*own, word)),
            Base::Words(words) => {
                let words = words.get(range).ok_or(Damaged)?;
                own.zip(words).for_each(|(own, word)| *own = change(*own, u64::from_le_bytes(*word)));
            }
        }
        Ok(())
    }
}

/// Takes the candidates out whose numbers are listed, in any order; false if none is left.
pub(super) fn exclude_few(candidates: &mut [u64], numbers: &[[u8; 4]]) -> Read<bool> {
    for (at, bits) in by_word(numbers) {
        *candidates.get_mut(at).ok_or(Damaged)? &= !bits;
    }
    Ok(candidates.iter().any(|word| *word != 0))
}

/// The words that statements of these numbers are in, each with their bits.
///
/// PERF: numbers that follow each other are mostly of one word, as statements are often in the order of what they want.
#[inline]
fn by_word(numbers: &[[u8; 4]]) -> impl Iterator<Item = (usize, u64)> {
    let mut numbers = numbers.iter().map(|number| u32::from_le_bytes(*number)).peekable();
    iter::from_fn(move || {
        let number = numbers.next()?;
        let mut bits = 1 << (number % 64);
        while let Some(next) = numbers.next_if(|next| next / 64 == number / 64) {
            bits |= 1 << (next % 64);
        }
        Some(((number / 64) as usize, bits))
    })
}

/// Whether there are more candidates than so many.
pub(super) fn has_more_than(candidates: &[u64], mut count: u32) -> bool {
    // PERF: most words are zero when it matters; to count their bits would take longer.
    for word in candidates {
        let mut rest = *word;
        while rest != 0 {
            if count == 0 {
                return true;
            }
            count -= 1;
            rest &= rest - 1;
        }
    }
    false
}

/// Keeps the candidates whose bits are set in `words`; false if none is left.
pub(super) fn intersect(candidates: &mut [u64], words: &[u64]) -> bool {
    let mut left = 0;
    for (own, word) in candidates.iter_mut().zip(words) {
        *own &= word;
        left |= *own;
    }
    left != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(numbers: &[u32]) -> Vec<[u8; 4]> {
        numbers.iter().map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn numbers_of_one_word_that_follow_each_other_are_put_together() {
        let words = |numbers: &[u32]| by_word(&listed(numbers)).collect::<Vec<_>>();
        assert_eq!(words(&[]), []);
        assert_eq!(words(&[0, 3, 63, 64, 200]), [(0, 1 | 1 << 3 | 1 << 63), (1, 1), (3, 1 << 8)]);
        assert_eq!(words(&[64, 0, 1]), [(1, 1), (0, 3)], "in any order");
    }

    #[test]
    fn what_is_excluded_or_counted_is_within_the_candidates() {
        let mut candidates = [0b1011, 1 << 63];
        assert_eq!(exclude_few(&mut candidates, &listed(&[127, 0, 2])), Ok(true));
        assert_eq!(candidates, [0b1010, 0]);
        assert!(!has_more_than(&candidates, 2) && has_more_than(&candidates, 1) && has_more_than(&candidates, 0));
        assert_eq!(exclude_few(&mut candidates, &listed(&[1, 3])), Ok(false));
        assert!(!has_more_than(&candidates, 0));
        assert_eq!(exclude_few(&mut candidates, &listed(&[128])), Err(Damaged), "no such word");
        assert!(intersect(&mut [0b110, 0], &[0b010, 1]) && !intersect(&mut [0b100, 1], &[0b010, 0]));
    }

    #[test]
    fn a_base_is_combined_with_the_words_of_a_range() {
        let words = [5_u64.to_le_bytes(), 6_u64.to_le_bytes()];
        let combined = |base: Base<'_>, range| {
            let mut own = [8, 8];
            base.combine(&mut own, range, |own, word| own | word).map(|()| own)
        };
        assert_eq!(combined(Base::Words(&words), 0..2), Ok([13, 14]));
        assert_eq!(combined(Base::Words(&words), 1..2), Ok([8, 14]));
        assert_eq!(combined(Base::All(1), 0..1), Ok([9, 8]));
        assert_eq!(combined(Base::Words(&words[..1]), 0..2), Err(Damaged));
        assert_eq!(combined(Base::All(1), 1..3), Err(Damaged));
        // Flips that are not ascending, of a forged row.
        #[expect(clippy::reversed_empty_ranges)]
        let backwards = 1..0;
        assert_eq!(combined(Base::All(1), backwards), Err(Damaged));
        assert_eq!(
            [Base::Words(&words).word(1), Base::Words(&words).word(2), Base::All(7).word(9)],
            [Ok(6), Err(Damaged), Ok(7)]
        );
    }
}
