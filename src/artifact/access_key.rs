//! Access keys: what part of a request a statement can be filed under.
//!
//! A part is a value of a context key, or something of it; something of the resource; the action; a name of the caller; a key
//! that the context has, whichever, with or without something of its value; or a fact about a key. It is true of every request that
//! its statement applies to (never a negation or `Null: true`; of what also holds without a value, only beside a test that the key
//! is there). A statement that wants one of several things can also be filed once for each, by a part of its own: that a key is
//! absent may be one. A *kind* is one part, or two together (the format has room for three); all statements filed by one kind are
//! found with one probe for each combination of the request's values.
//!
//! ```text
//! index      kind count u32, buckets u32, their mask u32, rest list u32 or NONE, table of pages u32, kinds
//! kind       part count u8, has deny u8, zero u16, three parts
//! part       tag u8, size u8, other key u16, key u32; behind the only part of a kind of grams: zero u8, log2 u8, zero u16, filter u32,
//!            see `gram_filter`
//! buckets    see `buckets`; a target is a record reference, or a list reference with LIST
//! ```
//! The pages, described at [`unit_code`](super::unit_code), say which kinds hold statements that can match a class of actions.

use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

pub(crate) use super::unit_code::NONE;
use crate::hash::{combine, hash};
use crate::iam::value::{Decimal, Instant};

/// Tags of parts.
pub(crate) mod part {
    /// A value of the key.
    pub(crate) const VALUE: u8 = 0;
    /// The first `size` bytes of a value of the key.
    pub(crate) const VALUE_PREFIX: u8 = 1;
    /// The last `size` bytes.
    pub(crate) const VALUE_SUFFIX: u8 = 2;
    /// Some `size` bytes in a row.
    pub(crate) const VALUE_GRAM: u8 = 3;
    /// A value without its letter case (D-21).
    pub(crate) const VALUE_FOLDED: u8 = 4;
    /// The first `size` bytes of a value without its letter case.
    pub(crate) const VALUE_FOLDED_PREFIX: u8 = 5;
    /// The last `size` bytes of it.
    pub(crate) const VALUE_FOLDED_SUFFIX: u8 = 6;
    /// The network that a value's address is in: `size` is a [`network_code`](super::network_code).
    pub(crate) const VALUE_NETWORK: u8 = 7;
    /// The number that a value is, however it is written (CO-21).
    pub(crate) const VALUE_NUMBER: u8 = 8;
    /// The point in time that a value is, however it is written (CO-22).
    pub(crate) const VALUE_INSTANT: u8 = 9;
    /// Of a value that is an ARN: its sixth field up to and with its `size`th separator.
    pub(crate) const VALUE_TAIL: u8 = 10;
    /// The same of what is behind the fifth or any later colon: a pattern's fifth colon may be that one (WC-8).
    pub(crate) const VALUE_LATER_TAIL: u8 = 11;
    /// The whole resource.
    pub(crate) const RESOURCE: u8 = 12;
    /// The resource's first five fields with their colons.
    pub(crate) const RESOURCE_HEAD: u8 = 13;
    /// The resource's sixth field up to and with its `size`th separator.
    pub(crate) const RESOURCE_TAIL: u8 = 14;
    /// The same of what is behind the fifth or any later colon: a pattern's fifth colon may be that one (WC-8).
    pub(crate) const RESOURCE_LATER_TAIL: u8 = 15;
    /// The resource's [field](crate::iam::arn::FIELDS) number `size`, or any later text between two colons: a pattern's field may be
    /// that one (WC-8).
    pub(crate) const RESOURCE_FIELD: u8 = 16;
    /// The last `size` bytes of the resource.
    pub(crate) const RESOURCE_SUFFIX: u8 = 17;
    /// Some `size` bytes in a row of the resource's sixth field.
    pub(crate) const RESOURCE_GRAM: u8 = 18;
    /// The action's class.
    pub(crate) const ACTION: u8 = 19;
    /// A [name](crate::artifact::principal_name) of the caller.
    pub(crate) const PRINCIPAL: u8 = 20;
    /// A key of the context that has a value, whichever.
    pub(crate) const KEY: u8 = 21;
    /// The fact that the key has no value.
    pub(crate) const ABSENT: u8 = 22;
    /// The fact that a value of the key is the value of the other key, as policies say by a variable.
    pub(crate) const SAME: u8 = 23;
    /// Added to the tag of a part of a value: that part of the value of any key, hashed together with the key. For statements that
    /// test more keys than there are kinds.
    pub(crate) const OF_ANY_KEY: u8 = 32;

    /// Whether it is about a key of the context.
    pub(crate) const fn is_of_value(tag: u8) -> bool {
        tag <= VALUE_LATER_TAIL
    }

    /// Whether it is a fact about a key: statements are filed under it with one hash.
    pub(crate) const fn is_fact(tag: u8) -> bool {
        matches!(tag, ABSENT | SAME)
    }

    /// Whether it is never paired: a request would be asked for each piece, or each of its keys, with each value.
    pub(crate) const fn stands_alone(tag: u8) -> bool {
        is_of_pieces(tag) || tag == KEY || of_any_key(tag).is_some()
    }

    /// Whether it is some bytes in a row, wherever they are.
    pub(crate) const fn is_gram(tag: u8) -> bool {
        matches!(tag, VALUE_GRAM | RESOURCE_GRAM)
    }

    /// Whether one value, or one resource, can have many of it, as many as it has bytes.
    pub(crate) const fn is_of_pieces(tag: u8) -> bool {
        is_gram(tag) || matches!(tag, VALUE_LATER_TAIL | RESOURCE_FIELD | RESOURCE_LATER_TAIL)
    }

    /// The part of a value that is looked for in whichever keys the context has.
    pub(crate) const fn of_any_key(tag: u8) -> Option<u8> {
        if tag & OF_ANY_KEY != 0 && is_of_value(tag ^ OF_ANY_KEY) { Some(tag ^ OF_ANY_KEY) } else { None }
    }
}

/// Kind and prefix length of a network, in one byte.
#[cfg(feature = "compile")]
pub(crate) const fn network_code(is_v6: bool, prefix_len: u8) -> u8 {
    if is_v6 { V6 + prefix_len } else { prefix_len }
}

/// In a network code: the network is one of IPv6.
const V6: u8 = 64;

/// Version of the protocol and prefix length.
pub(crate) const fn network_of(code: u8) -> (u8, u8) {
    match code.checked_sub(V6) {
        Some(prefix_len) => (6, prefix_len),
        None => (4, code),
    }
}

/// The hash of the network with this code that an address is in; `None` if it is of the other kind.
pub(crate) fn network_hash(seed: u64, code: u8, address: IpAddr) -> Option<u64> {
    match (address, network_of(code)) {
        (IpAddr::V4(address), (4, prefix_len)) => {
            let network = Ipv4Net::new(address, prefix_len).ok()?.network();
            Some(hash(seed, &network.octets()))
        }
        (IpAddr::V6(address), (6, prefix_len)) => {
            let network = Ipv6Net::new(address, prefix_len).ok()?.network();
            Some(hash(seed, &network.octets()))
        }
        _ => None,
    }
}

/// The hash of a number: equal if numbers are.
pub(crate) fn number_hash(seed: u64, number: Decimal<'_>) -> u64 {
    let (is_negative, integer, fraction) = number.parts();
    combine(combine(hash(seed, integer.as_bytes()), hash(seed, fraction.as_bytes())), is_negative.into())
}

/// The hash of a point in time.
pub(crate) fn instant_hash(seed: u64, instant: Instant) -> u64 {
    combine(hash(seed, &instant.seconds.to_le_bytes()), instant.nanoseconds.into())
}

/// Most parts of a kind.
pub(crate) const MAX_PARTS: usize = 3;
/// Bytes of a kind.
pub(crate) const KIND_SIZE: usize = 28;
/// What statements are filed under by a fact.
pub(crate) const FACT_HASH: u64 = 0;
/// In a slot's target: a list, not a record, or not a single number.
pub(crate) const LIST: u32 = 1 << 31;

/// The hash of a slot: of the kind's number and of its parts' values.
#[inline]
pub(crate) const fn slot_hash(kind: u32, values: u64) -> u64 {
    combine(kind as u64 + 1, values)
}

/// What a slot remembers of its hash; 0 marks a free slot.
#[inline]
pub(crate) const fn fingerprint(hash: u64) -> u32 {
    hash as u32 | 1
}
