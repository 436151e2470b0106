//! Where statements were written: `file string u32, line u32, column u32, policy name string u32, Sid string u32` each; a Sid
//! reference of `u32::MAX` is no Sid. Indexed by statement id.

use super::Sections;
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::ir::Program;
use crate::source::SourceMap;

pub(super) fn write(program: &Program, sources: &SourceMap, sections: &mut Sections) {
    // PERF: statements of one policy follow each other and share its names.
    let mut names = None;
    for origin in &program.origins {
        let source = sources.source(origin.source);
        let (line, column) = source.line_column(origin.span.start);
        let (file, policy) = match names {
            Some((at, file, policy)) if at == (origin.source, origin.policy) => (file, policy),
            _ => {
                let file = sections.string(source.name().as_bytes());
                (file, sections.string(program.policy_names[origin.policy.0 as usize].as_bytes()))
            }
        };
        names = Some(((origin.source, origin.policy), file, policy));
        let sid = origin.sid.as_ref().map_or(u32::MAX, |sid| sections.string(sid.as_bytes()));
        let map = sections.of(Section::SourceMap);
        for number in [file, line, column, policy, sid] {
            map.put_u32(number);
        }
    }
    sections.set_count(Section::SourceMap, program.origins.len());
}
