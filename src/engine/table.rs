//! Predicate tables: one look at a value of the request decides every test of its key that is in the table.
//!
//! ```text
//! table      where its rows are u32, map from a value to its row's number, rows
//! rows       one u64 each: bit n says whether the value is one of those that the table's test n lists
//! ```
//! A value that no test lists has the row 0. The table knows the positive comparison alone; negation, quantifier and what holds of
//! an absent key are applied here, outside of it, as in `condition`.

use super::Evaluation;
use crate::artifact::pattern_code::flag;
use crate::artifact::{Damaged, Read, Section, View, string_map};
use crate::request::ContextValue;

/// Which tests of a key's table the values of the request pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// The key is absent.
    Absent,
    /// A single value: the tests it passes.
    Single(u64),
    /// Several values: the tests that at least one passes, and those that all pass.
    Multi { any: u64, all: u64 },
}

/// Where the answer to a test is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) key: u32,
    pub(super) bit: u8,
    pub(super) flags: u8,
}

impl Rows {
    /// Table 4.2 for one test.
    #[inline]
    fn holds(self, bit: u8, flags: u8) -> bool {
        let passes = |row: u64| row >> (bit & 63) & 1 == 1;
        let (for_all, for_any) = (flags & flag::FOR_ALL != 0, flags & flag::FOR_ANY != 0);
        let negated = flags & flag::NEGATED != 0;
        match self {
            Rows::Absent => for_all || flags & flag::IF_EXISTS != 0 || (negated && !for_any),
            Rows::Single(row) => passes(row) != negated,
            Rows::Multi { any, .. } if for_any && !negated => passes(any),
            Rows::Multi { all, .. } if for_any => !passes(all),
            Rows::Multi { all, .. } if for_all && !negated => passes(all),
            Rows::Multi { any, .. } if for_all => !passes(any),
            // D-07.
            Rows::Multi { .. } => false,
        }
    }
}

impl Evaluation<'_, '_> {
    /// The answer to a test that a table has.
    #[inline]
    pub(super) fn table_test_holds(&mut self, place: Place) -> Read<bool> {
        Ok(self.rows(place.key)?.holds(place.bit, place.flags))
    }

    /// The rows of a key's values, looked up once for each decision.
    #[inline]
    fn rows(&mut self, key: u32) -> Read<Rows> {
        if let Some(rows) = self.memo.rows(key) {
            return Ok(rows);
        }
        let rows = self.look_rows_up(key)?;
        self.memo.set_rows(key, rows);
        Ok(rows)
    }

    #[inline(never)]
    fn look_rows_up(&mut self, key: u32) -> Read<Rows> {
        Ok(match self.value(key)? {
            None => Rows::Absent,
            Some(value) => {
                let reference = self.key_record(key)?.table();
                let table = Table { view: self.view, reference };
                match value {
                    ContextValue::Single(value) => Rows::Single(table.row(self.value_hash(key, value), value)?),
                    ContextValue::Multi(values) => table.rows_of_all(values)?,
                }
            }
        })
    }
}

struct Table<'a> {
    view: View<'a>,
    reference: u32,
}

impl Table<'_> {
    fn row(&self, hash: u64, value: &str) -> Read<u64> {
        let rows_at = self.view.u32(Section::Tables, self.reference)?;
        let map = self.view.from(Section::Tables, self.reference.checked_add(4).ok_or(Damaged)?)?;
        match string_map::lookup_hashed(map, hash, value.as_bytes())? {
            Some(row) => {
                let at = row.checked_mul(8).and_then(|at| at.checked_add(rows_at)).ok_or(Damaged)?;
                self.view.chunk(Section::Tables, at).map(|row| u64::from_le_bytes(*row))
            }
            None => Ok(0),
        }
    }

    fn rows_of_all(&self, values: &[&str]) -> Read<Rows> {
        let (mut any, mut all) = (0, u64::MAX);
        for value in values {
            let row = self.row(crate::hash::hash(self.view.seed(), value.as_bytes()), value)?;
            any |= row;
            all &= row;
        }
        Ok(Rows::Multi { any, all })
    }
}
