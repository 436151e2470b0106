//! Verifying one statement against the request, on the bytes of its record.

use super::Evaluation;
use super::principal::Grant;
use crate::artifact::pattern_code::test;
use crate::artifact::{Cursor, Damaged, Read, Section};
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
        let mut record = self.view.cursor(Section::Records, reference)?;
        let id = record.varint()?;
        let effect = if id & 1 == 1 { Effect::Allow } else { Effect::Deny };
        if only_deny && effect == Effect::Allow {
            return Ok(None);
        }
        self.verified += 1;
        let (action_set, tests) = (record.varint()?, record.varint()?);
        if !self.action_matches(action_set)? {
            return Ok(None);
        }
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
                if let Some(holds) = self.memo.test(number) {
                    return Ok(holds);
                }
                let reference = self.view.u32(Section::Tests, number.saturating_mul(4))?;
                let mut shared = self.view.cursor(Section::Tests, reference)?;
                let holds = match shared.u8()? {
                    test::RESOURCE => self.resource_set_matches(shared.part()?)?,
                    test::CONDITION => self.condition_holds(shared.part()?)?,
                    _ => return Err(Damaged),
                };
                self.memo.set_test(number, holds);
                Ok(holds)
            }
            test::RESOURCE => self.resource_set_matches(record.part()?),
            test::CONDITION => self.condition_holds(record.part()?),
            _ => Err(Damaged),
        }
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
