//! The fields of a resource pattern: `arn:aws:s3:::bucket/*`.

use std::ops::Range;

use lalrpop_util::lalrpop_mod;
use logos::Logos;

use super::Tokens;
use super::template::Variables;

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
    grammar,
    "/arn.rs"
);

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    #[token(":")]
    Colon,
    #[regex("[^:$]+")]
    #[token("$")]
    Text,
    #[regex(r"\$\{[^'}]*('[^']*')?[^'}]*\}")]
    Variable,
}

/// The tokens where `${` is ordinary text.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
enum PlainToken {
    #[token(":")]
    Colon,
    #[regex("[^:]+")]
    Text,
}

/// The fields that a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Where the first five colons stand, as far as there are that many.
    colons: [usize; Fields::COMPLETE - 1],
    colon_count: usize,
    /// The first policy variable before the fifth colon, or before the end if there are fewer.
    early_variable: Option<(usize, usize)>,
}

impl Fields {
    /// How many fields an ARN has.
    pub(in crate::syntax) const COMPLETE: usize = 6;

    pub(crate) fn first(variable: Option<(usize, usize)>) -> Fields {
        Fields { colons: [0; Fields::COMPLETE - 1], colon_count: 0, early_variable: variable }
    }

    /// Adds what follows a colon.
    pub(crate) fn and(mut self, colon: usize, variable: Option<(usize, usize)>) -> Fields {
        if self.is_complete() {
            return self;
        }
        self.colons[self.colon_count] = colon;
        self.colon_count += 1;
        if !self.is_complete() {
            self.early_variable = self.early_variable.or(variable);
        }
        self
    }

    pub(in crate::syntax) fn count(&self) -> usize {
        self.colon_count + 1
    }

    pub(in crate::syntax) fn is_complete(&self) -> bool {
        self.count() == Fields::COMPLETE
    }

    /// The first policy variable in fields one to five.
    pub(in crate::syntax) fn early_variable(&self) -> Option<Range<usize>> {
        self.early_variable.map(|(start, end)| start..end)
    }

    /// Where the account field stands, if the ARN is complete.
    pub(in crate::syntax) fn account(&self) -> Option<Range<usize>> {
        self.is_complete().then(|| self.colons[3] + 1..self.colons[4])
    }
}

/// Finds the fields of a text. Every text has at least one.
pub(in crate::syntax) fn parse(text: &str, variables: Variables) -> Fields {
    let parser = grammar::ArnParser::new();
    let fields = match variables {
        Variables::On => parser.parse(Tokens::<Token>::new(text)),
        Variables::Off => parser.parse(Tokens::<PlainToken>::new(text).map(|item| {
            item.map(|(start, token, end)| match token {
                PlainToken::Colon => (start, Token::Colon, end),
                PlainToken::Text => (start, Token::Text, end),
            })
        })),
    };
    fields.expect("the grammar takes every sequence of tokens, and every text has tokens")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, variables: Variables, count: usize, account: Option<&str>, variable: Option<&str>) {
        let fields = parse(text, variables);
        assert_eq!(fields.count(), count, "{text}");
        assert_eq!(fields.account().map(|range| &text[range]), account, "{text}");
        assert_eq!(fields.early_variable().map(|range| &text[range]), variable, "{text}");
    }

    #[test]
    fn fields_end_at_the_first_five_colons() {
        use Variables::{Off, On};
        check("", On, 1, None, None);
        check("*", On, 1, None, None);
        check("arn:aws:sqs", On, 3, None, None);
        check("arn:aws:s3:::b/*", On, 6, Some(""), None);
        check("arn:aws:sns:eu-west-1:1111:t:u:v", On, 6, Some("1111"), None);
        check("arn:aws:s3:::${aws:username}/${*}", On, 6, Some(""), None);
        check("arn:aws:s3:${aws:RequestedRegion, 'a:b}'}:$1:t", On, 6, Some("$1"), Some("${aws:RequestedRegion, 'a:b}'}"));
        check("arn:aws:${a}:${b}", On, 4, None, Some("${a}"));
        check("arn:aws:s3:${aws:x}::b", Off, 6, Some("x}"), None);
    }
}
