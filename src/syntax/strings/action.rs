//! Action patterns: `*`, `s3:Get*`.

use lalrpop_util::lalrpop_mod;
use logos::Logos;

use super::{Mistake, Stop, Tokens};
use crate::diagnostic::Code;
use crate::iam::ActionPattern;

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
    grammar,
    "/action.rs"
);

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    #[token("*")]
    AnyRun,
    #[token("?")]
    AnyChar,
    #[token(":")]
    Colon,
    /// What a service prefix is made of.
    #[regex("[A-Za-z0-9.-]+")]
    Word,
    #[token("${")]
    Variable,
    #[regex(r"\s+")]
    Space,
    #[regex(r"[^*?:A-Za-z0-9.$\s-]+")]
    #[token("$")]
    Other,
}

/// Reads an entry of `Action` or `NotAction`.
pub(in crate::syntax) fn parse(text: &str) -> Result<ActionPattern, Mistake> {
    grammar::ActionParser::new().parse(text, Tokens::<Token>::new(text)).map_err(|error| explain(Stop::new(error, text), text))
}

#[cold]
fn explain(stop: Stop<Token>, text: &str) -> Mistake {
    let colons_before = text[..stop.range.start].matches(':').count();
    let (code, message) = match (stop.token, colons_before) {
        (Some(Token::Variable), _) => (Code::VariableUnsupportedInElement, "policy variables do not work in actions".to_owned()),
        (None, 0) if text.is_empty() => (Code::MalformedAction, "the action is empty".to_owned()),
        (None, 0) => (Code::MalformedAction, format!("the action `{text}` has no service prefix")),
        (None, _) => (Code::MalformedAction, format!("the action `{text}` has no name")),
        (Some(Token::Colon), 0) => (Code::MalformedAction, format!("the action `{text}` has an empty service prefix")),
        (Some(Token::Colon), _) => (Code::MalformedAction, format!("the action `{text}` has more than one colon")),
        (Some(Token::AnyRun | Token::AnyChar), 0) => {
            (Code::MalformedAction, format!("the service prefix of `{text}` has a wildcard"))
        }
        (Some(_), 0) => (Code::MalformedAction, format!("the service prefix of `{text}` has a character that no service has")),
        (Some(_), _) => (Code::MalformedAction, format!("the action `{text}` has a wildcard for its service prefix")),
    };
    let help = match code {
        Code::VariableUnsupportedInElement => "List the actions, or use `*` and `?` in the name.",
        _ => "Write `*`, or a service prefix, a colon and a name, such as `s3:Get*`.",
    };
    Mistake { code, range: stop.range, message, help }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_mistake;
    use super::*;

    #[track_caller]
    fn check(text: &str, prefix: &str, name: &str) {
        assert_eq!(parse(text), Ok(ActionPattern::Service { prefix: prefix.into(), name: name.into() }));
    }

    #[track_caller]
    fn check_error(text: &str, marked: &str) {
        check_mistake(parse(text), text, Code::MalformedAction, marked);
    }

    #[test]
    fn prefix_and_name() {
        check("s3:GetObject", "s3", "GetObject");
        check("ec2-instance-connect:*", "ec2-instance-connect", "*");
        check("S3:g?t*Object*", "S3", "g?t*Object*");
        check("s3:GetObject ", "s3", "GetObject ");
        check(" s3:GetObject", " s3", "GetObject");
        check("s3:été", "s3", "été");
        assert_eq!(parse("*"), Ok(ActionPattern::Any));
        assert_eq!(parse("*:*"), Ok(ActionPattern::Any));
    }

    #[test]
    fn the_first_wrong_character_is_marked() {
        check_error("", "");
        check_error("s3", "");
        check_error("s3:", "");
        check_error(":Get", ":");
        check_error("s3:Get:Object", ":");
        check_error("s*:Get", "*");
        check_error("*:Get", "Get");
        check_error("**", "*");
        check_error("s_3:Get", "_");
        check_error(" ", "");
        check_mistake(parse("s3:${x}"), "s3:${x}", Code::VariableUnsupportedInElement, "${");
    }
}
