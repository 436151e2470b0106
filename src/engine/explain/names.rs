//! Keys and actions as policies spell them; folded, where the artifact was built without source map.

use crate::artifact::{Cursor, Damaged, Read, Section, View};

/// The name of a context key.
pub(in crate::engine) fn key(view: View<'_>, key: u32) -> Read<&str> {
    if key < view.count(Section::Spellings) {
        return string(view, view.u32(Section::Spellings, key.saturating_mul(4))?);
    }
    std::str::from_utf8(folded_key(view, key)?).map_err(|_| Damaged)
}

/// The folded name of a context key: the same in every artifact.
pub(in crate::engine) fn folded_key(view: View<'_>, key: u32) -> Read<&[u8]> {
    let record: &[u8; 16] = view.record(Section::Keys, key)?;
    let [a, b, c, d, ..] = *record;
    view.string(u32::from_le_bytes([a, b, c, d]))
}

/// The patterns of an action set.
pub(super) fn action_patterns(view: View<'_>, set: u32, folded: Cursor<'_>) -> Read<Vec<String>> {
    let key_count = view.count(Section::Spellings);
    if key_count == view.count(Section::Keys)
        && let Ok(patterns) = spelled_patterns(view, key_count.saturating_add(set))
    {
        return Ok(patterns);
    }
    folded_patterns(folded)
}

fn spelled_patterns(view: View<'_>, index: u32) -> Read<Vec<String>> {
    if view.size(Section::Spellings) == 0 {
        return Err(Damaged);
    }
    let mut list = view.cursor(Section::Spellings, view.u32(Section::Spellings, index.saturating_mul(4))?)?;
    (0..list.u32()?).map(|_| string(view, list.u32()?).map(str::to_owned)).collect()
}

fn folded_patterns(mut patterns: Cursor<'_>) -> Read<Vec<String>> {
    let mut texts = Vec::new();
    while !patterns.is_empty() {
        texts.push(match patterns.u8()? {
            0 => "*".to_owned(),
            _ => format!("{}:{}", patterns.text()?, patterns.text()?),
        });
    }
    Ok(texts)
}

fn string(view: View<'_>, reference: u32) -> Read<&str> {
    std::str::from_utf8(view.string(reference)?).map_err(|_| Damaged)
}
