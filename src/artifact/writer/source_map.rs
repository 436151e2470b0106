//! Where statements were written: `file string, line, column, end line, end column, policy name string, Sid string, operators
//! string`, a `u32` each; a Sid reference of `u32::MAX` is no Sid. The operators are one byte for each condition of the record, in
//! its order: the number of the `BaseOperator`, or `UNKNOWN_OPERATOR`. Indexed by statement id.

use smallvec::SmallVec;

use super::Sections;
use super::records::Records;
use crate::artifact::layout::Section;
use crate::artifact::statement_place::UNKNOWN_OPERATOR;
use crate::artifact::wire::Put;
use crate::ir::{Origin, PredicateId, Program};
use crate::source::SourceMap;

pub(super) fn write(program: &Program, sources: &SourceMap, records: &Records, sections: &mut Sections) {
    // PERF: statements of one policy follow each other and share its names.
    let mut names = None;
    for (origin, conditions) in program.origins.iter().zip(&records.conditions) {
        let source = sources.source(origin.source);
        let (line, column) = source.line_column(origin.span.start);
        let (end_line, end_column) = source.line_column(origin.span.end);
        let (file, policy) = match names {
            Some((at, file, policy)) if at == (origin.source, origin.policy) => (file, policy),
            _ => {
                let file = sections.string(source.name().as_bytes());
                (file, sections.string(program.policy_names[origin.policy.0 as usize].as_bytes()))
            }
        };
        names = Some(((origin.source, origin.policy), file, policy));
        let sid = origin.sid.as_ref().map_or(u32::MAX, |sid| sections.string(sid.as_bytes()));
        let operators: SmallVec<[u8; 16]> = conditions.iter().map(|&predicate| operator(origin, predicate)).collect();
        let operators = sections.string(&operators);
        let map = sections.of(Section::SourceMap);
        for number in [file, line, column, end_line, end_column, policy, sid, operators] {
            map.put_u32(number);
        }
    }
    sections.set_count(Section::SourceMap, program.origins.len());
}

/// The operator that a condition was written with; a pass may have made a condition that nobody wrote.
fn operator(origin: &Origin, predicate: PredicateId) -> u8 {
    let written = origin.operators.iter().find(|(own, _)| *own == predicate);
    written.map_or(UNKNOWN_OPERATOR, |&(_, operator)| operator as u8)
}
