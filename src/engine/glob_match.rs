//! Matching `*` and `?` in names and resource patterns, where both match any characters.

use memchr::memmem;

use crate::bytes;

/// Whether a text matches a pattern. Takes at most pattern × text steps.
pub(crate) fn matches_glob(pattern: &[u8], text: &[u8]) -> bool {
    if pattern == b"*" {
        return true;
    }
    if memchr::memchr(b'?', pattern).is_some() { matches(pattern, text, |byte| byte) } else { matches_runs(pattern, text) }
}

/// Whether a text matches a pattern without `?`: its first literal is a prefix, its last a suffix, the others follow in order,
/// each at its leftmost place.
fn matches_runs(pattern: &[u8], text: &[u8]) -> bool {
    let Some(first) = memchr::memchr(b'*', pattern) else { return bytes::equal(pattern, text) };
    let (prefix, inner) = (&pattern[..first], &pattern[first + 1..]);
    let (inner, suffix) = inner.split_at(memchr::memrchr(b'*', inner).map_or(0, |last| last + 1));
    let Some((own_prefix, rest)) = text.split_at_checked(prefix.len()) else { return false };
    let Some(middle) = rest.len().checked_sub(suffix.len()) else { return false };
    let (mut middle, own_suffix) = rest.split_at(middle);
    if !bytes::equal(own_prefix, prefix) || !bytes::equal(own_suffix, suffix) {
        return false;
    }
    for literal in inner.split(|&byte| byte == b'*') {
        let Some(at) = memmem::find(middle, literal) else { return false };
        middle = &middle[at + literal.len()..];
    }
    true
}

/// Whether a text, folded, matches a folded pattern.
pub(crate) fn matches_folded_glob(pattern: &[u8], text: &[u8]) -> bool {
    matches(pattern, text, |byte| byte.to_ascii_lowercase())
}

/// Byte by byte, but `?` takes one character (WC-2).
#[inline]
fn matches(pattern: &[u8], text: &[u8], fold: impl Fn(u8) -> u8) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on after a mismatch: behind the last `*`, with one more character given to it.
    let mut restart: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                restart = Some((p + 1, t));
                p += 1;
            }
            Some(b'?') => {
                t = next_character(text, t);
                p += 1;
            }
            Some(&byte) if byte == fold(text[t]) => {
                t += 1;
                p += 1;
            }
            _ => {
                let Some((behind_star, taken)) = restart else { return false };
                let taken = next_character(text, taken);
                restart = Some((behind_star, taken));
                (p, t) = (behind_star, taken);
            }
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// The position after the character at `at`.
pub(super) fn next_character(text: &[u8], at: usize) -> usize {
    let rest = text.get(at + 1..).unwrap_or(&[]);
    at + 1 + rest.iter().take_while(|&&byte| byte & 0xc0 == 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(matches_glob(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        assert_eq!(matches(pattern.as_bytes(), text.as_bytes(), |byte| byte), expected, "{pattern} {text}");
    }

    #[test]
    fn wildcards() {
        check("get*", "getobject", true);
        check("get*acl", "getobjectacl", true);
        check("get*acl", "getobjectac", false);
        check("*", "", true);
        check("?", "", false);
        check("?", "é", true);
        check("*?", "é", true);
        check("*??", "é", false);
        check("", "", true);
        check("", "a", false);
        check("ab", "ab", true);
        check("ab*", "a", false);
        check("ab*ba", "aba", false);
        check("ab*ba", "abba", true);
        check("**", "a", true);
        check("a**b", "ab", true);
        check("*a*", "bab", true);
        check("*ab*ab*", "abab", true);
        check("*ab*ab*", "abcb", false);
        check("a*ab*b", "aabab", true);
        check("a*b*c", "aXbXbXc", true);
        check("a*b*c", "aXbXbX", false);
        check("a*a*a*a*a*a*a*a*b", &"a".repeat(64), false);
    }
}
