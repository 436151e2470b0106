//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}` (section 3).
//!
//! A text of a policy was cut into parts when it was read ([`Template`]); here its variables become literal characters
//! (PV-16). The escapes `${*}` `${?}` `${$}` are literal already (PV-14).

use super::context::RequestContext;
use super::glob::{Reach, Token};
use crate::iam::{Template, TemplatePart, Variable};
use crate::request::ContextValue;

/// The tokens of a text with all variables replaced; `None` if one has no value: nothing equals or resembles such a text
/// (PV-9).
///
/// D-06: what a value or default brings along is literal, `*` and `${` too (PV-13).
#[must_use]
pub fn resolve(template: &Template, context: &RequestContext<'_>) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    for part in &template.parts {
        match part {
            TemplatePart::Literal(text) => tokens.extend(text.chars().map(Token::Literal)),
            TemplatePart::AnyRun => tokens.push(Token::AnyRun(Reach::Everything)),
            TemplatePart::AnyChar => tokens.push(Token::AnyChar(Reach::Everything)),
            TemplatePart::Variable(variable) => tokens.extend(value_of(variable, context)?.chars().map(Token::Literal)),
        }
    }
    Some(tokens)
}

/// The text with all variables replaced, in which `*` and `?` are ordinary characters (WC-3, PV-15).
#[must_use]
pub fn resolve_text(template: &Template, context: &RequestContext<'_>) -> Option<String> {
    let character = |token| match token {
        Token::Literal(c) => c,
        Token::AnyRun(_) => '*',
        Token::AnyChar(_) => '?',
    };
    Some(resolve(template, context)?.into_iter().map(character).collect())
}

/// The text that stands for a variable.
fn value_of<'a>(variable: &'a Variable, context: &'a RequestContext<'_>) -> Option<&'a str> {
    match context.value(&variable.key) {
        // D-20: an empty value is a value; the default is for absent keys (PV-12).
        Some(ContextValue::Single(value)) => Some(value),
        // A multi-valued key cannot be used, and a default does not help (PV-8).
        Some(ContextValue::Multi(_)) => None,
        None => variable.default.as_deref(), // PV-11
    }
}
