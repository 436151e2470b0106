//! Finding the value of a context key: in the request, in what follows from the request, in what is known of the caller.

use super::Evaluation;
use super::derivation::Derivation;
use crate::artifact::{Damaged, Read, Section};
use crate::iam::fold::{eq_fold, fold_char};
use crate::request::{ContextEntry, ContextValue, folded_tail};

/// One record of the section `keys`.
#[derive(Clone, Copy)]
struct KeyRecord<'a> {
    bytes: &'a [u8; 16],
}

impl<'a> KeyRecord<'a> {
    #[inline]
    fn name_len(self) -> usize {
        u16::from_le_bytes([self.bytes[4], self.bytes[5]]) as usize
    }

    #[inline]
    fn derivation(self) -> u8 {
        self.bytes[6]
    }

    #[inline]
    fn is_ascii(self) -> bool {
        self.bytes[7] != 0
    }

    #[inline]
    fn tail(self) -> u64 {
        let [.., a, b, c, d, e, f, g, h] = *self.bytes;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    #[inline]
    fn name(self, evaluation: &Evaluation<'a, '_>) -> Read<&'a [u8]> {
        let [a, b, c, d, ..] = *self.bytes;
        evaluation.view.string(u32::from_le_bytes([a, b, c, d]))
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
        let value = match place {
            ABSENT => None,
            DERIVED => {
                let record = KeyRecord { bytes: self.view.record(Section::Keys, key)? };
                self.caller.derive(Derivation::from_code(record.derivation()), self.request).map(ContextValue::Single)
            }
            TAG => self.known_tag(KeyRecord { bytes: self.view.record(Section::Keys, key)? })?.map(ContextValue::Single),
            entry => self.request.context.entries().get((entry - FIRST_ENTRY) as usize).map(|entry| entry.value),
        };
        Ok(value.filter(|value| !value.values().is_empty()))
    }

    /// Whether the request settles what value a key has, or that it has none: the request says it (also with an entry without
    /// values, which is an absent key), or it follows from the request, whatever the caller's kind makes of it.
    pub(super) fn is_settled(&mut self, key: u32) -> Read<bool> {
        let record = KeyRecord { bytes: self.view.record(Section::Keys, key)? };
        let follows = self.request.derive && Derivation::from_code(record.derivation()).follows_from_kind();
        Ok(follows || self.find(key)? != ABSENT)
    }

    fn find(&self, key: u32) -> Read<u32> {
        let record = KeyRecord { bytes: self.view.record(Section::Keys, key)? };
        if let Some(index) = self.find_entry(record)? {
            return Ok(index as u32 + FIRST_ENTRY);
        }
        if self.request.derive
            && record.derivation() != Derivation::None as u8
            && self.caller.derive(Derivation::from_code(record.derivation()), self.request).is_some()
        {
            return Ok(DERIVED);
        }
        Ok(if self.known_tag(record)?.is_some() { TAG } else { ABSENT })
    }

    fn find_entry(&self, key: KeyRecord<'a>) -> Read<Option<usize>> {
        let entries = self.request.context.entries();
        let name = key.name(self)?;
        if !key.is_ascii() {
            // Folding may change the length of other letters.
            let name = std::str::from_utf8(name).map_err(|_| Damaged)?;
            return Ok(entries.iter().position(|entry| eq_fold(entry.key, name)));
        }
        let (len, key_tail) = (key.name_len(), key.tail());
        let is_named = |entry: &ContextEntry<'_>| {
            let own = entry.key.as_bytes();
            own.len() == len && folded_tail(own) == key_tail && own.eq_ignore_ascii_case(name)
        };
        let found = entries.iter().position(is_named);
        if found.is_none() && self.request.context.has_non_ascii_keys() {
            return Ok(entries.iter().position(|entry| is_odd_spelling(entry.key.as_bytes(), name)));
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
