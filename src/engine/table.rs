//! Predicate tables: one look at a value of the request decides every test of its key that is in the table.
//!
//! ```text
//! table      where the rows of the folded map are u32, where that map is u32 (0: no test ignores letter case),
//!            map from a value to its row, [folded map, its rows]
//! folded map from folded texts (D-21) to the number of a row, for values that the other map does not have
//! row        u64: bit n says whether the value is one of those that the table's test n lists
//! ```
//! The row of a listed value has the bits of tests that ignore letter case as well, so only a value that is not listed as it is
//! gets folded: policies that want `Red` under `StringEquals` and `red` under `StringEqualsIgnoreCase` find `Red` in the first map
//! with both bits, `RED` in the second with one. A value that no test lists has the row 0.
//!
//! The table knows the positive comparison alone; negation, quantifier and what holds of an absent key are applied here, outside of
//! it: the statement has the [answers](answer) for every case. So `Null` tests need no row: they list nothing, and their answers say
//! the rest. They are in the table of a key with other tests; where there are none, no value needs to be hashed.

use std::hint::cold_path;

use super::Evaluation;
use super::scratch::KnownText;
use crate::artifact::pattern_code::answer;
use crate::artifact::{Damaged, Read, Section, View, string_map, value_map, word};
use crate::request::ContextValue;

/// Which tests of a key's table the values of the request pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rows {
    /// The tests that at least one value passes.
    pub(super) any: u64,
    /// Of several values: those that all pass.
    pub(super) all: u64,
    pub(super) arity: Arity,
}

/// How many values a key has, as the number of the first answer that speaks of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Arity {
    Absent = answer::ABSENT,
    Single = answer::SINGLE,
    Multi = answer::MULTI,
}

/// Where the answer to a test is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) key: u32,
    pub(super) bit: u8,
    pub(super) answers: u8,
}

impl Rows {
    pub(super) const ABSENT: Rows = Rows { any: 0, all: 0, arity: Arity::Absent };

    #[inline]
    const fn single(row: u64) -> Rows {
        Rows { any: row, all: 0, arity: Arity::Single }
    }

    /// What a test says of which these are the [answers](answer).
    #[inline]
    fn holds(self, bit: u8, answers: u8) -> bool {
        let passes = |row: u64| (row >> (bit & 63) & 1) as u8;
        answers >> (self.arity as u8 + passes(self.any) + passes(self.all)) & 1 == 1
    }
}

impl Evaluation<'_, '_> {
    /// The answer to a test that a table has.
    #[inline]
    pub(super) fn table_test_holds(&mut self, place: Place) -> Read<bool> {
        Ok(self.rows(place.key)?.holds(place.bit, place.answers))
    }

    /// The rows of a key's values, looked up once for each decision.
    #[inline]
    fn rows(&mut self, key: u32) -> Read<Rows> {
        if self.memo.has_rows(key) {
            cold_path();
            if let Some(rows) = self.memo.rows(key) {
                return Ok(rows);
            }
        }
        let rows = match self.noted_text(key) {
            Some(value) => Rows::single(self.look_row_up(key, value)?),
            None => self.look_other_rows_up(key)?,
        };
        self.memo.set_rows(key, rows);
        Ok(rows)
    }

    /// The row of a single value.
    ///
    /// PERF: a row comes back in a register; all [`Rows`] would be written to memory, and read again at once.
    #[inline(never)]
    fn look_row_up(&mut self, key: u32, value: &str) -> Read<u64> {
        let table = Table::read(self.view, self.key_record(key)?.table())?;
        table.row(self.known_text(key, value), value)
    }

    /// The rows of several values, and of one that is not in the request's context.
    #[inline(never)]
    fn look_other_rows_up(&mut self, key: u32) -> Read<Rows> {
        let Some(value) = self.value(key)? else { return Ok(Rows::ABSENT) };
        let table = Table::read(self.view, self.key_record(key)?.table())?;
        Ok(match value {
            ContextValue::Single(value) => Rows::single(table.row(self.known_text(key, value), value)?),
            ContextValue::Multi(values) => table.rows_of_all(values)?,
        })
    }
}

struct Table<'a> {
    view: View<'a>,
    rows_at: u32,
    folded_map_at: u32,
    map: &'a [u8],
}

impl<'a> Table<'a> {
    fn read(view: View<'a>, reference: u32) -> Read<Table<'a>> {
        let (head, map) = view.from(Section::Tables, reference)?.split_first_chunk::<8>().ok_or(Damaged)?;
        Ok(Table { view, rows_at: word(head, 0), folded_map_at: word(head, 1), map })
    }

    /// PERF: always inline, since a call costs as much as the look.
    #[inline(always)]
    fn row(&self, KnownText { start, hash }: KnownText, value: &str) -> Read<u64> {
        match value_map::lookup(self.map, hash, start, value.as_bytes())? {
            Some(row) => Ok(row),
            None if self.folded_map_at == 0 => Ok(0),
            None => self.folded_row(value),
        }
    }

    #[inline(never)]
    fn folded_row(&self, value: &str) -> Read<u64> {
        let map = self.view.from(Section::Tables, self.folded_map_at)?;
        string_map::lookup_folded_text(map, self.view.seed(), value)?.map_or(Ok(0), |row| self.row_at(row))
    }

    fn row_at(&self, row: u32) -> Read<u64> {
        let at = row.checked_mul(8).and_then(|at| at.checked_add(self.rows_at)).ok_or(Damaged)?;
        self.view.chunk(Section::Tables, at).map(|row| u64::from_le_bytes(*row))
    }

    fn rows_of_all(&self, values: &[&str]) -> Read<Rows> {
        let (mut any, mut all) = (0, u64::MAX);
        for value in values {
            let row = self.row(KnownText::of(self.view.seed(), value), value)?;
            any |= row;
            all &= row;
        }
        Ok(Rows { any, all, arity: Arity::Multi })
    }
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::super::condition::{null_holds, quantified};
    use super::*;
    use crate::artifact::Cursor;
    use crate::artifact::pattern_code::flag;

    /// Rows of a table of one test, which is passed by `x`.
    fn rows_of(values: &[&str]) -> Rows {
        let row = |value: &&str| if *value == "x" { !0 } else { !1 };
        let rows: Vec<u64> = values.iter().map(row).collect();
        Rows {
            any: rows.iter().fold(0, |any, row| any | row),
            all: rows.iter().fold(!0, |all, row| all & row),
            arity: Arity::Multi,
        }
    }

    #[test]
    fn answers_are_those_of_a_condition() {
        let lists: [&[&str]; 5] = [&["x"], &["y"], &["x", "x"], &["x", "y"], &["y", "y"]];
        for flags in 0..16 {
            let expected = |value| quantified(flags, value, |value| Ok(value == "x"));
            let check =
                |rows: Rows, value| assert_eq!(Ok(rows.holds(0, answer::of(flags))), expected(value), "{flags} {value:?}");
            check(Rows::ABSENT, None);
            check(Rows::single(!0), Some(ContextValue::Single("x")));
            check(Rows::single(!1), Some(ContextValue::Single("y")));
            lists.into_iter().for_each(|values| check(rows_of(values), Some(ContextValue::Multi(values))));
        }
    }

    #[test]
    fn a_test_that_lists_nothing_answers_as_the_null_test_whose_flags_it_has() {
        let ways = [
            (Rows::ABSENT, false),
            (Rows::single(0), true),
            (Rows::single(!1), true),
            (Rows { any: 0, all: 0, arity: Arity::Multi }, true),
            (Rows { any: !1, all: !1, arity: Arity::Multi }, true),
        ];
        for flags in 0..16 {
            for accepts in [[false, false], [false, true], [true, false], [true, true]] {
                let [absent, present] = accepts;
                for (rows, is_present) in ways {
                    let expected = null_holds(flags, Cursor::new(&accepts.map(u8::from)), is_present);
                    assert_eq!(
                        Ok(rows.holds(0, answer::of(flag::of_null(flags, absent, present)))),
                        expected,
                        "{flags} {accepts:?} {rows:?}"
                    );
                }
            }
        }
    }
}
