use super::*;
use crate::request::ContextValue;

const HEAD: &str = r#""principal": "arn:aws:iam::1111:user/ada", "action": "imagebuilder:GetImage", "resource": "*""#;

/// The context of a request with these members, one `key=value` or `key=[a,b]` per entry.
#[track_caller]
fn context_of(members: &str) -> Vec<String> {
    let json = format!("{{{HEAD}, {members}}}");
    let document: RequestDocument<'_> = serde_json::from_str(&json).unwrap();
    document.with_request(|request| {
        let show = |entry: &ContextEntry<'_>| match entry.value {
            ContextValue::Single(value) => format!("{}={value}", entry.key),
            ContextValue::Multi(values) => format!("{}=[{}]", entry.key, values.join(",")),
        };
        request.unwrap().context.entries().iter().map(show).collect()
    })
}

/// The message for a request with these members.
#[track_caller]
fn error_of(members: &str) -> String {
    serde_json::from_str::<RequestDocument<'_>>(&format!("{{{members}}}")).unwrap_err().to_string()
}

#[test]
fn scalars_become_text_and_lists_stay_lists() {
    assert_eq!(
        context_of(r#""context": {"s": "x", "n": 1.10, "b": true, "l": ["x"], "e": [], "m": [1, false, "y"]}"#),
        ["s=x", "n=1.10", "b=true", "l=[x]", "e=[]", "m=[1,false,y]"]
    );
}

#[test]
fn tag_maps_are_context_keys() {
    assert_eq!(context_of(r#""principalTags": {"team": "red"}"#), ["aws:PrincipalTag/team=red"]);
    assert_eq!(
        context_of(r#""resourceTags": {"team/sub": ""}"#),
        ["aws:ResourceTag/team/sub=", "imagebuilder:ResourceTag/team/sub="]
    );
    assert_eq!(
        context_of(r#""requestTags": {"a": "1", "b": "2"}"#),
        ["aws:RequestTag/a=1", "aws:RequestTag/b=2", "aws:TagKeys=[a,b]"]
    );
    assert_eq!(context_of(r#""requestTags": {}"#), ["aws:TagKeys=[]"]);
}

#[test]
fn explicit_context_wins_over_tag_maps() {
    assert_eq!(
        context_of(r#""requestTags": {"a": "1"}, "context": {"AWS:requesttag/A": "2", "aws:tagkeys": ["x"]}"#),
        ["AWS:requesttag/A=2", "aws:tagkeys=[x]"]
    );
}

#[test]
fn ambiguous_and_malformed_members_are_refused() {
    for (members, part) in [
        (format!(r#"{HEAD}, "context": {{"aws:x": "1", "AWS:X": "2"}}"#), "AmbiguousContextKey: `aws:x` and `AWS:X`"),
        (format!(r#"{HEAD}, "resourceTags": {{"ec2": "1", "EC2": "2"}}"#), "AmbiguousContextKey: `ec2` and `EC2`"),
        (format!(r#"{HEAD}, "context": {{"k": "1", "k": "1"}}"#), "duplicate key `k`"),
        (format!(r#"{HEAD}, "context": {{"k": null}}"#), "`k` is null; write a string"),
        (format!(r#"{HEAD}, "context": {{"k": [["x"]]}}"#), "`k` is a list within a list"),
        (format!(r#"{HEAD}, "principalTags": {{"k": ["x"]}}"#), "tag `k` is a list"),
        (format!(r#"{HEAD}, "Context": {{}}"#), "unknown field `Context`"),
        (format!(r#"{HEAD}, "action": "s3:GetObject""#), "duplicate field `action`"),
        (r#""action": "s3:GetObject", "resource": "*""#.to_owned(), "missing field `principal`"),
        (r#""principal": "arn:aws:iam::1:group/g""#.to_owned(), "`arn:aws:iam::1:group/g` is not a principal"),
        (r#""principal": {}"#.to_owned(), "the principal has no `arn`"),
        (r#""principal": null"#.to_owned(), "expected a principal"),
        (r#""principal": {"arn": "*", "roleArn": "x"}"#.to_owned(), "`x` is not the ARN of a role"),
        (r#""principal": "*", "action": "GetObject""#.to_owned(), "the action is not of the form `service:Name`"),
        (format!(r#"{HEAD}, "sessionPolicies": [3]"#), "a policy is an object, its JSON text in a string, or a file path"),
    ] {
        let message = error_of(&members);
        assert!(message.contains(part), "{members}\n  {message}");
        assert!(message.contains(" at line 1 column "), "{message}");
    }
}

#[test]
fn providers_are_unsigned_federated_callers() {
    for (principal, action, kind) in [
        ("ec2.amazonaws.com", "sts:AssumeRole", PrincipalKind::Service),
        ("token.example.com", "sts:AssumeRoleWithWebIdentity", PrincipalKind::WebIdentity),
        ("token.example.com", "STS:assumerolewithsaml", PrincipalKind::Saml),
        ("accounts.google.com", "s3:GetObject", PrincipalKind::WebIdentity),
        ("arn:aws:iam::1:saml-provider/p", "sts:AssumeRoleWithSAML", PrincipalKind::Saml),
    ] {
        let document = PrincipalDocument::try_from(principal.to_owned()).unwrap();
        assert_eq!(document.principal_for(action).kind, kind, "{principal} {action}");
    }
    let unsigned: PrincipalDocument = serde_json::from_str(r#"{"federatedProvider": "idp"}"#).unwrap();
    assert_eq!(unsigned.principal_for("s3:GetObject").kind, PrincipalKind::WebIdentity);
    assert_eq!(unsigned.principal_for("sts:AssumeRoleWithSAML").kind, PrincipalKind::Saml);
}

#[test]
fn endpoint_is_an_id_or_policies() {
    let endpoint = |json: &'static str| serde_json::from_str::<EndpointDocument<'static>>(json).unwrap();
    assert!(matches!(endpoint(r#""vpce-1""#), EndpointDocument::Id(id) if id == "vpce-1"));
    assert!(matches!(endpoint("{}"), EndpointDocument::Policies(list) if list.as_slice() == [PolicyText::Inline("{}")]));
    assert!(matches!(endpoint("[]"), EndpointDocument::Policies(list) if list.is_empty()));
    assert!(matches!(endpoint(r#"["a.json"]"#), EndpointDocument::Policies(_)));
}
