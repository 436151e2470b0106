//! `Principal`, `NotPrincipal`, and how strong the grant of a resource policy is (sections 1.5 and 6.3).

use super::question::Caller;
use crate::iam::{Effect, PrincipalKind, PrincipalPattern};
use crate::syntax::ast::{Element, Statement};

/// How closely an Allow of a resource policy names the caller, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantKind {
    /// Not at all.
    None,
    /// Its account, which lets that account's own policies decide (EV-8).
    Account,
    /// The role or user behind its session (EV-7).
    Entity,
    /// The caller itself (EV-6).
    Direct,
}

/// D-32, and D-26 for trust policies: `"*"` names this very caller, also when a condition narrows it (EV-9).
const GRANT_TO_EVERYONE: GrantKind = GrantKind::Direct;

/// Whether the element is about the caller.
///
/// An Allow and a Deny match by the same table: D-34, a Deny that names account, role or user hits every session below it
/// (EV-17).
#[must_use]
pub fn element_matches(element: &Element<PrincipalPattern>, effect: Effect, caller: &Caller<'_>) -> bool {
    if !element.negated {
        return is_listed(element, caller);
    }
    // Who has a boundary is denied whatever the list says (GR-35, EV-44).
    let is_denied_by_boundary = effect == Effect::Deny && caller.has_boundary;
    is_denied_by_boundary || !is_listed(element, caller)
}

/// Whether some entry names the caller.
///
/// D-09: at any level, so `NotPrincipal` exempts who is listed as user, session, role or account (GR-34a).
fn is_listed(element: &Element<PrincipalPattern>, caller: &Caller<'_>) -> bool {
    strongest_entry(element, caller) != GrantKind::None
}

/// The strongest grant among the principals of an applying Allow (6.3).
#[must_use]
pub fn strongest_grant(statement: &Statement, caller: &Caller<'_>) -> GrantKind {
    match &statement.principal {
        // A legacy `NotPrincipal` with `Allow` grants directly to whoever is outside its list (EV-10).
        Some(element) if element.negated => GrantKind::Direct,
        Some(element) => strongest_entry(element, caller),
        None => GrantKind::None,
    }
}

fn strongest_entry(element: &Element<PrincipalPattern>, caller: &Caller<'_>) -> GrantKind {
    element.patterns.iter().map(|pattern| grant_kind(&pattern.value, caller)).max().unwrap_or(GrantKind::None)
}

/// The table of section 1.5: whom a principal names, and how closely. Comparison is exact (GR-27).
#[must_use]
pub fn grant_kind(pattern: &PrincipalPattern, caller: &Caller<'_>) -> GrantKind {
    let principal = &caller.principal;
    match pattern {
        PrincipalPattern::Everyone => GRANT_TO_EVERYONE,
        PrincipalPattern::AwsAnyone => aws_anyone_grant(principal.kind),
        PrincipalPattern::Account { account, partition } => account_grant(account, partition.as_deref(), caller),
        PrincipalPattern::Arn(arn) => arn_grant(arn, caller),
        PrincipalPattern::UniqueId(id) => unique_id_grant(id, caller),
        PrincipalPattern::Service(name) => direct_if(principal.kind == PrincipalKind::Service && principal.name == &**name),
        PrincipalPattern::Federated(provider) => {
            direct_if(matches!(principal.kind, PrincipalKind::WebIdentity | PrincipalKind::Saml) && principal.name == &**provider)
        }
        PrincipalPattern::CanonicalUser(id) if principal.canonical_user == Some(&**id) => GrantKind::Account,
        PrincipalPattern::CanonicalUser(_) => GrantKind::None,
    }
}

/// D-38: `{"AWS": "*"}` names everyone who signs, the anonymous and services; not the unsigned callers of
/// `AssumeRoleWithSAML` and `AssumeRoleWithWebIdentity` (GR-25, GR-26).
fn aws_anyone_grant(kind: PrincipalKind) -> GrantKind {
    match kind {
        PrincipalKind::WebIdentity | PrincipalKind::Saml => GrantKind::None,
        _ => GRANT_TO_EVERYONE,
    }
}

/// An account id or the account's root ARN: everyone of that account; the root user itself directly (GR-28).
fn account_grant(account: &str, partition: Option<&str>, caller: &Caller<'_>) -> GrantKind {
    let Some(arn) = caller.principal.arn() else { return GrantKind::None };
    if arn.account != account || partition.is_some_and(|partition| partition != arn.partition) {
        GrantKind::None // GR-31: partitions never mix
    } else if caller.principal.kind == PrincipalKind::Root {
        GrantKind::Direct
    } else {
        GrantKind::Account
    }
}

/// The ARN of a user, role, role session or federated-user session.
fn arn_grant(arn: &str, caller: &Caller<'_>) -> GrantKind {
    let principal = &caller.principal;
    let is_caller = principal.kind.has_account() && principal.name == arn;
    let is_entity_behind = match principal.kind {
        PrincipalKind::RoleSession => caller.role_arn.as_deref() == Some(arn),
        PrincipalKind::FederatedUser => principal.user_arn == Some(arn),
        _ => false,
    };
    // Asked first: a request may name a session by its role's ARN alone.
    if is_entity_behind { GrantKind::Entity } else { direct_if(is_caller) }
}

/// A unique id counts like the ARN of the user or role that has it (GR-29).
fn unique_id_grant(id: &str, caller: &Caller<'_>) -> GrantKind {
    match caller.principal.kind {
        _ if caller.principal.unique_id != Some(id) => GrantKind::None,
        PrincipalKind::User => GrantKind::Direct,
        PrincipalKind::RoleSession | PrincipalKind::FederatedUser => GrantKind::Entity,
        _ => GrantKind::None,
    }
}

fn direct_if(names_caller: bool) -> GrantKind {
    if names_caller { GrantKind::Direct } else { GrantKind::None }
}

#[cfg(test)]
mod tests {
    use super::super::question::Question;
    use super::super::testing::statement;
    use super::*;
    use crate::iam::{PolicyKind, Principal};
    use crate::reference::Layers;
    use crate::request::Request;

    const USER: &str = "arn:aws:iam::1111:user/dev/ann";
    const ROLE: &str = "arn:aws:iam::1111:role/ci/builder";
    const SESSION: &str = "arn:aws:sts::1111:assumed-role/builder/ann";
    const ROOT: &str = "arn:aws:iam::1111:root";
    const FEDERATED: &str = "arn:aws:sts::1111:federated-user/guest";

    /// The caller of this name, with everything known that a name may not tell.
    fn caller(name: &str) -> Caller<'_> {
        let mut principal = Principal::parse(name).unwrap();
        match principal.kind {
            PrincipalKind::RoleSession => {
                principal = principal.with_role_arn(ROLE);
                principal.unique_id = Some("AROA1");
            }
            PrincipalKind::User => principal.unique_id = Some("AIDA1"),
            PrincipalKind::FederatedUser => principal.user_arn = Some(USER),
            _ => {}
        }
        Question::new(&Layers::default(), &Request::new(principal, "s3:GetObject", "*")).caller
    }

    #[track_caller]
    fn check(names: &str, name: &str, expected: GrantKind) {
        let element = format!(r#""Effect": "Allow", "Principal": {names}, "Action": "s3:*", "Resource": "*""#);
        let statement = statement(PolicyKind::Resource, &element);
        assert_eq!(strongest_grant(&statement, &caller(name)), expected, "{names} {name}");
    }

    #[test]
    fn everyone() {
        for name in [USER, SESSION, ROOT, FEDERATED, "*", "lambda.amazonaws.com"] {
            check(r#""*""#, name, GrantKind::Direct);
            check(r#"{"AWS": "*"}"#, name, GrantKind::Direct);
        }
        for name in ["accounts.google.com", "arn:aws:iam::1111:saml-provider/idp"] {
            check(r#""*""#, name, GrantKind::Direct);
            check(r#"{"AWS": "*"}"#, name, GrantKind::None); // D-38
        }
    }

    #[test]
    fn accounts() {
        for names in [r#"{"AWS": "1111"}"#, r#"{"AWS": "arn:aws:iam::1111:root"}"#] {
            check(names, USER, GrantKind::Account);
            check(names, SESSION, GrantKind::Account);
            check(names, FEDERATED, GrantKind::Account);
            check(names, ROOT, GrantKind::Direct);
            check(names, "*", GrantKind::None);
            check(names, "lambda.amazonaws.com", GrantKind::None);
            check(names, "arn:aws:iam::2222:user/ann", GrantKind::None);
        }
        check(r#"{"AWS": "arn:aws:iam::1111:root"}"#, "arn:aws-cn:iam::1111:user/ann", GrantKind::None);
    }

    #[test]
    fn users_and_roles() {
        check(&format!(r#"{{"AWS": "{USER}"}}"#), USER, GrantKind::Direct);
        check(&format!(r#"{{"AWS": "{USER}"}}"#), FEDERATED, GrantKind::Entity);
        check(&format!(r#"{{"AWS": "{FEDERATED}"}}"#), FEDERATED, GrantKind::Direct);
        check(r#"{"AWS": "arn:aws:iam::1111:user/dev/Ann"}"#, USER, GrantKind::None);
        check(r#"{"AWS": "AIDA1"}"#, USER, GrantKind::Direct);
        check(r#"{"AWS": "AIDA2"}"#, USER, GrantKind::None);
        check(&format!(r#"{{"AWS": "{ROLE}"}}"#), SESSION, GrantKind::Entity);
        check(r#"{"AWS": "arn:aws:iam::1111:role/builder"}"#, SESSION, GrantKind::None); // D-27
        check(&format!(r#"{{"AWS": "{SESSION}"}}"#), SESSION, GrantKind::Direct);
        check(r#"{"AWS": "arn:aws:sts::1111:assumed-role/builder/bob"}"#, SESSION, GrantKind::None);
        check(r#"{"AWS": "AROA1"}"#, SESSION, GrantKind::Entity);
        check(&format!(r#"{{"AWS": ["1111", "{SESSION}", "{ROLE}"]}}"#), SESSION, GrantKind::Direct); // the strongest
    }

    #[test]
    fn services_and_providers() {
        check(r#"{"Service": "lambda.amazonaws.com"}"#, "lambda.amazonaws.com", GrantKind::Direct);
        check(r#"{"Service": "lambda.amazonaws.com"}"#, "ec2.amazonaws.com", GrantKind::None);
        check(r#"{"Federated": "accounts.google.com"}"#, "accounts.google.com", GrantKind::Direct);
        check(r#"{"Federated": "accounts.google.com"}"#, USER, GrantKind::None);
    }

    #[track_caller]
    fn check_not_principal(list: &str, caller: &Caller<'_>, denies: bool) {
        let element = format!(r#""Effect": "Deny", "NotPrincipal": {list}, "Action": "s3:*", "Resource": "*""#);
        let statement = statement(PolicyKind::Resource, &element);
        assert_eq!(element_matches(statement.principal.as_ref().unwrap(), Effect::Deny, caller), denies, "{list}");
    }

    #[test]
    fn not_principal_exempts_at_any_level() {
        for list in [SESSION, ROLE, "1111", ROOT, "*"] {
            check_not_principal(&format!(r#"{{"AWS": "{list}"}}"#), &caller(SESSION), false); // D-09
        }
        check_not_principal(r#"{"AWS": "2222"}"#, &caller(SESSION), true);
        check_not_principal(r#"{"AWS": "1111"}"#, &caller("*"), true); // GR-36
        check_not_principal(r#"{"AWS": "*"}"#, &caller("*"), false);
    }

    #[test]
    fn not_principal_spares_nobody_with_a_boundary() {
        let bounded = Caller { has_boundary: true, ..caller(USER) };
        check_not_principal(&format!(r#"{{"AWS": ["{USER}", "1111"]}}"#), &bounded, true);
    }
}
