//! Runs the program: what it prints where, and how it ends.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What one run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A directory with files, in which the program runs.
pub(crate) struct Workplace(TempDir);

impl Workplace {
    pub(crate) fn new(files: &[(&str, &str)]) -> Workplace {
        let workplace = Workplace(tempfile::tempdir().unwrap());
        for (name, text) in files {
            workplace.write(name, text.as_bytes());
        }
        workplace
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn ibc(&self, arguments: &[&str]) -> Run {
        self.ibc_with_input(arguments, "")
    }

    pub(crate) fn ibc_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ibc"))
            .args(arguments)
            .current_dir(self.path())
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that ends without reading its input is fine.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The names of all files, sorted.
    pub(crate) fn file_names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Run {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Run {
        assert!(self.stderr.contains(part), "no `{part}` in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, part: &str) -> Run {
        assert!(self.stdout.contains(part), "no `{part}` in {self:#?}");
        self
    }
}

const ALLOW_GET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": { "Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }
}"#;
const DENY_SECRET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": { "Sid": "Secret", "Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::b/secret" }
}"#;

/// A request of ada, who may be given policies.
fn request(action: &str, resource: &str) -> String {
    format!(r#"{{"principal": "arn:aws:iam::111122223333:user/ada", "action": "{action}", "resource": "{resource}"}}"#)
}

#[test]
fn build_writes_an_artifact_that_eval_decides_from() {
    let place = Workplace::new(&[("p/a.json", ALLOW_GET), ("p/deep/b.json", DENY_SECRET), ("p/README.md", "# no policy")]);
    place.ibc(&["build", "p", "-o", "x.ibc"]).ends_with(0).prints("compiled 2 policies, 2 statements").prints("wrote x.ibc: ");
    let requests = [
        request("s3:GetObject", "arn:aws:s3:::b/k"),
        request("s3:PutObject", "arn:aws:s3:::b/k"),
        request("s3:GetObject", "arn:aws:s3:::b/secret"),
    ];
    let expected = ["allowed", "implicitDeny", "explicitDeny"];
    for policies in ["x.ibc", "p", "p/**/*.json"] {
        let run = place.ibc_with_input(&["eval", policies, "-", "--format", "jsonl"], &requests.join("\n")).ends_with(0);
        let decisions: Vec<String> = run.stdout.lines().map(|line| string(line, "decision")).collect();
        assert_eq!(decisions, expected, "{policies}");
    }
    place.ibc(&["eval", "x.ibc", &requests[2]]).ends_with(0).prints("b.json:3 `Secret`");
    place.ibc(&["inspect", "x.ibc"]).ends_with(0).prints("format version 14").prints("strings");
}

/// A member of a JSON object.
fn string(json: &str, member: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value[member].as_str().unwrap_or_else(|| panic!("{json}")).to_owned()
}

#[test]
fn building_twice_gives_the_same_bytes() {
    let place = Workplace::new(&[("a.json", ALLOW_GET), ("b.json", DENY_SECRET)]);
    place.ibc(&["build", "a.json", "b.json", "-o", "1.ibc"]).ends_with(0);
    place.ibc(&["build", "a.json", "b.json", "-o", "2.ibc"]).ends_with(0);
    assert_eq!(fs::read(place.path().join("1.ibc")).unwrap(), fs::read(place.path().join("2.ibc")).unwrap());
}

#[test]
fn stats_as_json_are_one_object() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    let run = place.ibc(&["build", "a.json", "-o", "x.ibc", "--stats", "json"]).ends_with(0);
    let stats: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let members: Vec<&str> = stats.as_object().unwrap().keys().map(String::as_str).collect();
    let counts = ["policies", "statements", "conditions", "principals", "accounts", "resources", "endpoints"];
    let others = ["neverMatch", "repeated", "subsumed", "artifactBytes", "bytesPerStatement", "sections", "milliseconds"];
    assert_eq!(members, [&counts[..], &others[..], &["stages", "peakMemoryBytes", "leftOut", "worstCase"][..]].concat());
    assert_eq!((&stats["policies"], &stats["statements"], &stats["leftOut"]), (&1.into(), &1.into(), &serde_json::json!([])));
    assert_eq!(stats["artifactBytes"], fs::metadata(place.path().join("x.ibc")).unwrap().len());
    assert_eq!(stats["bytesPerStatement"].as_f64(), stats["artifactBytes"].as_f64());
    let stages: Vec<_> = stats["stages"].as_array().unwrap().iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["read", "lower", "optimize", "write", "save"]);
    let sections = stats["sections"].as_array().unwrap();
    assert!(sections.iter().any(|section| section["name"] == "statements" && section["entries"] == 1));
}

#[test]
fn build_shows_no_progress_where_nobody_watches() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    for stats in ["text", "json"] {
        let run = place.ibc(&["build", "a.json", "-o", "x.ibc", "--stats", stats, "--color", "always"]).ends_with(0);
        assert_eq!(run.stderr, "");
        assert!(!run.stdout.contains(['\r', '\u{1b}']), "{}", run.stdout);
    }
}

/// A policy of statements that are, one after the other: the one that remains, a copy, a narrower one, and never matching.
const NEEDLESS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "All", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    {"Sid": "Copy", "Effect": "Allow", "Action": "S3:*", "Resource": "*"},
    {"Sid": "Get", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
    {"Sid": "Never", "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {
      "StringEquals": {"aws:RequestTag/team": "red"}, "Null": {"aws:RequestTag/team": "true"}}}
  ]
}"#;

#[test]
fn build_tells_which_statements_are_not_needed() {
    let place = Workplace::new(&[("p.json", NEEDLESS)]);
    place
        .ibc(&["build", "p.json", "-o", "x.ibc"])
        .ends_with(0)
        .prints("compiled 1 policy, 4 statements, 2 conditions\ndropped 1 statement that can never match:\n")
        .prints("\n  p.json:7 `Never`: no request passes its conditions on `aws:requesttag/team`\n")
        .prints("\nleft out 1 statement that repeats another and 1 statement that a broader one includes\n  1 by ");
    let run = place.ibc(&["build", "p.json", "-o", "x.ibc", "--stats", "json"]).ends_with(0);
    let stats: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!([&stats["neverMatch"], &stats["repeated"], &stats["subsumed"]], [&serde_json::json!(1); 3]);
    let place_of =
        |sid: &str, line: u32| serde_json::json!({"policy": "p.json", "file": "p.json", "line": line, "column": 5, "sid": sid});
    let all = place_of("All", 4);
    for (index, mut expected, why, member, value) in [
        (0, place_of("Copy", 5), "repeats", "statement", all.clone()),
        (1, place_of("Get", 6), "subsumed", "statement", all),
        (2, place_of("Never", 7), "neverMatches", "reason", "no request passes its conditions on `aws:requesttag/team`".into()),
    ] {
        expected["why"] = why.into();
        expected[member] = value;
        assert_eq!(stats["leftOut"][index], expected);
    }
}

#[test]
fn build_names_ten_statements_that_never_match() {
    let statement = r#"{"Sid": "S{n}", "Effect": "Deny", "Action": "s3:*", "NotResource": "*"}"#;
    let statements: Vec<String> = (0..12).map(|n| statement.replace("{n}", &n.to_string())).collect();
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
    let place = Workplace::new(&[("p.json", &policy)]);
    let run = place.ibc(&["build", "p.json", "-o", "x.ibc"]).ends_with(0);
    let run = run.prints("dropped 12 statements that can never match:").prints("  p.json:1 `S9`: ").prints("\n  and 2 more\n");
    assert!(!run.stdout.contains("`S10`"), "{}", run.stdout);
}

/// Patterns that no index tells apart.
const SHORT_PATTERNS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:RequestTag/a": "*a*"}}},
    {"Sid": "B", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:RequestTag/a": "*b*"}}},
    {"Sid": "C", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:RequestTag/a": "*c*"}}},
    {"Sid": "D", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:RequestTag/a": "*d*"}}}
  ]
}"#;

#[test]
fn build_warns_of_statements_that_no_index_tells_apart() {
    let place = Workplace::new(&[("p.json", SHORT_PATTERNS)]);
    let build = |limit: &[&str]| place.ibc(&[&["build", "p.json", "-o", "x.ibc"], limit].concat()).ends_with(0);
    for quiet in [&[][..], &["--max-candidates", "4"], &["--max-candidates", "0"]] {
        let run = build(quiet).prints("\nworst case: 4 statements verified of policies that are attached together\n");
        assert_eq!(run.stderr, "");
    }
    let expected = "warning: a decision may have to verify 4 statements (more than 3: `--max-candidates`)
  4 statements: their patterns of `aws:RequestTag/a` have neither two literal characters at an end nor four in a row
    p.json:4 `A`
    p.json:5 `B`
    p.json:6 `C`
    and 1 more
";
    assert_eq!(build(&["--max-candidates", "3"]).stderr, expected);
    let run = build(&["--max-candidates", "3", "--stats", "json"]);
    assert_eq!(run.stderr, expected);
    let stats: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let worst_case = &stats["worstCase"];
    assert_eq!((&worst_case["verified"], &worst_case["rowWords"]), (&4.into(), &0.into()));
    assert!(worst_case["action"].is_null(), "that few are verified for every action");
    let cause = &worst_case["causes"][0];
    assert_eq!(cause["statementCount"], 4);
    let lines: Vec<_> = cause["statements"].as_array().unwrap().iter().map(|statement| &statement["line"]).collect();
    assert_eq!(lines, [4, 5, 6, 7]);
}

#[test]
fn build_warns_of_resource_patterns_that_nothing_tells_apart() {
    let policy =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    let manifest = |patterns: &[&str]| {
        patterns.iter().map(|pattern| format!("[[resource]]\narn = \"{pattern}\"\npolicy = \"p.json\"\n")).collect::<String>()
    };
    // As few are all gone through; with these there are more.
    let others = (0..8).map(|number| format!("arn:aws:s3:::other-{number}/*")).collect::<Vec<String>>();
    let with_others = |own: &[&str]| {
        let all: Vec<&str> = own.iter().copied().chain(others.iter().map(String::as_str)).collect();
        manifest(&all)
    };
    let (short, found) = (with_others(&["a*", "*b", "?", "*c*", "??", "*"]), with_others(&["*-one-*", "*-two-*", "*-three-*"]));
    let place = Workplace::new(&[("p.json", policy), ("short.toml", &short), ("found.toml", &found)]);
    let build = |manifest: &str, limit| place.ibc(&["build", manifest, "-o", "x.ibc", "--max-candidates", limit]).ends_with(0);
    let expected = "warning: a resource may have to be compared with 5 patterns of resources with policies (more than 4: `--max-candidates`): whatever they could be found by, they have in common
  `*c*`
  `??`
  `?`
  and 2 more
";
    assert_eq!(build("short.toml", "4").stderr, expected);
    for (manifest, limit) in [("short.toml", "5"), ("short.toml", "0"), ("found.toml", "1")] {
        assert_eq!(build(manifest, limit).stderr, "", "{manifest} {limit}");
    }
}

/// Every bad input: an error that names the place, exit 1, nothing written, an existing file untouched.
#[test]
fn bad_policies_write_nothing() {
    let statement = |members: &str| format!("{{\n \"Version\": \"2012-10-17\",\n \"Statement\": {{{members}}}\n}}");
    let cases: &[(&str, String, &[&str])] = &[
        ("JSON syntax", "{\n \"Statement\": [}\n".to_owned(), &["bad.json:2:"]),
        ("empty file", String::new(), &["bad.json:1:1"]),
        ("unknown element", statement(r#""Efect": "Allow""#), &["bad.json:3:", "Efect"]),
        (
            "duplicate key",
            statement(r#""Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*""#),
            &["bad.json:3:", "Effect"],
        ),
        (
            "condition keys that differ in case",
            statement(
                r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:x": "1", "AWS:X": "2"}}"#,
            ),
            &["bad.json:3:", "AWS:X"],
        ),
        (
            "unknown operator",
            statement(r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringIs": {"aws:x": "1"}}"#),
            &["bad.json:3:", "StringIs"],
        ),
        (
            "malformed ARN",
            statement(r#""Effect": "Allow", "Action": "*", "Resource": "my-bucket""#),
            &["bad.json:3:", "my-bucket"],
        ),
        (
            "malformed variable",
            statement(r#""Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username""#),
            &["bad.json:3:"],
        ),
        (
            "element of another policy type",
            statement(r#""Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*""#),
            &["bad.json:3:", "Principal"],
        ),
        ("empty list", statement(r#""Effect": "Allow", "Action": [], "Resource": "*""#), &["bad.json:3:"]),
    ];
    for (what, text, parts) in cases {
        let place = Workplace::new(&[("bad.json", text), ("good.json", ALLOW_GET), ("x.ibc", "what was there")]);
        let run = place.ibc(&["build", "good.json", "bad.json", "-o", "x.ibc"]);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{what}: {run:#?}");
        for part in *parts {
            assert!(run.stderr.contains(part), "{what}: no `{part}` in\n{}", run.stderr);
        }
        assert!(run.stderr.contains("help: "), "{what}: nothing says what to write\n{}", run.stderr);
        assert_eq!(fs::read(place.path().join("x.ibc")).unwrap(), b"what was there", "{what}");
        assert_eq!(place.file_names(), ["bad.json", "good.json", "x.ibc"], "{what}");
        place.ibc(&["eval", "bad.json", &request("s3:GetObject", "*")]).ends_with(1).says(parts[0]);
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let place = Workplace::new(&[("a.json", ALLOW_GET), ("empty/.hidden", "{}")]);
    place.write("latin.json", b"{\n  \"Id\": \"caf\xe9\"}");
    place.ibc(&["build", "none.json", "-o", "x.ibc"]).ends_with(1).says("none.json: cannot read");
    place.ibc(&["build", "none/*.json", "-o", "x.ibc"]).ends_with(1).says("none/*.json: no file matches");
    place.ibc(&["build", "empty", "-o", "x.ibc"]).ends_with(1).says("empty: no policy documents in this directory");
    place
        .ibc(&["build", "latin.json", "-o", "x.ibc"])
        .ends_with(1)
        .says("latin.json: byte 0xe9 at line 2, column 13 is not UTF-8; save the file as UTF-8");
    let run = place.ibc(&["build", "a.json", "-o", "no/where/x.ibc"]).ends_with(1).says("no/where/x.ibc: cannot write");
    assert!(!run.stderr.contains(".ibc-"), "{run:#?}");
    place.ibc(&["build", "a.json", "-o", "empty"]).ends_with(1).says("empty: cannot write");
    place.ibc(&["test", "none.toml"]).ends_with(1).says("none.toml: cannot read");
    place.ibc(&["eval", "a.json", "none.jsonl"]).ends_with(1).says("none.jsonl: cannot read");
    assert!(!place.path().join("x.ibc").exists());
}

#[test]
fn damaged_artifacts_are_refused() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    place.ibc(&["build", "a.json", "-o", "x.ibc"]).ends_with(0);
    let mut bytes = fs::read(place.path().join("x.ibc")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write("flipped.ibc", &bytes);
    place.write("cut.ibc", &bytes[..middle]);
    for artifact in ["flipped.ibc", "cut.ibc"] {
        place.ibc(&["eval", artifact, &request("s3:GetObject", "arn:aws:s3:::b/k")]).ends_with(1).says(artifact);
        place.ibc(&["inspect", artifact]).ends_with(1).says(artifact);
    }
    place.ibc(&["build", "x.ibc", "-o", "y.ibc"]).ends_with(1).says("x.ibc: this is an artifact");
}

#[test]
fn bad_requests_are_reported_and_the_others_decided() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    let requests = [
        request("s3:GetObject", "arn:aws:s3:::b/k"),
        r#"{"action": "s3:GetObject", "resource": "*"}"#.to_owned(),
        request("s3:GetObject", "*").replace('}', r#", "resourceTags": {"ec2": "1", "EC2": "2"}}"#),
        request("GetObject", "*"),
        "{\"principal\": ".to_owned(),
        request("s3:GetObject", "*").replace("arn:aws:iam::111122223333:user/ada", "ada"),
        r#"{"derive": flase}"#.to_owned(),
    ];
    place.write("r.jsonl", requests.join("\n").as_bytes());
    let run = place
        .ibc(&["eval", "a.json", "r.jsonl"])
        .ends_with(1)
        .prints("allowed ")
        .says("r.jsonl:2:1: missing member `principal`")
        .says("r.jsonl:3:")
        .says("AmbiguousContextKey: `ec2` and `EC2` differ only in letter case")
        .says("r.jsonl:4:63: the action is not of the form `service:Name`; write it like")
        .says("r.jsonl:5:")
        .says("r.jsonl:6:15: `ada` is not a principal; write the ARN")
        .says("r.jsonl:7:13: expected `true`, `false` or `null`");
    assert_eq!(run.stderr.lines().count(), 6, "{run:#?}");
    let run = place.ibc_with_input(&["eval", "a.json", "-", "--format", "jsonl"], &requests.join("\n")).ends_with(1);
    assert_eq!(run.stdout.lines().count(), requests.len());
    assert!(string(run.stdout.lines().nth(1).unwrap(), "error").starts_with("<stdin>:2:1: "), "{run:#?}");
}

#[test]
fn exit_code_of_eval_tells_the_most_restrictive_decision() {
    let place = Workplace::new(&[("p/a.json", ALLOW_GET), ("p/b.json", DENY_SECRET)]);
    let allowed = request("s3:GetObject", "arn:aws:s3:::b/k");
    let implicit = request("s3:PutObject", "arn:aws:s3:::b/k");
    let explicit = request("s3:GetObject", "arn:aws:s3:::b/secret");
    for (requests, code) in [
        (vec![&allowed], 0),
        (vec![&allowed, &implicit], 5),
        (vec![&explicit, &implicit, &allowed], 6),
        (vec![&explicit, &"{}".to_owned()], 1),
    ] {
        let mut arguments = vec!["eval", "p", "--exit-code"];
        arguments.extend(requests.iter().map(|request| request.as_str()));
        place.ibc(&arguments).ends_with(code);
    }
    place.ibc(&["eval", "p", &explicit]).ends_with(0);
}

#[test]
fn wrong_usage_ends_with_2() {
    let place = Workplace::new(&[]);
    for arguments in [&[][..], &["frobnicate"], &["build", "x"], &["eval"], &["eval", "p"]] {
        let run = place.ibc(arguments).ends_with(2);
        assert!(run.stdout.is_empty() && run.stderr.contains("Usage: "), "{run:#?}");
    }
}

#[test]
fn help_lists_the_exit_codes() {
    let help = Workplace::new(&[]).ibc(&["--help"]).ends_with(0).stdout;
    for line in [
        "  0  done; allowed; nothing found\n",
        "  1  could not do it: unreadable file, damaged artifact, invalid policy or request\n",
        "  2  wrong usage\n",
        "  3  `check` has findings at or above --fail-level\n",
        "  4  `test` has failures\n",
        "  5  `eval --exit-code`: implicit deny\n",
        "  6  `eval --exit-code`: explicit deny\n",
    ] {
        assert!(help.contains(line), "no `{line}` in {help}");
    }
}

#[test]
fn check_reports_every_mistake_in_one_run() {
    let text = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Permit", "Action": "s3:GetObject", "Resource": "*" },
    { "Effect": "Allow", "Action": "s3GetObject", "Resource": "*" }
  ]
}"#;
    let place = Workplace::new(&[("bad.json", text), ("good.json", ALLOW_GET)]);
    let run = place.ibc(&["check", "bad.json", "good.json"]).ends_with(3);
    let run =
        run.prints("invalid-effect").prints("bad.json:4:17").prints("malformed-action").prints("bad.json:5:36").prints("help: ");
    assert_eq!(run.stderr, "");
    place.ibc(&["check", "good.json"]).ends_with(0).prints("1 policy checked, nothing found");
    place.ibc(&["check", "bad.json"]).ends_with(3).prints("1 policy checked, 2 findings\n");
    place.ibc(&["check", "bad.json", "--fail-level", "none"]).ends_with(0).prints("invalid-effect");
    place.ibc(&["check", "good.json", "--type", "resource"]).ends_with(3).prints("Principal");
    let run = place.ibc(&["check", "bad.json", "--format", "json"]).ends_with(3);
    let findings: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(findings.as_array().unwrap().len(), 2, "{findings}");
    assert_eq!(findings[0]["code"], "invalid-effect");
}

#[test]
fn check_says_that_not_all_findings_of_a_document_are_kept() {
    let actions = vec![r#""none""#; 1_001].join(",");
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#);
    let place = Workplace::new(&[("bad.json", &text)]);
    place.ibc(&["check", "bad.json"]).ends_with(3).prints("1 policy checked, 1,000 findings or more\n");
}

const SCENARIOS: &str = r#"
[defaults.request]
principal = "arn:aws:iam::111122223333:user/ada"
action = "s3:GetObject"
resource = "arn:aws:s3:::b/k"

[[scenario]]
name = "by text"
policies.identity = '{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'
expect = "allowed"
layer = "identity"

[[scenario]]
name = "by path"
policies.identity = ["a.json"]
expect = "allowed"

[[scenario]]
name = "by bundle"
bundle = "."
request.resource = "arn:aws:s3:::b/secret"
expect = "explicitDeny"

[[scenario]]
name = "wrong on purpose"
policies.identity = '{"Statement": {"Effect": "Permit"}}'
expect = "error"
"#;

#[test]
fn test_runs_scenarios_both_ways() {
    let files = [("s/a.json", ALLOW_GET), ("s/b.json", DENY_SECRET), ("s/cases.toml", SCENARIOS)];
    let place = Workplace::new(&files);
    place.ibc(&["test", "s/cases.toml"]).ends_with(0).prints("ok 4 scenarios passed in ");
    place.ibc(&["test", "s/cases.toml", "--filter", "bundle"]).ends_with(0).prints("ok 1 scenario passed in ");
    place.ibc(&["test", "s/cases.toml", "--filter", "nonsense"]).ends_with(1).says("no scenario to run");
    place.write("s/cases.toml", SCENARIOS.replace("explicitDeny", "allowed").as_bytes());
    place
        .ibc(&["test", "s/cases.toml"])
        .ends_with(4)
        .prints("failed by bundle s/cases.toml\n  expected allowed, got explicitDeny (identity)\n")
        .prints("1 scenario failed, 3 passed in ");
    let run = place.ibc(&["test", "s/cases.toml", "--format", "json"]).ends_with(4);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&report["passed"], &report["failed"]), (&3.into(), &1.into()));
    let run = place.ibc(&["test", "s/cases.toml", "--format", "junit"]).ends_with(4);
    run.prints(r#"<testsuite name="ibc" tests="4" failures="1""#).prints(
        r#"name="by bundle"><failure type="failed" message="expected allowed, got explicitDeny (identity)"/></testcase>"#,
    );
}

#[test]
fn eval_prints_a_line_for_every_scenario() {
    let scenario = |name: &str, effect: &str| {
        let policy = format!(r#"{{"Statement": {{"Effect": "{effect}", "Action": "*", "Resource": "*"}}}}"#);
        let request = request("s3:GetObject", "arn:aws:s3:::b/k");
        format!(r#"{{"name": "{name}", "policies": {{"identity": [{policy}]}}, "request": {request}}}"#)
    };
    let lines = [scenario("a", "Allow"), "{oops".to_owned(), scenario("c", "Permit"), scenario("d", "Deny")];
    let place = Workplace::new(&[("s.jsonl", &lines.join("\n"))]);
    let run = place.ibc(&["eval", "--scenarios", "s.jsonl", "--format", "jsonl"]).ends_with(1);
    let printed: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(printed[0], r#"{"name":"a","decision":"allowed","reference":"allowed","layer":"identity"}"#);
    assert!(
        printed[1].starts_with(r#"{"name":"line 2","decision":"error","reference":"error","layer":null,"error":"s.jsonl:2:2: "#)
    );
    assert!(printed[2].starts_with(r#"{"name":"c","decision":"error","reference":"error","layer":null,"error":"s.jsonl:3:"#));
    assert_eq!(printed[3], r#"{"name":"d","decision":"explicitDeny","reference":"explicitDeny","layer":"identity"}"#);
    assert_eq!(printed.len(), 4);
    let good = [lines[0].as_str(), lines[3].as_str()].join("\n");
    let run = place.ibc_with_input(&["eval", "--scenarios", "-"], &good).ends_with(0);
    assert_eq!(run.stdout, "allowed       a (identity)\nexplicitDeny  d (identity)\n");
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    let request = request("s3:GetObject", "arn:aws:s3:::b/k");
    assert!(!place.ibc(&["eval", "a.json", &request]).stdout.contains('\x1b'));
    assert!(place.ibc(&["eval", "a.json", &request, "--color", "always"]).stdout.contains("\x1b["));
}

#[test]
fn a_reader_that_stops_reading_is_no_failure() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    let requests = vec![request("s3:GetObject", "arn:aws:s3:::b/k"); 5000].join("\n");
    place.write("r.jsonl", requests.as_bytes());
    let mut child = Command::new(env!("CARGO_BIN_EXE_ibc"))
        .args(["eval", "a.json", "r.jsonl"])
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// What the examples say in their own words.
#[test]
fn the_examples_decide_as_they_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ibc")).args(arguments).current_dir(root).output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    };
    run(&["test", "examples"]).ends_with(0).prints("ok 44 scenarios passed in ");
    for example in ["examples/image-builder", "examples/account"] {
        run(&["check", example, "--fail-level", "suggestion"]).ends_with(0);
    }
    let account = run(&["eval", "examples/account", "examples/account/requests.jsonl"]).ends_with(0);
    account.prints("6 requests: 4 allowed, 0 implicitDeny, 2 explicitDeny");
    let decided = run(&["eval", "examples/image-builder", "examples/image-builder/requests.jsonl"]).ends_with(0);
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert!(readme.contains(&decided.stdout), "README.md does not show what its first command prints:\n{}", decided.stdout);
}

#[test]
fn policies_may_travel_with_a_request() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    place.ibc(&["build", "a.json", "-o", "x.ibc"]).ends_with(0);
    let session = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    let endpoint = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}}"#;
    for policies in ["x.ibc", "a.json"] {
        let of_role =
            request("s3:GetObject", "arn:aws:s3:::b/k").replace(":iam::", ":sts::").replace("user/ada", "assumed-role/r/s");
        let with = |members: &str| of_role.replace('}', &format!(", {members}}}"));
        place.ibc(&["eval", policies, &with(r#""sessionPolicies": []"#)]).ends_with(0).prints("allowed ");
        place
            .ibc(&["eval", policies, &with(&format!(r#""sessionPolicies": [{session}]"#))])
            .ends_with(0)
            .prints("explicitDeny ")
            .prints("denied by the session policy");
        place
            .ibc(&["eval", policies, &with(&format!(r#""endpoint": {endpoint}"#))])
            .ends_with(0)
            .prints("no VPC endpoint policy allows it");
        place.ibc(&["eval", policies, &with(r#""sessionPolicies": ["{oops"]"#)]).ends_with(1).says("session policy:1:2: ");
    }
}

#[test]
fn explain_says_why_and_why_not() {
    let place = Workplace::new(&[("a.json", ALLOW_GET), ("b.json", DENY_SECRET)]);
    place.ibc(&["build", "a.json", "b.json", "-o", "x.ibc"]).ends_with(0);
    let (denied, missed) = (request("s3:GetObject", "arn:aws:s3:::b/secret"), request("s3:GetObject", "arn:aws:s3:::c/k"));
    place
        .ibc(&["explain", "x.ibc", &denied])
        .ends_with(0)
        .prints("explicitDeny  s3:GetObject")
        .prints("denied by identity-based policy `Secret` (b.json:3)\n");
    let nearest = "nearest is `Read` (a.json:3): the resource is `arn:aws:s3:::c/k`, expected `arn:aws:s3:::b/*`\n";
    place.ibc(&["explain", "a.json", &missed]).ends_with(0).prints("implicitDeny").prints(nearest);
    let both = place.ibc_with_input(&["explain", "x.ibc", "-"], &format!("{denied}\n{missed}\n")).ends_with(0);
    both.prints("explicitDeny  s3:GetObject").prints("\n\nimplicitDeny  s3:GetObject").prints("near miss  `Read` a.json:3:16");
    let all = place.ibc(&["explain", "x.ibc", &missed, "--all"]).ends_with(0);
    all.prints("allow      `Read`").prints("deny       `Secret`").prints("- the resource is `arn:aws:s3:::c/k`");

    let json = place.ibc(&["explain", "x.ibc", &denied, "--format", "json"]).ends_with(0).stdout;
    let response: serde_json::Value = serde_json::from_str(&json).unwrap();
    let result = &response["EvaluationResults"][0];
    assert_eq!(result["EvalDecision"], "explicitDeny");
    let matched = &result["MatchedStatements"][0];
    assert_eq!((&matched["SourcePolicyId"], &matched["SourcePolicyType"]), (&"b.json".into(), &"none".into()));
    assert_eq!(matched["StartPosition"], serde_json::json!({"Line": 3, "Column": 16}));
    assert_eq!(matched["EndPosition"], serde_json::json!({"Line": 3, "Column": 105}));
    assert_eq!(result["layers"][0]["answer"], "explicitDeny");
}

#[test]
fn explain_says_what_a_code_means() {
    let place = Workplace::new(&[]);
    let code = place.ibc(&["explain", "invalid-effect"]).ends_with(0);
    code.prints("error[invalid-effect]: Effect is neither Allow nor Deny\n").prints("What it checks\n").prints("Write instead\n");
    place.ibc(&["explain", "x.ibc"]).ends_with(2).says("`x.ibc` is no diagnostic code; to explain a decision, name policies and");
    place.ibc(&["explain", "x.ibc", "{}"]).ends_with(1).says("x.ibc");
}

#[test]
fn a_request_that_cannot_be_explained_is_reported_and_the_others_explained() {
    let place = Workplace::new(&[("a.json", ALLOW_GET)]);
    let requests = format!("{{\"principal\": 1}}\n{}\n", request("s3:GetObject", "arn:aws:s3:::b/k"));
    place
        .ibc_with_input(&["explain", "a.json", "-"], &requests)
        .ends_with(1)
        .says("<stdin>:1:")
        .prints("allowed       s3:GetObject");
}

#[test]
fn wanted_lists_the_keys_that_can_change_the_decision() {
    let own = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}}}"#;
    let place = Workplace::new(&[("own.json", own)]);
    place.ibc(&["build", "own.json", "-o", "x.ibc"]).ends_with(0);
    let request = request("s3:GetObject", "arn:aws:s3:::b/k");
    let with = |members: &str| request.replace('}', &format!(", {members}}}"));
    for policies in ["x.ibc", "own.json"] {
        let run = place.ibc(&["wanted", policies, &request]).ends_with(0);
        run.prints("  wants aws:ResourceTag/Team\n  wants aws:PrincipalTag/Team\n");
        place
            .ibc(&["wanted", policies, &with(r#""context": {"aws:PrincipalTag/Team": []}"#)])
            .prints("no key can change the decision\n");
    }
    let run = place.ibc(&["wanted", "x.ibc", &with(r#""principalTags": {"Team": "red"}"#), "--format", "jsonl"]).ends_with(0);
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["wantedKeys"], serde_json::json!(["aws:ResourceTag/Team"]));
    place.ibc(&["wanted", "x.ibc", "{}"]).ends_with(1).says("missing member `principal`");
}
