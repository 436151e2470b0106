//! The request: who asks to do what on which resource, in which context.
//!
//! [`Request`] is borrowed and made without allocation; the engine and the reference evaluator both read it. Its JSON form,
//! with tag maps and principal objects, is [`document::RequestDocument`] (feature `compile`).

#[cfg(feature = "compile")]
pub mod document;

use std::fmt;

use crate::iam::{Principal, arn::Arn, fold::eq_fold};

/// Longest principal, action, resource or account text, in bytes.
pub const MAX_NAME_SIZE: usize = 4096;
/// Longest action, in bytes, as in the IAM simulator; the longest name of AWS has 63 characters.
pub const MAX_ACTION_SIZE: usize = 128;
/// Longest context key name, in bytes (a tag key has at most 128 characters, TG-7).
pub const MAX_KEY_SIZE: usize = 1024;
/// Longest context value, in bytes (a tag value has at most 256 characters, TG-7).
pub const MAX_VALUE_SIZE: usize = 8192;
/// Most context entries: four sets of 50 tags (TG-7) and room for the other keys.
pub const MAX_CONTEXT_ENTRIES: usize = 1024;
/// Most values of one multi-valued entry.
pub const MAX_ENTRY_VALUES: usize = 1024;

/// One authorization question: one action on one resource (M-1).
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// `service:Name`; letter case does not matter.
    pub action: &'a str,
    /// The ARN of the resource, or `*` for an action without resource-level permission.
    pub resource: &'a str,
    /// The account that owns the resource, where the ARN does not say (S3).
    pub resource_account: Option<&'a str>,
    /// The context keys of the request.
    pub context: Context<'a>,
    /// Whether keys that follow from the request itself (`aws:PrincipalArn`, ...) are filled in where `context` lacks them.
    pub derive: bool,
    /// Whether the caller's account is the organisation's management account; an artifact may know it as well.
    pub caller_in_management_account: bool,
    /// The same of the resource's account.
    pub resource_in_management_account: bool,
    /// Whether a KMS grant allows the request: counts as a DIRECT grant of the resource policy (EV-34).
    pub grant_allows: bool,
    /// The VPC endpoint that the request came through, if the artifact holds its policy.
    pub endpoint: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// A request with an empty context.
    #[must_use]
    pub const fn new(principal: Principal<'a>, action: &'a str, resource: &'a str) -> Request<'a> {
        Request {
            principal,
            action,
            resource,
            resource_account: None,
            context: Context { entries: &[], has_non_ascii: false },
            derive: true,
            caller_in_management_account: false,
            resource_in_management_account: false,
            grant_allows: false,
            endpoint: None,
        }
    }

    /// The account that owns the resource as far as the request tells: what it says, else what the ARN says.
    #[must_use]
    pub fn known_resource_account(&self) -> Option<&'a str> {
        self.resource_account.or_else(|| Arn::parse(self.resource)?.account_id())
    }

    /// The account that decides between same-account and cross-account evaluation (EV-5). Where nothing tells, the caller's
    /// own, as the IAM simulator assumes.
    #[must_use]
    pub fn owner_account(&self) -> Option<&'a str> {
        self.known_resource_account().or_else(|| self.principal.account())
    }

    /// Checks the limits of the texts that are not context; O(1).
    ///
    /// # Errors
    /// If a text is too long, or the action is not `service:Name`.
    pub fn validate(&self) -> Result<(), RequestError> {
        let principal = &self.principal;
        let optional = [self.resource_account, principal.role_arn, principal.user_arn, principal.unique_id, self.endpoint];
        let longest = principal.name.len().max(self.resource.len());
        if longest > MAX_NAME_SIZE || optional.iter().any(|text| text.is_some_and(|text| text.len() > MAX_NAME_SIZE)) {
            return Err(RequestError(RequestErrorKind::NameTooLong));
        }
        if self.action.len() > MAX_ACTION_SIZE {
            return Err(RequestError(RequestErrorKind::ActionTooLong));
        }
        let action = self.action.as_bytes();
        match memchr::memchr(b':', action) {
            Some(colon) if colon > 0 && colon + 1 < action.len() && memchr::memchr(b':', &action[colon + 1..]).is_none() => {
                Ok(())
            }
            _ => Err(RequestError(RequestErrorKind::MalformedAction)),
        }
    }
}

/// One context key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextEntry<'a> {
    /// The name of the key: `aws:RequestTag/team`.
    pub key: &'a str,
    /// Its value.
    pub value: ContextValue<'a>,
}

/// The value of a context key. Its arity belongs to the request, not to the policy (M-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextValue<'a> {
    /// A single-valued key.
    Single(&'a str),
    /// A multi-valued key; without values it counts as absent (M-3).
    Multi(&'a [&'a str]),
}

impl<'a> ContextValue<'a> {
    /// All values.
    #[must_use]
    pub fn values(&self) -> &[&'a str] {
        match self {
            ContextValue::Single(value) => std::slice::from_ref(value),
            ContextValue::Multi(values) => values,
        }
    }
}

/// The context of a request.
///
/// Invariants, kept by [`Context::new`]: no two keys differ only in letter case (D-22); sizes and counts are within the limits
/// of this module.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    entries: &'a [ContextEntry<'a>],
    /// Whether some key has a non-ASCII letter.
    has_non_ascii: bool,
}

impl<'a> Context<'a> {
    /// Takes the entries as they are, after checking them; no allocation, and no comparison of names unless two have the same
    /// length and last letter.
    ///
    /// # Errors
    /// If two keys differ only in letter case, or a limit is exceeded. A gateway answers such a request with a denial.
    pub fn new(entries: &'a [ContextEntry<'a>]) -> Result<Context<'a>, RequestError> {
        if entries.len() > MAX_CONTEXT_ENTRIES {
            return Err(RequestError(RequestErrorKind::TooManyEntries));
        }
        let mut filter = NameFilter::default();
        for (index, entry) in entries.iter().enumerate() {
            check_sizes(entry)?;
            if filter.may_repeat(entry.key) && entries[..index].iter().any(|earlier| eq_fold(earlier.key, entry.key)) {
                return Err(RequestError(RequestErrorKind::AmbiguousContextKey));
            }
        }
        Ok(Context { entries, has_non_ascii: filter.has_non_ascii })
    }

    /// Whether some key has a letter that is not ASCII, so that its length in bytes may change when folded.
    #[must_use]
    #[inline]
    pub(crate) const fn has_non_ascii_keys(&self) -> bool {
        self.has_non_ascii
    }

    /// The entries as given.
    #[must_use]
    pub fn entries(&self) -> &'a [ContextEntry<'a>] {
        self.entries
    }
}

/// Tells names that cannot be equal to an earlier one from those that must be compared, without comparing names pairwise.
///
/// One bit for each (length, last eight letters) seen, of 1,024. A name with a non-ASCII letter may equal one of another length
/// in bytes: from the first such name on, everything is compared.
#[derive(Default)]
struct NameFilter {
    seen: [u64; 16],
    has_non_ascii: bool,
}

impl NameFilter {
    #[inline]
    fn may_repeat(&mut self, name: &str) -> bool {
        let mixed = (folded_tail(name.as_bytes()) ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (word, bit) = ((mixed >> 60) as usize, 1 << (mixed >> 54 & 63));
        let was_seen = self.seen[word] & bit != 0;
        self.seen[word] |= bit;
        self.has_non_ascii |= !name.is_ascii();
        was_seen || self.has_non_ascii
    }
}

/// The last eight bytes of a name, ASCII-folded, as a number: names of equal length that differ mostly differ there.
#[inline]
pub(crate) fn folded_tail(name: &[u8]) -> u64 {
    let mut last = [0; 8];
    match name.last_chunk() {
        Some(chunk) => last = *chunk,
        None => last[8 - name.len()..].copy_from_slice(name),
    }
    last.make_ascii_lowercase();
    u64::from_le_bytes(last)
}

#[inline]
fn check_sizes(entry: &ContextEntry<'_>) -> Result<(), RequestError> {
    let value_is_short = match entry.value {
        ContextValue::Single(value) => value.len() <= MAX_VALUE_SIZE,
        ContextValue::Multi(values) => {
            if values.len() > MAX_ENTRY_VALUES {
                return Err(RequestError(RequestErrorKind::TooManyValues));
            }
            values.iter().all(|value| value.len() <= MAX_VALUE_SIZE)
        }
    };
    if entry.key.len() > MAX_KEY_SIZE {
        return Err(RequestError(RequestErrorKind::KeyTooLong));
    }
    if value_is_short { Ok(()) } else { Err(RequestError(RequestErrorKind::ValueTooLong)) }
}

/// Why a request cannot be evaluated. Never an Allow: a gateway answers it with a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestError(RequestErrorKind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestErrorKind {
    AmbiguousContextKey,
    KeyTooLong,
    ValueTooLong,
    TooManyEntries,
    TooManyValues,
    NameTooLong,
    ActionTooLong,
    MalformedAction,
}

impl RequestError {
    /// Whether two context keys or tags differ only in letter case (D-22).
    #[must_use]
    pub fn is_ambiguous_context_key(&self) -> bool {
        self.0 == RequestErrorKind::AmbiguousContextKey
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RequestErrorKind::AmbiguousContextKey => {
                f.write_str("AmbiguousContextKey: two context keys differ only in letter case")
            }
            RequestErrorKind::KeyTooLong => write!(f, "a context key is longer than {MAX_KEY_SIZE} bytes"),
            RequestErrorKind::ValueTooLong => write!(f, "a context value is longer than {MAX_VALUE_SIZE} bytes"),
            RequestErrorKind::TooManyEntries => write!(f, "the context has more than {MAX_CONTEXT_ENTRIES} keys"),
            RequestErrorKind::TooManyValues => write!(f, "a context key has more than {MAX_ENTRY_VALUES} values"),
            RequestErrorKind::NameTooLong => {
                write!(f, "principal, action, resource or account is longer than {MAX_NAME_SIZE} bytes")
            }
            RequestErrorKind::ActionTooLong => write!(f, "the action is longer than {MAX_ACTION_SIZE} bytes"),
            RequestErrorKind::MalformedAction => f.write_str("the action is not of the form `service:Name`"),
        }
    }
}

impl std::error::Error for RequestError {}
