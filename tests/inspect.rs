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
        "format version 14",
        "source map",
        "11 statements, 3 deny",
        "\n6 units: statements that are attached together, and that a decision searches together\n  6 searched by action: ",
        "\n  of all, 3 attached to one principal, account level or resource, or to everyone; 3 attached to several: they share its statements\n",
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
        ("/format_version", serde_json::json!(14)),
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
fn a_principal_that_is_asked_about_is_named_as_who_has_the_statement() {
    inspect(&["--principal", RED])
        .ends_with(0)
        .prints("identity-based policy: arn:aws:iam::111122223333:role/red-builder, and 1 more\n");
}

#[test]
fn statements_that_were_left_out_are_counted() {
    let all = r#"{"Version":"2012-10-17","Statement":{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let some = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Null":{"k":"true"}}}}"#;
    let place = Workplace::new(&[("p/all.json", all), ("p/some.json", some)]);
    place
        .ibc(&["build", "p", "-o", "x.ibc"])
        .ends_with(0)
        .prints("left out 1 statement that a broader one includes\n  1 by p/all.json:1 `All`\n");
    let left_out = "1 statement of the policies is not in the artifact: ";
    place.ibc(&["inspect", "x.ibc"]).ends_with(0).prints("\n1 statement, 0 deny\n").prints(left_out).prints("1 action element, ");
    place.ibc(&["inspect", "x.ibc", "--key", "k"]).ends_with(0).prints("0 statements\n").prints(left_out);
    let json = place.ibc(&["inspect", "x.ibc", "--format", "json"]).ends_with(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["leftOut"], &json["keys"]), (&serde_json::json!(1), &serde_json::json!([])));
}

#[test]
fn listed_statements_say_where_they_stand_and_what_has_them() {
    inspect(&["--action", "imagebuilder:GetImage"])
        .ends_with(0)
        .prints("team-builder.json:4 `ReadEverything`")
        .prints("identity-based policy: arn:aws:iam::111122223333:role/blue-builder, and 1 more\n")
        .prints("SCP: 111122223333, and 1 more level of it or others\n")
        .prints("4 statements");
}

#[test]
fn what_is_no_action_and_no_principal_is_refused() {
    inspect(&["--action", "imagebuilder:Get*"]).ends_with(2).says("without wildcards");
    inspect(&["--principal", "red builder"]).ends_with(2).says("write the ARN of a principal");
    inspect(&["--plan", "x.json", "--key", "team"]).ends_with(2).says("cannot be used with");
}

/// A policy of a thousand statements: most have a value of a tag of their own, some share one, a few can be filed under nothing.
fn filed_policy() -> String {
    let statement = |effect: &str, condition: String| {
        format!(r#"{{"Effect":"{effect}","Action":"imagebuilder:Get*","Resource":"*","Condition":{{{condition}}}}}"#)
    };
    let by_team = (0..985).map(|n| {
        let team = n.max(2);
        statement("Allow", format!(r#""StringEquals":{{"imagebuilder:ResourceTag/team":"t{team}"}},"Bool":{{"k:b{n}":"true"}}"#))
    });
    let by_nothing = (0..15).map(|n| statement("Deny", format!(r#""StringNotEquals":{{"aws:RequestTag/stage":"s{n}"}}"#)));
    let statements: Vec<String> = by_team.chain(by_nothing).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, other parts tell statements apart")]
fn what_statements_of_an_index_are_filed_under_is_shown_without_a_request() {
    let policy = filed_policy();
    let place = Workplace::new(&[("p.json", policy.as_str())]);
    place
        .ibc(&["inspect", "p.json"])
        .ends_with(0)
        .prints("  1 searched by access keys: ")
        .prints("\n1 unit with access keys: what a decision looks up\n  unit 0: 1,000 statements, 15 deny\n")
        .prints("    identity-based policy: everyone\n")
        .prints("    985 filed under value of imagebuilder:ResourceTag/team: 983 values, at most 3 statements each\n")
        .prints("    15 filed under nothing, which every request looks at whose answer is not clear before\n      15 deny, narrowed by ")
        .prints("    983 of 2,048 slots taken\n");
    let json: serde_json::Value =
        serde_json::from_str(&place.ibc(&["inspect", "p.json", "--format", "json"]).ends_with(0).stdout).unwrap();
    let expected = [
        ("/indexes/0/attachments", serde_json::json!([{"layer": "identity", "first": null, "count": 1}])),
        ("/indexes/0/usedSlots", serde_json::json!(983)),
        ("/indexes/0/rest/statements", serde_json::json!(15)),
        (
            "/indexes/0/accessKeys",
            serde_json::json!([{
                "parts": ["value of imagebuilder:ResourceTag/team"], "hasDeny": false, "statements": 985, "values": 983,
                "longest": {"statements": 3}
            }]),
        ),
    ];
    for (pointer, value) in expected {
        assert_eq!(json.pointer(pointer), Some(&value), "{pointer}");
    }
}

#[test]
fn sections_add_up_to_the_file_and_say_what_they_hold() {
    let run = inspect(&[]).ends_with(0);
    let rows = run.stdout.lines().skip(2).take_while(|line| !line.is_empty());
    let sizes: Vec<(&str, usize)> = rows
        .map(|row| (row[..20].trim_end(), row[20..].split_whitespace().next().unwrap().replace(',', "").parse().unwrap()))
        .collect();
    let (&(last, total), others) = sizes.split_last().unwrap();
    assert_eq!(last, "total");
    assert_eq!(others.iter().map(|(_, size)| size).sum::<usize>(), total, "{sizes:?}");
    assert!(!run.stdout.contains("  -\n"), "every section says what it holds: {}", run.stdout);

    let json: serde_json::Value = serde_json::from_str(&inspect(&["--format", "json"]).ends_with(0).stdout).unwrap();
    let sections = json["sections"].as_array().unwrap();
    let entries = |name: &str| &sections.iter().find(|section| section["name"] == name).unwrap()["entries"];
    assert_eq!((entries("units"), entries("statements")), (&serde_json::json!(6), &serde_json::json!(11)));
    for name in ["strings", "index", "directory"] {
        assert_eq!(entries(name), &serde_json::Value::Null, "{name} is no list");
    }
}

#[test]
fn a_plan_calls_layers_as_explanations_do_and_says_what_is_counted() {
    let requests = std::fs::read_to_string(Path::new(EXAMPLE).join("requests.jsonl")).unwrap();
    let request = requests.lines().next().unwrap();
    inspect(&["--plan", request])
        .ends_with(0)
        .prints("              allowed by identity-based policy `RunOwnPipelines` (")
        .prints("5 of 11 statements verified: looked at, as no index rules them out; of a unit that several levels ask they count each time\n")
        .prints("\n  SCP, level 1 of 2\n    unit 2: 1 statement, 0 deny, searched by action\n")
        .prints("\n  SCP, level 2 of 2\n")
        .prints("\n  identity-based policy\n")
        .prints("\n  permissions boundary\n");
    // A Deny ends the decision at the first level; there are two all the same.
    let denied = request.replace("eu-west-1", "us-east-1");
    let run = inspect(&["--plan", &denied]).ends_with(0).prints("explicitDeny").prints("\n  SCP, level 1 of 2\n");
    assert!(!run.stdout.contains("level 2 of 2") && !run.stdout.contains("count each time"), "{}", run.stdout);
    let json = inspect(&["--plan", request, "--format", "json"]).ends_with(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.pointer("/0/layers/0/layer"), Some(&serde_json::json!("scp")), "codes stay");
}

#[test]
fn policies_of_a_caller_that_are_not_about_the_action_are_passed_over() {
    let policy = |count: usize, service: &str| {
        let statement =
            |n| format!(r#"{{"Effect":"Allow","Action":"{service}:Get*","Resource":"arn:aws:{service}:::thing-{n}/*"}}"#);
        let statements: Vec<String> = (0..count).map(statement).collect();
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
    };
    // Looked through, searched by action, searched by access keys.
    let (s3, sqs, sns) = (policy(2, "s3"), policy(9, "sqs"), policy(40, "sns"));
    let manifest = r#"
        [[principal]]
        arn = "arn:aws:iam::111122223333:role/builder"
        identity = ["s3.json", "sqs.json", "sns.json"]
        [[principal]]
        arn = "arn:aws:iam::111122223333:role/other"
        identity = ["sqs.json"]
        [[principal]]
        arn = "arn:aws:iam::111122223333:role/third"
        identity = ["sns.json"]"#;
    let place = Workplace::new(&[("p/ibc.toml", manifest), ("p/s3.json", &s3), ("p/sqs.json", &sqs), ("p/sns.json", &sns)]);
    // The last name is in no catalogue.
    for (action, own) in [("s3:GetObject", "p/s3.json"), ("sqs:GetQueueUrl", "p/sqs.json"), ("sns:GetNewThing", "p/sns.json")] {
        let (service, _) = action.split_once(':').unwrap();
        let request = format!(
            r#"{{"principal": "arn:aws:sts::111122223333:assumed-role/builder/alice", "action": "{action}",
                "resource": "arn:aws:{service}:::thing-1/x", "resourceAccount": "111122223333"}}"#
        );
        let run = place.ibc(&["inspect", "p", "--plan", &request]).ends_with(0).prints("allowed       ").prints(own);
        let passed_over = format!("the action = `{action}`: not looked up, nothing there is about this action\n");
        assert_eq!(run.stdout.matches(&passed_over).count(), 2, "{action}: {}", run.stdout);
    }
}

#[test]
fn names_that_the_artifact_does_not_know_are_said_to_be_unknown() {
    let nobody = "no policies are attached to `arn:aws:iam::111122223333:role/red-buildr` (did you mean `arn:aws:iam::111122223333:role/red-builder`?)";
    inspect(&["--principal", "arn:aws:iam::111122223333:role/red-buildr"]).ends_with(0).prints("0 statements").says(nobody);
    inspect(&["--key", "teem"]).ends_with(0).says("no statement asks for `teem` (did you mean `team`?)");
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    let place = Workplace::new(&[("a.json", policy)]);
    place
        .ibc(&["inspect", "a.json", "--principal", RED])
        .ends_with(0)
        .prints("1 statement")
        .says("the policies of everyone count for it: 1 statement");
    let known =
        inspect(&["--principal", "arn:aws:sts::111122223333:assumed-role/red-builder/alice", "--key", "team"]).ends_with(0);
    assert_eq!(known.stderr, "", "a session of a known role");
}
