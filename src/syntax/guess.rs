use super::json::{Json, Value};
use crate::iam::PolicyKind;

/// The kind of policy that a document most likely is, when nobody says.
///
/// One that names principals belongs to a resource; if it names no resource and is only about assuming, to a role. Any other
/// belongs to an identity. The other kinds cannot be told from these by their text.
#[must_use]
pub fn guess_kind(document: &Json<'_>) -> PolicyKind {
    let statements = match document.member("Statement") {
        Some(Json { value: Value::Array(statements), .. }) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => &[],
    };
    let has = |names: [&str; 2]| statements.iter().any(|statement| names.iter().any(|name| statement.member(name).is_some()));
    if !has(["Principal", "NotPrincipal"]) {
        PolicyKind::Identity
    } else if !has(["Resource", "NotResource"]) && statements.iter().all(is_about_assuming) {
        PolicyKind::Trust
    } else {
        PolicyKind::Resource
    }
}

/// Whether all actions of a statement are those that a role trust policy can have (table 1.3).
fn is_about_assuming(statement: &Json<'_>) -> bool {
    let is_assume_action = |action: &Json<'_>| {
        action.as_str().map(str::to_ascii_lowercase).is_some_and(|action| {
            let name = action.strip_prefix("sts:").unwrap_or_default();
            name == "*" || ["assume", "tagsession", "setsourceidentity"].iter().any(|start| name.starts_with(start))
        })
    };
    match statement.member("Action") {
        Some(Json { value: Value::Array(actions), .. }) => !actions.is_empty() && actions.iter().all(is_assume_action),
        Some(action) => is_assume_action(action),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::syntax::json::parse_json;

    #[track_caller]
    fn check(text: &str, expected: PolicyKind) {
        let mut sources = SourceMap::new();
        let source = sources.add("policy.json", text);
        assert_eq!(guess_kind(&parse_json(&sources, source, None).value), expected, "{text}");
    }

    #[test]
    fn principals_and_actions_tell() {
        check(r#"{"Statement": {"Action": "s3:*", "Resource": "*"}}"#, PolicyKind::Identity);
        check(r#"{"Statement": [{"NotPrincipal": "*", "Action": "s3:*", "Resource": "*"}]}"#, PolicyKind::Resource);
        check(r#"{"Statement": [{"Principal": "*", "Action": "ecr:*"}]}"#, PolicyKind::Resource);
        check(r#"{"Statement": [{"Principal": {}, "Action": ["sts:AssumeRole", "STS:TagSession"]}]}"#, PolicyKind::Trust);
        check(r#"{"Statement": [{"Principal": {}, "Action": "sts:AssumeRole", "Resource": "*"}]}"#, PolicyKind::Resource);
        check("[]", PolicyKind::Identity);
    }
}
