//! What a decision remembers while it runs.

mod seen;

use std::net::IpAddr;

use self::seen::Seen;
use super::caller::CallerTexts;
use super::resource::LastHead;
use super::table::{Arity, Rows};
use super::wild_head::HeadMatch;
use crate::hash::hash_of;
use crate::text_start::TextStart;

/// Room for one decision at a time, reused by the next. One for each thread; made by [`Engine::scratch`](crate::Engine::scratch).
///
/// Nothing is cleared between decisions: every entry carries the number of the decision it belongs to. A scratch made for one
/// engine answers rightly with any other; but where that has longer lists, these are gone through whole, and with
/// `Scratch::default()`, which has no room, a decision may allocate. So each new engine gets a new scratch. It is `Send` and not
/// `Sync`: decisions write through what they share.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(super) memos: Memos,
    /// Of the caller of a decision; of a group of requests, of each caller.
    pub(super) caller_texts: [CallerTexts; LANE_COUNT],
    /// Of the guard rails over the artifact.
    pub(super) under: Option<Box<Scratch>>,
}

impl Scratch {
    pub(super) fn with_sizes(sizes: Sizes) -> Scratch {
        // What an overlay asks is not remembered, since its sizes are not known here.
        let overlay = || Memo::with_sizes(Sizes::default());
        Scratch {
            memos: Memos {
                base: Memo::with_sizes(sizes).with_lanes(),
                session: overlay(),
                endpoint: overlay(),
                last_head: LastHead::default(),
            },
            caller_texts: std::array::from_fn(|_| CallerTexts::with_room()),
            under: None,
        }
    }
}

/// One memo for each artifact that a request is decided over.
#[derive(Debug, Clone, Default)]
pub(super) struct Memos {
    pub(super) base: Memo,
    pub(super) session: Memo,
    pub(super) endpoint: Memo,
    pub(super) last_head: LastHead,
}

impl Memos {
    /// Before a decision.
    #[inline]
    pub(super) fn forget_verified(&mut self) {
        (self.base.verified, self.session.verified, self.endpoint.verified) = (0, 0, 0);
    }
}

impl Scratch {
    /// How many statements the last decision verified: looked at, since no index ruled them out.
    ///
    /// Decisions cost more with each; see [`Engine::plan`](crate::Engine::plan) for what led to them. Of a decision under guard
    /// rails, those of the guard rails are not counted.
    #[must_use]
    pub fn verified(&self) -> u32 {
        let Memos { base, session, endpoint, .. } = &self.memos;
        base.verified.saturating_add(session.verified).saturating_add(endpoint.verified)
    }
}

/// Answers of the running decision over one artifact.
///
/// Invariant: an entry counts only if its decision number is [`Memo::decision`]; numbers are used once between two clearings.
#[derive(Debug, Clone, Default)]
pub(super) struct Memo {
    decision: u32,
    /// How many statements were verified.
    pub(super) verified: u32,
    keys: Vec<KeyMemo>,
    /// `decision << 1 | answer`.
    tests: Vec<u32>,
    /// `decision, grant`.
    principals: Vec<(u32, u8)>,
    /// `decision << 1 | answer`.
    action_sets: Vec<u32>,
    /// `decision << 2 | answer`.
    heads: Vec<u32>,
    /// The [number](super::resource::Resource::head_version) of a resource's head, the artifact, and the head's number there. Stays
    /// right from one decision to the next.
    resource_head: (u64, u64, u32),
    /// Decision and key whose single value was read as an address last, and the address.
    address: (u32, u32, Option<IpAddr>),
    /// The candidates of the running block list, one bit each; behind them two rows that are put together.
    pub(super) candidates: Vec<u64>,
    /// The slots of the running kind of access key that were asked.
    pub(super) asked_slots: Seen,
    /// The records of statements that were asked for that kind.
    pub(super) asked_records: Seen,
    /// Whether these are not asked again: only while several values of a kind are gone through, which may lead to one statement.
    pub(super) skips_asked: bool,
    /// The rows of the running dimension that were united.
    pub(super) united_rows: Seen,
    /// What the requests of a group remember of their keys, while others are decided.
    lanes: Vec<Lane>,
}

/// What a request that waits for its decision remembers.
#[derive(Debug, Clone)]
struct Lane {
    decision: u32,
    keys: Vec<KeyMemo>,
}

/// Most requests that wait at once.
pub(super) const LANE_COUNT: usize = 8;

/// What is known of one context key. Each answer carries the number of its decision. A cache line of its own.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct KeyMemo {
    found_in: u32,
    read_in: u32,
    looked_up_in: u32,
    place: u32,
    /// Start, size and hash of the single value. The fields of [`KnownText`] and [`Rows`] are apart, so that all have room.
    start: u128,
    size: u32,
    arity: Arity,
    hash: u64,
    /// What the key's table says of its values.
    any: u64,
    all: u64,
}

const _: () = assert!(size_of::<KeyMemo>() == 64, "what is known of a key is one line of the cache");

/// A value, as far as tables and most comparisons need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownText {
    pub(super) start: TextStart,
    pub(super) hash: u64,
}

impl KnownText {
    #[inline]
    pub(super) fn of(seed: u64, text: &str) -> KnownText {
        let start = TextStart::of(text.as_bytes());
        KnownText { start, hash: hash_of(seed, start, text.as_bytes()) }
    }
}

const FORGOTTEN: KeyMemo = KeyMemo {
    found_in: 0,
    read_in: 0,
    looked_up_in: 0,
    place: 0,
    start: 0,
    size: 0,
    arity: Arity::Absent,
    hash: 0,
    any: 0,
    all: 0,
};

impl KeyMemo {
    #[inline]
    const fn rows(&self) -> Rows {
        Rows { any: self.any, all: self.all, arity: self.arity }
    }
}

/// How much room a [`Memo`] needs for one artifact.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sizes {
    pub(super) keys: usize,
    pub(super) tests: usize,
    pub(super) principal_sets: usize,
    pub(super) action_sets: usize,
    pub(super) heads: usize,
    /// Words of all rows that are held while the longest block is asked.
    pub(super) row_words: usize,
    /// Bytes of the indexes.
    pub(super) index_size: usize,
    /// Bytes of the records of statements.
    pub(super) records_size: usize,
}

impl Sizes {
    /// Enough for both.
    pub(super) fn max(self, other: Sizes) -> Sizes {
        Sizes {
            keys: self.keys.max(other.keys),
            tests: self.tests.max(other.tests),
            principal_sets: self.principal_sets.max(other.principal_sets),
            action_sets: self.action_sets.max(other.action_sets),
            heads: self.heads.max(other.heads),
            row_words: self.row_words.max(other.row_words),
            index_size: self.index_size.max(other.index_size),
            records_size: self.records_size.max(other.records_size),
        }
    }
}

/// Decision numbers stay below this, so that they fit beside an answer of two bits.
const DECISION_LIMIT: u32 = 1 << 30;

impl Memo {
    pub(super) fn with_sizes(sizes: Sizes) -> Memo {
        Memo {
            decision: 0,
            verified: 0,
            keys: vec![FORGOTTEN; sizes.keys],
            tests: vec![0; sizes.tests],
            principals: vec![(0, 0); sizes.principal_sets],
            action_sets: vec![0; sizes.action_sets],
            heads: vec![0; sizes.heads],
            resource_head: (0, 0, 0),
            address: (0, 0, None),
            candidates: vec![0; sizes.row_words],
            // A slot has eight bytes; a row's number is where it is.
            asked_slots: Seen::below(sizes.index_size / 8),
            asked_records: Seen::below(sizes.records_size),
            skips_asked: false,
            united_rows: Seen::below(sizes.index_size),
            lanes: Vec::new(),
        }
    }

    /// The same with room for a group of requests.
    fn with_lanes(self) -> Memo {
        let lane = Lane { decision: 0, keys: vec![FORGOTTEN; self.keys.len()] };
        Memo { lanes: vec![lane; LANE_COUNT], ..self }
    }

    /// Begins a group of requests, each of which [begins in a lane](Memo::begin_in_lane); false if there are no lanes.
    pub(super) fn begin_group(&mut self) -> bool {
        // No lane may be forgotten while its request waits.
        if self.decision + LANE_COUNT as u32 >= DECISION_LIMIT {
            self.clear();
        }
        !self.lanes.is_empty()
    }

    /// The first step of the request in a lane: begins a decision.
    pub(super) fn begin_in_lane<T>(&mut self, number: usize, step: impl FnOnce(&mut Memo) -> T) -> T {
        self.begin();
        self.swap_lane(number);
        let result = step(self);
        self.swap_lane(number);
        result
    }

    /// A later step of it.
    pub(super) fn go_on_in_lane<T>(&mut self, number: usize, step: impl FnOnce(&mut Memo) -> T) -> T {
        let newest = self.decision;
        self.decision = self.lanes.get(number).map_or(newest, |lane| lane.decision);
        self.swap_lane(number);
        let result = step(self);
        self.swap_lane(number);
        self.decision = newest;
        result
    }

    fn swap_lane(&mut self, number: usize) {
        if let Some(lane) = self.lanes.get_mut(number) {
            std::mem::swap(&mut self.keys, &mut lane.keys);
            lane.decision = self.decision;
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
        self.keys.fill(FORGOTTEN);
        self.tests.fill(0);
        self.principals.fill((0, 0));
        self.action_sets.fill(0);
        self.lanes.iter_mut().for_each(|lane| lane.keys.fill(FORGOTTEN));
        self.heads.fill(0);
        self.address = (0, 0, None);
    }

    /// Whether answers for this key are remembered.
    pub(super) fn has_room_for(&self, key: u32) -> bool {
        (key as usize) < self.keys.len()
    }

    #[inline]
    pub(super) fn key(&self, key: u32) -> Option<u32> {
        self.keys.get(key as usize).filter(|memo| memo.found_in == self.decision).map(|memo| memo.place)
    }

    /// Notes the place of a key; false if the running decision has one already, or there is no room.
    #[inline]
    pub(super) fn note_key(&mut self, key: u32, place: u32) -> bool {
        let Some(memo) = self.keys.get_mut(key as usize) else { return false };
        let is_new = memo.found_in != self.decision;
        (memo.found_in, memo.place) = (self.decision, place);
        is_new
    }

    #[inline]
    pub(super) fn set_key(&mut self, key: u32, place: u32) {
        if let Some(memo) = self.keys.get_mut(key as usize) {
            (memo.found_in, memo.place) = (self.decision, place);
        }
    }

    /// Whether a [text](Self::text) is known.
    #[inline]
    pub(super) fn has_text(&self, key: u32) -> bool {
        self.keys.get(key as usize).is_some_and(|memo| memo.read_in == self.decision)
    }

    #[inline]
    pub(super) fn text(&self, key: u32) -> Option<KnownText> {
        let memo = self.keys.get(key as usize).filter(|memo| memo.read_in == self.decision)?;
        Some(KnownText { start: TextStart { bytes: memo.start, size: memo.size }, hash: memo.hash })
    }

    #[inline]
    pub(super) fn set_text(&mut self, key: u32, text: KnownText) {
        if let Some(memo) = self.keys.get_mut(key as usize) {
            (memo.read_in, memo.hash) = (self.decision, text.hash);
            (memo.start, memo.size) = (text.start.bytes, text.start.size);
        }
    }

    /// Whether [rows](Self::rows) are known.
    #[inline]
    pub(super) fn has_rows(&self, key: u32) -> bool {
        self.keys.get(key as usize).is_some_and(|memo| memo.looked_up_in == self.decision)
    }

    #[inline]
    pub(super) fn rows(&self, key: u32) -> Option<Rows> {
        self.keys.get(key as usize).filter(|memo| memo.looked_up_in == self.decision).map(KeyMemo::rows)
    }

    #[inline]
    pub(super) fn set_rows(&mut self, key: u32, rows: Rows) {
        if let Some(memo) = self.keys.get_mut(key as usize) {
            let Rows { any, all, arity } = rows;
            (memo.looked_up_in, memo.any, memo.all, memo.arity) = (self.decision, any, all, arity);
        }
    }

    /// The keys whose predicate tables were looked into.
    pub(super) fn looked_up_keys(&self) -> impl Iterator<Item = u32> {
        let is_looked_up = |memo: &KeyMemo| memo.looked_up_in == self.decision && memo.arity != Arity::Absent;
        (0_u32..).zip(&self.keys).filter(move |(_, memo)| is_looked_up(memo)).map(|(key, _)| key)
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

    /// What is known of an ARN head with wildcards.
    #[inline]
    pub(super) fn head(&self, head: u32) -> Option<HeadMatch> {
        let entry = self.heads.get(head as usize).filter(|&&entry| entry >> 2 == self.decision)?;
        Some(HeadMatch { by_field: entry & 1 != 0, may_run_on: entry & 2 != 0 })
    }

    #[inline]
    pub(super) fn set_head(&mut self, head: u32, HeadMatch { by_field, may_run_on }: HeadMatch) {
        if let Some(entry) = self.heads.get_mut(head as usize) {
            *entry = self.decision << 2 | u32::from(may_run_on) << 1 | u32::from(by_field);
        }
    }

    /// The number that the head of a resource has in an artifact, if it is the head whose number was found last.
    ///
    /// PERF: most requests are about resources of one head, one after the other.
    #[inline]
    pub(super) fn resource_head(&self, version: u64, artifact: u64) -> Option<u32> {
        let (known_version, known_artifact, head) = self.resource_head;
        (version != 0 && version == known_version && artifact == known_artifact).then_some(head)
    }

    #[inline]
    pub(super) fn set_resource_head(&mut self, version: u64, artifact: u64, head: u32) {
        self.resource_head = (version, artifact, head);
    }

    pub(super) fn address(&self, key: u32) -> Option<Option<IpAddr>> {
        let (decision, own, address) = self.address;
        (decision == self.decision && own == key).then_some(address)
    }

    pub(super) fn set_address(&mut self, key: u32, address: Option<IpAddr>) {
        self.address = (self.decision, key, address);
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
        let mut memo = Memo::with_sizes(Sizes { keys: 1, tests: 1, heads: 1, ..Sizes::default() });
        let matches = |by_field, may_run_on| HeadMatch { by_field, may_run_on };
        memo.begin();
        memo.set_test(0, true);
        memo.set_key(0, 7);
        memo.set_head(0, matches(true, false));
        assert_eq!((memo.test(0), memo.key(0), memo.head(0)), (Some(true), Some(7), Some(matches(true, false))));
        memo.begin();
        assert_eq!((memo.test(0), memo.key(0), memo.head(0)), (None, None, None));
        memo.decision = DECISION_LIMIT - 1;
        memo.set_test(0, true);
        memo.set_head(0, matches(false, true));
        assert_eq!((memo.test(0), memo.head(0)), (Some(true), Some(matches(false, true))));
        memo.begin();
        assert_eq!((memo.test(0), memo.head(0)), (None, None));
        memo.set_test(9, true);
        memo.set_head(9, matches(true, true));
        assert_eq!((memo.test(9), memo.head(9)), (None, None));
    }

    #[test]
    fn what_lanes_remember_is_apart_also_when_the_numbers_run_out() {
        let mut memo = Memo::with_sizes(Sizes { keys: 1, ..Sizes::default() }).with_lanes();
        for first in [1, DECISION_LIMIT - LANE_COUNT as u32 - 1, DECISION_LIMIT - 2] {
            memo.decision = first;
            memo.keys[0] = KeyMemo { found_in: 2, ..FORGOTTEN };
            assert!(memo.begin_group());
            for lane in 0..LANE_COUNT {
                let is_new = memo.begin_in_lane(lane, |memo| memo.key(0).is_none() && memo.note_key(0, lane as u32));
                assert!(is_new, "lane {lane} after {first}");
            }
            assert_eq!(memo.key(0), None);
            for lane in 0..LANE_COUNT {
                assert_eq!(memo.go_on_in_lane(lane, |memo| memo.key(0)), Some(lane as u32), "lane {lane} after {first}");
            }
            memo.begin();
            assert_eq!(memo.key(0), None);
        }
    }
}
