//! `ibc bench`: figures about the user's own requests, never about wrong answers.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

const POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Effect": "Allow", "Action": "imagebuilder:*", "Resource": "*", "Condition": { "StringEquals": { "aws:ResourceTag/team": "red" } } },
    { "Effect": "Deny", "Action": "imagebuilder:Delete*", "Resource": "*" } ] }"#;

/// One request of each answer, with tag maps, a principal object, and two keys that follow from the request.
const REQUESTS: &str = r#"
{"principal":"arn:aws:iam::111122223333:user/ada","action":"imagebuilder:GetImage","resource":"*","resourceTags":{"team":"red"}}
{"principal":{"arn":"arn:aws:sts::111122223333:assumed-role/b/s","roleArn":"arn:aws:iam::111122223333:role/p/b"},"action":"imagebuilder:GetImage","resource":"*","requestTags":{"env":"dev"}}
{"principal":"arn:aws:iam::111122223333:user/ada","action":"imagebuilder:DeleteImage","resource":"*","resourceTags":{"team":"red"}}
"#;

fn bench(files: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let command =
        |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_ibc")).args(arguments).current_dir(folder.path()).output().unwrap();
    assert!(command(&["build", "policy.json", "-o", "x.ibc"]).status.success());
    let seconds: &[&str] = if arguments.contains(&"--seconds") { &[] } else { &["--seconds", "0.01"] };
    command(&[&["bench"], seconds, arguments].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn json_has_the_figures_that_scripts_read() {
    let files = [("policy.json", POLICY), ("requests.jsonl", REQUESTS)];
    for policies in ["x.ibc", "policy.json"] {
        let output = bench(&files, &[policies, "requests.jsonl", "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["requests"], 3);
        assert_eq!(report["answers"], serde_json::json!({ "allowed": 1, "implicitDeny": 1, "explicitDeny": 1 }));
        assert_eq!(report["allocations_per_decision"], 0.0, "a decision allocates");
        let candidates = report["candidates_per_decision"].as_f64().unwrap();
        assert!(candidates > 0.0 && candidates <= 2.0, "{report}");
        let served: u64 = report["served_by"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(served, 3, "{report}");
        let times = &report["ns_per_decision"];
        let [mean, p50, p99, p999] = ["mean", "p50", "p99", "p999"].map(|name| times[name].as_f64().unwrap());
        assert!(mean > 0.0 && p50 <= p99 && p99 <= p999, "{report}");
        assert!(report["decisions_per_second"].as_f64().unwrap() > 0.0);
        assert!(report["floor_ns"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn text_names_every_figure() {
    let output = bench(&[("policy.json", POLICY), ("requests.jsonl", REQUESTS)], &["x.ibc", "requests.jsonl"]);
    let shown = text(&output.stdout);
    for word in [
        "3 requests over 2 statements",
        "1 allowed",
        "decisions per second",
        "floor",
        "p99.9",
        "0 per decision",
        "candidates",
        "served by",
    ] {
        assert!(shown.contains(word), "`{word}` is not in:\n{shown}");
    }
}

#[test]
fn requests_are_also_taken_inline_and_few_are_asked_several_times() {
    let request = r#"{"principal":"arn:aws:iam::1:user/a","action":"s:Get","resource":"*"}"#;
    let output = bench(&[("policy.json", POLICY)], &["x.ibc", request, "--format", "json", "--seconds", "0"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["requests"], &report["served_by_requests"]), (&serde_json::json!(1), &serde_json::json!(1)));
    // Three passes, of which each asks a thousand times, and one call on its own.
    assert_eq!(report["decisions"], 3_001, "{report}");
}

#[test]
fn what_is_no_artifact_and_what_is_no_request_is_said_to_be_none() {
    let policy = ("policy.json", POLICY);
    for (arguments, message) in [
        (["x.ibc", "x.ibc"], "requests are expected here"),
        (["requests.jsonl", "requests.jsonl"], "these are requests, and policies are expected here"),
        (["text.ibc", "requests.jsonl"], "text.ibc is no artifact, and holds no policies: "),
    ] {
        let output = bench(&[policy, ("requests.jsonl", REQUESTS), ("text.ibc", "text")], &arguments);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains(message), "`{message}` is not in {}", text(&output.stderr));
    }
    // Content tells what a file is, not its name.
    let output = bench(&[policy, ("requests.jsonl", REQUESTS), ("policy.ibc", POLICY)], &["policy.ibc", "requests.jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn requests_that_cannot_be_decided_are_refused_with_their_place() {
    let policy = ("policy.json", POLICY);
    let wrong = r#"{"principal":"*","action":"GetImage","resource":"*"}"#;
    let own = r#"{"principal":"*","action":"s:Get","resource":"*","sessionPolicies":[{"Statement":[]}]}"#;
    for (requests, message) in
        [(wrong, "requests.json:1:"), (own, "policies of its own"), ("[]", "no requests"), (" ", "requests.json:1:")]
    {
        let output = bench(&[policy, ("requests.json", requests)], &["x.ibc", "requests.json"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains(message), "`{message}` is not in {}", text(&output.stderr));
    }
    let output = bench(&[policy, ("requests.json", wrong)], &["x.ibc", "requests.json", "--seconds", "-1"]);
    assert_eq!(output.status.code(), Some(2));
}
