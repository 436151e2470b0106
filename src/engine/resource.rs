//! The resource of a request, taken apart as far as decisions need it.

use std::hint::cold_path;

use memchr::memchr_iter;

use crate::bytes;
use crate::iam::Principal;
use crate::iam::arn::{ArnColons, FIELDS, is_account_id};

/// A resource's text and where its fields are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resource<'a> {
    text: &'a str,
    colons: Option<ArnColons>,
    /// Of resources with one head after the other, one number; 0 where the head was not kept.
    head_version: u64,
}

impl<'a> Resource<'a> {
    /// Takes a text apart; `last` is the ARN head of an earlier one.
    ///
    /// PERF: always inline, with the comparison of heads, which takes little more than a call.
    #[inline(always)]
    pub(super) fn new(text: &'a str, last: &mut LastHead) -> Resource<'a> {
        match last.colons(text) {
            Some(colons) => Resource { text, colons: Some(colons), head_version: last.version },
            None => {
                cold_path();
                let (colons, head_version) = last.find(text);
                Resource { text, colons, head_version }
            }
        }
    }

    /// Tells the heads of resources apart that follow each other: those of one number, but 0, are equal.
    #[inline]
    pub(super) fn head_version(self) -> u64 {
        self.head_version
    }

    #[inline]
    pub(super) fn bytes(self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The first five fields with their colons, and the sixth. Of a text that is no ARN: the whole text, and nothing.
    #[inline]
    pub(super) fn head_and_tail(self) -> (&'a [u8], &'a [u8]) {
        let bytes = self.text.as_bytes();
        bytes.split_at_checked(self.colons.map_or(bytes.len(), ArnColons::head_len)).unwrap_or((bytes, &[]))
    }

    /// Whether the sixth field has colons of its own.
    pub(super) fn has_later_colons(self) -> bool {
        self.head_and_tail().1.contains(&b':')
    }

    /// The [field](FIELDS) of this number.
    pub(super) fn field(self, number: u8) -> Option<&'a [u8]> {
        self.colons?.field(self.text, number)
    }

    /// The same; if there are later colons, also all later texts between two of them.
    pub(super) fn fields_from(self, number: u8) -> impl Iterator<Item = &'a [u8]> {
        let last = if self.has_later_colons() { FIELDS.len() as u8 } else { number };
        let fields = (number..=last).filter_map(move |number| self.field(number));
        let (_, tail) = self.head_and_tail();
        let mut start = 0;
        let later = memchr_iter(b':', tail).filter_map(move |colon| tail.get(std::mem::replace(&mut start, colon + 1)..colon));
        fields.chain(later)
    }

    /// What is behind the colon of this number, from 1 on; if the sixth field has colons, also what is behind each later one.
    pub(super) fn texts_behind_colon(self, number: u8) -> impl Iterator<Item = &'a [u8]> {
        // Nothing but an ARN has fields.
        let bytes = if self.colons.is_some() { self.bytes() } else { &[] };
        let count = if self.has_later_colons() { usize::MAX } else { 1 };
        let colons = memchr_iter(b':', bytes).skip(usize::from(number).saturating_sub(1)).take(count);
        colons.filter_map(move |colon| bytes.get(colon + 1..))
    }

    /// What is behind each slash.
    pub(super) fn texts_behind_slashes(self) -> impl Iterator<Item = &'a [u8]> {
        let bytes = self.bytes();
        memchr_iter(b'/', bytes).filter_map(move |slash| bytes.get(slash + 1..))
    }

    /// The account that owns the resource, if the ARN names one.
    pub(super) fn account_id(self) -> Option<&'a str> {
        self.colons.map(|colons| colons.account(self.text)).filter(|account| is_account_id(account))
    }

    /// Whether its ARN has the account field of another, if both are as long as an account id. Otherwise they may be the same.
    #[inline]
    pub(super) fn is_of_account(self, other: ArnColons, other_text: &str) -> bool {
        self.colons.is_some_and(|colons| colons.is_same_usual_account(self.text, other, other_text))
    }

    /// Whether it and the caller are of one partition; true if one of them does not say.
    #[inline]
    pub(super) fn shares_partition(self, principal: &Principal<'_>) -> bool {
        match (self.colons, principal.colons()) {
            (Some(own), Some(caller)) => own.is_same_partition(self.text, caller, principal.name),
            _ => true,
        }
    }

    /// Whether it is an IAM role.
    #[inline]
    pub(super) fn is_role(self) -> bool {
        self.is_of(b"iam", b"role/")
    }

    /// Whether it is a KMS key (not an alias).
    #[inline]
    pub(super) fn is_kms_key(self) -> bool {
        self.is_of(b"kms", b"key/")
    }

    #[inline]
    fn is_of(self, service: &[u8], prefix: &[u8]) -> bool {
        self.colons.is_some_and(|colons| {
            colons.service_bytes(self.text) == service && colons.resource_bytes(self.text).starts_with(prefix)
        })
    }
}

/// The first five fields of the last resource that was an ARN.
///
/// PERF: most requests are about resources of one service, Region and account, one after the other. A text that begins with these
/// bytes has its first five colons where they are, so one comparison does what a search for colons does.
#[derive(Debug, Clone)]
pub(super) struct LastHead {
    bytes: [u8; MAX_LAST_HEAD_SIZE],
    /// Of the head, with its last colon; 0 if there was none that fits.
    len: u8,
    colons: Option<ArnColons>,
    /// How many heads were kept, up to this one.
    version: u64,
}

/// Longer heads are not kept: the longest of AWS have about sixty bytes.
const MAX_LAST_HEAD_SIZE: usize = 64;

impl Default for LastHead {
    fn default() -> Self {
        LastHead { bytes: [0; MAX_LAST_HEAD_SIZE], len: 0, colons: None, version: 0 }
    }
}

impl LastHead {
    /// Where the colons of a text are that has this head.
    ///
    /// PERF: always inline, see [`Resource::new`].
    #[inline(always)]
    fn colons(&self, text: &str) -> Option<ArnColons> {
        let len = usize::from(self.len);
        if len > self.bytes.len() || len > text.len() {
            cold_path();
            return None;
        }
        if bytes::starts_with(text.as_bytes(), self.bytes.get(..len)?) { self.colons } else { None }
    }

    /// Searches for the colons of a text, and keeps its head; gives the head's number, or 0.
    #[inline(never)]
    fn find(&mut self, text: &str) -> (Option<ArnColons>, u64) {
        let colons = ArnColons::find(text);
        let Some(head) = colons.and_then(|colons| text.as_bytes().get(..colons.head_len())) else { return (None, 0) };
        let Some(kept) = self.bytes.get_mut(..head.len()) else { return (colons, 0) };
        kept.copy_from_slice(head);
        self.version += 1;
        (self.len, self.colons) = (head.len() as u8, colons);
        (colons, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_depend_on_the_texts_before() {
        let long = format!("arn:aws:imagebuilder:{}:111122223333:component/web", "r".repeat(MAX_LAST_HEAD_SIZE));
        let texts = [
            "*",
            "arn:aws:s3:::bucket",
            "arn:aws:s3:::bucket:key",
            "arn:aws:s3::1:bucket",
            "arn:aws:s3:::",
            "arn:aws:s3::",
            &long,
            "arn:aws:imagebuilder:us-east-1:111122223333:component/web/1.0.0",
            "arn:aws:imagebuilder:us-east-1:111122223334:component/web/1.0.0",
            "arn:aws-cn:imagebuilder:us-east-1:111122223333:component/web/1.0.0",
        ];
        for first in texts {
            for second in texts {
                let (mut last, mut heads) = (LastHead::default(), std::collections::BTreeMap::new());
                for text in [first, second, first] {
                    let resource = Resource::new(text, &mut last);
                    assert_eq!(resource.colons, ArnColons::find(text), "{text} after {first}, {second}");
                    let before = heads.insert(resource.head_version(), resource.head_and_tail().0);
                    assert!(resource.head_version() == 0 || before.is_none_or(|before| before == resource.head_and_tail().0));
                }
            }
        }
    }
}
