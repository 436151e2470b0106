//! `Resource` and `NotResource`.

use super::document::kind_name;
use super::{Converter, StringAt};
use crate::diagnostic::Code;
use crate::iam::{Effect, PolicyKind, Template, TemplatePart};
use crate::source::{Span, Spanned};
use crate::syntax::ast::Element;
use crate::syntax::json::Member;
use crate::syntax::strings::arn::{self, Fields};
use crate::syntax::strings::template::{self, Variables};

/// The outer `None` is a mistake, the inner one a statement without the element where that is right.
pub(super) fn convert(
    converter: &Converter<'_>,
    member: Option<&Member<'_>>,
    effect: Option<Spanned<Effect>>,
    statement: Span,
) -> Option<Option<Element<Template>>> {
    let Some(member) = member else {
        // Policies of services whose resource is implied (ECR, SES) have no `Resource`.
        if matches!(converter.kind, PolicyKind::Trust | PolicyKind::Resource) {
            return Some(None);
        }
        let help = "Write `\"Resource\": \"arn:...\"`, or `\"Resource\": \"*\"` for every resource.";
        converter.report_missing(
            Code::MissingResource,
            statement,
            "the statement has neither `Resource` nor `NotResource`",
            help,
        );
        return None;
    };
    let negated = member.key.text == "NotResource";
    if converter.kind == PolicyKind::Trust {
        let message = format!("a role trust policy has no `{}`", member.key.text);
        let help = "Remove it; the resource is the role that the policy is attached to.";
        converter.report(Code::RoleTrustPolicySyntaxErrorResource, member.key.span, message, help);
        return None;
    }
    let is_broad_grant = negated && effect.is_some_and(|effect| effect.value == Effect::Allow);
    let name = if negated { "`NotResource`" } else { "`Resource`" };
    let patterns = converter.strings(&member.value, name, |string| {
        let pattern = converter.resource(string)?;
        if is_broad_grant {
            check_exception(converter, string, &pattern);
        }
        Some(pattern)
    })?;
    if patterns.is_empty() {
        converter.report_empty_list(member, negated, Code::EmptyArrayResource);
    }
    Some(Some(Element { negated, span: member.value.span, patterns }))
}

impl Converter<'_> {
    fn resource(&self, string: StringAt<'_>) -> Option<Template> {
        if string.text == "*" {
            return Some(template::any_run(Template::default()));
        }
        let pattern = match template::parse(string.text, self.variables()) {
            Ok(pattern) => pattern,
            Err(mistake) => {
                self.report_in(string, mistake);
                return None;
            }
        };
        let fields = arn::parse(string.text, self.variables());
        if let Some(variable) = fields.early_variable() {
            // PV-7, D-19.
            let message = format!("`{}` stands before the fifth colon of the ARN", &string.text[variable.clone()]);
            let help = "Write the field, or `*`; variables work in the part after the fifth colon.";
            self.report(Code::VariableInArnField, self.part(string, variable), message, help);
            return None;
        }
        self.check_variable_version(string);
        if self.check_prefix(string, &pattern) {
            self.check_fields(string, &pattern, fields);
        }
        Some(pattern)
    }

    /// A resource is an ARN, or a pattern that ARNs can match (WC-11); says so if not.
    fn check_prefix(&self, string: StringAt<'_>, pattern: &Template) -> bool {
        let is_arn = match pattern.parts.as_slice() {
            [TemplatePart::Literal(text)] => text.starts_with("arn:"),
            [TemplatePart::Literal(text), ..] => text.starts_with("arn:") || "arn:".starts_with(&**text),
            [] => false,
            _ => true,
        };
        if !is_arn {
            let stored_elsewhere = matches!(self.kind, PolicyKind::Resource | PolicyKind::Endpoint);
            let code = if stored_elsewhere { Code::ResourceNotArn } else { Code::InvalidArnPrefix };
            let help = "Write an ARN, such as `arn:aws:s3:::bucket/*`, or `*` for every resource.";
            let message = match string.text {
                "" => "the resource is empty".to_owned(),
                text => format!("the resource `{text}` is neither an ARN nor `*`"),
            };
            self.report(code, string.span, message, help);
        }
        is_arn
    }

    fn check_fields(&self, string: StringAt<'_>, pattern: &Template, fields: Fields) {
        let is_any = pattern.parts.iter().all(|part| *part == TemplatePart::AnyRun);
        if !fields.is_complete() && !is_any {
            self.report_incomplete(string, pattern, fields);
        }
        if let Some(account) = fields.account().filter(|range| is_short_account_id(&string.text[range.clone()])) {
            let message = format!("`{}` is not an account id of 12 digits", &string.text[account.clone()]);
            self.report(Code::InvalidArnAccount, self.part(string, account), message, "Write the 12 digits, or `*`.");
        }
    }

    /// An ARN with fewer than six fields: completed with `*` in some kinds of policies, refused in others (WC-9, WC-10).
    #[cold]
    fn report_incomplete(&self, string: StringAt<'_>, pattern: &Template, fields: Fields) {
        let refused = match self.kind {
            PolicyKind::Session | PolicyKind::Rcp => true,
            PolicyKind::Scp => pattern.parts.last() != Some(&TemplatePart::AnyRun),
            _ => false,
        };
        let code = if refused { Code::MissingArnField } else { Code::IncompleteArn };
        let message = format!("the ARN `{}` has {} of six fields", string.text, fields.count());
        let help = match (refused, self.kind) {
            (true, PolicyKind::Scp) => {
                "Write all of `arn:partition:service:region:account:resource`, or end it in `*`.".to_owned()
            }
            (true, kind) => {
                format!("Write all of `arn:partition:service:region:account:resource`; {} needs them.", kind_name(kind))
            }
            _ => "Write all of `arn:partition:service:region:account:resource`, with `*` for what may vary.".to_owned(),
        };
        self.report(code, string.span, message, help);
    }

    /// In version 2008 a variable is ordinary text (PV-2), which is hardly ever meant.
    pub(super) fn check_variable_version(&self, string: StringAt<'_>) {
        if self.variables() == Variables::Off
            && let Some(at) = string.text.find("${")
        {
            let end = string.text[at..].find('}').map_or(string.text.len(), |len| at + len + 1);
            let message = format!("`{}` is ordinary text in version 2008-10-17", &string.text[at..end]);
            let help = "Write `\"Version\": \"2012-10-17\"` at the top of the policy.";
            self.report(Code::VariableUnsupportedInVersion, self.part(string, at..end), message, help);
        }
    }
}

/// Whether a text can only be meant as an account id and has not 12 digits.
pub(super) fn is_short_account_id(text: &str) -> bool {
    crate::iam::arn::is_account_id(text) && text.len() != 12
}

/// An exception of a broad grant that disappears when its variable has no value (D-05).
fn check_exception(converter: &Converter<'_>, string: StringAt<'_>, pattern: &Template) {
    if let Some(variable) = pattern.variables().find(|variable| variable.default.is_none()) {
        let message = format!("without `{}` in the request this exception excepts nothing", variable.key);
        let help = "Allow the wanted resources with `Resource`, or give the variable a default: `${key, 'none'}`.";
        converter.report(Code::NotResourceWithVariable, string.span, message, help);
    }
}
