//! Tests of context keys.

use super::pattern::{self, Heads};
use super::{Sections, pattern_list};
use crate::artifact::pattern_code::{MAX_SCANNED_TEXTS, comparison, flag, list};
use crate::artifact::wire::Put;
use crate::iam::SetOperator;
use crate::ir::{Pattern, Predicate, Test};

/// The body of a condition.
pub(super) fn write(sections: &mut Sections, predicate: &Predicate) -> Vec<u8> {
    let (tag, own_flags, values) = values(sections, &predicate.test);
    let mut bytes = vec![tag, flags(predicate) | own_flags];
    bytes.put_varint(predicate.key.0);
    bytes.extend(values);
    bytes
}

/// Quantifier, `IfExists` and negation.
pub(super) fn flags(predicate: &Predicate) -> u8 {
    let set = match predicate.set {
        Some(SetOperator::ForAllValues) => flag::FOR_ALL,
        Some(SetOperator::ForAnyValue) => flag::FOR_ANY,
        None => 0,
    };
    let if_exists = if predicate.if_exists { flag::IF_EXISTS } else { 0 };
    let negated = if predicate.negated { flag::NEGATED } else { 0 };
    set | if_exists | negated
}

/// Comparison, flags and bytes of the values.
fn values(sections: &mut Sections, test: &Test) -> (u8, u8, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut flags = 0;
    let tag = match test {
        Test::Equals(texts) => {
            write_texts(&mut bytes, texts);
            comparison::EQUALS
        }
        Test::EqualsFolded(texts) => {
            write_texts(&mut bytes, texts);
            comparison::EQUALS_FOLDED
        }
        Test::Like(patterns) => {
            (flags, bytes) = long_list(sections, patterns);
            comparison::LIKE
        }
        Test::LikeFolded(patterns) => {
            write_patterns(sections, &mut bytes, patterns);
            comparison::LIKE_FOLDED
        }
        Test::Arn(patterns) => {
            (flags, bytes) = long_list(sections, patterns);
            comparison::ARN
        }
        Test::Numeric(comparison, texts) => {
            flags = (*comparison as u8) << flag::ORDERING_SHIFT;
            texts.iter().for_each(|text| bytes.put_bytes(text.as_bytes()));
            comparison::NUMERIC
        }
        Test::Date(comparison, instants) => {
            flags = (*comparison as u8) << flag::ORDERING_SHIFT;
            for &(seconds, nanoseconds) in instants {
                bytes.put_u64(seconds as u64);
                bytes.put_u32(nanoseconds);
            }
            comparison::DATE
        }
        Test::Bool(accepts_true, accepts_false) => {
            bytes.extend([u8::from(*accepts_true), u8::from(*accepts_false)]);
            comparison::BOOL
        }
        Test::BoolLike(patterns) => {
            write_patterns(sections, &mut bytes, patterns);
            comparison::BOOL_LIKE
        }
        Test::IpAddress(ranges) => {
            for range in ranges {
                bytes.push(range.prefix_len());
                match range {
                    ipnet::IpNet::V4(range) => bytes.put_bytes(&range.network().octets()),
                    ipnet::IpNet::V6(range) => bytes.put_bytes(&range.network().octets()),
                }
            }
            comparison::IP_ADDRESS
        }
        Test::Null(accepts_absent, accepts_present) => {
            bytes.extend([u8::from(*accepts_absent), u8::from(*accepts_present)]);
            comparison::NULL
        }
    };
    (tag, flags, bytes)
}

/// `count varint`, then the texts; of many, first where each one starts (`u32` after the list of starts).
fn write_texts(bytes: &mut Vec<u8>, texts: &[Box<str>]) {
    bytes.put_varint(texts.len() as u32);
    if texts.len() as u32 > MAX_SCANNED_TEXTS {
        let mut start = 0;
        for text in texts {
            bytes.put_u32(start);
            let mut written = Vec::new();
            written.put_bytes(text.as_bytes());
            start += written.len() as u32;
        }
    }
    texts.iter().for_each(|text| bytes.put_bytes(text.as_bytes()));
}

/// Flags and bytes of patterns that may be many.
fn long_list(sections: &mut Sections, patterns: &[Pattern]) -> (u8, Vec<u8>) {
    let (flags, bytes) = pattern_list::write(sections, patterns, |sections, own| pattern::write(sections, own, Heads::None));
    (if flags & list::HAS_MAP != 0 { flag::HAS_MAP } else { 0 }, bytes)
}

fn write_patterns(sections: &mut Sections, bytes: &mut Vec<u8>, patterns: &[Pattern]) {
    for pattern in patterns {
        bytes.put_bytes(&pattern::write(sections, pattern, Heads::None));
    }
}
