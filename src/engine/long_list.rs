//! Long lists: of the patterns of one test, or the principals of one element, only those that a map gives are verified.
//!
//! A list of up to sixteen patterns is gone through. A longer one begins with a map from pieces of text to where the patterns are that
//! have them ([`pattern_map`]); of principals, from names. What the map gives is matched as any entry is, so it decides nothing.

use super::Evaluation;
use super::pattern::Mode;
use crate::artifact::pattern_code::list::{HAS_MAP, NEGATED};
use crate::artifact::{Cursor, Damaged, Read, pattern_map};

/// The parts of a `Resource`, `NotResource`, `Principal` or `NotPrincipal` element.
#[derive(Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) is_negated: bool,
    /// Of a long list.
    pub(super) map: Option<&'a [u8]>,
    pub(super) entries: Cursor<'a>,
}

impl<'a> List<'a> {
    /// Takes the body of an element apart.
    #[inline]
    pub(super) fn read(mut body: Cursor<'a>) -> Read<List<'a>> {
        let flags = body.u8()?;
        let map = if flags & HAS_MAP == 0 { None } else { Some(body.bytes()?) };
        Ok(List { is_negated: flags & NEGATED != 0, map, entries: body })
    }

    /// The entries from a place in the list on.
    pub(super) fn from(entries: Cursor<'a>, place: u32) -> Read<Cursor<'a>> {
        entries.rest().get(place as usize..).map(Cursor::new).ok_or(Damaged)
    }
}

impl<'a> Evaluation<'a, '_> {
    /// Whether one of many patterns matches the request's resource.
    #[inline(never)]
    pub(super) fn any_of_many_resources(&mut self, map: &'a [u8], patterns: Cursor<'a>) -> Read<bool> {
        pattern_map::any(map, self.view.seed(), self.resource.bytes(), |place| {
            self.resource_matches(List::from(patterns, place)?.part()?)
        })
    }

    /// Whether one of many patterns matches a context value.
    #[inline(never)]
    pub(super) fn any_of_many_patterns(&mut self, map: &'a [u8], patterns: Cursor<'a>, value: &str, mode: Mode) -> Read<bool> {
        pattern_map::any(map, self.view.seed(), value.as_bytes(), |place| {
            self.pattern_matches(List::from(patterns, place)?.part()?, value.as_bytes(), mode)
        })
    }
}
