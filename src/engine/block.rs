//! Asking a block: the bits of the statements that can apply, narrowed by one dimension of the request after the other.
//!
//! The formats are those of [`unit_code`](crate::artifact::unit_code). Rows may have bits of statements that do not apply, never
//! lack one that does: what is left is verified.

mod addresses;
mod bounds;
mod halving;
mod prefixes;
mod resources;
mod row;
mod spans;
mod values;
mod windows;

use self::bounds::{Steps, extremes};
pub(super) use self::resources::colon;
use self::row::{Row, exclude_few, has_more_than};
use self::spans::Spans;
use self::windows::Windows;
use super::Evaluation;
use super::record::holds;
use super::unit::Findings;
use super::watch::{Step, Watcher};
use crate::artifact::unit_code::{DIMENSION_SIZE, MAX_SHARED_TESTS, MAX_UNNARROWED, NONE, dimension};
use crate::artifact::{Damaged, Read, Section, View, mark, word};
use crate::iam::Effect;
use crate::iam::value::{Decimal, Instant};
use crate::request::ContextValue;

impl<'a> Evaluation<'a, '_> {
    /// Asks the statements of a block that its dimensions leave; these are asked until hardly any statement is left.
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
        let words = block.word_count();
        let answer = match room.get_mut(..ROWS_OF_BLOCK * words) {
            Some(rows) => {
                let (candidates, room) = rows.split_at_mut(words);
                self.ask_candidates(&block, candidates, room, findings)
            }
            // A scratch of another engine is too small: everything is a candidate.
            None => self.ask_all(&block, findings),
        };
        self.memo.candidates = room;
        answer
    }

    /// Asks what the dimensions leave.
    fn ask_candidates(
        &mut self,
        block: &Block,
        candidates: &mut [u64],
        room: &mut [u64],
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
            if !has_more_than(candidates, MAX_UNNARROWED) {
                break;
            }
            let dimension = dimensions.slice(DIMENSION_SIZE)?.first_chunk().ok_or(Damaged)?;
            let is_any_left = self.narrow(dimension, candidates, room)?;
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
                self.ask_statement(block.record(self.view, statement)?, findings)?;
                if block.is_settled(findings) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Asks every statement.
    fn ask_all(&mut self, block: &Block, findings: &mut Findings<impl Watcher>) -> Read<()> {
        for statement in 0..block.count {
            self.ask_statement(block.record(self.view, statement)?, findings)?;
            if block.is_settled(findings) {
                break;
            }
        }
        Ok(())
    }

    /// Takes the candidates out that one dimension excludes; false if none is left. `room` is for two more rows.
    fn narrow(&mut self, dimension: &[u8; DIMENSION_SIZE], candidates: &mut [u64], room: &mut [u64]) -> Read<bool> {
        let [tag, key, operands @ ..] = [0, 1, 2, 3, 4, 5].map(|index| word(dimension, index));
        match tag {
            dimension::ACTION => {
                let [other, count, classes, _] = operands;
                let row = self.listed_row(other, count, classes)?;
                self.row(row).intersect(candidates)
            }
            dimension::RESOURCES => {
                let [_, other, _, spans] = operands;
                let spans = Spans::read(self.view.from(Section::Index, spans)?, other)?;
                self.row(spans.row(self.resource.bytes())?).intersect(candidates)
            }
            dimension::RESOURCE_TEXTS => self.narrow_by_resource_texts(key, operands, candidates, room),
            dimension::VALUES | dimension::FOLDED_VALUES | dimension::ADDRESSES | dimension::BEGINNINGS | dimension::ENDINGS => {
                self.narrow_by_values(tag, key, operands, candidates, room)
            }
            dimension::NUMBER_WINDOWS | dimension::DATE_WINDOWS => self.narrow_by_windows(tag, key, operands, candidates),
            dimension::TESTS => {
                let [_, count, _, tests] = operands;
                self.narrow_by_tests(count, tests, candidates)
            }
            dimension::NUMBERS | dimension::DATES => self.narrow_by_bounds(tag, key, operands, candidates),
            _ => Err(Damaged),
        }
    }

    /// By tests that many of the statements need, each asked while it can take one out.
    fn narrow_by_tests(&mut self, count: u32, reference: u32, candidates: &mut [u64]) -> Read<bool> {
        let count = Some(count as usize).filter(|&count| count <= MAX_SHARED_TESTS).ok_or(Damaged)?;
        let (entries, _) = self.view.from(Section::Index, reference)?.as_chunks::<8>();
        let mut is_any_left = true;
        for entry in entries.get(..count).ok_or(Damaged)? {
            let row = self.row(word(entry, 1));
            if row.meets(candidates)? {
                let passed = self.pass_test(self.view.from(Section::Index, word(entry, 0))?);
                is_any_left = holds(passed)? || row.exclude(candidates)?;
            }
        }
        Ok(is_any_left)
    }

    /// By the windows that a key's single value is in. Of several values one may be above the one bound, another below the other.
    fn narrow_by_windows(&mut self, tag: u32, key: u32, [other, windows, ..]: [u32; 4], candidates: &mut [u64]) -> Read<bool> {
        let windows = Windows::read(self.view.from(Section::Index, windows)?)?;
        let row = match self.value(key)? {
            None => None,
            Some(ContextValue::Single(value)) if tag == dimension::NUMBER_WINDOWS => match Decimal::parse(value) {
                Some(number) => windows.of_number(self.view, number)?,
                None => None,
            },
            Some(ContextValue::Single(value)) => match Instant::parse(value) {
                Some(date) => windows.of_date(date)?,
                None => None,
            },
            Some(ContextValue::Multi(_)) => return Ok(true),
        };
        self.row(row.unwrap_or(other)).intersect(candidates)
    }

    /// By the bounds that a key's values reach or keep: what holds of several values holds of one of them (table 4.2).
    ///
    /// A bound that is met exactly counts as satisfied: its operator may include it.
    fn narrow_by_bounds(
        &mut self,
        tag: u32,
        key: u32,
        [absent, unlimited, lower, upper]: [u32; 4],
        candidates: &mut [u64],
    ) -> Read<bool> {
        let Some(value) = self.value(key)? else { return self.row(absent).intersect(candidates) };
        let mark_of = |value: &&str| match tag {
            dimension::NUMBERS => Decimal::parse(value).map(|number| mark::of_number(&number)),
            _ => Instant::parse(value).map(|date| mark::of_date(&date)),
        };
        let Some((least, greatest)) = extremes(value.values().iter().filter_map(mark_of)) else {
            return self.row(unlimited).intersect(candidates);
        };
        Ok(self.keep_satisfied(lower, |bound| bound <= greatest, candidates)?
            && self.keep_satisfied(upper, |bound| bound >= least, candidates)?)
    }

    /// Takes the candidates out whose bound on one side is not satisfied; false if none is left.
    fn keep_satisfied(&self, steps: u32, is_satisfied: impl Fn(i64) -> bool, candidates: &mut [u64]) -> Read<bool> {
        if steps == NONE {
            return Ok(true);
        }
        let steps = Steps::read(self.view.from(Section::Index, steps)?)?;
        let (row, exceptions) = steps.satisfied(is_satisfied);
        Ok(self.row(row).intersect(candidates)? && exclude_few(candidates, exceptions)?)
    }

    fn row(&self, reference: u32) -> Row<'a> {
        Row { view: self.view, reference }
    }

    /// The row of the request's action class, among the listed ones.
    fn listed_row(&self, other: u32, count: u32, reference: u32) -> Read<u32> {
        let (classes, _) = self.view.from(Section::Index, reference)?.as_chunks::<8>();
        let classes = classes.get(..count as usize).ok_or(Damaged)?;
        let found = classes.binary_search_by_key(&self.action.class(), |entry| word(entry, 0));
        Ok(found.map_or(other, |at| word(&classes[at], 1)))
    }
}

/// How many rows are held in a scratch while a block is asked: the candidates, and two that are put together.
pub(super) const ROWS_OF_BLOCK: usize = 3;

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

    /// Where the record of the statement at a position is.
    fn record(&self, view: View<'_>, position: u32) -> Read<u32> {
        let at = position.checked_mul(4).and_then(|at| at.checked_add(self.references)).ok_or(Damaged)?;
        view.u32(Section::Index, at)
    }
}
