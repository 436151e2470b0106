//! Random requests: callers, actions, resources, contexts.

use ibc::iam::arn::Arn;
use ibc::iam::{Principal, PrincipalKind, PrincipalPattern, ValueType, fold};
use ibc::request::{Context, ContextEntry, ContextValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::words;

/// A request that owns its texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RequestCase {
    pub(crate) caller: Caller,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) resource_account: Option<String>,
    /// Keys that differ in more than letter case.
    pub(crate) context: Vec<(String, Value)>,
    pub(crate) derive: bool,
    pub(crate) caller_in_management_account: bool,
    pub(crate) resource_in_management_account: bool,
    pub(crate) grant_allows: bool,
    /// An endpoint of the bundle.
    pub(crate) endpoint: Option<String>,
}

/// Leaves out members that say nothing.
fn remove_unset(value: &mut serde_json::Value) {
    if let serde_json::Value::Object(members) = value {
        members.retain(|key, member| !member.is_null() && (*member != json!(false) || key == "derive"));
        members.iter_mut().filter(|(key, _)| *key == "principal").for_each(|(_, member)| remove_unset(member));
    }
}

/// The value of a context key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Single(String),
    Multi(Vec<String>),
}

impl Value {
    /// All values.
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Value::Single(text) => std::slice::from_ref(text),
            Value::Multi(texts) => texts,
        }
    }

    /// The same with each text replaced.
    pub(crate) fn map(&self, f: impl FnMut(&String) -> String) -> Value {
        let mut texts: Vec<String> = self.texts().iter().map(f).collect();
        match self {
            Value::Single(_) => Value::Single(texts.remove(0)),
            Value::Multi(_) => Value::Multi(texts),
        }
    }
}

impl RequestCase {
    /// Calls `f` with the borrowed request.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&Request<'_>) -> T) -> T {
        let texts: Vec<Vec<&str>> =
            self.context.iter().map(|(_, value)| value.texts().iter().map(String::as_str).collect()).collect();
        let entries: Vec<ContextEntry<'_>> = self
            .context
            .iter()
            .zip(&texts)
            .map(|((key, value), texts)| ContextEntry {
                key,
                value: match value {
                    Value::Single(_) => ContextValue::Single(texts[0]),
                    Value::Multi(_) => ContextValue::Multi(texts),
                },
            })
            .collect();
        f(&Request {
            resource_account: self.resource_account.as_deref(),
            context: Context::new(&entries),
            derive: self.derive,
            caller_in_management_account: self.caller_in_management_account,
            resource_in_management_account: self.resource_in_management_account,
            grant_allows: self.grant_allows,
            endpoint: self.endpoint.as_deref(),
            ..Request::new(self.caller.principal(), &self.action, &self.resource)
        })
    }

    /// The request as scenario files write it.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let caller = &self.caller;
        let context: serde_json::Map<_, _> = self
            .context
            .iter()
            .map(|(key, value)| match value {
                Value::Single(text) => (key.clone(), json!(text)),
                Value::Multi(texts) => (key.clone(), json!(texts)),
            })
            .collect();
        let mut request = json!({
            "principal": {
                "arn": caller.name, "roleArn": caller.role_arn, "userArn": caller.user_arn, "uniqueId": caller.unique_id,
                "serviceLinked": caller.service_linked, "federatedProvider": caller.federated_provider,
                "canonicalUser": caller.canonical_user, "managementAccount": self.caller_in_management_account,
            },
            "action": self.action, "resource": self.resource, "resourceAccount": self.resource_account,
            "resourceManagementAccount": self.resource_in_management_account, "grantAllows": self.grant_allows,
            "derive": self.derive, "context": context,
        });
        remove_unset(&mut request);
        request
    }

    /// The value of a context key, whatever its letter case.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.context.iter().find(|(name, _)| fold::eq_fold(name, key)).map(|(_, value)| value)
    }

    /// Gives a context key this value, or takes it away.
    pub(crate) fn set(&mut self, key: &str, value: Option<Value>) {
        let index = self.context.iter().position(|(name, _)| fold::eq_fold(name, key));
        match (index, value) {
            (Some(index), Some(value)) => self.context[index].1 = value,
            (None, Some(value)) => self.context.push((key.to_owned(), value)),
            (Some(index), None) => drop(self.context.remove(index)),
            (None, None) => {}
        }
    }

    /// Whether caller and resource belong to one account, and one partition; false for callers without account.
    pub(crate) fn is_same_account(&self) -> bool {
        self.with(|request| {
            let partition = |arn: Option<Arn<'_>>| arn.map(|arn| arn.partition.to_owned());
            let caller_partition = partition(request.principal.arn());
            let resource_partition = partition(Arn::parse(request.resource)).or_else(|| caller_partition.clone());
            request.principal.account().is_some_and(|account| request.owner_account() == Some(account))
                && caller_partition == resource_partition
        })
    }
}

/// A caller that owns its texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caller {
    pub(crate) kind: PrincipalKind,
    pub(crate) name: String,
    pub(crate) role_arn: Option<String>,
    pub(crate) user_arn: Option<String>,
    pub(crate) unique_id: Option<String>,
    pub(crate) federated_provider: Option<String>,
    pub(crate) canonical_user: Option<String>,
    pub(crate) service_linked: bool,
}

impl Caller {
    /// The caller that a text names.
    pub(crate) fn parse(text: &str) -> Option<Caller> {
        let principal = Principal::parse(text)?;
        Some(Caller {
            kind: principal.kind,
            name: text.to_owned(),
            role_arn: principal.role_arn.map(str::to_owned),
            user_arn: None,
            unique_id: None,
            federated_provider: None,
            canonical_user: None,
            service_linked: principal.service_linked,
        })
    }

    /// The borrowed form.
    pub(crate) fn principal(&self) -> Principal<'_> {
        let mut principal = Principal::new(self.kind, &self.name);
        principal.role_arn = self.role_arn.as_deref();
        principal.user_arn = self.user_arn.as_deref();
        principal.unique_id = self.unique_id.as_deref();
        principal.federated_provider = self.federated_provider.as_deref();
        principal.canonical_user = self.canonical_user.as_deref();
        principal.service_linked = self.service_linked;
        principal
    }

    /// The ARN that a bundle's principal entry for this caller has: user, role with path, or root user.
    pub(crate) fn entity_arn(&self) -> Option<String> {
        match self.kind {
            PrincipalKind::User | PrincipalKind::Root => Some(self.name.clone()),
            PrincipalKind::FederatedUser => self.user_arn.clone(),
            PrincipalKind::RoleSession => self.role_arn.clone().or_else(|| {
                let principal = self.principal();
                let arn = principal.arn()?;
                Some(format!("arn:{}:iam::{}:role/{}", arn.partition, arn.account, principal.role_name()?))
            }),
            _ => None,
        }
    }
}

/// The texts of one caller of the domain; empty means unknown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallerWords {
    kind: PrincipalKind,
    name: &'static str,
    /// Role, or user behind a federated session.
    entity: &'static str,
    unique_id: &'static str,
    weight: u32,
}

/// All callers of the domain.
pub(crate) const CALLERS: &[CallerWords] = &[
    caller(PrincipalKind::User, "arn:aws:iam::111111111111:user/alice", "", "AIDAALICE", 6),
    caller(PrincipalKind::User, "arn:aws:iam::111111111111:user/team/bob", "", "", 2),
    caller(PrincipalKind::User, "arn:aws:iam::222222222222:user/carol", "", "AIDACAROL", 2),
    caller(PrincipalKind::User, "arn:aws-cn:iam::111111111111:user/alice", "", "", 1),
    caller(
        PrincipalKind::RoleSession,
        "arn:aws:sts::111111111111:assumed-role/builder/s1",
        "arn:aws:iam::111111111111:role/builder",
        "AROABUILDER",
        5,
    ),
    caller(PrincipalKind::RoleSession, "arn:aws:sts::111111111111:assumed-role/builder/s2", "", "", 2),
    caller(
        PrincipalKind::RoleSession,
        "arn:aws:sts::222222222222:assumed-role/deploy/s1",
        "arn:aws:iam::222222222222:role/team/deploy",
        "",
        2,
    ),
    caller(
        PrincipalKind::RoleSession,
        "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s1",
        "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
        "",
        1,
    ),
    // The paths of these roles only a bundle can know.
    caller(PrincipalKind::RoleSession, "arn:aws:sts::222222222222:assumed-role/deploy/s2", "", "", 1),
    caller(PrincipalKind::RoleSession, "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s2", "", "", 1),
    caller(PrincipalKind::RoleSession, "arn:aws:iam::111111111111:role/builder", "arn:aws:iam::111111111111:role/builder", "", 1),
    caller(PrincipalKind::Root, "arn:aws:iam::111111111111:root", "", "", 2),
    caller(PrincipalKind::Root, "arn:aws:iam::222222222222:root", "", "", 1),
    caller(
        PrincipalKind::FederatedUser,
        "arn:aws:sts::111111111111:federated-user/dan",
        "arn:aws:iam::111111111111:user/alice",
        "AIDAALICE",
        2,
    ),
    caller(PrincipalKind::FederatedUser, "arn:aws:sts::111111111111:federated-user/eve", "arn:aws:iam::111111111111:root", "", 1),
    caller(PrincipalKind::FederatedUser, "arn:aws:sts::111111111111:federated-user/fay", "", "", 1),
    caller(PrincipalKind::Service, "imagebuilder.amazonaws.com", "", "", 2),
    caller(PrincipalKind::WebIdentity, "accounts.google.com", "", "", 1),
    caller(PrincipalKind::Saml, "arn:aws:iam::111111111111:saml-provider/corp", "", "", 1),
    caller(PrincipalKind::Anonymous, "*", "", "", 2),
];

const fn caller(
    kind: PrincipalKind,
    name: &'static str,
    entity: &'static str,
    unique_id: &'static str,
    weight: u32,
) -> CallerWords {
    CallerWords { kind, name, entity, unique_id, weight }
}

impl CallerWords {
    fn to_caller(self) -> Caller {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let is_role = self.kind == PrincipalKind::RoleSession;
        Caller {
            kind: self.kind,
            name: self.name.to_owned(),
            role_arn: known(self.entity).filter(|_| is_role),
            user_arn: known(self.entity).filter(|_| !is_role),
            unique_id: known(self.unique_id),
            federated_provider: (is_role && self.unique_id == "AROABUILDER").then(|| "accounts.google.com".to_owned()),
            canonical_user: (self.kind == PrincipalKind::User).then(|| CANONICAL_USER.to_owned()),
            service_linked: self.entity.contains(":role/aws-service-role/"),
        }
    }

    /// The ways in which a policy may name this caller.
    pub(crate) fn patterns(&self) -> Vec<PrincipalPattern> {
        match self.kind {
            PrincipalKind::Anonymous => vec![PrincipalPattern::CanonicalUser(CANONICAL_USER.into())],
            PrincipalKind::Root => Vec::new(),
            PrincipalKind::Service => vec![PrincipalPattern::Service(self.name.into())],
            PrincipalKind::WebIdentity | PrincipalKind::Saml => vec![PrincipalPattern::Federated(self.name.into())],
            _ => {
                let mut patterns = vec![PrincipalPattern::Arn(self.name.into())];
                if !self.entity.is_empty() && !self.entity.ends_with(":root") {
                    patterns.push(PrincipalPattern::Arn(self.entity.into()));
                }
                if !self.unique_id.is_empty() {
                    patterns.push(PrincipalPattern::UniqueId(self.unique_id.into()));
                }
                patterns
            }
        }
    }
}

const CANONICAL_USER: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

/// A caller that a policy's principal entry names: one of the domain if it can be, else one made from the entry.
pub(crate) fn caller_named(pattern: &PrincipalPattern) -> Option<Caller> {
    let known = CALLERS.iter().find(|words| words.patterns().contains(pattern)).map(|words| words.to_caller());
    known.or_else(|| match pattern {
        PrincipalPattern::Account { account, partition } => {
            let partition = partition.as_deref().unwrap_or("aws");
            Caller::parse(&format!("arn:{partition}:iam::{account}:user/someone"))
        }
        PrincipalPattern::Arn(text) | PrincipalPattern::Service(text) | PrincipalPattern::Federated(text) => Caller::parse(text),
        _ => None,
    })
}

/// A request of the usual user in its own account, without context.
pub(crate) fn plain() -> RequestCase {
    RequestCase {
        caller: user(),
        action: "s3:GetObject".to_owned(),
        resource: "*".to_owned(),
        resource_account: Some(words::HOME.to_owned()),
        context: Vec::new(),
        derive: true,
        caller_in_management_account: false,
        resource_in_management_account: false,
        grant_allows: false,
        endpoint: None,
    }
}

/// The user that is most often the caller.
pub(crate) fn user() -> Caller {
    CALLERS[0].to_caller()
}

/// Random requests over the shared domains.
pub(crate) fn requests() -> impl Strategy<Value = RequestCase> {
    let resource_account = prop_oneof![
        6 => Just(None),
        3 => Just(Some(words::HOME.to_owned())),
        1 => Just(Some(words::AWAY.to_owned())),
    ];
    let rarely = || prop::bool::weighted(0.05);
    (
        callers(),
        select(words::ACTIONS),
        select(words::RESOURCES),
        resource_account,
        contexts(),
        prop::bool::weighted(0.8),
        (rarely(), rarely(), rarely()),
    )
        .prop_map(
            |(caller, action, resource, resource_account, context, derive, (caller_managed, resource_managed, grant))| {
                RequestCase {
                    caller,
                    action: action.to_owned(),
                    resource: resource.to_owned(),
                    resource_account,
                    context,
                    derive,
                    caller_in_management_account: caller_managed,
                    resource_in_management_account: resource_managed,
                    grant_allows: grant,
                    endpoint: None,
                }
            },
        )
}

/// Random callers.
pub(crate) fn callers() -> impl Strategy<Value = Caller> {
    let choices = CALLERS.iter().map(|words| (words.weight, Just(*words))).collect();
    proptest::strategy::Union::new_weighted(choices).prop_map(CallerWords::to_caller)
}

/// Random contexts without two keys that differ only in case.
pub(crate) fn contexts() -> impl Strategy<Value = Vec<(String, Value)>> {
    let entry = select(words::CONTEXT_KEYS).prop_flat_map(|(key, value_type)| (Just(key.to_owned()), values(key, value_type)));
    vec(entry, 0..=6).prop_map(|entries| {
        let mut context: Vec<(String, Value)> = Vec::new();
        for entry in entries {
            if context.iter().all(|(key, _)| !fold::eq_fold(key, &entry.0)) {
                context.push(entry);
            }
        }
        context
    })
}

/// Random values for a context key; those that AWS documents as multi-valued usually are lists.
pub(crate) fn values(key: &str, value_type: ValueType) -> BoxedStrategy<Value> {
    let multi_weight = if matches!(key, "aws:TagKeys" | "aws:CalledVia") { 8 } else { 1 };
    let text = || {
        prop_oneof![
            9 => select(words::context_values(value_type)),
            1 => select(words::context_values(ValueType::String)),
        ]
        .prop_map(str::to_owned)
    };
    prop_oneof![
        4 => text().prop_map(Value::Single),
        multi_weight => vec(text(), 0..=3).prop_map(Value::Multi),
    ]
    .boxed()
}
