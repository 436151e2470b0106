//! A policy document inside a dump: a JSON object, JSON text, or percent-encoded JSON text (EV-60).

use std::borrow::Cow;

use ibc::document::TextFile;
use serde_json::Value;

/// Where a document stands, and how it is written there.
#[derive(Debug, Clone, Copy)]
pub(in crate::input) struct Document<'a> {
    pub(in crate::input) file: &'a TextFile,
    /// The JSON value, a slice of the file's text.
    pub(in crate::input) text: &'a str,
}

impl<'a> Document<'a> {
    /// The document's own text, if it is written as a string; else it stands in the file as it is.
    pub(in crate::input) fn decoded(&self) -> Option<String> {
        let text: String = serde_json::from_str(self.text).ok()?;
        Some(percent_decoded(&text).into_owned())
    }

    /// Whether both say the same, however they are written.
    pub(in crate::input) fn says_the_same_as(&self, other: &Document<'a>) -> bool {
        let value = |document: &Document<'a>| -> Option<Value> {
            serde_json::from_str(document.decoded().as_deref().unwrap_or(document.text)).ok()
        };
        self.text == other.text || value(self).is_some_and(|own| Some(own) == value(other))
    }

    /// File, line and column.
    pub(in crate::input) fn place(&self) -> String {
        crate::input::place(self.file, self.text)
    }
}

/// Percent-encoded text decoded, other text as it is. JSON text never begins with `%`.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.starts_with('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(decoded.unwrap_or(*first));
        rest = &tail[if decoded.is_some() { 2 } else { 0 }..];
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => Cow::Owned(decoded),
        Err(_) => Cow::Borrowed(text),
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_once() {
        for (text, decoded) in [
            ("%7B%22a%22%3A%20%22100%2525%22%7D", r#"{"a": "100%25"}"#),
            (r#"{"a%20": 1}"#, r#"{"a%20": 1}"#),
            ("%", "%"),
            ("%7g", "%7g"),
        ] {
            assert_eq!(percent_decoded(text), decoded);
        }
    }

    #[test]
    fn documents_are_compared_by_what_they_say() {
        let file = TextFile::new("f", "");
        let same = |one, other| {
            let [one, other] = [one, other].map(|text| Document { file: &file, text });
            one.says_the_same_as(&other)
        };
        let object = r#"{"Version": "2012-10-17", "Statement": []}"#;
        assert!(same(object, r#"{"Statement":[],"Version":"2012-10-17"}"#));
        assert!(same(object, r#""{\"Version\": \"2012-10-17\", \"Statement\": []}""#));
        assert!(same(r#"{"Id": "a"}"#, r#""%7B%22Id%22%3A%22a%22%7D""#));
        assert!(!same(object, r#"{"Version": "2012-10-17"}"#));
        assert!(!same(r#""{oops""#, r#""{oops" "#)); // no JSON: nothing is known about either
    }
}
