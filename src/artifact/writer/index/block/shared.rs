//! Tests that many statements of a block need: each is asked once, and takes all of them out if it does not hold.

use indexmap::IndexMap;
use smallvec::SmallVec;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::dimensions::Dimension;
use super::form::{Form, value_tests};
use super::spans::is_decided_by_beginning;
use super::{BlockWriter, is_worthwhile};
use crate::artifact::layout::Section;
use crate::artifact::pattern_code::test;
use crate::artifact::unit_code::{MAX_SHARED_TESTS, dimension};
use crate::artifact::wire::Put;
use crate::artifact::writer::pattern::Heads;
use crate::artifact::writer::records::{condition_test, matches_everything, resource_test};
use crate::iam::SetOperator;
use crate::ir::{Comparison, KeyId, Pattern, Predicate, ResourceSet, Statement, Test};

/// What other dimensions of a block decide.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) values: Vec<(KeyId, Form)>,
    pub(super) resources: bool,
}

/// A test that holds wherever a statement applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum NeededTest<'p> {
    /// One of its own, by its number among those that several statements have.
    Own(u32),
    /// What is left of one of its own without all values but one, which no value of the request may match.
    OfValue(Unwanted<'p>),
    /// The same of its `NotResource`.
    OfResource(&'p Pattern),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Unwanted<'p> {
    key: KeyId,
    set: Option<SetOperator>,
    if_exists: bool,
    value: UnwantedValue<'p>,
}

/// One value of a negated test, of a kind that rows do not decide, or not always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum UnwantedValue<'p> {
    Like(&'p Pattern),
    LikeFolded(&'p Pattern),
    Arn(&'p Pattern),
    Number(&'p str),
    Instant(i64, u32),
}

impl<'p> BlockWriter<'_, 'p> {
    /// The tests that most statements need, of those that nothing else decides; `None` if no test is needed by many.
    pub(super) fn shared_tests(&mut self, decided: &Decided) -> Option<Dimension> {
        let mut needed: IndexMap<NeededTest<'p>, Vec<u32>, Xxh3DefaultBuilder> = IndexMap::default();
        for (position, statement) in (0..).zip(self.statements) {
            for test in self.needed_tests(statement, decided) {
                needed.entry(test).or_default().push(position);
            }
        }
        needed.retain(|_, positions| is_worthwhile(positions.len(), self.statements.len()));
        needed.sort_by(|_, a, _, b| b.len().cmp(&a.len()));
        needed.truncate(MAX_SHARED_TESTS);
        if needed.is_empty() {
            return None;
        }
        let none = self.bits(|_| false);
        let entries: Vec<[u32; 2]> =
            needed.into_iter().map(|(test, positions)| [self.needed_test(test), self.row(&none, &positions)]).collect();
        let reference = self.sections.end(Section::Index);
        entries.as_flattened().iter().for_each(|&number| self.sections.of(Section::Index).put_u32(number));
        Some([dimension::TESTS, 0, 0, entries.len() as u32, 0, reference])
    }

    /// Each once.
    fn needed_tests(&self, statement: &'p Statement, decided: &Decided) -> SmallVec<[NeededTest<'p>; 4]> {
        let (program, shared) = (self.writer.program, &self.writer.records.shared);
        let mut tests: SmallVec<[NeededTest<'p>; 4]> = SmallVec::new();
        let mut need = |test| {
            if !tests.contains(&test) {
                tests.push(test);
            }
        };
        for &id in &statement.predicates {
            let predicate = &program.predicates[id.index()];
            if !decided.has_test(predicate, value_tests(program, statement)) {
                shared.predicates[id.index()].map(NeededTest::Own).into_iter().for_each(&mut need);
            }
            let left = Unwanted::all_of(predicate).filter(|unwanted| !decided.has_value(predicate, unwanted.value));
            left.map(NeededTest::OfValue).for_each(&mut need);
        }
        let Some(id) = statement.resource else { return tests };
        let set = &program.resource_sets[id.index()];
        let is_left = |pattern: &&Pattern| !(decided.resources && set.negated && is_decided_by_beginning(pattern));
        if !matches_everything(set) && set.patterns.iter().any(|pattern| is_left(&pattern)) {
            shared.resources[id.index()].map(NeededTest::Own).into_iter().for_each(&mut need);
        }
        if set.negated && set.patterns.len() > 1 {
            set.patterns.iter().filter(is_left).map(NeededTest::OfResource).for_each(&mut need);
        }
        tests
    }

    /// Writes a test as records have them; where it is.
    fn needed_test(&mut self, test: NeededTest<'p>) -> u32 {
        let bytes = match test {
            NeededTest::Own(number) => [&[test::SHARED], &number.to_le_bytes()[..]].concat(),
            NeededTest::OfValue(unwanted) => condition_test(self.sections, &unwanted.test()),
            // A head of its own would be interned for one look.
            NeededTest::OfResource(pattern) => {
                resource_test(self.sections, &ResourceSet { negated: true, patterns: vec![pattern.clone()] }, Heads::None)
            }
        };
        let reference = self.sections.end(Section::Index);
        self.sections.of(Section::Index).extend(bytes);
        reference
    }
}

impl Decided {
    /// Whether rows say exactly when a test holds, given all tests of its statement.
    fn has_test<'p>(&self, test: &Predicate, mut all: impl Iterator<Item = (&'p Predicate, Form)>) -> bool {
        // Of each statement rows are about one test of a key.
        let is_alone = |form: Form| all.by_ref().filter(|&(other, own)| (other.key, own) == (test.key, form)).count() == 1;
        let mut forms = Form::all_of(test).filter(|form| form.is_exact(test) && self.values.contains(&(test.key, *form)));
        forms.next().is_some_and(is_alone)
    }

    /// Whether rows say which values match one that none may match.
    fn has_value(&self, test: &Predicate, value: UnwantedValue<'_>) -> bool {
        let (UnwantedValue::Like(pattern) | UnwantedValue::Arn(pattern)) = value else { return false };
        self.values.iter().any(|(key, form)| *key == test.key && form.says_all_of(&test.test, pattern))
    }
}

impl<'p> Unwanted<'p> {
    /// What no value may match, if a test lists several.
    fn all_of(test: &'p Predicate) -> impl Iterator<Item = Unwanted<'p>> {
        use UnwantedValue::{Arn, Instant, Like, LikeFolded, Number};
        let Predicate { key, set, if_exists, negated, .. } = *test;
        let values: SmallVec<[UnwantedValue<'p>; 4]> = match &test.test {
            Test::Like(patterns) => patterns.iter().map(Like).collect(),
            Test::LikeFolded(patterns) => patterns.iter().map(LikeFolded).collect(),
            Test::Arn(patterns) => patterns.iter().map(Arn).collect(),
            Test::Numeric(Comparison::Equals, texts) => texts.iter().map(|text| Number(text)).collect(),
            Test::Date(Comparison::Equals, instants) => instants.iter().map(|&(s, ns)| Instant(s, ns)).collect(),
            _ => SmallVec::new(),
        };
        let are_several = negated && values.len() > 1;
        values.into_iter().filter(move |_| are_several).map(move |value| Unwanted { key, set, if_exists, value })
    }

    fn test(self) -> Predicate {
        let Unwanted { key, set, if_exists, value } = self;
        let test = match value {
            UnwantedValue::Like(pattern) => Test::Like(vec![pattern.clone()]),
            UnwantedValue::LikeFolded(pattern) => Test::LikeFolded(vec![pattern.clone()]),
            UnwantedValue::Arn(pattern) => Test::Arn(vec![pattern.clone()]),
            UnwantedValue::Number(text) => Test::Numeric(Comparison::Equals, vec![text.into()]),
            UnwantedValue::Instant(seconds, nanoseconds) => Test::Date(Comparison::Equals, vec![(seconds, nanoseconds)]),
        };
        Predicate { key, set, if_exists, negated: true, test }
    }
}
