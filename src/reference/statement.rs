//! Whether a statement applies to a request (section 0.2).

use super::condition::condition_holds;
use super::question::Question;
use super::{action, principal, resource};
use crate::iam::PolicyKind;
use crate::syntax::ast::Statement;

/// Whether every element of the statement holds: `Action`, `Resource`, `Principal` and the whole `Condition` block (CO-1).
///
/// What a policy of this kind does not have counts as satisfied (M-6).
#[must_use]
pub fn statement_applies(kind: PolicyKind, statement: &Statement, question: &Question<'_>) -> bool {
    let action_ok = action::element_matches(&statement.action, question.request.action);
    let resource_ok = match &statement.resource {
        Some(element) => resource::element_matches(element, kind, question.request.resource, &question.context),
        None => true, // the resource that the policy is attached to
    };
    let principal_ok = match &statement.principal {
        Some(element) => principal::element_matches(element, statement.effect.value, &question.caller),
        None => !kind.has_principal(), // the identity that the policy is attached to; nobody if one had to be named (M-7)
    };
    action_ok
        && resource_ok
        && principal_ok
        && statement.conditions.iter().all(|condition| condition_holds(condition, &question.context))
}

#[cfg(test)]
mod tests {
    use super::super::testing::statement;
    use super::*;
    use crate::iam::Principal;
    use crate::reference::Layers;
    use crate::request::Request;

    #[track_caller]
    fn check(kind: PolicyKind, elements: &str, action: &str, expected: bool) {
        let caller = Principal::parse("arn:aws:iam::1111:user/ann").unwrap();
        let question = Question::new(&Layers::default(), &Request::new(caller, action, "arn:aws:s3:::b/x"));
        assert_eq!(statement_applies(kind, &statement(kind, elements), &question), expected, "{elements}");
    }

    #[test]
    fn every_element_must_hold() {
        let check = |elements, action, expected| check(PolicyKind::Identity, elements, action, expected);
        check(r#""Effect": "Deny", "Action": "s3:*", "Resource": "*""#, "s3:GetObject", true);
        check(r#""Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::c/*""#, "s3:GetObject", false);
        check(r#""Effect": "Deny", "Action": "ec2:*", "Resource": "*""#, "s3:GetObject", false);
        let condition = r#""Condition": {"StringEquals": {"aws:username": "bob"}}"#;
        check(&format!(r#""Effect": "Deny", "Action": "*", "Resource": "*", {condition}"#), "s3:GetObject", false);
    }

    #[test]
    fn not_elements_cover_what_their_lists_do_not() {
        let check = |elements, action, expected| check(PolicyKind::Identity, elements, action, expected);
        check(r#""Effect": "Allow", "NotAction": "iam:*", "Resource": "*""#, "IAM:CreateUser", false);
        check(r#""Effect": "Allow", "NotAction": "iam:*", "Resource": "*""#, "s3:GetObject", true);
        let both = r#""Effect": "Allow", "NotAction": "iam:*", "NotResource": ["arn:aws:s3:::b/*", "arn:aws:s3:::c"]"#;
        check(both, "s3:GetObject", false);
        let unresolved = r#""Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/${absent}""#;
        check(unresolved, "s3:GetObject", true); // D-05
    }

    #[test]
    fn a_missing_principal_names_nobody() {
        let elements = r#""Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*""#;
        let mut statement = statement(PolicyKind::Resource, elements);
        let caller = Principal::parse("arn:aws:iam::1111:user/ann").unwrap();
        let question = Question::new(&Layers::default(), &Request::new(caller, "s3:GetObject", "arn:aws:s3:::b/x"));
        assert!(statement_applies(PolicyKind::Resource, &statement, &question));
        statement.principal = None;
        assert!(!statement_applies(PolicyKind::Resource, &statement, &question)); // M-7
    }
}
