//! Rows of bits, one for each statement of a block.

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
                let (base, flips) = self.parts()?;
                match base {
                    // PERF: rows of actions are mostly a few statements of many.
                    NO_STATEMENT if flips.len() <= candidates.len() => intersect_few(candidates, flips),
                    _ => Ok(intersect(candidates, self.words(candidates.len())?)),
                }
            }
        }
    }

    /// Whether some candidate is in the row.
    pub(super) fn meets(&self, candidates: &[u64]) -> Read<bool> {
        let mut words = self.words(candidates.len())?;
        Ok(candidates.iter().any(|own| words.next().is_some_and(|word| own & word != 0)))
    }

    /// Takes those of the candidates out that are in the row; false if none is left.
    pub(super) fn exclude(&self, candidates: &mut [u64]) -> Read<bool> {
        Ok(intersect(candidates, self.words(candidates.len())?.map(|word| !word)))
    }

    /// Takes those of the candidates out that are in `mask` and not in the row.
    pub(super) fn intersect_within(&self, mask: Row<'_>, candidates: &mut [u64]) -> Read<()> {
        if mask.reference == NO_STATEMENT || self.reference == EVERY_STATEMENT {
            return Ok(());
        }
        let words = self.words(candidates.len())?.zip(mask.words(candidates.len())?);
        candidates.iter_mut().zip(words).for_each(|(own, (word, mask))| *own &= word | !mask);
        Ok(())
    }

    /// Adds the statements of the row.
    pub(super) fn unite(&self, union: &mut [u64]) -> Read<()> {
        let (base, flips) = self.parts()?;
        if base == NO_STATEMENT {
            // PERF: mostly a few statements of many.
            for flip in flips.iter().map(|flip| u32::from_le_bytes(*flip)) {
                *union.get_mut((flip / 64) as usize).ok_or(Damaged)? |= 1 << (flip % 64);
            }
            return Ok(());
        }
        let words = self.words(union.len())?;
        union.iter_mut().zip(words).for_each(|(own, word)| *own |= word);
        Ok(())
    }

    /// Base and flips.
    fn parts(&self) -> Read<(u32, &'a [[u8; 4]])> {
        if matches!(self.reference, NO_STATEMENT | EVERY_STATEMENT) {
            return Ok((self.reference, &[]));
        }
        let mut row = self.view.cursor(Section::Index, self.reference)?;
        let (base, flip_count) = (row.u32()?, row.u32()?);
        let (flips, _) = row.slice((flip_count as usize).checked_mul(4).ok_or(Damaged)?)?.as_chunks();
        Ok((base, flips))
    }

    /// The words of the row: those of its base, with the flips.
    fn words(&self, count: usize) -> Read<impl Iterator<Item = u64> + use<'a>> {
        let (base, flips) = self.parts()?;
        let mut flips = flips.iter().map(|flip| u32::from_le_bytes(*flip));
        let (constant, base) = match base {
            NO_STATEMENT => (0, &[][..]),
            EVERY_STATEMENT => (u64::MAX, &[][..]),
            reference => (0, self.view.cursor(Section::Index, reference)?.slice(count.checked_mul(8).ok_or(Damaged)?)?),
        };
        let (base, _) = base.as_chunks::<8>();
        let mut next = flips.next();
        Ok((0_u32..).map(move |index| {
            let mut word = base.get(index as usize).map_or(constant, |word| u64::from_le_bytes(*word));
            while let Some(flip) = next.filter(|flip| flip / 64 == index) {
                word ^= 1 << (flip % 64);
                next = flips.next();
            }
            word
        }))
    }
}

/// Keeps the candidates whose numbers are listed, ascending; false if none is left.
fn intersect_few(candidates: &mut [u64], numbers: &[[u8; 4]]) -> Read<bool> {
    let (mut rest, mut passed) = (candidates, 0);
    let mut left = 0;
    let mut numbers = numbers.iter().map(|number| u32::from_le_bytes(*number)).peekable();
    while let Some(number) = numbers.next() {
        let at = (number / 64) as usize;
        let mut bits = 1 << (number % 64);
        while let Some(next) = numbers.next_if(|next| (next / 64) as usize == at) {
            bits |= 1 << (next % 64);
        }
        let skipped = at.checked_sub(passed).ok_or(Damaged)?;
        let (before, word, behind) = match rest.split_at_mut_checked(skipped) {
            Some((before, [word, behind @ ..])) => (before, word, behind),
            _ => return Err(Damaged),
        };
        before.fill(0);
        *word &= bits;
        left |= *word;
        (rest, passed) = (behind, at + 1);
    }
    rest.fill(0);
    Ok(left != 0)
}

/// Takes the candidates out whose numbers are listed, in any order; false if none is left.
///
/// PERF: numbers that follow each other are mostly of one word, as statements are often in the order of what they want.
pub(super) fn exclude_few(candidates: &mut [u64], numbers: &[[u8; 4]]) -> Read<bool> {
    let mut numbers = numbers.iter().map(|number| u32::from_le_bytes(*number)).peekable();
    while let Some(number) = numbers.next() {
        let at = number / 64;
        let mut bits = 1 << (number % 64);
        while let Some(next) = numbers.next_if(|next| next / 64 == at) {
            bits |= 1 << (next % 64);
        }
        *candidates.get_mut(at as usize).ok_or(Damaged)? &= !bits;
    }
    Ok(candidates.iter().any(|word| *word != 0))
}

/// Whether there are more candidates than so many.
pub(super) fn has_more_than(candidates: &[u64], count: u64) -> bool {
    let mut sum = 0;
    candidates.iter().any(|word| {
        sum += u64::from(word.count_ones());
        sum > count
    })
}

/// Keeps the candidates whose bits are set in `words`; false if none is left.
pub(super) fn intersect(candidates: &mut [u64], words: impl Iterator<Item = u64>) -> bool {
    let mut left = 0;
    for (own, word) in candidates.iter_mut().zip(words) {
        *own &= word;
        left |= *own;
    }
    left != 0
}
