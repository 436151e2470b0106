//! Manifests and account dumps: what they attach to whom, and what is refused.

use ibc::bundle::Boundary;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cli::Workplace;
use crate::generators::answers::reference_verdict_on;
use crate::generators::check;
use crate::generators::organisation::{files, organisations};

/// A small account: a user in a group, a role with a boundary, and their policies in every way in which documents are written.
const DUMP: &str = r#"{
  "UserDetailList": [
    { "Arn": "arn:aws:iam::111122223333:user/staff/ada", "UserName": "ada", "UserId": "AIDAADA", "Path": "/staff/",
      "UserPolicyList": [{ "PolicyName": "put", "PolicyDocument":
        "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3APutObject%22%2C%22Resource%22%3A%22%2A%22%7D%7D" }],
      "GroupList": ["readers"], "AttachedManagedPolicies": [], "Tags": [{ "Key": "Team", "Value": "red" }] }
  ],
  "GroupDetailList": [
    { "Arn": "arn:aws:iam::111122223333:group/readers", "GroupName": "readers", "GroupPolicyList": [],
      "AttachedManagedPolicies": [{ "PolicyName": "read", "PolicyArn": "arn:aws:iam::111122223333:policy/read" }] }
  ],
  "RoleDetailList": [
    { "Arn": "arn:aws:iam::111122223333:role/ci/builder", "RoleName": "builder", "RoleId": "AROABUILDER",
      "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": { "Sid": "Trust", "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::111122223333:user/staff/ada" }, "Action": "sts:AssumeRole" } },
      "RolePolicyList": [{ "PolicyName": "own", "PolicyDocument":
        "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::${aws:PrincipalTag/team}/*\"}}" }],
      "AttachedManagedPolicies": [],
      "PermissionsBoundary": { "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/limit" },
      "Tags": [{ "Key": "Team", "Value": "red" }] }
  ],
  "Policies": [
    { "PolicyName": "read", "Arn": "arn:aws:iam::111122223333:policy/read", "DefaultVersionId": "v2", "PolicyVersionList": [
      { "VersionId": "v1", "IsDefaultVersion": false, "Document":
        { "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } } },
      { "VersionId": "v2", "IsDefaultVersion": true, "Document":
        { "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" } } }] },
    { "PolicyName": "limit", "Arn": "arn:aws:iam::111122223333:policy/limit", "DefaultVersionId": "v1", "PolicyVersionList": [
      { "VersionId": "v1", "IsDefaultVersion": true, "Document":
        { "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*" } } }] }
  ],
  "IsTruncated": false
}
"#;

const ADA: &str = "arn:aws:iam::111122223333:user/staff/ada";
const BUILDER: &str = "arn:aws:sts::111122223333:assumed-role/builder/run-7";

/// What the dump lets whom do.
const DECISIONS: [(&str, &str, &str, &str); 9] = [
    (ADA, "s3:PutObject", "arn:aws:s3:::red/a", "allowed"),
    (ADA, "s3:GetObject", "arn:aws:s3:::red/a", "allowed"),
    (ADA, "s3:DeleteObject", "arn:aws:s3:::red/a", "implicitDeny"),
    (ADA, "sts:AssumeRole", "arn:aws:iam::111122223333:role/ci/builder", "allowed"),
    (BUILDER, "s3:GetObject", "arn:aws:s3:::red/a", "allowed"),
    (BUILDER, "s3:GetObject", "arn:aws:s3:::blue/a", "implicitDeny"),
    (BUILDER, "s3:DeleteObject", "arn:aws:s3:::red/a", "implicitDeny"), // beyond the boundary
    (BUILDER, "sts:AssumeRole", "arn:aws:iam::111122223333:role/ci/builder", "implicitDeny"),
    ("arn:aws:iam::111122223333:user/eve", "s3:GetObject", "arn:aws:s3:::red/a", "implicitDeny"),
];

fn request(principal: &str, action: &str, resource: &str) -> String {
    json!({"principal": principal, "action": action, "resource": resource}).to_string()
}

/// Builds the inputs and asks everything that [`DECISIONS`] says.
#[track_caller]
fn check_decisions(place: &Workplace, arguments: &[&str], stdin: &str) {
    place.ibc_with_input(&[&["build", "-o", "x.ibc"], arguments].concat(), stdin).ends_with(0);
    let requests = DECISIONS.map(|(principal, action, resource, _)| request(principal, action, resource)).join("\n");
    let run = place.ibc_with_input(&["eval", "x.ibc", "-", "--format", "jsonl"], &requests).ends_with(0);
    for (line, (principal, action, resource, expected)) in run.stdout.lines().zip(DECISIONS) {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert_eq!(answer["decision"], expected, "{arguments:?}: {principal} {action} {resource}");
    }
    assert_eq!(run.stdout.lines().count(), DECISIONS.len());
}

/// Builds, and expects an error that says all of `parts`; nothing may be written.
#[track_caller]
fn check_refused(place: &Workplace, arguments: &[&str], parts: &[&str]) {
    let mut run = place.ibc(&[&["build", "-o", "refused.ibc"], arguments].concat()).ends_with(1);
    for part in parts {
        run = run.says(part);
    }
    assert_eq!(run.stdout, "");
    assert!(!place.file_names().iter().any(|name| name.contains("refused") || name.starts_with(".ibc")), "{run:#?}");
}

/// The sections of the dump as pages, the last of them complete.
fn pages() -> Vec<String> {
    let dump: Value = serde_json::from_str(DUMP).unwrap();
    let names = ["Policies", "RoleDetailList", "GroupDetailList", "UserDetailList"];
    let page = |name: &str| json!({name: dump[name], "IsTruncated": name != "UserDetailList", "Marker": "more"}).to_string();
    names.map(page).into()
}

#[test]
fn a_dump_may_come_in_one_piece_or_in_pages() {
    check_decisions(&Workplace::new(&[("dump.json", DUMP)]), &["dump.json"], "");
    check_decisions(&Workplace::new(&[]), &["-"], DUMP);
    let pages = pages();
    check_decisions(&Workplace::new(&[("dump.json", &pages.join("\n"))]), &["dump.json"], "");
    check_decisions(&Workplace::new(&[("dump.json", &pages.concat())]), &["dump.json"], "");
    check_decisions(&Workplace::new(&[("dump.json", &format!("\u{feff}[{}]", pages.join(",\n")))]), &["dump.json"], "");
    let place = Workplace::new(&[]);
    for (index, page) in pages.iter().enumerate() {
        // The last page is the first by name.
        place.write(&format!("dump/page-{}.json", 9 - index), page.as_bytes());
    }
    place.write("account/ibc.toml", b"[[account]]\nid = \"111122223333\"\ndetails = \"../dump/page-*.json\"\n");
    for arguments in [&["dump"][..], &["dump/*.json"], &["dump/page-6.json", "dump/page-[789].json"], &["account"]] {
        check_decisions(&place, arguments, "");
    }
}

#[test]
fn the_same_dump_twice_is_one_dump() {
    let place = Workplace::new(&[("dump.json", DUMP), ("again.json", &pages().concat())]);
    check_decisions(&place, &["dump.json", "again.json"], "");
    place.ibc(&["build", "dump.json", "again.json", "-o", "x.ibc"]).prints("attached to 2 principals, 1 resource");
}

#[test]
fn answers_name_the_place_in_the_dump() {
    let place = Workplace::new(&[("dump.json", DUMP)]);
    let evaluate = |principal, action, resource| place.ibc(&["eval", "dump.json", &request(principal, action, resource)]);
    evaluate(ADA, "s3:GetObject", "arn:aws:s3:::red/a").prints("by the identity-based policy: dump.json:27");
    evaluate(ADA, "sts:AssumeRole", "arn:aws:iam::111122223333:role/ci/builder")
        .prints("by the role trust policy: dump.json:14 `Trust`");
    // A document written as a string: the line of the string, and the policy's name.
    evaluate(ADA, "s3:PutObject", "arn:aws:s3:::red/a").prints("dump.json:5, arn:aws:iam::111122223333:user/staff/ada/put:1");
}

#[test]
fn tags_of_a_dump_are_overlaid_by_session_tags() {
    let place = Workplace::new(&[("dump.json", DUMP)]);
    for (tags, bucket, decision) in [
        (json!({}), "red", "allowed"),
        (json!({"team": "blue"}), "blue", "allowed"), // TG-8: whatever the letter case
        (json!({"team": "blue"}), "red", "implicitDeny"),
        (json!({"stage": "dev"}), "red", "allowed"),
    ] {
        let resource = format!("arn:aws:s3:::{bucket}/a");
        let request = json!({"principal": BUILDER, "action": "s3:GetObject", "resource": resource, "principalTags": tags});
        place.ibc(&["eval", "dump.json", &request.to_string()]).ends_with(0).prints(decision);
    }
}

#[test]
fn a_dump_without_its_last_page_is_refused() {
    let message = "the last page is not given; fetch the remaining pages and name them all";
    let truncated = DUMP.replace(r#""IsTruncated": false"#, r#""IsTruncated": true, "Marker": "abc""#);
    check_refused(&Workplace::new(&[("dump.json", &truncated)]), &["dump.json"], &["dump.json:1:1: ", message]);
    // What the command line program writes after `--max-items`.
    let truncated = DUMP.replace(r#""IsTruncated": false"#, r#""NextToken": "abc""#);
    check_refused(&Workplace::new(&[("dump.json", &truncated)]), &["dump.json"], &[message]);
    let all_but_last = pages()[..3].join("\n");
    check_refused(&Workplace::new(&[("dump.json", &all_but_last)]), &["dump.json"], &["dump.json:3:1: ", message]);
    // The last page of another account is of no use.
    let other = DUMP.replace("111122223333", "444455556666");
    let place = Workplace::new(&[("a.json", &truncated), ("b.json", &other)]);
    check_refused(&place, &["a.json", "b.json"], &["a.json:1:1: ", message]);
}

/// A change to the dump, and what is said about it.
const BROKEN_DUMPS: &[(&str, &str, &[&str])] = &[
    (
        r#""UserId": "AIDAADA""#,
        r#""UserID": "AIDAADA""#,
        &["dump.json:3:5: missing member `UserId`; give the output of the command as it is"],
    ),
    (r#""RoleId": "AROABUILDER""#, r#""RoleId": 7"#, &["dump.json:13:", "invalid type"]),
    ("AssumeRolePolicyDocument", "AssumeRolePolicy", &["dump.json:13:5: missing member `AssumeRolePolicyDocument`"]),
    (r#""PolicyArn": "#, r#""Arn": "#, &["dump.json:9:5: missing member `PolicyArn`"]),
    (
        "user/staff/ada\", \"UserName\"",
        "group/ada\", \"UserName\"",
        &["dump.json:3:5: `arn:aws:iam::111122223333:group/ada` is not the"],
    ),
    (
        r#"["readers"]"#,
        r#"["writers"]"#,
        &["dump.json:3:5: ", "user/staff/ada is in the group `writers`, which is not in the dump", "without `--filter`"],
    ),
    (
        r#":policy/read" }] }"#,
        r#":policy/gone" }] }"#,
        &[
            "dump.json:9:5: the document of `arn:aws:iam::111122223333:policy/gone` is missing, which is attached to arn:aws:iam::111122223333:group/readers; make the dump",
        ],
    ),
    (
        r#""arn:aws:iam::111122223333:policy/limit" },"#,
        r#""arn:aws:iam::aws:policy/PowerUserAccess" },"#,
        &[
            "dump.json:13:5: the document of `arn:aws:iam::aws:policy/PowerUserAccess` is missing",
            "role/ci/builder as its boundary",
            "--managed DIR",
        ],
    ),
    (
        r#""DefaultVersionId": "v2""#,
        r#""DefaultVersionId": "v3""#,
        &[
            "dump.json:23:5: the default version of `arn:aws:iam::111122223333:policy/read` is `v3`, but",
            "correct one of the two",
        ],
    ),
    (
        r#"{ "VersionId": "v2", "IsDefaultVersion": true"#,
        r#"{ "VersionId": "v2", "IsDefaultVersion": false"#,
        &["dump.json:23:5: no version of `arn:aws:iam::111122223333:policy/read` has `IsDefaultVersion` true"],
    ),
    (
        r#""IsDefaultVersion": false"#,
        r#""IsDefaultVersion": true"#,
        &["dump.json:23:5: two versions of `arn:aws:iam::111122223333:policy/read` have `IsDefaultVersion` true"],
    ),
    (r#""Key": "Team""#, r#""Key": "team", "Value": "x" }, { "Key": "Team""#, &["dump.json:3:5: ", "has the tag `Team` twice"]),
    (r#""Sid": "Trust""#, r#""Side": "Trust""#, &["dump.json:14:", "Side", "help: "]),
    // A policy of another type: a trust policy needs a principal.
    (r#""Principal": { "AWS": "arn:aws:iam::111122223333:user/staff/ada" }, "#, "", &["dump.json:14:", "Principal"]),
    ("%22Action%22", "%22Actions%22", &["dump.json:5, arn:aws:iam::111122223333:user/staff/ada/put:1:", "Actions", "help: "]),
    (r#""IsTruncated": false"#, r#""UserDetailList": []"#, &["dump.json:32:", "duplicate field `UserDetailList`"]),
];

#[test]
fn broken_dumps_are_refused() {
    for (from, to, parts) in BROKEN_DUMPS {
        assert!(DUMP.contains(from), "{from}");
        let place = Workplace::new(&[("dump.json", &DUMP.replacen(from, to, 1))]);
        check_refused(&place, &["dump.json"], parts);
    }
}

#[test]
fn a_dump_that_was_cut_short_is_refused() {
    for length in [30, 200, 1500, DUMP.len() - 4] {
        let place = Workplace::new(&[("dump.json", &DUMP[..length])]);
        check_refused(&place, &["dump.json"], &["dump.json:", "the dump was cut short, make it again"]);
    }
    let place = Workplace::new(&[]);
    for length in (0..DUMP.len() - 2).step_by(61) {
        place.write("dump.json", &DUMP.as_bytes()[..length]);
        check_refused(&place, &["dump.json"], &["dump.json:"]);
    }
    let place = Workplace::new(&[("dump.json", &format!("{DUMP}{{\"Statement\": []}}"))]);
    check_refused(&place, &["dump.json"], &["dump.json:34:1: this is no page of an account dump"]);
}

#[test]
fn every_mistake_of_a_dump_is_reported_in_one_run() {
    let broken = DUMP
        .replace(r#"["readers"]"#, r#"["writers"]"#)
        .replace("%22Action%22", "%22Actions%22")
        .replace("policy/limit\" },", "policy/gone\" },");
    let place = Workplace::new(&[("dump.json", &broken)]);
    check_refused(&place, &["dump.json"], &["the group `writers`", "Actions", "policy/gone"]);
}

/// A dump whose users have policies of AWS that it does not hold.
fn dump_without_managed_policies() -> String {
    let policy = |name: &str| json!({"PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")});
    let user = |name: &str| {
        json!({
            "Arn": format!("arn:aws:iam::111122223333:user/{name}"), "UserName": name, "UserId": format!("AIDA{name}"),
            "GroupList": [], "AttachedManagedPolicies": [policy("job-function/Reader"), policy("Writer")],
        })
    };
    json!({"UserDetailList": [user("a"), user("b"), user("c"), user("d"), user("e")], "IsTruncated": false}).to_string()
}

#[test]
fn missing_managed_policies_are_named_with_their_users() {
    let place = Workplace::new(&[("dump.json", &dump_without_managed_policies())]);
    let users = "attached to arn:aws:iam::111122223333:user/a, arn:aws:iam::111122223333:user/b, \
        arn:aws:iam::111122223333:user/c and 2 more; name a directory of AWS's managed policies with `--managed DIR`";
    let reader = "dump.json:1:20: the document of `arn:aws:iam::aws:policy/job-function/Reader` is missing";
    check_refused(&place, &["dump.json"], &[reader, "`arn:aws:iam::aws:policy/Writer` is missing", users]);
    place.ibc(&["check", "dump.json"]).ends_with(1).says(reader);
    check_refused(&place, &["dump.json", "--managed", "none"], &["none: no such directory"]);
}

#[test]
fn managed_policies_are_found_in_a_directory() {
    let allow =
        |action: &str| json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
    let version = |document: Value, is_default: bool| {
        json!({"PolicyVersion": {"Document": document, "VersionId": "v4", "IsDefaultVersion": is_default}}).to_string()
    };
    let encoded = Value::from(
        "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3APutObject%22%2C%22Resource%22%3A%22%2A%22%7D%7D",
    );
    let page = json!({"Policies": [{"Arn": "arn:aws:iam::aws:policy/Writer", "PolicyVersionList":
        [{"VersionId": "v1", "IsDefaultVersion": true, "Document": allow("s3:PutObject")}]}], "IsTruncated": true});
    let dump = dump_without_managed_policies();
    let place = Workplace::new(&[
        ("dump.json", &dump),
        ("bare/aws/Reader.json", &allow("s3:GetObject").to_string()),
        ("bare/Writer.json", &allow("s3:PutObject").to_string()),
        ("bare/Unrelated.json", "{ no JSON, and nobody's policy"),
        ("bare/README.md", "# Policies"),
        ("versions/Reader", &version(allow("s3:GetObject"), true)),
        ("versions/Writer", &version(encoded, true)),
        ("pages/Reader.json", &allow("s3:GetObject").to_string()),
        ("pages/all.json", &page.to_string()),
        ("old/Reader.json", &version(allow("s3:GetObject"), false)),
        ("twice/Reader.json", &allow("s3:GetObject").to_string()),
        ("twice/more/Reader.json", &allow("*").to_string()),
        ("broken/Reader.json", "{\n  \"Statement\": {}\n}"),
        ("bundle/ibc.toml", "[[account]]\nid = \"111122223333\"\ndetails = \"../dump.json\"\n"),
    ]);
    let requests = [
        request("arn:aws:iam::111122223333:user/a", "s3:GetObject", "arn:aws:s3:::b/k"),
        request("arn:aws:iam::111122223333:user/e", "s3:PutObject", "arn:aws:s3:::b/k"),
        request("arn:aws:iam::111122223333:user/e", "s3:DeleteObject", "arn:aws:s3:::b/k"),
    ];
    place.write("requests.jsonl", requests.join("\n").as_bytes());
    let scenario = format!(r#"{{"bundle": "bundle", "request": {}, "expect": "allowed"}}"#, requests[0]);
    place.write("scenarios.jsonl", scenario.as_bytes());
    for directory in ["bare", "versions", "pages"] {
        place.ibc(&["build", "dump.json", "--managed", directory, "-o", "x.ibc"]).ends_with(0).prints("5 principals");
        for policies in ["x.ibc", "dump.json", "bundle"] {
            let run = place.ibc(&["eval", policies, "requests.jsonl", "--managed", directory]).ends_with(0);
            run.prints("3 requests: 2 allowed, 1 implicitDeny, 0 explicitDeny");
        }
        place.ibc(&["check", "dump.json", "--managed", directory]).ends_with(0);
        place.ibc(&["test", "scenarios.jsonl", "--managed", directory]).ends_with(0).prints("ok 1 scenario passed");
        let seconds = ["--seconds", "0.01"];
        place.ibc(&[&["bench", "bundle", "requests.jsonl", "--managed", directory][..], &seconds].concat()).ends_with(0);
    }
    let both = ["dump.json", "--managed", "broken", "--managed", "bare"];
    check_refused(&place, &both, &["policy `Reader` is defined here and, differently, at broken/Reader.json:1:1"]);
    check_refused(&place, &["dump.json", "--managed", "old"], &["old/Reader.json:1:1: this version is not the default one"]);
    let twice = "twice/more/Reader.json:1:1: policy `Reader` is defined here and, differently, at twice/Reader.json:1:1";
    check_refused(
        &place,
        &["dump.json", "--managed", "twice"],
        &[twice, "policy/Writer` is missing", "add it to a directory of"],
    );
    check_refused(&place, &["dump.json", "--managed", "broken"], &["broken/Reader.json:2:"]);
}

#[test]
fn a_name_alone_does_not_tell_a_customers_policy() {
    let dump = dump_without_managed_policies().replace("iam::aws:policy/Writer", "iam::111122223333:policy/Writer");
    let allow = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let place = Workplace::new(&[("dump.json", &dump), ("m/Reader.json", allow), ("m/Writer.json", allow)]);
    let message = "the document of `arn:aws:iam::111122223333:policy/Writer` is missing";
    check_refused(&place, &["dump.json", "--managed", "m"], &[message, "make the dump without `--filter`"]);
}

#[test]
fn things_defined_twice_are_named_with_both_places() {
    let deny = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}"#;
    let changed = DUMP.replace("s3:GetObject", "s3:ListBucket").replace("s3%3APutObject", "s3%3AGetObject");
    let place = Workplace::new(&[
        ("dump.json", DUMP),
        ("changed.json", &changed),
        ("deny.json", deny),
        ("allow.json", &deny.replace("Deny", "Allow")),
        ("open.json", trust),
        ("open-to-all.json", &deny.replace("\"Deny\"", "\"Allow\", \"Principal\": \"*\"")),
        ("same/put.json", &deny.replace("Deny", "Allow").replace("\"Action\": \"*\"", "\"Action\": \"s3:PutObject\"")),
        ("same/get.json", &deny.replace("Deny", "Allow").replace("\"Action\": \"*\"", "\"Action\": [\"s3:GetObject\"]")),
    ]);
    place.write("user.toml", format!("[[principal]]\narn = \"{ADA}\"\nidentity = \"deny.json\"\n").as_bytes());
    let role = "arn:aws:iam::111122223333:role/ci/builder";
    place.write("role.toml", format!("[[resource]]\narn = \"{role}\"\npolicy = \"open.json\"\n").as_bytes());
    let twice = r#"
[[account]]
id = "111122223333"
scp = [["allow.json"]]

[[account]]
id = "111122223333"
scp = [["deny.json"]]

[[endpoint]]
id = "vpce-1"
policy = "open-to-all.json"

[[endpoint]]
id = "vpce-1"
policy = []

[[resource]]
arn = "arn:aws:s3:::b/*"
policy = "open-to-all.json"

[[principal]]
arn = "arn:aws:iam::111122223333:root"
tags = { team = "red" }
"#;
    place.write("twice.toml", twice.as_bytes());
    let again = r#"{"principal": [{"arn": "arn:aws:iam::111122223333:root", "tags": {"team": "blue"}}]}"#;
    place.write("again.json", again.as_bytes());
    for (inputs, what, place_of_both) in [
        (["dump.json", "user.toml"], "principal `arn:aws:iam::111122223333:user/staff/ada`", ["dump.json:3:5", "user.toml:2:7"]),
        (
            ["role.toml", "dump.json"],
            "resource `arn:aws:iam::111122223333:role/ci/builder`",
            ["dump.json:14:35", "role.toml:2:7"],
        ),
        (
            ["dump.json", "changed.json"],
            "policy `arn:aws:iam::111122223333:policy/read`",
            ["changed.json:27:9", "dump.json:27:9"],
        ),
        (
            ["dump.json", "changed.json"],
            "principal `arn:aws:iam::111122223333:user/staff/ada`",
            ["changed.json:3:5", "dump.json:3:5"],
        ),
        (["twice.toml", "same/put.json"], "account `111122223333`", ["twice.toml:7:6", "twice.toml:3:6"]),
        (["twice.toml", "same/put.json"], "endpoint `vpce-1`", ["twice.toml:15:6", "twice.toml:11:6"]),
        (["twice.toml", "again.json"], "principal `arn:aws:iam::111122223333:root`", ["again.json:1:24", "twice.toml:23:7"]),
    ] {
        let [later, earlier] = place_of_both;
        let message = format!("{later}: {what} is defined here and, differently, at {earlier}; keep one of the two");
        check_refused(&place, &inputs, &[&message]);
    }
    // What both say alike is said once: the manifest does not know the unique id.
    let same = format!("[[principal]]\narn = \"{ADA}\"\nidentity = \"same/*.json\"\ntags = {{ Team = \"red\" }}\n");
    place.write("same.toml", same.as_bytes());
    check_decisions(&place, &["same.toml", "dump.json"], "");
}

#[test]
fn a_group_defined_twice_is_named_with_both_places() {
    let pages = pages().concat();
    let other = pages.replace("policy/read\",\"PolicyName\":\"read\"", "policy/limit\",\"PolicyName\":\"limit\"");
    let other = other.replace(
        "\"PolicyArn\":\"arn:aws:iam::111122223333:policy/read\"",
        "\"PolicyArn\":\"arn:aws:iam::111122223333:policy/limit\"",
    );
    assert_ne!(pages, other);
    let place = Workplace::new(&[("a.json", &pages), ("b.json", &other)]);
    check_refused(
        &place,
        &["a.json", "b.json"],
        &["b.json:1:", "group `arn:aws:iam::111122223333:group/readers` is defined here", "at a.json:1:"],
    );
}

#[test]
fn a_manifest_attaches_policies() {
    let manifest = r#"
        [[principal]]
        arn = "arn:aws:iam::111122223333:role/team/builder"
        unique-id = "AROA1"
        identity = ["*.json"]
        tags = { team = "red" }
    "#;
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}/${aws:userid}"}}"#;
    let place = Workplace::new(&[("m/ibc.toml", manifest), ("m/a.json", policy)]);
    let request = request("arn:aws:sts::111122223333:assumed-role/builder/s", "s3:GetObject", "arn:aws:s3:::red/AROA1:s");
    for input in ["m", "m/ibc.toml"] {
        place.ibc(&["eval", input, &request]).ends_with(0).prints("allowed ");
    }
    // A directory may be called what a pattern looks like.
    let place_of_pattern = Workplace::new(&[("m[1]*/ibc.toml", manifest), ("m[1]*/a.json", policy), ("m1/b.json", "{}")]);
    place_of_pattern.ibc(&["eval", "m[1]*", &request]).ends_with(0).prints("allowed ");
    // A manifest further down: its policies are not everybody's.
    place
        .ibc(&["eval", ".", &request])
        .ends_with(1)
        .says("m/ibc.toml: a manifest in a tree of policies; name the manifest instead");
    let as_json = r#"{"principal": [{"arn": "arn:aws:iam::111122223333:role/team/builder", "unique-id": "AROA1",
        "identity": "a.json", "tags": {"team": "red"}}]}"#;
    place.write("m/manifest", as_json.as_bytes());
    place.ibc(&["eval", "m/manifest", &request]).ends_with(0).prints("allowed ");
}

/// A manifest with one section of every kind.
const MANIFEST: &str = r#"# An account.
[[principal]]
arn      = "arn:aws:iam::111122223333:user/ada"
identity = ["identity/*.json"]
boundary = "boundary.json"
tags     = { team = "red" }

[[account]]
id      = "444455556666"
scp     = [["scp.json"], ["scp.json"]]
rcp     = [["rcp.json"]]
details = "dump.json"

[[resource]]
arn    = "arn:aws:iam::111122223333:role/r"
policy = "trust.json"

[[endpoint]]
id     = "vpce-1"
policy = ["endpoint.json"]
"#;

/// The files that [`MANIFEST`] names.
fn manifest_place() -> Workplace {
    let allow = |principal: &str, rest: &str| {
        format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", {principal}"Action": {rest}}}}}"#)
    };
    let everyone = r#""Principal": "*", "#;
    Workplace::new(&[
        ("identity/all.json", &allow("", r#""*", "Resource": "*""#)),
        ("boundary.json", &allow("", r#""s3:*", "Resource": "*""#)),
        ("scp.json", &allow("", r#""*", "Resource": "*""#)),
        ("rcp.json", &allow(everyone, r#""s3:*", "Resource": "*""#)),
        ("trust.json", &allow(everyone, r#""sts:AssumeRole""#)),
        ("endpoint.json", &allow(everyone, r#""*", "Resource": "*""#)),
        ("dump.json", &DUMP.replace("111122223333", "444455556666")),
        ("truncated.json", &DUMP.replace(r#""IsTruncated": false"#, r#""IsTruncated": true"#)),
        ("notes.txt", "nothing in JSON"),
        ("ibc.toml", MANIFEST),
    ])
}

/// A change to the manifest, and what is said about it.
const BROKEN_MANIFESTS: &[(&str, &str, &[&str])] = &[
    ("identity/*.json", "identity/ada.json", &["./ibc.toml:4:13: `identity/ada.json` is no file; paths are relative to"]),
    ("identity/*.json", "identities/*.json", &["./ibc.toml:4:13: `identities/*.json` matches no file; paths are relative to"]),
    ("identity/*.json", "identity", &["./ibc.toml:4:13: `identity` is no file"]),
    ("identity =", "identities =", &["./ibc.toml:4:1: unknown field `identities`, expected one of `arn`,"]),
    ("[[account]]", "[[accounts]]", &["./ibc.toml:8:3: unknown field `accounts`, expected one of `principal`,"]),
    ("[[account]]", "[[account]", &["./ibc.toml:8:"]),
    (
        "user/ada",
        "group/g",
        &["./ibc.toml:3:12: `arn:aws:iam::111122223333:group/g` is not the ARN of a user, role or root user"],
    ),
    (r#"team = "red""#, r#"team = "red", Team = "blue""#, &["./ibc.toml:6:", "AmbiguousContextKey: tag `", "keep one"]),
    ("\"boundary.json\"", "\"gone.json\"", &["./ibc.toml:5:12: `gone.json` is no file"]),
    ("\"boundary.json\"", "\"*c*.json\"", &["./ibc.toml:5:12: `*c*.json` matches ", "name one"]),
    ("\"444455556666\"", "\"4444-5555\"", &["./ibc.toml:9:11: `4444-5555` is not an account id; write its digits"]),
    (
        "\"dump.json\"",
        "\"trust.json\"",
        &["./ibc.toml:12:11: `trust.json` is no output of `aws iam get-account-authorization-details`; name one"],
    ),
    ("\"dump.json\"", "\"ibc.toml\"", &["./ibc.toml:12:11: `ibc.toml` is no output of"]),
    (
        "\"444455556666\"",
        "\"777788889999\"",
        &["dump.json:1:1: this dump is of account 444455556666, but the manifest gives it to account 777788889999"],
    ),
    ("\"dump.json\"", "\"truncated.json\"", &["truncated.json:1:1: ", "the last page is not given"]),
    (
        "arn:aws:iam::111122223333:role/r",
        "my-bucket",
        &["./ibc.toml:15:10: `my-bucket` is no ARN; write one, or a pattern with `*`"],
    ),
    // Policies of the wrong type for their layer.
    ("identity/*.json", "trust.json", &["./trust.json:1:", "Principal", "help: "]),
    ("\"boundary.json\"", "\"endpoint.json\"", &["./endpoint.json:1:", "Principal", "help: "]),
    ("\"trust.json\"", "\"boundary.json\"", &["./boundary.json:1:", "Principal", "help: "]),
    ("\"endpoint.json\"", "\"scp.json\"", &["./scp.json:1:", "Principal", "help: "]),
    ("[\"rcp.json\"]", "[\"scp.json\"]", &["./scp.json:1:", "Principal", "help: "]),
    ("[[\"scp.json\"]", "[[\"rcp.json\"]", &["./rcp.json:1:", "Principal", "help: "]),
    ("identity/*.json", "dump.json", &["./dump.json:2:", "UserDetailList", "help: "]),
    ("identity/*.json", "notes.txt", &["./notes.txt:1:1", "help: "]),
];

#[test]
fn broken_manifests_are_refused() {
    let place = manifest_place();
    place.ibc(&["build", ".", "-o", "x.ibc"]).ends_with(0).prints("attached to 3 principals, 1 account, 2 resources, 1 endpoint");
    for (from, to, parts) in BROKEN_MANIFESTS {
        assert!(MANIFEST.contains(from), "{from}");
        place.write("ibc.toml", MANIFEST.replacen(from, to, 1).as_bytes());
        check_refused(&place, &["."], parts);
    }
}

#[test]
fn every_mistake_of_a_manifest_is_reported_in_one_run() {
    let place = manifest_place();
    let broken = MANIFEST.replace("identity/*", "gone/*").replace("\"trust", "\"lost").replace("scp.json", "trust.json");
    place.write("ibc.toml", broken.as_bytes());
    check_refused(&place, &["."], &["`gone/*.json`", "`lost.json`", "./trust.json:1:", "Principal"]);
}

#[test]
fn a_level_without_policies_denies() {
    // EV-24: no levels are no organisation; a level without policies allows nothing.
    let place = manifest_place();
    let request = request("arn:aws:iam::444455556666:user/staff/ada", "s3:GetObject", "arn:aws:s3:::red/a");
    for (levels, expected) in [
        ("scp = []", "allowed "),
        ("scp = [[\"scp.json\"], [\"scp.json\"]]", "allowed "),
        ("scp = [[\"scp.json\"], []]", "no SCP allows it"),
        ("scp = [[]]", "no SCP allows it"),
        ("rcp = [[]]", "no RCP allows it"),
    ] {
        let manifest = format!("[[account]]\nid = \"444455556666\"\ndetails = \"dump.json\"\n{levels}\n");
        place.write("ibc.toml", manifest.as_bytes());
        place.ibc(&["eval", ".", &request]).ends_with(0).prints(expected);
    }
}

/// Dumps and a manifest say what the bundle says that they were made of; the program asks both evaluators.
#[test]
fn organisations_read_from_files_decide_alike() {
    check(12, organisations(40), |mut case| {
        for entry in &mut case.bundle.principals {
            // Files cannot say this: the program refuses them.
            entry.attachment.boundary = entry.attachment.boundary.filter(|boundary| *boundary != Boundary::Unresolved);
        }
        let place = Workplace::new(&[]);
        for (name, text) in files::files(&case.bundle) {
            place.write(&name, text.as_bytes());
        }
        let scenarios: Vec<String> = case.questions.iter().map(|question| files::scenario(question).to_string()).collect();
        place.write("scenarios.jsonl", scenarios.join("\n").as_bytes());
        let run = place.ibc(&["eval", "--scenarios", "scenarios.jsonl", "--format", "jsonl"]);
        prop_assert_eq!(run.code, 0, "{:?}", run);
        for (line, question) in run.stdout.lines().zip(&case.questions) {
            let answer: Value = serde_json::from_str(line).expect("a line of JSON");
            let (decision, layer) = reference_verdict_on(&case.bundle, question);
            let expected = json!([decision.as_str(), decision.as_str(), layer.map(|layer| layer.as_str())]);
            prop_assert_eq!(json!([answer["decision"], answer["reference"], answer["layer"]]), expected, "{}", line);
        }
        prop_assert_eq!(run.stdout.lines().count(), case.questions.len());
        Ok(())
    });
}
