//! Judging one statement in full: every test is asked, also behind one that failed.

use super::decode::{Record, Test};
use super::element;
use crate::artifact::Read;
use crate::engine::Evaluation;
use crate::engine::principal::Grant;
use crate::iam::Effect;

/// What every test of a statement found.
pub(super) struct Judgement {
    pub(super) effect: Effect,
    pub(super) action_matches: bool,
    /// `Direct` for a statement that names no principals.
    pub(super) grant: Grant,
    /// In the order of the record.
    pub(super) tests_hold: Vec<bool>,
}

/// How far a statement is from applying: whether it is about other actions, then how many tests failed.
pub(super) type Distance = (bool, usize);

impl Judgement {
    /// Asks every test.
    pub(super) fn of<'a>(evaluation: &mut Evaluation<'a, '_>, record: &Record<'a>) -> Read<Judgement> {
        let action_matches = evaluation.action_matches(record.action_set)?;
        let grant = match record.principal_set {
            Some(set) => evaluation.principal_grant(set, record.effect)?,
            None => Grant::Direct,
        };
        let mut tests_hold = Vec::with_capacity(record.tests.len());
        for test in &record.tests {
            tests_hold.push(match *test {
                Test::Resource(body) => evaluation.resource_set_matches(body)?,
                Test::Condition(body) => evaluation.condition_holds(body)?,
            });
        }
        Ok(Judgement { effect: record.effect, action_matches, grant, tests_hold })
    }

    pub(super) fn principal_matches(&self) -> bool {
        self.grant != Grant::None
    }

    pub(super) fn applies(&self) -> bool {
        self.distance() == (false, 0)
    }

    pub(super) fn distance(&self) -> Distance {
        let failed = self.tests_hold.iter().filter(|holds| !**holds).count();
        (!self.action_matches, failed + usize::from(!self.action_matches) + usize::from(!self.principal_matches()))
    }

    /// The keys of the statement without a value, if it is about this action, resource and principal (EV-55). A resource that
    /// an absent variable kept from matching counts as matched: with the key, it might.
    pub(super) fn missing_keys<'a>(&self, evaluation: &mut Evaluation<'a, '_>, record: &Record<'a>) -> Read<Vec<u32>> {
        if !self.action_matches || !self.principal_matches() {
            return Ok(Vec::new());
        }
        let mut missing = Vec::new();
        for (test, &holds) in record.tests.iter().zip(&self.tests_hold) {
            let mut absent = Vec::new();
            for key in element::keys(*test)? {
                if evaluation.value(key)?.is_none() {
                    absent.push(key);
                }
            }
            if matches!(test, Test::Resource(_)) && !holds && absent.is_empty() {
                return Ok(Vec::new());
            }
            missing.extend(absent);
        }
        Ok(missing)
    }
}
