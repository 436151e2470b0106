//! Texts with wildcards and policy variables: `home/${aws:username, 'guest'}/*`.
//!
//! A `$` that no `{` follows is an ordinary character (policies of AWS itself end ARNs in `$LATEST` and `$DEFAULT`); a `${` that
//! begins no variable is a mistake (PV-17).

use lalrpop_util::lalrpop_mod;
use logos::{Lexer, Logos};

use super::{Mistake, Stop};
use crate::diagnostic::Code;
use crate::iam::{ConditionKey, Template, TemplatePart, Variable};

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
    grammar,
    "/template.rs"
);

/// A token outside or inside of `${...}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Text(TextToken),
    Variable(VariableToken),
}

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextToken {
    #[regex(r"[^*?$]+")]
    #[token("$")]
    Run,
    #[token("*")]
    AnyRun,
    #[token("?")]
    AnyChar,
    #[token("${*}")]
    #[token("${?}")]
    #[token("${$}")]
    Escape,
    #[token("${")]
    Open,
}

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariableToken {
    #[regex(r"[^\s,'{}$*?]+")]
    Key,
    #[token(", ")]
    Separator,
    #[regex(r"'[^']*'")]
    Quoted,
    #[token("}")]
    Close,
    #[regex(r"\s+")]
    Space,
    #[token(",")]
    Comma,
    #[token("'")]
    Quote,
    #[regex(r"[{$*?]")]
    Other,
}

/// Whether `${` begins a policy variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax) enum Variables {
    /// It does.
    On,
    /// It is ordinary text: in version 2008 (PV-2), and under operators that do not take variables (PV-6).
    Off,
}

/// Reads a resource or a condition value.
pub(in crate::syntax) fn parse(text: &str, variables: Variables) -> Result<Template, Mistake> {
    // PERF: most texts are one literal run; they need no parser.
    if memchr::memchr3(b'*', b'?', b'$', text.as_bytes()).is_none() {
        return Ok(add_literal(Template::default(), text));
    }
    if variables == Variables::Off {
        return Ok(parse_plain(text));
    }
    grammar::TemplateParser::new()
        .parse(text, Tokens::Text(TextToken::lexer(text)))
        .map_err(|error| explain(&Stop::new(error, text), text))
}

/// Reads a text in which only `*` and `?` are special.
fn parse_plain(text: &str) -> Template {
    let mut template = Template::default();
    for piece in text.split_inclusive(['*', '?']) {
        let run = piece.trim_end_matches(['*', '?']);
        template = add_literal(template, run);
        template = match &piece[run.len()..] {
            "*" => any_run(template),
            "?" => any_char(template),
            _ => template,
        };
    }
    template
}

/// Adds characters that stand for themselves, to the literal part at the end if there is one.
pub(crate) fn add_literal(mut template: Template, text: &str) -> Template {
    match template.parts.last_mut() {
        _ if text.is_empty() => {}
        Some(TemplatePart::Literal(last)) => *last = format!("{last}{text}").into(),
        _ => template.parts.push(TemplatePart::Literal(text.into())),
    }
    template
}

pub(crate) fn any_run(mut template: Template) -> Template {
    template.parts.push(TemplatePart::AnyRun);
    template
}

pub(crate) fn any_char(mut template: Template) -> Template {
    template.parts.push(TemplatePart::AnyChar);
    template
}

pub(crate) fn add_variable(mut template: Template, key: &str, default: Option<&str>) -> Template {
    let variable = Variable { key: ConditionKey::new(key), default: default.map(Into::into) };
    template.parts.push(TemplatePart::Variable(Box::new(variable)));
    template
}

/// The tokens of a text: `${` and `}` switch between the two kinds.
enum Tokens<'t> {
    Text(Lexer<'t, TextToken>),
    Variable(Lexer<'t, VariableToken>),
}

impl Iterator for Tokens<'_> {
    type Item = Result<(usize, Token, usize), ()>;

    fn next(&mut self) -> Option<Self::Item> {
        let (token, range) = match self {
            Tokens::Text(lexer) => {
                let (token, range) = (lexer.next()?, lexer.span());
                if token == Ok(TextToken::Open) {
                    *self = Tokens::Variable(lexer.clone().morph());
                }
                (token.map(Token::Text), range)
            }
            Tokens::Variable(lexer) => {
                let (token, range) = (lexer.next()?, lexer.span());
                if token == Ok(VariableToken::Close) {
                    *self = Tokens::Text(lexer.clone().morph());
                }
                (token.map(Token::Variable), range)
            }
        };
        Some(token.map(|token| (range.start, token, range.end)))
    }
}

/// The mistake is inside of the last `${` before the place where the grammar stopped.
#[cold]
fn explain(stop: &Stop<Token>, text: &str) -> Mistake {
    let open = text[..stop.range.start].rfind("${").unwrap_or(0);
    let inside = &text[open + 2..stop.range.start];
    let after_separator = inside.ends_with(", ");
    let rest_of_variable = open..text[open..].find('}').map_or(text.len(), |at| open + at + 1);
    let Some(Token::Variable(token)) = stop.token else {
        return Mistake {
            code: Code::MissingBraceInVariable,
            range: open..text.len(),
            message: "the policy variable is not closed".to_owned(),
            help: "Write `}` after it; for the characters `${` write `${$}{`.",
        };
    };
    let (code, range, message, help) = match token {
        VariableToken::Close if inside.is_empty() => (
            Code::EmptyVariable,
            open..stop.range.end,
            "the policy variable names no key",
            "Write a condition key: `${aws:username}`.",
        ),
        VariableToken::Quote => (
            Code::MissingQuoteInVariable,
            stop.range.start..rest_of_variable.end.max(stop.range.end),
            "the default value is not closed",
            "End the default with a single quote: `${aws:username, 'none'}`.",
        ),
        _ if after_separator && token != VariableToken::Space => (
            Code::MissingQuoteInVariable,
            stop.range.start..rest_of_variable.end.saturating_sub(1).max(stop.range.end),
            "the default value is not in quotes",
            "Put the default in single quotes: `${aws:username, 'none'}`.",
        ),
        VariableToken::Space => (
            Code::UnsupportedSpaceInVariable,
            stop.range.clone(),
            "a space stands in the policy variable",
            "Write `${key}` or `${key, 'default'}`: one space after the comma, none elsewhere.",
        ),
        _ => (
            Code::MalformedVariable,
            stop.range.clone(),
            "the policy variable is malformed here",
            "Write `${key}` or `${key, 'default'}`: a comma, one space, and the default in single quotes.",
        ),
    };
    Mistake { code, range, message: message.to_owned(), help }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_mistake;
    use super::*;

    /// `parts` is written as Rust would: `L` for a literal, `V` for a variable.
    #[track_caller]
    fn check(text: &str, variables: Variables, expected: &str) {
        let template = parse(text, variables).expect(text);
        let parts = template.parts.iter().map(|part| match part {
            TemplatePart::Literal(text) => format!("L({text})"),
            TemplatePart::AnyRun => "*".to_owned(),
            TemplatePart::AnyChar => "?".to_owned(),
            TemplatePart::Variable(variable) => match &variable.default {
                Some(default) => format!("V({}|{default})", variable.key),
                None => format!("V({})", variable.key),
            },
        });
        assert_eq!(parts.collect::<String>(), expected, "{text}");
    }

    #[test]
    fn parts_of_version_2012() {
        use Variables::On;
        check("", On, "");
        check("plain ${*}", On, "L(plain *)");
        check("a*b?", On, "L(a)*L(b)?");
        check("${*}${?}${$}{", On, "L(*?${)");
        check("${aws:username}", On, "V(aws:username)");
        check("b-${aws:PrincipalTag/team, 'com}pa*ny'}/*", On, "L(b-)V(aws:PrincipalTag/team|com}pa*ny)L(/)*");
        check("${k, ''}", On, "V(k|)");
        check("x:$LATEST", On, "L(x:$LATEST)");
        check("$$${k}$", On, "L($$)V(k)L($)");
        check("{}'},", On, "L({}'},)");
    }

    #[test]
    fn parts_without_variables() {
        use Variables::Off;
        check("${aws:username}/*", Off, "L(${aws:username}/)*");
        check("${*}", Off, "L(${)*L(})");
        check("**?", Off, "**?");
        check("${", Off, "L(${)");
    }

    #[test]
    fn mistakes_inside_a_variable() {
        let check_error = |text, code, marked| check_mistake(parse(text, Variables::On), text, code, marked);
        check_error("a${}b", Code::EmptyVariable, "${}");
        check_error("a${aws:username", Code::MissingBraceInVariable, "${aws:username");
        check_error("a${", Code::MissingBraceInVariable, "${");
        check_error("${k, 'x'", Code::MissingBraceInVariable, "${k, 'x'");
        check_error("${k, x}", Code::MissingQuoteInVariable, "x");
        check_error("${k, }", Code::MissingQuoteInVariable, "}");
        check_error("${k, 'x}", Code::MissingQuoteInVariable, "'x}");
        check_error("${ k}", Code::UnsupportedSpaceInVariable, " ");
        check_error("${k }", Code::UnsupportedSpaceInVariable, " ");
        check_error("${a b}", Code::UnsupportedSpaceInVariable, " ");
        check_error("${k , 'x'}", Code::UnsupportedSpaceInVariable, " ");
        check_error("${k,  'x'}", Code::UnsupportedSpaceInVariable, " ");
        check_error("${k,'x'}", Code::MalformedVariable, ",");
        check_error("${a${b}}", Code::MalformedVariable, "$");
        check_error("${a*}", Code::MalformedVariable, "*");
    }
}
