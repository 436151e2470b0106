//! Blocks: many statements of one effect, and rows of bits that narrow them. The format is described at `unit_code`.

mod addresses;
mod bounds;
mod dimensions;
mod form;
mod limits;
mod prefixes;
mod resources;
mod row;
mod runs;
mod shared;
mod spans;
mod windows;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use smallvec::SmallVec;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use self::bounds::limited_quantities;
use self::dimensions::{Dimension, Dimensions, FIRST, LAST};
pub(super) use self::form::has_dimension;
use self::form::{Form, value_tests};
use self::resources::TextsDimension;
use self::row::{count, count_flipped};
use self::shared::Decided;
use self::windows::Windows;
use super::IndexWriter;
use super::access::Part;
use super::cost::{BlockCost, ClassCounts};
use crate::artifact::access_key::part;
use crate::artifact::layout::Section;
use crate::artifact::unit_code::{NO_STATEMENT, dimension};
use crate::artifact::wire::Put;
use crate::artifact::writer::Sections;
use crate::iam::SetOperator;
use crate::ir::{ActionSetId, KeyId, Predicate, Statement, Test};

/// Blocks of so few are looked through.
const MAX_UNROWED_STATEMENTS: usize = 4;
/// Of so few only the action has rows: every other dimension costs a look at a value.
const MAX_BY_ACTION_STATEMENTS: usize = 8;
/// In blocks of so few there are few dimensions, of values those that leave half at most, whatever the request says.
const MAX_SHORT_STATEMENTS: usize = 32;
const MAX_SHORT_DIMENSIONS: usize = 2;
/// Most dimensions of texts of resources.
const MAX_TEXTS_DIMENSIONS: usize = 3;
/// Most dimensions of values; each costs a request one row.
const MAX_VALUE_DIMENSIONS: usize = 32;
/// Something is a dimension if one of so many statements speaks of it, or, if these are not too few, one of so many more.
const MIN_SHARE: usize = 16;
const MIN_SMALL_SHARE: usize = 64;
/// A dimension costs a request more than verifying a few statements, and does not take all out that speak of something.
const MIN_COUNT_OF_SMALL_SHARE: usize = 8;
/// How many statements, of a list that is found by something, must exclude a value for it to be listed: each is written again in
/// every list that its statement is in, and saves a request no more than to verify these.
const MIN_EXCLUDING: usize = 8;
/// Most differences of action classes that are looked at: 64 MB while building.
const MAX_CLASS_FLIPS: usize = 1 << 24;

/// Writes a block; gives its reference and what it costs.
///
/// `found_by` is what led to the statements: of a value by which all were found nothing more is asked. Rows take up to `room` bytes,
/// and at most one more dimension.
pub(super) fn write(
    writer: &mut IndexWriter<'_>,
    statements: Vec<&Statement>,
    found_by: &[Part],
    room: usize,
    sections: &mut Sections,
) -> (u32, BlockCost) {
    let (mut dimensions, mut cost) = (Dimensions::default(), BlockCost::of_all(statements.len()));
    if statements.len() > MAX_UNROWED_STATEMENTS {
        let end = (sections.end(Section::Index) as usize).saturating_add(room);
        let mut block = BlockWriter { writer, statements: &statements, found_by, end, sections, bases: IndexMap::default() };
        if let Some((dimension, counts)) = block.actions() {
            let mut words = 0;
            if let Some(dimension) = dimension {
                dimensions.push(dimension, FIRST);
                words = block.word_count();
            }
            cost.narrow_by_class(counts, words);
        }
        if statements.len() > MAX_SHORT_STATEMENTS {
            block.long_dimensions(&mut dimensions, &mut cost);
        } else if statements.len() > MAX_BY_ACTION_STATEMENTS {
            block.short_dimensions(&mut dimensions, &mut cost);
        }
        writer.longest_block = writer.longest_block.max(statements.len());
    }
    let references = sections.end(Section::Index);
    for statement in &statements {
        sections.of(Section::Index).put_u32(writer.records.references[statement.id.index()]);
    }
    let reference = sections.end(Section::Index);
    let index = sections.of(Section::Index);
    let dimensions = dimensions.in_order();
    for number in [statements.len() as u32, dimensions.len() as u32, references, 0] {
        index.put_u32(number);
    }
    for number in dimensions.into_iter().flatten() {
        index.put_u32(number);
    }
    (reference, cost)
}

struct BlockWriter<'w, 'p> {
    writer: &'w IndexWriter<'p>,
    statements: &'w [&'p Statement],
    found_by: &'w [Part],
    /// Where in the index there is no more room for rows.
    end: usize,
    sections: &'w mut Sections,
    /// Equal bases are stored once.
    bases: IndexMap<Vec<u64>, u32, Xxh3DefaultBuilder>,
}

impl<'p> BlockWriter<'_, 'p> {
    /// Words of a row.
    fn word_count(&self) -> u64 {
        self.statements.len().div_ceil(64) as u64
    }

    fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// Bytes that rows may still take.
    fn room(&self) -> usize {
        self.end.saturating_sub(self.sections.end(Section::Index) as usize)
    }

    /// Every dimension but that of actions.
    fn long_dimensions(&mut self, dimensions: &mut Dimensions, cost: &mut BlockCost) {
        let words = self.word_count();
        let mut decided = Decided::default();
        for (key, form) in self.keys() {
            if !self.has_room() {
                return;
            }
            let Some((dimension, most)) = self.values(key, form) else { continue };
            self.add_values(dimension, most, dimensions, cost);
            decided.values.push((key, form));
        }
        if !self.has_room() {
            return;
        }
        if let Some((dimension, most)) = self.resources() {
            dimensions.push(dimension, most);
            decided.resources = true;
            cost.narrow(most, words);
        }
        for TextsDimension { dimension, left, most, words } in self.resource_texts(decided.resources, MAX_TEXTS_DIMENSIONS) {
            dimensions.push(dimension, left);
            cost.narrow(most, words);
        }
        let limits = self.limits();
        let windows = self.windows(&limits);
        if let Some(Windows { quantity, dimension, most, .. }) = windows {
            cost.narrow(most_of(self.writer.reach.of_key(quantity.key.0), most), words);
            dimensions.push(dimension, most);
        }
        for (quantity, limited_count) in limited_quantities(&limits) {
            if !self.has_room() {
                return;
            }
            let reach = self.writer.reach.of_key(quantity.key.0);
            // A window says more than its two bounds, but of single values only.
            let are_windows = |windows: &Windows| (windows.quantity, windows.count) == (quantity, limited_count);
            if reach == 1 && windows.as_ref().is_some_and(are_windows) {
                continue;
            }
            let (dimension, most, row_count) = self.bounds(quantity, &limits);
            cost.narrow(most_of(reach, most), words.saturating_mul(row_count));
            dimensions.push(dimension, most);
        }
        // Last, since what is left by then may need none of them.
        if let Some(dimension) = self.shared_tests(&decided) {
            let [.., test_count, _, _] = dimension;
            cost.narrow(u64::MAX, words.saturating_mul(2 * u64::from(test_count)));
            dimensions.push(dimension, LAST);
        }
    }

    /// The few dimensions that are worth a look at a value where there are not many statements.
    fn short_dimensions(&mut self, dimensions: &mut Dimensions, cost: &mut BlockCost) {
        let half = self.statements.len() as u64 / 2;
        let mut count = 0;
        for (key, form) in self.keys() {
            let before = self.sections.of(Section::Index).len();
            match self.values(key, form) {
                Some((dimension, most)) if most_of(self.writer.reach.of_key(key.0), most) <= half => {
                    self.add_values(dimension, most, dimensions, cost);
                    count += 1;
                }
                _ => self.take_back(before),
            }
            if count == MAX_SHORT_DIMENSIONS || !self.has_room() {
                return;
            }
        }
        for TextsDimension { dimension, left, most, words } in self.resource_texts(false, MAX_SHORT_DIMENSIONS - count) {
            dimensions.push(dimension, left);
            cost.narrow(most, words);
        }
    }

    /// Forgets what was written of a dimension that is not used, from this place in the index on.
    fn take_back(&mut self, start: usize) {
        self.sections.of(Section::Index).truncate(start);
        self.bases.retain(|_, reference| (*reference as usize) < start);
    }

    /// Adds a dimension of values, which leaves so many statements at most.
    fn add_values(&self, dimension: Dimension, most: u64, dimensions: &mut Dimensions, cost: &mut BlockCost) {
        let [_, key, _, _, want_all, _] = dimension;
        let reach = self.writer.reach.of_key(key);
        // Beside each row, the one of the statements that want all values.
        let row_count = if want_all == NO_STATEMENT { 1 } else { 3 };
        cost.narrow(most_of(reach, most), self.word_count().saturating_mul(reach).saturating_mul(row_count));
        dimensions.push(dimension, most);
    }

    /// Classes of actions, and how many statements each leaves; `None` if all statements say the same of all classes, or say too
    /// much. No dimension if a class led to the statements: all of them are about it.
    fn actions(&mut self) -> Option<(Option<Dimension>, ClassCounts)> {
        let is_found_by_class = self.found_by.iter().any(|part| part.tag == part::ACTION);
        let mut members: IndexMap<ActionSetId, Vec<u32>, Xxh3DefaultBuilder> = IndexMap::default();
        for (position, statement) in self.statements.iter().enumerate() {
            members.entry(statement.action).or_default().push(position as u32);
        }
        let mut flipped_in: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        // A difference takes eight bytes, as a class and as a bit of its row.
        let most_flips = MAX_CLASS_FLIPS.min(self.room() / 8);
        let mut flip_count = 0;
        for (number, &set) in members.keys().enumerate() {
            for class in self.writer.actions.exceptional_classes(set) {
                flipped_in.entry(class).or_default().push(number as u32);
                flip_count += 1;
                if flip_count > most_flips {
                    return None;
                }
            }
        }
        if flipped_in.is_empty() {
            return None;
        }
        let other = self.bits(|position| self.writer.actions.default_answer(self.statements[position].action));
        let other_count = count(&other);
        // Classes that the same sets speak of have one row.
        let mut rows: IndexMap<Vec<u32>, (u32, u64), Xxh3DefaultBuilder> = IndexMap::default();
        let (mut classes, mut counts) = (Vec::new(), Vec::new());
        for (class, sets) in flipped_in {
            let (row, left) = match rows.get(&sets) {
                Some(&row) => row,
                None => {
                    let mut flips: Vec<u32> = sets.iter().flat_map(|&set| members[set as usize].iter().copied()).collect();
                    flips.sort_unstable();
                    let row = if is_found_by_class { NO_STATEMENT } else { self.row(&other, &flips) };
                    let row = (row, count_flipped(&other, other_count, &flips));
                    rows.insert(sets, row);
                    row
                }
            };
            classes.push((class, row));
            counts.push((class, left));
        }
        if is_found_by_class {
            return Some((None, (other_count, counts)));
        }
        let other = self.row(&other, &[]);
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        for &(class, row) in &classes {
            index.put_u32(class);
            index.put_u32(row);
        }
        Some((Some([dimension::ACTION, 0, other, classes.len() as u32, reference, 0]), (other_count, counts)))
    }

    /// The keys that many statements test, most tested first.
    fn keys(&self) -> Vec<(KeyId, Form)> {
        let mut tested: IndexMap<(KeyId, Form), usize, Xxh3DefaultBuilder> = IndexMap::default();
        for statement in self.statements {
            let tests = value_tests(self.writer.program, statement);
            let mut keys: SmallVec<[(KeyId, Form); 4]> = tests.map(|(test, form)| (test.key, form)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().for_each(|key| *tested.entry(key).or_default() += 1);
        }
        tested.retain(|&key, count| is_worthwhile(*count, self.statements.len()) && !self.is_found_by(key));
        tested.sort_by(|a, a_count, b, b_count| b_count.cmp(a_count).then(a.cmp(b)));
        tested.into_keys().take(MAX_VALUE_DIMENSIONS).collect()
    }

    /// Whether a request came to the statements by the only value of a key, which all of them list.
    fn is_found_by(&self, (key, form): (KeyId, Form)) -> bool {
        let tag = match form {
            Form::Text => part::VALUE,
            Form::FoldedText => part::VALUE_FOLDED,
            Form::Address | Form::Edge(_) => return false,
        };
        self.found_by.iter().any(|part| part.tag == tag && part.key == key.0) && self.writer.reach.of_key(key.0) == 1
    }

    /// Values of a key, and how many statements one leaves at most. Of each statement one test counts, so that what holds of
    /// several values holds of one of them, or of each; `None` if the rows would take too much room.
    fn values(&mut self, key: KeyId, form: Form) -> Option<(Dimension, u64)> {
        let program = self.writer.program;
        let test_of = |&statement: &&'p Statement| -> Option<&'p Predicate> {
            let own = value_tests(program, statement).filter(|&(test, own)| test.key == key && own == form);
            // That a key is there says less than what it is.
            own.map(|(test, _)| test).min_by_key(|test| matches!(test.test, Test::Null(..)))
        };
        let tests: Vec<Option<&Predicate>> = self.statements.iter().map(test_of).collect();
        let absent = self.bits(|position| tests[position].is_none_or(holds_if_absent));
        let other = self.bits(|position| tests[position].is_none_or(holds_of_other_value));
        let wants_all = |test: &Predicate| test.set == Some(SetOperator::ForAllValues);
        let want_all = self.bits(|position| tests[position].is_some_and(wants_all));
        let (tag, listed, most) = match form {
            Form::Text | Form::FoldedText => self.texts(&tests, [&absent, &other], form)?,
            Form::Address => self.addresses(&tests, &other)?,
            Form::Edge(side) => self.edges(&tests, side, [&absent, &other])?,
        };
        let most = most.max(count(&other)).max(count(&absent));
        let [absent, other, want_all] = [absent, other, want_all].map(|bits| self.row(&bits, &[]));
        Some(([tag, key.0, absent, other, want_all, listed], most))
    }

    /// Whether rows leave out what so few statements exclude: they are in the rows of all values then, so that what each has to itself
    /// takes no room.
    fn passes_over(&self, excluding_count: usize) -> bool {
        !self.found_by.is_empty() && excluding_count < MIN_EXCLUDING && !is_worthwhile(excluding_count, self.statements.len())
    }

    /// Whether rows have all statements.
    fn are_all(&self, rows: [&[u64]; 2]) -> bool {
        rows.into_iter().all(|row| count(row) as usize == self.statements.len())
    }

    /// Takes those flips of `other` away that clear a bit, if they are too few.
    fn keep_worthwhile(&self, other: &[u64], flips: &mut Vec<u32>) {
        let clears = |position: &u32| other[*position as usize / 64] >> (*position % 64) & 1 == 1;
        if self.passes_over(flips.iter().filter(|position| clears(position)).count()) {
            flips.retain(|position| !clears(position));
        }
    }

    /// The map from the texts that some tests list to the rows, and how many statements one leaves at most; `None` if that is all,
    /// whatever the value is.
    fn texts(&mut self, tests: &[Option<&Predicate>], [absent, other]: [&[u64]; 2], form: Form) -> Option<(u32, u32, u64)> {
        let mut flips: IndexMap<&str, Vec<u32>, Xxh3DefaultBuilder> = IndexMap::default();
        for (position, test) in tests.iter().enumerate() {
            if let Some(Predicate { test: Test::Equals(texts) | Test::EqualsFolded(texts), .. }) = test {
                texts.iter().for_each(|text| flips.entry(text).or_default().push(position as u32));
            }
        }
        let other_count = count(other);
        flips.retain(|_, flips| {
            self.keep_worthwhile(other, flips);
            !flips.is_empty()
        });
        if flips.is_empty() && self.are_all([absent, other]) {
            return None;
        }
        let most = flips.values().map(|flips| count_flipped(other, other_count, flips)).max().unwrap_or(0);
        let rows: Vec<(&str, u32)> = flips.iter().map(|(text, flips)| (*text, self.row(other, flips))).collect();
        let reference = self.sections.end(Section::Index);
        let (tag, map) = match form {
            Form::FoldedText => (dimension::FOLDED_VALUES, self.sections.folded_text_map(rows.into_iter())),
            _ => (dimension::VALUES, self.sections.map(rows.into_iter())),
        };
        self.sections.of(Section::Index).extend(map);
        Some((tag, reference, most))
    }
}

/// How many statements a dimension leaves at most that leaves `most` for one value: several together may leave everything.
const fn most_of(reach: u64, most: u64) -> u64 {
    if reach > 1 { u64::MAX } else { most }
}

/// Whether something that so many of all statements speak of is worth a dimension.
const fn is_worthwhile(count: usize, all: usize) -> bool {
    count * MIN_SHARE >= all || (count >= MIN_COUNT_OF_SMALL_SHARE && count * MIN_SMALL_SHARE >= all)
}

/// Table 4.2, the column of an absent key.
fn holds_if_absent(test: &Predicate) -> bool {
    match (&test.test, test.set) {
        (_, Some(SetOperator::ForAllValues)) => true,
        (Test::Null(..), Some(SetOperator::ForAnyValue)) => false,
        (Test::Null(accepts_absent, _), None) => *accepts_absent,
        (_, set) => test.if_exists || (test.negated && set.is_none()),
    }
}

/// Table 4.2, the column of a single value, where no test lists the value.
fn holds_of_other_value(test: &Predicate) -> bool {
    match (&test.test, test.set) {
        (Test::Null(..), Some(set)) => set == SetOperator::ForAllValues,
        (Test::Null(_, accepts_present), None) => *accepts_present,
        _ => test.negated,
    }
}
