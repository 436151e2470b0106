//! Narrowing a block by the values of a key.

use super::addresses::Runs;
use super::row::intersect;
use super::spans::Spans;
use crate::artifact::unit_code::dimension;
use crate::artifact::{Read, Section, View, string_map};
use crate::engine::Evaluation;
use crate::iam::value::parse_ip;
use crate::request::ContextValue;

impl Evaluation<'_, '_> {
    /// By the rows of a key's values.
    ///
    /// Of each statement one test of the key counts. What holds of several values holds of one of them (table 4.2), and of all if it
    /// is a `ForAllValues`. A row is as long as the block: each is read once, however many values have it.
    pub(super) fn narrow_by_values(
        &mut self,
        tag: u32,
        key: u32,
        [absent, other, want_all, listed]: [u32; 4],
        candidates: &mut [u64],
        room: &mut [u64],
    ) -> Read<bool> {
        let rows = ValueRows::read(self.view, tag, other, listed)?;
        match self.value(key)? {
            None => self.row(absent).intersect(candidates),
            Some(ContextValue::Single(value)) => {
                let row = self.row_of_single(&rows, key, value)?;
                self.row(row).intersect(candidates)
            }
            Some(ContextValue::Multi(values)) => {
                let (union, within) = room.split_at_mut(candidates.len());
                union.fill(0);
                self.memo.united_rows.begin();
                for value in values {
                    let row = rows.of(self.view, value)?;
                    if self.memo.united_rows.is_new(row) {
                        self.row(row).unite(union)?;
                        self.row(row).intersect_within(self.row(want_all), candidates, within)?;
                    }
                }
                Ok(intersect(candidates, union))
            }
        }
    }

    /// The row of a key's single value, of which hash or address are known.
    fn row_of_single(&mut self, rows: &ValueRows<'_>, key: u32, value: &str) -> Read<u32> {
        match rows {
            ValueRows::Texts { map, other } => {
                let row = string_map::lookup_hashed(map, self.value_hash(key, value), value.as_bytes())?;
                Ok(row.unwrap_or(*other))
            }
            ValueRows::Addresses(runs) => Ok(runs.row(self.address(key, value))),
            ValueRows::Folded { .. } | ValueRows::Beginnings(_) | ValueRows::Endings(_) => rows.of(self.view, value),
        }
    }
}

/// From a value to its row.
enum ValueRows<'a> {
    Texts {
        map: &'a [u8],
        /// The row of values that the map does not list.
        other: u32,
    },
    Folded {
        map: &'a [u8],
        other: u32,
    },
    Addresses(Runs<'a>),
    Beginnings(Spans<'a>),
    Endings(Spans<'a>),
}

impl<'a> ValueRows<'a> {
    fn read(view: View<'a>, tag: u32, other: u32, reference: u32) -> Read<ValueRows<'a>> {
        let bytes = view.from(Section::Index, reference)?;
        match tag {
            dimension::VALUES => Ok(ValueRows::Texts { map: bytes, other }),
            dimension::FOLDED_VALUES => Ok(ValueRows::Folded { map: bytes, other }),
            dimension::ADDRESSES => Runs::read(bytes, other).map(ValueRows::Addresses),
            dimension::BEGINNINGS => Spans::read(bytes, other).map(ValueRows::Beginnings),
            _ => Spans::read(bytes, other).map(ValueRows::Endings),
        }
    }

    fn of(&self, view: View<'_>, value: &str) -> Read<u32> {
        match self {
            ValueRows::Texts { map, other } => Ok(string_map::lookup(map, view.seed(), value.as_bytes())?.unwrap_or(*other)),
            ValueRows::Folded { map, other } => Ok(string_map::lookup_folded_text(map, view.seed(), value)?.unwrap_or(*other)),
            ValueRows::Addresses(runs) => Ok(runs.row(parse_ip(value))),
            ValueRows::Beginnings(spans) => spans.row(value.as_bytes()),
            ValueRows::Endings(spans) => spans.row_from_end(value.as_bytes()),
        }
    }
}
