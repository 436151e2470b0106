//! Resource patterns with wildcards in their first five ARN fields.
//!
//! Such a pattern is cut behind its fifth colon like a literal one. Its head is a pattern itself, and matched against the head of
//! the request's resource once for each decision, however many patterns share it. Both have five colons, so wildcards take none:
//! the match is one of field by field.
//!
//! A `*` that ends its field may also run on past colons (WC-8), and the pattern's fifth colon then meets a later one of the
//! resource. With none in its sixth field that cannot be: the pattern's own colons need all that there are.
//!
//! One worked example. `arn:aws:lambda:*:1111:function:f` matches `arn:aws:lambda:eu:1111:function:f` field by field, and
//! `arn:aws:lambda:eu:2222:x:1111:function:f` where its fifth colon is the resource's seventh.

use memchr::{memchr_iter, memmem};

use super::Evaluation;
use super::pattern::Mode;
use crate::artifact::pattern_code::{EXACT, PREFIX, SEGMENTS, TOKENS};
use crate::artifact::{Cursor, Read};

/// How a head matches the resource of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeadMatch {
    /// Each field matches the resource's.
    pub(super) by_field: bool,
    /// Perhaps it also ends behind a later colon of the resource.
    pub(super) may_run_on: bool,
}

impl<'a> Evaluation<'a, '_> {
    /// Whether a pattern matches the request's resource, of which `head` is the interned head and the rest what follows it.
    #[inline(never)]
    pub(super) fn wild_headed_pattern_matches(&mut self, class: u8, head: u32, body: Cursor<'a>) -> Read<bool> {
        let known = match self.memo.head(head) {
            Some(known) => known,
            None => self.match_head(head)?,
        };
        let (_, tail) = self.resource.head_and_tail();
        Ok((known.by_field && self.class_matches(class, body, tail, Mode::Exact)?)
            || (known.may_run_on && self.matches_running_on(head, class, body)?))
    }

    fn match_head(&mut self, head: u32) -> Read<HeadMatch> {
        let mut pattern = Cursor::new(self.view.head(head)?);
        let class = pattern.u8()?;
        let (own_head, own_tail) = self.resource.head_and_tail();
        let by_field = self.class_matches(class, pattern, own_head, Mode::Exact)?;
        // What is before the first wildcard is at its place in any case.
        let may_run_on = class == SEGMENTS && own_tail.contains(&b':') && own_head.starts_with(pattern.bytes()?);
        let known = HeadMatch { by_field, may_run_on };
        self.memo.set_head(head, known);
        Ok(known)
    }

    /// Whether the pattern matches with its fifth colon at whichever of the resource's.
    ///
    /// Takes the head's literals at their leftmost places, which is right as in any pattern of segments; its last one ends with the
    /// fifth colon. What follows has a literal and then a run, mostly: then the first colon that suits both literals will do.
    fn matches_running_on(&mut self, head: u32, class: u8, mut body: Cursor<'a>) -> Read<bool> {
        let tail = body;
        // PERF: the usual end. The colons behind a later one must do for the pattern's own.
        let count = |text: &[u8]| memchr_iter(b':', text).count();
        if matches!(class, EXACT | PREFIX) && count(body.rest()) >= count(self.resource.head_and_tail().1) {
            return Ok(false);
        }
        let mut head = Cursor::new(self.view.head(head)?);
        head.u8()?;
        let (prefix, suffix) = (head.bytes()?, head.bytes()?);
        let Some(mut rest) = self.resource.bytes().strip_prefix(prefix) else { return Ok(false) };
        while !head.is_empty() {
            let literal = head.bytes()?;
            let Some(at) = memmem::find(rest, literal) else { return Ok(false) };
            rest = &rest[at + literal.len()..];
        }
        let mut starts = memchr_iter(b':', rest).map(|colon| colon + 1).filter(|&end| rest[..end].ends_with(suffix));
        let literal = match class {
            EXACT => return Ok(rest.strip_suffix(body.rest()).is_some_and(|before| before.ends_with(suffix))),
            TOKENS => return self.tokens_match(&mut starts, body, rest, Mode::Exact),
            PREFIX => body.rest(),
            SEGMENTS => body.bytes()?,
            _ => &[],
        };
        match starts.find(|&start| rest[start..].starts_with(literal)) {
            Some(start) => self.class_matches(class, tail, &rest[start..], Mode::Exact),
            None => Ok(false),
        }
    }
}
