//! The texts of a request at their limits and beyond: what is too long is denied, whichever text it is. And texts of every size
//! against policies that want them.

use ibc::Engine;
use ibc::bundle::Bundle;
use ibc::iam::{Decision, PolicyKind, Principal};
use ibc::request::{Context, ContextEntry, ContextValue, MAX_ACTION_SIZE, MAX_NAME_SIZE, Request};
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
    let (bundle, engine) = over(ALLOW_ALL);
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

/// The forms of a test differ by its size: a byte tells that of a short one.
#[test]
fn a_value_is_compared_as_a_whole_whatever_the_size_of_its_test() {
    for size in (1..=40).chain(100..=140).chain(250..=260) {
        let text = "x".repeat(size);
        let (longer, shorter) = (format!("{text}x"), &text[1..]);
        for (values, others) in [(format!(r#""{text}""#), &[][..]), (format!(r#"["{text}", "y", "zz"]"#), &["y", "zz"][..])] {
            let (bundle, engine) = over(&format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*",
                    "Condition": {{"StringEquals": {{"aws:RequestTag/team": {values}}}}}}}}}"#
            ));
            let denied = [&longer, shorter, "z"].map(|value| (value, Decision::ImplicitDeny));
            let allowed = others.iter().map(|value| (*value, Decision::Allow));
            for (value, expected) in denied.into_iter().chain(allowed).chain([(&*text, Decision::Allow)]) {
                let entries = [ContextEntry { key: "aws:RequestTag/team", value: ContextValue::Single(value) }];
                let request = Request::new(principal(CALLER), "s3:GetObject", "arn:aws:s3:::bucket/key");
                let request = Request { context: Context::new(&entries), ..request };
                let found = engine.decide(&request, &mut engine.scratch()).decision;
                assert_eq!(found, expected, "{} bytes against {values}", value.len());
                assert_eq!(reference_verdict_over(&bundle, &request).0, expected, "reference, {value} against {values}");
            }
        }
    }
}

/// One identity policy of everyone.
fn over(policy: &str) -> (Bundle, Engine<Vec<u8>>) {
    let mut sources = SourceMap::new();
    let source = sources.add("policy", policy);
    let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("it loads");
    let mut bundle = Bundle::default();
    bundle.everyone.identity = vec![bundle.add_policy("policy", policy)];
    let engine = engine(ibc::compile(&sources, &bundle).expect("it is small"));
    (bundle, engine)
}

fn principal(text: &str) -> Principal<'_> {
    Principal::parse(text).expect("a principal")
}
