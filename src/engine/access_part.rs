//! The values that a request has for one part of an access key.

use std::iter;

use memchr::{memchr, memchr_iter};

use super::Evaluation;
use crate::artifact::access_key::{FACT_HASH, KIND_SIZE, instant_hash, network_hash, number_hash, part};
use crate::artifact::gram_filter::{GRAM_SIZE, GramFilter};
use crate::artifact::separators::up_to_separator;
use crate::artifact::{Damaged, Read, word};
use crate::hash::{combine, folded_text_hash, hash, with_folded_text};
use crate::iam::arn::ArnColons;
use crate::iam::value::{Decimal, Instant, parse_ip};
use crate::request::ContextValue;

/// One part of a kind.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    pub(super) tag: u8,
    pub(super) size: u8,
    /// Of the fact that two keys have the same value.
    pub(super) other: u16,
    pub(super) key: u32,
}

/// How many values of the request a part, or a kind, is about; if one, its hash. Of an action or a key, its number.
pub(super) enum Values {
    None,
    One(u64),
    Many,
}

impl From<Option<u64>> for Values {
    fn from(hash: Option<u64>) -> Values {
        hash.map_or(Values::None, Values::One)
    }
}

impl Part {
    /// A part of a kind's record.
    #[inline]
    pub(super) fn read(kind: &[u8; KIND_SIZE], index: usize) -> Part {
        let [tag, size, other @ ..] = word(kind, 1 + 2 * index).to_le_bytes();
        Part { tag, size, other: u16::from_le_bytes(other), key: word(kind, 2 + 2 * index) }
    }

    /// What a value of the part's key is filed under, if under one hash.
    pub(super) fn hash_of(self, seed: u64, value: &str) -> Option<u64> {
        let (bytes, size) = (value.as_bytes(), usize::from(self.size));
        match self.tag {
            part::VALUE => Some(hash(seed, bytes)),
            part::VALUE_PREFIX => bytes.get(..size).map(|prefix| hash(seed, prefix)),
            part::VALUE_SUFFIX => suffix(bytes, size).map(|suffix| hash(seed, suffix)),
            part::VALUE_FOLDED => Some(folded_text_hash(seed, value)),
            part::VALUE_FOLDED_PREFIX => with_folded_text(value, |folded| Some(hash(seed, folded.get(..size)?))),
            part::VALUE_FOLDED_SUFFIX => with_folded_text(value, |folded| Some(hash(seed, suffix(folded, size)?))),
            part::VALUE_NETWORK => network_hash(seed, self.size, parse_ip(value)?),
            part::VALUE_NUMBER => Some(number_hash(seed, Decimal::parse(value)?)),
            part::VALUE_INSTANT => Some(instant_hash(seed, Instant::parse(value)?)),
            part::VALUE_TAIL => up_to_separator(arn_tail(value)?, self.size).map(|text| hash(seed, text)),
            _ => None,
        }
    }
}

/// The values of a part [`VALUE_LATER_TAIL`](part::VALUE_LATER_TAIL): mostly the sixth field has no colon.
fn later_tail_values(part: Part, seed: u64, value: &str) -> Values {
    match arn_tail(value) {
        Some(tail) if memchr(b':', tail).is_some() => Values::Many,
        Some(tail) => up_to_separator(tail, part.size).map(|text| hash(seed, text)).into(),
        None => Values::None,
    }
}

/// The sixth field of a value that is an ARN: any that begins with `arn:` and has five colons, since no value is so long that
/// [`ArnColons`] could not say where they are.
pub(super) fn arn_tail(value: &str) -> Option<&[u8]> {
    ArnColons::find(value).map(|colons| colons.resource_bytes(value))
}

/// What is behind the fifth and each later colon of an ARN with this sixth field, each up to and with its `count`th separator.
pub(super) fn later_tails(tail: &[u8], count: u8) -> impl Iterator<Item = &[u8]> {
    let starts = iter::once(0).chain(memchr_iter(b':', tail).map(|colon| colon + 1));
    starts.filter_map(move |start| up_to_separator(tail.get(start..)?, count))
}

/// What is looked for if a fact holds.
fn fact(holds: bool) -> Values {
    if holds { Values::One(FACT_HASH) } else { Values::None }
}

/// The last `size` bytes of a text, if it has so many.
pub(super) fn suffix(text: &[u8], size: usize) -> Option<&[u8]> {
    text.len().checked_sub(size).and_then(|start| text.get(start..))
}

impl<'a> Evaluation<'a, '_> {
    /// How many values the request has for a part; the hash, if there is one.
    ///
    /// PERF: always inline, since a part is handed on in several pieces; what most parts are comes first.
    #[inline(always)]
    pub(super) fn part_values(&mut self, part: Part) -> Read<Values> {
        if part.tag == part::VALUE
            && let Some(value) = self.noted_text(part.key)
        {
            return Ok(Values::One(self.value_hash(part.key, value)));
        }
        if part.tag == part::RESOURCE_TAIL {
            return Ok(self.tail_values(part.size));
        }
        self.other_part_values(part)
    }

    /// The values of a part [`RESOURCE_TAIL`](part::RESOURCE_TAIL).
    #[inline(never)]
    fn tail_values(&mut self, count: u8) -> Values {
        let seed = self.view.seed();
        self.tail_up_to_separator(count).map(|text| hash(seed, text)).into()
    }

    #[inline(never)]
    fn other_part_values(&mut self, part: Part) -> Read<Values> {
        let seed = self.view.seed();
        let text = match part.tag {
            part::ACTION => return Ok(Values::One(u64::from(self.action.class()))),
            part::RESOURCE => Some(self.resource.bytes()),
            part::RESOURCE_HEAD => Some(self.resource.head_and_tail().0),
            part::RESOURCE_SUFFIX => suffix(self.resource.bytes(), part.size.into()),
            part::RESOURCE_LATER_TAIL | part::RESOURCE_FIELD if self.resource.has_later_colons() => return Ok(Values::Many),
            part::RESOURCE_LATER_TAIL => self.tail_up_to_separator(part.size),
            part::RESOURCE_FIELD => self.resource.field(part.size),
            part::RESOURCE_GRAM | part::PRINCIPAL | part::KEY => return Ok(Values::Many),
            part::ABSENT => return Ok(fact(self.value(part.key)?.is_none())),
            part::SAME => return Ok(fact(self.has_same_value(part.key, part.other.into())?)),
            tag if part::of_any_key(tag).is_some() => return Ok(Values::Many),
            _ => {
                return Ok(match self.value(part.key)? {
                    // Read once, for all kinds of networks and for the statements that they lead to.
                    Some(ContextValue::Single(value)) if part.tag == part::VALUE_NETWORK => {
                        self.address(part.key, value).and_then(|address| network_hash(seed, part.size, address)).into()
                    }
                    Some(ContextValue::Single(value)) if part.tag == part::VALUE => Values::One(self.value_hash(part.key, value)),
                    Some(ContextValue::Single(value)) if part.tag == part::VALUE_LATER_TAIL => {
                        later_tail_values(part, seed, value)
                    }
                    Some(ContextValue::Single(value)) if part.tag != part::VALUE_GRAM => part.hash_of(seed, value).into(),
                    Some(_) => Values::Many,
                    None => Values::None,
                });
            }
        };
        Ok(text.map(|text| hash(seed, text)).into())
    }

    /// Whether a value of one key is the single value of another, as a variable stands for it (PV-8).
    fn has_same_value(&mut self, key: u32, other: u32) -> Read<bool> {
        let Some(ContextValue::Single(expected)) = self.value(other)? else { return Ok(false) };
        Ok(self.value(key)?.is_some_and(|value| value.values().contains(&expected)))
    }

    /// Hands the hash of each value of a part to `next`, where there may be many; of grams, see [`each_gram`](Self::each_gram).
    pub(super) fn each_value(&mut self, part: Part, mut next: impl FnMut(&mut Self, u64) -> Read<()>) -> Read<()> {
        let seed = self.view.seed();
        let (_, tail) = self.resource.head_and_tail();
        match part.tag {
            part::PRINCIPAL => {
                let mut names = self.caller.names()?.into_iter().flatten();
                names.try_for_each(|name| next(self, name.hash(seed)))
            }
            part::KEY => self.each_key(
                |evaluation, key, value| {
                    if value.values().is_empty() { Ok(()) } else { next(evaluation, key.into()) }
                },
            ),
            part::RESOURCE_LATER_TAIL => later_tails(tail, part.size).try_for_each(|text| next(self, hash(seed, text))),
            part::RESOURCE_FIELD => self.resource.fields_from(part.size).try_for_each(|text| next(self, hash(seed, text))),
            part::VALUE_LATER_TAIL => {
                let Some(value) = self.value(part.key)? else { return Ok(()) };
                let mut tails = value.values().iter().filter_map(|value| arn_tail(value));
                tails.try_for_each(|tail| later_tails(tail, part.size).try_for_each(|text| next(self, hash(seed, text))))
            }
            tag if part::is_gram(tag) => Err(Damaged),
            tag if part::is_of_value(tag) => {
                let Some(value) = self.value(part.key)? else { return Ok(()) };
                for value in value.values() {
                    if let Some(hash) = part.hash_of(seed, value) {
                        next(self, hash)?;
                    }
                }
                Ok(())
            }
            tag => {
                let own = Part { tag: part::of_any_key(tag).ok_or(Damaged)?, ..part };
                self.each_key(|evaluation, key, value| {
                    let mut hashes = value.values().iter().filter_map(|value| own.hash_of(seed, value));
                    hashes.try_for_each(|hash| next(evaluation, combine(key.into(), hash)))
                })
            }
        }
    }

    /// Hands the hash of each gram of a part to `next`, of those that pass the filter.
    ///
    /// PERF: nearly none does. Every place of a text is looked at, so a place takes a few instructions.
    pub(super) fn each_gram(
        &mut self,
        part: Part,
        filter: GramFilter<'_>,
        mut next: impl FnMut(&mut Self, u64) -> Read<()>,
    ) -> Read<()> {
        let seed = self.view.seed();
        let mut of_text = |evaluation: &mut Self, text: &[u8]| {
            let mut filed = text.array_windows::<GRAM_SIZE>().filter(|gram| filter.may_have(**gram));
            filed.try_for_each(|gram| next(evaluation, hash(seed, gram)))
        };
        if part.tag == part::RESOURCE_GRAM {
            let (_, tail) = self.resource.head_and_tail();
            return of_text(self, tail);
        }
        let Some(value) = self.value(part.key)? else { return Ok(()) };
        value.values().iter().try_for_each(|value| of_text(self, value.as_bytes()))
    }

    /// The resource's sixth field up to and with its `count`th separator.
    pub(super) fn tail_up_to_separator(&mut self, count: u8) -> Option<&'a [u8]> {
        let (_, tail) = self.resource.head_and_tail();
        self.separators.up_to(tail, count)
    }
}
