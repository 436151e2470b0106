//! The little languages inside the strings of a policy. Each has a grammar in `grammar/`, its tokens and its messages here.
//!
//! | file | reads | for example |
//! |---|---|---|
//! | [`action`] | `Action`, `NotAction` | `s3:Get*` |
//! | [`arn`] | the fields of a resource | `arn:aws:s3:::bucket/*` |
//! | [`template`] | `Resource` and condition values: wildcards and policy variables | `home/${aws:username, 'guest'}/*` |
//! | [`principal`] | `Principal`, `NotPrincipal` | `arn:aws:iam::111122223333:role/builder` |
//! | [`operator`] | the keys of `Condition` | `ForAllValues:StringLikeIfExists` |
//! | [`condition_key`] | the keys of an operator | `aws:ResourceTag/team` |
//!
//! A grammar says what is right. What is wrong is known from the token where it stopped: an LR parser stops at the first
//! character that no right text can have there, which is also the smallest place to point at.

use std::ops::Range;

use lalrpop_util::ParseError;
use logos::{Logos, SpannedIter};

use crate::diagnostic::Code;

pub(super) mod action;
pub(super) mod arn;
pub(super) mod condition_key;
pub(super) mod operator;
pub(super) mod principal;
pub(super) mod template;

/// What is wrong with a string, and which of its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) code: Code,
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// The place where a grammar stopped.
struct Stop<T> {
    /// The token that no right text has there; `None` at the end of the text.
    token: Option<T>,
    range: Range<usize>,
}

impl<T> Stop<T> {
    #[cold]
    fn new(error: ParseError<usize, T, ()>, text: &str) -> Stop<T> {
        match error {
            ParseError::UnrecognizedToken { token: (start, token, end), .. }
            | ParseError::ExtraToken { token: (start, token, end) } => Stop { token: Some(token), range: start..end },
            _ => Stop { token: None, range: text.len()..text.len() },
        }
    }
}

/// The tokens of `text` in the form that the grammars take. Every token enum has a member for each character.
struct Tokens<'t, T: Logos<'t>>(SpannedIter<'t, T>);

impl<'t, T: Logos<'t, Source = str, Error = ()>> Tokens<'t, T> {
    fn new(text: &'t str) -> Tokens<'t, T>
    where
        T::Extras: Default,
    {
        Tokens(T::lexer(text).spanned())
    }
}

impl<'t, T: Logos<'t, Source = str, Error = ()>> Iterator for Tokens<'t, T> {
    type Item = Result<(usize, T, usize), ()>;

    fn next(&mut self) -> Option<Self::Item> {
        let (token, range) = self.0.next()?;
        Some(token.map(|token| (range.start, token, range.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text` and compares the code and the marked part.
    #[track_caller]
    pub(super) fn check_mistake<T: std::fmt::Debug>(result: Result<T, Mistake>, text: &str, code: Code, marked: &str) {
        let mistake = result.expect_err(text);
        assert_eq!((mistake.code, &text[mistake.range]), (code, marked), "{text}: {}", mistake.message);
    }
}
