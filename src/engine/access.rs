//! Probing the index of a unit: from the values of the request to the few statements filed under them.

use super::Evaluation;
use super::hash::{combine, hash};
use super::unit::Findings;
use crate::artifact::access_key::{
    KIND_SIZE, LIST, MAX_PARTS, MAX_SEPARATORS, NONE, fingerprint, home, is_separator, part, slot_hash,
};
use crate::artifact::{Cursor, Damaged, Read, Section};
use crate::request::ContextValue;

/// Slots of the running probe, and the kind that is probed.
#[derive(Clone, Copy)]
struct Probe {
    slots: u32,
    mask: u32,
    kind: u32,
    parts: [Part; MAX_PARTS],
    part_count: usize,
}

/// One part of a kind.
#[derive(Clone, Copy, Default)]
struct Part {
    tag: u8,
    size: u8,
    key: u32,
}

/// How many values of the request a part, or a kind, is about; if one, its hash.
enum Values {
    None,
    One(u64),
    Many,
}

impl<'a> Evaluation<'a, '_> {
    /// Asks every statement of an indexed unit that the request's values lead to, kinds with denies first.
    pub(super) fn ask_index(&mut self, reference: u32, findings: &mut Findings) -> Read<()> {
        let mut index = self.view.cursor(Section::Index, reference)?;
        let (kind_count, slots, mask, rest) = (index.u32()?, index.u32()?, index.u32()?, index.u32()?);
        for kind in 0..kind_count {
            let mut record = Cursor::new(index.slice(KIND_SIZE)?);
            let [part_count, has_deny, ..] = record.u32()?.to_le_bytes();
            let class_mask = record.u32()?;
            if (has_deny == 0 && findings.needs_no_allow()) || !self.class_can_match(class_mask)? {
                continue;
            }
            let mut parts = [Part::default(); MAX_PARTS];
            for part in &mut parts {
                let [tag, size, ..] = record.u32()?.to_le_bytes();
                *part = Part { tag, size, key: record.u32()? };
            }
            let probe = Probe { slots, mask, kind, parts, part_count: part_count as usize };
            match self.only_combination(&probe)? {
                Values::None => continue,
                Values::One(values) => self.ask_slot(&probe, slot_hash(kind, values), findings)?,
                Values::Many => self.ask_kind(&probe, 0, None, findings)?,
            }
            if findings.deny.is_some() {
                return Ok(());
            }
        }
        if rest == NONE { Ok(()) } else { self.ask_list(rest, findings) }
    }

    /// Whether some statement behind a class mask matches the request's action.
    #[inline]
    fn class_can_match(&self, mask: u32) -> Read<bool> {
        if mask == NONE {
            return Ok(true);
        }
        let class = self.action_class();
        let byte = self.view.cursor(Section::Index, mask.saturating_add(class / 8))?.u8()?;
        Ok(byte >> (class % 8) & 1 == 1)
    }

    /// The values of a kind's parts combined, if each part has at most one: the usual case.
    #[inline]
    fn only_combination(&mut self, probe: &Probe) -> Read<Values> {
        let mut combined = None;
        for part in probe.parts.get(..probe.part_count).ok_or(Damaged)? {
            match self.part_values(*part)? {
                Values::One(hash) => combined = Some(combined.map_or(hash, |values| combine(values, hash))),
                other => return Ok(other),
            }
        }
        combined.map(Values::One).ok_or(Damaged)
    }

    /// The hash of a part's only value.
    #[inline]
    fn part_values(&mut self, part: Part) -> Read<Values> {
        let seed = self.view.seed();
        let text = match part.tag {
            part::VALUE => {
                return Ok(match self.value(part.key)? {
                    Some(ContextValue::Single(value)) => Values::One(self.value_hash(part.key, value)),
                    Some(ContextValue::Multi(_)) => Values::Many,
                    None => Values::None,
                });
            }
            part::ACTION => return Ok(Values::One(u64::from(self.action_class()))),
            part::RESOURCE => self.request.resource.as_bytes(),
            part::RESOURCE_HEAD => self.request.resource.as_bytes().get(..self.resource_head_len).ok_or(Damaged)?,
            part::RESOURCE_TAIL => match self.tail_up_to_separator(part.size) {
                Some(tail) => tail,
                None => return Ok(Values::None),
            },
            _ => return Ok(if self.value(part.key)?.is_some() { Values::Many } else { Values::None }),
        };
        Ok(Values::One(hash(seed, text)))
    }

    /// Goes through the values of one part after the other, and probes each combination.
    #[inline(never)]
    fn ask_kind(&mut self, probe: &Probe, index: usize, values: Option<u64>, findings: &mut Findings) -> Read<()> {
        let Some(&part) = probe.parts.get(index).filter(|_| index < probe.part_count) else {
            return self.ask_slot(probe, slot_hash(probe.kind, values.ok_or(Damaged)?), findings);
        };
        let mut next = |evaluation: &mut Self, hash: u64| {
            if findings.deny.is_some() {
                return Ok(());
            }
            let values = values.map_or(hash, |values| combine(values, hash));
            evaluation.ask_kind(probe, index + 1, Some(values), findings)
        };
        match self.part_values(part)? {
            Values::None => return Ok(()),
            Values::One(hash) => return next(self, hash),
            Values::Many => {}
        }
        let Some(value) = self.value(part.key)? else { return Ok(()) };
        let (size, seed) = (part.size as usize, self.view.seed());
        for value in value.values() {
            let value = value.as_bytes();
            match part.tag {
                part::VALUE => next(self, hash(seed, value))?,
                part::VALUE_PREFIX => value.get(..size).map_or(Ok(()), |prefix| next(self, hash(seed, prefix)))?,
                part::VALUE_SUFFIX => {
                    let suffix = value.len().checked_sub(size).and_then(|start| value.get(start..));
                    suffix.map_or(Ok(()), |suffix| next(self, hash(seed, suffix)))?;
                }
                part::VALUE_GRAM => value.windows(size.max(1)).try_for_each(|gram| next(self, hash(seed, gram)))?,
                _ => return Err(Damaged),
            }
        }
        Ok(())
    }

    /// Asks the statements filed under one hash. Other hashes may share slot and fingerprint: every statement is verified.
    fn ask_slot(&mut self, probe: &Probe, hash: u64, findings: &mut Findings) -> Read<()> {
        let fingerprint = fingerprint(hash);
        let mut slot = home(hash, probe.mask);
        for _ in 0..=probe.mask {
            let at = probe.slots.checked_add(slot.checked_mul(8).ok_or(Damaged)?).ok_or(Damaged)?;
            let mut entry = self.view.cursor(Section::Index, at)?;
            let (found, target) = (entry.u32()?, entry.u32()?);
            if found == 0 {
                return Ok(());
            }
            if found == fingerprint {
                if target & LIST != 0 {
                    self.ask_list(target & !LIST, findings)?;
                } else {
                    self.ask_statement(target, findings)?;
                }
                if findings.deny.is_some() {
                    return Ok(());
                }
            }
            slot = slot.wrapping_add(1) & probe.mask;
        }
        Ok(())
    }

    /// The hash of a key's single value, computed once for each decision.
    #[inline]
    fn value_hash(&mut self, key: u32, value: &str) -> u64 {
        if let Some(hash) = self.memo.hash(key) {
            return hash;
        }
        let hash = hash(self.view.seed(), value.as_bytes());
        self.memo.set_hash(key, hash);
        hash
    }

    /// The resource's sixth field up to and with its `count`th separator.
    fn tail_up_to_separator(&mut self, count: u8) -> Option<&'a [u8]> {
        let tail = self.request.resource.as_bytes().get(self.resource_head_len..)?;
        let ends = self.tail_ends.get_or_insert_with(|| tail_ends(tail));
        let end = *ends.get((count as usize).checked_sub(1)?)?;
        if end == 0 { None } else { tail.get(..end as usize) }
    }
}

/// Where the first separators of a resource's sixth field end; 0 where there are no more.
pub(super) type TailEnds = [u16; MAX_SEPARATORS];

fn tail_ends(tail: &[u8]) -> TailEnds {
    let mut ends = [0; MAX_SEPARATORS];
    let separators = tail.iter().enumerate().filter(|&(_, &byte)| is_separator(byte));
    // A resource is at most `MAX_NAME_SIZE` bytes long, which fits.
    for (end, (at, _)) in ends.iter_mut().zip(separators) {
        *end = at as u16 + 1;
    }
    ends
}
