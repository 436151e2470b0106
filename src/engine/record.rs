//! Verifying one statement against the request, on the bytes of its record.

use std::hint::cold_path;

use super::Evaluation;
use super::condition::{contains_text, is_accepted, quantified};
use super::long_list::List;
use super::principal::Grant;
use super::table::Place;
use super::unit::Findings;
use super::watch::Watcher;
use crate::artifact::pattern_code::{flag, test};
use crate::artifact::{Cursor, Damaged, RECORD_HEADER_SIZE, Read, SHARED_TEST_SIZE, Section, word};
use crate::bytes;
use crate::iam::Effect;
use crate::request::ContextValue;
use crate::text_start::TextStart;

/// Why the tests of a statement are not gone through further.
///
/// PERF: as wide as the size of a test, so that either is returned in registers; a rest of the tests would be written to memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Stop {
    /// A test does not hold.
    Fails,
    Damaged,
}

impl From<Damaged> for Stop {
    #[inline]
    fn from(Damaged: Damaged) -> Stop {
        Stop::Damaged
    }
}

/// If a test holds, how many bytes it has: the next one is behind them.
pub(super) type Passed = Result<usize, Stop>;

/// Whether a test holds.
#[inline]
pub(super) fn holds(passed: Passed) -> Read<bool> {
    match passed {
        Ok(_) => Ok(true),
        Err(Stop::Fails) => Ok(false),
        Err(Stop::Damaged) => Err(Damaged),
    }
}

/// Whether to go on behind a test of this size.
#[inline]
fn pass(holds: bool, size: usize) -> Passed {
    if holds { Ok(size) } else { Err(Stop::Fails) }
}

/// A statement that applies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    pub(super) statement: u32,
    pub(super) effect: Effect,
    pub(super) grant: Grant,
}

impl<'a> Evaluation<'a, '_> {
    /// Adds the statement at `reference` to the findings if it applies, and tells whether it does. An Allow that would change nothing
    /// is not looked at further; without `looks_at_action`, its action is known to match.
    ///
    /// PERF: what was found is stored where it is wanted, since a statement with its grant and effect is handed on in memory.
    #[inline]
    pub(super) fn verify(&mut self, reference: u32, looks_at_action: bool, findings: &mut Findings<impl Watcher>) -> Read<bool> {
        let (header, mut tests) = self.view.from(Section::Records, reference)?.split_first_chunk().ok_or(Damaged)?;
        let header: &[u8; RECORD_HEADER_SIZE] = header;
        let (id, action_set, counts) = (word(header, 0), word(header, 1), word(header, 2));
        let effect = if id & 1 == 1 { Effect::Allow } else { Effect::Deny };
        if effect == Effect::Allow && findings.needs_no_allow() {
            cold_path();
            return Ok(false);
        }
        self.memo.verified += 1;
        if looks_at_action && !self.action_matches(action_set)? {
            return Ok(false);
        }
        let mut grant = Grant::Direct;
        if counts & 1 == 1 {
            let (set, rest) = tests.split_first_chunk().ok_or(Damaged)?;
            let is_of_everyone = counts & 2 != 0;
            if !is_of_everyone {
                grant = self.principal_grant(u32::from_le_bytes(*set), effect)?;
            }
            if grant == Grant::None {
                return Ok(false);
            }
            tests = rest;
        }
        for _ in 0..counts >> 2 {
            tests = match self.pass_test(tests) {
                Ok(size) => tests.get(size..).ok_or(Damaged)?,
                Err(Stop::Fails) => return Ok(false),
                Err(Stop::Damaged) => return Err(Damaged),
            };
        }
        findings.add(Match { statement: id >> 1, effect, grant });
        Ok(true)
    }

    /// Decides the first of some tests.
    ///
    /// PERF: always inline, since every test of every statement comes here; left to the compiler, it is not.
    #[inline(always)]
    pub(super) fn pass_test(&mut self, tests: &'a [u8]) -> Passed {
        let &[tag, ..] = tests else { return Err(Stop::Damaged) };
        if tag >= test::TABLE {
            let whole: &[u8; 8] = tests.first_chunk().ok_or(Damaged)?;
            let &[tag, answers, key @ .., _, _, _, _] = whole;
            let place = Place { key: u32::from(u16::from_le_bytes(key)), bit: tag - test::TABLE, answers };
            return pass(self.table_test_holds(place)?, whole.len());
        }
        if tag == test::SHARED {
            let whole: &[u8; 5] = tests.first_chunk().ok_or(Damaged)?;
            let &[_, number @ ..] = whole;
            return pass(self.shared_test_holds(u32::from_le_bytes(number))?, whole.len());
        }
        self.pass_own_test(tag, tests)
    }

    #[inline]
    fn pass_own_test(&mut self, tag: u8, tests: &'a [u8]) -> Passed {
        match tag {
            test::ONE_TEXT => {
                let (header, rest) = tests.split_first_chunk::<7>().ok_or(Damaged)?;
                let &[_, _, _, flags, key, _, size] = header;
                // Asked here, since not every caller goes on behind the test. PERF: so that it can be marked.
                if usize::from(size) > rest.len() {
                    cold_path();
                    return Err(Stop::Damaged);
                }
                pass(self.is_text(flags, key.into(), size, rest)?, header.len() + usize::from(size))
            }
            test::ONE_RESOURCE => {
                let (header, rest) = tests.split_first_chunk::<6>().ok_or(Damaged)?;
                let &[_, _, _, size, class, head] = header;
                // The pattern's size counts its class and head.
                let body_size = usize::from(size).checked_sub(2).ok_or(Damaged)?;
                let body = rest.get(..body_size).ok_or(Damaged)?;
                pass(self.headed_pattern_matches(class, head.into(), Cursor::new(body))?, header.len() + body_size)
            }
            _ => self.pass_other_test(tag, tests),
        }
    }

    /// PERF: out of line, since what it needs of the registers is more than the usual tests do.
    #[inline(never)]
    fn pass_other_test(&mut self, tag: u8, tests: &'a [u8]) -> Passed {
        match tag {
            test::FEW_TEXTS => {
                let (header, rest) = tests.split_first_chunk::<5>().ok_or(Damaged)?;
                let &[_, size, _, flags, key] = header;
                // The condition's size counts its comparison, flags and key.
                let texts_size = usize::from(size).checked_sub(3).ok_or(Damaged)?;
                let texts = rest.get(..texts_size).ok_or(Damaged)?;
                pass(self.is_one_of(flags, key.into(), Cursor::new(texts))?, header.len() + texts_size)
            }
            test::ONE_BOOL => {
                let whole: &[u8; 7] = tests.first_chunk().ok_or(Damaged)?;
                let &[_, _, _, flags, key, accepts_true, accepts_false] = whole;
                pass(self.is_bool(flags, key.into(), accepts_true != 0, accepts_false != 0)?, whole.len())
            }
            _ => self.pass_long_test(tag, tests),
        }
    }

    #[inline(never)]
    fn pass_long_test(&mut self, tag: u8, tests: &'a [u8]) -> Passed {
        let mut behind = Cursor::new(tests.get(1..).ok_or(Damaged)?);
        let body = behind.part()?;
        let holds = match tag {
            test::RESOURCE => self.resource_set_matches(body)?,
            test::CONDITION => self.condition_holds(body)?,
            _ => return Err(Stop::Damaged),
        };
        pass(holds, tests.len() - behind.rest().len())
    }

    /// Whether a key is equal to the text of `size` bytes that `bytes` begin with.
    #[inline]
    fn is_text(&mut self, flags: u8, key: u32, size: u8, bytes: &[u8]) -> Read<bool> {
        // There are sections behind the records, so that short texts can be read as if they were longer.
        let start = TextStart::within(bytes.first_chunk().ok_or(Damaged)?, size);
        let known = match self.memo.text(key) {
            Some(known) => known,
            None => match self.value(key)? {
                Some(ContextValue::Single(value)) => self.known_text(key, value),
                value => {
                    let text = bytes.get(..size.into()).ok_or(Damaged)?;
                    return quantified(flags, value, |value| Ok(value.as_bytes() == text));
                }
            },
        };
        let is_equal = known.start == start && (start.is_whole() || self.has_bytes(key, size, bytes)?);
        Ok(is_equal != (flags & flag::NEGATED != 0))
    }

    /// Whether a key is equal to one of few texts.
    #[inline]
    fn is_one_of(&mut self, flags: u8, key: u32, texts: Cursor<'_>) -> Read<bool> {
        let value = self.value(key)?;
        quantified(flags, value, |value| contains_text(texts, value.as_bytes()))
    }

    /// Whether a key is one of the accepted truth values.
    #[inline]
    fn is_bool(&mut self, flags: u8, key: u32, accepts_true: bool, accepts_false: bool) -> Read<bool> {
        let value = self.value(key)?;
        quantified(flags, value, |value| Ok(is_accepted(value, accepts_true, accepts_false)))
    }

    /// Whether the single value of a key is the text of `size` bytes that `bytes` begin with.
    #[inline(never)]
    fn has_bytes(&mut self, key: u32, size: u8, bytes: &[u8]) -> Read<bool> {
        let text = bytes.get(..size.into()).ok_or(Damaged)?;
        Ok(matches!(self.value(key)?, Some(ContextValue::Single(value)) if bytes::equal(value.as_bytes(), text)))
    }

    /// Decides a test that several statements have, and remembers the answer.
    #[inline]
    fn shared_test_holds(&mut self, number: u32) -> Read<bool> {
        if let Some(holds) = self.memo.test(number) {
            return Ok(holds);
        }
        let reference: &[u8; SHARED_TEST_SIZE] = self.view.record(Section::Tests, number)?;
        let body = self.view.from(Section::Tests, word(reference, 0))?;
        let &[tag, ..] = body else { return Err(Damaged) };
        let holds = holds(self.pass_own_test(tag, body))?;
        self.memo.set_test(number, holds);
        Ok(holds)
    }

    /// Whether a `Resource` or `NotResource` element matches.
    pub(super) fn resource_set_matches(&mut self, body: Cursor<'a>) -> Read<bool> {
        let List { is_negated, map, mut entries } = List::read(body)?;
        if let Some(map) = map {
            return Ok(self.any_of_many_resources(map, entries)? != is_negated);
        }
        while !entries.is_empty() {
            let pattern = entries.part()?;
            if self.resource_matches(pattern)? {
                return Ok(!is_negated);
            }
        }
        Ok(is_negated)
    }
}
