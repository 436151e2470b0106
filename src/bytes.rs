//! Short texts: whether they are equal, and where a byte is.

/// Whether two texts are equal.
///
/// PERF: on every decision's path, many times: names and values are mostly shorter than 32 bytes, and comparing words that
/// overlap is cheaper than calling the library's comparison.
#[inline]
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a.len() <= 32
        && let (Some(a_first), Some(b_first)) = (a.first_chunk::<16>(), b.first_chunk::<16>())
        && let (Some(a_last), Some(b_last)) = (a.last_chunk::<16>(), b.last_chunk::<16>())
    {
        let word = |bytes: &[u8; 16]| u128::from_le_bytes(*bytes);
        return (word(a_first) ^ word(b_first)) | (word(a_last) ^ word(b_last)) == 0;
    }
    if a.len() <= 64
        && let (Some(a_first), Some(b_first)) = (a.first_chunk::<32>(), b.first_chunk::<32>())
        && let (Some(a_last), Some(b_last)) = (a.last_chunk::<32>(), b.last_chunk::<32>())
    {
        return a_first == b_first && a_last == b_last;
    }
    if a.len() < 16
        && let (Some(a_first), Some(b_first)) = (a.first_chunk::<8>(), b.first_chunk::<8>())
        && let (Some(a_last), Some(b_last)) = (a.last_chunk::<8>(), b.last_chunk::<8>())
    {
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        return (word(a_first) ^ word(b_first)) | (word(a_last) ^ word(b_last)) == 0;
    }
    if a.len() < 8
        && let (Some(a_first), Some(b_first)) = (a.first_chunk::<4>(), b.first_chunk::<4>())
        && let (Some(a_last), Some(b_last)) = (a.last_chunk::<4>(), b.last_chunk::<4>())
    {
        let word = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        return (word(a_first) ^ word(b_first)) | (word(a_last) ^ word(b_last)) == 0;
    }
    if a.len() < 4 {
        return a.iter().zip(b).all(|(a, b)| a == b);
    }
    a == b
}

/// Whether a text starts with another.
#[inline]
pub(crate) fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|own| equal(own, prefix))
}

/// Whether a text ends with another.
#[inline]
pub(crate) fn ends_with(text: &[u8], suffix: &[u8]) -> bool {
    text.len().checked_sub(suffix.len()).and_then(|at| text.get(at..)).is_some_and(|own| equal(own, suffix))
}

/// Where a byte first is.
///
/// PERF: for texts in which it is near; eight bytes at a time, without a call.
#[inline]
pub(crate) fn position(text: &[u8], byte: u8) -> Option<usize> {
    let (chunks, rest) = text.as_chunks();
    for (index, chunk) in chunks.iter().enumerate() {
        let hits = hits(*chunk, byte);
        if hits != 0 {
            return Some(index * 8 + hits.trailing_zeros() as usize / 8);
        }
    }
    let before = text.len() - rest.len();
    rest.iter().position(|&own| own == byte).map(|at| before + at)
}

/// The high bit of every byte of `chunk` that is `byte`, and of no other; the first byte is the lowest.
#[inline]
pub(crate) const fn hits(chunk: [u8; 8], byte: u8) -> u64 {
    const LOW_BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const EVERY: u64 = 0x0101_0101_0101_0101;
    let differences = u64::from_le_bytes(chunk) ^ (EVERY * byte as u64);
    !(((differences & LOW_BITS) + LOW_BITS) | differences | LOW_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_the_first() {
        for text in ["", "/", "a", "abcdefg/", "abcdefgh/", "abcdefghi/jk/", "/abcdefgh", "aaaaaaaaaaaaaaaa", "\u{af}/\u{2f}"] {
            assert_eq!(position(text.as_bytes(), b'/'), text.bytes().position(|byte| byte == b'/'), "{text}");
        }
    }

    #[test]
    fn is_equality() {
        for len in 0..70_usize {
            let text: Vec<u8> = (0..len).map(|at| at as u8).collect();
            assert!(equal(&text, &text.clone()));
            assert!(!equal(&text, &text[..len.saturating_sub(1)]) || len == 0);
            for at in 0..len {
                let mut other = text.clone();
                other[at] ^= 0x80;
                assert!(!equal(&text, &other), "byte {at} of {len}");
            }
        }
    }
}
