//! Patterns: the cheapest class that matches the same texts.

use super::Sections;
use crate::artifact::pattern_code::{ANY, EXACT, HAS_HEAD, PREFIX, SEGMENTS, SUFFIX, TOKENS, token};
use crate::artifact::wire::Put;
use crate::ir::{Gap, Pattern, PatternToken};

/// Writes a pattern; `with_head` for resource patterns, whose literal ARN head is interned.
pub(super) fn write(sections: &mut Sections, pattern: &Pattern, with_head: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    match with_head.then(|| split_head(pattern)).flatten() {
        Some((head, rest)) => {
            let number = sections.head(head);
            let (class, body) = body(&rest);
            bytes.push(class | HAS_HEAD);
            bytes.put_varint(number);
            bytes.extend(body);
        }
        None => {
            let (class, body) = body(&pattern.tokens);
            bytes.push(class);
            bytes.extend(body);
        }
    }
    bytes
}

/// Cuts the first five fields off, if they are literal. Only of an ARN: the engine knows the fields of nothing else.
pub(super) fn split_head(pattern: &Pattern) -> Option<(&str, Vec<PatternToken>)> {
    let literal = Some(pattern.literal_prefix()).filter(|literal| literal.starts_with("arn:"))?;
    let (fifth_colon, _) = literal.match_indices(':').nth(4)?;
    let (head, tail) = literal.split_at(fifth_colon + 1);
    let tail = (!tail.is_empty()).then(|| PatternToken::Literal(tail.into()));
    Some((head, tail.into_iter().chain(pattern.tokens[1..].iter().cloned()).collect()))
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
