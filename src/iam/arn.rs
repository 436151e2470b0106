//! The six fields of an ARN.
//!
//! `arn:partition:service:region:account:resource`: the first five colons separate, later ones belong to the resource
//! (WC-16). Which fields a wildcard may cross is the matcher's business, not this module's.

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
        // PERF: on every decision's path; a search for bytes is six times as fast as `str::splitn` by a character.
        let rest = text.strip_prefix("arn:")?;
        let mut colons = memchr::memchr_iter(b':', rest.as_bytes());
        let (a, b, c, d) = (colons.next()?, colons.next()?, colons.next()?, colons.next()?);
        Some(Arn {
            partition: &rest[..a],
            service: &rest[a + 1..b],
            region: &rest[b + 1..c],
            account: &rest[c + 1..d],
            resource: &rest[d + 1..],
        })
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

/// Whether `text` can be an account id: digits only. Their number (12) is a matter for checks, not for evaluation.
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
