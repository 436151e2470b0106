//! Asking a unit of few statements by the request's action: one look says which of them can match it.

use super::Evaluation;
use super::principal::Grant;
use super::record::Match;
use super::set_bits::SetBits;
use super::unit::Findings;
use super::watch::{Step, Watcher};
use crate::artifact::unit_code::CLASSES_OF_PAGE;
use crate::artifact::{Damaged, Read, Section, word};
use crate::iam::Effect;

/// Bytes before the record references.
const HEADER_SIZE: usize = 12;

impl Evaluation<'_, '_> {
    /// PERF: in one loop, since what is inline here makes the ways of other units longer.
    pub(super) fn ask_by_action(&mut self, reference: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let (header, references) = self.view.from(Section::Index, reference)?.split_first_chunk().ok_or(Damaged)?;
        let header: &[u8; HEADER_SIZE] = header;
        let (table, denies) = (word(header, 0), word(header, 1));
        // INVARIANT: only of names that the compiler knew a row says exactly which statements match; others are verified.
        let unconditional = if self.action.is_unknown() { 0 } else { word(header, 2) };
        let (references, _) = references.as_chunks::<4>();
        let candidates = self.class_row(table)?;
        findings.hear(|| Step::ByAction { count: candidates.count_ones() });
        for entry in SetBits(candidates) {
            if denies >> entry & 1 == 0 && findings.needs_no_allow() {
                return Ok(());
            }
            let reference = u32::from_le_bytes(*references.get(entry as usize).ok_or(Damaged)?);
            if unconditional >> entry & 1 == 1 {
                self.add_unconditional(reference, findings)?;
            } else {
                self.ask_statement_of(reference, self.action.is_unknown(), findings)?;
            }
            if findings.deny.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Adds a statement that has nothing to test but its action.
    #[inline]
    fn add_unconditional(&mut self, reference: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let id = self.view.u32(Section::Records, reference)?;
        let effect = if id & 1 == 1 { Effect::Allow } else { Effect::Deny };
        self.memo.verified += 1;
        findings.hear(|| Step::Statement { reference, applies: true });
        findings.add(Match { statement: id >> 1, effect, grant: Grant::Direct });
        Ok(())
    }

    /// The row of the request's class of actions, in a table of pages.
    #[inline]
    pub(super) fn class_row(&self, table: u32) -> Read<u32> {
        let class = self.action.class();
        // Sums of forged numbers wrap around, and are looked up like others: every read is checked.
        let page = self.view.u32(Section::Index, table.wrapping_add(class / CLASSES_OF_PAGE as u32 * 4))?;
        self.view.u32(Section::Index, page.wrapping_add(class % CLASSES_OF_PAGE as u32 * 4))
    }
}
