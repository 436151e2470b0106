//! Which of many patterns a text can match: each is filed under one piece of text that whatever it matches has.
//!
//! ```text
//! map    kind count u32, kinds { size of the pieces u16, tag u16, smallest number u32 }, rest count u32, numbers of the rest u32,
//!        list map
//! ```
//! Kinds are in the order of their smallest numbers, so that whoever looks for the smallest number that matches can end early.
//! The pieces of a kind are found in a text without knowing the patterns: the text itself, its first or last bytes, or what is
//! between separators. The hash of a piece and its kind leads to the numbers of the patterns, see [`list_map`](super::list_map).
//! Patterns that have no piece are the rest: every text can match them.
//!
//! One example. `arn:aws:s3:::*-team-17/*` is one of ten thousand patterns that begin alike, and is filed under `team-17/`: two
//! pieces between separators, wherever they are. In `arn:aws:s3:::data-team-17/log` there are seven such pairs; one leads to it.

use memchr::memmem;

use super::list_map::ListMap;
use super::separators::Ends;
use super::{Cursor, Damaged, Read, word};
use crate::hash::{combine, hash};

/// What pieces of a kind are: the tag of a kind.
pub(crate) mod piece {
    /// The whole text.
    pub(crate) const WHOLE: u16 = 0;
    /// The first bytes of the text, as many as the size says.
    pub(crate) const START: u16 = 1;
    /// The last bytes.
    pub(crate) const END: u16 = 2;
    /// As many neighbouring parts as the size says; a part ends with a separator, the last one also with the text.
    pub(crate) const PARTS: u16 = 3;
    /// As many bytes as the size says, wherever they are.
    pub(crate) const GRAM: u16 = 4;
}

/// Lists that are as short are gone through again if a text has their piece again.
const MAX_REPEATED: usize = 4;

/// Bytes of a kind.
const KIND_SIZE: usize = 8;

/// One kind of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PieceKind {
    pub(crate) tag: u16,
    pub(crate) size: u16,
}

impl PieceKind {
    /// What a piece of this kind is filed under.
    #[inline]
    pub(crate) fn hash(self, seed: u64, piece: &[u8]) -> u64 {
        combine(u64::from(self.tag) << 16 | u64::from(self.size), hash(seed, piece))
    }
}

/// Whether some pattern matches a text, which `matches` tells of those that can. `bytes` are all of the map.
pub(crate) fn any(bytes: &[u8], seed: u64, text: &[u8], matches: impl FnMut(u32) -> Read<bool>) -> Read<bool> {
    Ok(find(bytes, seed, text, matches, |_| 0)? == 0)
}

/// The smallest number of a pattern that matches a text.
pub(crate) fn first(bytes: &[u8], seed: u64, text: &[u8], matches: impl FnMut(u32) -> Read<bool>) -> Read<Option<u32>> {
    let number = find(bytes, seed, text, matches, |number| number)?;
    Ok(if number == u32::MAX { None } else { Some(number) })
}

/// Looks for patterns that match, of numbers below a bound that `lowered` gives for each that does; the last bound.
///
/// A number is looked at once, or few times: a piece that the text repeats leads to a long list once.
#[inline]
fn find(
    bytes: &[u8],
    seed: u64,
    text: &[u8],
    mut matches: impl FnMut(u32) -> Read<bool>,
    lowered: impl Fn(u32) -> u32,
) -> Read<u32> {
    let mut map = Cursor::new(bytes);
    let kind_count = map.u32()? as usize;
    let (kinds, _) = map.slice(kind_count.checked_mul(KIND_SIZE).ok_or(Damaged)?)?.as_chunks::<KIND_SIZE>();
    let rest_count = map.u32()? as usize;
    let (rest, _) = map.slice(rest_count.checked_mul(4).ok_or(Damaged)?)?.as_chunks();
    let mut bound = u32::MAX;
    let mut look_at = |numbers: &[[u8; 4]], bound: &mut u32| {
        for number in numbers {
            let number = u32::from_le_bytes(*number);
            if number >= *bound {
                break;
            }
            if matches(number)? {
                *bound = lowered(number);
            }
        }
        Ok(())
    };
    look_at(rest, &mut bound)?;
    let lists = ListMap::read(map.rest())?;
    for kind in kinds {
        let (size_and_tag, first) = (word(kind, 0), word(kind, 1));
        if first >= bound {
            break;
        }
        let kind = PieceKind { tag: (size_and_tag >> 16) as u16, size: size_and_tag as u16 };
        each_piece(kind, text, |start, piece| {
            for numbers in lists.lists(kind.hash(seed, piece)) {
                let numbers = numbers?;
                if numbers.len() <= MAX_REPEATED || !is_repeated(kind, text, start, piece) {
                    look_at(numbers, &mut bound)?;
                }
            }
            Ok(first >= bound)
        })?;
    }
    Ok(bound)
}

/// Hands every piece of a kind and where it starts to `take`, until it says that this was enough.
#[inline]
fn each_piece(kind: PieceKind, text: &[u8], mut take: impl FnMut(usize, &[u8]) -> Read<bool>) -> Read<()> {
    let size = usize::from(kind.size);
    match kind.tag {
        piece::WHOLE => {
            take(0, text)?;
        }
        piece::START => {
            text.get(..size).map(|piece| take(0, piece)).transpose()?;
        }
        piece::END => {
            let start = text.len().checked_sub(size);
            start.and_then(|start| Some(take(start, text.get(start..)?))).transpose()?;
        }
        piece::PARTS => {
            for (start, end) in bounds(text).zip(bounds(text).skip(size)) {
                if take(start, text.get(start..end).ok_or(Damaged)?)? {
                    break;
                }
            }
        }
        piece::GRAM => {
            for (start, piece) in text.windows(size.max(1)).enumerate() {
                if take(start, piece)? {
                    break;
                }
            }
        }
        _ => return Err(Damaged),
    }
    Ok(())
}

/// Where parts begin and end: at the text's start, behind each separator, and at the text's end.
#[inline]
pub(super) fn bounds(text: &[u8]) -> impl Iterator<Item = usize> {
    let end = (!text.last().is_none_or(|&byte| super::separators::is_separator(byte))).then_some(text.len());
    [0].into_iter().chain(Ends::of(text)).chain(end)
}

/// Whether the text has the piece before this place as well, where it is looked up, too.
fn is_repeated(kind: PieceKind, text: &[u8], start: usize, piece: &[u8]) -> bool {
    // All but its last byte: it may overlap with itself.
    let before = text.get(..(start + piece.len()).saturating_sub(1)).unwrap_or_default();
    let is_part = kind.tag == piece::PARTS;
    let ends_anywhere = !is_part || piece.last().is_some_and(|&byte| super::separators::is_separator(byte));
    let starts_at = |at: usize| match at.checked_sub(1) {
        Some(last) if is_part => text.get(last).is_some_and(|&byte| super::separators::is_separator(byte)),
        _ => true,
    };
    matches!(kind.tag, piece::PARTS | piece::GRAM) && ends_anywhere && memmem::find_iter(before, piece).any(starts_at)
}
