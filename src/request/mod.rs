//! The request: who asks to do what on which resource, in which context.
//!
//! [`Request`] is borrowed and made without allocation; the engine and the reference evaluator both read it. Its JSON form,
//! with tag maps and principal objects, is [`document::RequestDocument`] (feature `compile`).

#[cfg(feature = "compile")]
pub mod document;

use std::fmt;
use std::hint::cold_path;

use crate::engine::{ActionId, KeyId, PrincipalId, ResolvedAction, ResolvedPrincipal};
use crate::hash::key_digest;
use crate::iam::{Principal, arn::Arn, fold::eq_fold};

/// Longest text of a principal (any of its fields), resource, account or endpoint, in bytes.
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
    #[inline]
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
        request.resolved = Resolved { principal: principal.id, action: Some(action.id), is_bounded: false };
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

    /// Checks whether the request can be evaluated; what this refuses is denied.
    ///
    /// # Errors
    /// If a text is too long, the action is not `service:Name`, or as [`Context::check`].
    pub fn validate(&self) -> Result<(), RequestError> {
        self.check_sizes()?;
        if !self.has_well_formed_action() {
            return Err(RequestError(RequestErrorKind::MalformedAction));
        }
        self.context.check()
    }

    /// The part of [`validate`](Request::validate) that looks into neither action nor context.
    #[inline]
    pub(crate) fn check_sizes(&self) -> Result<(), RequestError> {
        let longest = self.principal.name.len().max(self.resource.len());
        if longest > MAX_NAME_SIZE || (self.has_rare_texts() && self.has_long_rare_text()) {
            cold_path();
            return Err(RequestError(RequestErrorKind::NameTooLong));
        }
        if self.action.len() > MAX_ACTION_SIZE {
            cold_path();
            return Err(RequestError(RequestErrorKind::ActionTooLong));
        }
        Ok(())
    }

    /// The texts that most requests do not have.
    #[inline]
    const fn rare_texts(&self) -> [Option<&'a str>; 7] {
        let Principal { role_arn, user_arn, unique_id, federated_provider, canonical_user, .. } = self.principal;
        [self.resource_account, self.endpoint, role_arn, user_arn, unique_id, federated_provider, canonical_user]
    }

    /// PERF: without a branch for each.
    #[inline]
    fn has_rare_texts(&self) -> bool {
        self.rare_texts().iter().fold(false, |any, text| any | text.is_some())
    }

    #[cold]
    fn has_long_rare_text(&self) -> bool {
        self.rare_texts().into_iter().flatten().any(|text| text.len() > MAX_NAME_SIZE)
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

/// The context of a request: its entries as they are, named or keyed.
///
/// Making one checks nothing. What [`Context::check`] refuses, an engine denies.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a>(Entries<'a>);

#[derive(Debug, Clone, Copy)]
enum Entries<'a> {
    Named(&'a [ContextEntry<'a>]),
    Keyed {
        /// The artifact whose engine resolved the keys.
        artifact: u64,
        entries: &'a [KeyedEntry<'a>],
    },
}

impl Default for Context<'_> {
    fn default() -> Self {
        Context::EMPTY
    }
}

impl<'a> Context<'a> {
    const EMPTY: Context<'static> = Context(Entries::Named(&[]));

    /// Takes entries by name.
    #[must_use]
    #[inline]
    pub const fn new(entries: &'a [ContextEntry<'a>]) -> Context<'a> {
        Context(Entries::Named(entries))
    }

    /// Takes entries whose keys the engine of an artifact has resolved: see [`Engine::context`](crate::Engine::context).
    #[inline]
    pub(crate) const fn of_keys(artifact: u64, entries: &'a [KeyedEntry<'a>]) -> Context<'a> {
        Context(Entries::Keyed { artifact, entries })
    }

    /// Checks the entries. [`Engine::decide`](crate::Engine::decide) does so too: whoever wants to know why a request is denied
    /// calls this, or [`Request::validate`]; others need not.
    ///
    /// # Errors
    /// If two keys differ only in letter case (D-22), keys were resolved by another engine than the context's, or a limit of this module is exceeded.
    pub fn check(&self) -> Result<(), RequestError> {
        match self.0 {
            Entries::Named(entries) => check_named(entries),
            Entries::Keyed { artifact, entries } => check_keyed(artifact, entries),
        }
    }

    /// Whether keys are ids.
    #[inline]
    pub(crate) const fn is_keyed(&self) -> bool {
        matches!(self.0, Entries::Keyed { .. })
    }

    /// Whether keys are ids of this artifact. Which keys were left out rests on the artifact, too.
    #[inline]
    pub(crate) fn is_keyed_for(&self, checksum: u64) -> bool {
        matches!(self.0, Entries::Keyed { artifact, .. } if artifact == checksum)
    }

    /// The entries, if keys are ids.
    #[inline]
    pub(crate) const fn keyed_entries(&self) -> &'a [KeyedEntry<'a>] {
        match self.0 {
            Entries::Named(_) => &[],
            Entries::Keyed { entries, .. } => entries,
        }
    }

    /// The value at a place.
    #[inline]
    pub(crate) fn value_at(&self, place: usize) -> Option<ContextValue<'a>> {
        match self.0 {
            Entries::Named(entries) if place < entries.len() => entries.get(place).map(|entry| entry.value),
            Entries::Keyed { entries, .. } if place < entries.len() => entries.get(place).map(|entry| entry.value),
            _ => {
                cold_path();
                None
            }
        }
    }

    /// The entries as given, if they have names.
    #[must_use]
    #[inline]
    pub const fn entries(&self) -> &'a [ContextEntry<'a>] {
        match self.0 {
            Entries::Named(entries) => entries,
            Entries::Keyed { .. } => &[],
        }
    }
}

/// Checks entries whose keys are ids.
fn check_keyed(artifact: u64, entries: &[KeyedEntry<'_>]) -> Result<(), RequestError> {
    if entries.len() > MAX_CONTEXT_ENTRIES {
        return Err(RequestError(RequestErrorKind::TooManyEntries));
    }
    for (index, entry) in entries.iter().enumerate() {
        check_value_sizes(entry.value)?;
        if entry.key.artifact != artifact {
            return Err(RequestError(RequestErrorKind::OtherArtifact));
        }
        if entries[..index].iter().any(|earlier| earlier.key == entry.key) {
            return Err(RequestError(RequestErrorKind::AmbiguousContextKey));
        }
    }
    Ok(())
}

/// Checks entries whose keys are names. One bit for each of 4,096 groups of digests tells names that cannot repeat an earlier one.
fn check_named(entries: &[ContextEntry<'_>]) -> Result<(), RequestError> {
    if entries.len() > MAX_CONTEXT_ENTRIES {
        return Err(RequestError(RequestErrorKind::TooManyEntries));
    }
    let mut seen = [0_u64; 64];
    for (index, entry) in entries.iter().enumerate() {
        check_sizes(entry)?;
        let digest = key_digest(entry.key);
        let (word, bit) = ((digest >> 58) as usize, 1 << (digest >> 52 & 63));
        let may_repeat = seen[word] & bit != 0;
        seen[word] |= bit;
        if may_repeat && entries[..index].iter().any(|earlier| eq_fold(earlier.key, entry.key)) {
            return Err(RequestError(RequestErrorKind::AmbiguousContextKey));
        }
    }
    Ok(())
}

#[inline]
fn check_sizes(entry: &ContextEntry<'_>) -> Result<(), RequestError> {
    check_value_sizes(entry.value)?;
    if entry.key.len() > MAX_KEY_SIZE { Err(RequestError(RequestErrorKind::KeyTooLong)) } else { Ok(()) }
}

#[inline]
fn check_value_sizes(value: ContextValue<'_>) -> Result<(), RequestError> {
    if has_allowed_size(value) {
        return Ok(());
    }
    let has_too_many = value.values().len() > MAX_ENTRY_VALUES;
    Err(RequestError(if has_too_many { RequestErrorKind::TooManyValues } else { RequestErrorKind::ValueTooLong }))
}

/// Whether a value is within the limits.
#[inline]
pub(crate) fn has_allowed_size(value: ContextValue<'_>) -> bool {
    match value {
        ContextValue::Single(value) => value.len() <= MAX_VALUE_SIZE,
        ContextValue::Multi(values) => {
            cold_path();
            values.len() <= MAX_ENTRY_VALUES && values.iter().all(|value| value.len() <= MAX_VALUE_SIZE)
        }
    }
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
    OtherArtifact,
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
                write!(f, "principal, resource, account or endpoint is longer than {MAX_NAME_SIZE} bytes")
            }
            RequestErrorKind::ActionTooLong => write!(f, "the action is longer than {MAX_ACTION_SIZE} bytes"),
            RequestErrorKind::OtherArtifact => f.write_str("a context key was resolved by another engine than the context"),
            RequestErrorKind::MalformedAction => f.write_str("the action is not of the form `service:Name`"),
        }
    }
}

impl std::error::Error for RequestError {}
