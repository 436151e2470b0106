//! The bytes of an artifact: a memory map of its file where that is possible, else a copy in memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memmap2::Mmap;

/// What an artifact is read from.
#[derive(Debug)]
pub enum Bytes {
    /// The file itself; pages are read when they are looked at, and shared with other processes.
    Mapped(Mmap),
    /// Standard input, a pipe, or what was compiled just now.
    Owned(Vec<u8>),
}

impl AsRef<[u8]> for Bytes {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Owned(bytes) => bytes,
        }
    }
}

impl Bytes {
    /// The bytes of a file, or of standard input for `-`.
    pub fn read(path: &Path) -> io::Result<Bytes> {
        let mut bytes = Vec::new();
        if path.to_str() == Some("-") {
            io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(Bytes::Owned(bytes));
        }
        let mut file = File::open(path)?;
        // Pipes and devices cannot be mapped, and some file systems refuse.
        if file.metadata()?.is_file()
            && let Ok(map) = map(&file)
        {
            return Ok(Bytes::Mapped(map));
        }
        file.read_to_end(&mut bytes)?;
        Ok(Bytes::Owned(bytes))
    }
}

#[expect(unsafe_code, reason = "mapping a file is unsafe, since other processes can write to it")]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only, and read as plain integers only, for which every byte is valid. `ibc build` replaces a file by
    // renaming another over it, so a file that was mapped keeps its bytes. Should somebody else write into it all the same, every
    // read is bounds-checked against the length at opening: an answer may be wrong or a deny, memory stays safe. A file that is
    // cut short meanwhile ends the process with a bus error.
    unsafe { Mmap::map(file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_mapped_and_what_cannot_be_mapped_is_read() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "bytes").expect("it can be written");
        let bytes = Bytes::read(file.path()).expect("it can be read");
        assert!(matches!(bytes, Bytes::Mapped(_)));
        assert_eq!(bytes.as_ref(), b"bytes");
        std::fs::write(file.path(), "").expect("it can be written");
        assert_eq!(Bytes::read(file.path()).expect("it can be read").as_ref(), b"");
        #[cfg(unix)]
        assert!(matches!(Bytes::read(Path::new("/dev/null")), Ok(Bytes::Owned(bytes)) if bytes.is_empty()));
        assert!(Bytes::read(&file.path().join("missing")).is_err());
    }
}
