//! Intermediate representation to bytes.
//!
//! One file for each section that has a structure of its own; all are put together here, in the order of the file.

mod actions;
mod classes;
mod condition;
mod directory;
mod index;
mod pattern;
mod pattern_list;
mod pattern_map;
mod prefixes;
mod principals;
mod records;
mod seed;
mod source_map;
mod spellings;
mod tables;
mod unit_statements;

use std::num::NonZeroUsize;
use std::thread;

use indexmap::IndexMap;
use seed::Attempt;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::checksum::checksum;
use super::key_code::{self, KEY_RECORD_SIZE, SLOT_COUNT_SIZE, SLOT_SIZE, TABLE_AT};
use super::layout::{CHECKSUM_AT, CHECKSUM_FROM, HEADER_SIZE, MAGIC, SECTION_ALIGNMENT, SECTION_ENTRY_SIZE, Section};
use super::wire::Put;
use super::{FORMAT_VERSION, MAX_ARTIFACT_SIZE, name_map, string_map, value_map, word};
use crate::compile::{CompileError, Options, WorstCase};
use crate::hash::folded_key_signature;
use crate::ir::{KeyId, Program};
use crate::source::SourceMap;

/// Writes the artifact of a program; gives its bytes, and the worst case of a decision over it.
pub(crate) fn write(program: &Program, sources: &SourceMap, options: &Options) -> Result<(Vec<u8>, WorstCase), CompileError> {
    let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    write_on(processors, program, sources, options)
}

/// The bytes do not depend on the number of processors.
fn write_on(
    processors: NonZeroUsize,
    program: &Program,
    sources: &SourceMap,
    options: &Options,
) -> Result<(Vec<u8>, WorstCase), CompileError> {
    seed::write(|seed| write_under(seed, processors, program, sources, options))
}

fn write_under(
    seed: u64,
    processors: NonZeroUsize,
    program: &Program,
    sources: &SourceMap,
    options: &Options,
) -> Result<Attempt, CompileError> {
    let mut sections = Sections { seed, ..Sections::default() };
    sections.keys(program);
    let actions = actions::write(program, &mut sections);
    let (records, chosen) = records_and_keys(processors, program, &actions, options, &mut sections);
    let mut worst_case = index::write(program, &actions, &records, chosen, options, &mut sections);
    worst_case.resource_patterns = directory::write(program, &mut sections);
    unit_statements::write(program, &records, &mut sections);
    if options.source_map {
        source_map::write(program, sources, &records, &mut sections);
        spellings::write(program, &mut sections);
    }
    sections.assemble(worst_case)
}

/// Writes principals and statement records, and chooses the access keys of large units meanwhile: the two need nothing of each other,
/// so the bytes are the same on one processor.
fn records_and_keys(
    processors: NonZeroUsize,
    program: &Program,
    actions: &actions::Actions,
    options: &Options,
    sections: &mut Sections,
) -> (records::Records, index::Chosen) {
    let seed = sections.seed;
    let mut write = || {
        principals::write(program, sections);
        records::write(program, options, sections)
    };
    if processors == NonZeroUsize::MIN || !index::is_worth_choosing_ahead(program, options) {
        return (write(), index::Chosen::new());
    }
    thread::scope(|scope| {
        let chosen = scope.spawn(|| index::choose_ahead(seed, program, actions, options));
        let records = write();
        (records, chosen.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The sections while they grow.
#[derive(Default)]
struct Sections {
    /// Of every hash.
    seed: u64,
    /// Most slots that a probe of any table can look into.
    probed_slots: usize,
    bytes: [Vec<u8>; Section::ALL.len()],
    counts: [u32; Section::ALL.len()],
    strings: IndexMap<Box<[u8]>, u32, Xxh3DefaultBuilder>,
    heads: IndexMap<Box<[u8]>, u32, Xxh3DefaultBuilder>,
}

impl Sections {
    fn of(&mut self, section: Section) -> &mut Vec<u8> {
        &mut self.bytes[section as usize]
    }

    fn set_count(&mut self, section: Section, count: usize) {
        self.counts[section as usize] = count as u32;
    }

    /// Where the next byte of a section will be.
    fn end(&self, section: Section) -> u32 {
        self.bytes[section as usize].len() as u32
    }

    /// The reference of a text, stored once.
    fn string(&mut self, text: &[u8]) -> u32 {
        if let Some(&reference) = self.strings.get(text) {
            return reference;
        }
        let reference = self.end(Section::Strings);
        self.of(Section::Strings).put_bytes(text);
        self.strings.insert(text.into(), reference);
        reference
    }

    /// The number of an ARN head, stored once: its text, or class and body of a pattern.
    fn head(&mut self, head: &[u8]) -> u32 {
        if let Some(&number) = self.heads.get(head) {
            return number;
        }
        let reference = self.string(head);
        let number = self.heads.len() as u32;
        self.heads.insert(head.into(), number);
        self.of(Section::Heads).put_u32(reference);
        self.set_count(Section::Heads, number as usize + 1);
        number
    }

    /// The bytes of a map.
    fn map<'t>(&mut self, entries: impl ExactSizeIterator<Item = (&'t str, u32)>) -> Vec<u8> {
        let map = string_map::build(self.seed, entries);
        self.note_probes(string_map::taken_slots(&map));
        map
    }

    /// The bytes of a map of names.
    fn name_map<'t>(&mut self, entries: impl ExactSizeIterator<Item = (&'t str, u32)>) -> Vec<u8> {
        let map = name_map::build(self.seed, entries);
        self.note_probes(string_map::taken_slots(&map));
        map
    }

    /// The bytes of a map of folded texts.
    fn folded_text_map<'t>(&mut self, entries: impl ExactSizeIterator<Item = (&'t str, u32)>) -> Vec<u8> {
        let map = string_map::build_folded_texts(self.seed, entries);
        self.note_probes(string_map::taken_slots(&map));
        map
    }

    /// The bytes of a map from values to rows.
    fn value_map<'t>(&mut self, entries: impl ExactSizeIterator<Item = (&'t str, u64)>) -> Vec<u8> {
        let (map, is_taken) = value_map::build(self.seed, entries);
        self.note_probes(is_taken.into_iter());
        map
    }

    /// Takes note of a table, by whether each of its slots is taken.
    fn note_probes(&mut self, slots: impl Iterator<Item = bool>) {
        self.probed_slots = self.probed_slots.max(seed::probed_slots(slots));
    }

    /// Records and slots of the context keys; the format is described at [`key_code`].
    fn keys(&mut self, program: &Program) {
        let signatures: Vec<u32> = program.keys.iter().map(|name| folded_key_signature(self.seed, name)).collect();
        let mut slots = vec![[0_u8; SLOT_SIZE]; key_code::slot_count(&signatures)];
        let mask = slots.len() - 1;
        let is_taken = |slot: &[u8; SLOT_SIZE]| word(slot, 0) != 0;
        for (key, (name, spelling)) in program.keys.iter().zip(program.keys.spellings()).enumerate() {
            let name_at = self.string(name.as_bytes());
            let keys = self.of(Section::Keys);
            keys.put_u32(name_at);
            keys.put_u32(u32::MAX);
            keys.extend([crate::engine::derivation::of_key(name) as u8, 0, 0, 0, 0, 0, 0, 0]);
            let signature = signatures[key];
            let mut slot = key_code::home(signature) & mask;
            while is_taken(&slots[slot]) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = key_code::slot(signature, key as u32, spelling.as_bytes());
        }
        self.note_probes(slots.iter().map(is_taken));
        let keys = self.of(Section::Keys);
        keys.put_u32(slots.len() as u32);
        keys.extend([0; SLOT_COUNT_SIZE - 4]);
        keys.extend(slots.as_flattened());
        self.set_count(Section::Keys, program.keys.len());
    }

    /// Says where the predicate table of a key is.
    fn set_table(&mut self, key: KeyId, table: u32) {
        let at = key.index() * KEY_RECORD_SIZE + TABLE_AT;
        self.of(Section::Keys)[at..at + 4].copy_from_slice(&table.to_le_bytes());
    }

    fn assemble(self, worst_case: WorstCase) -> Result<Attempt, CompileError> {
        let table_end = HEADER_SIZE + Section::ALL.len() * SECTION_ENTRY_SIZE;
        let mut table = Vec::new();
        let mut size = table_end;
        for (section, bytes) in Section::ALL.into_iter().zip(&self.bytes) {
            size = size.next_multiple_of(SECTION_ALIGNMENT);
            if size + bytes.len() > MAX_ARTIFACT_SIZE {
                return Err(CompileError::too_large());
            }
            for number in [section as u32, size as u32, bytes.len() as u32, self.counts[section as usize]] {
                table.put_u32(number);
            }
            size += bytes.len();
        }
        let mut file = Vec::with_capacity(size);
        file.extend_from_slice(&MAGIC);
        file.put_u32(FORMAT_VERSION);
        file.put_u32(Section::ALL.len() as u32);
        file.put_u64(size as u64);
        file.put_u64(0);
        file.put_u64(self.seed);
        file.resize(HEADER_SIZE, 0);
        file.extend(table);
        for bytes in self.bytes {
            file.resize(file.len().next_multiple_of(SECTION_ALIGNMENT), 0);
            file.extend(bytes);
        }
        let checksum = checksum(&file[CHECKSUM_FROM..]);
        file[CHECKSUM_AT..CHECKSUM_FROM].copy_from_slice(&checksum.to_le_bytes());
        Ok(Attempt { bytes: file, checksum, probed_slots: self.probed_slots, worst_case })
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::artifact::layout::SEED_AT;
    use crate::bundle::Bundle;
    use crate::iam::PolicyKind;
    use crate::lower::lower;
    use crate::syntax::testing::policy_of;

    #[test]
    fn the_bytes_do_not_depend_on_the_processors() {
        let statements: Vec<String> = (0..5000)
            .map(|number| {
                let effect = if number % 7 == 0 { "Deny" } else { "Allow" };
                format!(
                    r#"{{"Effect": "{effect}", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket-{number}/*",
                        "Condition": {{"StringEquals": {{"aws:ResourceTag/team": "team-{}"}}}}}}"#,
                    number % 900
                )
            })
            .collect();
        let mut sources = SourceMap::new();
        let policy = policy_of(&mut sources, PolicyKind::Identity, &statements);
        let mut bundle = Bundle::default();
        let id = bundle.add_policy("policy".to_owned(), policy);
        bundle.everyone.identity.push(id);
        let (program, options) = (lower(Cow::Borrowed(&bundle)), Options::default());
        assert!(index::is_worth_choosing_ahead(&program, &options));
        let on = |processors| write_on(NonZeroUsize::new(processors).unwrap(), &program, &sources, &options);
        let written = on(1).expect("it fits");
        assert_eq!(Ok(&written), on(2).as_ref());
        // Nobody crafted these texts to collide.
        let has_first_seed = written.0[SEED_AT..].first_chunk() == Some(&seed::FIRST.to_le_bytes());
        assert!(has_first_seed != cfg!(feature = "colliding-hash"));
    }
}
