//! What a decision remembers while it runs.

/// Room for one decision at a time, reused by the next. One for each thread; made by [`Engine::scratch`](crate::Engine::scratch).
///
/// Nothing is cleared between decisions: every entry carries the number of the decision it belongs to. A scratch made for one
/// engine works with any other, only slower.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(super) base: Memo,
    pub(super) session: Memo,
    pub(super) endpoint: Memo,
    pub(super) composed: String,
}

/// Answers of the running decision over one artifact.
///
/// Invariant: an entry counts only if its decision number is [`Memo::decision`]; numbers are used once between two clearings.
#[derive(Debug, Clone, Default)]
pub(super) struct Memo {
    decision: u32,
    /// `decision, place`.
    keys: Vec<(u32, u32)>,
    /// Hash of the single value of a key: `decision, hash`.
    hashes: Vec<(u32, u64)>,
    /// `decision << 1 | answer`.
    tests: Vec<u32>,
    /// `decision, grant`.
    principals: Vec<(u32, u8)>,
    /// `decision << 1 | answer`.
    action_sets: Vec<u32>,
}

/// Decision numbers stay below this, so that they fit beside an answer.
const DECISION_LIMIT: u32 = 1 << 30;

impl Memo {
    pub(super) fn with_sizes(keys: usize, tests: usize, principals: usize, action_sets: usize) -> Memo {
        Memo {
            decision: 0,
            keys: vec![(0, 0); keys],
            hashes: vec![(0, 0); keys],
            tests: vec![0; tests],
            principals: vec![(0, 0); principals],
            action_sets: vec![0; action_sets],
        }
    }

    /// Forgets everything in O(1).
    #[inline]
    pub(super) fn begin(&mut self) {
        self.decision += 1;
        if self.decision == DECISION_LIMIT {
            self.clear();
        }
    }

    #[cold]
    fn clear(&mut self) {
        self.decision = 1;
        self.keys.fill((0, 0));
        self.hashes.fill((0, 0));
        self.tests.fill(0);
        self.principals.fill((0, 0));
        self.action_sets.fill(0);
    }

    #[inline]
    pub(super) fn key(&self, key: u32) -> Option<u32> {
        self.keys.get(key as usize).filter(|(decision, _)| *decision == self.decision).map(|&(_, place)| place)
    }

    #[inline]
    pub(super) fn set_key(&mut self, key: u32, place: u32) {
        if let Some(entry) = self.keys.get_mut(key as usize) {
            *entry = (self.decision, place);
        }
    }

    #[inline]
    pub(super) fn hash(&self, key: u32) -> Option<u64> {
        self.hashes.get(key as usize).filter(|(decision, _)| *decision == self.decision).map(|&(_, hash)| hash)
    }

    #[inline]
    pub(super) fn set_hash(&mut self, key: u32, hash: u64) {
        if let Some(entry) = self.hashes.get_mut(key as usize) {
            *entry = (self.decision, hash);
        }
    }

    #[inline]
    pub(super) fn test(&self, test: u32) -> Option<bool> {
        answer(&self.tests, test, self.decision)
    }

    #[inline]
    pub(super) fn set_test(&mut self, test: u32, holds: bool) {
        set_answer(&mut self.tests, test, self.decision, holds);
    }

    #[inline]
    pub(super) fn action_set(&self, set: u32) -> Option<bool> {
        answer(&self.action_sets, set, self.decision)
    }

    #[inline]
    pub(super) fn set_action_set(&mut self, set: u32, matches: bool) {
        set_answer(&mut self.action_sets, set, self.decision, matches);
    }

    #[inline]
    pub(super) fn principal_set(&self, set: u32) -> Option<u8> {
        self.principals.get(set as usize).filter(|(decision, _)| *decision == self.decision).map(|&(_, grant)| grant)
    }

    #[inline]
    pub(super) fn set_principal_set(&mut self, set: u32, grant: u8) {
        if let Some(entry) = self.principals.get_mut(set as usize) {
            *entry = (self.decision, grant);
        }
    }
}

#[inline]
fn answer(answers: &[u32], index: u32, decision: u32) -> Option<bool> {
    answers.get(index as usize).filter(|&&entry| entry >> 1 == decision).map(|&entry| entry & 1 == 1)
}

#[inline]
fn set_answer(answers: &mut [u32], index: u32, decision: u32, answer: bool) {
    if let Some(entry) = answers.get_mut(index as usize) {
        *entry = decision << 1 | u32::from(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_an_earlier_decision_are_forgotten_also_when_the_numbers_run_out() {
        let mut memo = Memo::with_sizes(1, 1, 1, 1);
        memo.begin();
        memo.set_test(0, true);
        memo.set_key(0, 7);
        assert_eq!((memo.test(0), memo.key(0)), (Some(true), Some(7)));
        memo.begin();
        assert_eq!((memo.test(0), memo.key(0)), (None, None));
        memo.decision = DECISION_LIMIT - 1;
        memo.set_test(0, true);
        memo.begin();
        assert_eq!(memo.test(0), None);
        memo.set_test(9, true);
        assert_eq!(memo.test(9), None);
    }
}
