//! Tests that must hold of many statements of a block: each is asked once, and takes all of them out that it does not hold of.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::spans::{left_by_edges, left_by_resources};
use super::{BlockWriter, Dimension, MIN_SHARE, has_dimension};
use crate::artifact::layout::Section;
use crate::artifact::pattern_code::test;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;
use crate::artifact::writer::pattern::Heads;
use crate::artifact::writer::records::{condition_test, resource_test};
use crate::ir::{Pattern, Predicate, PredicateId, ResourceSet, Statement, Test};

/// Most tests of a block: each is asked of every request that comes so far.
const MAX_SHARED_TESTS: usize = 8;

/// A test that holds wherever a statement does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum NeededTest<'p> {
    /// One of its own that no other dimension decides.
    Own(PredicateId),
    /// One of its own without all patterns but one, of those that a value must not match.
    OfOnePattern(Predicate),
    /// A resource pattern of its `NotResource`.
    OfResource(&'p Pattern),
}

impl<'p> BlockWriter<'_, 'p> {
    /// The tests that are needed most; `None` if no test is needed by many.
    pub(super) fn shared_tests(&mut self) -> Option<Dimension> {
        let mut needed: IndexMap<NeededTest<'p>, Vec<u32>, Xxh3DefaultBuilder> = IndexMap::default();
        for (position, statement) in (0..).zip(self.statements) {
            for test in self.needed_tests(statement) {
                needed.entry(test).or_default().push(position);
            }
        }
        needed.retain(|_, positions| positions.len() * MIN_SHARE >= self.statements.len());
        needed.sort_by(|_, a, _, b| b.len().cmp(&a.len()));
        needed.truncate(MAX_SHARED_TESTS);
        let entries: Vec<(u32, u32)> =
            needed.into_iter().map(|(test, positions)| (self.needed_test(test), self.row_of(&positions))).collect();
        if entries.is_empty() {
            return None;
        }
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        for &(test, row) in &entries {
            index.put_u32(test);
            index.put_u32(row);
        }
        Some([dimension::TESTS, 0, 0, entries.len() as u32, 0, reference])
    }

    fn needed_tests(&self, statement: &'p Statement) -> Vec<NeededTest<'p>> {
        let program = self.writer.program;
        let mut tests = Vec::new();
        for &id in &statement.predicates {
            let predicate = &program.predicates[id.index()];
            if !has_dimension(predicate) {
                tests.push(NeededTest::Own(id));
            }
            let Predicate { key, set, if_exists, negated, .. } = *predicate;
            tests.extend(left_by_edges(predicate).map(|pattern| {
                let patterns = vec![pattern.clone()];
                let test = if matches!(predicate.test, Test::Arn(_)) { Test::Arn(patterns) } else { Test::Like(patterns) };
                NeededTest::OfOnePattern(Predicate { key, set, if_exists, negated, test })
            }));
        }
        let resources = statement.resource.map(|set| &program.resource_sets[set.index()]);
        tests.extend(resources.into_iter().flat_map(left_by_resources).map(NeededTest::OfResource));
        tests
    }

    /// Writes a test as records have them; where it is.
    fn needed_test(&mut self, test: NeededTest<'p>) -> u32 {
        let bytes = match test {
            NeededTest::Own(id) => match self.writer.records.shared.predicates[id.index()] {
                Some(number) => [&[test::SHARED], &number.to_le_bytes()[..]].concat(),
                None => condition_test(self.sections, &self.writer.program.predicates[id.index()]),
            },
            NeededTest::OfOnePattern(predicate) => condition_test(self.sections, &predicate),
            NeededTest::OfResource(pattern) => {
                let set = ResourceSet { negated: true, patterns: vec![pattern.clone()] };
                resource_test(self.sections, &set, Heads::None)
            }
        };
        let reference = self.sections.end(Section::Index);
        self.sections.of(Section::Index).extend(bytes);
        reference
    }

    fn row_of(&mut self, positions: &[u32]) -> u32 {
        let none = self.bits(|_| false);
        self.row(&none, positions)
    }
}
