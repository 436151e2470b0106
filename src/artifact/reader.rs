use std::hint::cold_path;

use super::{Cursor, Damaged, Layout, Read, Section};

/// The bytes of an artifact, read by section and reference. Every read is checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    bytes: &'a [u8],
    layout: &'a Layout,
}

impl<'a> View<'a> {
    pub(super) const fn new(bytes: &'a [u8], layout: &'a Layout) -> View<'a> {
        View { bytes, layout }
    }

    #[inline]
    pub(crate) const fn seed(&self) -> u64 {
        self.layout.seed
    }

    /// Tells artifacts apart.
    #[inline]
    pub(crate) const fn checksum(&self) -> u64 {
        self.layout.checksum
    }

    #[inline]
    pub(crate) const fn count(&self, section: Section) -> u32 {
        self.layout.count(section)
    }

    #[inline]
    pub(crate) const fn size(&self, section: Section) -> u32 {
        self.layout.size(section)
    }

    /// Everything from a reference to the end of the file.
    #[inline]
    pub(crate) fn from(&self, section: Section, reference: u32) -> Read<&'a [u8]> {
        let at = self.layout.offset(section) as usize + reference as usize;
        if at > self.bytes.len() {
            cold_path();
            return Err(Damaged);
        }
        self.bytes.get(at..).ok_or(Damaged)
    }

    /// The `N` bytes at a reference.
    #[inline]
    pub(crate) fn chunk<const N: usize>(&self, section: Section, reference: u32) -> Read<&'a [u8; N]> {
        self.from(section, reference)?.first_chunk().ok_or(Damaged)
    }

    #[inline]
    pub(crate) fn cursor(&self, section: Section, reference: u32) -> Read<Cursor<'a>> {
        self.from(section, reference).map(Cursor::new)
    }

    #[inline]
    pub(crate) fn u32(&self, section: Section, reference: u32) -> Read<u32> {
        self.chunk(section, reference).map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// An interned ARN head: a text, or class and body of a pattern.
    #[inline]
    pub(crate) fn head(&self, head: u32) -> Read<&'a [u8]> {
        self.string(self.u32(Section::Heads, head.saturating_mul(4))?)
    }

    /// Entry `index` of a section that is a list of `N`-byte records.
    #[inline]
    pub(crate) fn record<const N: usize>(&self, section: Section, index: u32) -> Read<&'a [u8; N]> {
        if index >= self.count(section) {
            cold_path();
            return Err(Damaged);
        }
        let at = (index as usize).checked_mul(N).and_then(|at| u32::try_from(at).ok()).ok_or(Damaged)?;
        self.chunk(section, at)
    }

    /// The text behind a string reference.
    #[inline]
    pub(crate) fn string(&self, reference: u32) -> Read<&'a [u8]> {
        self.cursor(Section::Strings, reference)?.bytes()
    }
}

/// The little-endian number at word `index` of a record; 0 past its end.
#[inline]
pub(crate) fn word<const N: usize>(record: &[u8; N], index: usize) -> u32 {
    let (words, _) = record.as_chunks::<4>();
    words.get(index).map_or(0, |word| u32::from_le_bytes(*word))
}
