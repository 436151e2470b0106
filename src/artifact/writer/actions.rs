//! Known actions, and what each `Action` element says of them.
//!
//! ```text
//! root       service map u32, action map u32, list of action sets u32 (references in this section)
//! services   map: folded prefix → service number
//! actions    map: folded `prefix:name` → service << 16 | name number
//! set        default u8, negated u8, service count varint, { service u32, bits u32 }, patterns to the end of the set
//! bits       one bit for each name number of the service; NO_NAME or EVERY_NAME instead of a reference if all are equal
//! pattern    0: `*`; 1: prefix text, name text
//! ```
//! A set says of a service that it does not list what `default` says. Of a known service's unknown action only the patterns
//! themselves can tell.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::{SEED, Sections};
use crate::artifact::layout::Section;
use crate::artifact::string_map;
use crate::artifact::wire::Put;
use crate::compile::catalogue;
use crate::engine::action_code::{EVERY_NAME, NO_NAME};
use crate::engine::glob_match::matches_folded_glob;
use crate::ir::{ActionSet, ActionSetId, Program};

/// Known names, numbered by service; classes number all of them through.
pub(super) struct Actions {
    services: IndexMap<Box<str>, Names, Xxh3DefaultBuilder>,
    /// For each set: whether unlisted services match, and the names that match of each listed one.
    sets: Vec<(bool, Vec<(u32, Vec<bool>)>)>,
}

#[derive(Default)]
struct Names {
    /// Class of the first name.
    first_class: u32,
    names: IndexMap<Box<str>, (), Xxh3DefaultBuilder>,
    needs_catalogue: bool,
}

impl Actions {
    /// Number of classes: one for each known name, one for actions of services that no policy names.
    pub(super) fn class_count(&self) -> u32 {
        self.unknown_service_class() + 1
    }

    pub(super) fn unknown_service_class(&self) -> u32 {
        self.services.last().map_or(0, |(_, names)| names.first_class + names.names.len() as u32)
    }

    /// The classes a set matches; `None` if it also matches services that no policy names.
    pub(super) fn classes(&self, set: ActionSetId) -> Option<impl Iterator<Item = u32> + '_> {
        let (default, services) = &self.sets[set.index()];
        (!default).then(|| {
            services.iter().flat_map(|(service, bits)| {
                let first = self.services[*service as usize].first_class;
                bits.iter().enumerate().filter(|&(_, &bit)| bit).map(move |(name, _)| first + name as u32)
            })
        })
    }

    /// Sets the bit of every class that a set matches.
    pub(super) fn mark(&self, set: ActionSetId, bits: &mut [u64]) {
        let mut mark = |class: u32, value: bool| {
            if value {
                bits[class as usize / 64] |= 1 << (class % 64);
            }
        };
        let (default, services) = &self.sets[set.index()];
        if *default {
            mark(self.unknown_service_class(), true);
        }
        let mut listed = services.iter().peekable();
        for (number, (_, names)) in self.services.iter().enumerate() {
            let own = listed.next_if(|(service, _)| *service as usize == number);
            for name in 0..names.names.len() {
                mark(names.first_class + name as u32, own.map_or(*default, |(_, bits)| bits[name]));
            }
        }
    }
}

/// Numbers services and names, and writes the section.
pub(super) fn write(program: &Program, sections: &mut Sections) -> Actions {
    let mut actions = number_names(program);
    actions.sets = program.action_sets.iter().map(|set| evaluate(set, &actions.services)).collect();

    let mut body: Vec<u8> = vec![0; 12];
    let root = [service_map(&actions, &mut body), action_map(&actions, &mut body), 0];
    let mut references = Vec::new();
    for (set, (default, services)) in program.action_sets.iter().zip(&actions.sets) {
        let reference = write_set(&mut body, set, *default, services);
        references.put_u32(reference);
    }
    let root = [root[0], root[1], body.len() as u32];
    body.extend(references);
    for (slot, reference) in body.chunks_exact_mut(4).zip(root) {
        slot.copy_from_slice(&reference.to_le_bytes());
    }
    *sections.of(Section::Actions) = body;
    sections.set_count(Section::Actions, program.action_sets.len());
    actions
}

fn number_names(program: &Program) -> Actions {
    let mut services: IndexMap<Box<str>, Names, Xxh3DefaultBuilder> = IndexMap::default();
    for (prefix, name) in program.action_sets.iter().flat_map(|set| set.patterns.iter().flatten()) {
        let service = services.entry(prefix.clone()).or_default();
        if !name.contains(['*', '?']) {
            service.names.insert(name.clone(), ());
        } else {
            service.needs_catalogue = true;
        }
    }
    let mut first_class = 0;
    for (prefix, service) in &mut services {
        if service.needs_catalogue {
            for name in catalogue::action_names(prefix) {
                service.names.insert(name.to_ascii_lowercase().into(), ());
            }
        }
        service.first_class = first_class;
        first_class += service.names.len() as u32;
    }
    Actions { services, sets: Vec::new() }
}

impl Names {
    fn len(&self) -> usize {
        self.names.len()
    }
}

/// What a set says of every name of the services it mentions.
fn evaluate(set: &ActionSet, services: &IndexMap<Box<str>, Names, Xxh3DefaultBuilder>) -> (bool, Vec<(u32, Vec<bool>)>) {
    let has_any = set.patterns.iter().any(Option::is_none);
    let mut listed: Vec<(u32, Vec<bool>)> = Vec::new();
    for (prefix, name) in set.patterns.iter().flatten().filter(|_| !has_any) {
        let (number, _, names) = services.get_full(prefix).expect("every prefix was numbered");
        // Patterns are sorted, so those of one service are neighbours.
        if listed.last().is_none_or(|(service, _)| *service != number as u32) {
            listed.push((number as u32, vec![false; names.len()]));
        }
        let bits = &mut listed.last_mut().expect("just pushed").1;
        match names.names.get_index_of(name) {
            Some(exact) if !name.contains(['*', '?']) => bits[exact] = true,
            _ => {
                for (bit, known) in bits.iter_mut().zip(names.names.keys()) {
                    *bit |= matches_folded_glob(name.as_bytes(), known.as_bytes());
                }
            }
        }
    }
    if set.negated {
        listed.iter_mut().flat_map(|(_, bits)| bits).for_each(|bit| *bit = !*bit);
    }
    listed.sort_unstable_by_key(|(service, _)| *service);
    (has_any != set.negated, listed)
}

fn service_map(actions: &Actions, body: &mut Vec<u8>) -> u32 {
    let reference = body.len() as u32;
    let entries = actions.services.keys().enumerate().map(|(number, prefix)| (&**prefix, number as u32));
    body.extend(string_map::build(SEED, entries));
    reference
}

fn action_map(actions: &Actions, body: &mut Vec<u8>) -> u32 {
    let reference = body.len() as u32;
    let mut texts = Vec::new();
    for (service, (prefix, names)) in actions.services.iter().enumerate() {
        for (number, name) in names.names.keys().enumerate() {
            let class = names.first_class + number as u32;
            texts.push((format!("{prefix}:{name}"), service as u32, number as u32, class));
        }
    }
    // The value leads to { service u32, name number u32, class u32 }.
    let mut details: Vec<u8> = Vec::new();
    let entries: Vec<(&str, u32)> = texts
        .iter()
        .map(|(text, service, number, class)| {
            let at = details.len() as u32;
            [*service, *number, *class].into_iter().for_each(|value| details.put_u32(value));
            (text.as_str(), at)
        })
        .collect();
    let map = string_map::build(SEED, entries.into_iter());
    body.put_u32(4 + map.len() as u32);
    body.extend(map);
    body.extend(details);
    reference
}

fn write_set(body: &mut Vec<u8>, set: &ActionSet, default: bool, services: &[(u32, Vec<bool>)]) -> u32 {
    let mut entries = Vec::new();
    for (service, bits) in services {
        let reference = if bits.iter().all(|bit| *bit) {
            EVERY_NAME
        } else if bits.iter().all(|bit| !*bit) {
            NO_NAME
        } else {
            let reference = body.len() as u32;
            let bytes = bits.chunks(8).map(|chunk| chunk.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit)));
            body.extend(bytes);
            reference
        };
        entries.put_u32(*service);
        entries.put_u32(reference);
    }
    let reference = body.len() as u32;
    body.extend([u8::from(default), u8::from(set.negated)]);
    body.put_varint(services.len() as u32);
    body.extend(entries);
    let mut patterns = Vec::new();
    for pattern in &set.patterns {
        match pattern {
            None => patterns.push(0),
            Some((prefix, name)) => {
                patterns.push(1);
                patterns.put_bytes(prefix.as_bytes());
                patterns.put_bytes(name.as_bytes());
            }
        }
    }
    body.put_bytes(&patterns);
    reference
}
