//! The request: who asks to do what on which resource, in which context.
//!
//! [`Request`] is borrowed and made without allocation; the engine and the reference evaluator both read it. Its JSON form,
//! with tag maps and principal objects, is [`document::RequestDocument`] (feature `compile`).

#[cfg(feature = "compile")]
pub mod document;

use std::fmt;

use crate::engine::hash::{LETTER_CASE, folded_digest, halves};
use crate::engine::{ActionId, KeyId, PrincipalId, ResolvedAction, ResolvedPrincipal};
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
    /// What an engine has found out about principal and action before; nothing, unless made by [`Request::of_resolved`]. Whoever
    /// changes principal or action of such a request sets it to its default.
    pub resolved: Resolved,
}

/// What an engine has found out about a request's principal and action. Only that engine looks at it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resolved {
    pub(crate) principal: Option<PrincipalId>,
    pub(crate) action: Option<ActionId>,
    /// Whether guard rails over the artifact give the caller a boundary.
    pub(crate) is_bounded: bool,
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
            resolved: Resolved { principal: None, action: None, is_bounded: false },
        }
    }

    /// A request with an empty context, whose principal and action an engine has [resolved](crate::Engine::principal) before.
    ///
    /// Another engine (of an artifact that was swapped in meanwhile, say) resolves them again, and answers rightly.
    #[must_use]
    pub const fn of_resolved(principal: &ResolvedPrincipal<'a>, action: &ResolvedAction<'a>, resource: &'a str) -> Request<'a> {
        let mut request = Request::new(principal.principal, action.text, resource);
        request.resolved = Resolved { principal: Some(principal.id), action: Some(action.id), is_bounded: false };
        request
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

/// One context key by its id, and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyedEntry<'a> {
    /// The key, as [`Engine::key`](crate::Engine::key) gave it.
    pub key: KeyId,
    /// Its value.
    pub value: ContextValue<'a>,
}

/// The context of a request.
///
/// Invariants, kept by [`Context::new`]: no two keys differ only in letter case (D-22); sizes and counts are within the limits
/// of this module; `signatures` are those of the first entries, then zeros.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    entries: &'a [ContextEntry<'a>],
    /// Instead of `entries`.
    keyed: &'a [KeyedEntry<'a>],
    is_keyed: bool,
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
    const EMPTY: Context<'static> =
        Context { entries: &[], keyed: &[], is_keyed: false, signatures: [0; SIGNED_ENTRIES], has_non_ascii: false };

    /// Takes the entries as they are, after checking them; no allocation, and no comparison of names unless their
    /// [signatures](signature) are equal.
    ///
    /// # Errors
    /// If two keys differ only in letter case, or a limit is exceeded. A gateway answers such a request with a denial.
    #[inline]
    pub fn new(entries: &'a [ContextEntry<'a>]) -> Result<Context<'a>, RequestError> {
        let (first, more) = entries.split_at(entries.len().min(SIGNED_ENTRIES));
        let mut signatures = [0; SIGNED_ENTRIES];
        // PERF: nothing branches inside the loop; what went wrong is found out afterwards, by going through the entries again.
        let mut found = EntrySummary::default();
        for (place, entry) in signatures.iter_mut().zip(first) {
            *place = found.add(entry);
        }
        if found.is_suspicious() || !more.is_empty() {
            check_thoroughly(entries)?;
        }
        let has_non_ascii = found.has_non_ascii() || more.iter().any(|entry| !entry.key.is_ascii());
        Ok(Context { entries, keyed: &[], is_keyed: false, signatures, has_non_ascii })
    }

    /// Takes entries whose keys were resolved before: no name is looked at any more.
    ///
    /// A key for which [`Engine::key`](crate::Engine::key) gave nothing is left out, since no policy asks for it. Such a context is
    /// for the engine that resolved the keys, alone: any other, and [`decide_with`](crate::Engine::decide_with) a policy that
    /// travels with the request, denies, since a key that was left out could be one it asks for.
    ///
    /// # Errors
    /// If a key occurs twice, keys are of several artifacts, or a limit is exceeded.
    pub fn of_keys(entries: &'a [KeyedEntry<'a>]) -> Result<Context<'a>, RequestError> {
        if entries.len() > MAX_CONTEXT_ENTRIES {
            return Err(RequestError(RequestErrorKind::TooManyEntries));
        }
        let mut seen = 0_u64;
        for (index, entry) in entries.iter().enumerate() {
            check_value_sizes(entry.value)?;
            let group = 1 << (entry.key.index & 63);
            if seen & group != 0 && entries[..index].iter().any(|earlier| earlier.key == entry.key) {
                return Err(RequestError(RequestErrorKind::AmbiguousContextKey));
            }
            seen |= group;
            if entry.key.artifact != entries[0].key.artifact {
                return Err(RequestError(RequestErrorKind::SeveralArtifacts));
            }
        }
        Ok(Context { keyed: entries, is_keyed: true, ..Context::EMPTY })
    }

    /// Whether keys are ids.
    #[inline]
    pub(crate) const fn is_keyed(&self) -> bool {
        self.is_keyed
    }

    /// The artifact that the keys belong to, if they are ids.
    #[inline]
    pub(crate) fn artifact(&self) -> Option<u64> {
        self.keyed.first().map(|entry| entry.key.artifact)
    }

    /// The place of a key, if keys are ids.
    #[inline]
    pub(crate) fn keyed_position(&self, key: u32) -> Option<usize> {
        self.keyed.iter().position(|entry| entry.key.index == key)
    }

    /// The value at a place.
    #[inline]
    pub(crate) fn value_at(&self, place: usize) -> Option<ContextValue<'a>> {
        match self.entries.get(place) {
            Some(entry) => Some(entry.value),
            None => self.keyed.get(place).map(|entry| entry.value),
        }
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

/// What a pass over context entries has seen of them all.
#[derive(Default)]
struct EntrySummary {
    /// One bit for each of 64 groups of signatures.
    groups: u64,
    repeated_groups: u64,
    longest_key: usize,
    longest_value: usize,
    most_values: usize,
    /// The bytes of all names, or-ed.
    name_bytes: u64,
}

impl EntrySummary {
    /// Takes an entry; gives the signature of its name.
    #[inline]
    fn add(&mut self, entry: &ContextEntry<'_>) -> u32 {
        let (signature, bytes) = signature_and_bytes(entry.key.as_bytes());
        let group = 1 << (signature >> 26);
        self.repeated_groups |= self.groups & group;
        self.groups |= group;
        self.name_bytes |= bytes;
        self.longest_key = self.longest_key.max(entry.key.len());
        match entry.value {
            ContextValue::Single(value) => self.longest_value = self.longest_value.max(value.len()),
            ContextValue::Multi(values) => {
                self.most_values = self.most_values.max(values.len());
                values.iter().for_each(|value| self.longest_value = self.longest_value.max(value.len()));
            }
        }
        signature
    }

    fn has_non_ascii(&self) -> bool {
        self.name_bytes & 0x8080_8080_8080_8080 != 0
    }

    /// Whether a limit is exceeded, or a name may be repeated.
    fn is_suspicious(&self) -> bool {
        self.repeated_groups != 0
            || self.has_non_ascii()
            || self.longest_key > MAX_KEY_SIZE
            || self.longest_value > MAX_VALUE_SIZE
            || self.most_values > MAX_ENTRY_VALUES
    }
}

/// Checks every entry.
///
/// One bit for each of 4,096 groups of digests tells names that cannot repeat an earlier one. A name with a non-ASCII letter may
/// equal one of another length in bytes: from the first such name on, everything is compared.
#[cold]
fn check_thoroughly(entries: &[ContextEntry<'_>]) -> Result<(), RequestError> {
    if entries.len() > MAX_CONTEXT_ENTRIES {
        return Err(RequestError(RequestErrorKind::TooManyEntries));
    }
    let mut seen = [0_u64; 64];
    let mut has_non_ascii = false;
    for (index, entry) in entries.iter().enumerate() {
        check_sizes(entry)?;
        let digest = folded_digest(entry.key.as_bytes());
        let (word, bit) = ((digest >> 58) as usize, 1 << (digest >> 52 & 63));
        let may_repeat = seen[word] & bit != 0;
        seen[word] |= bit;
        has_non_ascii |= !entry.key.is_ascii();
        if (may_repeat || has_non_ascii) && entries[..index].iter().any(|earlier| eq_fold(earlier.key, entry.key)) {
            return Err(RequestError(RequestErrorKind::AmbiguousContextKey));
        }
    }
    Ok(())
}

/// A number that names differing only in the case of ASCII letters share; never 0. It is made of the length and the last eight
/// bytes: the names of a request mostly differ there, and equal numbers only make names be compared.
#[inline]
pub(crate) fn signature(name: &[u8]) -> u32 {
    signature_and_bytes(name).0
}

/// The signature, and the bytes of the name, or-ed.
#[inline]
fn signature_and_bytes(name: &[u8]) -> (u32, u64) {
    let (last, bytes) = match (name.first_chunk::<16>(), name.last_chunk::<16>()) {
        (Some(first), Some(end)) if name.len() <= 32 => {
            let ([a, b], [c, d]) = (halves(first), halves(end));
            (d, a | b | c | d)
        }
        _ => last_and_bytes(name),
    };
    let mixed = ((last | LETTER_CASE) ^ (name.len() as u64).rotate_left(56)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 32) as u32 | 1, bytes)
}

fn last_and_bytes(name: &[u8]) -> (u64, u64) {
    let (chunks, rest) = name.as_chunks::<8>();
    let rest = rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let last = name.last_chunk().map_or(rest, |last| u64::from_le_bytes(*last));
    (last, chunks.iter().fold(rest, |bytes, chunk| bytes | u64::from_le_bytes(*chunk)))
}

#[inline]
fn check_sizes(entry: &ContextEntry<'_>) -> Result<(), RequestError> {
    check_value_sizes(entry.value)?;
    if entry.key.len() > MAX_KEY_SIZE { Err(RequestError(RequestErrorKind::KeyTooLong)) } else { Ok(()) }
}

#[inline]
fn check_value_sizes(value: ContextValue<'_>) -> Result<(), RequestError> {
    if value.values().len() > MAX_ENTRY_VALUES {
        return Err(RequestError(RequestErrorKind::TooManyValues));
    }
    let is_short = value.values().iter().all(|value| value.len() <= MAX_VALUE_SIZE);
    if is_short { Ok(()) } else { Err(RequestError(RequestErrorKind::ValueTooLong)) }
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
    SeveralArtifacts,
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
            RequestErrorKind::SeveralArtifacts => f.write_str("the context keys were resolved by several engines"),
            RequestErrorKind::MalformedAction => f.write_str("the action is not of the form `service:Name`"),
        }
    }
}

impl std::error::Error for RequestError {}
