//! Verifying one statement against the request, on the bytes of its record.

use super::Evaluation;
use super::principal::Grant;
use crate::artifact::pattern_code::test;
use crate::artifact::{Cursor, Damaged, RECORD_HEADER_SIZE, Read, SHARED_TEST_SIZE, Section, word};
use crate::iam::Effect;

/// A statement that applies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    pub(super) statement: u32,
    pub(super) effect: Effect,
    pub(super) grant: Grant,
}

impl<'a> Evaluation<'a, '_> {
    /// The statement at `reference`, if it applies. With `only_deny`, an Allow is not looked at further.
    #[inline]
    pub(super) fn verify(&mut self, reference: u32, only_deny: bool) -> Read<Option<Match>> {
        let (header, tests) = self.view.from(Section::Records, reference)?.split_first_chunk().ok_or(Damaged)?;
        let header: &[u8; RECORD_HEADER_SIZE] = header;
        let (id, action_set) = (word(header, 0), word(header, 1));
        let effect = if id & 1 == 1 { Effect::Allow } else { Effect::Deny };
        if only_deny && effect == Effect::Allow {
            return Ok(None);
        }
        self.memo.verified += 1;
        if !self.action_matches(action_set)? {
            return Ok(None);
        }
        let mut record = Cursor::new(tests);
        let tests = record.varint()?;
        let mut grant = Grant::Direct;
        if tests & 1 == 1 {
            grant = self.principal_grant(record.varint()?, effect)?;
            if grant == Grant::None {
                return Ok(None);
            }
        }
        for _ in 0..tests >> 1 {
            if !self.test_holds(&mut record)? {
                return Ok(None);
            }
        }
        Ok(Some(Match { statement: id >> 1, effect, grant }))
    }

    #[inline]
    fn test_holds(&mut self, record: &mut Cursor<'a>) -> Read<bool> {
        match record.u8()? {
            test::SHARED => {
                let number = record.varint()?;
                match self.memo.test(number) {
                    Some(holds) => Ok(holds),
                    None => self.shared_test_holds(number),
                }
            }
            tag => self.own_test_holds(tag, record),
        }
    }

    #[inline]
    fn own_test_holds(&mut self, tag: u8, record: &mut Cursor<'a>) -> Read<bool> {
        match tag {
            test::RESOURCE => self.resource_set_matches(record.part()?),
            test::CONDITION => self.condition_holds(record.part()?),
            _ => Err(Damaged),
        }
    }

    /// Decides a test that several statements have, and remembers the answer.
    #[inline(never)]
    fn shared_test_holds(&mut self, number: u32) -> Read<bool> {
        let entry: &[u8; SHARED_TEST_SIZE] = self.view.record(Section::Tests, number)?;
        let holds = match self.table_test_holds(entry)? {
            Some(holds) => holds,
            None => {
                let mut body = self.view.cursor(Section::Tests, word(entry, 0))?;
                let tag = body.u8()?;
                self.own_test_holds(tag, &mut body)?
            }
        };
        self.memo.set_test(number, holds);
        Ok(holds)
    }

    /// Whether a `Resource` or `NotResource` element matches.
    pub(super) fn resource_set_matches(&mut self, mut body: Cursor<'a>) -> Read<bool> {
        let negated = body.u8()? != 0;
        while !body.is_empty() {
            let pattern = body.part()?;
            if self.resource_matches(pattern)? {
                return Ok(!negated);
            }
        }
        Ok(negated)
    }
}
