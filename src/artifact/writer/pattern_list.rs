//! Lists of patterns: a map before long ones, which says where among the patterns those are that a text can match.

use super::Sections;
use super::pattern_map::{self, Literals};
use crate::artifact::pattern_code::list::{HAS_MAP, MAX_SCANNED_PATTERNS};
use crate::artifact::wire::Put;
use crate::ir::Pattern;

/// Flags and bytes of a list.
pub(super) fn write(
    sections: &mut Sections,
    patterns: &[Pattern],
    mut write: impl FnMut(&mut Sections, &Pattern) -> Vec<u8>,
) -> (u8, Vec<u8>) {
    let (mut bytes, mut starts) = (Vec::new(), Vec::new());
    for pattern in patterns {
        starts.push(bytes.len() as u32);
        bytes.put_bytes(&write(sections, pattern));
    }
    if patterns.len() <= MAX_SCANNED_PATTERNS {
        return (0, bytes);
    }
    let map = pattern_map::build(sections, starts.into_iter().zip(patterns.iter().map(Literals::of)));
    let mut mapped = Vec::new();
    mapped.put_bytes(&map.bytes);
    mapped.extend(bytes);
    (HAS_MAP, mapped)
}
