//! Actions that the compiler did not know, of services that policies name.
//!
//! They fall into classes by how their names begin, and an `Action` element has a bit for each class as for each known name. That
//! bit is the answer if all patterns of the element are names and beginnings (`GetImage`, `Get*`, `*`); if not, it only rules
//! out, and the patterns themselves are asked.

use super::Evaluation;
use super::action::{ActionClass, any_pattern_matches};
use crate::artifact::{Read, Section, View, prefix_map};

/// The class of a name; `service` is the reference of its service.
pub(super) fn classify(view: View<'_>, service: u32, name: &str) -> Read<ActionClass> {
    let mut record = view.cursor(Section::Actions, service)?;
    let (service, first_name, first_class) = (record.u32()?, record.u32()?, record.u32()?);
    let prefix = prefix_map::longest(record.rest(), name.as_bytes())?;
    let (name, class) = (first_name.saturating_add(prefix), first_class.saturating_add(prefix));
    Ok(ActionClass::UnknownName { service, name, class })
}

impl Evaluation<'_, '_> {
    /// Whether an `Action` or `NotAction` element matches the request's action, which is unknown; `name` stands for it.
    pub(super) fn unknown_action_matches(&mut self, set: u32, service: u32, name: u32) -> Read<bool> {
        if !self.known_action_matches(set, service, name)? {
            return Ok(false);
        }
        let record = self.action_set(set)?;
        if !record.is_approximate {
            return Ok(true);
        }
        if let Some(answer) = self.memo.action_set(set) {
            return Ok(answer);
        }
        let mut patterns = self.action_patterns(&record)?;
        let matches = any_pattern_matches(&mut patterns, self.request.action)? != record.negated;
        self.memo.set_action_set(set, matches);
        Ok(matches)
    }
}
