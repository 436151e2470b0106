//! Source texts, and positions in them.
//!
//! Every message of the compiler points at bytes of a [`Source`]: a [`Span`] is a half-open byte range, turned into line and
//! column only when something is shown to a person.

/// Names one source of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A half-open range of byte offsets in one source.
///
/// Invariant: `start <= end`, both are at character boundaries of the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset one past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`, in bytes.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range as `usize`, for slicing.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value together with where it was written.
///
/// Equality and hashing look at the value alone, so that trees of different texts compare by meaning.
#[derive(Debug, Clone, Copy)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts `value` at `span`.
    pub const fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// One text: a file, standard input, or a policy handed over as a string.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    /// Offset of the first byte of every line, ascending, the first is 0.
    line_starts: Vec<u32>,
    /// How many characters begin before each block of [`BLOCK_SIZE`] bytes; empty if every character is one byte.
    block_characters: Vec<u32>,
    /// Line and column of the first byte: `(1, 1)` unless the text was cut out of a larger one.
    origin: (u32, u32),
}

impl Source {
    /// What the source is called in messages, usually its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column at which the text begins, both from 1; not `(1, 1)` for an excerpt of a larger text.
    #[must_use]
    pub fn origin(&self) -> (u32, u32) {
        self.origin
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&start| start <= offset) - 1;
        let line_start = self.line_starts[line] as usize;
        let offset = (offset as usize).min(self.text.len());
        let column = self.characters_before(offset) - self.characters_before(line_start);
        let (first_line, first_column) = self.origin;
        let columns_before = if line == 0 { first_column - 1 } else { 0 };
        (line as u32 + first_line, column as u32 + 1 + columns_before)
    }

    /// How many characters begin before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        let Some(&before_block) = self.block_characters.get(offset / BLOCK_SIZE) else { return offset };
        let block_start = offset / BLOCK_SIZE * BLOCK_SIZE;
        before_block as usize + count_characters(&self.text.as_bytes()[block_start..offset])
    }
}

/// How many characters begin in these bytes.
fn count_characters(bytes: &[u8]) -> usize {
    const CONTINUATION: u8 = 0b1000_0000;
    bytes.iter().filter(|&&byte| byte & 0b1100_0000 != CONTINUATION).count()
}

/// PERF: a document may be one line of a gigabyte with millions of statements; a column is counted from the nearest block.
const BLOCK_SIZE: usize = 1 << 12;

/// All sources of one run.
#[derive(Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a text under a name for messages.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.add_excerpt(name, text, (1, 1))
    }

    /// Adds a part of a larger text, such as one policy of a scenario file; `origin` is the line and column, both from 1, at
    /// which it begins there.
    pub fn add_excerpt(&mut self, name: impl Into<String>, text: impl Into<String>, origin: (u32, u32)) -> SourceId {
        let text = text.into();
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes());
        let line_starts = std::iter::once(0).chain(newlines.map(|at| at as u32 + 1)).collect();
        let block_characters = if text.is_ascii() { Vec::new() } else { block_characters(text.as_bytes()) };
        self.sources.push(Source { name: name.into(), text, line_starts, block_characters, origin });
        SourceId(self.sources.len() as u32 - 1)
    }

    /// The source with this id.
    ///
    /// # Panics
    /// If the id is of another map.
    #[must_use]
    pub fn source(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// All sources in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().enumerate().map(|(index, source)| (SourceId(index as u32), source))
    }
}

/// One number more than there are whole blocks, so that every offset of the text has its block.
fn block_characters(bytes: &[u8]) -> Vec<u32> {
    let mut counts = vec![0];
    for block in bytes.chunks(BLOCK_SIZE) {
        counts.push(counts.last().copied().unwrap_or(0) + count_characters(block) as u32);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_long_lines() {
        for (letter, filler) in [("é", 5000), ("x", 5000), ("é", BLOCK_SIZE / 2), ("\u{10348}", 3000)] {
            let line = letter.repeat(filler);
            let mut sources = SourceMap::new();
            let source = sources.add("f", format!("ab\n{line}\n{line}"));
            let end = |lines: usize| (3 + lines * (line.len() + 1) - 1) as u32;
            for before in [0, 1, filler / 2, filler] {
                let offset = end(1) - (before * letter.len()) as u32;
                assert_eq!(sources.source(source).line_column(offset), (2, (filler - before) as u32 + 1));
            }
            assert_eq!(sources.source(source).line_column(end(2)), (3, filler as u32 + 1));
        }
    }

    #[test]
    fn positions_in_an_excerpt_are_those_of_the_larger_text() {
        let mut sources = SourceMap::new();
        let whole = sources.add("f", "ab\ncéd");
        let part = sources.add_excerpt("f", "b\ncéd", (1, 2));
        for (in_whole, in_part, position) in [(1, 0, (1, 2)), (3, 2, (2, 1)), (6, 5, (2, 3)), (7, 6, (2, 4))] {
            assert_eq!(sources.source(whole).line_column(in_whole), position);
            assert_eq!(sources.source(part).line_column(in_part), position);
        }
    }
}
