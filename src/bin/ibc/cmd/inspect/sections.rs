//! The sections of an artifact: how large they are, and what they hold.

use std::io::{self, Write};

use ibc::Artifact;
use serde::Serialize;

use crate::output::{count, grouped};

/// One section.
#[derive(Debug, Serialize)]
pub(super) struct SectionDocument<'a> {
    name: &'a str,
    /// How many things it holds; null of a section that is no list of things.
    entries: Option<u32>,
    bytes: u32,
    #[serde(skip)]
    holds: Holds,
}

/// What a section holds.
#[derive(Debug, Clone, Copy)]
enum Holds {
    /// So many of one kind: what one is called, and what several are.
    Entries(&'static str, &'static str),
    /// Something that is not counted.
    Other(&'static str),
}

impl<'a> SectionDocument<'a> {
    /// From name, size and count.
    pub(super) fn new((name, bytes, count): (&'a str, u32, u32)) -> SectionDocument<'a> {
        let holds = holds(name);
        let entries = matches!(holds, Holds::Entries(..)).then_some(count);
        SectionDocument { name, entries, bytes, holds }
    }

    fn text(&self) -> String {
        match self.holds {
            Holds::Entries(one, several) => count(self.entries.unwrap_or(0) as usize, one, several),
            Holds::Other(text) => text.to_owned(),
        }
    }
}

/// What is in the section of this name.
fn holds(name: &str) -> Holds {
    match name {
        "strings" => Holds::Other("texts that the others name"),
        "keys" => Holds::Entries("context key, and the table of their names", "context keys, and the table of their names"),
        "arn heads" => Holds::Entries("beginning of resource patterns", "beginnings of resource patterns"),
        "actions" => Holds::Entries("action element, and the names it can mean", "action elements, and the names they can mean"),
        "principal sets" => Holds::Entries("principal element", "principal elements"),
        "shared tests" => {
            Holds::Entries("resource element or test that several have", "resource elements and tests that several have")
        }
        "predicate tables" => Holds::Other("which values pass shared tests"),
        "statements" => Holds::Entries("statement", "statements"),
        "units" => Holds::Entries("unit", "units"),
        "index" => Holds::Other("how units find their statements"),
        "directory" => Holds::Other("who and what has policies"),
        "source map" => Holds::Other("where statements were written"),
        "statements of units" => Holds::Other("which statements each unit has"),
        "spellings" => Holds::Other("keys and actions as policies spell them"),
        _ => Holds::Other("-"),
    }
}

/// How many statements of the policies are not in the artifact, as far as it knows where each was written.
pub(super) fn left_out_count<B: AsRef<[u8]>>(artifact: &Artifact<B>) -> usize {
    let count = |wanted: &str| artifact.sections().find(|(name, ..)| *name == wanted).map_or(0, |(.., count)| count as usize);
    count("source map").saturating_sub(count("statements"))
}

/// Writes a line for each section that holds something; the sizes add up to that of the file.
pub(super) fn write(out: &mut impl Write, sections: &[SectionDocument<'_>], file_size: usize) -> io::Result<()> {
    writeln!(out, "{:<20} {:>12}  holds", "section", "bytes")?;
    let mut line = |name: &str, bytes: usize, holds: &str| {
        writeln!(out, "{}", format!("{name:<20} {:>12}  {holds}", grouped(bytes)).trim_end())
    };
    for section in sections.iter().filter(|section| section.bytes > 0) {
        line(section.name, section.bytes as usize, &section.text())?;
    }
    let in_sections = sections.iter().map(|section| section.bytes as usize).sum();
    line("header, padding", file_size.saturating_sub(in_sections), "")?;
    line("total", file_size, "")
}
