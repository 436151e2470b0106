//! The records of every unit, whatever its index looks like: `first u32` for each unit and one more for the end, then record
//! references `u32`; unit `u` has those from its `first` to the next one's.

use super::Sections;
use super::records::Records;
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::ir::Program;

/// Writes the section.
pub(super) fn write(program: &Program, records: &Records, sections: &mut Sections) {
    let section = sections.of(Section::UnitStatements);
    let mut first = 0;
    section.put_u32(first);
    for unit in &program.units {
        first += unit.statements.len() as u32;
        section.put_u32(first);
    }
    for statement in program.units.iter().flat_map(|unit| &unit.statements) {
        section.put_u32(records.references[statement.id.index()]);
    }
    sections.set_count(Section::UnitStatements, program.units.len());
}
