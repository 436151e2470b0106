//! Probing the index of a unit: from the values of the request to the few statements filed under them.

use std::hint::cold_path;

use super::Evaluation;
use super::access_part::{Part, Values};
use super::scratch::Memo;
use super::set_bits::SetBits;
use super::unit::Findings;
use super::watch::{KindFate, Step, Watcher};
use crate::artifact::access_key::{KIND_SIZE, LIST, MAX_PARTS, NONE, fingerprint, part, slot_hash};
use crate::artifact::buckets::{BUCKET_LEN, BUCKET_SIZE, Bucket, Buckets};
use crate::artifact::gram_filter::GramFilter;
use crate::artifact::slots::home;
use crate::artifact::unit_code::{UNIT_SIZE, form};
use crate::artifact::{Damaged, Read, Section, View, word};
use crate::hash::combine;

/// The kind that is probed, and where.
///
/// PERF: handed on as a copy where a function is called, so that where none is it stays in registers.
#[derive(Clone, Copy)]
struct Probe<'a> {
    buckets: Buckets<'a>,
    kind: u32,
    record: &'a [u8; KIND_SIZE],
}

/// Bytes before the kinds.
const INDEX_HEADER_SIZE: usize = 20;

impl Probe<'_> {
    #[inline]
    fn part_count(&self) -> usize {
        (self.record[0] as usize).min(MAX_PARTS)
    }

    #[inline]
    fn part(&self, index: usize) -> Part {
        Part::read(self.record, index)
    }
}

impl<'a> Probe<'a> {
    /// The filter of a kind of grams.
    fn gram_filter(&self, view: View<'a>) -> Read<GramFilter<'a>> {
        let Part { size: log2, key: reference, .. } = self.part(1);
        GramFilter::read(view.from(Section::Index, reference)?, log2)
    }
}

impl<'a> Evaluation<'a, '_> {
    /// Asks every statement of an indexed unit that the request's values lead to, kinds with denies first.
    pub(super) fn ask_index<W: Watcher>(&mut self, reference: u32, findings: &mut Findings<W>) -> Read<()> {
        let (header, kinds) = self.view.from(Section::Index, reference)?.split_first_chunk().ok_or(Damaged)?;
        let header: &[u8; INDEX_HEADER_SIZE] = header;
        let (kind_count, buckets, mask, rest) = (word(header, 0), word(header, 1), word(header, 2), word(header, 3));
        let kinds = kinds.get(..(kind_count as usize).saturating_mul(KIND_SIZE)).ok_or(Damaged)?;
        let buckets = Buckets::read(self.view.from(Section::Index, buckets)?, mask)?;
        let kinds_of_class = self.class_row(word(header, 4))?;
        // A watcher also hears of the kinds that are passed over.
        let all = || 1_u32.checked_shl(kind_count).ok_or(Damaged).map(|bit| bit - 1);
        for number in SetBits(if W::IS_WATCHING { all()? } else { kinds_of_class }) {
            let kind = kinds.get(number as usize * KIND_SIZE..).and_then(<[u8]>::first_chunk).ok_or(Damaged)?;
            let has_deny = kind[1] != 0;
            let step = |fate| Step::Kind { record: *kind, fate };
            if !has_deny && findings.needs_no_allow() {
                cold_path();
                findings.hear(|| step(KindFate::Settled));
                continue;
            }
            if W::IS_WATCHING && kinds_of_class >> number & 1 == 0 {
                findings.hear(|| step(KindFate::OtherActions));
                continue;
            }
            let probe = Probe { buckets, kind: number, record: kind };
            let values = self.only_combination(&probe)?;
            findings.hear(|| step(if matches!(values, Values::None) { KindFate::NoValue } else { KindFate::Probed }));
            match values {
                Values::None => continue,
                // What comes up once cannot come up again.
                Values::One(values) => self.ask_slots(&probe, slot_hash(probe.kind, values), |_, _| true, findings)?,
                Values::Many => {
                    self.memo.asked_slots.begin();
                    self.memo.asked_records.begin();
                    self.memo.skips_asked = true;
                    let asked = self.ask_kind(probe, 0, None, findings);
                    self.memo.skips_asked = false;
                    asked?;
                }
            }
            if findings.deny.is_some() {
                cold_path();
                return Ok(());
            }
        }
        if rest != NONE {
            cold_path();
            findings.hear(|| Step::Rest);
            return self.ask_list(rest, findings);
        }
        Ok(())
    }

    /// The values of a kind's parts combined, if each part has at most one: the usual case.
    #[inline]
    fn only_combination(&mut self, probe: &Probe<'a>) -> Read<Values> {
        let first = self.part_values(probe.part(0))?;
        match first {
            // PERF: most kinds have one part.
            Values::One(hash) if probe.part_count() > 1 => {
                cold_path();
                self.combine_parts(*probe, hash)
            }
            other => Ok(other),
        }
    }

    /// The value of the first part combined with those of the others.
    #[inline(never)]
    fn combine_parts(&mut self, probe: Probe<'a>, first: u64) -> Read<Values> {
        let mut combined = first;
        for index in 1..probe.part_count() {
            match self.part_values(probe.part(index))? {
                Values::One(hash) => combined = combine(combined, hash),
                other => return Ok(other),
            }
        }
        Ok(Values::One(combined))
    }

    /// Goes through the values of one part after the other, and probes each combination. What a slot holds is asked once, however
    /// often values or pieces of values lead there: see [`Seen`](super::scratch) for the bound. Slots come up again only among those
    /// of one kind, and what was asked before, with fewer findings, has nothing to add.
    #[inline(never)]
    fn ask_kind(
        &mut self,
        probe: Probe<'a>,
        index: usize,
        values: Option<u64>,
        findings: &mut Findings<impl Watcher>,
    ) -> Read<()> {
        // What no compiler pairs: the combinations would be too many.
        if index == 0
            && probe.part_count() > 1
            && (0..probe.part_count()).any(|number| part::stands_alone(probe.part(number).tag))
        {
            return Err(Damaged);
        }
        if index >= probe.part_count() {
            let hash = slot_hash(probe.kind, values.ok_or(Damaged)?);
            return self.ask_slots(&probe, hash, |memo, slot| memo.asked_slots.is_new(slot), findings);
        }
        let part = probe.part(index);
        let mut next = |evaluation: &mut Self, hash: u64| -> Read<()> {
            if findings.deny.is_some() {
                return Ok(());
            }
            let values = values.map_or(hash, |values| combine(values, hash));
            evaluation.ask_kind(probe, index + 1, Some(values), findings)
        };
        if part::is_gram(part.tag) {
            return self.each_gram(part, probe.gram_filter(self.view)?, next);
        }
        match self.part_values(part)? {
            Values::None => Ok(()),
            Values::One(hash) => next(self, hash),
            Values::Many => self.each_value(part, next),
        }
    }

    /// Asks the statements filed under one hash, in those of its slots for which `is_new` holds. Other hashes may share slot and
    /// fingerprint: every statement is verified.
    fn ask_slots(
        &mut self,
        probe: &Probe<'a>,
        hash: u64,
        is_new: impl Fn(&mut Memo, u32) -> bool,
        findings: &mut Findings<impl Watcher>,
    ) -> Read<()> {
        let fingerprint = fingerprint(hash);
        for (number, bucket) in probe.buckets.search(hash) {
            for slot in bucket.hits(fingerprint) {
                if !is_new(self.memo, (number * BUCKET_LEN + slot) as u32) {
                    continue;
                }
                let target = bucket.target(slot);
                if target & LIST != 0 {
                    cold_path();
                    self.ask_list(target & !LIST, findings)?;
                } else {
                    findings.hear(|| Step::Found { count: 1 });
                    self.ask_statement(target, findings)?;
                }
                if findings.deny.is_some() {
                    cold_path();
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// The first buckets that a request leads to, and the fingerprints it looks for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ahead {
    places: [(u32, u32); AHEAD_COUNT],
    count: usize,
}

/// So many buckets are worth reading ahead: most requests probe no more kinds.
const AHEAD_COUNT: usize = 3;

impl Ahead {
    /// Where the buckets are.
    pub(super) fn buckets(&self) -> impl Iterator<Item = u32> {
        self.places.iter().take(self.count).map(|&(bucket, _)| bucket)
    }

    /// Whether no more buckets are read ahead.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.count == self.places.len()
    }

    /// The first record that each bucket names, of those that name one.
    pub(super) fn records(&self, view: View<'_>) -> impl Iterator<Item = u32> {
        self.places.iter().take(self.count).filter_map(move |&(bucket, fingerprint)| {
            let bucket = Bucket::new(view.chunk(Section::Index, bucket).ok()?);
            let target = bucket.target(bucket.hits(fingerprint).next()?);
            (target & LIST == 0).then_some(target)
        })
    }
}

impl Evaluation<'_, '_> {
    /// Adds the buckets of a unit that the request's values lead to, one for each kind.
    pub(super) fn add_buckets(&mut self, unit: u32, ahead: &mut Ahead) -> Read<()> {
        let record: &[u8; UNIT_SIZE] = self.view.record(Section::Units, unit)?;
        if word(record, 1) != form::INDEX || !self.may_match_action(record) {
            return Ok(());
        }
        let (header, kinds) = self.view.from(Section::Index, word(record, 0))?.split_first_chunk().ok_or(Damaged)?;
        let header: &[u8; INDEX_HEADER_SIZE] = header;
        let kinds_of_class = self.class_row(word(header, 4))?;
        let (kinds, _) = kinds.as_chunks::<KIND_SIZE>();
        let buckets = Buckets::read(self.view.from(Section::Index, word(header, 1))?, word(header, 2))?;
        let kinds = kinds.get(..word(header, 0) as usize).ok_or(Damaged)?;
        for number in SetBits(kinds_of_class) {
            let Some(place) = ahead.places.get_mut(ahead.count) else { return Ok(()) };
            let probe = Probe { buckets, kind: number, record: kinds.get(number as usize).ok_or(Damaged)? };
            if let Values::One(values) = self.only_combination(&probe)? {
                let hash = slot_hash(probe.kind, values);
                let bucket = home(hash) as u32 & word(header, 2);
                *place = (word(header, 1).wrapping_add(bucket.wrapping_mul(BUCKET_SIZE as u32)), fingerprint(hash));
                ahead.count += 1;
            }
        }
        Ok(())
    }
}
