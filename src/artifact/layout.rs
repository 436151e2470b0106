//! Names and sizes of the file format.

use super::unit_code::UNIT_SIZE;

/// First bytes of every artifact.
pub(super) const MAGIC: [u8; 8] = *b"IBC\0\r\n\x1a\n";
/// Bytes before the section table.
pub(super) const HEADER_SIZE: usize = 64;
/// Where the checksum is.
pub(super) const CHECKSUM_AT: usize = 24;
/// First byte that the checksum covers.
pub(super) const CHECKSUM_FROM: usize = 32;
/// Where the seed of all hashes is.
pub(super) const SEED_AT: usize = 32;
/// Bytes of one entry of the section table.
pub(super) const SECTION_ENTRY_SIZE: usize = 16;
/// Sections start at multiples of this: a cache line.
#[cfg(feature = "compile")]
pub(super) const SECTION_ALIGNMENT: usize = 64;

/// Bytes of a statement's record before its principal set and tests:
/// `id * 2 + is-allow u32, action set u32, test count * 4 + is-of-everyone * 2 + has-principal u32`.
pub(crate) const RECORD_HEADER_SIZE: usize = 12;
/// Bytes of a shared test's entry: where it is in the same section.
pub(crate) const SHARED_TEST_SIZE: usize = 4;

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// A named part of an artifact.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u32)]
        pub(crate) enum Section {
            $($(#[$doc])* $name = $number,)*
        }

        impl Section {
            /// All sections in the order of the file.
            pub(crate) const ALL: [Section; [$($number),*].len()] = [$(Section::$name),*];

            /// Bytes that each counted entry takes at least. A forged count cannot make the engine ask for more memory than
            /// the file is large.
            pub(super) const fn entry_size(self) -> u32 {
                match self {
                    Section::Keys | Section::Actions => 16,
                    Section::Units => UNIT_SIZE as u32,
                    Section::Tests => SHARED_TEST_SIZE as u32,
                    Section::Heads | Section::PrincipalSets | Section::Spellings | Section::UnitStatements => 4,
                    Section::Records => RECORD_HEADER_SIZE as u32,
                    Section::Directory => 20,
                    Section::SourceMap => 32,
                    // Words of the longest row, of which a decision holds three; each stands for up to 64 references of a block.
                    Section::Index => 24,
                    Section::Strings | Section::Tables => 0,
                }
            }

            /// What `ibc inspect` calls it.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Section::$name => $text,)* }
            }
        }
    };
}

sections! {
    /// Texts, each a varint length and its bytes.
    Strings = 0, "strings";
    /// Context keys that policies ask for, 16 bytes each; then the slots that they are found by.
    Keys = 1, "keys";
    /// ARN heads (`arn:p:s:r:a:`) of resource patterns, texts and patterns: string references.
    Heads = 2, "arn heads";
    /// Known actions and services, and what each `Action` element says of them.
    Actions = 3, "actions";
    /// `Principal` elements.
    PrincipalSets = 4, "principal sets";
    /// Tests that several statements share.
    Tests = 5, "shared tests";
    /// Predicate tables: for each value of a key, which shared tests it passes.
    Tables = 6, "predicate tables";
    /// One record for each statement.
    Records = 7, "statements";
    /// Units, 32 bytes each.
    Units = 8, "units";
    /// Indexes of the units: access keys, hash slots, posting lists, bit rows.
    Index = 9, "index";
    /// Principals, accounts, resources, endpoints.
    Directory = 10, "directory";
    /// Source file, lines, columns and Sid of each statement. Never touched by `decide`.
    SourceMap = 11, "source map";
    /// The records of every unit, for whoever must see all of them. Never touched by `decide`.
    UnitStatements = 12, "statements of units";
    /// Context keys and actions as policies spell them. Never touched by `decide`.
    Spellings = 13, "spellings";
}

/// Where the sections of one artifact are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) seed: u64,
    /// Of all bytes: equal for equal artifacts.
    pub(crate) checksum: u64,
    offsets: [u32; Section::ALL.len()],
    sizes: [u32; Section::ALL.len()],
    counts: [u32; Section::ALL.len()],
}

impl Layout {
    pub(super) const fn new(seed: u64, checksum: u64) -> Layout {
        let zero = [0; Section::ALL.len()];
        Layout { seed, checksum, offsets: zero, sizes: zero, counts: zero }
    }

    pub(super) fn set(&mut self, section: Section, offset: u32, size: u32, count: u32) {
        self.offsets[section as usize] = offset;
        self.sizes[section as usize] = size;
        self.counts[section as usize] = count;
    }

    #[inline]
    pub(crate) const fn offset(&self, section: Section) -> u32 {
        self.offsets[section as usize]
    }

    pub(crate) const fn size(&self, section: Section) -> u32 {
        self.sizes[section as usize]
    }

    #[inline]
    pub(crate) const fn count(&self, section: Section) -> u32 {
        self.counts[section as usize]
    }
}
