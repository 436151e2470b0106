//! JSON documents that people hand in beside policies: requests and scenarios.
//!
//! They come as one object, a list, or JSON Lines; `split` finds the objects without reading them, so that a mistake in
//! one does not hide the others. `Members` reads one object, member by member, and keeps track of where each value stands,
//! so that an [`InputError`] names file, line and column. Policy documents do not come this way: `syntax` reads those.

mod members;
mod split;

use std::fmt;

pub(crate) use members::{MemberError, Members};
pub(crate) use split::split;

/// A file of requests or scenarios.
#[derive(Debug)]
pub struct TextFile {
    name: String,
    text: String,
    /// Offset of the first byte of every line, ascending; the first is 0.
    line_starts: Vec<usize>,
    /// The number of the first line; not 1 for a part of a stream.
    first_line: u32,
}

impl TextFile {
    /// A file of this name, usually its path, and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> TextFile {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        TextFile { name: name.into(), text, line_starts, first_line: 1 }
    }

    /// The same text as a part of a stream, of which it begins with this line.
    #[must_use]
    pub fn starting_at_line(mut self, first_line: u32) -> TextFile {
        self.first_line = first_line;
        self
    }

    /// What the file is called in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column, from 1, at which `part` begins, which is a slice of this file's text.
    #[must_use]
    pub fn position(&self, part: &str) -> (u32, u32) {
        // Both addresses lie in one text, so their difference is an offset; a foreign slice is clamped to the end.
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize).min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start <= offset) - 1;
        let before = &self.text.as_bytes()[self.line_starts[line]..offset];
        // PERF: a scenario file of megabytes on one line would be counted anew for each of its policies.
        let column = if before.len() > LONG_LINE_SIZE { before.len() } else { String::from_utf8_lossy(before).chars().count() };
        (self.first_line + line as u32, column as u32 + 1)
    }

    /// An error about the text that begins with `part`.
    #[must_use]
    pub fn error_at(&self, part: &str, message: impl Into<String>) -> InputError {
        InputError::new(self.name.as_str(), self.position(part), message)
    }

    /// What `serde_json` found wrong when it read this file as a whole.
    #[must_use]
    pub fn json_error(&self, error: &serde_json::Error) -> InputError {
        self.json_error_in(&self.text, error)
    }

    /// What `serde_json` found wrong when it read `part`, which is a slice of this file's text.
    #[must_use]
    pub fn json_error_in(&self, part: &str, error: &serde_json::Error) -> InputError {
        let error = MemberError::from_json(part, error);
        self.error_at(error.at.unwrap_or(part), error.message)
    }
}

/// Beyond this many bytes into a line, columns count bytes instead of characters.
const LONG_LINE_SIZE: usize = 1 << 16;

/// Why a request or scenario cannot be read: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    name: String,
    position: (u32, u32),
    message: String,
}

impl InputError {
    /// An error at a line and column, both from 1, of the file `name`.
    pub(crate) fn new(name: impl Into<String>, position: (u32, u32), message: impl Into<String>) -> InputError {
        InputError { name: name.into(), position, message: message.into() }
    }

    /// The message without the position.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position;
        write!(f, "{}:{line}:{column}: {}", self.name, self.message)
    }
}

impl std::error::Error for InputError {}
