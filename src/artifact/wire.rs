//! Checked reads, checked writes, and what can be wrong with an artifact.

use std::fmt;
use std::hint::cold_path;

use super::FORMAT_VERSION;

/// A read that failed: the artifact is not what its checksum promised. Whoever asked must deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// The outcome of reading.
pub(crate) type Read<T> = Result<T, Damaged>;

/// Reads one value after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { rest: bytes }
    }

    #[inline]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Read<u8> {
        let (&first, rest) = self.rest.split_first().ok_or(Damaged)?;
        self.rest = rest;
        Ok(first)
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Read<u32> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Damaged)?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*bytes))
    }

    #[inline]
    pub(crate) fn u64(&mut self) -> Read<u64> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Damaged)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// Seven bits a byte, lowest first, at most five bytes.
    #[inline]
    pub(crate) fn varint(&mut self) -> Read<u32> {
        let first = self.u8()?;
        if first < 0x80 {
            return Ok(u32::from(first));
        }
        self.long_varint(first)
    }

    fn long_varint(&mut self, first: u8) -> Read<u32> {
        let mut value = u32::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damaged)
    }

    #[inline]
    pub(crate) fn slice(&mut self, len: usize) -> Read<&'a [u8]> {
        // PERF: asked here as well, so that it can be marked; so in other reads.
        if len > self.rest.len() {
            cold_path();
            return Err(Damaged);
        }
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(Damaged)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A length and as many bytes.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Read<&'a [u8]> {
        let len = self.varint()?;
        self.slice(len as usize)
    }

    /// A length and as many bytes of text.
    pub(crate) fn text(&mut self) -> Read<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damaged)
    }

    /// A length, and a cursor over as many bytes.
    #[inline]
    pub(crate) fn part(&mut self) -> Read<Cursor<'a>> {
        self.bytes().map(Cursor::new)
    }
}

/// Why bytes cannot be opened as an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactError(ArtifactErrorKind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArtifactErrorKind {
    NotAnArtifact,
    Truncated,
    UnsupportedVersion { found: u32 },
    MalformedHeader,
    MalformedSection { name: &'static str },
    Checksum,
}

impl ArtifactError {
    pub(super) const fn new(kind: ArtifactErrorKind) -> ArtifactError {
        ArtifactError(kind)
    }

    /// Whether the artifact has another format version, and must be built again from its policies.
    #[must_use]
    pub const fn is_version(&self) -> bool {
        matches!(self.0, ArtifactErrorKind::UnsupportedVersion { .. })
    }

    /// Whether the bytes are no artifact at all.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        matches!(self.0, ArtifactErrorKind::NotAnArtifact)
    }
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ArtifactErrorKind::NotAnArtifact => {
                return f.write_str("not an artifact: it does not start with the magic bytes of `ibc build`");
            }
            ArtifactErrorKind::Truncated => f.write_str("the artifact is cut short"),
            ArtifactErrorKind::UnsupportedVersion { found } => {
                write!(f, "the artifact has format version {found}, this program reads version {FORMAT_VERSION}")
            }
            ArtifactErrorKind::MalformedHeader => {
                f.write_str("the artifact's header is damaged, wrong size or number of sections")
            }
            ArtifactErrorKind::MalformedSection { name } => write!(f, "the artifact's section table is damaged at `{name}`"),
            ArtifactErrorKind::Checksum => f.write_str("the artifact is damaged, its checksum does not match"),
        }?;
        f.write_str(": build it again with `ibc build`")
    }
}

impl std::error::Error for ArtifactError {}

/// Appends values to bytes; the counterpart of [`Cursor`].
#[cfg(feature = "compile")]
pub(crate) trait Put {
    fn put_u32(&mut self, value: u32);
    fn put_u64(&mut self, value: u64);
    fn put_varint(&mut self, value: u32);
    fn put_bytes(&mut self, bytes: &[u8]);
}

#[cfg(feature = "compile")]
impl Put for Vec<u8> {
    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    /// A length and the bytes.
    fn put_bytes(&mut self, bytes: &[u8]) {
        self.put_varint(u32::try_from(bytes.len()).expect("texts of a policy are shorter than 4 GiB"));
        self.extend_from_slice(bytes);
    }
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;

    #[test]
    fn varints_come_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u32::MAX] {
            let mut bytes = Vec::new();
            bytes.put_varint(value);
            let mut cursor = Cursor::new(&bytes);
            assert_eq!(cursor.varint(), Ok(value));
            assert!(cursor.is_empty());
        }
        assert_eq!(Cursor::new(&[0x80]).varint(), Err(Damaged));
        assert_eq!(Cursor::new(&[0x80; 6]).varint(), Err(Damaged));
    }
}
