//! Where the parts of an ARN's sixth field end, of resources and of context values: what statements are filed under, and found by.

/// Most separators of an ARN's sixth field that are looked at.
pub(crate) const MAX_SEPARATORS: usize = 8;

/// Where the first separators of an ARN's sixth field end, as far as they were looked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Separators {
    // A resource is at most `MAX_NAME_SIZE` bytes long, a value `MAX_VALUE_SIZE`, which fits. Of a longer pattern the ends are wrong,
    // and it matches none.
    ends: [u16; MAX_SEPARATORS],
    found: usize,
    /// Separators of the running eight bytes that were not taken yet, as [`separators_in`] gives them.
    hits: u64,
    /// Where the next eight bytes begin.
    next: usize,
}

impl Separators {
    /// `tail` up to and with its `count`th separator, if it has so many. It is the same text every time.
    ///
    /// PERF: eight bytes at a time. How far the first separator is away is different from request to request, so that a loop over
    /// bytes ends where no branch predictor expects it. Always inline: those who ask on a decision's
    /// way are out of line themselves.
    #[inline(always)]
    pub(crate) fn up_to<'a>(&mut self, tail: &'a [u8], count: u8) -> Option<&'a [u8]> {
        let count = usize::from(count);
        if self.found < count {
            self.find(tail, count)?;
        }
        tail.get(..usize::from(*self.ends.get(count.checked_sub(1)?)?))
    }

    /// Looks for separators until there are `count`; `None` if there are fewer, or that is more than are looked at.
    #[inline(always)]
    fn find(&mut self, tail: &[u8], count: usize) -> Option<()> {
        // PERF: in registers, since every step changes them.
        let Separators { mut found, mut hits, mut next, .. } = *self;
        let ends = self.ends.get_mut(..count)?;
        let are_found = 'search: loop {
            let Some(end) = ends.get_mut(found) else { break true };
            while hits == 0 {
                let Some(bytes) = eight_bytes(tail, next) else { break 'search false };
                hits = separators_in(bytes);
                next += 8;
            }
            *end = (next - 7 + hits.trailing_zeros() as usize / 8) as u16;
            hits &= hits - 1;
            found += 1;
        };
        (self.found, self.hits, self.next) = (found, hits, next);
        are_found.then_some(())
    }
}

/// A text up to and with its `count`th separator, if it has so many.
pub(crate) fn up_to_separator(text: &[u8], count: u8) -> Option<&[u8]> {
    Separators::default().up_to(text, count)
}

/// Where each separator of a text ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends<'a> {
    text: &'a [u8],
    hits: u64,
    next: usize,
}

impl<'a> Ends<'a> {
    #[inline]
    pub(crate) fn of(text: &'a [u8]) -> Ends<'a> {
        Ends { text, hits: 0, next: 0 }
    }
}

impl Iterator for Ends<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.hits == 0 {
            self.hits = separators_in(eight_bytes(self.text, self.next)?);
            self.next += 8;
        }
        let end = self.next - 7 + self.hits.trailing_zeros() as usize / 8;
        self.hits &= self.hits - 1;
        Some(end)
    }
}

/// Whether a byte ends a part of a text.
#[inline]
pub(crate) const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'/' | b':' | b'-' | b'_' | b'.')
}

/// The bytes from `at` on, zeros behind the end; `None` if the text ends before.
#[inline]
fn eight_bytes(text: &[u8], at: usize) -> Option<u64> {
    let rest = text.get(at..)?;
    if let Some(bytes) = rest.first_chunk() {
        return Some(u64::from_le_bytes(*bytes));
    }
    let missing = 8 - rest.len();
    match text.last_chunk() {
        Some(last) => Some(u64::from_le_bytes(*last).checked_shr(missing as u32 * 8)?),
        None if rest.is_empty() => None,
        None => Some(rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))),
    }
}

/// The top bit of every byte that is one of `/:-_.`, and no other bit; the first byte is the lowest.
#[inline]
fn separators_in(bytes: u64) -> u64 {
    const EVERY: u64 = 0x0101_0101_0101_0101;
    const LOW_BITS: u64 = 0x7f * EVERY;
    let low = bytes & LOW_BITS;
    // The top bits of bytes of which the low bits are at least, or not, a number; none of the sums carries.
    let at_least = |number: u64| low + ((0x80 - number) * EVERY);
    let is_not = |number: u64| (low ^ (number * EVERY)) + LOW_BITS;
    let is_between = at_least(b'-' as u64) & !at_least(b'/' as u64 + 1);
    let is_other = !(is_not(b':' as u64) & is_not(b'_' as u64));
    (is_between | is_other) & !bytes & !LOW_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_behind_each_separator() {
        let text = b"arn:aws:s3:::data-team_17/a.b//\xc3\xa9-";
        for from in 0..text.len() {
            for to in from..=text.len() {
                let text = &text[from..to];
                let expected = (1..=text.len()).filter(|&end| is_separator(text[end - 1]));
                assert!(Ends::of(text).eq(expected), "{text:?}");
            }
        }
    }

    #[test]
    fn parts_end_where_separators_do_in_whatever_order_they_are_asked_for() {
        let text = b"image/web:1.2_3-long_without-a.part/and/more-of-them";
        for start in 0..text.len() {
            let text = &text[start..];
            for counts in [[1, 2, 3], [3, 1, 3], [8, 9, 4], [9, 2, 8], [0, 5, 1]] {
                let mut separators = Separators::default();
                for count in counts {
                    let is_kept = (1..=MAX_SEPARATORS).contains(&count);
                    let end = if is_kept { Ends::of(text).nth(count - 1) } else { None };
                    assert_eq!(separators.up_to(text, count as u8), end.map(|end| &text[..end]), "{text:?}, {counts:?}");
                }
            }
        }
    }

    #[test]
    fn separators_are_found_whatever_is_beside_them() {
        for byte in 0..=u8::MAX {
            for other in [0, b'a', b'/', 0x80, 0xff] {
                for at in 0..8 {
                    let mut bytes = [other; 8];
                    bytes[at] = byte;
                    let expected = (0..8).filter(|&at| is_separator(bytes[at])).fold(0, |hits, at| hits | 0x80 << (at * 8));
                    assert_eq!(separators_in(u64::from_le_bytes(bytes)), expected, "{bytes:?}");
                }
            }
        }
    }
}
