//! The JSON form of a request.
//!
//! [`RequestDocument`] is what a request file holds. It differs from [`Request`] in two ways: it owns its texts, and it knows
//! the tag maps and the like, which [`RequestDocument::with_request`] expands into context keys:
//!
//! | member | context keys |
//! |---|---|
//! | `"principalTags": {"team": "red"}` | `aws:PrincipalTag/team` = `red` |
//! | `"resourceTags": {"team": "red"}` | `aws:ResourceTag/team` and `<service of the action>:ResourceTag/team` = `red` (D-25) |
//! | `"requestTags": {"env": "dev"}` | `aws:RequestTag/env` = `dev`, `aws:TagKeys` = `["env"]` |
//!
//! What `context` says explicitly wins over what the maps say. Two spellings of one key in one map are refused (D-22), since
//! AWS does not say which value counts.
//!
//! ```
//! use ibc::request::document::RequestDocument;
//!
//! let document: RequestDocument<'_> = serde_json::from_str(r#"{
//!     "principal": "arn:aws:iam::111122223333:user/ada", "action": "ec2:StopInstances",
//!     "resource": "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "requestTags": {"env": "dev"} }"#)?;
//! document.with_request(|request| {
//!     let keys: Vec<&str> = request.unwrap().context.entries().iter().map(|entry| entry.key).collect();
//!     assert_eq!(keys, ["aws:RequestTag/env", "aws:TagKeys"]);
//! });
//! # Ok::<(), serde_json::Error>(())
//! ```

mod context_map;
mod dependent;
mod policy_text;
mod principal;

pub use context_map::{ContextMap, ContextMapValue};
pub use dependent::{DependentDocument, DependentMap};
pub use policy_text::{PolicyList, PolicyText};
pub use principal::PrincipalDocument;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::iam::{ConditionKey, Principal, PrincipalKind};
use crate::request::{Context, ContextEntry, Request, RequestError};

/// One request as it stands in a file; unknown members are errors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RequestDocument<'a> {
    /// Who asks.
    pub principal: PrincipalDocument,
    /// `service:Name`.
    #[serde(deserialize_with = "action")]
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// The owner of the resource, where the ARN does not say.
    pub resource_account: Option<String>,
    /// Whether the resource belongs to the organisation's management account.
    #[serde(default)]
    pub resource_management_account: bool,
    /// Tags of the caller.
    #[serde(default, deserialize_with = "context_map::tags")]
    pub principal_tags: Option<ContextMap>,
    /// Tags of the resource.
    #[serde(default, deserialize_with = "context_map::tags")]
    pub resource_tags: Option<ContextMap>,
    /// Tags that the call passes; an empty map is a call that passes none.
    #[serde(default, deserialize_with = "context_map::tags")]
    pub request_tags: Option<ContextMap>,
    /// Context keys, word for word.
    #[serde(default)]
    pub context: ContextMap,
    /// Whether keys that follow from the request itself are filled in where `context` lacks them.
    #[serde(default = "default_derive")]
    pub derive: bool,
    /// Whether a KMS grant allows the request (EV-34).
    #[serde(default)]
    pub grant_allows: bool,
    /// Policies passed when the caller's session was made; an empty list says that none were.
    #[serde(borrow, default)]
    pub session_policies: PolicyList<'a>,
    /// The VPC endpoint that the request came through.
    #[serde(borrow)]
    pub endpoint: Option<EndpointDocument<'a>>,
}

/// The VPC endpoint of a request.
#[derive(Debug, Clone)]
pub enum EndpointDocument<'a> {
    /// The id of an endpoint whose policy is part of the bundle.
    Id(String),
    /// The policies themselves.
    Policies(PolicyList<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for EndpointDocument<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let policies = PolicyList::from_raw(raw).map_err(D::Error::custom)?;
        match policies.as_slice() {
            [PolicyText::Path(id)] if raw.get().starts_with('"') => Ok(EndpointDocument::Id(id.clone())),
            _ => Ok(EndpointDocument::Policies(policies)),
        }
    }
}

fn default_derive() -> bool {
    true
}

/// Reads the action and checks its form, so that the message points at it.
fn action<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let action = String::deserialize(deserializer)?;
    Request::new(Principal::new(PrincipalKind::Anonymous, "*"), &action, "*")
        .validate()
        .map_err(|error| D::Error::custom(format_args!("{error}; write it like `imagebuilder:GetImage`, found `{action}`")))?;
    Ok(action)
}

impl RequestDocument<'_> {
    /// Makes the request that the document describes and hands it to `decide`, which gets an error if the context is too
    /// large or ambiguous.
    ///
    /// The request borrows from this document and from the expanded tag maps, which live as long as the call; hence the
    /// closure. Policies that travel with the request are not part of it: see [`session_policies`](Self::session_policies)
    /// and [`endpoint`](Self::endpoint).
    pub fn with_request<T>(&self, decide: impl FnOnce(Result<Request<'_>, RequestError>) -> T) -> T {
        let context = self.expanded_context();
        let lists: Vec<Vec<&str>> = context.lists();
        let entries: Vec<ContextEntry<'_>> = context.entries(&lists).collect();
        decide(self.request(&entries))
    }

    /// The context with what the tag maps stand for. What `context` says explicitly wins over the maps.
    pub(crate) fn expanded_context(&self) -> ContextMap {
        let tags = self.tag_keys().into_iter().map(|(key, value)| (key, ContextMapValue::Single(value.to_owned())));
        let tag_keys = |tags: &ContextMap| ContextMapValue::Multi(tags.keys().map(str::to_owned).collect());
        let tag_keys = self.request_tags.iter().map(|tags| (TAG_KEYS.to_owned(), tag_keys(tags)));
        let mut context = self.context.clone();
        context.extend_absent(tags.chain(tag_keys));
        context
    }

    /// The request over these entries.
    fn request<'b>(&'b self, entries: &'b [ContextEntry<'b>]) -> Result<Request<'b>, RequestError> {
        let mut request = Request::new(self.principal.principal_for(&self.action), &self.action, &self.resource);
        request.resource_account = self.resource_account.as_deref();
        request.context = Context::new(entries);
        request.derive = self.derive;
        request.caller_in_management_account = self.principal.management_account;
        request.resource_in_management_account = self.resource_management_account;
        request.grant_allows = self.grant_allows;
        if let Some(EndpointDocument::Id(id)) = &self.endpoint {
            request.endpoint = Some(id);
        }
        request.validate()?;
        Ok(request)
    }

    /// The single-valued keys that the tag maps stand for.
    fn tag_keys(&self) -> Vec<(String, &str)> {
        let service = self.action.split(':').next().unwrap_or_default();
        let twin = format!("{service}:ResourceTag/");
        let maps = [
            (ConditionKey::PRINCIPAL_TAG, &self.principal_tags),
            (RESOURCE_TAG, &self.resource_tags),
            (twin.as_str(), &self.resource_tags),
            (REQUEST_TAG, &self.request_tags),
        ];
        let tags = maps.into_iter().flat_map(|(prefix, map)| map.iter().map(move |map| (prefix, map)));
        tags.flat_map(|(prefix, map)| map.singles().map(move |(key, value)| (format!("{prefix}{key}"), value))).collect()
    }
}

const RESOURCE_TAG: &str = "aws:ResourceTag/";
const REQUEST_TAG: &str = "aws:RequestTag/";
const TAG_KEYS: &str = "aws:TagKeys";

#[cfg(test)]
mod tests;
