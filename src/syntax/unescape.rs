//! JSON string escapes: text from its written form, and the way back for offsets.

use std::ops::Range;

/// What is wrong with the written form of a string, and at which of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EscapeError {
    pub(super) range: Range<usize>,
    pub(super) message: &'static str,
    pub(super) help: &'static str,
}

/// The text that `raw`, the characters between the quotes, stands for.
pub(super) fn unescape(raw: &str) -> Result<String, EscapeError> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        let at = raw.len() - rest.len();
        let (c, len) = match first {
            '\\' => escape(rest).map_err(|(len, message, help)| EscapeError { range: at..at + len, message, help })?,
            '\0'..'\u{20}' => {
                return Err(EscapeError {
                    range: at..at + 1,
                    message: "a control character stands in a string",
                    help: "Write it as an escape, such as `\\t` or `\\u0000`.",
                });
            }
            _ => (first, first.len_utf8()),
        };
        text.push(c);
        rest = &rest[len..];
    }
    Ok(text)
}

/// The byte of `raw` at which the character that begins at byte `offset` of the text begins.
///
/// `raw` must be what [`unescape`] takes; an offset past the end of the text gives the end of `raw`.
pub(super) fn raw_offset(raw: &str, offset: usize) -> usize {
    if !raw.contains('\\') {
        return offset.min(raw.len());
    }
    let (mut text_len, mut rest) = (0, raw);
    while text_len < offset {
        let Some(first) = rest.chars().next() else { break };
        let (c, len) = if first == '\\' { escape(rest).unwrap_or((first, 1)) } else { (first, first.len_utf8()) };
        text_len += c.len_utf8();
        rest = &rest[len..];
    }
    raw.len() - rest.len()
}

/// The character that the escape at the start of `raw` stands for, and how many bytes it takes; or how many bytes are wrong,
/// and why.
fn escape(raw: &str) -> Result<(char, usize), (usize, &'static str, &'static str)> {
    let Some(kind) = raw[1..].chars().next() else {
        return Err((1, "an escape is not complete", "Write a backslash as `\\\\`."));
    };
    let c = match kind {
        '"' | '\\' | '/' => kind,
        'b' => '\u{8}',
        'f' => '\u{C}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_escape(raw),
        _ => {
            let help = "JSON has `\\\"` `\\\\` `\\/` `\\b` `\\f` `\\n` `\\r` `\\t` and `\\u` with four digits; write a backslash as `\\\\`.";
            return Err((1 + kind.len_utf8(), "JSON has no such escape", help));
        }
    };
    Ok((c, 2))
}

/// `\uXXXX`, or two of them that are the halves of one character.
fn unicode_escape(raw: &str) -> Result<(char, usize), (usize, &'static str, &'static str)> {
    const LEN: usize = "\\uXXXX".len();
    let code_unit = |raw: &str| -> Option<u32> {
        let digits = raw.strip_prefix("\\u")?.as_bytes().get(..4)?;
        digits.iter().try_fold(0, |number, &digit| Some(number * 16 + char::from(digit).to_digit(16)?))
    };
    let Some(unit) = code_unit(raw) else {
        let len = 2 + raw[2..].bytes().take(4).take_while(u8::is_ascii_hexdigit).count();
        return Err((len, "`\\u` needs four hexadecimal digits", "Write the character's number with four digits: `\\u00e9`."));
    };
    if let Some(c) = char::from_u32(unit) {
        return Ok((c, LEN));
    }
    let pair = match (unit, code_unit(&raw[LEN..])) {
        (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)),
        _ => None,
    };
    let help = "Characters beyond U+FFFF take two escapes, such as `\\ud83d\\ude00`; better write the character itself.";
    pair.map(|c| (c, 2 * LEN)).ok_or((LEN, "half of a surrogate pair is no character", help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        assert_eq!(unescape(raw).as_deref(), Ok(expected));
    }

    #[track_caller]
    fn check_error(raw: &str, range: Range<usize>) {
        assert_eq!(unescape(raw).map_err(|error| error.range), Err(range));
    }

    #[test]
    fn escapes_become_characters() {
        check("", "");
        check(r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t");
        check(r"a\u00e9\u00E9\uffff", "aéé\u{ffff}");
        check(r"\ud83d\ude00!", "😀!");
        check("é😀", "é😀");
    }

    #[test]
    fn what_is_no_escape_is_marked() {
        check_error(r"ab\x", 2..4);
        check_error(r"\é", 0..3);
        check_error(r"\u12", 0..4);
        check_error(r"\u12é4", 0..4);
        check_error(r"a\ud83d", 1..7);
        check_error(r"\ud83dabcdef", 0..6);
        check_error(r"\ud83d\u0041", 0..6);
        check_error(r"\ude00\ud83d", 0..6);
        check_error("a\tb", 1..2);
        check_error("\0", 0..1);
        check_error("\\", 0..1);
    }

    #[test]
    fn offsets_lead_back_through_escapes() {
        let raw = r"é\n\ud83d\ude00x";
        let text = unescape(raw).unwrap();
        let offsets: Vec<_> = text.char_indices().map(|(at, c)| (c, raw_offset(raw, at))).collect();
        assert_eq!(offsets, [('é', 0), ('\n', 2), ('😀', 4), ('x', 16)]);
        assert_eq!(raw_offset(raw, text.len()), raw.len());
        assert_eq!(raw_offset("plain", 3), 3);
        assert_eq!(raw_offset("plain", 99), 5);
    }
}
