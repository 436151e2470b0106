//! Matching a compiled pattern against a text.
//!
//! Most patterns are a literal, a prefix, or literals with runs between them, and take one pass over the text. The rest,
//! [`TOKENS`](crate::artifact::pattern_code::TOKENS), are followed token by token with the set of positions that the tokens so
//! far can reach: no backtracking, at most one step for each token and position. Of an ARN condition, the fields that are literal or
//! `*` as a whole need no set: see [`arn_pattern`](super::arn_pattern).
//!
//! A resource pattern can be cut behind its fifth colon: patterns that begin alike share a *head*. One without wildcards is compared
//! here, the others are in [`wild_head`](super::wild_head).

use std::cell::LazyCell;
use std::iter;

use memchr::memmem;

use super::Evaluation;
use super::positions::{Positions, folded_prefix_len};
use crate::artifact::pattern_code::{ANY, EXACT, HAS_HEAD, HEAD_FLAGS, PREFIX, SEGMENTS, SUFFIX, TOKENS, WILD_HEAD, token};
use crate::artifact::{Cursor, Damaged, Read};
use crate::bytes;
use crate::iam::arn::ArnColons;
use crate::request::{ContextValue, MAX_VALUE_SIZE};

/// How the texts of a pattern are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Byte by byte.
    Exact,
    /// Both sides folded; the pattern's own literals already are.
    Folded,
    /// As an ARN: wildcards stay in their component (WC-16), a short pattern that ends in `*` is completed (WC-18).
    Arn(ArnColons),
}

impl<'a> Evaluation<'a, '_> {
    /// Whether a resource pattern matches the request's resource.
    #[inline]
    pub(super) fn resource_matches(&mut self, mut pattern: Cursor<'a>) -> Read<bool> {
        let class = pattern.u8()?;
        if class & HAS_HEAD == 0 {
            return self.class_matches(class, pattern, self.resource.bytes(), Mode::Exact);
        }
        let head = pattern.varint()?;
        self.headed_pattern_matches(class, head, pattern)
    }

    /// Whether a pattern matches the request's resource, of which `head` is the interned head and `body` what follows it.
    #[inline]
    pub(super) fn headed_pattern_matches(&mut self, class: u8, head: u32, body: Cursor<'a>) -> Read<bool> {
        if class & WILD_HEAD != 0 {
            return self.wild_headed_pattern_matches(class & !HEAD_FLAGS, head, body);
        }
        let (own_head, tail) = self.resource.head_and_tail();
        Ok(self.head_matches(head, own_head)? && self.class_matches(class & !HAS_HEAD, body, tail, Mode::Exact)?)
    }

    /// Whether the request's resource has the interned head of this number. Heads are distinct, so at most one is the request's.
    #[inline]
    fn head_matches(&mut self, head: u32, own: &[u8]) -> Read<bool> {
        let (version, artifact) = (self.resource.head_version(), self.view.checksum());
        if let Some(known) = self.memo.resource_head(version, artifact) {
            return Ok(known == head);
        }
        let matches = bytes::equal(self.view.head(head)?, own);
        if matches {
            self.memo.set_resource_head(version, artifact, head);
        }
        Ok(matches)
    }

    /// Whether a condition's pattern matches a context value.
    pub(super) fn pattern_matches(&mut self, mut pattern: Cursor<'a>, text: &[u8], mode: Mode) -> Read<bool> {
        let class = pattern.u8()?;
        self.class_matches(class, pattern, text, mode)
    }

    #[inline]
    pub(super) fn class_matches(&mut self, class: u8, mut body: Cursor<'a>, text: &[u8], mode: Mode) -> Read<bool> {
        match class {
            ANY => Ok(true),
            EXACT if mode != Mode::Folded => Ok(bytes::equal(body.rest(), text)),
            PREFIX => Ok(bytes::starts_with(text, body.rest())),
            SUFFIX => Ok(bytes::ends_with(text, body.rest())),
            SEGMENTS => segments_match(&mut body, text),
            EXACT => {
                let literal = body.rest();
                Ok(folded_prefix_len(text, literal) == Some(text.len()))
            }
            TOKENS => match mode {
                Mode::Arn(colons) => self.arn_tokens_match(body, text, colons),
                Mode::Exact | Mode::Folded => self.tokens_match(&mut iter::once(0), body, text, mode),
            },
            _ => Err(Damaged),
        }
    }

    /// Whether tokens match a text from one of these positions on; of an ARN, from one position.
    #[inline(never)]
    pub(super) fn tokens_match(
        &mut self,
        starts: &mut dyn Iterator<Item = usize>,
        tokens: Cursor<'a>,
        text: &[u8],
        mode: Mode,
    ) -> Read<bool> {
        match text.len() {
            0..=64 => self.follow_tokens(Positions::<2>::at(starts), tokens, text, mode),
            65..=512 => self.follow_tokens(Positions::<9>::at(starts), tokens, text, mode),
            513..=MAX_VALUE_SIZE => self.follow_tokens(Positions::<{ MAX_VALUE_SIZE / 64 + 1 }>::at(starts), tokens, text, mode),
            _ => Err(Damaged),
        }
    }

    /// Follows the tokens with a set of reachable positions of at most `WORDS * 64 - 1` bytes of text.
    #[inline(never)]
    fn follow_tokens<const WORDS: usize>(
        &mut self,
        mut reached: Positions<WORDS>,
        mut tokens: Cursor<'a>,
        text: &[u8],
        mode: Mode,
    ) -> Read<bool> {
        let all = LazyCell::new(|| Positions::before_bytes(text));
        let no_colons = LazyCell::new(|| Positions::before_no_colon(text));
        let is_arn = matches!(mode, Mode::Arn(_));
        // Of an ARN's text all before the only start is matched, and has the colons that the pattern has there.
        let matched = if is_arn { reached.first().and_then(|start| text.get(..start)).unwrap_or_default() } else { &[] };
        let mut colons = colons_in(matched, mode);
        let mut ends_in_run = false;
        while !tokens.is_empty() {
            if reached.is_empty() {
                return Ok(false);
            }
            let tag = tokens.u8()?;
            match tag {
                token::LITERAL => {
                    let literal = tokens.bytes()?;
                    ends_in_run = false;
                    colons += colons_in(literal, mode);
                    reached = reached.after_literal(text, literal, mode);
                }
                token::VARIABLE => {
                    let Some(value) = self.variable(&mut tokens)? else { return Ok(false) };
                    // What is empty leaves nothing behind a run.
                    ends_in_run &= value.is_empty();
                    colons += colons_in(value, mode);
                    reached = reached.after_variable(text, value, mode);
                }
                token::RUN | token::RUN_NO_COLON => {
                    let any = (!is_arn || colons >= 5) && tag == token::RUN;
                    reached = reached.after_run(if any { &all } else { &no_colons });
                    ends_in_run = true;
                }
                token::ONE | token::ONE_NO_COLON => {
                    let any = (!is_arn || colons >= 5) && tag == token::ONE;
                    ends_in_run = false;
                    reached = reached.after_one(text, any);
                }
                _ => return Err(Damaged),
            }
        }
        if is_arn && colons < 5 {
            if !ends_in_run {
                return Ok(false);
            }
            for field in colons + 1..=5 {
                reached = reached.after_literal(text, b":", mode).after_run(if field == 5 { &all } else { &no_colons });
            }
        }
        Ok(reached.contains(text.len()))
    }

    /// The text of a variable: its key's single value, or the default if the key is absent (PV-8, PV-11, PV-12).
    fn variable(&mut self, tokens: &mut Cursor<'a>) -> Read<Option<&'a [u8]>> {
        let key = tokens.varint()?;
        let default = if tokens.u8()? == 1 { Some(tokens.bytes()?) } else { None };
        Ok(match self.value(key)? {
            Some(ContextValue::Single(value)) => Some(value.as_bytes()),
            Some(ContextValue::Multi(_)) => None,
            None => default,
        })
    }
}

/// Prefix, suffix, and the inner literals in order, each at its leftmost place: right because runs are unrestricted.
fn segments_match(body: &mut Cursor<'_>, text: &[u8]) -> Read<bool> {
    let (prefix, suffix) = (body.bytes()?, body.bytes()?);
    let Some((own_prefix, rest)) = text.split_at_checked(prefix.len()) else { return Ok(false) };
    let Some((mut rest, own_suffix)) = rest.len().checked_sub(suffix.len()).and_then(|at| rest.split_at_checked(at)) else {
        return Ok(false);
    };
    if !bytes::equal(own_prefix, prefix) || !bytes::equal(own_suffix, suffix) {
        return Ok(false);
    }
    while !body.is_empty() {
        let literal = body.bytes()?;
        let Some(at) = memmem::find(rest, literal) else { return Ok(false) };
        rest = &rest[at + literal.len()..];
    }
    Ok(true)
}

fn colons_in(text: &[u8], mode: Mode) -> usize {
    if matches!(mode, Mode::Arn(_)) { text.iter().filter(|&&byte| byte == b':').count() } else { 0 }
}
