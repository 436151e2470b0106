//! Actions that the compiler did not know, of services that policies name.
//!
//! They fall into classes by how their names begin, and what an `Action` element says of such a class is the answer if all patterns
//! of the element are names and beginnings (`GetImage`, `Get*`, `*`); if not, it only rules out, and the patterns themselves are
//! asked.

use super::Evaluation;
use super::action::{ActionSetRecord, any_pattern_matches};
use crate::artifact::{Damaged, Read, Section, View, prefix_map};

/// The class of a name; `service` is the reference of its service.
pub(super) fn classify(view: View<'_>, service: u32, name: &str) -> Read<u32> {
    let mut record = view.cursor(Section::Actions, service)?;
    let classes = record.u32()?;
    let prefix = prefix_map::longest(record.rest(), name.as_bytes())?;
    view.u32(Section::Actions, prefix.checked_mul(4).and_then(|at| at.checked_add(classes)).ok_or(Damaged)?)
}

impl Evaluation<'_, '_> {
    /// Whether an `Action` or `NotAction` element whose class answers are approximate matches the request's unknown action.
    #[inline(never)]
    pub(super) fn patterns_match(&mut self, set: u32, record: ActionSetRecord<'_>) -> Read<bool> {
        if let Some(answer) = self.memo.action_set(set) {
            return Ok(answer);
        }
        let mut patterns = self.action_patterns(record)?;
        let matches = any_pattern_matches(&mut patterns, self.request.action)? != record.negated();
        self.memo.set_action_set(set, matches);
        Ok(matches)
    }
}
