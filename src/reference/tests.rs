//! The decision tables of semantics 6.5 and 6.6, row by row, and the steps of 6.4 that they leave out.

use super::testing::policy;
use super::{Layers, decide};
use crate::iam::{Decision, PolicyKind, Principal, PrincipalKind};
use crate::request::Request;
use crate::syntax::ast::Policy;

const USER: &str = "arn:aws:iam::1111:user/ann";
const ROLE: &str = "arn:aws:iam::1111:role/builder";
const SESSION: &str = "arn:aws:sts::1111:assumed-role/builder/ann";
const OTHER_SESSION: &str = "arn:aws:sts::1111:assumed-role/builder/bob";
const FEDERATED: &str = "arn:aws:sts::1111:federated-user/guest";
const ROOT: &str = "arn:aws:iam::1111:root";
const SERVICE: &str = "lambda.amazonaws.com";
const ANONYMOUS: &str = "*";

const BUCKET: &str = "arn:aws:s3:::reports";
const KEY: &str = "arn:aws:kms:eu-west-1:1111:key/1";

/// One row: the caller, the resource and its owner, whom the resource policy names, and what each policy of the caller
/// says: `A` allows, `D` denies, `-` does neither, an empty text is no policy.
#[derive(Clone, Copy)]
struct Row<'a> {
    caller: &'a str,
    resource: &'a str,
    owner: &'a str,
    action: &'a str,
    names: &'a str,
    scp: &'a str,
    rcp: &'a str,
    endpoint: &'a str,
    identity: &'a str,
    boundary: &'a str,
    session: &'a str,
    management: bool,
}

const SAME_ACCOUNT: Row<'_> = Row {
    caller: USER,
    resource: BUCKET,
    owner: "1111",
    action: "s3:GetObject",
    names: "",
    scp: "",
    rcp: "",
    endpoint: "",
    identity: "",
    boundary: "",
    session: "",
    management: false,
};

const CROSS_ACCOUNT: Row<'_> = Row { owner: "2222", ..SAME_ACCOUNT };

/// Decides the row; `expected` is the decision and the layer that made it.
#[track_caller]
fn check(row: Row<'_>, expected: &str) {
    let read = |kind, text: &str| policy_that(kind, text);
    let of_caller: Vec<Option<Policy>> = [
        (PolicyKind::Identity, row.identity),
        (PolicyKind::Boundary, row.boundary),
        (PolicyKind::Session, row.session),
        (PolicyKind::Scp, row.scp),
        (PolicyKind::Rcp, row.rcp),
        (PolicyKind::Endpoint, row.endpoint),
    ]
    .map(|(kind, text)| read(kind, text))
    .into();
    let [identity, boundary, session, scp, rcp, endpoint] = [0, 1, 2, 3, 4, 5].map(|index| of_caller[index].as_ref());
    let resource = (!row.names.is_empty()).then(|| resource_policy(row.resource, row.names));

    let layers = Layers {
        identity: identity.into_iter().collect(),
        boundary: boundary.map(|policy| vec![policy]),
        session: session.map(|policy| vec![policy]),
        scp: scp.map(|policy| vec![policy]).into_iter().collect(),
        rcp: rcp.map(|policy| vec![policy]).into_iter().collect(),
        endpoint: endpoint.map(|policy| vec![policy]),
        resource: resource.as_ref(),
        ..Layers::default()
    };
    let mut principal = Principal::parse(row.caller).unwrap();
    if principal.kind == PrincipalKind::FederatedUser {
        principal.user_arn = Some(USER);
    }
    let mut request = Request::new(principal, row.action, row.resource);
    request.resource_account = Some(row.owner);
    request.caller_in_management_account = row.management;

    let answer = decide(&layers, &request);
    let layer = answer.layer.map_or("nobody", |layer| layer.as_str());
    assert_eq!(format!("{} by {layer}", answer.decision), expected);
}

fn policy_that(kind: PolicyKind, says: &str) -> Option<Policy> {
    let (effect, action) = match says {
        "" => return None,
        "A" => ("Allow", "*"),
        "D" => ("Deny", "*"),
        _ => ("Allow", "ec2:StopInstances"),
    };
    let principal = if kind.has_principal() { r#""Principal": "*","# } else { "" };
    Some(policy(
        kind,
        &format!(
            r#"{{"Version": "2012-10-17", "Statement":
                {{"Effect": "{effect}", {principal} "Action": "{action}", "Resource": "*"}}}}"#
        ),
    ))
}

fn resource_policy(resource: &str, names: &str) -> Policy {
    let (kind, action, element) = match resource.contains(":role/") {
        true => (PolicyKind::Trust, "sts:AssumeRole", ""),
        false => (PolicyKind::Resource, "*", r#", "Resource": "*""#),
    };
    let principal = match names {
        "*" => r#""*""#.to_owned(),
        _ if names.ends_with(".com") => format!(r#"{{"Service": "{names}"}}"#),
        _ => format!(r#"{{"AWS": "{names}"}}"#),
    };
    let statement = format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "{action}"{element}}}"#);
    policy(kind, &format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#))
}

#[test]
fn same_account_users() {
    let row = SAME_ACCOUNT;
    check(Row { identity: "A", ..row }, "allowed by identity");
    check(Row { identity: "A", boundary: "A", ..row }, "allowed by identity");
    check(Row { identity: "-", boundary: "A", ..row }, "implicitDeny by identity");
    check(Row { identity: "A", boundary: "-", ..row }, "implicitDeny by boundary");
    check(Row { names: USER, identity: "-", boundary: "-", ..row }, "allowed by resource");
    check(Row { names: "1111", identity: "-", ..row }, "implicitDeny by identity");
    check(Row { names: ROOT, identity: "-", boundary: "A", ..row }, "implicitDeny by identity");
    check(Row { names: ROOT, identity: "A", ..row }, "allowed by identity");
    check(Row { names: "*", identity: "-", boundary: "-", ..row }, "allowed by resource");
    check(Row { names: "AIDADELETED", identity: "A", ..row }, "allowed by identity");
    check(Row { names: "AIDADELETED", ..row }, "implicitDeny by identity");
    // Row n/a: a user has no session policies.
    check(Row { identity: "A", session: "-", ..row }, "allowed by identity");
}

#[test]
fn same_account_role_sessions() {
    let row = Row { caller: SESSION, ..SAME_ACCOUNT };
    check(Row { names: ROLE, identity: "-", ..row }, "allowed by resource");
    check(Row { names: ROLE, identity: "-", boundary: "-", ..row }, "implicitDeny by boundary");
    check(Row { names: ROLE, identity: "-", session: "-", ..row }, "implicitDeny by session");
    check(Row { names: ROLE, identity: "-", boundary: "A", session: "A", ..row }, "allowed by resource");
    check(Row { names: SESSION, identity: "-", boundary: "-", session: "-", ..row }, "allowed by resource");
    check(Row { names: OTHER_SESSION, identity: "A", boundary: "A", session: "A", ..row }, "allowed by identity");
    check(Row { names: OTHER_SESSION, identity: "-", ..row }, "implicitDeny by identity");
    check(Row { identity: "A", boundary: "A", session: "A", ..row }, "allowed by identity");
    check(Row { identity: "A", boundary: "A", session: "-", ..row }, "implicitDeny by session");
    check(Row { names: SESSION, boundary: "D", ..row }, "explicitDeny by boundary"); // 8.3 #63
}

#[test]
fn same_account_federated_users() {
    let row = Row { caller: FEDERATED, ..SAME_ACCOUNT };
    check(Row { names: USER, identity: "-", boundary: "-", session: "-", ..row }, "implicitDeny by boundary");
    check(Row { names: USER, identity: "-", session: "A", ..row }, "allowed by resource");
    check(Row { names: FEDERATED, identity: "-", boundary: "-", session: "-", ..row }, "allowed by resource");
    check(Row { identity: "A", ..row }, "implicitDeny by session"); // D-28
}

#[test]
fn same_account_others() {
    let row = SAME_ACCOUNT;
    check(Row { caller: ROOT, ..row }, "allowed by identity");
    check(Row { caller: ROOT, session: "-", ..row }, "implicitDeny by identity"); // EV-45
    check(Row { caller: ROOT, identity: "D", ..row }, "allowed by identity"); // root has no policies
    check(Row { caller: SERVICE, names: SERVICE, ..row }, "allowed by resource");
    check(Row { caller: SERVICE, names: "1111", ..row }, "implicitDeny by resource");
    check(Row { caller: ANONYMOUS, names: "*", ..row }, "allowed by resource");
    check(Row { caller: ANONYMOUS, names: "1111", ..row }, "implicitDeny by resource");
}

#[test]
fn key_policies_must_allow() {
    let row = Row { resource: KEY, action: "kms:Decrypt", ..SAME_ACCOUNT };
    check(Row { identity: "A", ..row }, "implicitDeny by resource");
    check(Row { names: ROLE, identity: "A", ..row }, "implicitDeny by resource");
    check(Row { caller: ROOT, names: ROLE, ..row }, "implicitDeny by resource");
    check(Row { names: ROOT, identity: "A", ..row }, "allowed by identity");
    check(Row { names: ROOT, identity: "D", ..row }, "explicitDeny by identity");
    check(Row { names: USER, identity: "-", boundary: "-", ..row }, "allowed by resource");
}

#[test]
fn trust_policies_must_allow_assuming() {
    let row = Row { resource: ROLE, action: "sts:AssumeRole", ..SAME_ACCOUNT };
    check(Row { names: USER, ..row }, "allowed by resource");
    check(Row { names: USER, boundary: "-", ..row }, "implicitDeny by boundary"); // D-39
    check(Row { names: "1111", ..row }, "implicitDeny by identity");
    check(Row { names: OTHER_SESSION, identity: "A", ..row }, "implicitDeny by resource");
    check(Row { caller: SESSION, names: USER, identity: "A", ..row }, "implicitDeny by resource"); // EV-37
    // Passing or changing a role does not ask its trust policy (SE-11).
    check(Row { action: "iam:PassRole", names: USER, ..row }, "implicitDeny by identity");
    check(Row { action: "iam:PassRole", names: OTHER_SESSION, identity: "A", ..row }, "allowed by identity");
}

#[test]
fn cross_account() {
    let row = CROSS_ACCOUNT;
    check(Row { names: USER, identity: "A", ..row }, "allowed by identity");
    check(Row { names: "1111", identity: "A", boundary: "A", ..row }, "allowed by identity");
    check(Row { names: "*", identity: "A", ..row }, "allowed by identity");
    check(Row { names: OTHER_SESSION, identity: "A", ..row }, "implicitDeny by resource");
    check(Row { identity: "A", ..row }, "implicitDeny by resource");
    check(Row { names: USER, identity: "-", ..row }, "implicitDeny by identity");
    check(Row { names: "*", identity: "-", ..row }, "implicitDeny by identity");
    check(Row { names: USER, identity: "A", boundary: "-", ..row }, "implicitDeny by boundary");
    check(Row { caller: SESSION, names: SESSION, identity: "A", session: "-", ..row }, "implicitDeny by session"); // D-35
    check(Row { caller: ROOT, names: "1111", ..row }, "allowed by identity");
    check(Row { names: "*", identity: "A", scp: "-", ..row }, "implicitDeny by scp");
    check(Row { names: "*", identity: "A", rcp: "D", ..row }, "explicitDeny by rcp");
    let of_china = Row { caller: "arn:aws-cn:iam::1111:user/ann", names: "*", identity: "A", ..SAME_ACCOUNT };
    check(of_china, "implicitDeny by resource"); // GR-31
}

#[test]
fn guard_rails() {
    let row = Row { identity: "A", ..SAME_ACCOUNT };
    check(Row { scp: "D", rcp: "D", endpoint: "D", ..row }, "explicitDeny by rcp"); // D-36
    check(Row { scp: "D", endpoint: "D", ..row }, "explicitDeny by scp");
    check(Row { scp: "-", rcp: "-", endpoint: "-", ..row }, "implicitDeny by rcp");
    check(Row { scp: "-", rcp: "A", endpoint: "-", ..row }, "implicitDeny by scp");
    check(Row { scp: "A", rcp: "A", endpoint: "-", ..row }, "implicitDeny by endpoint");
    check(Row { scp: "A", rcp: "A", endpoint: "A", ..row }, "allowed by identity");
    check(Row { scp: "D", rcp: "D", management: true, ..row }, "allowed by identity"); // EV-22, EV-27
    check(Row { caller: ROOT, scp: "D", ..row }, "explicitDeny by scp");
    check(Row { caller: ROOT, scp: "D", management: true, ..row }, "allowed by identity");
    check(Row { caller: SERVICE, names: SERVICE, scp: "D", ..row }, "allowed by resource");
    check(Row { caller: SERVICE, names: SERVICE, rcp: "D", ..row }, "explicitDeny by rcp");
    let linked = "arn:aws:iam::1111:role/aws-service-role/x.amazonaws.com/linked";
    check(Row { caller: linked, scp: "D", rcp: "D", boundary: "D", session: "D", ..row }, "allowed by identity"); // SE-13
    check(Row { action: "kms:RetireGrant", rcp: "D", ..row }, "allowed by identity"); // EV-27
}

#[test]
fn actions_without_permission() {
    let row = Row { action: "STS:getcalleridentity", resource: "*", identity: "D", scp: "D", rcp: "D", ..SAME_ACCOUNT };
    check(row, "allowed by nobody");
    check(Row { endpoint: "A", ..row }, "allowed by nobody");
    check(Row { endpoint: "-", ..row }, "implicitDeny by endpoint");
    check(Row { endpoint: "D", ..row }, "explicitDeny by endpoint");
}

#[test]
fn a_federated_session_of_the_root_user_has_what_its_session_policies_leave() {
    let session = policy_that(PolicyKind::Session, "A").unwrap();
    let mut principal = Principal::parse(FEDERATED).unwrap();
    principal.user_arn = Some(ROOT);
    let request = Request::new(principal, "s3:GetObject", BUCKET);
    let layers = Layers { session: Some(vec![&session]), boundary: Some(Vec::new()), ..Layers::default() };
    assert_eq!(decide(&layers, &request).decision, Decision::Allow);
    assert_eq!(decide(&Layers::default(), &request).decision, Decision::ImplicitDeny);
}

#[test]
fn what_is_no_request_is_denied() {
    let identity = policy_that(PolicyKind::Identity, "A").unwrap();
    let layers = Layers { identity: vec![&identity], ..Layers::default() };
    for action in ["", "GetObject", "s3:", "s3:Get:Object"] {
        let request = Request::new(Principal::parse(USER).unwrap(), action, BUCKET);
        assert_eq!(decide(&layers, &request).decision, Decision::ImplicitDeny, "{action}");
    }
}

#[test]
fn a_boundary_that_is_missing_allows_nothing() {
    let identity = policy_that(PolicyKind::Identity, "A").unwrap();
    let layers = Layers { identity: vec![&identity], boundary: Some(Vec::new()), ..Layers::default() };
    let request = Request::new(Principal::parse(USER).unwrap(), "s3:GetObject", BUCKET);
    assert_eq!(decide(&layers, &request).decision, Decision::ImplicitDeny);
}

#[test]
fn a_kms_grant_counts_as_direct() {
    let mut request = Request::new(Principal::parse(USER).unwrap(), "kms:Decrypt", KEY);
    assert_eq!(decide(&Layers::default(), &request).decision, Decision::ImplicitDeny);
    request.grant_allows = true;
    assert_eq!(decide(&Layers::default(), &request).decision, Decision::Allow);
}
