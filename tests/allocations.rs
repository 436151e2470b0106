//! A decision allocates nothing: not the first one over a new scratch either, whatever artifact and request hold.
//!
//! [`check`] makes engine, request and scratch outside, then counts what one decision allocates, and another one after it.

mod counter;

use ibc::bundle::{Attachment, Boundary, Bundle, Guardrails, PrincipalEntry, ResourceEntry};
use ibc::iam::{Decision, PolicyKind, Principal};
use ibc::request::{Context, ContextEntry, ContextValue, KeyedEntry, MAX_CONTEXT_ENTRIES, MAX_NAME_SIZE, Request};
use ibc::source::SourceMap;
use ibc::syntax::ast::Policy;
use ibc::syntax::parse_policy;
use ibc::{Artifact, Engine, Overlay, Scratch, Target, compile_overlay};
use ibc_workloads::{DEFAULT_SEED, Value, Workload, hostile};

use crate::generators::answers::engine;

/// Asks twice over a new scratch; neither the first nor the second decision may allocate. Gives what was decided.
#[track_caller]
fn check<T: PartialEq + std::fmt::Debug>(mut scratch: Scratch, mut decide: impl FnMut(&mut Scratch) -> T) -> T {
    let (first, first_count) = counter::count(|| decide(&mut scratch));
    let (second, second_count) = counter::count(|| decide(&mut scratch));
    assert_eq!((first_count, second_count), (0, 0), "allocations of the first and of the second decision");
    assert_eq!(first, second);
    first
}

#[test]
fn the_counter_counts() {
    let (list, count) = counter::count(|| vec![1_u8, 2, 3]);
    assert_eq!((list.len(), count), (3, 1));
}

#[test]
fn every_layer_and_every_kind_of_index() {
    let engine = everything();
    let allowed = with_tags(3, |entries| check(engine.scratch(), |scratch| decide(&engine, scratch, READ, entries)));
    assert_eq!(allowed, Decision::Allow);
    for action in
        ["s3:PutObject", "s3:GetObject", "unknown:Action", "imagebuilder:UnknownAction", "no action", "sts:GetCallerIdentity"]
    {
        with_tags(3, |entries| check(engine.scratch(), |scratch| decide(&engine, scratch, action, entries)));
    }
}

#[test]
fn more_context_keys_than_travel_signed_and_the_most_there_can_be() {
    let engine = everything();
    for count in [15, 16, 17, 50, MAX_CONTEXT_ENTRIES - 3] {
        let found = with_tags(count, |entries| check(engine.scratch(), |scratch| decide(&engine, scratch, READ, entries)));
        assert_eq!(found, Decision::Allow, "{count} tags");
    }
}

#[test]
fn policies_that_travel_with_the_request_whose_bytes_are_held_otherwise() {
    let bytes = everything().artifact().as_bytes().to_vec();
    let base: Engine<&[u8]> = Engine::new(Artifact::from_bytes(&bytes[..]).expect("an artifact"));
    let (session, endpoint) = (overlay(SESSION, PolicyKind::Session), overlay(ENDPOINT, PolicyKind::Endpoint));
    let overlay: Overlay<'_, Vec<u8>> = Overlay { session: Some(&session), endpoint: Some(&endpoint) };
    for (count, wanted) in [(3, Decision::Allow), (50, Decision::Allow), (1, Decision::ImplicitDeny)] {
        let found = with_tags(count, |entries| {
            check(base.scratch(), |scratch| with_request(READ, entries, |request| base.decide_with(request, &overlay, scratch)))
        });
        assert_eq!(found.decision, wanted, "{count} tags");
    }
}

#[test]
fn requests_by_id() {
    let engine = everything();
    let (caller, action) = (engine.principal(principal(CALLER)), engine.action(READ).expect("an action"));
    let entry = |name: &str, value| KeyedEntry { key: engine.key(name).expect("a key that is asked for"), value };
    let keys = ["tag-000", "tag-001"];
    let entries = [
        entry("aws:ResourceTag/team", ContextValue::Single("red")),
        entry("aws:TagKeys", ContextValue::Multi(&keys)),
        entry("aws:RequestTag/tag-002", ContextValue::Single("value")),
    ];
    let outcome = check(engine.scratch(), |scratch| {
        let context = engine.context(&entries);
        engine.decide(&Request { context, ..Request::of_resolved(&caller, &action, IMAGE) }, scratch)
    });
    assert_eq!(outcome.decision, Decision::Allow);
}

#[test]
fn many_at_once() {
    let engine = everything();
    let allowed = with_tags(20, |entries| {
        with_request(READ, entries, |request| {
            let requests = [*request; 40];
            let targets = [Target { resource: IMAGE, resource_account: None, context: request.context }; 40];
            let many = check(engine.scratch(), |scratch| {
                let mut allowed = 0;
                engine.decide_many(&requests, scratch, |_, outcome| allowed += u32::from(outcome.decision == Decision::Allow));
                allowed
            });
            let filtered = check(engine.scratch(), |scratch| {
                let mut allowed = 0;
                engine.filter(request, &targets, scratch, |_, outcome| allowed += u32::from(outcome.decision == Decision::Allow));
                allowed
            });
            let any = check(engine.scratch(), |scratch| engine.decide_any(request, &targets, scratch));
            (many, filtered, any)
        })
    });
    assert_eq!(allowed, (40, 40, Some(0)));
}

#[test]
fn the_longest_names() {
    let engine = everything();
    // ARN of the role and unique id of the session are composed: the names are in them once more.
    let head = "arn:aws:sts::111122223333:assumed-role/";
    let room = MAX_NAME_SIZE - head.len() - 1;
    let unique_id = "A".repeat(MAX_NAME_SIZE);
    for role_len in [1, room / 2, room - 1] {
        let name = format!("{head}{}/{}", "r".repeat(role_len), "s".repeat(room - role_len));
        for unique_id in [None, Some(unique_id.as_str())] {
            let mut caller = principal(&name);
            caller.unique_id = unique_id;
            check(engine.scratch(), |scratch| engine.decide(&Request::new(caller, READ, IMAGE), scratch));
        }
    }
}

#[test]
fn blocks_of_statements_that_only_a_scan_or_a_bitmap_can_narrow() {
    type Make = fn(u64, usize, usize) -> Workload;
    let makes: [Make; 6] =
        [hostile::globs, hostile::not_action, hostile::late_equality, hostile::late_number, hostile::repeats, hostile::many_tags];
    for make in makes {
        let workload = make(DEFAULT_SEED, 300, 20);
        let (mut sources, mut bundle) = (SourceMap::new(), Bundle::default());
        for document in workload.documents {
            let id = bundle.add_policy(document.name, policy(&mut sources, &document.text, PolicyKind::Identity));
            bundle.everyone.identity.push(id);
        }
        let engine = engine(ibc::compile(&sources, &bundle).expect("it is small"));
        workload.requests.with_texts(usize::MAX, |texts| {
            for text in texts {
                let entries: Vec<ContextEntry<'_>> = text.context.iter().map(entry).collect();
                check(engine.scratch(), |scratch| {
                    let context = Context::new(&entries);
                    engine.decide(
                        &Request { context, ..Request::new(principal(text.principal), text.action, text.resource) },
                        scratch,
                    )
                });
            }
        });
    }
}

fn principal(name: &str) -> Principal<'_> {
    Principal::parse(name).expect("a principal")
}

/// Asks from the texts on, as a gateway does; the request is made inside.
fn decide(engine: &Engine<Vec<u8>>, scratch: &mut Scratch, action: &str, entries: &[ContextEntry<'_>]) -> Decision {
    with_request(action, entries, |request| engine.decide(request, scratch).decision)
}

fn with_request<T>(action: &str, entries: &[ContextEntry<'_>], ask: impl FnOnce(&Request<'_>) -> T) -> T {
    let context = Context::new(entries);
    ask(&Request { context, ..Request::new(principal(CALLER), action, IMAGE) })
}

/// The context of a request with so many tags: a key of the resource's, one entry for each tag, and the list of their keys.
fn with_tags<T>(count: usize, ask: impl FnOnce(&[ContextEntry<'_>]) -> T) -> T {
    let names: Vec<String> = (0..count).map(|tag| format!("tag-{tag:03}")).collect();
    let keys: Vec<String> = names.iter().map(|name| format!("aws:RequestTag/{name}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut entries: Vec<ContextEntry<'_>> =
        keys.iter().map(|key| ContextEntry { key, value: ContextValue::Single("value") }).collect();
    entries.push(ContextEntry { key: "aws:TagKeys", value: ContextValue::Multi(&names) });
    entries.push(ContextEntry { key: "aws:ResourceTag/team", value: ContextValue::Single("red") });
    ask(&entries)
}

fn entry<'a>(&(key, value): &(&'a str, Value<'a>)) -> ContextEntry<'a> {
    let value = match value {
        Value::Single(value) => ContextValue::Single(value),
        Value::Multi(values) => ContextValue::Multi(values),
    };
    ContextEntry { key, value }
}

fn policy(sources: &mut SourceMap, text: &str, kind: PolicyKind) -> Policy {
    let source = sources.add("policy", text);
    parse_policy(sources, source, None, kind).policy.expect("it loads")
}

fn overlay(text: &str, kind: PolicyKind) -> Engine<Vec<u8>> {
    let mut sources = SourceMap::new();
    let policy = policy(&mut sources, text, kind);
    engine(compile_overlay(&sources, &[policy]).expect("it is small"))
}

/// An artifact with every layer, a tagged principal, and values that are composed.
fn everything() -> Engine<Vec<u8>> {
    let (mut sources, mut bundle) = (SourceMap::new(), Bundle::default());
    let mut add = |text, kind| bundle.add_policy("policy", policy(&mut sources, text, kind));
    let identity = add(IDENTITY, PolicyKind::Identity);
    let boundary = add(FULL_ACCESS, PolicyKind::Boundary);
    let scp = add(FULL_ACCESS, PolicyKind::Scp);
    let rcp = add(RCP, PolicyKind::Rcp);
    let resource = add(RESOURCE, PolicyKind::Resource);
    bundle.principals.push(PrincipalEntry {
        arn: "arn:aws:iam::111122223333:role/builder".to_owned(),
        unique_id: Some("AROAEXAMPLE".to_owned()),
        attachment: Attachment { identity: vec![identity], boundary: Some(Boundary::Policy(boundary)) },
        tags: vec![("team".to_owned(), "red".to_owned())],
    });
    bundle.everyone.identity.push(identity);
    bundle.any_account = Guardrails { scp: vec![vec![scp], vec![scp]], rcp: vec![vec![rcp]] };
    bundle.resources.push(ResourceEntry { pattern: "arn:aws:imagebuilder:*".to_owned(), policy: resource });
    engine(ibc::compile(&sources, &bundle).expect("it is small"))
}

const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/builder/alice";
const IMAGE: &str = "arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.0.0/1";
const READ: &str = "imagebuilder:GetImage";

const FULL_ACCESS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["imagebuilder:Get*", "s3:Put*"], "Resource": "arn:aws:imagebuilder:*:111122223333:image/w?b/*",
     "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"},
                   "ForAllValues:StringLike": {"aws:TagKeys": ["tag-*", "env"]},
                   "StringEqualsIfExists": {"aws:RequestTag/tag-002": "value"}}},
    {"Effect": "Deny", "NotAction": ["imagebuilder:*", "s3:PutObject"], "Resource": "*",
     "Condition": {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": ["Secret", "tag-000"]}}},
    {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:*:*:*:*/${aws:userid}", "Condition": {
        "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/b*"}}},
    {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "*:mallory", "aws:PrincipalArn": "*/x*y*z"}}}
]}"#;

const RCP: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
     "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}}]}"#;

const RESOURCE: &str = r#"{"Version": "2012-10-17", "Statement": {
    "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/other"}, "Action": "imagebuilder:*", "Resource": "*"}}"#;

const ENDPOINT: &str = r#"{"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:ResourceTag/team": "r*"}}}}"#;

const SESSION: &str = r#"{"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": "imagebuilder:Get*", "Resource": "*",
    "Condition": {"StringLike": {"aws:RequestTag/tag-002": "val*"}, "Null": {"aws:userid": "false"}}}}"#;
