//! What the engine knows folded, as policies spell it: `string u32` for each key, `list u32` for each action set (`u32::MAX` is
//! none), then the lists: `count u32, strings u32`.

use super::Sections;
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::ir::Program;

/// Writes the section.
pub(super) fn write(program: &Program, sections: &mut Sections) {
    let mut bytes = Vec::new();
    for spelling in program.keys.spellings() {
        bytes.put_u32(sections.string(spelling.as_bytes()));
    }
    let lists_at = bytes.len() + 4 * program.action_sets.len();
    let mut lists = Vec::new();
    for set in 0..program.action_sets.len() {
        // A pass may have made a set that nobody wrote.
        let Some(patterns) = program.action_spellings.get(set) else {
            bytes.put_u32(u32::MAX);
            continue;
        };
        bytes.put_u32((lists_at + lists.len()) as u32);
        lists.put_u32(patterns.len() as u32);
        for pattern in patterns {
            lists.put_u32(sections.string(pattern.as_bytes()));
        }
    }
    bytes.extend(lists);
    *sections.of(Section::Spellings) = bytes;
    sections.set_count(Section::Spellings, program.keys.len());
}
