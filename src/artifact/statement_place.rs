use super::{Artifact, Section};
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
    /// The policy's name: a path, an ARN, or the inline policy's name.
    pub policy: &'a str,
    /// The statement's label, if it has one.
    pub sid: Option<&'a str>,
}

/// File, line, column, policy and Sid, a `u32` each; see the writer.
const ENTRY_SIZE: usize = 5 * size_of::<u32>();
/// Stands for no Sid.
const NO_SID: u32 = u32::MAX;

impl<B: AsRef<[u8]>> Artifact<B> {
    /// Where a statement stands in the policies that the artifact was built from. `None` if it was built without source map.
    #[must_use]
    pub fn statement_place(&self, statement: StatementId) -> Option<StatementPlace<'_>> {
        let view = self.view();
        let entry = view.record::<ENTRY_SIZE>(Section::SourceMap, statement.0).ok()?;
        let text = |reference: u32| std::str::from_utf8(view.string(reference).ok()?).ok();
        let (numbers, _) = entry.as_chunks::<{ size_of::<u32>() }>();
        let &[file, line, column, policy, sid] = numbers else { return None };
        let [file, line, column, policy, sid] = [file, line, column, policy, sid].map(u32::from_le_bytes);
        Some(StatementPlace {
            file: text(file)?,
            line,
            column,
            policy: text(policy)?,
            sid: if sid == NO_SID { None } else { text(sid) },
        })
    }
}
