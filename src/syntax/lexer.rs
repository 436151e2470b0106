//! Tokens for the JSON grammar.
//!
//! Besides cutting the text with [`Token`], the lexer keeps two promises to the grammar: brackets pair up and nest at most
//! [`MAX_NESTING_DEPTH`] deep, and there is one value only. Whatever the text does instead is reported and mended here.

use logos::{Logos, SpannedIter};

use super::limits::MAX_NESTING_DEPTH;
use super::mistakes::Mistakes;
use super::token::Token;
use crate::diagnostic::Code;
use crate::source::Span;

pub(super) struct Lexer<'s, 'm> {
    text: &'s str,
    tokens: SpannedIter<'s, Token>,
    /// Where in `text` the document begins and ends.
    document: Span,
    mistakes: &'m Mistakes,
    /// The brackets that are open, outermost first.
    open: Vec<Bracket>,
    /// A token to give out before the next one of the text.
    pending: Option<Spanned>,
    /// Whether a token was given out.
    started: bool,
    /// Where the last one ends.
    passed: u32,
    /// Where the text is taken to end, once it does.
    end: Option<u32>,
}

/// An opening bracket and what closes it.
struct Bracket {
    span: Span,
    closing: Token,
}

type Spanned = (u32, Token, u32);

impl<'s, 'm> Lexer<'s, 'm> {
    /// The tokens of the part of `text` that `document` covers.
    pub(super) fn new(text: &'s str, document: Span, mistakes: &'m Mistakes) -> Lexer<'s, 'm> {
        let tokens = Token::lexer(&text[document.range()]).spanned();
        Lexer { text, tokens, document, mistakes, open: Vec::new(), pending: None, started: false, passed: 0, end: None }
    }

    /// The next token of the text that is not reported and left out.
    fn next_of_text(&mut self) -> Option<(Token, Span)> {
        loop {
            let (token, range) = self.tokens.next()?;
            let span = Span::new(self.document.start + range.start as u32, self.document.start + range.end as u32);
            let Ok(token) = token else {
                let (span, is_space) = self.report_stray_characters(span);
                if is_space {
                    continue;
                }
                return Some((Token::NoValue, span));
            };
            match token {
                Token::ByteOrderMark if span.start == self.document.start => {}
                Token::Comment => self.report(span, "JSON has no comments", "Remove it; `Sid` and `Id` can hold a remark."),
                Token::ByteOrderMark => self.report(span, "a byte order mark stands inside the text", "Remove it."),
                _ => return Some((token, span)),
            }
        }
    }

    /// Gives a token to the grammar, mended where needed; `None` if it is left out.
    fn accept(&mut self, token: Token, span: Span) -> Option<Spanned> {
        let token = match token {
            Token::OpenBrace => self.open(Token::OpenBrace, Token::CloseBrace, span)?,
            Token::OpenBracket => self.open(Token::OpenBracket, Token::CloseBracket, span)?,
            Token::CloseBrace | Token::CloseBracket => return self.close(token, span),
            Token::Colon | Token::Equals if self.open.last().is_some_and(|bracket| bracket.closing == Token::CloseBracket) => {
                self.report_key_in_array(span);
                return None;
            }
            Token::Word => {
                let message = format!("`{}` is not in quotes", &self.text[span.range()]);
                self.report(span, message, format!("Write `\"{}\"`.", &self.text[span.range()]));
                token
            }
            Token::OddlyQuotedString => {
                self.report(span, "a JSON string stands in double quotes", "Write it between two `\"`.");
                token
            }
            Token::MalformedNumber => {
                let written = &self.text[span.range()];
                self.report(span, format!("`{written}` is not a JSON number"), format!("Write it as a string: `\"{written}\"`."));
                Token::NoValue
            }
            Token::UnclosedString => {
                self.report(
                    span,
                    "the string is not closed on its line",
                    "End it with `\"`; write a line break inside as `\\n`.",
                );
                Token::NoValue
            }
            Token::Equals => {
                self.report(span, "a key and its value are not separated like this", "Write `:`.");
                Token::Colon
            }
            Token::Semicolon => {
                self.report(span, "JSON has no `;`", "Write `,` between the entries.");
                Token::Comma
            }
            _ => token,
        };
        Some((span.start, token, span.end))
    }

    /// Remembers an opening bracket, unless it is one too many: there the text is taken to end.
    fn open(&mut self, token: Token, closing: Token, span: Span) -> Option<Token> {
        if self.open.len() == MAX_NESTING_DEPTH {
            let message = format!("objects and arrays are nested deeper than {MAX_NESTING_DEPTH}");
            let finding = self.mistakes.finding(Code::NestingTooDeep, span, message);
            self.mistakes.push(finding.with_help("Remove brackets; a policy needs six levels."));
            self.give_up(span.start);
            return None;
        }
        self.open.push(Bracket { span, closing });
        Some(token)
    }

    /// Closes the innermost bracket, and first those inside it that were forgotten.
    fn close(&mut self, token: Token, span: Span) -> Option<Spanned> {
        let closing = (span.start, token, span.end);
        let Some(innermost) = self.open.last() else {
            self.report(span, format!("`{}` closes nothing", spelling(token)), "Remove it.");
            self.mistakes.give_up_structure();
            return None;
        };
        if innermost.closing == token {
            self.open.pop();
            return Some(closing);
        }
        let (open, expected) = (&self.text[innermost.span.range()], spelling(innermost.closing));
        let finding =
            self.mistakes.finding(Code::JsonSyntaxError, span, format!("`{}` cannot close `{open}`", &self.text[span.range()]));
        let finding = finding.with_secondary(self.mistakes.source(), innermost.span, "opened here");
        let is_forgotten_at_end =
            innermost.closing == Token::CloseBracket && self.open.iter().any(|bracket| bracket.closing == token);
        if !is_forgotten_at_end {
            self.mistakes.syntax_finding(finding.with_help(format!("Remove it, or write `{expected}` before it.")));
            self.mistakes.give_up_structure();
            return None;
        }
        self.mistakes.syntax_finding(finding.with_help(format!("Write `{expected}` before it.")));
        self.pending = Some(closing);
        self.close_pending(closing)
    }

    /// A key stands in an array: most likely the array was not closed before it.
    fn report_key_in_array(&self, separator: Span) {
        let finding = self.mistakes.finding(Code::JsonSyntaxError, separator, "an array has no keys");
        if let Some(open) = self.open.last() {
            let finding = finding.with_secondary(self.mistakes.source(), open.span, "the array begins here");
            self.mistakes.syntax_finding(finding.with_help("Write `]` before the key, if the array should end there."));
        }
        self.mistakes.give_up_structure();
    }

    /// Closes one more bracket on the way to the one that the pending token closes.
    fn close_pending(&mut self, (start, token, end): Spanned) -> Option<Spanned> {
        let innermost = self.open.pop()?.closing;
        if innermost == token {
            self.pending = None;
            return Some((start, token, end));
        }
        Some((start, innermost, start))
    }

    /// Takes the text to end at `end`, and says nothing more about its syntax.
    fn give_up(&mut self, end: u32) {
        self.mistakes.give_up();
        self.end = Some(end);
    }

    /// The text ends while brackets are open.
    fn report_end_inside(&mut self) {
        let Some(innermost) = self.open.last() else { return };
        // What was not closed, or is no token, may have blanks of its own at its end.
        let end = self.passed.max(self.document.start + self.text[self.document.range()].trim_end().len() as u32);
        let kind = if innermost.closing == Token::CloseBrace { "an object" } else { "an array" };
        let finding = self.mistakes.finding(Code::JsonSyntaxError, Span::new(end, end), format!("the text ends inside {kind}"));
        let finding = finding.with_secondary(self.mistakes.source(), innermost.span, "opened here");
        self.mistakes.syntax_finding(finding.with_help(format!("Write `{}`.", spelling(innermost.closing))));
        self.give_up(end);
    }

    /// The document is complete, but the text goes on.
    fn report_second_value(&mut self, span: Span) {
        let end = self.document.start + self.text[self.document.range()].trim_end().len() as u32;
        let span = Span::new(span.start, end);
        self.report(span, "the document is complete, but more text follows", "Remove it; a file holds one document.");
    }

    /// Characters that start no token; neighbours are reported together. Gives their place, and whether they look like white space.
    fn report_stray_characters(&mut self, mut span: Span) -> (Span, bool) {
        let rest = &self.text[span.end as usize..self.document.end as usize];
        let is_stray = |c: char| !c.is_ascii() || c.is_ascii_control() && !c.is_ascii_whitespace();
        let more = rest.find(|c| !is_stray(c)).unwrap_or(rest.len());
        self.tokens.bump(more);
        span.end += more as u32;
        let c = self.text[span.range()].chars().next().unwrap_or_default();
        let is_space = c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}');
        let message = match c {
            _ if is_space => format!("U+{:04X} looks like white space, but is none in JSON", u32::from(c)),
            _ if c.is_control() => format!("U+{:04X} is no part of JSON", u32::from(c)),
            _ => format!("`{c}` is no part of JSON here"),
        };
        self.report(span, message, "Remove it, or put the text around it in double quotes.");
        (span, is_space)
    }

    fn report(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.syntax(span, message, help);
    }
}

/// Gives out the tokens; the error type is that of the grammar and never occurs.
impl Iterator for Lexer<'_, '_> {
    type Item = Result<Spanned, ()>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(closing) = self.pending {
            return Some(Ok(self.close_pending(closing)?));
        }
        while self.end.is_none() {
            let next = self.next_of_text();
            if self.started && self.open.is_empty() {
                // Stray characters have been reported.
                if let Some((_, span)) = next.filter(|&(token, _)| token != Token::NoValue) {
                    self.report_second_value(span);
                }
                return None;
            }
            let Some((token, span)) = next else {
                self.report_end_inside();
                self.end.get_or_insert(self.document.end);
                break;
            };
            if !self.started && token == Token::Word {
                self.report(span, "this is not JSON", "A policy is a JSON object: it begins with `{`.");
                self.give_up(span.end);
                return Some(Ok((span.start, Token::NoValue, span.end)));
            }
            if let Some(spanned) = self.accept(token, span) {
                self.started = true;
                self.passed = spanned.2;
                return Some(Ok(spanned));
            }
        }
        let (end, closing) = (self.end?, self.open.pop()?.closing);
        Some(Ok((end, closing, end)))
    }
}

/// How a closing bracket is written.
fn spelling(closing: Token) -> &'static str {
    if closing == Token::CloseBrace { "}" } else { "]" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    /// The tokens of a text, each with the part of it that it stands for.
    fn tokens(text: &str) -> Vec<(Token, &str)> {
        let mistakes = Mistakes::new(SourceId(0));
        let mut last_end = 0;
        let spanned = Lexer::new(text, Span::new(0, text.len() as u32), &mistakes).map(|token| {
            let (start, token, end) = token.expect("the lexer does not fail");
            assert!(last_end <= start && start <= end, "{token:?} of {text} begins before the one that precedes it ends");
            last_end = end;
            (token, &text[start as usize..end as usize])
        });
        spanned.collect()
    }

    /// Spans are put together from where tokens begin and end, so these have to grow.
    #[test]
    fn a_forgotten_bracket_has_no_text_of_its_own() {
        use Token::{CloseBrace, CloseBracket, OpenBrace, OpenBracket, True};

        let (open, close) = ((OpenBracket, "["), (CloseBracket, ""));
        assert_eq!(tokens("[[true"), [open, open, (True, "true"), close, close]);
        let forgotten = [(OpenBrace, "{"), open, open, (True, "true"), close, close, (CloseBrace, "}")];
        assert_eq!(tokens("{[[true}"), forgotten);
        assert_eq!(tokens("[\"a  "), [open, (Token::NoValue, "\"a  "), close]);
        assert_eq!(tokens("[é\u{A0}"), [open, (Token::NoValue, "é\u{A0}"), close]);
    }
}
