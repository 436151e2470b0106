use std::fmt;

/// Takes bytes for the text of a source.
///
/// A byte order mark stays: the parser passes over it, and offsets remain those of the file.
///
/// # Errors
/// If the bytes are not UTF-8.
pub fn decode_source(bytes: &[u8]) -> Result<&str, Utf8Error> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let before = &bytes[..offset];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let column = std::str::from_utf8(&before[line_start..]).map_or(0, |line| line.chars().count()) + 1;
        Utf8Error { offset, line: before.iter().filter(|&&byte| byte == b'\n').count() + 1, column, byte: bytes[offset] }
    })
}

/// The first byte of a file that is not UTF-8, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utf8Error {
    offset: usize,
    line: usize,
    column: usize,
    byte: u8,
}

impl Utf8Error {
    /// How many bytes stand before it.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Line and column, both from 1; the column counts characters.
    #[must_use]
    pub const fn line_column(&self) -> (usize, usize) {
        (self.line, self.column)
    }
}

impl fmt::Display for Utf8Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Utf8Error { line, column, byte, .. } = self;
        write!(f, "byte 0x{byte:02x} at line {line}, column {column} is not UTF-8; save the file as UTF-8")
    }
}

impl std::error::Error for Utf8Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_byte_is_found() {
        assert_eq!(decode_source("é".as_bytes()), Ok("é"));
        let error = decode_source(b"{\n \"\xC3\xA9\xFF\"").unwrap_err();
        assert_eq!((error.offset(), error.line_column()), (6, (2, 4)));
        assert_eq!(error.to_string(), "byte 0xff at line 2, column 4 is not UTF-8; save the file as UTF-8");
        assert_eq!(decode_source(b"\xFF\xFE{\0").unwrap_err().offset(), 0);
        assert_eq!(decode_source(b"a\xE2\x82").unwrap_err().offset(), 1);
    }
}
