use super::*;

#[track_caller]
fn error_of(text: &str) -> String {
    let file = ScenarioFile::read("s.json", text).unwrap();
    let cases = file.cases();
    cases[0].load(&NoFiles).unwrap_err().to_string()
}

const REQUEST: &str = r#""request": {"principal": "*", "action": "s3:GetObject", "resource": "*"}"#;

#[test]
fn mistakes_are_shown_where_they_stand() {
    for (text, expected) in [
        ("{\n \"nam\": 1}", "s.json:2:9: unknown member `nam`"),
        ("{\n \"request\": {\"action\":\"a:b\"} }", "s.json:1:1: missing member `principal`; add it"),
        ("{\n\"request\": {\"principal\":\n  \"x\"} }", "s.json:3:3: `x` is not a principal"),
        ("{\n\"expect\": \"allow\"}", "s.json:2:11: `allow` is not a decision"),
        ("{\n\"layer\": \"scps\"}", "s.json:2:10: `scps` is not a layer"),
        ("{\n  \"name\": \"n\",\n  \"name\": \"n\" }", "s.json:3:8: duplicate member `name`"),
        ("{\"name\": }", "s.json:1:10: expected value"),
        ("{\n\"name\": \"n\", \"requests\": []}", "s.json:1:1: `requests` is empty"),
        ("{\n\"requests\": [\n{\"expect\": \"deny\"}]}", "s.json:3:12: `deny` is not a decision"),
        (r#"{"policies": {}, "bundle": "b"}"#, "s.json:1:1: a scenario has either `policies` or `bundle`"),
        (&format!(r#"{{{REQUEST}, "policies": {{"boundary": [{{}}, {{}}]}}}}"#), "s.json:1:"),
        (&format!(r#"{{{REQUEST}, "policies": {{"scp": [{{}}]}}}}"#), "a level is a list of policies"),
        (&format!(r#"{{{REQUEST}, "policies": {{"identity": "x.json"}}}}"#), "`x.json` is a file"),
        (&format!(r#"{{{REQUEST}, "policies": {{"idenity": []}}}}"#), "unknown member `idenity`"),
    ] {
        let error = error_of(text);
        assert!(error.contains(expected), "{text}\n  {error}");
    }
}

#[test]
fn the_form_is_recognised_by_content() {
    for (text, names) in [
        (r#"{"name": "a"}"#, vec!["a"]),
        (r#" [{"name": "a"}, {"name": "b"}]"#, vec!["a", "b"]),
        ("{\"name\": \"a\"}\n{oops\n{\"name\": \"c\"}\n", vec!["a", "line 2", "c"]),
        (r#"{"scenario": [{"name": "a", "requests": [{"name": "x"}, {"name": "y"}]}]}"#, vec!["a/x", "a/y"]),
        ("# TOML\n[[scenario]]\nname = \"a\"\n[[scenario]]\n", vec!["a", "line 4"]),
    ] {
        let file = ScenarioFile::read("f", text).unwrap();
        let found: Vec<String> = file.cases().iter().map(|case| case.name.clone()).collect();
        assert_eq!(found, names, "{text}");
    }
}

#[test]
fn members_of_the_request_replace_defaults_as_a_whole() {
    let file = ScenarioFile::read(
        "f",
        r#"
        [defaults.request]
        principal = "*"
        action = "s3:GetObject"
        resource = "arn:aws:s3:::b/k"
        context = { a = "1", b = "2" }

        [[scenario]]
        request.action = "s3:PutObject"
        requests = [{ name = "x" }, { name = "y", context = { c = "3" }, expect = "error" }]
        "#,
    )
    .unwrap();
    let cases = file.cases();
    let requests: Vec<_> = cases.iter().map(|case| case.load(&NoFiles).unwrap().request).collect();
    assert_eq!(requests[0].action, "s3:PutObject");
    assert_eq!(requests[0].context.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(requests[1].context.keys().collect::<Vec<_>>(), ["c"]);
    assert_eq!(cases[1].expect, Some(Expectation::Error));
}
