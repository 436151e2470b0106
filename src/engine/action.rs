//! Actions: from text to a class, and from a class to what an `Action` element says of it.

use super::Evaluation;
use super::codes::action_code;
use super::glob_match::matches_folded_glob;
use crate::artifact::{Cursor, Damaged, Read, Section, View, string_map};
use crate::request::MAX_ACTION_SIZE;

/// What is known of the action that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActionClass {
    /// A known name.
    Known { service: u32, name: u32, class: u32 },
    /// No policy names the service.
    UnknownService,
    /// A name that the compiler did not know, of a service that policies name: only the patterns can tell.
    UnknownName { class: u32 },
}

/// Where the parts of the section `actions` are, read once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ActionTables {
    services: u32,
    actions: u32,
    details: u32,
    sets: u32,
    class_count: u32,
}

impl ActionTables {
    pub(super) fn read(view: View<'_>) -> Read<ActionTables> {
        let mut root = view.cursor(Section::Actions, 0)?;
        let (services, actions, sets, class_count) = (root.u32()?, root.u32()?, root.u32()?, root.u32()?);
        let details = view.u32(Section::Actions, actions)?;
        Ok(ActionTables { services, actions: actions + 4, details: actions.saturating_add(details), sets, class_count })
    }

    #[inline]
    pub(super) fn classify(self, view: View<'_>, action: &str) -> Read<ActionClass> {
        let mut buffer = [0; MAX_ACTION_SIZE];
        let folded = buffer.get_mut(..action.len()).ok_or(Damaged)?;
        folded.copy_from_slice(action.as_bytes());
        folded.make_ascii_lowercase();
        if let Some(at) = string_map::lookup(view.from(Section::Actions, self.actions)?, view.seed(), folded)? {
            let mut details = view.cursor(Section::Actions, self.details + at)?;
            return Ok(ActionClass::Known { service: details.u32()?, name: details.u32()?, class: details.u32()? });
        }
        let service = folded.split(|&byte| byte == b':').next().unwrap_or(folded);
        let class = string_map::lookup(view.from(Section::Actions, self.services)?, view.seed(), service)?;
        Ok(class.map_or(ActionClass::UnknownService, |class| ActionClass::UnknownName { class }))
    }
}

impl<'a> Evaluation<'a, '_> {
    /// The number of the request's class, for indexes.
    #[inline]
    pub(super) fn action_class(&self) -> u32 {
        match self.action {
            ActionClass::Known { class, .. } | ActionClass::UnknownName { class } => class,
            ActionClass::UnknownService => self.actions.class_count.saturating_sub(1),
        }
    }

    /// Whether an `Action` or `NotAction` element matches the request's action.
    #[inline]
    pub(super) fn action_matches(&mut self, set: u32) -> Read<bool> {
        match self.action {
            ActionClass::Known { service, name, .. } => self.known_action_matches(set, service, name),
            ActionClass::UnknownService => Ok(self.action_set(set)?.u8()? != 0),
            ActionClass::UnknownName { .. } => self.unknown_action_matches(set),
        }
    }

    pub(super) fn action_set(&self, set: u32) -> Read<Cursor<'a>> {
        let reference = self.view.u32(Section::Actions, self.actions.sets.saturating_add(set.saturating_mul(4)))?;
        self.view.cursor(Section::Actions, reference)
    }

    #[inline]
    fn known_action_matches(&self, set: u32, service: u32, name: u32) -> Read<bool> {
        let mut cursor = self.action_set(set)?;
        let (default, _negated, count) = (cursor.u8()?, cursor.u8()?, cursor.varint()?);
        for _ in 0..count {
            let (listed, bits) = (cursor.u32()?, cursor.u32()?);
            if listed == service {
                return match bits {
                    action_code::EVERY_NAME => Ok(true),
                    action_code::NO_NAME => Ok(false),
                    bits => Ok(self.view.cursor(Section::Actions, bits.saturating_add(name / 8))?.u8()? >> (name % 8) & 1 == 1),
                };
            }
        }
        Ok(default != 0)
    }

    fn unknown_action_matches(&mut self, set: u32) -> Read<bool> {
        if let Some(answer) = self.memo.action_set(set) {
            return Ok(answer);
        }
        let mut cursor = self.action_set(set)?;
        let (_default, negated, count) = (cursor.u8()?, cursor.u8()? != 0, cursor.varint()?);
        cursor.slice((count as usize).saturating_mul(8))?;
        let mut patterns = cursor.part()?;
        let matches = any_pattern_matches(&mut patterns, self.request.action)? != negated;
        self.memo.set_action_set(set, matches);
        Ok(matches)
    }
}

fn any_pattern_matches(patterns: &mut Cursor<'_>, action: &str) -> Read<bool> {
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    while !patterns.is_empty() {
        if patterns.u8()? == 0 {
            return Ok(true);
        }
        let (prefix, pattern) = (patterns.bytes()?, patterns.bytes()?);
        if service.as_bytes().eq_ignore_ascii_case(prefix) && matches_folded_glob(pattern, name.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}
