//! The artifact: a compiled policy set as one flat, immutable run of bytes.
//!
//! ```text
//!  0  magic            8 bytes   "IBC\0\r\n\x1a\n": a text-mode copy damages it visibly
//!  8  format version   u32
//! 12  section count    u32
//! 16  file size        u64
//! 24  checksum         u64       of every byte from 32 on, see `checksum`
//! 32  hash seed        u64       of every index in the file, see `writer::seed`
//! 40  zero             24 bytes
//! 64  section table    16 bytes each: id u32, offset u32, size u32, count u32
//!     sections         in the order of their ids, each at a multiple of 64 (a cache line)
//! ```
//!
//! All numbers are little-endian. A reference is a `u32`: the byte offset in a section, which one is said where it is used.
//! The structures inside the sections are described where they are written, in `writer` and the files below it.
//!
//! # How a damaged file is kept from allowing anything
//!
//! [`Artifact::from_bytes`] proves the header, the section table and the checksum, in this order: size before anything is
//! read, magic before version (a foreign file is no "newer version"), version before checksum (a newer format may check
//! itself differently). After that every read is still bounds-checked: a byte that changes under a memory map, or an offset
//! forged together with the checksum, makes a read fail, and a decision that cannot read is an implicit deny.

pub(crate) mod access_key;
pub(crate) mod buckets;
mod checksum;
pub(crate) mod gram_filter;
pub(crate) mod key_code;
mod layout;
pub(crate) mod list_map;
pub(crate) mod mark;
pub(crate) mod name_map;
pub(crate) mod pattern_code;
pub(crate) mod pattern_map;
pub(crate) mod prefix_map;
pub(crate) mod principal_name;
mod reader;
pub(crate) mod separators;
pub(crate) mod slots;
pub(crate) mod statement_place;
pub(crate) mod string_map;
pub(crate) mod unit_code;
pub(crate) mod value_map;
mod wire;

#[cfg(feature = "compile")]
mod writer;

pub(crate) use layout::{Layout, RECORD_HEADER_SIZE, SHARED_TEST_SIZE, Section};
pub(crate) use reader::{View, word};
pub use statement_place::StatementPlace;
pub use wire::ArtifactError;
pub(crate) use wire::{Cursor, Damaged, Read};
#[cfg(feature = "compile")]
pub(crate) use writer::write;

use checksum::checksum;
use layout::{CHECKSUM_AT, CHECKSUM_FROM, HEADER_SIZE, MAGIC, SECTION_ENTRY_SIZE, SEED_AT};
use wire::ArtifactErrorKind;

/// Version of the file format this crate reads and writes.
pub const FORMAT_VERSION: u32 = 14;

/// Largest artifact, in bytes: references use 31 bits.
pub const MAX_ARTIFACT_SIZE: usize = i32::MAX as usize;

/// A compiled policy set over any bytes: a vector, a static array, a memory map.
///
/// Invariant: header, section table and checksum were right when it was opened.
#[derive(Debug, Clone)]
pub struct Artifact<B> {
    bytes: B,
    layout: Layout,
}

impl<B: AsRef<[u8]>> Artifact<B> {
    /// Opens an artifact without copying it, after checking all of it against its checksum.
    ///
    /// Costs one pass over the bytes, at memory speed: see `cargo bench --bench load`.
    ///
    /// # Errors
    /// If the bytes are no artifact, are cut short or damaged, or have another format version.
    /// # Panics
    /// Never, whatever the bytes are.
    pub fn from_bytes(bytes: B) -> Result<Artifact<B>, ArtifactError> {
        let layout = read_header(bytes.as_ref())?;
        Ok(Artifact { bytes, layout })
    }

    /// All bytes, as they were written to the file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// What the artifact consists of: name, size in bytes and number of entries of every section.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, u32, u32)> {
        Section::ALL.into_iter().map(|section| (section.name(), self.layout.size(section), self.layout.count(section)))
    }

    pub(crate) fn view(&self) -> View<'_> {
        View::new(self.bytes.as_ref(), &self.layout)
    }
}

fn read_header(bytes: &[u8]) -> Result<Layout, ArtifactError> {
    let fail = |kind| Err(ArtifactError::new(kind));
    if !bytes.starts_with(&MAGIC) {
        return fail(if bytes.len() < MAGIC.len() { ArtifactErrorKind::Truncated } else { ArtifactErrorKind::NotAnArtifact });
    }
    if bytes.len() < HEADER_SIZE {
        return fail(ArtifactErrorKind::Truncated);
    }
    let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let long = |at: usize| u64::from(number(at)) | u64::from(number(at + 4)) << 32;
    let version = number(8);
    if version != FORMAT_VERSION {
        return fail(ArtifactErrorKind::UnsupportedVersion { found: version });
    }
    let (section_count, file_size) = (number(12) as usize, long(16));
    if (bytes.len() as u64) < file_size {
        return fail(ArtifactErrorKind::Truncated);
    }
    let table_size = section_count.saturating_mul(SECTION_ENTRY_SIZE);
    if bytes.len() as u64 > file_size || bytes.len() > MAX_ARTIFACT_SIZE || section_count != Section::ALL.len() {
        return fail(ArtifactErrorKind::MalformedHeader);
    }
    if bytes.len() < HEADER_SIZE + table_size {
        return fail(ArtifactErrorKind::Truncated);
    }
    if checksum(&bytes[CHECKSUM_FROM..]) != long(CHECKSUM_AT) {
        return fail(ArtifactErrorKind::Checksum);
    }
    let mut layout = Layout::new(long(SEED_AT), long(CHECKSUM_AT));
    let mut end = HEADER_SIZE + table_size;
    for (index, section) in Section::ALL.into_iter().enumerate() {
        let at = HEADER_SIZE + index * SECTION_ENTRY_SIZE;
        let (offset, size) = (number(at + 4), number(at + 8));
        let section_end = offset as usize + size as usize;
        let count = number(at + 12);
        let fits = u64::from(count) * u64::from(section.entry_size()) <= u64::from(size);
        if number(at) != section as u32 || (offset as usize) < end || section_end > bytes.len() || !fits {
            return fail(ArtifactErrorKind::MalformedSection { name: section.name() });
        }
        layout.set(section, offset, size, count);
        end = section_end;
    }
    Ok(layout)
}
