//! `ibc inspect`: what is inside an artifact, and which statements stand behind something.

use std::path::Path;

use crate::cli::{Run, Workplace};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/image-builder");
const RED: &str = "arn:aws:iam::111122223333:role/red-builder";

fn inspect(options: &[&str]) -> Run {
    Workplace::new(&[]).ibc(&[&["inspect", EXAMPLE], options].concat())
}

/// The Sids or files of the statements that are listed, in their order.
fn listed(options: &[&str]) -> Vec<String> {
    let run = inspect(&[options, &["--format", "json"]].concat()).ends_with(0);
    let found: Vec<serde_json::Value> = serde_json::from_str(&run.stdout).unwrap();
    let name = |statement: &serde_json::Value| match statement["sid"].as_str() {
        Some(sid) => sid.to_owned(),
        None => Path::new(statement["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned(),
    };
    found.iter().map(name).collect()
}

#[test]
fn the_text_has_a_block_for_everything() {
    let mut run = inspect(&[]).ends_with(0);
    for expected in [
        "format version 8",
        "source map",
        "11 statements, 3 deny",
        "6 units: 0 list, 0 small, 6 by action, 0 index; 3 of one attachment, 3 shared",
        "2 principals",
        "arn:aws:iam::111122223333:role/red-builder: 5 statements, a boundary, team = red",
        "1 account",
        "111122223333: 2 SCP levels, 0 RCP levels",
        "1 resource with a policy: 0 exact, 1 pattern",
        "component/hardening/*",
        "7 context keys",
        "aws:PrincipalTag/team: 4 statements",
        "2 services",
        "imagebuilder: 10 statements",
    ] {
        run = run.prints(expected);
    }
}

#[test]
fn long_lists_end_early_in_text_and_not_in_json() {
    let principals: String = (10..22)
        .map(|number| format!("[[principal]]\narn = \"arn:aws:iam::1111222233{number}:user/u\"\nidentity = [\"a.json\"]\n"))
        .collect();
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    let place = Workplace::new(&[("ibc.toml", principals.as_str()), ("a.json", policy)]);
    let run = place.ibc(&["inspect", "ibc.toml"]).ends_with(0).prints("12 principals").prints("  and 2 more");
    assert!(!run.stdout.contains("111122223320"), "{}", run.stdout);
    let json = place.ibc(&["inspect", "ibc.toml", "--format", "json"]).ends_with(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["principals"].as_array().map(Vec::len), Some(12));
    assert_eq!(json["units"]["shared"], 1, "one policy of twelve users");
}

#[test]
fn json_has_the_same_members() {
    let run = inspect(&["--format", "json"]).ends_with(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let expected = [
        ("/format_version", serde_json::json!(8)),
        ("/statements", serde_json::json!(11)),
        ("/denies", serde_json::json!(3)),
        ("/units/shared", serde_json::json!(3)),
        ("/everyone", serde_json::Value::Null),
        ("/principals/1/arn", serde_json::json!(RED)),
        ("/principals/1/tags/0", serde_json::json!({"key": "team", "value": "red"})),
        ("/accounts/0", serde_json::json!({"id": "111122223333", "isManagement": false, "scpLevels": 2, "rcpLevels": 0})),
        ("/resources", serde_json::json!([])),
        ("/keys/0", serde_json::json!({"name": "aws:PrincipalTag/team", "statements": 4})),
        ("/services/0", serde_json::json!({"name": "imagebuilder", "statements": 10})),
    ];
    for (pointer, value) in expected {
        assert_eq!(json.pointer(pointer), Some(&value), "{pointer}");
    }
}

#[test]
fn filters_list_the_statements_behind_something() {
    let own = ["RunOwnPipelines", "CreateForOwnTeam", "TagWhatIsBuilt", "ChangeTagsOfOwnPipelines"];
    assert_eq!(listed(&["--key", "aws:principaltag/TEAM"]), own, "keys have no case");
    assert_eq!(listed(&["--key", "team"]), own, "a tag key");
    assert_eq!(listed(&["--key", "aws:SourceIp"]), [""; 0]);
    let get = ["ReadEverything", "ImageBuilderOnly", "full-access.json", "ApprovedRegions"];
    assert_eq!(listed(&["--action", "ImageBuilder:getimage"]), get, "patterns match it, and actions have no case");
    let red = [&["ReadEverything"][..], &own, &["ImageBuilderOnly", "TeamTagStays"]].concat();
    assert_eq!(listed(&["--principal", RED]), red);
    assert_eq!(listed(&["--principal", "arn:aws:sts::111122223333:assumed-role/red-builder/alice"]), red, "a session");
    assert_eq!(listed(&["--principal", "arn:aws:iam::111122223333:role/nobody"]), [""; 0]);
    assert_eq!(listed(&["--principal", RED, "--action", "imagebuilder:GetImage"]), get[..2]);
    assert_eq!(listed(&["--principal", RED, "--action", "imagebuilder:GetImage", "--key", "team"]), [""; 0]);
}

#[test]
fn listed_statements_say_where_they_stand_and_what_has_them() {
    inspect(&["--action", "imagebuilder:GetImage"])
        .ends_with(0)
        .prints("team-builder.json:4 `ReadEverything`")
        .prints("identity: arn:aws:iam::111122223333:role/blue-builder, and 1 more\n")
        .prints("scp: 111122223333, and 1 more level\n")
        .prints("4 statements");
}

#[test]
fn what_is_no_action_and_no_principal_is_refused() {
    inspect(&["--action", "imagebuilder:Get*"]).ends_with(2).says("without wildcards");
    inspect(&["--principal", "red builder"]).ends_with(1).says("`red builder` is not a principal");
    inspect(&["--plan", "x.json", "--key", "team"]).ends_with(2).says("cannot be used with");
}
