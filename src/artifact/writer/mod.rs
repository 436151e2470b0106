//! Intermediate representation to bytes.
//!
//! One file for each section that has a structure of its own; all are put together here, in the order of the file.

mod actions;
mod condition;
mod directory;
mod index;
mod pattern;
mod prefixes;
mod principals;
mod records;
mod source_map;
mod spellings;
mod tables;
mod unit_statements;

use std::num::NonZeroUsize;
use std::thread;

use indexmap::IndexMap;
use xxhash_rust::xxh3::{Xxh3DefaultBuilder, xxh3_64};

use super::layout::{CHECKSUM_AT, CHECKSUM_FROM, HEADER_SIZE, MAGIC, SECTION_ALIGNMENT, SECTION_ENTRY_SIZE, Section};
use super::wire::Put;
use super::{FORMAT_VERSION, MAX_ARTIFACT_SIZE};
use crate::compile::{CompileError, Options, WorstCase};
use crate::ir::{KeyId, Program};
use crate::source::SourceMap;

/// Every index of an artifact is hashed with this; a constant keeps artifacts reproducible.
const SEED: u64 = 0x69_62_63_2d_61_75_74_68;

/// Bytes of a key's record, and where in it the predicate table is named.
const KEY_RECORD_SIZE: usize = 16;
const KEY_TABLE_AT: usize = 8;

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
    let mut sections = Sections::default();
    sections.keys(program);
    let actions = actions::write(program, &mut sections);
    let (records, chosen) = records_and_keys(processors, program, &actions, options, &mut sections);
    let worst_case = index::write(program, &actions, &records, chosen, options, &mut sections);
    directory::write(program, &mut sections);
    unit_statements::write(program, &records, &mut sections);
    if options.source_map {
        source_map::write(program, sources, &records, &mut sections);
        spellings::write(program, &mut sections);
    }
    Ok((sections.assemble()?, worst_case))
}

/// Writes principals and statement records, and chooses the access keys of large units meanwhile: the two take equally long and
/// need nothing of each other, so the bytes are the same on one processor.
fn records_and_keys(
    processors: NonZeroUsize,
    program: &Program,
    actions: &actions::Actions,
    options: &Options,
    sections: &mut Sections,
) -> (records::Records, index::Chosen) {
    let mut write = || {
        principals::write(program, sections);
        records::write(program, options, sections)
    };
    if processors == NonZeroUsize::MIN || !index::is_worth_choosing_ahead(program, options) {
        return (write(), index::Chosen::new());
    }
    thread::scope(|scope| {
        let chosen = scope.spawn(|| index::choose_ahead(program, actions, options));
        let records = write();
        (records, chosen.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The sections while they grow.
#[derive(Default)]
struct Sections {
    bytes: [Vec<u8>; Section::ALL.len()],
    counts: [u32; Section::ALL.len()],
    strings: IndexMap<Box<[u8]>, u32, Xxh3DefaultBuilder>,
    heads: IndexMap<Box<str>, u32, Xxh3DefaultBuilder>,
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

    /// The number of an ARN head, stored once.
    fn head(&mut self, head: &str) -> u32 {
        if let Some(&number) = self.heads.get(head) {
            return number;
        }
        let reference = self.string(head.as_bytes());
        let number = self.heads.len() as u32;
        self.heads.insert(head.into(), number);
        self.of(Section::Heads).put_u32(reference);
        self.set_count(Section::Heads, number as usize + 1);
        number
    }

    /// `name u32, signature u32, predicate table u32, derivation u8, is ASCII u8, zero u16`.
    fn keys(&mut self, program: &Program) {
        for name in program.keys.iter() {
            let reference = self.string(name.as_bytes());
            let signature = crate::request::signature(name.as_bytes());
            let keys = self.of(Section::Keys);
            keys.put_u32(reference);
            keys.put_u32(signature);
            keys.put_u32(u32::MAX);
            keys.extend([crate::engine::derivation::of_key(name) as u8, u8::from(name.is_ascii()), 0, 0]);
        }
        self.set_count(Section::Keys, program.keys.len());
    }

    /// Says where the predicate table of a key is.
    fn set_table(&mut self, key: KeyId, table: u32) {
        let at = key.index() * KEY_RECORD_SIZE + KEY_TABLE_AT;
        self.of(Section::Keys)[at..at + 4].copy_from_slice(&table.to_le_bytes());
    }

    fn assemble(self) -> Result<Vec<u8>, CompileError> {
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
        file.put_u64(SEED);
        file.resize(HEADER_SIZE, 0);
        file.extend(table);
        for bytes in self.bytes {
            file.resize(file.len().next_multiple_of(SECTION_ALIGNMENT), 0);
            file.extend(bytes);
        }
        let checksum = xxh3_64(&file[CHECKSUM_FROM..]);
        file[CHECKSUM_AT..CHECKSUM_FROM].copy_from_slice(&checksum.to_le_bytes());
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;
    use crate::iam::PolicyKind;
    use crate::lower::lower;
    use crate::syntax::parse_policy;

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
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
        let mut sources = SourceMap::new();
        let source = sources.add("policy", text);
        let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("it is a policy");
        let mut bundle = Bundle::default();
        let id = bundle.add_policy("policy".to_owned(), policy);
        bundle.everyone.identity.push(id);
        let (program, options) = (lower(&bundle), Options::default());
        assert!(index::is_worth_choosing_ahead(&program, &options));
        let on = |processors| write_on(NonZeroUsize::new(processors).unwrap(), &program, &sources, &options);
        assert_eq!(on(1), on(2));
    }
}
