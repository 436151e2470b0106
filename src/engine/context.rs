//! Finding the value of a context key: in the request, in what follows from the request, in what is known of the caller.

use std::hint::cold_path;

use super::Evaluation;
use super::derivation::Derivation;
use super::scratch::{KnownText, Memo};
use crate::artifact::key_code::{self, KEY_RECORD_SIZE, SLOT_COUNT_SIZE, SLOT_SIZE, is_spelled};
use crate::artifact::{Damaged, Read, Section, View, word};
use crate::hash::{FIRST_SEED, first_key_signature, folded_key_signature, key_signature};
use crate::iam::fold::eq_fold;
use crate::name_ends::NameEnds;
use crate::request::{Context, ContextEntry, ContextValue, MAX_CONTEXT_ENTRIES, MAX_KEY_SIZE, has_allowed_size};
use crate::text_start::START_SIZE;

/// One record of the section `keys`.
#[derive(Clone, Copy)]
pub(super) struct KeyRecord<'a> {
    bytes: &'a [u8; KEY_RECORD_SIZE],
}

impl<'a> KeyRecord<'a> {
    #[inline]
    pub(super) fn read(view: View<'a>, key: u32) -> Read<KeyRecord<'a>> {
        view.record(Section::Keys, key).map(|bytes| KeyRecord { bytes })
    }

    /// Where the key's predicate table is.
    #[inline]
    pub(super) fn table(self) -> u32 {
        word(self.bytes, 1)
    }

    #[inline]
    pub(super) fn derivation(self) -> Read<Derivation> {
        Derivation::from_code(self.bytes[8])
    }

    /// The folded name.
    #[inline]
    fn name(self, view: View<'a>) -> Read<&'a [u8]> {
        view.string(word(self.bytes, 0))
    }

    /// Whether a request means this key.
    fn is_named(self, view: View<'a>, name: &str) -> Read<bool> {
        Ok(eq_fold(name, std::str::from_utf8(self.name(view)?).map_err(|_| Damaged)?))
    }
}

/// Where the value of a key was found, as the memo stores it: an entry's index + `FIRST_ENTRY`, or one of these.
const ABSENT: u32 = 0;
const DERIVED: u32 = 1;
const TAG: u32 = 2;
const FIRST_ENTRY: u32 = 3;

/// Checks a context, and notes where it has the keys that policies ask for: each entry leads to its key, so nothing is searched
/// for when a test asks.
///
/// PERF: out of line, since the loop wants all registers. Names that no policy has, or that are spelled otherwise, take the way
/// of `note_other`. Of keys that are not noted it can be unknown whether they repeat another.
#[inline(never)]
pub(super) fn note_keys(view: &View<'_>, table: KeyTable, context: &Context<'_>, memo: &mut Memo) -> Read<()> {
    if context.is_keyed() {
        cold_path();
        return note_keyed(view, context, memo);
    }
    let slots = &Slots::read(view, table)?;
    let entries = context.entries();
    if entries.len() > FEW_ENTRIES || view.seed() != FIRST_SEED {
        cold_path();
        return note_many(slots, entries, memo);
    }
    let may_repeat = note_named(slots, entries, memo, 0_u64, |ends, name| first_key_signature(ends, name.len()))?;
    if may_repeat { check(entries) } else { Ok(()) }
}

/// The same of many entries, or under another seed than the usual one.
#[inline(never)]
fn note_many(slots: &Slots<'_>, entries: &[ContextEntry<'_>], memo: &mut Memo) -> Read<()> {
    if entries.len() > MAX_CONTEXT_ENTRIES {
        return Err(Damaged);
    }
    let seed = slots.view.seed();
    let may_repeat = note_named(slots, entries, memo, [0_u64; 64], |_, name| key_signature(seed, name))?;
    if may_repeat { check(entries) } else { Ok(()) }
}

#[cold]
fn check(entries: &[ContextEntry<'_>]) -> Read<()> {
    Context::new(entries).check().map_err(|_| Damaged)
}

/// Notes entries; whether two of those that are not noted may be of one name.
#[inline]
fn note_named<G: Groups>(
    slots: &Slots<'_>,
    entries: &[ContextEntry<'_>],
    memo: &mut Memo,
    groups: G,
    signature: impl Fn(NameEnds, &[u8]) -> u32,
) -> Read<bool> {
    let mut unnoted = UnnotedKeys { groups, may_repeat: false };
    for (index, entry) in entries.iter().enumerate() {
        if !has_allowed_size(entry.value) {
            cold_path();
            return Err(Damaged);
        }
        let place = FIRST_ENTRY + index as u32;
        let name = entry.key.as_bytes();
        let ends = NameEnds::of(name);
        let signature = signature(ends, name);
        let slot = slots.at(key_code::home(signature));
        if word(slot, 0) == signature && is_spelled(slot, ends, name.len()) {
            let key = word(slot, 1);
            if !memo.note_key(key, place) {
                unnoted.add_or_refuse(key, signature, memo)?;
            }
        } else if word(slot, 0) == 0 && ends.is_whole_and_ascii(name.len()) {
            cold_path();
            unnoted.add(signature);
        } else {
            cold_path();
            note_other(slots, entry.key, signature, place, &mut unnoted, memo)?;
        }
    }
    Ok(unnoted.may_repeat)
}

/// Of more entries, two that are not noted would nearly always be in one of few groups.
const FEW_ENTRIES: usize = 16;

/// The keys of a context that no policy asks for, or that the memo has no room for.
struct UnnotedKeys<G> {
    /// The groups of the signatures so far.
    groups: G,
    may_repeat: bool,
}

/// Groups of signatures, one bit each: names in different groups are different.
trait Groups {
    /// Puts the group of a signature in; false if it was in already.
    fn insert(&mut self, signature: u32) -> bool;
}

/// 64 groups, for few entries.
impl Groups for u64 {
    #[inline]
    fn insert(&mut self, signature: u32) -> bool {
        let group = 1 << (signature >> 26);
        let is_new = *self & group == 0;
        *self |= group;
        is_new
    }
}

/// 4,096 groups.
impl Groups for [u64; 64] {
    #[inline]
    fn insert(&mut self, signature: u32) -> bool {
        self[(signature >> 20 & 63) as usize].insert(signature)
    }
}

impl<G: Groups> UnnotedKeys<G> {
    #[inline]
    fn add(&mut self, signature: u32) {
        self.may_repeat |= !self.groups.insert(signature);
    }

    /// Takes a key that the memo did not note: there is no room, or it is noted already, and repeats.
    #[cold]
    fn add_or_refuse(&mut self, key: u32, signature: u32, memo: &Memo) -> Read<()> {
        if memo.has_room_for(key) {
            return Err(Damaged);
        }
        self.add(signature);
        Ok(())
    }
}

/// Notes a key that is not found at first sight.
#[inline(never)]
fn note_other(
    slots: &Slots<'_>,
    name: &str,
    signature: u32,
    place: u32,
    unnoted: &mut UnnotedKeys<impl Groups>,
    memo: &mut Memo,
) -> Read<()> {
    if name.len() > MAX_KEY_SIZE {
        return Err(Damaged);
    }
    // Names that are equal when folded have one signature, and are in one group.
    let signature = if name.is_ascii() { signature } else { folded_key_signature(slots.view.seed(), name) };
    match slots.find(signature, name)? {
        Some(key) if memo.note_key(key, place) => {}
        Some(key) => unnoted.add_or_refuse(key, signature, memo)?,
        None => unnoted.add(signature),
    }
    Ok(())
}

/// The key that a name means, in whatever letter case.
pub(super) fn find_key(view: View<'_>, name: &str) -> Read<Option<u32>> {
    Slots::read(&view, KeyTable::read(view)?)?.find_name(name)
}

/// Where the slots of keys are, worked out once.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyTable {
    slots: u32,
    slot_count: usize,
}

impl KeyTable {
    pub(super) fn read(view: View<'_>) -> Read<KeyTable> {
        let at = key_code::slot_count_at(view.count(Section::Keys));
        let slot_count = view.u32(Section::Keys, at)? as usize;
        if !slot_count.is_power_of_two() {
            return Err(Damaged);
        }
        Ok(KeyTable { slots: at.checked_add(SLOT_COUNT_SIZE as u32).ok_or(Damaged)?, slot_count })
    }
}

/// Where keys are found by their names.
pub(super) struct Slots<'a> {
    view: &'a View<'a>,
    slots: &'a [[u8; SLOT_SIZE]],
}

impl<'a> Slots<'a> {
    #[inline]
    pub(super) fn read(view: &'a View<'a>, table: KeyTable) -> Read<Slots<'a>> {
        let (slots, _) = view.from(Section::Keys, table.slots)?.as_chunks();
        let slots = slots.get(..table.slot_count).ok_or(Damaged)?;
        Ok(Slots { view, slots })
    }

    #[inline]
    fn at(&self, home: usize) -> &'a [u8; SLOT_SIZE] {
        &self.slots[home & (self.slots.len() - 1)]
    }

    /// The key that a name means, in whatever letter case.
    pub(super) fn find_name(&self, name: &str) -> Read<Option<u32>> {
        let ends = NameEnds::of(name.as_bytes());
        // PERF: mostly it is in its first slot in the usual spelling, or that is free.
        if self.view.seed() == FIRST_SEED && ends.is_whole_and_ascii(name.len()) {
            let signature = first_key_signature(ends, name.len());
            let slot = self.at(key_code::home(signature));
            if word(slot, 0) == 0 {
                return Ok(None);
            }
            if word(slot, 0) == signature && is_spelled(slot, ends, name.len()) {
                return Ok(Some(word(slot, 1)));
            }
        }
        self.find(folded_key_signature(self.view.seed(), name), name)
    }

    /// The same, where the signature is known.
    fn find(&self, signature: u32, name: &str) -> Read<Option<u32>> {
        let home = key_code::home(signature);
        for further in 0..self.slots.len() {
            let slot = self.at(home + further);
            if word(slot, 0) == 0 {
                return Ok(None);
            }
            if word(slot, 0) == signature
                && (is_spelled(slot, NameEnds::of(name.as_bytes()), name.len())
                    || KeyRecord::read(*self.view, word(slot, 1))?.is_named(*self.view, name)?)
            {
                return Ok(Some(word(slot, 1)));
            }
        }
        // The number of slots bounds the probes. Only a forged table has no free one.
        Err(Damaged)
    }
}

#[inline(never)]
fn note_keyed(view: &View<'_>, context: &Context<'_>, memo: &mut Memo) -> Read<()> {
    if !context.is_keyed_for(view.checksum()) {
        return Err(Damaged);
    }
    let entries = context.keyed_entries();
    let mut is_suspicious = entries.len() > MAX_CONTEXT_ENTRIES;
    for (place, entry) in (FIRST_ENTRY..).zip(entries) {
        let key = entry.key.index;
        if entry.key.artifact != view.checksum() {
            return Err(Damaged);
        }
        is_suspicious |= !memo.note_key(key, place) || !has_allowed_size(entry.value);
    }
    if is_suspicious && context.check().is_err() { Err(Damaged) } else { Ok(()) }
}

impl<'a> Evaluation<'a, '_> {
    /// The value of a key of the artifact; `None` if it is absent, or multi-valued without values (M-3).
    #[inline]
    pub(super) fn value(&mut self, key: u32) -> Read<Option<ContextValue<'a>>> {
        let place = match self.memo.key(key) {
            Some(place) => place,
            None => self.find_implied(key)?,
        };
        match place.checked_sub(FIRST_ENTRY) {
            Some(entry) => Ok(match self.request.context.value_at(entry as usize) {
                Some(ContextValue::Multi([])) => None,
                value => value,
            }),
            None if place == ABSENT => Ok(None),
            None => self.implied_value(place, key),
        }
    }

    /// The single value of a key that an entry of the context was noted for.
    ///
    /// PERF: the usual case of [`value`](Self::value), always inline.
    #[inline(always)]
    pub(super) fn noted_text(&self, key: u32) -> Option<&'a str> {
        let entry = self.memo.key(key)?.checked_sub(FIRST_ENTRY)?;
        match self.request.context.value_at(entry as usize)? {
            ContextValue::Single(value) => Some(value),
            ContextValue::Multi(_) => None,
        }
    }

    /// Where the value of a key is that no entry of the context was noted for.
    #[inline(never)]
    fn find_implied(&mut self, key: u32) -> Read<u32> {
        let place = self.find(key)?;
        self.memo.set_key(key, place);
        Ok(place)
    }

    /// A value that is not in the request's context.
    fn implied_value(&self, place: u32, key: u32) -> Read<Option<ContextValue<'a>>> {
        let record = self.key_record(key)?;
        let value = match place {
            DERIVED => self.caller.derive(record.derivation()?, self.request)?,
            _ => self.known_tag(record)?,
        };
        Ok(value.map(ContextValue::Single))
    }

    #[inline]
    pub(super) fn key_record(&self, key: u32) -> Read<KeyRecord<'a>> {
        KeyRecord::read(self.view, key)
    }

    /// What is to know of a key's single value, worked out once for each decision.
    #[inline(always)]
    pub(super) fn known_text(&mut self, key: u32, value: &str) -> KnownText {
        // PERF: the usual case is that it is asked for once; here the compiler sees which that is.
        if self.memo.has_text(key) {
            cold_path();
            if let Some(text) = self.memo.text(key) {
                return text;
            }
        }
        // PERF: in two places, so that a short text needs no room for registers.
        if value.len() > START_SIZE {
            cold_path();
            return self.know_text(key, value);
        }
        self.know_text_here(key, value)
    }

    #[inline(never)]
    fn know_text(&mut self, key: u32, value: &str) -> KnownText {
        self.know_text_here(key, value)
    }

    #[inline(always)]
    fn know_text_here(&mut self, key: u32, value: &str) -> KnownText {
        let text = KnownText::of(self.view.seed(), value);
        self.memo.set_text(key, text);
        text
    }

    /// The hash of a key's single value.
    #[inline(always)]
    pub(super) fn value_hash(&mut self, key: u32, value: &str) -> u64 {
        self.known_text(key, value).hash
    }

    /// Whether the request settles what value a key has, or that it has none: the request says it (also with an entry without
    /// values, which is an absent key), or it follows from the request, whatever the caller's kind makes of it.
    pub(super) fn is_settled(&mut self, key: u32) -> Read<bool> {
        let record = self.key_record(key)?;
        let follows = self.request.derive && record.derivation()?.follows_from_kind();
        Ok(follows || self.find_entry(key, record)?.is_some() || self.find(key)? != ABSENT)
    }

    /// The entry of the request's context that has this key.
    fn find_entry(&self, key: u32, record: KeyRecord<'a>) -> Read<Option<usize>> {
        if let Some(place) = self.memo.key(key) {
            return Ok(place.checked_sub(FIRST_ENTRY).map(|place| place as usize));
        }
        if self.memo.has_room_for(key) {
            return Ok(None);
        }
        // The scratch was made for another artifact.
        let context = &self.request.context;
        if context.is_keyed() {
            return Ok(context.keyed_entries().iter().position(|entry| entry.key.index == key));
        }
        for (place, entry) in context.entries().iter().enumerate() {
            if record.is_named(self.view, entry.key)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn find(&self, key: u32) -> Read<u32> {
        let record = self.key_record(key)?;
        if let Some(index) = self.find_entry(key, record)? {
            return Ok(index as u32 + FIRST_ENTRY);
        }
        let derivation = record.derivation()?;
        Ok(match derivation {
            // PERF: most keys that are asked for and not in the request.
            Derivation::None => ABSENT,
            Derivation::PrincipalTag => {
                if self.known_tag(record)?.is_some() {
                    TAG
                } else {
                    ABSENT
                }
            }
            _ if self.request.derive && self.caller.derive(derivation, self.request)?.is_some() => DERIVED,
            _ => ABSENT,
        })
    }

    /// A tag of the caller that the artifact knows (TG-8: what the request says itself was looked at before).
    fn known_tag(&self, key: KeyRecord<'a>) -> Read<Option<&'a str>> {
        match self.caller.tags() {
            Some(tags) if key.derivation()? == Derivation::PrincipalTag => tags.value(key.name(self.view)?),
            _ => Ok(None),
        }
    }
}
