//! Equality of short texts.

/// Whether two texts are equal.
///
/// PERF: on every decision's path, many times: names and values are mostly shorter than 32 bytes, and comparing words that
/// overlap costs a third of calling the library's comparison.
#[inline]
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a.len() <= 64
        && let (Some(a_first), Some(b_first)) = (a.first_chunk::<32>(), b.first_chunk::<32>())
        && let (Some(a_last), Some(b_last)) = (a.last_chunk::<32>(), b.last_chunk::<32>())
    {
        return a_first == b_first && a_last == b_last;
    }
    if a.len() <= 32
        && let (Some(a_first), Some(b_first)) = (a.first_chunk::<16>(), b.first_chunk::<16>())
        && let (Some(a_last), Some(b_last)) = (a.last_chunk::<16>(), b.last_chunk::<16>())
    {
        let word = |bytes: &[u8; 16]| u128::from_le_bytes(*bytes);
        return (word(a_first) ^ word(b_first)) | (word(a_last) ^ word(b_last)) == 0;
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

#[cfg(test)]
mod tests {
    use super::*;

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
