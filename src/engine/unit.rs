//! Asking one unit: which of its statements can apply, and which do.

use std::hint::cold_path;

use super::Evaluation;
use super::principal::Grant;
use super::record::Match;
use super::watch::{Step, Unwatched, Watcher};
use crate::artifact::unit_code::{LONG, NONE, UNIT_SIZE, form};
use crate::artifact::{Damaged, Read, Section, word};
use crate::iam::Effect;

/// What the units of a layer answer together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Findings<W = Unwatched> {
    /// The first Deny found.
    pub(super) deny: Option<u32>,
    /// The strongest Allow found.
    pub(super) grant: Grant,
    /// Its statement.
    pub(super) allow: Option<u32>,
    /// Who follows how it was found.
    pub(super) watcher: W,
}

impl<W: Watcher> Findings<W> {
    #[inline(always)]
    pub(super) fn hear(&mut self, step: impl FnOnce() -> Step) {
        self.watcher.hear(step);
    }

    /// Whether nothing that is still unseen can change the answer, if all of it is Allow.
    #[inline]
    pub(super) fn needs_no_allow(&self) -> bool {
        self.grant == Grant::Direct
    }

    #[inline]
    pub(super) fn add(&mut self, found: Match) {
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
    ///
    /// PERF: of many units that a caller has, few are about the action; what is alone in its list mostly is.
    #[inline]
    pub(super) fn ask(&mut self, unit: u32, is_alone: bool, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let record: &[u8; UNIT_SIZE] = self.view.record(Section::Units, unit)?;
        if !is_alone && !self.may_match_action(record) {
            findings.hear(|| Step::OtherActions);
            return Ok(());
        }
        let reference = word(record, 0);
        match word(record, 1) {
            form::LIST => self.ask_list(reference, findings),
            form::SMALL => self.ask_small(reference, findings),
            form::INDEX => self.ask_index(reference, findings),
            form::ACTION => self.ask_by_action(reference, findings),
            _ => Err(Damaged),
        }
    }

    /// Whether a unit has statements about actions of the request's group of classes.
    #[inline]
    pub(super) fn may_match_action(&self, record: &[u8; UNIT_SIZE]) -> bool {
        let group = self.actions.class_group(self.action.class());
        word(record, 4 + group as usize / 32) >> (group % 32) & 1 == 1
    }

    /// A posting list: `deny count u32, allow count u32, record references`, denies first. A long one is in blocks:
    /// `LONG, block of denies u32, block of allows u32`.
    pub(super) fn ask_list(&mut self, list: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let header: &[u8; 8] = self.view.chunk(Section::Index, list)?;
        let first = list.checked_add(8).ok_or(Damaged)?;
        if word(header, 0) == LONG {
            let (denies, allows) = (word(header, 1), self.view.u32(Section::Index, first)?);
            if denies != NONE {
                self.ask_block(denies, Effect::Deny, findings)?;
            }
            if findings.deny.is_none() && !findings.needs_no_allow() && allows != NONE {
                self.ask_block(allows, Effect::Allow, findings)?;
            }
            return Ok(());
        }
        let (deny_count, allow_count) = (word(header, 0), word(header, 1));
        findings.hear(|| Step::Found { count: deny_count.saturating_add(allow_count) });
        self.ask_denies(first, deny_count, findings)?;
        if findings.deny.is_some() || findings.needs_no_allow() {
            return Ok(());
        }
        let allows = deny_count.checked_mul(4).and_then(|size| first.checked_add(size)).ok_or(Damaged)?;
        self.ask_allows(allows, allow_count, findings)
    }

    fn ask_denies(&mut self, first: u32, count: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let mut references = self.view.cursor(Section::Index, first)?;
        for _ in 0..count {
            self.ask_statement(references.u32()?, findings)?;
            if findings.deny.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn ask_allows(&mut self, first: u32, count: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        let mut references = self.view.cursor(Section::Index, first)?;
        for _ in 0..count {
            self.ask_statement(references.u32()?, findings)?;
            if findings.needs_no_allow() {
                break;
            }
        }
        Ok(())
    }

    #[inline]
    pub(super) fn ask_statement(&mut self, reference: u32, findings: &mut Findings<impl Watcher>) -> Read<()> {
        self.ask_statement_of(reference, true, findings)
    }

    /// As [`ask_statement`](Self::ask_statement); without looking at the action, if it is known to match.
    #[inline]
    pub(super) fn ask_statement_of(
        &mut self,
        reference: u32,
        looks_at_action: bool,
        findings: &mut Findings<impl Watcher>,
    ) -> Read<()> {
        if self.memo.skips_asked {
            cold_path();
            if !self.memo.asked_records.is_new(reference) {
                return Ok(());
            }
        }
        let verified_before = self.memo.verified;
        let applies = self.verify(reference, looks_at_action, findings)?;
        if self.memo.verified > verified_before {
            findings.hear(|| Step::Statement { reference, applies });
        }
        Ok(())
    }
}
