//! Artifacts that have every kind of table, index and test, each with requests that reach what it has.

use ibc::bundle::{AccountEntry, Attachment, Boundary, Bundle, Guardrails, PrincipalEntry, ResourceEntry};
use ibc::engine::contents::Selection;
use ibc::iam::{Decision, PolicyKind, Principal};
use ibc::request::{Context, ContextEntry, ContextValue, KeyedEntry, Request};
use ibc::source::SourceMap;
use ibc::{Engine, Overlay, Scratch, Target};

/// An artifact, and who asks it.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) artifact: fn() -> Vec<u8>,
    /// Asks an artifact that is this one, or was; the decisions.
    pub(crate) ask: fn(&Engine<&[u8]>) -> Vec<Decision>,
}

pub(crate) const EVERY_TABLE: Sample =
    Sample { name: "every-table", artifact: artifact_of_every_table, ask: decisions_of_every_layer };
pub(crate) const INDEXED: Sample = Sample { name: "indexed", artifact: indexed_artifact, ask: decisions_at_once };
pub(crate) const LONG_LISTS: Sample =
    Sample { name: "long-lists", artifact: artifact_of_long_lists, ask: decisions_about_long_lists };
pub(crate) const ROWED: Sample = Sample { name: "rowed", artifact: rowed_artifact, ask: decisions_about_values };

pub(crate) const ALL: [Sample; 4] = [EVERY_TABLE, INDEXED, LONG_LISTS, ROWED];

/// A small bundle that has every kind of table, and every kind of test: shared ones, those of predicate tables among them, and own ones,
/// small units, principals, accounts, resources.
fn artifact_of_every_table() -> Vec<u8> {
    let mut sources = SourceMap::new();
    let mut bundle = Bundle::default();
    let mut add = |bundle: &mut Bundle, name: &str, kind: PolicyKind, text: &str| {
        let source = sources.add(name, text);
        let parsed = ibc::syntax::parse_policy(&sources, source, None, kind);
        bundle.add_policy(name, parsed.policy.unwrap_or_else(|| panic!("{name}: {:?}", parsed.diagnostics)))
    };
    let statements: Vec<String> = (0..12)
        .map(|team| {
            format!(
                r#"{{"Effect":"{}","Action":"imagebuilder:{}","Resource":"arn:aws:imagebuilder:{}:1:image/t{team}/*","Condition":{{
                    "StringEquals":{{"imagebuilder:ResourceTag/team":"t{team}","aws:RequestTag/stage":["test","live"]}},
                    "StringNotEqualsIgnoreCase":{{"aws:RequestTag/env":["down","caf\u00e9"]}},"Null":{{"aws:RequestTag/stage":"false"}},
                    "StringLike":{{"aws:RequestTag/env":"d?v*"}}}}}}"#,
                if team % 4 == 3 { "Deny" } else { "Allow" },
                if team % 2 == 0 { "Get*" } else { "DeleteImage" },
                // Heads of each kind: a text, wildcards that stay in their field, one that may run on, and none.
                ["us-east-1", "us-?ast-1", "*", "us-?ast*"][team % 4],
            )
        })
        .collect();
    let identity = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let identity = add(&mut bundle, "identity", PolicyKind::Identity, &identity);
    let boundary = add(
        &mut bundle,
        "boundary",
        PolicyKind::Boundary,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*",
            "Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}"#,
    );
    let scp = add(
        &mut bundle,
        "scp",
        PolicyKind::Scp,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-2","eu-west-3"]}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/${aws:PrincipalTag/role}"}}}]}"#,
    );
    let resource = add(
        &mut bundle,
        "resource",
        PolicyKind::Resource,
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:role/builder"},"Action":"imagebuilder:*","Resource":"*"},
            {"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::2:root"},"Action":"imagebuilder:*","Resource":"*"}]}"#,
    );
    bundle.everyone.identity.push(identity);
    bundle.principals.push(PrincipalEntry {
        arn: "arn:aws:iam::1:role/builder".to_owned(),
        unique_id: Some("AROA1".to_owned()),
        attachment: Attachment { identity: vec![], boundary: Some(Boundary::Policy(boundary)) },
        tags: vec![("role".to_owned(), "builder".to_owned())],
    });
    let guardrails = Guardrails { scp: vec![vec![scp]], rcp: vec![] };
    bundle.accounts.push(AccountEntry { id: "1".to_owned(), management: false, guardrails });
    let pattern = "arn:aws:imagebuilder:us-east-1:1:image/t2/*".to_owned();
    bundle.resources.push(ResourceEntry { pattern, policy: resource });
    ibc::compile(&sources, &bundle).expect("small")
}

/// Asks a few requests that reach every layer; their decisions.
fn decisions_of_every_layer(engine: &Engine<&[u8]>) -> Vec<Decision> {
    let mut scratch = engine.scratch();
    let mut decisions = Vec::new();
    for (team, action) in [("t0", "GetImage"), ("t2", "DeleteImage"), ("t3", "DeleteImage"), ("t9", "Unknown"), ("x", "GetImage")]
    {
        for mfa_age in ["1", "999"] {
            // With a colon behind the fifth, wildcards of heads may run on.
            let resource = format!("arn:aws:imagebuilder:us-east-1:1:image/{team}/{}", if mfa_age == "1" { "a" } else { "a:b" });
            let action = format!("imagebuilder:{action}");
            let entries = [
                ContextEntry { key: "imagebuilder:ResourceTag/team", value: ContextValue::Single(team) },
                ContextEntry { key: "aws:RequestTag/env", value: ContextValue::Single("dev") },
                ContextEntry { key: "AWS:RequestTag/stage", value: ContextValue::Single("test") },
                ContextEntry { key: "aws:MultiFactorAuthAge", value: ContextValue::Single(mfa_age) },
                ContextEntry { key: "aws:SourceIp", value: ContextValue::Single("10.1.2.3") },
                ContextEntry { key: "aws:SecureTransport", value: ContextValue::Single("true") },
                ContextEntry { key: "aws:RequestedRegion", value: ContextValue::Single("eu-west-1") },
            ];
            let principal = Principal::parse("arn:aws:sts::1:assumed-role/builder/alice").expect("a session");
            let mut request = Request::new(principal, &action, &resource);
            request.context = Context::new(&entries);
            let outcome = engine.decide(&request, &mut scratch);
            engine.decide_many(&[request, request], &mut scratch, |_, of_many| assert_eq!(of_many, outcome, "by batch"));
            // The boundary is what denies: who is not found has none.
            if mfa_age == "999" && outcome.decision != Decision::Allow {
                assert!(
                    !is_allowed_by_ids(engine, &request, &mut scratch),
                    "looked up before, it is allowed; as texts, {}",
                    outcome.decision
                );
            }
            if (team, mfa_age) == ("t2", "1") {
                // Reads what no decision does; whatever it finds, the decision stays.
                assert_eq!(engine.explain(&request, &Overlay::default()).outcome.decision, outcome.decision);
                assert_eq!(engine.plan(&request, &Overlay::default()).outcome, outcome);
                let _ = engine.wanted_keys(&Request::new(principal, &action, &resource), &Overlay::default());
                let _ = engine.contents();
                let _ = engine.largest_indexes(10);
                let selection =
                    Selection { action: Some(&action), key: Some("imagebuilder:ResourceTag/team"), principal: Some(principal) };
                let _ = engine.statements_behind(&selection);
            }
            decisions.push(outcome.decision);
        }
    }
    decisions
}

/// Whether a request is allowed of which principal, action and keys are looked up before.
fn is_allowed_by_ids(engine: &Engine<&[u8]>, request: &Request<'_>, scratch: &mut Scratch) -> bool {
    let target = Target { resource: request.resource, resource_account: None, context: request.context };
    if engine.decide_any(request, &[target], scratch).is_some() {
        return true;
    }
    let Some(action) = engine.action(request.action) else { return false };
    let entries = request.context.entries().iter();
    let entries: Vec<_> =
        entries.filter_map(|entry| Some(KeyedEntry { key: engine.key(entry.key)?, value: entry.value })).collect();
    let context = engine.context(&entries);
    let request = Request { context, ..Request::of_resolved(&engine.principal(request.principal), &action, request.resource) };
    engine.decide(&request, scratch).decision == Decision::Allow
}

/// An artifact with what the other one is too small for: an index, with lists and blocks.
fn indexed_artifact() -> Vec<u8> {
    let by_team = (0..20).map(|n| {
        let (effect, team) = (if n % 7 == 6 { "Deny" } else { "Allow" }, n % 10);
        format!(
            r#"{{"Effect":"{effect}","Action":"svc:Get*","Resource":"arn:aws:svc:*:1:thing/{n}*",
                "Condition":{{"StringEquals":{{"aws:ResourceTag/team":"t{team}"}}}}}}"#
        )
    });
    let by_nothing = (0..8).map(|n| {
        let effect = if n == 7 { "Deny" } else { "Allow" };
        format!(
            r#"{{"Effect":"{effect}","NotAction":"svc:Get{n}","Resource":"*","Condition":{{"StringNotEquals":{{"aws:RequestTag/stage":"s{n}"}},
                "NumericLessThan":{{"aws:MultiFactorAuthAge":"{n}"}}}}}}"#
        )
    });
    of_statements(by_team.chain(by_nothing))
}

/// The artifact of an identity policy of these statements.
fn of_statements(statements: impl Iterator<Item = String>) -> Vec<u8> {
    let statements: Vec<String> = statements.collect();
    let mut sources = SourceMap::new();
    let source = sources.add("policy", format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")));
    let policy = ibc::syntax::parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("well formed");
    let mut bundle = Bundle::default();
    bundle.everyone.identity = vec![bundle.add_policy("policy", policy)];
    ibc::compile(&sources, &bundle).expect("small")
}

/// Asks a few requests one after the other and at once; their decisions.
fn decisions_at_once(engine: &Engine<&[u8]>) -> Vec<Decision> {
    let single = |key, value| ContextEntry { key, value: ContextValue::Single(value) };
    let contexts = [
        &[single("aws:ResourceTag/team", "t1")][..],
        &[ContextEntry { key: "aws:ResourceTag/team", value: ContextValue::Multi(&["t3", "t6", "t3"]) }],
        &[single("aws:ResourceTag/team", "t6"), single("aws:MultiFactorAuthAge", "3")],
        &[single("aws:MultiFactorAuthAge", "9"), single("aws:RequestTag/stage", "s1")],
    ];
    let mut requests = Vec::new();
    // Nobody's identity policies are asked for a root user.
    for principal in ["arn:aws:sts::1:assumed-role/builder/alice", "arn:aws:iam::1:root"] {
        for action in ["svc:Get", "svc:Get7", "other:Act"] {
            for (context, resource) in contexts.iter().zip(["thing/1", "thing/13", "thing/6", "thing/x"]) {
                let principal = Principal::parse(principal).expect("a principal");
                requests.push((principal, action, format!("arn:aws:svc:eu:1:{resource}"), Context::new(context)));
            }
        }
    }
    let requests: Vec<Request<'_>> = requests
        .iter()
        .map(|(principal, action, resource, context)| Request { context: *context, ..Request::new(*principal, action, resource) })
        .collect();
    let mut scratch = engine.scratch();
    let outcomes: Vec<_> = requests.iter().map(|request| engine.decide(request, &mut scratch)).collect();
    engine.decide_many(&requests, &mut scratch, |index, outcome| assert_eq!(outcome, outcomes[index], "request {index} at once"));
    outcomes.iter().map(|outcome| outcome.decision).collect()
}

/// An artifact of lists that are too long to be gone through: of resources, values, principals, and resources with policies.
fn artifact_of_long_lists() -> Vec<u8> {
    let list = |text: &str, count| {
        let texts: Vec<String> = (0..count).map(|n: u32| format!(r#""{}""#, text.replace("{n}", &n.to_string()))).collect();
        texts.join(",")
    };
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":[{}]}},"Action":"s3:*","Resource":[{},{}],
            "Condition":{{"StringLike":{{"aws:RequestTag/a":[{}]}},"StringEqualsIgnoreCase":{{"aws:RequestTag/b":[{}]}}}}}}"#,
        list("arn:aws:iam::1:user/u{n}", 9),
        list("arn:aws:s3:::b{n}/*", 9),
        list("arn:aws:s3:*::*-{n}-*", 9),
        list("*-{n}-*", 17),
        list("V{n}", 9),
    );
    let mut sources = SourceMap::new();
    let source = sources.add("policy", format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#));
    let policy = ibc::syntax::parse_policy(&sources, source, None, PolicyKind::Resource).policy.expect("well formed");
    let mut bundle = Bundle::default();
    let policy = bundle.add_policy("policy", policy);
    for n in 0..9 {
        for pattern in [format!("arn:aws:s3:::b{n}/*"), format!("arn:aws:s3:*-{n}-*")] {
            bundle.resources.push(ResourceEntry { pattern, policy });
        }
    }
    ibc::compile(&sources, &bundle).expect("small")
}

fn decisions_about_long_lists(engine: &Engine<&[u8]>) -> Vec<Decision> {
    let mut scratch = engine.scratch();
    let mut decisions = Vec::new();
    for (user, resource, a, b) in [
        ("u3", "b3/x", "x-3-y", "v3"),
        ("u8", "x-8-y", "-16-", "V8"),
        ("u9", "b3/x", "x-3-y", "v3"),
        ("u3", "b9/x", "x-3-y", "v3"),
        ("u3", "b3/x", "x-17-y", "v3"),
        ("u3", "b3/x", "x-3-y", "v9"),
    ] {
        let (user, resource) = (format!("arn:aws:iam::1:user/{user}"), format!("arn:aws:s3:::{resource}"));
        let entries = [("aws:RequestTag/a", a), ("aws:RequestTag/b", b)];
        let entries = entries.map(|(key, value)| ContextEntry { key, value: ContextValue::Single(value) });
        let mut request = Request::new(Principal::parse(&user).expect("a user"), "s3:GetObject", &resource);
        request.resource_account = Some("1");
        request.context = Context::new(&entries);
        let outcome = engine.decide(&request, &mut scratch);
        engine.decide_many(&[request, request], &mut scratch, |_, of_many| assert_eq!(of_many, outcome, "at once"));
        decisions.push(outcome.decision);
        let _ = engine.explain(&request, &Overlay::default());
        let _ = engine.wanted_keys(&request, &Overlay::default());
    }
    let _ = engine.contents();
    decisions
}

/// An artifact of statements that test many keys, and of blocks with rows for every kind of value.
fn rowed_artifact() -> Vec<u8> {
    let by_key = (0..20).map(|n| {
        let key = n % 10;
        format!(r#"{{"Effect":"Deny","Action":"svc:*","Resource":"*","Condition":{{"StringEquals":{{"aws:RequestTag/k{key}":"v{n}"}}}}}}"#)
    });
    let by_value = (0..70).map(|n| {
        let (effect, below) = (if n < 35 { "Deny" } else { "Allow" }, n + 3);
        let mut resource = r#""Resource":"*""#.to_owned();
        let condition = match n % 7 {
            0 => format!(r#""NotIpAddress":{{"aws:SourceIp":["10.0.{n}.0/24","10.1.0.0/16","2001:db8:{n}::/48"]}}"#),
            1 => format!(r#""ForAllValues:StringEquals":{{"aws:TagKeys":["t{n}","t"]}}"#),
            2 if n < 35 => {
                format!(r#""NumericGreaterThan":{{"s3:max-keys":"{n}"}},"NumericLessThan":{{"s3:max-keys":"{below}"}}"#)
            }
            2 => format!(r#""DateGreaterThan":{{"aws:CurrentTime":"{n}"}},"DateLessThan":{{"aws:CurrentTime":"{below}"}}"#),
            3 => {
                let side = if n < 35 { format!("c{n}-*") } else { format!("*-c{n}") };
                format!(r#""ForAllValues:StringLike":{{"aws:CalledVia":["{side}","c"]}}"#)
            }
            4 => {
                resource =
                    format!(r#""NotResource":["arn:aws:svc:eu:1:n{n}/*","arn:aws:svc:eu:1:thing","arn:aws:svc:*:1:*x*y"]"#);
                String::new()
            }
            5 => format!(r#""StringNotLike":{{"aws:RequestTag/use":["*-{n}-*","*common*"]}}"#),
            _ => format!(r#""StringNotEqualsIgnoreCase":{{"aws:ResourceTag/team":["T{n}","red"]}}"#),
        };
        format!(r#"{{"Effect":"{effect}","Action":"svc:*",{resource},"Condition":{{{condition}}}}}"#)
    });
    let by_bound = (0..51).map(|n| match n % 3 {
        0 => ("Deny", format!(r#""NumericGreaterThanIfExists":{{"svc:age":"{n}"}}"#)),
        1 => ("Deny", format!(r#""ForAnyValue:DateLessThan":{{"svc:until":"{n}"}}"#)),
        _ => ("Allow", format!(r#""NumericLessThan":{{"svc:left":"{n}"}}"#)),
    });
    let by_bound = by_bound.map(|(effect, condition)| {
        format!(r#"{{"Effect":"{effect}","Action":"svc:*","Resource":"*","Condition":{{{condition}}}}}"#)
    });
    of_statements(by_key.chain(by_value).chain(by_bound))
}

/// Asks that artifact about the values that no statement wants, and about one that some does.
fn decisions_about_values(engine: &Engine<&[u8]>) -> Vec<Decision> {
    let single = |key, value| ContextEntry { key, value: ContextValue::Single(value) };
    let several = |key, values| ContextEntry { key, value: ContextValue::Multi(values) };
    let changes = [
        single("aws:SourceIp", "10.1.0.1"),
        single("aws:SourceIp", "10.0.5.1"),
        single("aws:SourceIp", "2001:db8:1::1"),
        several("aws:TagKeys", &["t", "t2"]),
        several("aws:TagKeys", &["t", "t36"]),
        several("aws:TagKeys", &["t", "t8"]),
        single("s3:max-keys", "4.5"),
        single("aws:CurrentTime", "38"),
        single("aws:ResourceTag/team", "RED"),
        single("aws:ResourceTag/team", "blue"),
        single("aws:RequestTag/k3", "v13"),
        single("aws:requesttag/K4", "v4"),
        several("aws:CalledVia", &["c10-a", "c"]),
        several("aws:CalledVia", &["a-c38", "c"]),
        several("aws:CalledVia", &["a-c38", "a-c45"]),
        single("aws:RequestTag/use", "uncommon"),
        single("aws:RequestTag/use", "other"),
        single("svc:age", "20"),
        single("svc:age", "0"),
        single("svc:age", "old"),
        // As if it were absent.
        several("svc:age", &[]),
        single("svc:until", "30"),
        single("svc:until", "49"),
        several("svc:until", &["49", "30", "never"]),
        single("svc:left", "30"),
        single("svc:left", "50"),
    ];
    let usual = [
        single("aws:RequestTag/use", "common"),
        single("aws:SourceIp", "10.1.0.1"),
        single("aws:ResourceTag/team", "red"),
        several("aws:TagKeys", &["x"]),
        several("aws:CalledVia", &["x"]),
        single("svc:age", "-5"),
    ];
    let principal = Principal::parse("arn:aws:iam::1:user/alice").expect("a principal");
    let mut scratch = engine.scratch();
    let mut decide = |change: ContextEntry<'_>, resource| {
        let context: Vec<_> = usual.into_iter().filter(|entry| entry.key != change.key).chain([change]).collect();
        let request = Request { context: Context::new(&context), ..Request::new(principal, "svc:Get", resource) };
        let outcome = engine.decide(&request, &mut scratch);
        engine.decide_many(&[request, request], &mut scratch, |_, of_many| assert_eq!(of_many, outcome, "at once"));
        outcome.decision
    };
    let _ = engine.largest_indexes(10);
    let about_others = ["arn:aws:svc:eu:1:n39/x", "arn:aws:svc:eu:1:x-y"].map(|resource| decide(usual[0], resource));
    changes.map(|change| decide(change, "arn:aws:svc:eu:1:thing")).into_iter().chain(about_others).collect()
}
