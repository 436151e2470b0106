use logos::Logos;

/// The tokens of a JSON document, and of common mistakes that deserve a message of their own.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
#[logos(skip(r"[ \t\r\n]+"))]
pub(super) enum Token {
    #[token("{")]
    OpenBrace,
    #[token("}")]
    CloseBrace,
    #[token("[")]
    OpenBracket,
    #[token("]")]
    CloseBracket,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token("null")]
    Null,
    #[token("true")]
    True,
    #[token("false")]
    False,
    #[regex(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", priority = 5)]
    Number,
    /// A string whose characters stand for themselves.
    #[regex(r#""[^"\\\x00-\x1F]*""#)]
    PlainString,
    /// A string with escapes, or with control characters that should be escapes.
    #[regex(r#""[^"\\\x00-\x1F]*((\\[^\n\r]|[\x00-\x09\x0B\x0C\x0E-\x1F])[^"\\\x00-\x1F]*)+""#)]
    EscapedString,

    // Mistakes: the lexer says what is wrong with them.
    /// A string without quotes.
    #[regex(r"[A-Za-z_$][A-Za-z0-9_$.*/-]*(:[A-Za-z0-9_$.*/-]+)*", priority = 2)]
    Word,
    /// A string in single or typographic quotes.
    #[regex(r"'[^'\n]*'")]
    #[regex("[“”][^“”\"\n]*[“”]")]
    OddlyQuotedString,
    /// Dates and addresses without quotes, numbers that JSON has not.
    #[regex(r"[+.-]?[0-9][0-9A-Za-z_.+/-]*", priority = 2)]
    MalformedNumber,
    /// Stands for what is no value: the lexer puts it in the place of the following, and of characters that begin no token.
    NoValue,
    #[regex(r#""([^"\\\n\r]|\\[^\n\r])*\\?"#, priority = 1)]
    UnclosedString,
    #[regex(r"(//|#)[^\n]*", allow_greedy = true)]
    #[regex(r"/\*([^*]|\*+[^*/])*\*+/")]
    Comment,
    #[regex(r"=>?")]
    Equals,
    #[token(";")]
    Semicolon,
    #[token("\u{FEFF}")]
    ByteOrderMark,
}
