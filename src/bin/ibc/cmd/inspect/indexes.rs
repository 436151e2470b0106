//! What statements of large units are filed under, for people.

use std::io::{self, Write};

use super::indexes_json::{AccessKeyDocument, BlockDocument, IndexDocument, ListDocument};
use super::statements::attachment_text;
use crate::output::{count, grouped};

/// Writes the units, of `all` that have access keys.
pub(super) fn write(out: &mut impl Write, indexes: &[IndexDocument<'_>], all: u32) -> io::Result<()> {
    if indexes.is_empty() {
        return Ok(());
    }
    let (all, shown) = (all as usize, indexes.len());
    let largest = if all > shown { format!(", the {} with most statements", grouped(shown)) } else { String::new() };
    writeln!(out, "\n{} with access keys{largest}: what a decision looks up", count(all, "unit", "units"))?;
    indexes.iter().try_for_each(|index| write_index(out, index))?;
    match all.saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(out, "  and {} more", grouped(more)),
    }
}

fn write_index(out: &mut impl Write, index: &IndexDocument<'_>) -> io::Result<()> {
    let (statements, denies) = (statement_count(index.statements), grouped(index.denies as usize));
    writeln!(out, "  unit {}: {statements}, {denies} deny", index.unit)?;
    index.attachments.iter().try_for_each(|attachment| writeln!(out, "    {}", attachment_text(attachment)))?;
    index.access_keys.iter().try_for_each(|key| write_access_key(out, key))?;
    if let Some(rest) = &index.rest {
        writeln!(
            out,
            "    {} filed under nothing, which every request looks at whose answer is not clear before",
            grouped(rest.statements as usize)
        )?;
        write_blocks(out, rest)?;
    }
    let known: u64 = index.access_keys.iter().map(|key| u64::from(key.values)).sum();
    let unknown = u64::from(index.used_slots).saturating_sub(known);
    if unknown > 0 {
        writeln!(out, "    {} more, not told apart here", count(unknown as usize, "value", "values"))?;
    }
    writeln!(out, "    {} of {} slots taken", grouped(index.used_slots as usize), grouped(index.slots as usize))
}

fn write_access_key(out: &mut impl Write, key: &AccessKeyDocument) -> io::Result<()> {
    let values = match key.parts.len() {
        0 | 1 => count(key.values as usize, "value", "values"),
        _ => count(key.values as usize, "combination of values", "combinations of values"),
    };
    let longest = key.longest.statements;
    let lists = match (key.values, longest) {
        (1, _) => String::new(),
        (_, 1) => ", 1 statement each".to_owned(),
        _ => format!(", at most {} each", statement_count(longest)),
    };
    writeln!(out, "    {} filed under {}: {values}{lists}", grouped(key.statements as usize), key.parts.join(" and "))?;
    write_blocks(out, &key.longest)
}

/// What narrows a list.
fn write_blocks(out: &mut impl Write, list: &ListDocument) -> io::Result<()> {
    list.blocks.iter().try_for_each(|BlockDocument { effect, statements, dimensions }| {
        let statements = grouped(*statements as usize);
        match dimensions.as_slice() {
            [] => writeln!(out, "      {statements} {effect}, each of them verified"),
            dimensions => writeln!(out, "      {statements} {effect}, narrowed by {}", dimensions.join(", ")),
        }
    })
}

fn statement_count(number: u32) -> String {
    count(number as usize, "statement", "statements")
}
