//! Actions: from text to a class, and from a class to what an `Action` element says of it.

use super::Evaluation;
use super::codes::action_code::{self, ACTION_SET_SIZE, ACTION_SIZE};
use super::glob_match::matches_folded_glob;
use super::unknown_action;
use crate::artifact::{Cursor, Damaged, Read, Section, View, string_map, word};
use crate::iam::ActionTraits;
use crate::request::Request;

/// The action that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) class: ActionClass,
    pub(super) traits: ActionTraits,
}

/// What policies know of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActionClass {
    /// A known name.
    Known { service: u32, name: u32, class: u32 },
    /// No policy names the service.
    UnknownService,
    /// A name that the compiler did not know, of a service that policies name: it stands for all that begin alike.
    UnknownName { service: u32, name: u32, class: u32 },
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

    /// PERF: out of line, since the way in of a decision needs the registers.
    #[inline(never)]
    pub(super) fn classify(self, view: View<'_>, request: &Request<'_>) -> Read<Action> {
        let actions = view.from(Section::Actions, self.actions)?;
        if let Some(at) = string_map::lookup_folded(actions, view.seed(), request.action.as_bytes())? {
            let details: &[u8; ACTION_SIZE] = view.chunk(Section::Actions, self.details.saturating_add(at))?;
            let class = ActionClass::Known { service: word(details, 0), name: word(details, 1), class: word(details, 2) };
            return Ok(Action { class, traits: ActionTraits::from_bits(word(details, 3)) });
        }
        let class = self.classify_unknown(view, request)?;
        Ok(Action { class, traits: ActionTraits::of(request.action) })
    }

    #[inline(never)]
    fn classify_unknown(self, view: View<'_>, request: &Request<'_>) -> Read<ActionClass> {
        if !request.has_well_formed_action() {
            return Err(Damaged);
        }
        let (service, name) = request.action.split_once(':').ok_or(Damaged)?;
        match string_map::lookup_folded(view.from(Section::Actions, self.services)?, view.seed(), service.as_bytes())? {
            Some(service) => unknown_action::classify(view, service, name),
            None => Ok(ActionClass::UnknownService),
        }
    }
}

impl<'a> Evaluation<'a, '_> {
    /// The number of the request's class, for indexes.
    #[inline]
    pub(super) fn action_class(&self) -> u32 {
        match self.action.class {
            ActionClass::Known { class, .. } | ActionClass::UnknownName { class, .. } => class,
            ActionClass::UnknownService => self.actions.class_count.saturating_sub(1),
        }
    }

    /// Whether an `Action` or `NotAction` element matches the request's action.
    #[inline]
    pub(super) fn action_matches(&mut self, set: u32) -> Read<bool> {
        match self.action.class {
            ActionClass::Known { service, name, .. } => self.known_action_matches(set, service, name),
            ActionClass::UnknownService => Ok(self.action_set(set)?.default),
            ActionClass::UnknownName { service, name, .. } => self.unknown_action_matches(set, service, name),
        }
    }

    #[inline]
    pub(super) fn action_set(&self, set: u32) -> Read<ActionSetRecord> {
        let at = u64::from(self.actions.sets) + u64::from(set) * ACTION_SET_SIZE as u64;
        let record: &[u8; ACTION_SET_SIZE] = self.view.chunk(Section::Actions, u32::try_from(at).map_err(|_| Damaged)?)?;
        let (reference, service, bits, flags) = (word(record, 0), word(record, 1), word(record, 2), word(record, 3));
        Ok(ActionSetRecord {
            reference,
            only_service: (flags & action_code::SEVERAL_SERVICES == 0).then_some((service, bits)),
            default: flags & action_code::DEFAULT != 0,
            negated: flags & action_code::NEGATED != 0,
            is_approximate: flags & action_code::APPROXIMATE != 0,
        })
    }

    /// The patterns of a set.
    pub(super) fn action_patterns(&self, set: &ActionSetRecord) -> Read<Cursor<'a>> {
        let mut body = self.view.cursor(Section::Actions, set.reference)?;
        let service_count = body.varint()?;
        body.slice((service_count as usize).saturating_mul(8))?;
        body.part()
    }

    #[inline]
    pub(super) fn known_action_matches(&self, set: u32, service: u32, name: u32) -> Read<bool> {
        let set = self.action_set(set)?;
        if let Some((only, bits)) = set.only_service {
            return if only == service { self.has_name(bits, name) } else { Ok(set.default) };
        }
        let mut list = self.view.cursor(Section::Actions, set.reference)?;
        for _ in 0..list.varint()? {
            let (listed, bits) = (list.u32()?, list.u32()?);
            if listed == service {
                return self.has_name(bits, name);
            }
        }
        Ok(set.default)
    }

    #[inline]
    fn has_name(&self, bits: u32, name: u32) -> Read<bool> {
        match bits {
            action_code::EVERY_NAME => Ok(true),
            action_code::NO_NAME => Ok(false),
            bits => {
                let [byte] = *self.view.chunk::<1>(Section::Actions, bits.saturating_add(name / 8))?;
                Ok(byte >> (name % 8) & 1 == 1)
            }
        }
    }
}

/// What the artifact says of one `Action` or `NotAction` element.
pub(super) struct ActionSetRecord {
    /// Its services and patterns.
    reference: u32,
    /// The service and bits, if it lists only one.
    only_service: Option<(u32, u32)>,
    /// The answer for services that it does not list.
    default: bool,
    pub(super) negated: bool,
    /// Whether its bits of unknown names say only which it can match.
    pub(super) is_approximate: bool,
}

pub(super) fn any_pattern_matches(patterns: &mut Cursor<'_>, action: &str) -> Read<bool> {
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
