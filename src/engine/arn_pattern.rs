//! Matching the tokens of an ARN condition's pattern: its wildcards stay in their component (WC-16).
//!
//! Wildcards before the fifth colon mostly stand for whole fields, `arn:aws:iam::*:role/deploy`. Then it is known at once where such a
//! run ends, and no set of positions is needed; whatever else a pattern has is followed with one from there.

use std::iter;

use super::Evaluation;
use super::pattern::Mode;
use crate::artifact::pattern_code::token;
use crate::artifact::{Cursor, Read};
use crate::bytes;
use crate::iam::arn::ArnColons;

impl<'a> Evaluation<'a, '_> {
    /// Whether tokens match an ARN, of which `colons` are the places of its colons.
    #[inline(never)]
    pub(super) fn arn_tokens_match(&mut self, mut tokens: Cursor<'a>, text: &[u8], colons: ArnColons) -> Read<bool> {
        let mut at = 0;
        // Up to here the text is matched in one way only, colon by colon: so the pattern's colons are as many as the text's.
        while at < colons.head_len() && !tokens.is_empty() {
            let rest = tokens;
            match tokens.u8()? {
                token::LITERAL => {
                    let literal = tokens.bytes()?;
                    if !text.get(at..).is_some_and(|text| bytes::starts_with(text, literal)) {
                        return Ok(false);
                    }
                    at += literal.len();
                }
                token::RUN | token::RUN_NO_COLON if is_before_colon(tokens) => match colons.field_end(at) {
                    Some(colon) => at = colon,
                    None => return self.tokens_match(&mut iter::once(at), rest, text, Mode::Arn(colons)),
                },
                _ => return self.tokens_match(&mut iter::once(at), rest, text, Mode::Arn(colons)),
            }
        }
        if at >= colons.head_len()
            && let Some(matches) = tail_matches(tokens, text.get(at..).unwrap_or_default())?
        {
            return Ok(matches);
        }
        self.tokens_match(&mut iter::once(at), tokens, text, Mode::Arn(colons))
    }
}

/// Whether the next token is a literal that begins with a colon.
fn is_before_colon(mut tokens: Cursor<'_>) -> bool {
    tokens.u8() == Ok(token::LITERAL) && tokens.bytes().is_ok_and(|literal| literal.first() == Some(&b':'))
}

/// Whether tokens match a text behind the fifth colon, where a run takes anything; `None` of tokens that are not so simple.
fn tail_matches(mut tokens: Cursor<'_>, text: &[u8]) -> Read<Option<bool>> {
    if tokens.is_empty() {
        return Ok(Some(text.is_empty()));
    }
    if tokens.u8()? != token::RUN {
        return Ok(None);
    }
    if tokens.is_empty() {
        return Ok(Some(true));
    }
    if tokens.u8()? != token::LITERAL {
        return Ok(None);
    }
    let literal = tokens.bytes()?;
    Ok(tokens.is_empty().then(|| bytes::ends_with(text, literal)))
}
