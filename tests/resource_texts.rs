//! Long lists and the resource: statements behind a shared wildcard that each want another text are not verified for each other's
//! requests. And what statements exclude by values of their own does not use up the room for those that all exclude.

use ibc::compile::{Indexes, Options, Passes, compile_with};
use ibc::iam::{Decision, PolicyKind};
use ibc::source::SourceMap;
use ibc::syntax::parse_policy;
use ibc::{Artifact, Engine};

use crate::artifact::forge_words;
use crate::generators::request::{self, RequestCase, Value};
use crate::generators::scenario::bundle_around;

fn build(statements: impl IntoIterator<Item = String>, access_keys: bool) -> Vec<u8> {
    let statements: Vec<String> = statements.into_iter().collect();
    let mut sources = SourceMap::new();
    let source = sources.add("policy", format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")));
    let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("well formed");
    let indexes = Indexes { access_keys, ..Indexes::ALL };
    let options = Options { optimize: Passes::NONE, indexes, ..Options::default() };
    compile_with(&sources, &bundle_around(policy), &options).expect("small")
}

fn about(resource: &str) -> RequestCase {
    RequestCase { resource: resource.to_owned(), ..request::plain() }
}

/// Decision and count of verified statements.
fn ask(artifact: &[u8], request: &RequestCase) -> (Decision, u32) {
    let engine = Engine::new(Artifact::from_bytes(artifact).expect("whole"));
    let mut scratch = engine.scratch();
    let decision = request.with(|request| engine.decide(request, &mut scratch)).decision;
    (decision, scratch.verified())
}

#[test]
fn requests_verify_what_is_about_their_resource() {
    // Written with `{n}` for the number of a statement; no statement applies, as nobody has that tag.
    let cases = [
        ("arn:aws:svc:*:*:type/app-{n}-*", "arn:aws:svc:eu:1:type/app-7-x", 1),
        ("arn:aws:svc:*:*:type/app-{n}-*", "arn:aws:svc:eu:1:type/app-x", 0),
        ("arn:aws:svc:*:*:type/app-{n}-*", "arn:aws:svc:eu:1:type/app-7", 0),
        // The fifth colon of the pattern is a later one of the resource.
        ("arn:aws:svc:*:*:type/app-{n}-*", "arn:aws:svc:eu:1:x:type/app-7-x", 1),
        ("arn:aws:svc:*:*:type/app-{n}-*", "arn:aws:svc:eu:1:type/app-8-x:type/app-7-x", 2),
        ("arn:aws:svc:*:*:type/app-{n}", "arn:aws:svc:eu:1:type/app-7", 1),
        ("arn:aws:svc:r{n}-*:*:*", "arn:aws:svc:r7-a:1:x", 1),
        ("arn:aws:svc:e*:{n}:type/*", "arn:aws:svc:eu:7:type/x", 1),
        ("arn:aws:svc:e*:{n}:type/*", "arn:aws:svc:eu:7x:type/x", 0),
        ("arn:*:svc{n}:*:*:*", "arn:aws:svc7:eu:1:x", 1),
        ("arn:aws:svc:*:*:*/app-{n}", "arn:aws:svc:eu:1:type/app-7", 1),
        ("arn:aws:svc:*:*:*/app-{n}", "arn:aws:svc:eu:1:type/app-7/x", 0),
        ("arn:aws:s3:::bucket-*/team-{n}/*", "arn:aws:s3:::bucket-1/x/team-7/y", 1),
        ("arn:aws:s3:::bucket-*/team-{n}/*", "arn:aws:s3:::bucket-1/team-x/y", 0),
        ("arn:aws:svc:*:*:*-{n}-*", "arn:aws:svc:eu:1:a-7-b", 100),
    ];
    for (pattern, resource, expected) in cases {
        let statement = |n: usize| {
            let pattern = pattern.replace("{n}", &n.to_string());
            format!(
                r#"{{"Effect":"Deny","Action":"*","Resource":"{pattern}","Condition":{{"StringEqualsIgnoreCase":{{"svc:never":"${{aws:username}}{n}${{aws:username}}"}}}}}}"#
            )
        };
        let mut request = about(resource);
        request.set("svc:never", Some(Value::Single("x".to_owned())));
        assert_eq!(ask(&build((0..100).map(statement), false), &request).1, expected, "{pattern} and {resource}");
    }
}

#[test]
fn forged_texts_of_resources_give_a_decision_and_no_panic() {
    let patterns = |n: usize| match n % 2 {
        0 => format!(r#""Deny","Resource":["arn:aws:svc:*:*:type/a{n}-*","arn:aws:svc:*:*:type/*/{n}"]"#),
        _ => format!(r#""Allow","Resource":"arn:aws:svc:*:*:*/{n}/*/x-{n}""#),
    };
    let whole = build((0..68).map(|n| format!(r#"{{"Action":"*","Effect":{}}}"#, patterns(n))), false);
    let decisions = |engine: &Engine<&[u8]>| -> Vec<Decision> {
        let resources = ["type/a4-x", "type/x/4", "b/7/y/x-7", "type/a5-x:type/a4-x", "b/1/2/3/x-1", "x"];
        let mut scratch = engine.scratch();
        let mut decide =
            |name: &str| about(&format!("arn:aws:svc:eu:1:{name}")).with(|request| engine.decide(request, &mut scratch)).decision;
        resources.into_iter().map(&mut decide).collect()
    };
    let engine = Engine::new(Artifact::from_bytes(&whole[..]).expect("whole"));
    use Decision::{Allow, ExplicitDeny, ImplicitDeny};
    assert_eq!(decisions(&engine), [ExplicitDeny, ExplicitDeny, Allow, ExplicitDeny, Allow, ImplicitDeny]);
    forge_words(&whole, decisions);
}

#[test]
fn values_of_their_own_leave_room_for_those_that_all_exclude() {
    let statement = |n: usize| {
        let own: Vec<String> = (0..8).map(|number| format!(r#""arn:aws:iam::111122223333:role/r{n}-{number}""#)).collect();
        let actions: Vec<String> = (0..4).map(|number| format!(r#""svc:A{}""#, (n * 7 + number * 5) % 20)).collect();
        format!(
            r#"{{"Effect":"Deny","Action":[{}],"Resource":"*","Condition":{{"StringNotEquals":{{"svc:role":[{},"shared"]}}}}}}"#,
            actions.join(","),
            own.join(",")
        )
    };
    let artifact = build((0..1000).map(statement), true);
    for action in 0..20 {
        let mut request = RequestCase { action: format!("svc:A{action}"), ..about("*") };
        request.set("svc:role", Some(Value::Single("shared".to_owned())));
        assert_eq!(ask(&artifact, &request), (Decision::ImplicitDeny, 0), "{action}");
        request.set("svc:role", Some(Value::Single("arn:aws:iam::111122223333:role/r7-1".to_owned())));
        assert_eq!(ask(&artifact, &request).0, Decision::ExplicitDeny);
    }
    assert!(artifact.len() < 600 * 1000, "{}", artifact.len());
}
