//! The value of a context key: what the request says, what follows from it, and what the bundle knows.

use std::borrow::Cow;

use super::question::Caller;
use crate::iam::fold::eq_fold;
use crate::iam::{ConditionKey, PrincipalKind};
use crate::request::{Context, ContextValue, Request};

/// The context as conditions and variables see it.
#[derive(Debug, Clone, Default)]
pub struct RequestContext<'a> {
    /// What the request says: always wins.
    explicit: Context<'a>,
    /// Keys that follow from the request itself.
    derived: Vec<(&'static str, Cow<'a, str>)>,
    /// The caller's tags as the bundle knows them: tag key and value.
    principal_tags: Vec<(&'a str, &'a str)>,
}

impl<'a> RequestContext<'a> {
    /// The context of a request made by this caller, whose tags the bundle knows.
    #[must_use]
    pub fn new(request: &Request<'a>, caller: &Caller<'a>, principal_tags: Vec<(&'a str, &'a str)>) -> RequestContext<'a> {
        let derived = if request.derive { derived_keys(request, caller) } else { Vec::new() };
        RequestContext { explicit: request.context, derived, principal_tags }
    }

    /// A context that holds these entries and nothing else.
    #[must_use]
    pub fn explicit(entries: Context<'a>) -> RequestContext<'a> {
        RequestContext { explicit: entries, derived: Vec::new(), principal_tags: Vec::new() }
    }

    /// The value of a key, or `None` if the key is absent. Names are compared without regard to letter case, the tag part
    /// too (CO-37, TG-3, D-33).
    #[must_use]
    pub fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let explicit = self.explicit.entries().iter().find(|entry| eq_fold(entry.key, key.as_str()));
        match explicit {
            Some(entry) => Some(entry.value).filter(is_present),
            None => self.derived_value(key).or_else(|| self.principal_tag(key)).map(ContextValue::Single),
        }
    }

    fn derived_value(&self, key: &ConditionKey) -> Option<&str> {
        let found = self.derived.iter().find(|(name, _)| eq_fold(name, key.as_str()));
        found.map(|(_, value)| &**value)
    }

    /// Tags that the request gives (session tags) replace those of user or role, hence these come last (TG-8).
    fn principal_tag(&self, key: &ConditionKey) -> Option<&str> {
        let (prefix, tag_key) = key.as_str().split_once('/')?; // the first slash (TG-1)
        let found = self.principal_tags.iter().find(|(name, _)| eq_fold(name, tag_key));
        found.filter(|_| eq_fold(prefix, "aws:PrincipalTag")).map(|&(_, value)| value)
    }
}

/// Whether an entry counts as present: an empty list does not (M-3), an empty string does (M-4, TG-5, D-03).
fn is_present(value: &ContextValue<'_>) -> bool {
    !value.values().is_empty()
}

/// The keys that follow from principal and resource (PV-19, section 7.4).
fn derived_keys<'a>(request: &Request<'a>, caller: &Caller<'a>) -> Vec<(&'static str, Cow<'a, str>)> {
    let keys = [
        ("aws:PrincipalArn", principal_arn(caller)),
        ("aws:PrincipalAccount", principal_account(caller)),
        ("aws:PrincipalType", principal_type(caller)),
        ("aws:PrincipalIsAWSService", principal_is_aws_service(caller)),
        ("aws:PrincipalServiceName", principal_service_name(caller)),
        ("aws:username", user_name(caller)),
        ("aws:userid", user_id(caller)),
        ("aws:FederatedProvider", federated_provider(caller)),
        ("aws:ResourceAccount", request.known_resource_account().map(Cow::Borrowed)),
    ];
    keys.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// The role's ARN for its sessions (CO-39, SE-3); the root user's is that of the account (GR-28).
fn principal_arn<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    match caller.principal.kind {
        PrincipalKind::Root | PrincipalKind::User | PrincipalKind::FederatedUser => Some(Cow::Borrowed(caller.principal.name)),
        PrincipalKind::RoleSession => caller.role_arn.clone(),
        _ => None,
    }
}

fn principal_account<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    match caller.principal.kind {
        PrincipalKind::Anonymous => Some(Cow::Borrowed("anonymous")),
        _ => caller.principal.account().map(Cow::Borrowed),
    }
}

fn principal_type<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    let name = match caller.principal.kind {
        PrincipalKind::Root => "Account",
        PrincipalKind::User => "User",
        PrincipalKind::RoleSession => "AssumedRole",
        PrincipalKind::FederatedUser => "FederatedUser",
        PrincipalKind::Anonymous => "Anonymous",
        PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Saml => return None,
    };
    Some(Cow::Borrowed(name))
}

/// Only signed requests have it: not the anonymous, not the unsigned callers of `AssumeRoleWith...` (EV-36).
fn principal_is_aws_service<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    match caller.principal.kind {
        PrincipalKind::Service => Some(Cow::Borrowed("true")),
        PrincipalKind::Anonymous | PrincipalKind::WebIdentity | PrincipalKind::Saml => None,
        _ => Some(Cow::Borrowed("false")),
    }
}

fn principal_service_name<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    (caller.principal.kind == PrincipalKind::Service).then_some(Cow::Borrowed(caller.principal.name))
}

/// The last part of the user's ARN: the name without its path.
fn user_name<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    if caller.principal.kind != PrincipalKind::User {
        return None;
    }
    caller.principal.name.rsplit('/').next().map(Cow::Borrowed)
}

fn user_id<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    let principal = &caller.principal;
    match principal.kind {
        PrincipalKind::Root => principal.account().map(Cow::Borrowed),
        PrincipalKind::User => principal.unique_id.map(Cow::Borrowed),
        PrincipalKind::RoleSession => Some(Cow::Owned(format!("{}:{}", principal.unique_id?, principal.session_name()?))),
        PrincipalKind::FederatedUser => Some(Cow::Owned(format!("{}:{}", principal.account()?, principal.session_name()?))),
        PrincipalKind::Anonymous => Some(Cow::Borrowed("anonymous")),
        PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Saml => None,
    }
}

/// Of OIDC: in the sessions, and while the role is being assumed.
fn federated_provider<'a>(caller: &Caller<'a>) -> Option<Cow<'a, str>> {
    match caller.principal.kind {
        PrincipalKind::RoleSession => caller.principal.federated_provider.map(Cow::Borrowed),
        PrincipalKind::WebIdentity => Some(Cow::Borrowed(caller.principal.name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::question::Question;
    use super::*;
    use crate::iam::Principal;
    use crate::reference::Layers;
    use crate::request::ContextEntry;

    #[track_caller]
    fn check(question: &Question<'_>, key: &str, expected: Option<&str>) {
        let value = question.context.value(&ConditionKey::new(key));
        assert_eq!(value, expected.map(ContextValue::Single), "{key}");
    }

    #[test]
    fn keys_that_follow_from_the_principal() {
        const KEYS: [&str; 6] = [
            "aws:PrincipalArn",
            "aws:PrincipalAccount",
            "aws:PrincipalType",
            "aws:PrincipalIsAWSService",
            "aws:username",
            "aws:userid",
        ];
        let root = "arn:aws:iam::1111:root";
        let user = "arn:aws:iam::1111:user/dev/ann";
        let session = "arn:aws:sts::1111:assumed-role/builder/s";
        let guest = "arn:aws:sts::1111:federated-user/guest";
        for (name, expected) in [
            (root, [Some(root), Some("1111"), Some("Account"), Some("false"), None, Some("1111")]),
            (user, [Some(user), Some("1111"), Some("User"), Some("false"), Some("ann"), Some("ID")]),
            (
                session,
                [Some("arn:aws:iam::1111:role/builder"), Some("1111"), Some("AssumedRole"), Some("false"), None, Some("ID:s")],
            ),
            (guest, [Some(guest), Some("1111"), Some("FederatedUser"), Some("false"), None, Some("1111:guest")]),
            ("*", [None, Some("anonymous"), Some("Anonymous"), None, None, Some("anonymous")]),
            ("lambda.amazonaws.com", [None, None, None, Some("true"), None, None]),
            ("accounts.google.com", [None; 6]),
        ] {
            let principal = Principal::parse(name).unwrap();
            let layers = Layers { unique_id: Some("ID"), ..Layers::default() };
            let question = Question::new(&layers, &Request::new(principal, "s3:GetObject", "*"));
            for (key, expected) in KEYS.into_iter().zip(expected) {
                check(&question, key, expected);
            }
        }
    }

    #[test]
    fn the_request_wins_over_what_follows_and_over_the_bundle() {
        let principal = Principal::parse("arn:aws:iam::1111:user/ann").unwrap();
        let entry = |key, value| ContextEntry { key, value };
        let entries = [
            entry("AWS:USERNAME", ContextValue::Single("bob")),
            entry("aws:principaltag/TEAM", ContextValue::Single("b")),
            entry("aws:PrincipalTag/none", ContextValue::Multi(&[])),
        ];
        let mut request = Request::new(principal, "s3:GetObject", "arn:aws:sqs:eu:2222:q");
        request.context = Context::new(&entries);
        let tags = vec![("Team", "a"), ("Env/x", "dev"), ("none", "some")];
        let layers = Layers { principal_tags: tags, ..Layers::default() };
        let question = Question::new(&layers, &request);
        check(&question, "aws:username", Some("bob"));
        check(&question, "aws:PrincipalTag/team", Some("b"));
        check(&question, "aws:PrincipalTag/env/X", Some("dev"));
        check(&question, "aws:PrincipalTag/none", None);
        check(&question, "aws:ResourceAccount", Some("2222"));

        request.derive = false;
        let question = Question::new(&layers, &request);
        check(&question, "aws:PrincipalArn", None);
        check(&question, "aws:PrincipalTag/env/x", Some("dev"));
    }
}
