//! Patterns: the cheapest class that matches the same texts.

use memchr::memchr_iter;

use super::Sections;
use crate::artifact::pattern_code::{ANY, EXACT, HAS_HEAD, PREFIX, SEGMENTS, SUFFIX, TOKENS, WILD_HEAD, token};
use crate::artifact::wire::Put;
use crate::ir::{Gap, Pattern, PatternToken};

/// Which heads are cut off and interned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heads {
    /// None: the pattern is not of a resource.
    None,
    /// Literal ones.
    Literal,
    /// Also those with wildcards.
    All,
}

/// Writes a pattern.
pub(super) fn write(sections: &mut Sections, pattern: &Pattern, heads: Heads) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Some((flags, head, rest)) = cut(pattern, heads) else { return whole(&pattern.tokens) };
    let number = sections.head(&head);
    let (class, body) = body(&rest);
    bytes.push(class | flags);
    bytes.put_varint(number);
    bytes.extend(body);
    bytes
}

/// Flags and bytes of the head, and the tokens after it.
fn cut(pattern: &Pattern, heads: Heads) -> Option<(u8, Vec<u8>, Vec<PatternToken>)> {
    if heads == Heads::None {
        return None;
    }
    if let Some((head, rest)) = split_head(pattern) {
        return Some((HAS_HEAD, head.as_bytes().to_vec(), rest));
    }
    let (head, rest) = (heads == Heads::All).then(|| split_wild_head(pattern)).flatten()?;
    Some((HAS_HEAD | WILD_HEAD, whole(&head), rest))
}

/// Cuts the first five fields off, if they are literal. Only of an ARN: the engine knows the fields of nothing else.
pub(super) fn split_head(pattern: &Pattern) -> Option<(&str, Vec<PatternToken>)> {
    let (_, head, tail) = fifth_colon(pattern).filter(|&(index, _, _)| index == 0)?;
    let tail = (!tail.is_empty()).then(|| PatternToken::Literal(tail.into()));
    Some((head, tail.into_iter().chain(pattern.tokens[1..].iter().cloned()).collect()))
}

/// As [`split_head`], if there are wildcards in the first five fields. They may all run on past colons, or none may (WC-8): the
/// engine has one way for each.
fn split_wild_head(pattern: &Pattern) -> Option<(Vec<PatternToken>, Vec<PatternToken>)> {
    let (index, end, tail) = fifth_colon(pattern)?;
    let (before, after) = (&pattern.tokens[..index], &pattern.tokens[index + 1..]);
    let literal = |text: &str| (!text.is_empty()).then(|| PatternToken::Literal(text.into()));
    let run_on = |token: &PatternToken| matches!(token, PatternToken::Literal(_) | PatternToken::Run(Gap::Any));
    let stay = |token: &PatternToken| {
        matches!(token, PatternToken::Literal(_) | PatternToken::Run(Gap::NoColon) | PatternToken::One(Gap::NoColon))
    };
    let head = before.iter().cloned().chain(literal(end)).collect();
    let rest = literal(tail).into_iter().chain(after.iter().cloned()).collect();
    (before.iter().all(run_on) || before.iter().all(stay)).then_some((head, rest))
}

/// The literal token that has an ARN pattern's fifth colon: which it is, its text up to and with the colon, and what is behind it.
pub(super) fn fifth_colon(pattern: &Pattern) -> Option<(usize, &str, &str)> {
    if !pattern.literal_prefix().starts_with("arn:") {
        return None;
    }
    let mut colons = pattern.tokens.iter().enumerate().flat_map(|(index, token)| {
        let text = if let PatternToken::Literal(text) = token { text } else { "" };
        memchr_iter(b':', text.as_bytes()).map(move |colon| (index, text.split_at(colon + 1)))
    });
    colons.nth(4).map(|(index, (end, tail))| (index, end, tail))
}

/// Class and body.
fn whole(tokens: &[PatternToken]) -> Vec<u8> {
    let (class, body) = body(tokens);
    [&[class], &body[..]].concat()
}

fn body(tokens: &[PatternToken]) -> (u8, Vec<u8>) {
    use PatternToken::{Literal, Run};
    match tokens {
        [] => (EXACT, Vec::new()),
        [Literal(text)] => (EXACT, text.as_bytes().to_vec()),
        [Run(Gap::Any)] => (ANY, Vec::new()),
        [Literal(prefix), Run(Gap::Any)] => (PREFIX, prefix.as_bytes().to_vec()),
        [Run(Gap::Any), Literal(suffix)] => (SUFFIX, suffix.as_bytes().to_vec()),
        _ if tokens.iter().all(|token| matches!(token, Literal(_) | Run(Gap::Any))) => (SEGMENTS, segments(tokens)),
        _ => (TOKENS, general(tokens)),
    }
}

fn segments(tokens: &[PatternToken]) -> Vec<u8> {
    let mut literals: Vec<&str> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            PatternToken::Literal(text) => literals.push(text),
            _ if index == 0 => literals.push(""),
            _ => {}
        }
    }
    if !matches!(tokens.last(), Some(PatternToken::Literal(_))) {
        literals.push("");
    }
    let (prefix, rest) = literals.split_first().expect("a pattern of segments has at least two tokens");
    let (suffix, inner) = rest.split_last().expect("a pattern of segments has at least two tokens");
    let mut bytes = Vec::new();
    for literal in [prefix, suffix].into_iter().chain(inner) {
        bytes.put_bytes(literal.as_bytes());
    }
    bytes
}

fn general(tokens: &[PatternToken]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for pattern_token in tokens {
        match pattern_token {
            PatternToken::Literal(text) => {
                bytes.push(token::LITERAL);
                bytes.put_bytes(text.as_bytes());
            }
            PatternToken::Run(Gap::Any) => bytes.push(token::RUN),
            PatternToken::Run(Gap::NoColon) => bytes.push(token::RUN_NO_COLON),
            PatternToken::One(Gap::Any) => bytes.push(token::ONE),
            PatternToken::One(Gap::NoColon) => bytes.push(token::ONE_NO_COLON),
            PatternToken::Variable(key, default) => {
                bytes.push(token::VARIABLE);
                bytes.put_varint(key.0);
                match default {
                    Some(default) => {
                        bytes.push(1);
                        bytes.put_bytes(default.as_bytes());
                    }
                    None => bytes.push(0),
                }
            }
        }
    }
    bytes
}
