//! The start of a text in one number: of a short text, all of it.

use std::hint::cold_path;

/// Texts of at most so many bytes are told apart by their starts alone.
pub(crate) const START_SIZE: usize = 16;

/// Size and first sixteen bytes of a text, zeros behind its end.
///
/// PERF: nearly all context values are as short as this. Which way a text's size makes a branch go differs from request to request;
/// it is taken once here, and what follows, the hash and each comparison, needs no more branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TextStart {
    /// The first byte is the lowest.
    pub(crate) bytes: u128,
    pub(crate) size: u32,
}

impl TextStart {
    #[inline]
    pub(crate) fn of(text: &[u8]) -> TextStart {
        let size = text.len();
        let bytes = if size >= START_SIZE {
            cold_path();
            text.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
        } else if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
            // Without what `first` has: in two steps, since of eight bytes nothing is left.
            let behind = u64::from_le_bytes(*last) >> 8 >> (8 * (START_SIZE - 1 - size));
            u128::from(u64::from_le_bytes(*first)) | u128::from(behind) << 64
        } else if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
            overlay(u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into(), size - 4).into()
        } else if let [first, .., last] = *text {
            let middle = text.get(size / 2).copied().unwrap_or_default();
            overlay(overlay(first.into(), middle.into(), size / 2), last.into(), size - 1).into()
        } else {
            text.first().copied().unwrap_or_default().into()
        };
        TextStart { bytes, size: size as u32 }
    }

    /// The start of the text of `size` bytes that `bytes` begins with.
    #[inline]
    pub(crate) fn within(bytes: &[u8; START_SIZE], size: u8) -> TextStart {
        let mask = MASKS.get(usize::from(size)).copied().unwrap_or(u128::MAX);
        TextStart { bytes: u128::from_le_bytes(*bytes) & mask, size: size.into() }
    }

    /// Whether this is all of the text.
    #[inline]
    pub(crate) const fn is_whole(self) -> bool {
        self.size as usize <= START_SIZE
    }
}

/// Two parts of a text of which the second begins `at` bytes behind the first; where they overlap they are equal.
#[inline]
const fn overlay(first: u64, second: u64, at: usize) -> u64 {
    first | second << (at * 8)
}

/// For each size, the bytes that belong to a text.
const MASKS: [u128; START_SIZE] = {
    let mut masks = [0; START_SIZE];
    let mut size = 1;
    while size < START_SIZE {
        masks[size] = masks[size - 1] << 8 | 0xff;
        size += 1;
    }
    masks
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_the_first_bytes_and_zeros() {
        let text: Vec<u8> = (1..=40).collect();
        for size in 0..=text.len() {
            let text = &text[..size];
            let mut expected = [0; START_SIZE];
            let known = size.min(START_SIZE);
            expected[..known].copy_from_slice(&text[..known]);
            let start = TextStart::of(text);
            assert_eq!(start, TextStart { bytes: u128::from_le_bytes(expected), size: size as u32 });
            assert_eq!(start.is_whole(), size <= START_SIZE);
            let mut within = [0xff; START_SIZE];
            within[..known].copy_from_slice(&text[..known]);
            assert_eq!(TextStart::within(&within, size as u8), start);
        }
    }
}
