//! Units and their indexes.
//!
//! ```text
//! unit       list or index u32, is indexed u32, statement count u32, deny count u32
//! list       deny count u32, allow count u32, record references u32, denies first
//! ```

use super::Sections;
use super::actions::Actions;
use super::records::Records;
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::compile::Options;
use crate::ir::{Program, Statement};

/// Writes all units.
pub(super) fn write(program: &Program, _actions: &Actions, records: &Records, _options: &Options, sections: &mut Sections) {
    for unit in &program.units {
        let statements: Vec<&Statement> = unit.statements.iter().collect();
        let list = write_list(&statements, records, sections);
        let deny_count = statements.iter().filter(|statement| !statement.effect.is_allow()).count();
        let units = sections.of(Section::Units);
        for number in [list, 0, statements.len() as u32, deny_count as u32] {
            units.put_u32(number);
        }
    }
    sections.set_count(Section::Units, program.units.len());
}

fn write_list(statements: &[&Statement], records: &Records, sections: &mut Sections) -> u32 {
    let reference = sections.end(Section::Index);
    let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
        statements.iter().copied().partition(|statement| statement.effect.is_allow());
    let index = sections.of(Section::Index);
    index.put_u32(denies.len() as u32);
    index.put_u32(allows.len() as u32);
    for statement in denies.into_iter().chain(allows) {
        index.put_u32(records.references[statement.id.index()]);
    }
    reference
}
