//! One statement: which elements it has (semantics 1.2), and `Sid` and `Effect`.

use super::{Converter, StringAt, action, condition, principal, resource};
use crate::diagnostic::{Code, did_you_mean};
use crate::iam::{Effect, PolicyKind};
use crate::source::{Span, Spanned};
use crate::syntax::ast::Statement;
use crate::syntax::json::{Json, Member};

/// The elements of a statement.
pub(super) const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

pub(super) fn convert(converter: &Converter<'_>, json: &Json<'_>) -> Option<Statement> {
    let members = converter.object(json, "a statement")?;
    let elements = Elements::of(converter, members);
    let sid = elements.sid.and_then(|member| sid(converter, member));
    let effect = effect(converter, elements.effect, json.span);
    let principal = principal::convert(converter, elements.principal, effect, json.span);
    let action = action::convert(converter, elements.action, json.span);
    let resource = resource::convert(converter, elements.resource, effect, json.span);
    let conditions = elements.condition.map_or(Some(Vec::new()), |member| condition::convert(converter, &member.value));
    let statement = Statement {
        span: json.span,
        sid,
        effect: effect?,
        principal: principal?,
        action: action?,
        resource: resource?,
        conditions: conditions?,
    };
    if converter.kind == PolicyKind::Rcp {
        check_rcp(converter, &statement);
    }
    Some(statement)
}

/// The members of a statement by name.
#[derive(Default)]
struct Elements<'j, 's> {
    sid: Option<&'j Member<'s>>,
    effect: Option<&'j Member<'s>>,
    principal: Option<&'j Member<'s>>,
    action: Option<&'j Member<'s>>,
    resource: Option<&'j Member<'s>>,
    condition: Option<&'j Member<'s>>,
}

impl<'j, 's> Elements<'j, 's> {
    fn of(converter: &Converter<'_>, members: &'j [Member<'s>]) -> Elements<'j, 's> {
        let mut elements = Elements::default();
        for member in members {
            let name = &*member.key.text;
            let place = match name {
                "Sid" => &mut elements.sid,
                "Effect" => &mut elements.effect,
                "Principal" | "NotPrincipal" => &mut elements.principal,
                "Action" | "NotAction" => &mut elements.action,
                "Resource" | "NotResource" => &mut elements.resource,
                "Condition" => &mut elements.condition,
                _ => {
                    let is_of_document = matches!(name, "Version" | "Id" | "Statement");
                    let other_place = is_of_document.then_some("the policy, beside `Statement`");
                    converter.report_unknown_element(&member.key, "a statement", &ELEMENTS, other_place);
                    continue;
                }
            };
            match place {
                // GR-8. The same name twice has been reported as a duplicate key.
                Some(first) if first.key.text != name => {
                    let message = format!("a statement cannot have both `{}` and `{name}`", first.key.text);
                    let finding = converter.mistakes.finding(Code::UnsupportedElementCombination, member.key.span, message);
                    let finding = finding.with_secondary(converter.mistakes.source(), first.key.span, "the other one");
                    converter.push(finding.with_help("Keep one of the two, or write two statements."));
                }
                Some(_) => {}
                None => *place = Some(member),
            }
        }
        elements
    }
}

fn sid(converter: &Converter<'_>, member: &Member<'_>) -> Option<Spanned<Box<str>>> {
    let string @ StringAt { text, span } = converter.string(member)?;
    if text.is_empty() {
        converter.report(Code::EmptySidValue, span, "the Sid is empty", "Remove it, or say what the statement is for.");
    }
    if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_alphanumeric()) {
        let len = text[at..].chars().next().map_or(1, char::len_utf8);
        let strict = matches!(converter.kind, PolicyKind::Identity | PolicyKind::Boundary);
        let code = if strict { Code::UnsupportedSid } else { Code::UnusualSid };
        let message = format!("the Sid `{text}` has a character other than letters and digits");
        converter.report(code, converter.part(string, at..at + len), message, "Use `A` to `Z`, `a` to `z` and `0` to `9`.");
    }
    Some(Spanned::new(text.into(), span))
}

fn effect(converter: &Converter<'_>, member: Option<&Member<'_>>, statement: Span) -> Option<Spanned<Effect>> {
    const HELP: &str = "Write `\"Allow\"` or `\"Deny\"`.";
    let Some(member) = member else {
        converter.report_missing(Code::MissingEffect, statement, "the statement has no `Effect`", HELP);
        return None;
    };
    let StringAt { text, span } = converter.string(member)?;
    let effect = match text {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        _ => {
            let near = did_you_mean(text, ["Allow", "Deny"]);
            let message = format!("`{text}` is not an effect{near}");
            converter.report(Code::InvalidEffect, span, message, HELP);
            return None;
        }
    };
    Some(Spanned::new(effect, span))
}

/// A customer's resource control policy only denies (GR-19). `RCPFullAWSAccess`, which AWS attaches itself, allows everything.
fn check_rcp(converter: &Converter<'_>, statement: &Statement) {
    if statement.effect.value == Effect::Deny {
        return action::check_rcp(converter, &statement.action);
    }
    let names_any_action = statement.action.patterns.iter().any(|pattern| pattern.value == crate::iam::ActionPattern::Any);
    if statement.action.negated || !names_any_action || !statement.conditions.is_empty() {
        let help = "Write `\"Deny\"`; AWS attaches the policy that allows everything itself.";
        converter.report(Code::RcpSyntaxErrorAllow, statement.effect.span, "a resource control policy can only deny", help);
    }
}
