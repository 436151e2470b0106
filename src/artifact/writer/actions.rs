//! Known actions, and what each `Action` element says of them.
//!
//! ```text
//! root       service map u32, action map u32, action sets u32 (references in this section), class count u32
//! services   map: folded prefix → reference in this section of { service u32, name u32, class u32, map of prefixes }: the first name
//!            number and class of unknown names
//! actions    where the details begin u32, map: `prefix:name` as AWS spells it → detail, details { service u32, name u32, class u32 }
//! set        body u32, service u32, bits u32, flags u32: service and bits are those of the only service that it lists
//! body       service count varint, { service u32, bits u32 }, patterns: size and patterns
//! bits       one bit for each name number of the service; NO_NAME or EVERY_NAME instead of a reference if all are equal. Behind
//!            the known names, unknown ones by their longest prefix: whether the set matches them, or can (APPROXIMATE)
//! pattern    0: `*`; 1: prefix text, name text
//! ```
//! A set says of a service that it does not list what `default` says. The map of prefixes is described at
//! [`prefix_map`](crate::artifact::prefix_map).

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Sections;
use super::prefixes::Prefixes;
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::artifact::{prefix_map, string_map};
use crate::compile::catalogue;
use crate::engine::action_code::{APPROXIMATE, DEFAULT, EVERY_NAME, NEGATED, NO_NAME, SEVERAL_SERVICES};
use crate::engine::glob_match::matches_folded_glob;
use crate::ir::{ActionSet, ActionSetId, Program};

/// Most prefixes of a service.
const MAX_PREFIXES: usize = 512;
/// Most answers of all sets about prefixes of one service; each is a bit in the artifact.
const MAX_PREFIX_ANSWERS: usize = 1 << 25;

/// Known names, numbered by service.
///
/// Classes number through: the names of a service, then one class for each prefix of its unknown names; last, one for all
/// actions of services that no policy names.
pub(super) struct Actions {
    services: IndexMap<Box<str>, Names, Xxh3DefaultBuilder>,
    sets: Vec<SetAnswers>,
}

/// What one set says.
struct SetAnswers {
    /// Of services that it does not list.
    default: bool,
    /// Of those that it lists, in the order of their numbers.
    services: Vec<ServiceAnswers>,
}

/// What one set says of one service.
struct ServiceAnswers {
    service: u32,
    /// Of each known name, then whether it can match unknown ones of each prefix.
    names: Vec<bool>,
    /// Of each prefix, whether the patterns that were looked at match some of its names, and all.
    possible: Vec<bool>,
    certain: Vec<bool>,
}

/// The names of a service.
#[derive(Default)]
struct Names {
    /// Class of the first name.
    first_class: u32,
    names: IndexMap<Box<str>, (), Xxh3DefaultBuilder>,
    /// Of unknown names.
    prefixes: Prefixes,
}

impl Actions {
    /// Number of classes.
    pub(super) fn class_count(&self) -> u32 {
        self.unknown_service_class() + 1
    }

    fn unknown_service_class(&self) -> u32 {
        self.services.last().map_or(0, |(_, names)| names.classes().end)
    }

    /// The classes a set can match; `None` if it also matches services that no policy names.
    pub(super) fn classes(&self, set: ActionSetId) -> Option<impl Iterator<Item = u32> + '_> {
        let answers = &self.sets[set.index()];
        (!answers.default).then(|| answers.services.iter().flat_map(|own| self.service_classes(own)))
    }

    fn service_classes<'a>(&'a self, own: &'a ServiceAnswers) -> impl Iterator<Item = u32> + 'a {
        let names = &self.services[own.service as usize];
        names.classes().zip(&own.names).filter(|&(_, &matches)| matches).map(|(class, _)| class)
    }

    /// What a set says of services that it does not list.
    pub(super) fn default_answer(&self, set: ActionSetId) -> bool {
        self.sets[set.index()].default
    }

    /// The classes of which a set does not say its default answer.
    pub(super) fn exceptional_classes(&self, set: ActionSetId) -> impl Iterator<Item = u32> + '_ {
        let answers = &self.sets[set.index()];
        answers.services.iter().flat_map(|own| {
            let names = &self.services[own.service as usize];
            names.classes().zip(&own.names).filter(|&(_, &matches)| matches != answers.default).map(|(class, _)| class)
        })
    }

    /// Whether a set can match a class.
    pub(super) fn can_match(&self, set: ActionSetId, class: u32) -> bool {
        let answers = &self.sets[set.index()];
        let classes = |own: &ServiceAnswers| self.services[own.service as usize].classes();
        match answers.services.iter().find(|own| classes(own).contains(&class)) {
            Some(own) => own.names[(class - classes(own).start) as usize],
            None => answers.default,
        }
    }

    /// An action of a class as AWS spells it; how it begins, with `*`, if it is unknown.
    pub(super) fn class_name(&self, class: u32) -> String {
        let Some((service, names)) = self.services.iter().find(|(_, names)| names.classes().contains(&class)) else {
            return "*".to_owned();
        };
        let number = (class - names.first_class) as usize;
        match names.names.get_index(number) {
            Some((name, ())) => {
                let spelled = catalogue::action_names(service).find(|spelled| spelled.eq_ignore_ascii_case(name));
                format!("{service}:{}", spelled.unwrap_or(name))
            }
            None => {
                let prefix = names.prefixes.texts()[number - names.names.len()];
                format!("{service}:{}*", String::from_utf8_lossy(prefix))
            }
        }
    }

    /// Sets the bit of every class that a set can match.
    pub(super) fn mark(&self, set: ActionSetId, bits: &mut [u64]) {
        let mut mark = |class: u32| bits[class as usize / 64] |= 1 << (class % 64);
        let answers = &self.sets[set.index()];
        answers.services.iter().flat_map(|own| self.service_classes(own)).for_each(&mut mark);
        if answers.default {
            mark(self.unknown_service_class());
            let mut listed = answers.services.iter().peekable();
            for (number, names) in self.services.values().enumerate() {
                if listed.next_if(|own| own.service as usize == number).is_none() {
                    names.classes().for_each(&mut mark);
                }
            }
        }
    }
}

/// Numbers services and names, and writes the section.
pub(super) fn write(program: &Program, sections: &mut Sections) -> Actions {
    let mut actions = number_names(program);
    actions.sets = program.action_sets.iter().map(|set| evaluate(set, &actions.services)).collect();

    let mut body: Vec<u8> = vec![0; 16];
    let (services, names) = (service_map(&actions, &mut body), action_map(&actions, &mut body));
    let mut records = Vec::new();
    for (set, answers) in program.action_sets.iter().zip(&actions.sets) {
        write_set(&mut body, &mut records, set, answers);
    }
    let root = [services, names, body.len() as u32, actions.class_count()];
    body.extend(records);
    for (slot, reference) in body.chunks_exact_mut(4).zip(root) {
        slot.copy_from_slice(&reference.to_le_bytes());
    }
    *sections.of(Section::Actions) = body;
    sections.set_count(Section::Actions, program.action_sets.len());
    actions
}

fn number_names(program: &Program) -> Actions {
    let mut services: IndexMap<Box<str>, Names, Xxh3DefaultBuilder> = IndexMap::default();
    let mut globs: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (prefix, name) in program.action_sets.iter().flat_map(|set| set.patterns.iter().flatten()) {
        let service = services.entry(prefix.clone()).or_default();
        if !name.contains(['*', '?']) {
            service.names.insert(name.clone(), ());
        } else {
            globs.entry(&**prefix).or_default().insert(name);
        }
    }
    let prefix_limit = (MAX_PREFIX_ANSWERS / program.action_sets.len().max(1)).min(MAX_PREFIXES);
    let mut first_class = 0;
    for (prefix, service) in &mut services {
        let globs = globs.remove(&**prefix).unwrap_or_default();
        if !globs.is_empty() {
            for name in catalogue::action_names(prefix) {
                service.names.insert(name.to_ascii_lowercase().into(), ());
            }
        }
        service.prefixes = Prefixes::of(globs.into_iter(), prefix_limit);
        service.first_class = first_class;
        first_class = service.classes().end;
    }
    Actions { services, sets: Vec::new() }
}

impl Names {
    /// Of the known names, then of the prefixes.
    fn classes(&self) -> Range<u32> {
        self.first_class..self.first_class + (self.names.len() + self.prefixes.len()) as u32
    }
}

/// What a set says of every name of the services it mentions.
fn evaluate(set: &ActionSet, services: &IndexMap<Box<str>, Names, Xxh3DefaultBuilder>) -> SetAnswers {
    let has_any = set.patterns.iter().any(Option::is_none);
    let mut listed: Vec<ServiceAnswers> = Vec::new();
    for (prefix, name) in set.patterns.iter().flatten().filter(|_| !has_any) {
        let (number, _, names) = services.get_full(prefix).expect("every prefix was numbered");
        // Patterns are sorted, so those of one service are neighbours.
        if listed.last().is_none_or(|own| own.service != number as u32) {
            listed.push(ServiceAnswers {
                service: number as u32,
                names: vec![set.negated; names.names.len()],
                possible: vec![false; names.prefixes.len()],
                certain: vec![false; names.prefixes.len()],
            });
        }
        let own = listed.last_mut().expect("just pushed");
        match names.names.get_index_of(name) {
            Some(exact) if !name.contains(['*', '?']) => own.names[exact] = !set.negated,
            _ => {
                own.add_unknown_names(&names.prefixes, name);
                for (answer, known) in own.names.iter_mut().zip(names.names.keys()) {
                    if matches_folded_glob(name.as_bytes(), known.as_bytes()) {
                        *answer = !set.negated;
                    }
                }
            }
        }
    }
    for own in &mut listed {
        // What a `NotAction` certainly lists, it does not match.
        let unknown = if set.negated { &own.certain } else { &own.possible };
        own.names.extend(unknown.iter().map(|&listed| listed != set.negated));
    }
    listed.sort_unstable_by_key(|own| own.service);
    SetAnswers { default: has_any != set.negated, services: listed }
}

impl ServiceAnswers {
    fn add_unknown_names(&mut self, prefixes: &Prefixes, pattern: &str) {
        let Some(answers) = prefixes.answers(pattern) else { return };
        answers.possible().for_each(|prefix| self.possible[prefix] = true);
        self.certain[answers.certain()].fill(true);
    }

    /// Whether the bits of unknown names say only what can match.
    fn is_approximate(&self) -> bool {
        self.possible != self.certain
    }
}

fn service_map(actions: &Actions, body: &mut Vec<u8>) -> u32 {
    let mut entries = Vec::new();
    for (service, (prefix, names)) in actions.services.iter().enumerate() {
        entries.push((&**prefix, body.len() as u32));
        let first_name = names.names.len() as u32;
        [service as u32, first_name, names.first_class + first_name].into_iter().for_each(|number| body.put_u32(number));
        body.extend(prefix_map::build(&names.prefixes.texts()));
    }
    let reference = body.len() as u32;
    body.extend(string_map::build_folded(entries.into_iter()));
    reference
}

fn action_map(actions: &Actions, body: &mut Vec<u8>) -> u32 {
    let reference = body.len() as u32;
    let mut texts = Vec::new();
    for (service, (prefix, names)) in actions.services.iter().enumerate() {
        let spellings: HashMap<String, &str> =
            catalogue::action_names(prefix).map(|name| (name.to_ascii_lowercase(), name)).collect();
        for (number, name) in names.names.keys().enumerate() {
            let class = names.first_class + number as u32;
            let spelled = spellings.get(&**name).copied().unwrap_or(name);
            texts.push((format!("{prefix}:{spelled}"), service as u32, number as u32, class));
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
    let map = string_map::build_folded(entries.into_iter());
    body.put_u32(4 + map.len() as u32);
    body.extend(map);
    body.extend(details);
    reference
}

fn write_set(bytes: &mut Vec<u8>, records: &mut Vec<u8>, set: &ActionSet, answers: &SetAnswers) {
    let mut listed = Vec::new();
    for own in &answers.services {
        let bits = if own.names.iter().all(|matches| *matches) {
            EVERY_NAME
        } else if own.names.iter().all(|matches| !*matches) {
            NO_NAME
        } else {
            let reference = bytes.len() as u32;
            let packed = own.names.chunks(8).map(|chunk| chunk.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit)));
            bytes.extend(packed);
            reference
        };
        listed.push((own.service, bits));
    }
    let reference = bytes.len() as u32;
    bytes.put_varint(listed.len() as u32);
    for (service, bits) in &listed {
        bytes.put_u32(*service);
        bytes.put_u32(*bits);
    }
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
    bytes.put_bytes(&patterns);

    let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
    let flags = flag(answers.default, DEFAULT)
        | flag(set.negated, NEGATED)
        | flag(listed.len() > 1, SEVERAL_SERVICES)
        | flag(answers.services.iter().any(ServiceAnswers::is_approximate), APPROXIMATE);
    let (service, bits) = listed.first().copied().unwrap_or((u32::MAX, NO_NAME));
    [reference, service, bits, flags].into_iter().for_each(|number| records.put_u32(number));
}
