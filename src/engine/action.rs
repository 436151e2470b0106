//! Actions: from text to a class, and from a class to what an `Action` element says of it.

use std::hint::cold_path;

use super::Evaluation;
use super::codes::action_code::{self, ACTION_SET_SIZE};
use super::glob_match::matches_folded_glob;
use super::unknown_action;
use crate::artifact::unit_code::class_group_shift;
use crate::artifact::{Cursor, Damaged, Read, Section, View, name_map, word};
use crate::iam::ActionTraits;
use crate::request::Request;

/// The action that a request asks for: its class, its traits above, and in the top bit whether it is unknown.
///
/// PERF: one word, which is handed on in a register. A structure of small fields is stored field by field and then copied as a
/// whole, and such a copy waits until all stores have reached the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Action(u64);

impl Action {
    const UNKNOWN: u64 = 1 << 63;

    #[inline]
    const fn new(class: u32, traits: ActionTraits) -> Action {
        Action(class as u64 | (traits.bits() as u64) << 32)
    }

    #[inline]
    const fn unknown(self) -> Action {
        Action(self.0 | Action::UNKNOWN)
    }

    /// Actions that all `Action` elements answer alike have one number.
    #[inline]
    pub(super) const fn class(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    pub(super) const fn traits(self) -> ActionTraits {
        ActionTraits::from_bits(((self.0 & !Action::UNKNOWN) >> 32) as u32)
    }

    /// Whether the compiler did not know the name, though policies name the service. Its class stands for all names that begin
    /// alike, so elements may have to be asked by their patterns.
    #[inline]
    pub(super) const fn is_unknown(self) -> bool {
        self.0 & Action::UNKNOWN != 0
    }
}

/// Where the parts of the section `actions` are, read once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ActionTables {
    services: u32,
    actions: u32,
    sets: u32,
    class_count: u32,
    class_group_shift: u32,
}

impl ActionTables {
    pub(super) fn read(view: View<'_>) -> Read<ActionTables> {
        let mut root = view.cursor(Section::Actions, 0)?;
        let (services, actions, sets, class_count) = (root.u32()?, root.u32()?, root.u32()?, root.u32()?);
        Ok(ActionTables { services, actions, sets, class_count, class_group_shift: class_group_shift(class_count) })
    }

    /// The number of the group that a class is in, below 128: units say which groups they are about.
    #[inline]
    pub(super) const fn class_group(self, class: u32) -> u32 {
        // Forged classes are in some group.
        class >> self.class_group_shift & (u128::BITS - 1)
    }

    /// PERF: out of line, since the way in of a decision needs the registers.
    #[inline(never)]
    pub(super) fn classify(self, view: &View<'_>, request: &Request<'_>) -> Read<Action> {
        let actions = view.from(Section::Actions, self.actions)?;
        match name_map::lookup(actions, view.seed(), request.action.as_bytes())? {
            Some(known) => {
                let (class, traits) = action_code::class_and_traits(known);
                Ok(Action::new(class, ActionTraits::from_bits(traits)))
            }
            None => self.classify_unknown(view, request),
        }
    }

    #[inline(never)]
    fn classify_unknown(self, view: &View<'_>, request: &Request<'_>) -> Read<Action> {
        if !request.has_well_formed_action() {
            return Err(Damaged);
        }
        let (service, name) = request.action.split_once(':').ok_or(Damaged)?;
        let traits = ActionTraits::of(request.action);
        Ok(match name_map::lookup(view.from(Section::Actions, self.services)?, view.seed(), service.as_bytes())? {
            Some(service) => Action::new(unknown_action::classify(*view, service, name)?, traits).unknown(),
            // The last class is that of services that no policy names.
            None => Action::new(self.class_count.saturating_sub(1), traits),
        })
    }
}

impl<'a> Evaluation<'a, '_> {
    /// Whether an `Action` or `NotAction` element matches the request's action.
    #[inline]
    pub(super) fn action_matches(&mut self, set: u32) -> Read<bool> {
        let record = self.action_set(set)?;
        let matches = self.class_matches_set(record)?;
        if self.action.is_unknown() {
            cold_path();
            if matches && record.is_approximate() {
                return self.patterns_match(set, record);
            }
        }
        Ok(matches)
    }

    #[inline]
    pub(super) fn action_set(&self, set: u32) -> Read<ActionSetRecord<'a>> {
        // Forged numbers wrap around, and are looked up like others: every read is checked.
        let at = self.actions.sets.wrapping_add(set.wrapping_mul(ACTION_SET_SIZE as u32));
        self.view.chunk(Section::Actions, at).map(ActionSetRecord)
    }

    /// The patterns of a set.
    pub(super) fn action_patterns(&self, set: ActionSetRecord<'_>) -> Read<Cursor<'a>> {
        self.view.cursor(Section::Actions, set.patterns())?.part()
    }

    /// Whether a set matches the request's class, or can.
    #[inline]
    fn class_matches_set(&self, set: ActionSetRecord<'_>) -> Read<bool> {
        let class = self.action.class();
        let exception_count = set.exception_count();
        if exception_count == action_code::BITS {
            let [byte] = *self.view.chunk::<1>(Section::Actions, set.exceptions().wrapping_add(class / 8))?;
            return Ok(byte >> (class % 8) & 1 == 1);
        }
        cold_path();
        let is_exception = match exception_count {
            0 => false,
            1 => set.exceptions() == class,
            count => {
                let (classes, _) = self.view.from(Section::Actions, set.exceptions())?.as_chunks();
                let classes = classes.get(..count as usize).ok_or(Damaged)?;
                classes.binary_search_by_key(&class, |&class| u32::from_le_bytes(class)).is_ok()
            }
        };
        Ok(is_exception != set.default())
    }
}

/// What the artifact says of one `Action` or `NotAction` element.
///
/// PERF: read where it is asked for: a usual set is asked for two of its words.
#[derive(Clone, Copy)]
pub(super) struct ActionSetRecord<'a>(&'a [u8; ACTION_SET_SIZE]);

impl ActionSetRecord<'_> {
    #[inline]
    fn patterns(self) -> u32 {
        word(self.0, 0)
    }

    /// The classes of which it does not say its default answer.
    #[inline]
    fn exceptions(self) -> u32 {
        word(self.0, 1)
    }

    #[inline]
    fn exception_count(self) -> u32 {
        word(self.0, 2)
    }

    #[inline]
    fn has(self, flag: u32) -> bool {
        word(self.0, 3) & flag != 0
    }

    /// The answer for all other classes.
    #[inline]
    fn default(self) -> bool {
        self.has(action_code::DEFAULT)
    }

    #[inline]
    pub(super) fn negated(self) -> bool {
        self.has(action_code::NEGATED)
    }

    /// Whether its answers about unknown names say only which it can match.
    #[inline]
    fn is_approximate(self) -> bool {
        self.has(action_code::APPROXIMATE)
    }
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
