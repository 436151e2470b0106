//! `Action` and `NotAction`.

use super::{Converter, StringAt};
use crate::diagnostic::Code;
use crate::iam::{ActionPattern, PolicyKind};
use crate::source::Span;
use crate::syntax::ast::Element;
use crate::syntax::json::Member;
use crate::syntax::strings::{self, Mistake};

pub(super) fn convert(converter: &Converter<'_>, member: Option<&Member<'_>>, statement: Span) -> Option<Element<ActionPattern>> {
    let Some(member) = member else {
        let help = "Write `\"Action\": \"service:Name\"`, or `\"Action\": \"*\"` for every action.";
        converter.report_missing(Code::MissingAction, statement, "the statement has neither `Action` nor `NotAction`", help);
        return None;
    };
    let negated = member.key.text == "NotAction";
    if negated && converter.kind == PolicyKind::Rcp {
        let message = "a resource control policy has no `NotAction`";
        converter.report(Code::RcpSyntaxErrorNotaction, member.key.span, message, "Write `Action` with the actions to deny.");
    }
    let patterns = converter.strings(&member.value, name(negated), |string| pattern(converter, string))?;
    if patterns.is_empty() {
        converter.report_empty_list(member, negated, Code::EmptyArrayAction);
    }
    Some(Element { negated, span: member.value.span, patterns })
}

fn pattern(converter: &Converter<'_>, string: StringAt<'_>) -> Option<ActionPattern> {
    if let Some(known) = converter.words.actions.borrow().get(string.text) {
        return Some(known.clone());
    }
    let pattern = strings::action::parse(string.text).map_err(|mistake| converter.report_in(string, mistake)).ok()?;
    if !report_white_space(converter, string) {
        converter.words.actions.borrow_mut().insert(string.text.into(), pattern.clone());
    }
    Some(pattern)
}

/// White space is not trimmed: no request has such an action (GR-16). Whether there was any.
fn report_white_space(converter: &Converter<'_>, string: StringAt<'_>) -> bool {
    let Some((start, c)) = string.text.char_indices().find(|(_, c)| c.is_whitespace()) else { return false };
    let message = format!("the action `{}` has white space, so it never matches", string.text);
    let help = "Remove the white space.";
    converter.report_in(string, Mistake { code: Code::InvalidAction, range: start..start + c.len_utf8(), message, help });
    true
}

const fn name(negated: bool) -> &'static str {
    if negated { "`NotAction`" } else { "`Action`" }
}

/// A resource control policy names the services it is about (GR-19).
pub(super) fn check_rcp(converter: &Converter<'_>, action: &Element<ActionPattern>) {
    for pattern in action.patterns.iter().filter(|pattern| pattern.value == ActionPattern::Any) {
        let message = "a resource control policy cannot deny `*`";
        converter.report(Code::RcpActionWildcard, pattern.span, message, "Write the services' actions, such as `s3:*`.");
    }
}

impl Converter<'_> {
    /// An empty list selects nothing (GR-13): IAM refuses to store it, other services keep it, without effect. As a list of
    /// exceptions it would select everything, which nobody means.
    #[cold]
    pub(super) fn report_empty_list(&self, member: &Member<'_>, negated: bool, when_stored_elsewhere: Code) {
        let name = &member.key.text;
        let is_lenient = matches!(self.kind, PolicyKind::Resource | PolicyKind::Endpoint);
        let (code, message, help) = if negated {
            let message = format!("`{name}` excepts nothing, so the statement applies to everything");
            (Code::EmptyNegatedElement, message, format!("List the exceptions, or write `\"{}\": \"*\"`.", &name["Not".len()..]))
        } else {
            let code = if is_lenient { when_stored_elsewhere } else { Code::EmptyElement };
            (
                code,
                format!("`{name}` is empty, so the statement applies to nothing"),
                "List what is meant, or remove the statement.".to_owned(),
            )
        };
        self.report(code, member.value.span, message, help);
    }
}
