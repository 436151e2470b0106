//! `ibc eval --operation`: whole API calls of EC2 Image Builder.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Builders may create and tag images, and hand roles to Image Builder alone; nobody may pass the role of the administrators.
const POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [
  { "Sid": "Build", "Effect": "Allow", "Action": ["imagebuilder:CreateImage", "imagebuilder:TagResource", "imagebuilder:Get*"], "Resource": "arn:*" },
  { "Sid": "Look", "Effect": "Allow", "Action": ["imagebuilder:List*", "inspector2:ListFindings"], "Resource": "*" },
  { "Sid": "OwnTag", "Effect": "Allow", "Action": "imagebuilder:UntagResource", "Resource": "*",
    "Condition": { "StringEquals": { "aws:ResourceTag/team": "red" }, "Null": { "aws:RequestTag/team": "true" } } },
  { "Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
    "Condition": { "StringEquals": { "iam:PassedToService": "imagebuilder.amazonaws.com" } } },
  { "Sid": "NotTheAdministrators", "Effect": "Deny", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/admin" } ] }"#;

const IMAGE: &str = "arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.0.0/1";

/// Code, standard output, standard error.
fn run(arguments: &[&str], input: &str) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.json"), POLICY).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ibc"))
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends without reading its input is fine.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// The call of ada, with these further members.
fn call(action: &str, resource: &str, members: &Value) -> String {
    let mut request = json!({"principal": "arn:aws:iam::111122223333:user/ada", "action": action, "resource": resource});
    request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    request.to_string()
}

/// What `CreateImage` needs in every call, and the role that it passes.
fn with_role(role: &str) -> Value {
    let of_account = |resource: &str| format!("arn:aws:imagebuilder:eu-west-1:111122223333:{resource}");
    json!({"dependent": {
        "imagebuilder:GetInfrastructureConfiguration": of_account("infrastructure-configuration/small"),
        "imagebuilder:GetImageRecipe": of_account("image-recipe/web/1.0.0"),
        "iam:PassRole": format!("arn:aws:iam::111122223333:role/{role}") }})
}

/// The answer as JSON, and the exit code with `--exit-code`.
#[track_caller]
fn answer(request: &str) -> (i32, Value) {
    let (code, stdout, stderr) = run(&["eval", "p.json", request, "--format", "jsonl", "--exit-code", "--operation"], "");
    assert_eq!(stderr, "", "{stdout}");
    (code, serde_json::from_str(&stdout).unwrap())
}

/// `action: decision` of all parts that count.
fn decisions(answer: &Value) -> Vec<String> {
    let parts = answer["parts"].as_array().unwrap().iter().filter(|part| part.get("decision").is_some());
    let short = |text: &Value| text.as_str().unwrap().to_owned();
    parts.map(|part| format!("{}: {}", short(&part["action"]), short(&part["decision"]))).collect()
}

#[test]
fn a_call_is_allowed_if_all_that_it_asks_for_is() {
    let (code, answer) = answer(&call("imagebuilder:CreateImage", IMAGE, &with_role("builder")));
    assert_eq!((code, &answer["decision"], &answer["layer"]), (0, &json!("allowed"), &json!("identity")), "{answer}");
    assert_eq!(
        decisions(&answer),
        [
            "imagebuilder:CreateImage: allowed",
            "imagebuilder:GetInfrastructureConfiguration: allowed",
            "imagebuilder:GetImageRecipe: allowed",
            "iam:PassRole: allowed"
        ]
    );
    assert_eq!(answer["statement"]["sid"], "Build");
    assert_eq!(answer.get("failed"), None);
    assert_eq!(
        answer["parts"].as_array().unwrap().last().unwrap()["notAsked"],
        "only if the call passes `imageScanningConfiguration`"
    );
}

#[test]
fn the_most_restrictive_part_decides() {
    let (code, answer) = answer(&call("imagebuilder:CreateImage", IMAGE, &with_role("admin")));
    assert_eq!((code, &answer["decision"], &answer["failed"]), (6, &json!("explicitDeny"), &json!("iam:PassRole")), "{answer}");
    assert_eq!((&answer["layer"], &answer["statement"]["sid"]), (&json!("identity"), &json!("NotTheAdministrators")));
    assert_eq!(decisions(&answer)[0], "imagebuilder:CreateImage: allowed");
}

#[test]
fn what_is_needed_and_not_given_is_not_allowed() {
    let (code, answer) = answer(&call("imagebuilder:CreateImage", IMAGE, &json!({"requestTags": {"team": "red"}})));
    assert_eq!((code, &answer["decision"], &answer["layer"]), (5, &json!("implicitDeny"), &Value::Null), "{answer}");
    assert_eq!(answer["failed"], "imagebuilder:GetInfrastructureConfiguration");
    let not_given = answer["parts"][1]["notGiven"].as_str().unwrap();
    assert!(not_given.contains("`infrastructureConfiguration`; name it in `dependent`"), "{not_given}");
    assert!(decisions(&answer).contains(&"imagebuilder:TagResource: allowed".to_owned()), "{answer}");
    let tree = run(&["eval", "p.json", &call("imagebuilder:GetImage", "*", &json!({})), "--operation"], "").1;
    assert!(tree.contains("imagebuilder:GetImage is needed and not given\n  not given     imagebuilder:GetImage\n"), "{tree}");
}

/// The policy names ARNs alone for `Get*`; a list action is asked on `*`, whatever resource the request names.
#[test]
fn a_list_is_asked_on_the_star() {
    let request = call("imagebuilder:ListImages", IMAGE, &json!({"resourceTags": {"team": "red"}}));
    let (code, answer) = answer(&request);
    assert_eq!((code, &answer["decision"]), (0, &json!("allowed")));
    let part = &answer["parts"][0];
    assert_eq!((&part["resource"], &part["givenResource"]), (&json!("*"), &json!(IMAGE)));
    let text = run(&["eval", "p.json", &request, "--operation"], "").1;
    let expected = format!(
        "  allowed       imagebuilder:ListImages
                on *
                instead of {IMAGE}: it has no resource-level permission
                without `aws:ResourceTag/team`, `imagebuilder:ResourceTag/team`, which are not supplied for it
                allowed by the identity-based policy: p.json:3 `Look`\n"
    );
    assert!(text.contains(&expected), "{text}");
}

/// `UntagResource` supplies the keys of the tags, not their values: the condition that wants them absent holds.
#[test]
fn a_key_that_is_not_supplied_is_left_out_and_reported() {
    let members = json!({"requestTags": {"team": "red"}, "context": {"imagebuilder:ResourceTag/team": "red"}});
    let request = call("imagebuilder:UntagResource", IMAGE, &members);
    let (code, answer) = answer(&request);
    assert_eq!(
        (code, &answer["decision"], &answer["parts"][0]["leftOut"]),
        (0, &json!("allowed"), &json!(["aws:RequestTag/team"]))
    );
    let believed = run(&["eval", "p.json", &request, "--format", "jsonl"], "").1;
    assert!(believed.starts_with(r#"{"decision":"implicitDeny""#), "{believed}");
}

#[test]
fn session_policies_hold_for_all_parts() {
    let session = json!({"Statement": {"Effect": "Allow", "Action": "imagebuilder:*", "Resource": "*"}});
    let mut members = with_role("builder");
    members["sessionPolicies"] = json!([session]);
    members["principal"] = json!("arn:aws:sts::111122223333:assumed-role/builder/s");
    let (code, answer) = answer(&call("imagebuilder:CreateImage", IMAGE, &members));
    assert_eq!((code, &answer["failed"], &answer["layer"]), (5, &json!("iam:PassRole"), &json!("session")), "{answer}");
}

#[test]
fn the_operation_is_named_by_the_option_or_by_the_request() {
    let list = call("imagebuilder:ListImages", "*", &json!({}));
    let nameless = list.replace(r#""action":"imagebuilder:ListImages","#, "");
    assert_ne!(nameless, list);
    for (arguments, input) in [
        (vec!["--operation", "imagebuilder:ListImages", "p.json", &nameless], ""),
        (vec!["--operation", "IMAGEBUILDER:listimages", "p.json", &list], ""),
        (vec!["--operation=imagebuilder:ListImages", "p.json", "-"], nameless.as_str()),
        (vec!["p.json", &list, "--operation"], ""),
    ] {
        let (code, stdout, stderr) = run(&[vec!["eval"], arguments.clone()].concat(), input);
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(stdout.starts_with("allowed       imagebuilder:ListImages\n"), "{stdout}");
    }
}

#[test]
fn calls_that_cannot_be_decided_are_errors() {
    let list = call("imagebuilder:ListImages", "*", &json!({}));
    let dependent = |value: Value| call("imagebuilder:CreateImage", IMAGE, &json!({ "dependent": value }));
    for (arguments, code, error) in [
        (vec!["--operation", "imagebuilder:ListImage", "p.json", &list], 1, "(did you mean `ListImages`?)"),
        (vec!["--operation", "s3:ListBucket", "p.json", &list], 1, "what else `s3:ListBucket` needs is not known"),
        (vec!["--operation", "p.json", &list], 2, "or write `--operation` last"),
        (vec!["--operation", "--scenarios", "s.json"], 2, "cannot be used with"),
        (
            vec!["--operation", "imagebuilder:GetImage", "p.json", &list],
            1,
            "<request>:1:1: the request is one of `imagebuilder:ListImages`",
        ),
        (
            vec!["p.json", &list.replace(r#""action":"imagebuilder:ListImages","#, ""), "--operation"],
            1,
            "missing member `action`",
        ),
        (
            vec!["p.json", &list.replace("imagebuilder:List", "s3:List"), "--operation"],
            1,
            "<request>:1:1: what else `s3:ListImages` needs",
        ),
        (vec!["p.json", &dependent(json!({"iam:PassRol": "x"})), "--operation"], 1, "(did you mean `iam:PassRole`?)"),
        (
            vec!["p.json", &dependent(json!({"iam:PassRole": "x"})), "--operation"],
            1,
            "`x` is not what `iam:PassRole` is on; write the ARN of `role`",
        ),
        (
            vec!["p.json", &dependent(json!({"iam:PassRole": 3})), "--operation"],
            1,
            "expected the ARN of a resource, an object with `resource`, or a list",
        ),
        (
            vec!["p.json", &dependent(json!({"iam:PassRole": []})), "--operation"],
            1,
            "an empty list; name a resource, or leave the action out",
        ),
        (vec!["p.json", &dependent(json!({"iam:PassRole": [["x"]]})), "--operation"], 1, "a list within a list"),
        (vec!["p.json", &dependent(json!({"iam:PassRole": {"arn": "x"}})), "--operation"], 1, "unknown field `arn`"),
        (
            vec!["p.json", &dependent(json!({"iam:PassRole": "x", "IAM:passrole": "x"})), "--operation"],
            1,
            "duplicate action `IAM:passrole`",
        ),
        (vec!["p.json", &dependent(json!({}))], 1, "unknown member `dependent`"),
    ] {
        let (found, stdout, stderr) = run(&[vec!["eval"], arguments.clone()].concat(), "");
        assert_eq!((found, stdout.as_str()), (code, ""), "{arguments:?}\n{stderr}");
        assert!(stderr.contains(error), "{arguments:?}\n{stderr}");
    }
}

/// What the README shows is what the example gives.
#[test]
fn the_example_fails_on_what_nobody_thinks_of() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let eval = |arguments: &[&str]| {
        let example = ["eval", "examples/image-builder", "examples/image-builder/operation.json"];
        let output = Command::new(env!("CARGO_BIN_EXE_ibc")).args(example).args(arguments).current_dir(root).output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = eval(&["--exit-code", "--operation"]);
    assert_eq!(code, 5, "{text}");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert!(readme.contains(&text), "README.md does not show what the example prints:\n{text}");
}
