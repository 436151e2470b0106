//! The texts of a request at their limits and beyond: what is too long is denied, whichever text it is.

use ibc::bundle::Bundle;
use ibc::iam::{Decision, PolicyKind, Principal};
use ibc::request::{MAX_ACTION_SIZE, MAX_NAME_SIZE, Request};
use ibc::source::SourceMap;
use ibc::syntax::parse_policy;

use crate::generators::answers::{engine, reference_verdict_over};

const ALLOW_ALL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/builder/alice";

/// Puts a text into a request.
type Put = for<'a> fn(&mut Request<'a>, &'a str);

/// Name, start, size limit, whether the longest is allowed, and where the text goes.
const TEXTS: [(&str, &str, usize, bool, Put); 10] = [
    ("principal", CALLER, MAX_NAME_SIZE, true, |request, text| request.principal = principal(text)),
    ("role_arn", "arn:aws:iam::111122223333:role/", MAX_NAME_SIZE, true, |request, text| request.principal.role_arn = Some(text)),
    ("user_arn", "arn:aws:iam::111122223333:user/", MAX_NAME_SIZE, true, |request, text| request.principal.user_arn = Some(text)),
    ("unique_id", "AROA", MAX_NAME_SIZE, true, |request, text| request.principal.unique_id = Some(text)),
    ("federated_provider", "", MAX_NAME_SIZE, true, |request, text| request.principal.federated_provider = Some(text)),
    ("canonical_user", "", MAX_NAME_SIZE, true, |request, text| request.principal.canonical_user = Some(text)),
    ("resource", "arn:aws:s3:::bucket/", MAX_NAME_SIZE, true, |request, text| request.resource = text),
    // Another account's resource.
    ("resource_account", "", MAX_NAME_SIZE, false, |request, text| request.resource_account = Some(text)),
    ("endpoint", "vpce-", MAX_NAME_SIZE, true, |request, text| request.endpoint = Some(text)),
    ("action", "s3:Get", MAX_ACTION_SIZE, true, |request, text| request.action = text),
];

#[test]
fn every_text_counts() {
    let mut sources = SourceMap::new();
    let source = sources.add("policy", ALLOW_ALL);
    let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("it loads");
    let mut bundle = Bundle::default();
    bundle.everyone.identity = vec![bundle.add_policy("policy", policy)];
    let engine = engine(ibc::compile(&sources, &bundle).expect("it is small"));
    let mut scratch = engine.scratch();
    for (name, start, limit, is_allowed, put) in TEXTS {
        for (size, is_valid) in [(limit, true), (limit + 1, false)] {
            let text = format!("{start:x<size$}");
            let mut request = Request::new(principal(CALLER), "s3:GetObject", "arn:aws:s3:::bucket/key");
            put(&mut request, &text);
            assert_eq!(request.validate().is_ok(), is_valid, "{name} of {size} bytes");
            let expected = if is_valid && is_allowed { Decision::Allow } else { Decision::ImplicitDeny };
            assert_eq!(engine.decide(&request, &mut scratch).decision, expected, "{name} of {size} bytes");
            assert_eq!(reference_verdict_over(&bundle, &request).0, expected, "reference, {name} of {size} bytes");
        }
    }
}

fn principal(text: &str) -> Principal<'_> {
    Principal::parse(text).expect("a principal")
}
