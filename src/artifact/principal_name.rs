//! Names of principals, as statements are filed under them.

use crate::hash::{combine, hash};

/// A name that a `Principal` element has for a caller, or a caller for itself: of an ARN the account and what is behind the last
/// slash, of any other text all of it.
///
/// Paths do not count, since a session's ARN has none (SE-3), and nor do service and partition: elements are compared in full once
/// their statements are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrincipalName<'a> {
    pub(crate) account: &'a [u8],
    pub(crate) name: &'a [u8],
}

/// What entries without a name are filed under in the list of one element.
pub(crate) const NAMELESS: u64 = 0;

/// Most names of one caller: its account, its own name, the role or the user behind it, two ids.
pub(crate) const MAX_CALLER_NAMES: usize = 6;

impl<'a> PrincipalName<'a> {
    /// The name that a text is.
    pub(crate) fn of(text: &'a [u8]) -> PrincipalName<'a> {
        let account = text.split(|&byte| byte == b':').nth(4).unwrap_or_default();
        let name = text.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        PrincipalName { account, name }
    }

    /// What statements are filed under.
    pub(crate) fn hash(self, seed: u64) -> u64 {
        combine(hash(seed, self.account), hash(seed, self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_arns_are_account_and_last_part() {
        for (text, account, name) in [
            ("arn:aws:iam::1111:role/team/builder", "1111", "builder"),
            ("arn:aws:sts::1111:assumed-role/builder/s:1", "1111", "s:1"),
            ("arn:aws:iam::1111:root", "1111", "arn:aws:iam::1111:root"),
            ("1111", "", "1111"),
            ("AIDAALICE", "", "AIDAALICE"),
            ("s3.amazonaws.com", "", "s3.amazonaws.com"),
            ("", "", ""),
        ] {
            let expected = PrincipalName { account: account.as_bytes(), name: name.as_bytes() };
            assert_eq!(PrincipalName::of(text.as_bytes()), expected, "{text}");
        }
    }
}
