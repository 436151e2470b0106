//! `Principal` and `NotPrincipal` (semantics 1.5).

use super::document::kind_name;
use super::resource::is_short_account_id;
use super::{Converter, StringAt};
use crate::diagnostic::{Code, did_you_mean};
use crate::iam::{Effect, PolicyKind, PrincipalPattern, arn::Arn};
use crate::source::{Span, Spanned};
use crate::syntax::ast::Element;
use crate::syntax::json::{Json, Value};
use crate::syntax::strings::principal::{self, Member};

/// The outer `None` is a mistake, the inner one a statement without the element where that is right.
pub(super) fn convert(
    converter: &Converter<'_>,
    member: Option<&crate::syntax::json::Member<'_>>,
    effect: Option<Spanned<Effect>>,
    statement: Span,
) -> Option<Option<Element<PrincipalPattern>>> {
    let Some(member) = member else {
        if !converter.kind.has_principal() {
            return Some(None);
        }
        // M-7: without it the statement would apply to nobody.
        let help = "Write `\"Principal\": {\"AWS\": \"account id or ARN\"}`, or `\"Principal\": \"*\"` for everyone.";
        let message = format!("a statement of {} names a principal, this one has none", kind_name(converter.kind));
        converter.report_missing(Code::MissingPrincipal, statement, message, help);
        return None;
    };
    let negated = member.key.text == "NotPrincipal";
    let allows = effect.is_some_and(|effect| effect.value == Effect::Allow);
    if let Some((code, help)) = refusal(converter.kind, negated, allows) {
        let message = match code {
            Code::AllowWithNotPrincipal => "`NotPrincipal` with `Allow` would allow everyone else".to_owned(),
            _ => format!("{} has no `{}`", kind_name(converter.kind), member.key.text),
        };
        converter.report(code, member.key.span, message, help);
        return None;
    }
    let patterns = patterns(converter, &member.value, &member.key.text)?;
    if patterns.is_empty() {
        let is_object = member.value.as_object().is_some_and(<[_]>::is_empty);
        let code = if is_object { Code::EmptyObjectPrincipal } else { Code::EmptyArrayPrincipal };
        converter.report_empty_list(member, negated, code);
    }
    if !negated && allows && converter.kind == PolicyKind::Trust {
        check_trust(converter, &patterns);
    }
    if converter.kind == PolicyKind::Rcp {
        check_rcp(converter, &patterns);
    }
    Some(Some(Element { negated, span: member.value.span, patterns }))
}

/// Why the element cannot stand in a policy of this kind (table 1.3, GR-17, EV-10), and what to do.
fn refusal(kind: PolicyKind, negated: bool, allows: bool) -> Option<(Code, &'static str)> {
    let attached = "Remove it; the policy applies to the identity that it is attached to.";
    let test_arn = "Write `\"Principal\": \"*\"` and test `aws:PrincipalArn` in the `Condition`.";
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => Some((Code::UnsupportedPrincipal, attached)),
        PolicyKind::Scp => {
            Some((Code::ScpSyntaxErrorPrincipal, "Remove it, and test `aws:PrincipalArn` in the `Condition` if needed."))
        }
        PolicyKind::Trust if negated => {
            Some((Code::RoleTrustPolicySyntaxErrorNotprincipal, "Name those who may assume the role with `Principal`."))
        }
        PolicyKind::Rcp if negated => Some((Code::RcpSyntaxErrorPrincipal, test_arn)),
        _ if negated && allows => {
            Some((Code::AllowWithNotPrincipal, "Name those who are allowed with `Principal`, or deny with `NotPrincipal`."))
        }
        _ => None,
    }
}

fn patterns(converter: &Converter<'_>, json: &Json<'_>, name: &str) -> Option<Vec<Spanned<PrincipalPattern>>> {
    match &json.value {
        Value::String(text) if text == "*" => return Some(vec![Spanned::new(PrincipalPattern::Everyone, json.span)]),
        Value::Object(_) => {}
        Value::Error => return None,
        _ => {
            let message = match &json.value {
                Value::String(text) => format!("`{name}` is `{text}`, neither `*` nor an object"),
                _ => format!("`{name}` is {}, neither `*` nor an object", json.type_name()),
            };
            let help = "Write `{\"AWS\": \"account id or ARN\"}`, `{\"Service\": \"name.amazonaws.com\"}` or `\"*\"`.";
            converter.report(Code::InvalidPrincipalFormat, json.span, message, help);
            return None;
        }
    }
    let mut patterns = Vec::new();
    let mut readable = true;
    for member in converter.object(json, format_args!("`{name}`"))? {
        let key = &*member.key.text;
        let Some(kind) = Member::from_name(key) else {
            let near = did_you_mean(key, Member::NAMES);
            let message = format!("`{key}` is not a type of principal{near}");
            let help = "Write `AWS`, `Service`, `Federated` or `CanonicalUser`.";
            converter.report(Code::InvalidPrincipalKey, member.key.span, message, help);
            readable = false;
            continue;
        };
        match converter.strings(&member.value, format_args!("`{key}`"), |string| converter.principal(kind, string)) {
            Some(more) if patterns.is_empty() => patterns = more,
            Some(more) => patterns.extend(more),
            None => readable = false,
        }
    }
    readable.then_some(patterns)
}

impl Converter<'_> {
    fn principal(&self, member: Member, string: StringAt<'_>) -> Option<PrincipalPattern> {
        let pattern = match principal::parse(member, string.text) {
            Ok(pattern) => pattern,
            Err(mistake) => {
                self.report_in(string, mistake);
                return None;
            }
        };
        let account = match &pattern {
            PrincipalPattern::Account { account, .. } => Some(&**account),
            PrincipalPattern::Arn(text) => Arn::parse(text).map(|arn| arn.account),
            _ => None,
        };
        if let Some(account) = account.filter(|account| is_short_account_id(account)) {
            let message = format!("`{account}` is not an account id of 12 digits");
            self.report(Code::InvalidArnAccount, string.span, message, "Write all 12 digits, with leading zeros.");
        }
        Some(pattern)
    }
}

/// Everyone may assume the role, unless a condition says otherwise (D-26: evaluated as written).
fn check_trust(converter: &Converter<'_>, patterns: &[Spanned<PrincipalPattern>]) {
    for pattern in
        patterns.iter().filter(|pattern| matches!(pattern.value, PrincipalPattern::Everyone | PrincipalPattern::AwsAnyone))
    {
        let message = "everyone is trusted to assume the role";
        let help = "Name the accounts, users, roles or services that may assume it.";
        converter.report(Code::RoleTrustPolicyUnsupportedWildcardInPrincipal, pattern.span, message, help);
    }
}

/// A resource control policy is about everyone (GR-19).
fn check_rcp(converter: &Converter<'_>, patterns: &[Spanned<PrincipalPattern>]) {
    for pattern in patterns.iter().filter(|pattern| pattern.value != PrincipalPattern::Everyone) {
        let help = "Write `\"Principal\": \"*\"` and test `aws:PrincipalArn` in the `Condition`.";
        converter.report(Code::RcpSpecificPrincipal, pattern.span, "the principal of a resource control policy is `*`", help);
    }
}
