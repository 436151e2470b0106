//! A row of bits for each class of actions. The format is described at `unit_code`.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use crate::artifact::layout::Section;
use crate::artifact::unit_code::CLASSES_OF_PAGE;
use crate::artifact::wire::Put;
use crate::artifact::writer::Sections;
use crate::artifact::writer::actions::Actions;
use crate::ir::ActionSetId;

/// The pages that are written, each once: classes that nothing tells apart have one.
#[derive(Default)]
pub(super) struct ClassRows {
    pages: IndexMap<[u32; CLASSES_OF_PAGE], u32, Xxh3DefaultBuilder>,
}

impl ClassRows {
    /// Writes a row for each class; gives the reference of the table of pages.
    pub(super) fn write(&mut self, rows: &[u32], sections: &mut Sections) -> u32 {
        let pages: Vec<u32> = rows.chunks(CLASSES_OF_PAGE).map(|rows| self.page(rows, sections)).collect();
        let reference = sections.end(Section::Index);
        pages.into_iter().for_each(|page| sections.of(Section::Index).put_u32(page));
        reference
    }

    fn page(&mut self, rows: &[u32], sections: &mut Sections) -> u32 {
        let mut page = [0; CLASSES_OF_PAGE];
        page[..rows.len()].copy_from_slice(rows);
        *self.pages.entry(page).or_insert_with_key(|page| {
            let reference = sections.end(Section::Index);
            page.iter().for_each(|&row| sections.of(Section::Index).put_u32(row));
            reference
        })
    }
}

/// Bytes of a table of pages.
pub(super) fn table_size(actions: &Actions) -> usize {
    (actions.class_count() as usize).div_ceil(CLASSES_OF_PAGE) * 4
}

/// For each class, one bit for each of at most 32 groups of sets, some of which can match it.
pub(super) fn rows_of<'s>(actions: &Actions, groups: impl Iterator<Item = &'s [ActionSetId]>) -> Vec<u32> {
    let mut rows = vec![0_u32; actions.class_count() as usize];
    for (number, sets) in groups.enumerate() {
        let bit = 1 << number;
        for &set in sets {
            let mut exceptions = actions.exceptional_classes(set).peekable();
            if !actions.default_answer(set) {
                exceptions.for_each(|class| rows[class as usize] |= bit);
                continue;
            }
            for (class, row) in (0..).zip(&mut rows) {
                if exceptions.next_if_eq(&class).is_none() {
                    *row |= bit;
                }
            }
        }
    }
    rows
}
