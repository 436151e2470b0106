//! Prefixes of the names of one service, and the longest of them that a name starts with.
//!
//! ```text
//! map    prefix count u32, entries { parent u32, end u32 }, texts without anything between
//! ```
//! The prefixes are folded and in ascending order; the first is empty, so every name starts with one. The parent of a prefix is the
//! longest other one that it starts with, its end that of its text, counted from the first text.
//!
//! What stands before a name in this order, the closest, starts with every prefix that the name starts with: both are
//! among the texts that begin so, and those stand together. So the longest is it or one of its parents.

use super::{Damaged, Read};

const ENTRY_SIZE: usize = 8;

/// The number of the longest prefix that a name, folded, starts with.
pub(crate) fn longest(bytes: &[u8], name: &[u8]) -> Read<u32> {
    let map = Prefixes::read(bytes)?;
    let (mut low, mut high) = (0, map.entries.len());
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if map.text(middle)?.iter().copied().le(name.iter().map(u8::to_ascii_lowercase)) { low = middle } else { high = middle }
    }
    let closest = map.text(low)?.iter().zip(name);
    let common_len = closest.take_while(|(own, asked)| **own == asked.to_ascii_lowercase()).count();
    let mut prefix = low;
    while map.text(prefix)?.len() > common_len {
        let parent = map.entry(prefix)?.0;
        if parent >= prefix {
            // Otherwise a forged map could lead round and round.
            return Err(Damaged);
        }
        prefix = parent;
    }
    Ok(prefix as u32)
}

struct Prefixes<'a> {
    entries: &'a [[u8; ENTRY_SIZE]],
    texts: &'a [u8],
}

impl<'a> Prefixes<'a> {
    fn read(bytes: &'a [u8]) -> Read<Prefixes<'a>> {
        let (count, rest) = bytes.split_first_chunk().ok_or(Damaged)?;
        let size = (u32::from_le_bytes(*count) as usize).checked_mul(ENTRY_SIZE).ok_or(Damaged)?;
        let (entries, texts) = rest.split_at_checked(size).ok_or(Damaged)?;
        Ok(Prefixes { entries: entries.as_chunks().0, texts })
    }

    /// Parent and end.
    fn entry(&self, index: usize) -> Read<(usize, usize)> {
        let [a, b, c, d, e, f, g, h] = *self.entries.get(index).ok_or(Damaged)?;
        Ok((u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]) as usize))
    }

    fn text(&self, index: usize) -> Read<&'a [u8]> {
        let start = index.checked_sub(1).map_or(Ok(0), |before| self.entry(before).map(|(_, end)| end))?;
        self.texts.get(start..self.entry(index)?.1).ok_or(Damaged)
    }
}

/// The bytes of a map of prefixes that are in order.
#[cfg(feature = "compile")]
pub(super) fn build(prefixes: &[&[u8]]) -> Vec<u8> {
    use super::wire::Put;

    let mut bytes = Vec::new();
    bytes.put_u32(prefixes.len() as u32);
    let (mut parents, mut end): (Vec<u32>, u32) = (Vec::new(), 0);
    for (number, prefix) in (0..).zip(prefixes) {
        while parents.last().is_some_and(|&parent| !prefix.starts_with(prefixes[parent as usize])) {
            parents.pop();
        }
        end += prefix.len() as u32;
        bytes.put_u32(parents.last().copied().unwrap_or(0));
        bytes.put_u32(end);
        parents.push(number);
    }
    prefixes.iter().for_each(|prefix| bytes.extend_from_slice(prefix));
    bytes
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    const PREFIXES: [&[u8]; 8] = [b"", b"delete", b"get", b"getimage", b"getimagepolicy", b"getz", b"put", b"putx"];

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let found = longest(&build(&PREFIXES), name.as_bytes()).expect("whole");
        assert_eq!(PREFIXES[found as usize], expected.as_bytes(), "{name}");
    }

    #[test]
    fn finds_the_longest() {
        check("", "");
        check("ge", "");
        check("Get", "get");
        check("GetImage", "getimage");
        check("GetImagePolice", "getimage");
        check("getimagepolicyX", "getimagepolicy");
        check("GETIZ", "get");
        check("GetZoo", "getz");
        check("Delet", "");
        check("zzz", "");
        check("PutXé", "putx");
        check("Put\u{e9}", "put");
    }

    #[test]
    fn damage_is_noticed_or_gives_some_prefix() {
        let map = build(&PREFIXES);
        for name in ["GetImage", "PutX", "z"] {
            for len in 0..map.len() {
                let _ = longest(&map[..len], name.as_bytes());
            }
            for at in 0..map.len() {
                for flip in [1, 0x80, 0xff] {
                    let mut damaged = map.clone();
                    damaged[at] ^= flip;
                    let _ = longest(&damaged, name.as_bytes());
                }
            }
        }
        assert_eq!(longest(&build(&[]), b"Get"), Err(Damaged));
    }
}
