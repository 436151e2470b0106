//! Known actions, and what each `Action` element says of them.
//!
//! ```text
//! root       service map u32, action map u32, action sets u32 (references in this section), class count u32
//! services   map: folded prefix → reference in this section of { classes u32, map of prefixes }: where the class u32 of the unknown
//!            names with each prefix is
//! actions    map: `prefix:name` as AWS spells it → class and traits, see `action_code::known_action`
//! set        patterns u32, exceptions u32, exception count u32 or BITS, flags u32
//! exceptions the classes u32, ascending, of which the set does not say its default answer; the class itself instead of a reference
//!            if it is one; under BITS (always, if there are few classes) one bit for each class, whether the set matches it
//! patterns   size, then for each 0: `*`; 1: prefix text, name text
//! ```
//! Of unknown names a set says whether it matches those with one prefix, or can (APPROXIMATE). Of services that no policy names,
//! which are the last class, it says its default answer. The map of prefixes is described at
//! [`prefix_map`](crate::artifact::prefix_map).

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Sections;
use super::classes::Classes;
use super::prefixes::Prefixes;
use crate::artifact::layout::Section;
use crate::artifact::prefix_map;
use crate::artifact::wire::Put;
use crate::compile::catalogue;
use crate::engine::action_code::{APPROXIMATE, BITS, DEFAULT, NEGATED, known_action};
use crate::engine::glob_match::matches_folded_glob;
use crate::iam::ActionTraits;
use crate::ir::{ActionSet, ActionSetId, Program};

/// Most prefixes of a service.
const MAX_PREFIXES: usize = 512;
/// Most answers of all sets about prefixes of one service; each is a bit in the artifact.
const MAX_PREFIX_ANSWERS: usize = 1 << 25;

/// So few bytes of bits every set has, however few its exceptions: where all are written alike, a decision has no branch to mispredict.
const SHORT_BITS_SIZE: usize = 64;

/// Known names, numbered by service, and their classes.
///
/// *Members* number through: the names of a service, then one for each prefix of its unknown names. Classes are of members; one
/// more, the last, is of all actions of services that no policy names.
pub(super) struct Actions {
    services: IndexMap<Box<str>, Names, Xxh3DefaultBuilder>,
    classes: Classes,
    sets: Vec<SetAnswers>,
}

/// What one set says.
struct SetAnswers {
    /// Of services that it does not list.
    default: bool,
    /// The classes of which it says something else, ascending.
    exceptions: Box<[u32]>,
    /// Whether it says of some unknown names only that it can match them.
    is_approximate: bool,
}

/// The names of a service.
#[derive(Default)]
struct Names {
    first_member: u32,
    names: IndexMap<Box<str>, (), Xxh3DefaultBuilder>,
    /// Of unknown names.
    prefixes: Prefixes,
}

impl Actions {
    /// Number of classes.
    pub(super) fn class_count(&self) -> u32 {
        self.classes.count() + 1
    }

    /// The classes a set can match; `None` if it also matches services that no policy names.
    pub(super) fn classes(&self, set: ActionSetId) -> Option<impl Iterator<Item = u32> + '_> {
        let answers = &self.sets[set.index()];
        (!answers.default).then(|| answers.exceptions.iter().copied())
    }

    /// What a set says of services that it does not list.
    pub(super) fn default_answer(&self, set: ActionSetId) -> bool {
        self.sets[set.index()].default
    }

    /// The classes of which a set does not say its default answer, ascending.
    pub(super) fn exceptional_classes(&self, set: ActionSetId) -> impl Iterator<Item = u32> + '_ {
        self.sets[set.index()].exceptions.iter().copied()
    }

    /// Whether a set can match a class.
    pub(super) fn can_match(&self, set: ActionSetId, class: u32) -> bool {
        let answers = &self.sets[set.index()];
        answers.exceptions.binary_search(&class).is_ok() != answers.default
    }

    /// An action of a class as AWS spells it; how it begins, with `*`, if it is unknown.
    pub(super) fn class_name(&self, class: u32) -> String {
        let member = self.classes.first_member(class);
        let service = member.and_then(|member| self.services.iter().find(|(_, names)| names.members().contains(&member)));
        let (Some(member), Some((service, names))) = (member, service) else { return "*".to_owned() };
        let number = (member - names.first_member) as usize;
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
}

/// Numbers services and names, and writes the section.
pub(super) fn write(program: &Program, sections: &mut Sections) -> Actions {
    let services = number_names(program);
    let member_count = services.last().map_or(0, |(_, names)| names.members().end);
    let evaluated: Vec<Evaluated> = program.action_sets.iter().map(|set| evaluate(set, &services)).collect();
    let classes = Classes::of(member_count as usize, evaluated.iter().map(|set| &set.exceptions[..]));
    let answers = |Evaluated { default, exceptions, is_approximate }| {
        let exceptions = classes.of_members(&exceptions);
        SetAnswers { default, exceptions, is_approximate }
    };
    let sets = evaluated.into_iter().map(answers).collect();
    let actions = Actions { services, classes, sets };

    let mut body: Vec<u8> = vec![0; 16];
    let (services, names) = (service_map(&actions, &mut body, sections), action_map(&actions, &mut body, sections));
    let mut records = Vec::new();
    for (set, answers) in program.action_sets.iter().zip(&actions.sets) {
        write_set(&mut body, &mut records, set, answers, actions.class_count());
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

fn number_names(program: &Program) -> IndexMap<Box<str>, Names, Xxh3DefaultBuilder> {
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
    let mut first_member = 0;
    for (prefix, service) in &mut services {
        let globs = globs.remove(&**prefix).unwrap_or_default();
        if !globs.is_empty() {
            for name in catalogue::action_names(prefix) {
                service.names.insert(name.to_ascii_lowercase().into(), ());
            }
        }
        service.prefixes = Prefixes::of(globs.into_iter(), prefix_limit);
        service.first_member = first_member;
        first_member = service.members().end;
    }
    services
}

impl Names {
    /// The known names, then the prefixes.
    fn members(&self) -> Range<u32> {
        self.first_member..self.first_unknown() + self.prefixes.len() as u32
    }

    /// The first prefix.
    fn first_unknown(&self) -> u32 {
        self.first_member + self.names.len() as u32
    }
}

/// What one set says of members.
struct Evaluated {
    default: bool,
    /// The members of which it does not say its default answer.
    exceptions: Vec<u32>,
    is_approximate: bool,
}

/// What one set says of one service that it lists.
struct ServiceAnswers<'n> {
    names: &'n Names,
    /// Of each known name, whether a pattern matches it.
    known: Vec<bool>,
    /// Of each prefix, whether the patterns that were looked at match some of its names, and all.
    possible: Vec<bool>,
    certain: Vec<bool>,
}

/// What a set says of every name of the services it mentions.
fn evaluate(set: &ActionSet, services: &IndexMap<Box<str>, Names, Xxh3DefaultBuilder>) -> Evaluated {
    let has_any = set.patterns.iter().any(Option::is_none);
    let mut evaluated = Evaluated { default: has_any != set.negated, exceptions: Vec::new(), is_approximate: false };
    let mut listed: Option<ServiceAnswers<'_>> = None;
    for (prefix, name) in set.patterns.iter().flatten().filter(|_| !has_any) {
        let names = services.get(prefix).expect("every prefix was numbered");
        // Patterns are sorted, so those of one service are neighbours.
        if listed.as_ref().is_none_or(|own| !std::ptr::eq(own.names, names)) {
            listed.replace(ServiceAnswers::new(names)).iter().for_each(|own| own.add_to(&mut evaluated, set.negated));
        }
        listed.as_mut().expect("just set").add_pattern(name);
    }
    listed.iter().for_each(|own| own.add_to(&mut evaluated, set.negated));
    evaluated
}

impl<'n> ServiceAnswers<'n> {
    fn new(names: &'n Names) -> ServiceAnswers<'n> {
        let prefixes = || vec![false; names.prefixes.len()];
        ServiceAnswers { names, known: vec![false; names.names.len()], possible: prefixes(), certain: prefixes() }
    }

    fn add_pattern(&mut self, pattern: &str) {
        match self.names.names.get_index_of(pattern) {
            Some(exact) if !pattern.contains(['*', '?']) => self.known[exact] = true,
            _ => {
                self.add_unknown_names(pattern);
                for (answer, known) in self.known.iter_mut().zip(self.names.names.keys()) {
                    *answer |= matches_folded_glob(pattern.as_bytes(), known.as_bytes());
                }
            }
        }
    }

    fn add_unknown_names(&mut self, pattern: &str) {
        let Some(answers) = self.names.prefixes.answers(pattern) else { return };
        answers.possible().for_each(|prefix| self.possible[prefix] = true);
        self.certain[answers.certain()].fill(true);
    }

    /// Members that the patterns list are exceptions of their set, since its default answer is that of what is not listed.
    fn add_to(&self, evaluated: &mut Evaluated, negated: bool) {
        // What a `NotAction` certainly lists, it does not match.
        let unknown = if negated { &self.certain } else { &self.possible };
        let listed = (self.names.first_member..).zip(self.known.iter().chain(unknown)).filter(|&(_, &is_listed)| is_listed);
        evaluated.exceptions.extend(listed.map(|(member, _)| member));
        evaluated.is_approximate |= self.possible != self.certain;
    }
}

fn service_map(actions: &Actions, body: &mut Vec<u8>, sections: &mut Sections) -> u32 {
    let mut entries = Vec::new();
    for (prefix, names) in &actions.services {
        let classes = body.len() as u32;
        (names.first_unknown()..names.members().end).for_each(|member| body.put_u32(actions.classes.of_member(member)));
        entries.push((&**prefix, body.len() as u32));
        body.put_u32(classes);
        body.extend(prefix_map::build(&names.prefixes.texts()));
    }
    let reference = body.len() as u32;
    body.extend(sections.name_map(entries.into_iter()));
    reference
}

fn action_map(actions: &Actions, body: &mut Vec<u8>, sections: &mut Sections) -> u32 {
    let reference = body.len() as u32;
    let mut texts = Vec::new();
    for (prefix, names) in &actions.services {
        let spellings: HashMap<String, &str> =
            catalogue::action_names(prefix).map(|name| (name.to_ascii_lowercase(), name)).collect();
        for (member, name) in (names.first_member..).zip(names.names.keys()) {
            let spelled = spellings.get(&**name).copied().unwrap_or(name);
            texts.push((format!("{prefix}:{spelled}"), actions.classes.of_member(member)));
        }
    }
    let known = |(text, class): &(String, u32)| known_action(*class, ActionTraits::of(text).bits());
    let entries: Vec<(&str, u32)> = texts.iter().map(|entry| (entry.0.as_str(), known(entry))).collect();
    body.extend(sections.name_map(entries.into_iter()));
    reference
}

fn write_set(bytes: &mut Vec<u8>, records: &mut Vec<u8>, set: &ActionSet, answers: &SetAnswers, class_count: u32) {
    let patterns_at = bytes.len() as u32;
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

    let reference = bytes.len() as u32;
    let bits_size = class_count.div_ceil(8) as usize;
    let (exceptions, count) = match answers.exceptions[..] {
        ref exceptions if bits_size <= SHORT_BITS_SIZE => {
            bytes.extend(bits_of(exceptions, answers.default, bits_size));
            (reference, BITS)
        }
        [] => (0, 0),
        [class] => (class, 1),
        ref exceptions if exceptions.len() * 4 < bits_size => {
            exceptions.iter().for_each(|&class| bytes.put_u32(class));
            (reference, exceptions.len() as u32)
        }
        ref exceptions => {
            bytes.extend(bits_of(exceptions, answers.default, bits_size));
            (reference, BITS)
        }
    };
    let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
    let flags = flag(answers.default, DEFAULT) | flag(set.negated, NEGATED) | flag(answers.is_approximate, APPROXIMATE);
    [patterns_at, exceptions, count, flags].into_iter().for_each(|number| records.put_u32(number));
}

/// One bit for each class.
fn bits_of(exceptions: &[u32], default: bool, size: usize) -> Vec<u8> {
    let mut bits = vec![if default { u8::MAX } else { 0 }; size];
    exceptions.iter().for_each(|&class| bits[class as usize / 8] ^= 1 << (class % 8));
    bits
}
