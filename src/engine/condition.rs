//! One test of a context key: table 4.2 of the semantics, and the comparison of one value.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::Evaluation;
use super::pattern::Mode;
use crate::artifact::pattern_code::{MAX_SCANNED_TEXTS, comparison, flag};
use crate::artifact::{Cursor, Damaged, Read};
use crate::bytes;
use crate::iam::arn::ArnColons;
use crate::iam::fold::fold_char;
use crate::iam::value::{Decimal, Instant, parse_bool, parse_ip};
use crate::request::ContextValue;

impl<'a> Evaluation<'a, '_> {
    /// Whether a condition holds. `body` is comparison, flags, key, values.
    pub(super) fn condition_holds(&mut self, mut body: Cursor<'a>) -> Read<bool> {
        let (comparison, flags, key) = (body.u8()?, body.u8()?, body.varint()?);
        let value = self.value(key)?;
        match (comparison, value) {
            (comparison::NULL, _) => return null_holds(flags, body, value.is_some()),
            (comparison::IP_ADDRESS, Some(ContextValue::Single(value))) => {
                let address = self.address(key, value);
                let is_inside = address.map_or(Ok(false), |address| contains_address(body, address))?;
                return Ok(is_inside != (flags & flag::NEGATED != 0));
            }
            _ => {}
        }
        quantified(flags, value, |value| self.matches_one(comparison, flags, body, value))
    }

    /// The address that the single value of a key is, read once for each decision.
    pub(super) fn address(&mut self, key: u32, value: &str) -> Option<IpAddr> {
        if let Some(address) = self.memo.address(key) {
            return address;
        }
        let address = parse_ip(value);
        self.memo.set_address(key, address);
        address
    }

    /// Whether one value matches one of the policy's values, under the positive operator.
    pub(super) fn matches_one(&mut self, comparison: u8, flags: u8, mut values: Cursor<'a>, value: &str) -> Read<bool> {
        match comparison {
            comparison::EQUALS => contains_text(values, value.as_bytes()),
            comparison::EQUALS_FOLDED => contains_folded(values, value),
            comparison::LIKE => self.any_pattern(flags, values, value, Mode::Exact),
            comparison::LIKE_FOLDED => self.any_pattern(flags, values, value, Mode::Folded),
            // WC-17.
            comparison::ARN => match ArnColons::find(value) {
                Some(colons) => self.any_pattern(flags, values, value, Mode::Arn(colons)),
                // Only what an artifact knows of a caller can be so long that its colons are not found.
                None if value.len() > usize::from(u16::MAX) => Err(Damaged),
                None => Ok(false),
            },
            comparison::NUMERIC => {
                let Some(value) = Decimal::parse(value) else { return Ok(false) };
                while !values.is_empty() {
                    let Some(policy) = Decimal::parse(values.text()?) else { return Err(Damaged) };
                    if ordering_holds(flags, value.cmp(&policy)) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            comparison::DATE => {
                let Some(value) = Instant::parse(value) else { return Ok(false) };
                while !values.is_empty() {
                    let policy = Instant { seconds: values.u64()? as i64, nanoseconds: values.u32()? };
                    if ordering_holds(flags, value.cmp(&policy)) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            comparison::BOOL => {
                let (accepts_true, accepts_false) = (values.u8()? != 0, values.u8()? != 0);
                Ok(is_accepted(value, accepts_true, accepts_false))
            }
            comparison::BOOL_LIKE => match parse_bool(value) {
                Some(value) => self.any_pattern(flags, values, if value { "true" } else { "false" }, Mode::Folded),
                None => Ok(false),
            },
            comparison::IP_ADDRESS => parse_ip(value).map_or(Ok(false), |address| contains_address(values, address)),
            _ => Err(Damaged),
        }
    }

    fn any_pattern(&mut self, flags: u8, mut patterns: Cursor<'a>, value: &str, mode: Mode) -> Read<bool> {
        if flags & flag::HAS_MAP != 0 {
            let map = patterns.bytes()?;
            return self.any_of_many_patterns(map, patterns, value, mode);
        }
        while !patterns.is_empty() {
            let pattern = patterns.part()?;
            if self.pattern_matches(pattern, value.as_bytes(), mode)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a `Null` test holds. `body` is what it accepts.
#[inline]
pub(super) fn null_holds(flags: u8, mut body: Cursor<'_>, is_present: bool) -> Read<bool> {
    let (accepts_absent, accepts_present) = (body.u8()? != 0, body.u8()? != 0);
    Ok(if flags & flag::FOR_ALL != 0 {
        true
    } else if flags & flag::FOR_ANY != 0 {
        false
    } else if is_present {
        accepts_present
    } else {
        accepts_absent
    })
}

/// Whether a condition holds, given how one value is matched under the positive operator.
///
/// The quantifier is outermost and the negation inside (CO-9). `ForAllValues` on an absent key is true, `ForAnyValue` is false, a bare
/// `Not` is true (CO-6); a bare operator never holds on a multi-valued key (D-07).
#[inline]
pub(super) fn quantified(flags: u8, value: Option<ContextValue<'_>>, mut matches: impl FnMut(&str) -> Read<bool>) -> Read<bool> {
    let (for_all, for_any) = (flags & flag::FOR_ALL != 0, flags & flag::FOR_ANY != 0);
    let negated = flags & flag::NEGATED != 0;
    match value {
        None if for_all || flags & flag::IF_EXISTS != 0 => Ok(true),
        None => Ok(negated && !for_any),
        Some(ContextValue::Single(single)) => Ok(matches(single)? != negated),
        Some(ContextValue::Multi(values)) => {
            if !for_all && !for_any {
                return Ok(false);
            }
            for value in values {
                let holds = matches(value)? != negated;
                if holds != for_all {
                    return Ok(holds);
                }
            }
            Ok(for_all)
        }
    }
}

/// Whether a text is a truth value that is accepted.
#[inline]
pub(super) fn is_accepted(value: &str, accepts_true: bool, accepts_false: bool) -> bool {
    parse_bool(value).is_some_and(|value| if value { accepts_true } else { accepts_false })
}

/// Whether one of the texts of an EQUALS is a value.
#[inline]
pub(super) fn contains_text(mut texts: Cursor<'_>, value: &[u8]) -> Read<bool> {
    let count = texts.varint()?;
    if count > MAX_SCANNED_TEXTS {
        return search_texts(count, texts, |text| Ok(text.bytes()?.cmp(value)));
    }
    for _ in 0..count {
        if bytes::equal(texts.bytes()?, value) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Halving over sorted texts: starts first, then the texts. `compare` says how the text that a cursor is at compares with a value.
#[inline]
fn search_texts(count: u32, list: Cursor<'_>, compare: impl Fn(&mut Cursor<'_>) -> Read<Ordering>) -> Read<bool> {
    let (starts, texts) = list.rest().split_at_checked((count as usize).saturating_mul(4)).ok_or(Damaged)?;
    let (mut low, mut high) = (0, count as usize);
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = Cursor::new(starts.get(middle * 4..).ok_or(Damaged)?).u32()?;
        match compare(&mut Cursor::new(texts.get(start as usize..).ok_or(Damaged)?))? {
            Ordering::Equal => return Ok(true),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Ok(false)
}

fn contains_folded(mut texts: Cursor<'_>, value: &str) -> Read<bool> {
    let count = texts.varint()?;
    if count > MAX_SCANNED_TEXTS {
        // Folded texts are in the order of their bytes, which is that of their characters.
        return search_texts(count, texts, |text| Ok(text.text()?.chars().cmp(value.chars().map(fold_char))));
    }
    for _ in 0..count {
        if value.chars().map(fold_char).eq(texts.text()?.chars()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn contains_address(mut ranges: Cursor<'_>, address: IpAddr) -> Read<bool> {
    while !ranges.is_empty() {
        let (prefix_len, network) = (ranges.u8()?, ranges.bytes()?);
        let is_inside = match (address, network.len()) {
            (IpAddr::V4(address), 4) => {
                let network = Ipv4Addr::from(*network.first_chunk().ok_or(Damaged)?);
                Ipv4Net::new(network, prefix_len).map_err(|_| Damaged)?.contains(&address)
            }
            (IpAddr::V6(address), 16) => {
                let network = Ipv6Addr::from(*network.first_chunk().ok_or(Damaged)?);
                Ipv6Net::new(network, prefix_len).map_err(|_| Damaged)?.contains(&address)
            }
            (_, 4 | 16) => false,
            _ => return Err(Damaged),
        };
        if is_inside {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Context left, policy right (CO-19). The numbers are those of [`crate::ir::Comparison`].
fn ordering_holds(flags: u8, ordering: Ordering) -> bool {
    match flags >> flag::ORDERING_SHIFT {
        0 => ordering.is_eq(),
        1 => ordering.is_lt(),
        2 => ordering.is_le(),
        3 => ordering.is_gt(),
        4 => ordering.is_ge(),
        _ => false,
    }
}
