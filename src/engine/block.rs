//! Asking a block: the bits of the statements that can apply, narrowed by one dimension of the request after the other.
//!
//! The formats are those of [`unit_code`](crate::artifact::unit_code). Rows may have bits of statements that do not apply, never
//! lack one that does: what is left is verified.

use super::Evaluation;
use super::unit::Findings;
use super::watch::{Step, Watcher};
use crate::artifact::unit_code::{DIMENSION_SIZE, EVERY_STATEMENT, NO_STATEMENT, dimension};
use crate::artifact::{Damaged, Read, Section, View, string_map, word};
use crate::iam::Effect;
use crate::iam::value::{Decimal, Instant};
use crate::request::ContextValue;

impl Evaluation<'_, '_> {
    /// Asks the statements of a block that every dimension lets pass.
    #[inline(never)]
    pub(super) fn ask_block(&mut self, reference: u32, effect: Effect, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let header: &[u8; 16] = self.view.chunk(Section::Index, reference)?;
        let block = Block {
            effect,
            count: word(header, 0),
            dimension_count: word(header, 1),
            references: word(header, 2),
            dimensions: reference.checked_add(16).ok_or(Damaged)?,
        };
        findings.hear(|| Step::Block { effect, count: block.count });
        // Taken out, so that dimensions and verification can use the memo meanwhile. No allocation.
        let mut room = std::mem::take(&mut self.memo.candidates);
        let half = room.len() / 2;
        let (candidates, union) = room.split_at_mut(half);
        let words = block.word_count();
        let answer = match (candidates.get_mut(..words), union.get_mut(..words)) {
            (Some(candidates), Some(union)) => self.ask_candidates(&block, candidates, union, findings),
            // A scratch of another engine is too small: everything is a candidate.
            _ => self.ask_all(&block, findings),
        };
        self.memo.candidates = room;
        answer
    }

    fn ask_candidates(
        &mut self,
        block: &Block,
        candidates: &mut [u64],
        union: &mut [u64],
        findings: &mut Findings<impl Watcher>,
    ) -> Read<()> {
        candidates.fill(u64::MAX);
        if let Some(last) = candidates.last_mut()
            && !block.count.is_multiple_of(64)
        {
            *last = (1 << (block.count % 64)) - 1;
        }
        let mut dimensions = self.view.cursor(Section::Index, block.dimensions)?;
        for _ in 0..block.dimension_count {
            let dimension = dimensions.slice(DIMENSION_SIZE)?.first_chunk().ok_or(Damaged)?;
            let is_any_left = self.narrow(dimension, candidates, union)?;
            findings.hear(|| {
                let left = if is_any_left { candidates.iter().map(|word| word.count_ones()).sum() } else { 0 };
                Step::Dimension { tag: word(dimension, 0), key: word(dimension, 1), left }
            });
            if !is_any_left {
                return Ok(());
            }
        }
        for (index, word) in candidates.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let statement = index as u32 * 64 + rest.trailing_zeros();
                rest &= rest - 1;
                self.ask_statement(block.statement(self.view, statement)?, findings)?;
                if block.is_settled(findings) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn ask_all(&mut self, block: &Block, findings: &mut Findings<impl Watcher>) -> Read<()> {
        for statement in 0..block.count {
            self.ask_statement(block.statement(self.view, statement)?, findings)?;
            if block.is_settled(findings) {
                break;
            }
        }
        Ok(())
    }

    /// Takes the candidates out that one dimension excludes; false if none is left.
    fn narrow(&mut self, dimension: &[u8; DIMENSION_SIZE], candidates: &mut [u64], union: &mut [u64]) -> Read<bool> {
        let (key, first, second, third) = (word(dimension, 1), word(dimension, 2), word(dimension, 3), word(dimension, 4));
        match word(dimension, 0) {
            dimension::ACTION => {
                let row = self.listed_row(first, second, third)?;
                Row { view: self.view, reference: row }.intersect(candidates)
            }
            dimension::VALUES => match self.value(key)? {
                None => Row { view: self.view, reference: first }.intersect(candidates),
                Some(ContextValue::Single(value)) => {
                    let hash = self.value_hash(key, value);
                    let row = string_map::lookup_hashed(self.view.from(Section::Index, third)?, hash, value.as_bytes())?;
                    Row { view: self.view, reference: row.unwrap_or(second) }.intersect(candidates)
                }
                Some(ContextValue::Multi(values)) => {
                    // What holds of several values holds of one of them (table 4.2), if a statement tests the key once.
                    // A row is as long as the block: each is united once, however many values have it.
                    union.fill(0);
                    self.memo.united_rows.begin();
                    for value in values {
                        let map = self.view.from(Section::Index, third)?;
                        let row = string_map::lookup(map, self.view.seed(), value.as_bytes())?.unwrap_or(second);
                        if self.memo.united_rows.is_new(row) {
                            Row { view: self.view, reference: row }.unite(union)?;
                        }
                    }
                    Ok(intersect(candidates, union.iter().copied()))
                }
            },
            tag @ (dimension::NUMBERS | dimension::DATES) => {
                let bounds = Bounds { view: self.view, lower_count: first, upper_count: second, reference: third };
                let values = self.value(key)?;
                let values = values.as_ref().map_or(&[][..], |value| value.values());
                let (satisfied, unsatisfied) = match tag {
                    dimension::NUMBERS => bounds.runs(values, Decimal::parse, Bounds::number)?,
                    _ => bounds.runs(values, Instant::parse, Bounds::instant)?,
                };
                let lower_end = u64::from(first);
                let bits = |at: usize| runs_word(at as u64, [satisfied..lower_end, lower_end..lower_end + unsatisfied]);
                // PERF: the action has left few words with candidates, and these bits are not read but worked out.
                let mut left = 0;
                for (at, own) in candidates.iter_mut().enumerate().filter(|(_, own)| **own != 0) {
                    *own &= !bits(at);
                    left |= *own;
                }
                Ok(left != 0)
            }
            _ => Err(Damaged),
        }
    }

    /// The row of the request's action class, among the listed ones.
    fn listed_row(&self, other: u32, count: u32, reference: u32) -> Read<u32> {
        let (classes, _) = self.view.from(Section::Index, reference)?.as_chunks::<8>();
        let classes = classes.get(..count as usize).ok_or(Damaged)?;
        let found = classes.binary_search_by_key(&self.action.class, |entry| word(entry, 0));
        Ok(found.map_or(other, |at| word(&classes[at], 1)))
    }
}

#[derive(Clone, Copy)]
struct Block {
    effect: Effect,
    count: u32,
    dimension_count: u32,
    references: u32,
    dimensions: u32,
}

impl Block {
    fn word_count(&self) -> usize {
        self.count.div_ceil(64) as usize
    }

    /// Whether no further statement of the block can change the findings.
    fn is_settled(&self, findings: &Findings<impl Watcher>) -> bool {
        match self.effect {
            Effect::Deny => findings.deny.is_some(),
            Effect::Allow => findings.needs_no_allow(),
        }
    }

    fn statement(&self, view: View<'_>, statement: u32) -> Read<u32> {
        let at = statement.checked_mul(4).and_then(|at| at.checked_add(self.references)).ok_or(Damaged)?;
        view.u32(Section::Index, at)
    }
}

/// One bit for each statement of a block.
struct Row<'a> {
    view: View<'a>,
    reference: u32,
}

impl<'a> Row<'a> {
    fn intersect(&self, candidates: &mut [u64]) -> Read<bool> {
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

    /// Base and flips.
    fn parts(&self) -> Read<(u32, &'a [[u8; 4]])> {
        let mut row = self.view.cursor(Section::Index, self.reference)?;
        let (base, flip_count) = (row.u32()?, row.u32()?);
        let (flips, _) = row.slice((flip_count as usize).checked_mul(4).ok_or(Damaged)?)?.as_chunks();
        Ok((base, flips))
    }

    fn unite(&self, union: &mut [u64]) -> Read<()> {
        match self.reference {
            NO_STATEMENT => Ok(()),
            EVERY_STATEMENT => {
                union.fill(u64::MAX);
                Ok(())
            }
            _ => {
                let words = self.words(union.len())?;
                union.iter_mut().zip(words).for_each(|(own, word)| *own |= word);
                Ok(())
            }
        }
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

/// The bounds of a dimension of numbers or dates.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    view: View<'a>,
    lower_count: u32,
    upper_count: u32,
    reference: u32,
}

impl<'a> Bounds<'a> {
    /// How many lower bounds, from the first on, some value reaches, and how many upper bounds, from the first on, no value
    /// keeps. A bound that is met exactly counts as satisfied: its operator may include it.
    fn runs<T: Ord>(
        self,
        values: &[&'a str],
        parse: impl Fn(&'a str) -> Option<T>,
        bound: impl Fn(Self, u32) -> Read<T>,
    ) -> Read<(u64, u64)> {
        let mut parsed = values.iter().filter_map(|value| parse(value));
        let Some(first) = parsed.next() else { return Ok((0, u64::from(self.upper_count))) };
        let (mut least, mut greatest) = (None, first);
        for value in parsed {
            let (smaller, larger) = if value < greatest { (value, greatest) } else { (greatest, value) };
            greatest = larger;
            if least.as_ref().is_none_or(|least| smaller < *least) {
                least = Some(smaller);
            }
        }
        let least = least.as_ref().unwrap_or(&greatest);
        let lower = self.partition(0, self.lower_count, |at| Ok(bound(self, at)? <= greatest))?;
        let upper = self.partition(self.lower_count, self.upper_count, |at| Ok(bound(self, at)? < *least))?;
        Ok((u64::from(lower), u64::from(upper)))
    }

    /// How many of the ascending bounds hold the test, by halving.
    fn partition(self, first: u32, count: u32, holds: impl Fn(u32) -> Read<bool>) -> Read<u32> {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = u32::midpoint(low, high);
            if holds(first.checked_add(middle).ok_or(Damaged)?)? { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    fn number(self, at: u32) -> Read<Decimal<'a>> {
        let at = at.checked_mul(4).and_then(|at| at.checked_add(self.reference)).ok_or(Damaged)?;
        let text = self.view.string(self.view.u32(Section::Index, at)?)?;
        std::str::from_utf8(text).ok().and_then(Decimal::parse).ok_or(Damaged)
    }

    fn instant(self, at: u32) -> Read<Instant> {
        let at = at.checked_mul(12).and_then(|at| at.checked_add(self.reference)).ok_or(Damaged)?;
        let mut bound = self.view.cursor(Section::Index, at)?;
        Ok(Instant { seconds: bound.u64()? as i64, nanoseconds: bound.u32()? })
    }
}

/// The bits of word `at` that lie in one of the runs.
fn runs_word(at: u64, runs: [std::ops::Range<u64>; 2]) -> u64 {
    let below = |end: u64| match end.saturating_sub(at * 64) {
        0 => 0,
        bits @ 1..64 => (1 << bits) - 1,
        _ => u64::MAX,
    };
    runs.into_iter().fold(0, |bits, run| bits | (below(run.end) & !below(run.start)))
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

/// Keeps the candidates whose bits are set in `words`; false if none is left.
fn intersect(candidates: &mut [u64], words: impl Iterator<Item = u64>) -> bool {
    let mut left = 0;
    for (own, word) in candidates.iter_mut().zip(words) {
        *own &= word;
        left |= *own;
    }
    left != 0
}
