//! Units of few statements by the action: for each class of actions, one bit for each statement that can match it. The format is
//! described at `unit_code`.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::class_rows::{ClassRows, rows_of, table_size};
use crate::artifact::layout::Section;
use crate::artifact::unit_code::SMALL_SIZE;
use crate::artifact::wire::Put;
use crate::artifact::writer::Sections;
use crate::artifact::writer::actions::Actions;
use crate::artifact::writer::records::Records;
use crate::ir::{ActionSetId, Statement, Unit};

/// A row has a bit for each statement of a small unit.
const _: () = assert!(SMALL_SIZE <= u32::BITS as usize);
/// The rows of all units take about this at most, and as much again as an eighth of the statements' records.
const MIN_BUDGET: usize = 1 << 16;

/// The tables that are written, by the action sets of their units' statements: units of one template share one.
#[derive(Default)]
pub(super) struct Tables {
    by_sets: HashMap<Vec<ActionSetId>, Table, Xxh3DefaultBuilder>,
    /// Bytes of all, with the pages that they brought.
    size: usize,
}

/// The rows of one unit.
#[derive(Debug, Clone, Copy)]
struct Table {
    reference: u32,
    /// Most statements that one class can match.
    most: u32,
}

/// Writes a unit of at most [`SMALL_SIZE`] statements; gives its reference, and how many statements a request can lead to. `None`
/// if the tables of others take all room already.
pub(super) fn write(
    tables: &mut Tables,
    rows: &mut ClassRows,
    actions: &Actions,
    records: &Records,
    unit: &Unit,
    sections: &mut Sections,
) -> Option<(u32, u64)> {
    let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
        unit.statements.iter().partition(|statement| statement.effect.is_allow());
    let deny_bits = (1 << denies.len()) - 1;
    let statements: Vec<&Statement> = denies.into_iter().chain(allows).collect();
    let sets = statements.iter().map(|statement| statement.action).collect();
    let Table { reference: table, most } = tables.of(rows, actions, sets, sections)?;
    let is_unconditional = |statement: &&Statement| records.is_unconditional[statement.id.index()];
    let unconditional = statements.iter().rev().fold(0, |bits, statement| bits << 1 | u32::from(is_unconditional(statement)));
    let reference = sections.end(Section::Index);
    let index = sections.of(Section::Index);
    [table, deny_bits, unconditional].into_iter().for_each(|number| index.put_u32(number));
    statements.iter().for_each(|statement| index.put_u32(records.references[statement.id.index()]));
    Some((reference, u64::from(most)))
}

impl Tables {
    fn of(&mut self, rows: &mut ClassRows, actions: &Actions, sets: Vec<ActionSetId>, sections: &mut Sections) -> Option<Table> {
        if let Some(&known) = self.by_sets.get(&sets) {
            return Some(known);
        }
        if self.size + table_size(actions) > MIN_BUDGET + sections.end(Section::Records) as usize / 8 {
            return None;
        }
        let bits = rows_of(actions, sets.chunks(1));
        let most = bits.iter().map(|bits| bits.count_ones()).max().unwrap_or(0);
        let start = sections.end(Section::Index);
        let table = Table { reference: rows.write(&bits, sections), most };
        self.size += (sections.end(Section::Index) - start) as usize;
        self.by_sets.insert(sets, table);
        Some(table)
    }
}
