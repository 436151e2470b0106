//! The six fields of an ARN.
//!
//! `arn:partition:service:region:account:resource`: the first five colons separate, later ones belong to the resource
//! (WC-16). Which fields a wildcard may cross is the matcher's business, not this module's.

use std::hint::cold_path;
use std::num::NonZeroU64;

use crate::bytes;

/// The fields of a complete ARN, borrowed from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: &'a str,
    /// `imagebuilder`, `s3`, `iam`, ...
    pub service: &'a str,
    /// The Region; empty for global services.
    pub region: &'a str,
    /// The owner; empty where the ARN does not say (S3), a word such as `aws` where AWS owns the resource.
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `text`; `None` unless it starts with `arn:` and has six fields.
    #[must_use]
    #[inline]
    pub fn parse(text: &'a str) -> Option<Arn<'a>> {
        ArnColons::find(text).map(|colons| colons.arn(text))
    }

    /// The account that owns the resource, if the ARN names one.
    ///
    /// Owners that are words (`aws`, `aws-marketplace`) are not accounts: such resources are offered by AWS to every account.
    #[must_use]
    pub fn account_id(&self) -> Option<&'a str> {
        is_account_id(self.account).then_some(self.account)
    }

    /// Whether this is the ARN of an IAM role.
    #[must_use]
    pub fn is_role(&self) -> bool {
        self.service == "iam" && self.resource.starts_with("role/")
    }

    /// Whether this is the ARN of a KMS key (not of an alias).
    #[must_use]
    pub fn is_kms_key(&self) -> bool {
        self.service == "kms" && self.resource.starts_with("key/")
    }
}

/// Fields of an ARN that have a number, from 1 on.
pub(crate) const FIELDS: [&str; 4] = ["partition", "service", "Region", "account"];

/// Where the fields of an ARN begin and end: what is left of [`Arn`] when the text is kept beside it.
///
/// Invariant: positions of the second to fifth colon of one text that starts with `arn:`. With any other text the fields are
/// wrong, and nothing else happens. Positions of two bytes: the fields that evaluation asks for begin near the start, and what has
/// a fifth colon past 65,535 bytes is no ARN.
///
/// PERF: four numbers of two bytes in one word, also where there may be none, so that it is handed on in a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArnColons(NonZeroU64);

impl ArnColons {
    /// Finds them; `None` if `text` is not an ARN.
    ///
    /// PERF: nearly every ARN is of the partition `aws`, nearly every principal's has no Region and an account of twelve digits.
    /// Both are seen without looking for colons.
    #[inline]
    pub(crate) fn find(text: &str) -> Option<ArnColons> {
        let bytes = text.as_bytes();
        if !starts_with_arn_aws(bytes) {
            return ArnColons::find_any(bytes);
        }
        if let Some(fields) = bytes.get(8..).and_then(<[u8]>::first_chunk::<18>)
            && is_global_with_account(fields)
        {
            return ArnColons::of(GLOBAL);
        }
        colons([7; 4], 1, bytes, 8).and_then(ArnColons::of)
    }

    /// Those of a role session in the partition `aws`, `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`; `None` of anything else.
    ///
    /// PERF: most callers, seen in a few comparisons of words.
    #[inline(always)]
    pub(crate) fn of_usual_session(text: &str) -> Option<ArnColons> {
        let (head, rest) = text.as_bytes().split_first_chunk::<39>()?;
        let fields = head.get(8..).and_then(<[u8]>::first_chunk)?;
        let is_usual = starts_with_arn_aws(head)
            && head.get(8) == Some(&b's')
            && is_global_with_account(fields)
            && head.ends_with(b"assumed-role/")
            && !rest.is_empty();
        if is_usual && bytes::position(rest, b'/').is_some() { ArnColons::of(GLOBAL) } else { None }
    }

    /// The second colon is behind `arn:`, so that these are never all 0.
    #[inline]
    fn of([a, b, c, d]: [u16; 4]) -> Option<ArnColons> {
        NonZeroU64::new(u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48).map(ArnColons)
    }

    /// Where the second, third, fourth or fifth colon is: number 0 to 3.
    #[inline]
    const fn at(self, number: u32) -> u16 {
        (self.0.get() >> (16 * number)) as u16
    }

    #[cold]
    fn find_any(bytes: &[u8]) -> Option<ArnColons> {
        if bytes.starts_with(b"arn:") { colons([0; 4], 0, bytes, 4).and_then(ArnColons::of) } else { None }
    }

    /// All fields.
    #[inline]
    pub(crate) fn arn(self, text: &str) -> Arn<'_> {
        Arn {
            partition: self.partition(text),
            service: self.service(text),
            region: field(text, self.at(1), self.at(2)),
            account: self.account(text),
            resource: self.resource(text),
        }
    }

    #[inline]
    pub(crate) fn partition(self, text: &str) -> &str {
        field(text, 3, self.at(0))
    }

    #[inline]
    pub(crate) fn service(self, text: &str) -> &str {
        field(text, self.at(0), self.at(1))
    }

    #[inline]
    pub(crate) fn account(self, text: &str) -> &str {
        field(text, self.at(2), self.at(3))
    }

    /// The account field as bytes: cheaper, since no character boundary is looked for.
    #[inline]
    pub(crate) fn account_bytes(self, text: &str) -> &[u8] {
        field_bytes(text, self.at(2), self.at(3))
    }

    /// The partition as bytes.
    #[inline]
    pub(crate) fn partition_bytes(self, text: &str) -> &[u8] {
        field_bytes(text, 3, self.at(0))
    }

    /// Whether the account fields of two ARNs are the same twelve bytes, as account ids have; false of fields of another size.
    ///
    /// PERF: without the search for how long the fields are.
    #[inline]
    pub(crate) fn is_same_usual_account(self, text: &str, other: ArnColons, other_text: &str) -> bool {
        let account = |colons: ArnColons, text: &'_ str| -> Option<[u8; 12]> {
            let start = usize::from(colons.at(2)) + 1;
            let has_usual_size = colons.head_len() == start + 13;
            text.as_bytes().get(start..).and_then(<[u8]>::first_chunk).copied().filter(|_| has_usual_size)
        };
        matches!((account(self, text), account(other, other_text)), (Some(own), Some(other)) if own == other)
    }

    /// Whether two ARNs are of one partition.
    #[inline]
    pub(crate) fn is_same_partition(self, text: &str, other: ArnColons, other_text: &str) -> bool {
        // PERF: nearly all are of `aws`, and eight bytes are compared at once.
        let start = |text: &str| text.as_bytes().first_chunk::<8>().map_or(0, |start| u64::from_le_bytes(*start));
        if start(text) == start(other_text) && self.at(0) == 7 && other.at(0) == 7 {
            return true;
        }
        cold_path();
        self.partition_bytes(text) == other.partition_bytes(other_text)
    }

    /// One of the [`FIELDS`] as bytes.
    pub(crate) fn field(self, text: &str, number: u8) -> Option<&[u8]> {
        let ends = [3, self.at(0), self.at(1), self.at(2), self.at(3)];
        let (before, after) = (ends.get(usize::from(number).checked_sub(1)?)?, ends.get(usize::from(number))?);
        Some(field_bytes(text, *before, *after))
    }

    /// The service as bytes.
    #[inline]
    pub(crate) fn service_bytes(self, text: &str) -> &[u8] {
        field_bytes(text, self.at(0), self.at(1))
    }

    /// The sixth field as bytes.
    #[inline]
    pub(crate) fn resource_bytes(self, text: &str) -> &[u8] {
        text.as_bytes().get(self.head_len()..).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn resource(self, text: &str) -> &str {
        text.get(self.head_len()..).unwrap_or_default()
    }

    /// Where the field that begins at this place, or goes on there, ends: at one of the second to fifth colons. `None` within `arn:`,
    /// of which the colon is not among them, and behind the fifth.
    pub(crate) fn field_end(self, place: usize) -> Option<usize> {
        let ends = [0, 1, 2, 3].map(|number| usize::from(self.at(number)));
        if place <= 3 { None } else { ends.into_iter().find(|&end| end >= place) }
    }

    /// Length of the first five fields with their colons.
    #[inline]
    pub(crate) const fn head_len(self) -> usize {
        self.at(3) as usize + 1
    }
}

/// Where the colons of an ARN of IAM or STS are in the partition `aws`: its account has twelve digits.
const GLOBAL: [u16; 4] = [7, 11, 12, 25];

/// PERF: one comparison of eight bytes.
#[inline]
fn starts_with_arn_aws(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|start| u64::from_le_bytes(*start) == u64::from_le_bytes(*b"arn:aws:"))
}

/// Whether this is `iam::` or `sts::`, twelve digits, and a colon.
#[inline]
fn is_global_with_account(fields: &[u8; 18]) -> bool {
    let [a, b, c, d, e, account @ .., last] = *fields;
    let [f, g, h, i, j, k, l, m, rest @ ..] = account;
    let (high, low) = (u64::from_le_bytes([f, g, h, i, j, k, l, m]), u64::from(u32::from_le_bytes(rest)));
    // Of a digit, what is left without its high half is at most 9: adding 0x76 does not reach the top bit.
    let odd = |word: u64, zeros: u64| {
        let digits = word ^ zeros;
        (digits | digits.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 | digits & 0x7070_7070_7070_7070
    };
    let service = [a, b, c, d, e];
    (service == *b"sts::" || service == *b"iam::")
        && odd(high, 0x3030_3030_3030_3030) | odd(low, 0x3030_3030) == 0
        && last == b':'
}

/// What is between two colons.
#[inline]
fn field(text: &str, before: u16, after: u16) -> &str {
    text.get(before as usize + 1..after as usize).unwrap_or_default()
}

#[inline]
fn field_bytes(text: &str, before: u16, after: u16) -> &[u8] {
    text.as_bytes().get(before as usize + 1..after as usize).unwrap_or_default()
}

/// Fills `found` from `count` on with the positions of the colons from `start` on.
///
/// PERF: on every decision's path, twice. Eight bytes at a time: the colons are near, so a search that has to be set up costs
/// more than it saves.
#[inline]
fn colons(mut found: [u16; 4], mut count: usize, bytes: &[u8], start: usize) -> Option<[u16; 4]> {
    let (chunks, rest) = bytes.get(start..)?.as_chunks::<8>();
    let mut at = start;
    for chunk in chunks {
        let mut hits = bytes::hits(*chunk, b':');
        while hits != 0 {
            *found.get_mut(count)? = u16::try_from(at + hits.trailing_zeros() as usize / 8).ok()?;
            count += 1;
            if count == found.len() {
                return Some(found);
            }
            hits &= hits - 1;
        }
        at += 8;
    }
    for (position, _) in (at..).zip(rest).filter(|&(_, &byte)| byte == b':') {
        *found.get_mut(count)? = u16::try_from(position).ok()?;
        count += 1;
        if count == found.len() {
            return Some(found);
        }
    }
    None
}

/// Whether `text` can be an account id: digits only. Their number (12) is a matter for checks, not for evaluation.
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// WC-17: six components, of which the first is `arn`.
#[cfg(feature = "compile")]
pub(crate) fn is_whole_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.bytes().filter(|&byte| byte == b':').nth(4).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_a_plain_split() {
        let long = "arn:aws:imagebuilder:us-east-1:111122223333:component/web/1.0.0:x";
        let texts = [
            "",
            "arn",
            "arn:",
            "arn::::",
            "arn:::::",
            "arn:a:b:c:d",
            "arn:a:b:c:d:",
            "arn:a:b:c:d:e:f",
            "arn:::::::",
            "xrn:a:b:c:d:e",
            "arn:aws:b:c:d:e",
            "arn:aws::::",
            "arn:aws-cn:b:c:d:e",
            "arn:aws:",
            "arn:aws:iam::111122223333:role/x:y",
            "arn:aws:sts::11112222:333:x",
            "arn:aws:sam::111122223333:x",
            "arn:aws:sts::111122223333:",
        ];
        for text in texts.into_iter().map(str::to_owned).chain((0..=long.len()).map(|end| long[..end].to_owned())) {
            let fields: Vec<&str> = text.splitn(6, ':').collect();
            let expected = (fields.len() == 6 && fields[0] == "arn").then(|| Arn {
                partition: fields[1],
                service: fields[2],
                region: fields[3],
                account: fields[4],
                resource: fields[5],
            });
            assert_eq!(Arn::parse(&text), expected, "{text}");
        }
    }
}
