//! Finding the value of a context key: in the request, in what follows from the request, in what is known of the caller.

use super::Evaluation;
use super::derivation::Derivation;
use super::hash::hash;
use crate::artifact::{Damaged, Read, Section, word};
use crate::iam::fold::{eq_fold, fold_char};
use crate::request::ContextValue;

/// One record of the section `keys`: `name u32, signature u32, predicate table u32, derivation u8, is ASCII u8, zero u16`.
#[derive(Clone, Copy)]
pub(super) struct KeyRecord<'a> {
    bytes: &'a [u8; 16],
}

impl<'a> KeyRecord<'a> {
    #[inline]
    fn signature(self) -> u32 {
        word(self.bytes, 1)
    }

    /// Where the key's predicate table is.
    #[inline]
    pub(super) fn table(self) -> u32 {
        word(self.bytes, 2)
    }

    #[inline]
    fn derivation(self) -> u8 {
        self.bytes[12]
    }

    #[inline]
    fn is_ascii(self) -> bool {
        self.bytes[13] != 0
    }

    #[inline]
    fn name(self, evaluation: &Evaluation<'a, '_>) -> Read<&'a [u8]> {
        evaluation.view.string(word(self.bytes, 0))
    }
}

/// Where the value of a key was found, as the memo stores it: an entry's index + `FIRST_ENTRY`, or one of these.
const ABSENT: u32 = 0;
const DERIVED: u32 = 1;
const TAG: u32 = 2;
const FIRST_ENTRY: u32 = 3;

impl<'a> Evaluation<'a, '_> {
    /// The value of a key of the artifact; `None` if it is absent, or multi-valued without values (M-3).
    #[inline]
    pub(super) fn value(&mut self, key: u32) -> Read<Option<ContextValue<'a>>> {
        let place = match self.memo.key(key) {
            Some(place) => place,
            None => {
                let place = self.find(key)?;
                self.memo.set_key(key, place);
                place
            }
        };
        match place.checked_sub(FIRST_ENTRY) {
            Some(entry) => Ok(self.request.context.value_at(entry as usize)),
            None if place == ABSENT => Ok(None),
            None => self.implied_value(place, key),
        }
    }

    /// A value that is not in the request's context.
    fn implied_value(&self, place: u32, key: u32) -> Read<Option<ContextValue<'a>>> {
        let record = self.key_record(key)?;
        let value = match place {
            DERIVED => self.caller.derive(Derivation::from_code(record.derivation()), self.request),
            _ => self.known_tag(record)?,
        };
        Ok(value.map(ContextValue::Single))
    }

    #[inline]
    pub(super) fn key_record(&self, key: u32) -> Read<KeyRecord<'a>> {
        self.view.record(Section::Keys, key).map(|bytes| KeyRecord { bytes })
    }

    /// The hash of a key's single value, computed once for each decision.
    #[inline]
    pub(super) fn value_hash(&mut self, key: u32, value: &str) -> u64 {
        if let Some(hash) = self.memo.hash(key) {
            return hash;
        }
        let hash = hash(self.view.seed(), value.as_bytes());
        self.memo.set_hash(key, hash);
        hash
    }

    /// Whether the request settles what value a key has, or that it has none: the request says it (also with an entry without
    /// values, which is an absent key), or it follows from the request, whatever the caller's kind makes of it.
    pub(super) fn is_settled(&mut self, key: u32) -> Read<bool> {
        let record = self.key_record(key)?;
        let follows = self.request.derive && Derivation::from_code(record.derivation()).follows_from_kind();
        Ok(follows || self.find_in_context(key, record)?.is_some() || self.find(key)? != ABSENT)
    }

    /// The entry of the request's context that has this key.
    #[inline]
    fn find_in_context(&self, key: u32, record: KeyRecord<'a>) -> Read<Option<usize>> {
        if self.has_keyed_context { Ok(self.request.context.keyed_position(key)) } else { self.find_entry(record) }
    }

    fn find(&self, key: u32) -> Read<u32> {
        let record = self.key_record(key)?;
        if let Some(index) = self.find_in_context(key, record)? {
            let is_empty = self.request.context.value_at(index).is_some_and(|value| value.values().is_empty());
            return Ok(if is_empty { ABSENT } else { index as u32 + FIRST_ENTRY });
        }
        if self.request.derive
            && record.derivation() != Derivation::None as u8
            && self.caller.derive(Derivation::from_code(record.derivation()), self.request).is_some()
        {
            return Ok(DERIVED);
        }
        Ok(if self.known_tag(record)?.is_some() { TAG } else { ABSENT })
    }

    #[inline]
    fn find_entry(&self, key: KeyRecord<'a>) -> Read<Option<usize>> {
        let context = &self.request.context;
        let name = key.name(self)?;
        if !key.is_ascii() {
            // Folding may change the length of other letters.
            let name = std::str::from_utf8(name).map_err(|_| Damaged)?;
            return Ok(context.entries().iter().position(|entry| eq_fold(entry.key, name)));
        }
        let found = context.position(name, key.signature(), self.memo.signatures());
        if found.is_none() && context.has_non_ascii_keys() {
            return Ok(context.entries().iter().position(|entry| is_odd_spelling(entry.key.as_bytes(), name)));
        }
        Ok(found)
    }

    /// A tag of the caller that the artifact knows (TG-8: what the request says itself was looked at before).
    fn known_tag(&self, key: KeyRecord<'a>) -> Read<Option<&'a str>> {
        match self.caller.tags {
            Some(tags) if key.derivation() == Derivation::PrincipalTag as u8 => tags.value(key.name(self)?),
            _ => Ok(None),
        }
    }
}

/// Whether a name with non-ASCII letters folds to an ASCII name, as the Kelvin sign folds to `k`.
#[inline]
fn is_odd_spelling(own: &[u8], name: &[u8]) -> bool {
    own.len() > name.len()
        && !own.is_ascii()
        && std::str::from_utf8(own).is_ok_and(|own| own.chars().map(fold_char).eq(name.iter().map(|&byte| char::from(byte))))
}
