//! `Resource` and `NotResource` (section 2.1).

use super::context::RequestContext;
use super::glob::{Reach, Token, glob_matches};
use super::variable::resolve;
use crate::iam::{PolicyKind, Template, TemplatePart};
use crate::syntax::ast::Element;

/// What ARNs begin with; other texts, like `*`, are evaluated as written.
const ARN_PREFIX: [char; 4] = ['a', 'r', 'n', ':'];
/// Number of colons in a complete ARN: between its six fields.
const COLON_COUNT: usize = 5;

/// Whether the element covers the resource. `NotResource` covers whatever its list does not (GR-37), an empty `Resource`
/// nothing (GR-13).
///
/// D-05: an entry of `NotResource` with an unresolved variable matches no resource, so it excludes none.
#[must_use]
pub fn element_matches(element: &Element<Template>, kind: PolicyKind, resource: &str, context: &RequestContext<'_>) -> bool {
    element.patterns.iter().any(|pattern| resource_matches(&pattern.value, kind, resource, context)) != element.negated
}

/// Whether one pattern covers the resource of a request: an ARN, or `*` for an action without resource-level permission.
#[must_use]
pub fn resource_matches(pattern: &Template, kind: PolicyKind, resource: &str, context: &RequestContext<'_>) -> bool {
    if has_misplaced_variable(pattern) {
        return false;
    }
    // An entry with an unresolved variable matches nothing (PV-9).
    resolve(pattern, context)
        .is_some_and(|tokens| reads_as(&tokens, kind).iter().any(|reading| glob_matches(&within_fields(reading), resource)))
}

/// D-19: variables work only in the part after the fifth colon. The loader refuses others; such a pattern never matches
/// (PV-7).
fn has_misplaced_variable(pattern: &Template) -> bool {
    let before_variable = pattern.parts.iter().take_while(|part| !matches!(part, TemplatePart::Variable(_)));
    let colon_count: usize = before_variable.map(colons_of_part).sum();
    pattern.variables().next().is_some() && colon_count < COLON_COUNT
}

fn colons_of_part(part: &TemplatePart) -> usize {
    match part {
        TemplatePart::Literal(text) => text.matches(':').count(),
        _ => 0,
    }
}

/// The texts that a pattern stands for: itself, and completed if it is an incomplete ARN (WC-9).
///
/// D-40: either may match. D-10: every ARN has a colon, so only what matches the single character `*` as written covers a
/// request without resource (WC-13).
fn reads_as(tokens: &[Token], kind: PolicyKind) -> Vec<Vec<Token>> {
    let is_arn = tokens.starts_with(&ARN_PREFIX.map(Token::Literal));
    let colon_count = tokens.iter().filter(|&&token| token == Token::Literal(':')).count();
    let missing = COLON_COUNT.saturating_sub(colon_count);
    if !is_arn || missing == 0 {
        return vec![tokens.to_vec()];
    }
    if !may_be_incomplete(tokens, kind) {
        return Vec::new();
    }
    let any_field = [Token::Literal(':'), Token::AnyRun(Reach::Everything)];
    vec![tokens.to_vec(), [tokens, &any_field.repeat(missing)].concat()]
}

/// D-11: whether a policy of this kind may hold an ARN with fewer than six fields; elsewhere it never matches (WC-10).
fn may_be_incomplete(tokens: &[Token], kind: PolicyKind) -> bool {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary => true,
        PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Endpoint => {
            tokens.iter().any(|token| !matches!(token, Token::Literal(_)))
        }
        // The loader refuses all others in SCPs, and every incomplete ARN in session policies and RCPs (WC-9).
        PolicyKind::Scp | PolicyKind::Session | PolicyKind::Rcp => matches!(tokens.last(), Some(Token::AnyRun(_))),
    }
}

/// D-02: how far the wildcards of an ARN reach (WC-8).
///
/// In the sixth field they match everything. Before it `?` does not match a colon, and neither does `*`, unless it is the
/// last character of its field or of the whole pattern: then it may run on over following fields.
fn within_fields(tokens: &[Token]) -> Vec<Token> {
    let mut colon_count = 0;
    let mut reaching = Vec::with_capacity(tokens.len());
    for (index, &token) in tokens.iter().enumerate() {
        let in_sixth_field = colon_count >= COLON_COUNT;
        let ends_field = matches!(tokens.get(index + 1), None | Some(Token::Literal(':')));
        let reach_if = |everything| if everything { Reach::Everything } else { Reach::Field };
        reaching.push(match token {
            Token::AnyChar(_) => Token::AnyChar(reach_if(in_sixth_field)),
            Token::AnyRun(_) => Token::AnyRun(reach_if(in_sixth_field || ends_field)),
            Token::Literal(_) => token,
        });
        colon_count += usize::from(token == Token::Literal(':'));
    }
    reaching
}

#[cfg(test)]
mod tests {
    use super::super::testing::policy;
    use super::*;
    use crate::request::{Context, ContextEntry, ContextValue};

    /// Whether a statement with this `Resource` covers the resource; tag `t` of the caller is `*`, tag `e` is empty.
    #[track_caller]
    fn check(kind: PolicyKind, text: &str, resource: &str, expected: bool) {
        check_version("2012-10-17", kind, text, resource, expected);
    }

    #[track_caller]
    fn check_version(version: &str, kind: PolicyKind, text: &str, resource: &str, expected: bool) {
        let principal = if kind.has_principal() { r#""Principal": "*","# } else { "" };
        let policy = policy(
            kind,
            &format!(
                r#"{{"Version": "{version}",
                    "Statement": {{"Effect": "Deny", {principal} "Action": "s3:*", "Resource": "{text}"}}}}"#
            ),
        );
        let entry = |key, value| ContextEntry { key, value: ContextValue::Single(value) };
        let entries = [entry("aws:PrincipalTag/t", "*"), entry("aws:PrincipalTag/e", "")];
        let context = RequestContext::explicit(Context::new(&entries));
        let element = policy.statements[0].resource.as_ref().unwrap();
        assert_eq!(element_matches(element, kind, resource, &context), expected, "{text} {resource}");
    }

    #[test]
    fn star_spans_slashes() {
        for (resource, expected) in [
            ("b/1/2/test/3/o", true),
            ("b//test/o", true),
            ("b/1/test/", true),
            ("b/test/o", false),
            ("b/1-test/o", false),
            ("b/1/2/test.jpg", false),
        ] {
            check(PolicyKind::Identity, "arn:aws:s3:::b/*/test/*", &format!("arn:aws:s3:::{resource}"), expected);
        }
        check(PolicyKind::Identity, "arn:aws:s3:::b*", "arn:aws:s3:::b", true);
    }

    #[test]
    fn star_and_colons() {
        let check = |text, resource, expected| check(PolicyKind::Identity, text, resource, expected);
        check("arn:aws:dynamodb:*:table/prod-*", "arn:aws:dynamodb:us-east-1:1111:table/prod-x", true);
        check("arn:aws:sqs:us-*-1:1111:q", "arn:aws:sqs:us-x:9999:y-1:1111:q", false);
        check("arn:aws:sqs:us-*-1:1111:q", "arn:aws:sqs:us-east-1:1111:q", true);
        check("arn:aws:sqs:us-?:1111:q", "arn:aws:sqs:us-::1111:q", false);
        check("arn:aws:*:1111:q", "arn:aws:sqs:eu:1111:q", true);
        check("arn:aws:logs:eu:1111:log-group:*:x", "arn:aws:logs:eu:1111:log-group:a:b:x", true);
        check("arn:aws:logs:eu:1111:log-group?x", "arn:aws:logs:eu:1111:log-group:x", true);
    }

    #[test]
    fn no_resource_is_covered_by_stars_only() {
        for (text, expected) in [("*", true), ("**", true), ("arn:aws:s3:::*", false), ("arn:*", false)] {
            check(PolicyKind::Identity, text, "*", expected);
        }
    }

    #[test]
    fn incomplete_arns() {
        const QUEUE: &str = "arn:aws:sqs:eu-west-1:1111:q";
        check(PolicyKind::Identity, "arn:aws:sqs", QUEUE, true);
        check(PolicyKind::Boundary, "arn:aws:sqs", QUEUE, true);
        check(PolicyKind::Identity, "arn:aws:sns", QUEUE, false);
        check(PolicyKind::Resource, "arn:aws:sqs", QUEUE, false);
        check(PolicyKind::Resource, "arn:aws:s?s", QUEUE, true);
        check(PolicyKind::Endpoint, "arn:aws:*:eu-west-1", QUEUE, true);
        check(PolicyKind::Scp, "arn:aws:sqs*", QUEUE, true);
        check(PolicyKind::Session, "*", QUEUE, true);
        check(PolicyKind::Rcp, "*", QUEUE, true);
    }

    #[test]
    fn variables() {
        let check = |text, resource, expected| check(PolicyKind::Identity, text, resource, expected);
        check("arn:aws:s3:::b/${aws:PrincipalTag/t}/*", "arn:aws:s3:::b/x/y", false); // D-06
        check("arn:aws:s3:::b/${aws:principaltag/T}/*", "arn:aws:s3:::b/*/y", true);
        check("arn:aws:s3:::b-${aws:PrincipalTag/none, 'all'}", "arn:aws:s3:::b-all", true);
        check("arn:aws:s3:::b-${aws:PrincipalTag/none}", "arn:aws:s3:::b-", false);
        check("arn:aws:s3:::b-${aws:PrincipalTag/e, 'all'}", "arn:aws:s3:::b-all", false); // D-20
        check("arn:aws:s3:::b-${aws:PrincipalTag/e, 'all'}", "arn:aws:s3:::b-", true);
        check("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false);
        check_version("2008-10-17", PolicyKind::Identity, "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/${x}", true); // D-18
        check_version("2008-10-17", PolicyKind::Identity, "arn:aws:s3:::${aws:PrincipalTag/t}", "arn:aws:s3:::*", false);
    }
}
