//! Units of few statements by the action: for each class of actions, one bit for each statement that can match it. The format is
//! described at `unit_code`.

use std::collections::HashMap;

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use crate::artifact::layout::Section;
use crate::artifact::unit_code::CLASSES_OF_PAGE;
use crate::artifact::wire::Put;
use crate::artifact::writer::Sections;
use crate::artifact::writer::actions::Actions;
use crate::ir::{ActionSetId, Statement, Unit};

/// Most statements: a bit each.
const MAX_STATEMENTS: usize = u32::BITS as usize;
/// Tables of pages take at most this, and as much again as an eighth of the statements' records.
const MIN_BUDGET: usize = 1 << 16;

type Page = [u32; CLASSES_OF_PAGE];

/// The rows that are written. Whatever is equal is stored once: units of one template have one table, the classes that a unit does
/// not tell apart one page.
#[derive(Default)]
pub(super) struct ActionRows {
    by_sets: HashMap<Vec<ActionSetId>, Rows, Xxh3DefaultBuilder>,
    pages: IndexMap<Page, u32, Xxh3DefaultBuilder>,
    /// Bytes of tables.
    size: usize,
}

/// The rows of one unit.
#[derive(Debug, Clone, Copy)]
struct Rows {
    /// Of the table of pages.
    reference: u32,
    /// Most statements that one class can match.
    most: u32,
}

/// Writes a unit; gives its reference, and how many statements a request can lead to. `None` if it has too many statements, or the
/// tables of others take all room already.
pub(super) fn write(
    rows: &mut ActionRows,
    actions: &Actions,
    references: &[u32],
    unit: &Unit,
    sections: &mut Sections,
) -> Option<(u32, u64)> {
    if unit.statements.len() > MAX_STATEMENTS {
        return None;
    }
    let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
        unit.statements.iter().partition(|statement| statement.effect.is_allow());
    let deny_count = denies.len() as u32;
    let statements: Vec<&Statement> = denies.into_iter().chain(allows).collect();
    let Rows { reference: table, most } =
        rows.of(actions, statements.iter().map(|statement| statement.action).collect(), sections)?;
    let reference = sections.end(Section::Index);
    let index = sections.of(Section::Index);
    [table, statements.len() as u32, deny_count].into_iter().for_each(|number| index.put_u32(number));
    statements.iter().for_each(|statement| index.put_u32(references[statement.id.index()]));
    Some((reference, u64::from(most)))
}

impl ActionRows {
    fn of(&mut self, actions: &Actions, sets: Vec<ActionSetId>, sections: &mut Sections) -> Option<Rows> {
        if let Some(&known) = self.by_sets.get(&sets) {
            return Some(known);
        }
        let page_count = actions.class_count().div_ceil(CLASSES_OF_PAGE as u32) as usize;
        let size = self.size + page_count * 4;
        if size > MIN_BUDGET + sections.end(Section::Records) as usize / 8 {
            return None;
        }
        self.size = size;
        let bits = bits_of_classes(actions, &sets);
        let most = bits.iter().map(|bits| bits.count_ones()).max().unwrap_or(0);
        let table: Vec<u32> = bits
            .chunks(CLASSES_OF_PAGE)
            .map(|chunk| {
                let mut page = [0; CLASSES_OF_PAGE];
                page[..chunk.len()].copy_from_slice(chunk);
                self.page(page, sections)
            })
            .collect();
        let reference = sections.end(Section::Index);
        table.into_iter().for_each(|page| sections.of(Section::Index).put_u32(page));
        self.by_sets.insert(sets, Rows { reference, most });
        Some(Rows { reference, most })
    }

    fn page(&mut self, page: Page, sections: &mut Sections) -> u32 {
        *self.pages.entry(page).or_insert_with_key(|page| {
            let reference = sections.end(Section::Index);
            page.iter().for_each(|&row| sections.of(Section::Index).put_u32(row));
            reference
        })
    }
}

/// For each class, one bit for each set that can match it.
fn bits_of_classes(actions: &Actions, sets: &[ActionSetId]) -> Vec<u32> {
    let by_default = sets.iter().rev().fold(0, |bits, &set| bits << 1 | u32::from(actions.default_answer(set)));
    let mut bits = vec![by_default; actions.class_count() as usize];
    for (number, &set) in sets.iter().enumerate() {
        actions.exceptional_classes(set).for_each(|class| bits[class as usize] ^= 1 << number);
    }
    bits
}
