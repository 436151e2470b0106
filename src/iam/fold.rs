//! Letter case: how names are compared when case does not matter.
//!
//! One rule for condition key names (with their tag part) and the `...IgnoreCase` operators (D-21): ASCII folding plus simple,
//! one-to-one Unicode lower-casing. No locale, and no fold that changes the number of characters: `İ`, whose lower case has two
//! characters, stays itself. Of actions, only the case of ASCII letters does not matter (table 1.8).

/// The folded form of one character.
#[must_use]
#[inline]
pub fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Whether two texts are equal when letter case does not matter.
#[must_use]
#[inline]
pub fn eq_fold(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() { a.eq_ignore_ascii_case(b) } else { a.chars().map(fold_char).eq(b.chars().map(fold_char)) }
}

/// Whether a text folds to these bytes.
pub(crate) fn folds_to(text: &str, folded: &[u8]) -> bool {
    if text.is_ascii() {
        return text.len() == folded.len() && text.bytes().map(|byte| byte.to_ascii_lowercase()).eq(folded.iter().copied());
    }
    let mut rest = Some(folded);
    for character in text.chars() {
        let mut buffer = [0; 4];
        rest = rest.and_then(|rest| rest.strip_prefix(fold_char(character).encode_utf8(&mut buffer).as_bytes()));
        if rest.is_none() {
            return false;
        }
    }
    rest == Some(&[])
}

/// The folded text.
#[cfg(feature = "compile")]
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold_char).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_equality_of_the_folded_texts() {
        for (a, b, equal) in [
            ("aws:TagKeys", "AWS:tagkeys", true),
            ("ÉTÉ", "été", true),
            ("a", "ab", false),
            ("İ", "i", false),
            ("İ", "i\u{307}", false),
            ("ß", "ss", false),
        ] {
            assert_eq!(eq_fold(a, b), equal, "{a} {b}");
            assert_eq!(a.chars().map(fold_char).eq(b.chars().map(fold_char)), equal, "{a} {b}");
            let folded: String = b.chars().map(fold_char).collect();
            assert_eq!(folds_to(a, folded.as_bytes()), equal, "{a} {b}");
            assert!(!folds_to(a, &[folded.as_bytes(), b"b"].concat()), "{a} and more");
        }
        assert!(!folds_to("é", &"é".as_bytes()[..1]) && !folds_to("é", b"") && !folds_to("e", "é".as_bytes()));
    }

    #[test]
    fn what_is_folded_folds_to_itself() {
        for character in '\0'..=char::MAX {
            let folded = fold_char(character);
            assert_eq!(fold_char(folded), folded, "{character}");
        }
    }
}
