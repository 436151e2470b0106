//! What the statements of an artifact name: keys, services, actions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::Budget;
use crate::artifact::{Cursor, Damaged, Read, Section, View};
use crate::engine::action::any_pattern_matches;
use crate::engine::codes::action_code::{ACTION_SET_SIZE, BITS, DEFAULT, NEGATED};
use crate::engine::explain::decode::{Record, Test, unit_records};
use crate::engine::explain::element;

/// Hands every record of the units to `take`, with its unit. A forged artifact, whose records overlap, must not take longer.
pub(super) fn each_record<'a>(
    view: View<'a>,
    units: impl IntoIterator<Item = u32>,
    mut take: impl FnMut(u32, Record<'a>) -> Read<()>,
) -> Read<()> {
    let mut budget = Budget::new(view.size(Section::Records) as usize);
    for unit in units {
        for reference in unit_records(view, unit)? {
            let record = Record::read(view, reference)?;
            budget.charge(1 + record.tests.len())?;
            take(unit, record)?;
        }
    }
    Ok(())
}

/// What tests and action sets name, read once each: statements share them.
pub(super) struct Names<'a> {
    view: View<'a>,
    budget: Budget,
    /// By place and length.
    tests: HashMap<(usize, usize), Rc<[u32]>>,
    services: HashMap<u32, Rc<[&'a str]>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(view: View<'a>) -> Names<'a> {
        let sections = [Section::Records, Section::Tests, Section::Actions];
        let size = sections.into_iter().map(|section| view.size(section) as usize).sum();
        Names { view, budget: Budget::new(size), tests: HashMap::new(), services: HashMap::new() }
    }

    /// The keys that a statement asks for, by its conditions and by policy variables, each once.
    pub(super) fn keys(&mut self, record: &Record<'a>) -> Read<BTreeSet<u32>> {
        let mut keys = BTreeSet::new();
        for &test in &record.tests {
            keys.extend(self.test_keys(test)?.iter());
        }
        Ok(keys)
    }

    fn test_keys(&mut self, test: Test<'a>) -> Read<Rc<[u32]>> {
        let (Test::Resource(body) | Test::Condition(body)) = test;
        let place = (body.rest().as_ptr() as usize, body.rest().len());
        if let Some(keys) = self.tests.get(&place) {
            return Ok(Rc::clone(keys));
        }
        self.budget.charge(body.rest().len())?;
        let keys: Rc<[u32]> = element::keys(test)?.into();
        self.tests.insert(place, Rc::clone(&keys));
        Ok(keys)
    }

    /// The services that an action set names, each once; `*` for all.
    pub(super) fn services(&mut self, set: u32) -> Read<Rc<[&'a str]>> {
        if let Some(services) = self.services.get(&set) {
            return Ok(Rc::clone(services));
        }
        let (_, mut patterns) = action_set(self.view, set)?;
        self.budget.charge(patterns.rest().len())?;
        let mut services = BTreeSet::new();
        while !patterns.is_empty() {
            services.insert(match patterns.u8()? {
                0 => "*",
                _ => {
                    let prefix = patterns.text()?;
                    patterns.bytes()?;
                    prefix
                }
            });
        }
        let services: Rc<[&str]> = services.into_iter().collect();
        self.services.insert(set, Rc::clone(&services));
        Ok(services)
    }
}

/// Which action sets match an action, found once each.
pub(super) struct ActionMatches<'q> {
    action: &'q str,
    answers: BTreeMap<u32, bool>,
    budget: Budget,
}

impl<'q> ActionMatches<'q> {
    pub(super) fn new(view: View<'_>, action: &'q str) -> ActionMatches<'q> {
        ActionMatches { action, answers: BTreeMap::new(), budget: Budget::new(view.size(Section::Actions) as usize) }
    }

    pub(super) fn matches(&mut self, view: View<'_>, set: u32) -> Read<bool> {
        if let Some(&answer) = self.answers.get(&set) {
            return Ok(answer);
        }
        let (is_negated, mut patterns) = action_set(view, set)?;
        self.budget.charge(patterns.rest().len())?;
        let answer = any_pattern_matches(&mut patterns, self.action)? != is_negated;
        self.answers.insert(set, answer);
        Ok(answer)
    }
}

/// Whether an action set is `NotAction`, and its patterns. No request is at hand that an evaluation could be made for.
fn action_set(view: View<'_>, set: u32) -> Read<(bool, Cursor<'_>)> {
    let [_services, _actions, sets] = words(&mut view.cursor(Section::Actions, 0)?)?;
    let offset = set.checked_mul(ACTION_SET_SIZE as u32).and_then(|offset| offset.checked_add(sets)).ok_or(Damaged)?;
    let [patterns, _exceptions, _count, flags] = words(&mut view.cursor(Section::Actions, offset)?)?;
    Ok((flags & NEGATED != 0, view.cursor(Section::Actions, patterns)?.part()?))
}

/// The classes of actions that a set can match; none if it matches more of them than statements are filed under.
pub(super) fn classes(view: View<'_>, set: u32, budget: &mut Budget) -> Read<Vec<u32>> {
    let [_services, _actions, sets, class_count] = words(&mut view.cursor(Section::Actions, 0)?)?;
    let offset = set.checked_mul(ACTION_SET_SIZE as u32).and_then(|offset| offset.checked_add(sets)).ok_or(Damaged)?;
    let [_patterns, exceptions, count, flags] = words(&mut view.cursor(Section::Actions, offset)?)?;
    let classes: Vec<u32> = match count {
        BITS => {
            let size = class_count.div_ceil(8) as usize;
            budget.charge(size)?;
            let bits = view.cursor(Section::Actions, exceptions)?.slice(size)?;
            let is_set = |class: &u32| bits.get((class / 8) as usize).is_some_and(|byte| byte >> (class % 8) & 1 == 1);
            (0..class_count).filter(is_set).take(MAX_CLASSES + 1).collect()
        }
        _ if flags & DEFAULT != 0 => return Ok(Vec::new()),
        1 => vec![exceptions],
        count => {
            let size = (count as usize).checked_mul(4).ok_or(Damaged)?;
            budget.charge(size)?;
            let (classes, _) = view.cursor(Section::Actions, exceptions)?.slice(size)?.as_chunks();
            classes.iter().take(MAX_CLASSES + 1).map(|class| u32::from_le_bytes(*class)).collect()
        }
    };
    Ok(if classes.len() > MAX_CLASSES { Vec::new() } else { classes })
}

/// Most classes of actions that a statement is filed under.
const MAX_CLASSES: usize = 64;

fn words<const N: usize>(cursor: &mut Cursor<'_>) -> Read<[u32; N]> {
    let mut words = [0; N];
    for word in &mut words {
        *word = cursor.u32()?;
    }
    Ok(words)
}
