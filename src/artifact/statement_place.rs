use super::{Artifact, Section, View};
use crate::engine::StatementId;

/// Where a statement was written, for people: which policy, file, line and Sid. Never part of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementPlace<'a> {
    /// The name of the text that held the policy, usually a path.
    pub file: &'a str,
    /// The line of the statement's first character, from 1.
    pub line: u32,
    /// The column of the statement's first character, from 1.
    pub column: u32,
    /// The line of the statement's last character.
    pub end_line: u32,
    /// The column after the statement's last character.
    pub end_column: u32,
    /// The policy's name: a path, an ARN, or the inline policy's name.
    pub policy: &'a str,
    /// The statement's label, if it has one.
    pub sid: Option<&'a str>,
}

/// File, line, column, end line, end column, policy, Sid and operators, a `u32` each; see the writer.
const FIELD_COUNT: usize = 8;
const ENTRY_SIZE: usize = FIELD_COUNT * size_of::<u32>();
/// Stands for no Sid.
const NO_SID: u32 = u32::MAX;
/// Stands for the operator of a condition that was not written like this.
#[cfg(feature = "compile")]
pub(super) const UNKNOWN_OPERATOR: u8 = u8::MAX;

impl<B: AsRef<[u8]>> Artifact<B> {
    /// Where a statement stands in the policies that the artifact was built from. `None` if it was built without source map.
    #[must_use]
    pub fn statement_place(&self, statement: StatementId) -> Option<StatementPlace<'_>> {
        place(self.view(), statement)
    }
}

/// Where a statement stands.
pub(crate) fn place(view: View<'_>, statement: StatementId) -> Option<StatementPlace<'_>> {
    let text = |reference: u32| std::str::from_utf8(view.string(reference).ok()?).ok();
    let [file, line, column, end_line, end_column, policy, sid, _] = entry(view, statement)?;
    Some(StatementPlace {
        file: text(file)?,
        line,
        column,
        end_line,
        end_column,
        policy: text(policy)?,
        sid: if sid == NO_SID { None } else { text(sid) },
    })
}

/// The numbers of the operators that a statement's conditions were written with, in the order of its record.
pub(crate) fn operators(view: View<'_>, statement: StatementId) -> Option<&[u8]> {
    let [.., operators] = entry(view, statement)?;
    view.string(operators).ok()
}

fn entry(view: View<'_>, statement: StatementId) -> Option<[u32; FIELD_COUNT]> {
    let entry = view.record::<ENTRY_SIZE>(Section::SourceMap, statement.0).ok()?;
    let (numbers, _) = entry.as_chunks::<{ size_of::<u32>() }>();
    <&[[u8; 4]; FIELD_COUNT]>::try_from(numbers).ok().map(|numbers| numbers.map(u32::from_le_bytes))
}
