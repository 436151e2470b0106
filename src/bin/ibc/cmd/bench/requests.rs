use std::error::Error;

use ibc::iam::{Principal, PrincipalKind};
use ibc::request::{Context, ContextEntry, ContextValue, Request};

use crate::asking::{Policies, Stdin, each_request};

/// A request with its tag maps expanded to context keys; owns its texts.
#[derive(Debug)]
pub struct StoredRequest {
    principal: StoredPrincipal,
    action: String,
    resource: String,
    resource_account: Option<String>,
    endpoint: Option<String>,
    derive: bool,
    grant_allows: bool,
    caller_in_management_account: bool,
    resource_in_management_account: bool,
    context: Vec<(String, StoredValue)>,
}

#[derive(Debug)]
struct StoredPrincipal {
    kind: PrincipalKind,
    name: String,
    role_arn: Option<String>,
    user_arn: Option<String>,
    unique_id: Option<String>,
    federated_provider: Option<String>,
    canonical_user: Option<String>,
    service_linked: bool,
}

#[derive(Debug)]
enum StoredValue {
    Single(String),
    Multi(Vec<String>),
}

impl StoredValue {
    /// The values of a multi-valued key.
    fn list(&self) -> Vec<&str> {
        match self {
            StoredValue::Single(_) => Vec::new(),
            StoredValue::Multi(values) => values.iter().map(String::as_str).collect(),
        }
    }
}

/// Reads all requests; the first that cannot be decided is an error.
pub fn read(arguments: &[String], policies: &Policies) -> Result<Vec<StoredRequest>, Box<dyn Error>> {
    let mut requests = Vec::new();
    each_request(arguments, Stdin::Whole, |case, _| {
        let scenario = case.load(policies)?;
        if scenario.session.is_some() || scenario.endpoint.is_some() {
            let message =
                "it brings policies of its own, and `ibc bench` measures those of the artifact: leave them out".to_owned();
            return Err(scenario.error(message).into());
        }
        requests.push(scenario.request.with_request(|request| request.map(|request| StoredRequest::new(&request)))?);
        Ok(())
    })?;
    match requests.is_empty() {
        true => Err("there are no requests to decide".into()),
        false => Ok(requests),
    }
}

impl StoredRequest {
    fn new(request: &Request<'_>) -> StoredRequest {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let principal = &request.principal;
        let stored = |entry: &ContextEntry<'_>| {
            let value = match entry.value {
                ContextValue::Single(value) => StoredValue::Single(value.to_owned()),
                ContextValue::Multi(values) => StoredValue::Multi(values.iter().map(|&value| value.to_owned()).collect()),
            };
            (entry.key.to_owned(), value)
        };
        StoredRequest {
            principal: StoredPrincipal {
                kind: principal.kind,
                name: principal.name.to_owned(),
                role_arn: text(principal.role_arn),
                user_arn: text(principal.user_arn),
                unique_id: text(principal.unique_id),
                federated_provider: text(principal.federated_provider),
                canonical_user: text(principal.canonical_user),
                service_linked: principal.service_linked,
            },
            action: request.action.to_owned(),
            resource: request.resource.to_owned(),
            resource_account: text(request.resource_account),
            endpoint: text(request.endpoint),
            derive: request.derive,
            grant_allows: request.grant_allows,
            caller_in_management_account: request.caller_in_management_account,
            resource_in_management_account: request.resource_in_management_account,
            context: request.context.entries().iter().map(stored).collect(),
        }
    }

    /// The values of every multi-valued key as slices, which [`RequestTexts`] borrow.
    pub fn lists(&self) -> Vec<Vec<&str>> {
        self.context.iter().map(|(_, value)| value.list()).collect()
    }

    /// The texts of the request; `lists` are its own [`lists`](Self::lists).
    pub fn texts<'a>(&'a self, lists: &'a [Vec<&'a str>]) -> RequestTexts<'a> {
        let entry = |((key, value), list): (&'a (String, StoredValue), &'a Vec<&'a str>)| ContextEntry {
            key,
            value: match value {
                StoredValue::Single(value) => ContextValue::Single(value),
                StoredValue::Multi(_) => ContextValue::Multi(list),
            },
        };
        let stored = &self.principal;
        let mut principal = Principal::new(stored.kind, &stored.name);
        principal.role_arn = stored.role_arn.as_deref();
        principal.user_arn = stored.user_arn.as_deref();
        principal.unique_id = stored.unique_id.as_deref();
        principal.federated_provider = stored.federated_provider.as_deref();
        principal.canonical_user = stored.canonical_user.as_deref();
        principal.service_linked = stored.service_linked;
        RequestTexts {
            principal,
            action: &self.action,
            resource: &self.resource,
            entries: self.context.iter().zip(lists).map(entry).collect(),
            stored: self,
        }
    }
}

/// A request as a gateway has it before it asks: texts, nothing parsed or checked.
#[derive(Debug)]
pub struct RequestTexts<'a> {
    pub principal: Principal<'a>,
    pub action: &'a str,
    pub resource: &'a str,
    pub entries: Vec<ContextEntry<'a>>,
    stored: &'a StoredRequest,
}

impl RequestTexts<'_> {
    /// The request, its principal parsed anew.
    #[inline]
    pub fn request(&self) -> Request<'_> {
        // What was parsed is thrown away: the object form of a principal says more than its text. It costs what it costs a gateway.
        std::hint::black_box(Principal::parse(self.principal.name));
        let stored = self.stored;
        Request {
            resource_account: stored.resource_account.as_deref(),
            context: Context::new(&self.entries),
            derive: stored.derive,
            caller_in_management_account: stored.caller_in_management_account,
            resource_in_management_account: stored.resource_in_management_account,
            grant_allows: stored.grant_allows,
            endpoint: stored.endpoint.as_deref(),
            ..Request::new(self.principal, self.action, self.resource)
        }
    }
}
