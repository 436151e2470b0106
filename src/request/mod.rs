//! The request: who asks to do what on which resource, in which context.
//!
//! [`Request`] is borrowed and made without allocation; the engine and the reference evaluator both read it. Its JSON form,
//! with tag maps and principal objects, is [`document::RequestDocument`] (feature `compile`).

#[cfg(feature = "compile")]
pub mod document;

use std::fmt;

use crate::engine::hash::folded_digest;
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
            context: Context::EMPTY,
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
        self.check_sizes()?;
        if self.has_well_formed_action() { Ok(()) } else { Err(RequestError(RequestErrorKind::MalformedAction)) }
    }

    /// The part of [`validate`](Request::validate) that does not look into the action.
    #[inline]
    pub(crate) fn check_sizes(&self) -> Result<(), RequestError> {
        let principal = &self.principal;
        let len = |text: Option<&str>| text.map_or(0, str::len);
        let longest = principal.name.len().max(self.resource.len()).max(len(self.resource_account)).max(len(self.endpoint));
        let longest = longest.max(len(principal.role_arn)).max(len(principal.user_arn)).max(len(principal.unique_id));
        if longest > MAX_NAME_SIZE {
            return Err(RequestError(RequestErrorKind::NameTooLong));
        }
        if self.action.len() > MAX_ACTION_SIZE {
            return Err(RequestError(RequestErrorKind::ActionTooLong));
        }
        Ok(())
    }

    /// Whether the action has one colon, and something on both sides of it.
    pub(crate) fn has_well_formed_action(&self) -> bool {
        matches!(self.action.split_once(':'), Some((service, name)) if !service.is_empty() && !name.is_empty() && !name.contains(':'))
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
/// of this module; `signatures` are those of the first entries, then zeros.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    entries: &'a [ContextEntry<'a>],
    signatures: [u32; SIGNED_ENTRIES],
    /// Whether some key has a non-ASCII letter.
    has_non_ascii: bool,
}

/// So many signatures of names travel with a context; the engine makes the others for itself.
pub(crate) const SIGNED_ENTRIES: usize = 16;

impl Default for Context<'_> {
    fn default() -> Self {
        Context::EMPTY
    }
}

impl<'a> Context<'a> {
    const EMPTY: Context<'static> = Context { entries: &[], signatures: [0; SIGNED_ENTRIES], has_non_ascii: false };

    /// Takes the entries as they are, after checking them; no allocation, and no comparison of names unless their
    /// [signatures](signature) are equal.
    ///
    /// # Errors
    /// If two keys differ only in letter case, or a limit is exceeded. A gateway answers such a request with a denial.
    #[inline]
    pub fn new(entries: &'a [ContextEntry<'a>]) -> Result<Context<'a>, RequestError> {
        let (first, more) = entries.split_at(entries.len().min(SIGNED_ENTRIES));
        let mut signatures = [0; SIGNED_ENTRIES];
        let (mut seen, mut may_repeat, mut has_non_ascii) = (0_u64, false, false);
        for (place, entry) in signatures.iter_mut().zip(first) {
            check_sizes(entry)?;
            let (signature, is_ascii) = signature(entry.key.as_bytes());
            *place = signature;
            has_non_ascii |= !is_ascii;
            // One bit for each of 64 groups of signatures tells most contexts that repeat nothing.
            let group = 1 << (signature >> 26);
            may_repeat |= seen & group != 0;
            seen |= group;
        }
        if (may_repeat || has_non_ascii) && has_repeated_name(first, &signatures, has_non_ascii) {
            return Err(RequestError(RequestErrorKind::AmbiguousContextKey));
        }
        if !more.is_empty() {
            has_non_ascii |= check_more(entries, &signatures, has_non_ascii)?;
        }
        Ok(Context { entries, signatures, has_non_ascii })
    }

    /// The place of the only entry that can have this ASCII name, of this signature; compares names. `more` are the signatures
    /// of the entries after the first [`SIGNED_ENTRIES`].
    #[inline]
    pub(crate) fn position(&self, name: &[u8], signature: u32, more: &[u32]) -> Option<usize> {
        let is_named = |place: usize| {
            self.entries.get(place).is_some_and(|entry: &ContextEntry<'_>| entry.key.as_bytes().eq_ignore_ascii_case(name))
        };
        for (place, own) in self.signatures.iter().take(self.entries.len()).enumerate() {
            if *own == signature && is_named(place) {
                return Some(place);
            }
        }
        let mut more = more.iter().zip(SIGNED_ENTRIES..).filter(|&(own, _)| *own == signature);
        more.find(|&(_, place)| is_named(place)).map(|(_, place)| place)
    }

    /// The entries whose signatures do not travel with the context.
    #[inline]
    pub(crate) fn unsigned_entries(&self) -> &'a [ContextEntry<'a>] {
        self.entries.get(SIGNED_ENTRIES..).unwrap_or_default()
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

/// Checks the entries after the first ones; gives whether a name has a non-ASCII letter.
///
/// One bit for each of 4,096 groups of signatures tells names that cannot repeat an earlier one. A name with a non-ASCII letter
/// may equal one of another length in bytes: from the first such name on, everything is compared.
#[cold]
fn check_more(entries: &[ContextEntry<'_>], first: &[u32], mut has_non_ascii: bool) -> Result<bool, RequestError> {
    if entries.len() > MAX_CONTEXT_ENTRIES {
        return Err(RequestError(RequestErrorKind::TooManyEntries));
    }
    let mut seen = [0_u64; 64];
    let mut was_seen = |signature: u32| {
        let (word, bit) = ((signature >> 26) as usize, 1 << (signature >> 20 & 63));
        let was_seen = seen[word] & bit != 0;
        seen[word] |= bit;
        was_seen
    };
    for &signature in first {
        was_seen(signature);
    }
    for (index, entry) in entries.iter().enumerate().skip(first.len()) {
        check_sizes(entry)?;
        let (signature, is_ascii) = signature(entry.key.as_bytes());
        has_non_ascii |= !is_ascii;
        if (was_seen(signature) || has_non_ascii) && is_repeated(entry.key, &entries[..index]) {
            return Err(RequestError(RequestErrorKind::AmbiguousContextKey));
        }
    }
    Ok(has_non_ascii)
}

#[cold]
fn is_repeated(key: &str, earlier: &[ContextEntry<'_>]) -> bool {
    earlier.iter().any(|entry| eq_fold(entry.key, key))
}

#[cold]
fn has_repeated_name(entries: &[ContextEntry<'_>], signatures: &[u32], has_non_ascii: bool) -> bool {
    entries.iter().zip(signatures).enumerate().any(|(index, (entry, signature))| {
        let may_repeat = has_non_ascii || signatures[..index].contains(signature);
        may_repeat && is_repeated(entry.key, &entries[..index])
    })
}

/// 32 bits of the [digest](folded_digest) of a context key's name, and whether the name is ASCII. Names that differ only in the
/// case of ASCII letters have the same
/// signature; it is never 0.
#[inline]
pub(crate) fn signature(name: &[u8]) -> (u32, bool) {
    let (digest, is_ascii) = folded_digest(name);
    ((digest >> 32) as u32 | 1, is_ascii)
}

#[inline]
fn check_sizes(entry: &ContextEntry<'_>) -> Result<(), RequestError> {
    let longest_value = match entry.value {
        ContextValue::Single(value) => value.len(),
        ContextValue::Multi(values) if values.len() > MAX_ENTRY_VALUES => {
            return Err(RequestError(RequestErrorKind::TooManyValues));
        }
        ContextValue::Multi(values) => values.iter().map(|value| value.len()).max().unwrap_or(0),
    };
    if longest_value > MAX_VALUE_SIZE {
        return Err(RequestError(RequestErrorKind::ValueTooLong));
    }
    if entry.key.len() > MAX_KEY_SIZE { Err(RequestError(RequestErrorKind::KeyTooLong)) } else { Ok(()) }
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
