//! Small units: one access key, the value of one context key, for all statements. The format is described at `unit_code`.

use smallvec::SmallVec;

use super::IndexWriter;
use super::access::value_hashes;
use crate::artifact::access_key::fingerprint;
use crate::artifact::layout::Section;
use crate::artifact::unit_code::{ALWAYS, SMALL_SIZE};
use crate::artifact::wire::Put;
use crate::artifact::writer::Sections;
use crate::ir::{KeyId, Program, Statement, Unit};

/// A statement under one fingerprint.
struct Entry<'p> {
    fingerprint: u32,
    statement: &'p Statement,
}

/// Writes a small unit; gives its reference, and how many statements a request can lead to. `None` if no key serves half of its
/// statements, or they list too many values.
pub(super) fn write(writer: &IndexWriter<'_>, unit: &Unit, sections: &mut Sections) -> Option<(u32, u64)> {
    let key = best_key(sections.seed, writer.program, unit)?;
    let mut entries = Vec::new();
    for statement in &unit.statements {
        let hashes = hashes_under(sections.seed, writer.program, statement, key);
        match hashes.first() {
            None => entries.push(Entry { fingerprint: ALWAYS, statement }),
            Some(_) => entries.extend(hashes.iter().map(|&hash| Entry { fingerprint: fingerprint(hash), statement })),
        }
    }
    if entries.len() > SMALL_SIZE {
        return None;
    }
    entries.sort_by_key(|entry| entry.statement.effect.is_allow());
    let deny_count = entries.iter().filter(|entry| !entry.statement.effect.is_allow()).count();

    let index = sections.of(Section::Index);
    let reference = index.len() as u32;
    let always = entries.iter().rev().fold(0, |bits, entry| bits << 1 | u32::from(entry.fingerprint == ALWAYS));
    for number in [key.0, (1 << deny_count) - 1, always] {
        index.put_u32(number);
    }
    for entry in 0..SMALL_SIZE {
        index.put_u32(entries.get(entry).map_or(ALWAYS, |entry| entry.fingerprint));
    }
    for entry in &entries {
        index.put_u32(writer.records.references[entry.statement.id.index()]);
    }
    Some((reference, most_found(&entries, writer.reach.of_key(key.0))))
}

/// How many entries a request can lead to that has so many values.
fn most_found(entries: &[Entry<'_>], value_count: u64) -> u64 {
    let under = |fingerprint: u32| entries.iter().filter(|entry| entry.fingerprint == fingerprint).count() as u64;
    let always_count = under(ALWAYS);
    let filed_count = entries.len() as u64 - always_count;
    let values = entries.iter().map(|entry| entry.fingerprint).filter(|&fingerprint| fingerprint != ALWAYS);
    always_count + if value_count > 1 { filed_count } else { values.map(under).max().unwrap_or(0) }
}

/// The key that most statements can be filed by, if that is half of them.
fn best_key(seed: u64, program: &Program, unit: &Unit) -> Option<KeyId> {
    let keys = |statement: &Statement| -> SmallVec<[KeyId; 4]> {
        let mut keys: SmallVec<[KeyId; 4]> =
            statement.predicates.iter().map(|predicate| program.predicates[predicate.index()].key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| !hashes_under(seed, program, statement, *key).is_empty());
        keys
    };
    let mut served: Vec<(KeyId, usize)> = Vec::new();
    for key in unit.statements.iter().flat_map(keys) {
        match served.iter_mut().find(|(own, _)| *own == key) {
            Some((_, count)) => *count += 1,
            None => served.push((key, 1)),
        }
    }
    let (key, count) = served.into_iter().max_by_key(|&(key, count)| (count, std::cmp::Reverse(key)))?;
    (count * 2 >= unit.statements.len()).then_some(key)
}

/// The hashes of the values that a statement wants of a key; none if it cannot be filed by it.
fn hashes_under(seed: u64, program: &Program, statement: &Statement, key: KeyId) -> SmallVec<[u64; 2]> {
    let own = statement.predicates.iter().map(|predicate| &program.predicates[predicate.index()]);
    own.filter(|predicate| predicate.key == key)
        .filter_map(|predicate| value_hashes(seed, predicate))
        .min_by_key(SmallVec::len)
        .unwrap_or_default()
}
