//! Asking one unit: which of its statements can apply, and which do.

use super::Evaluation;
use super::principal::Grant;
use super::record::Match;
use crate::artifact::{Read, Section};
use crate::iam::Effect;

/// What the units of a layer answer together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Findings {
    /// The first Deny found.
    pub(super) deny: Option<u32>,
    /// The strongest Allow found.
    pub(super) grant: Grant,
    /// Its statement.
    pub(super) allow: Option<u32>,
}

impl Findings {
    /// Whether nothing that is still unseen can change the answer, if all of it is Allow.
    pub(super) fn needs_no_allow(&self) -> bool {
        self.grant == Grant::Direct
    }

    fn add(&mut self, found: Match) {
        match found.effect {
            Effect::Deny => self.deny = Some(found.statement),
            Effect::Allow if found.grant > self.grant => {
                self.grant = found.grant;
                self.allow = Some(found.statement);
            }
            Effect::Allow => {}
        }
    }
}

impl Evaluation<'_, '_> {
    /// Adds what a unit has to say. Stops at the first Deny.
    pub(super) fn ask(&mut self, unit: u32, findings: &mut Findings) -> Read<()> {
        let record: &[u8; 16] = self.view.record(Section::Units, unit)?;
        let [a, b, c, d, e, f, g, h, ..] = *record;
        let (reference, is_indexed) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]) != 0);
        if is_indexed { self.ask_index(reference, findings) } else { self.ask_list(reference, findings) }
    }

    /// A posting list: `deny count u32, allow count u32, record references`. Denies come first.
    pub(super) fn ask_list(&mut self, list: u32, findings: &mut Findings) -> Read<()> {
        let mut list = self.view.cursor(Section::Index, list)?;
        let (deny_count, allow_count) = (list.u32()?, list.u32()?);
        for index in 0..u64::from(deny_count) + u64::from(allow_count) {
            if index >= u64::from(deny_count) && findings.needs_no_allow() {
                return Ok(());
            }
            let reference = list.u32()?;
            self.ask_statement(reference, findings)?;
            if findings.deny.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    #[inline]
    pub(super) fn ask_statement(&mut self, reference: u32, findings: &mut Findings) -> Read<()> {
        if let Some(found) = self.verify(reference, findings.needs_no_allow())? {
            findings.add(found);
        }
        Ok(())
    }
}
