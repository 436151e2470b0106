//! In which forms dimensions take the values of a key.

use super::spans::{Edges, TextSide, is_sure};
use crate::ir::{Pattern, Predicate, Program, Statement, Test};

/// What the values of a dimension are taken for, or what of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Form {
    Text,
    FoldedText,
    Address,
    Edge(TextSide),
}

impl Form {
    /// What dimensions can narrow by a test.
    pub(super) fn all_of(test: &Predicate) -> impl Iterator<Item = Form> {
        let sides = [TextSide::Beginning, TextSide::Ending].into_iter().filter(|&side| Edges::of_test(test, side).is_some());
        let other = match test.test {
            Test::Equals(_) | Test::Null(..) => Some(Form::Text),
            Test::EqualsFolded(_) => Some(Form::FoldedText),
            Test::IpAddress(_) => Some(Form::Address),
            _ => None,
        };
        other.into_iter().chain(sides.map(Form::Edge))
    }

    /// Whether a dimension of a test says exactly what its values are.
    pub(super) fn is_exact(self, test: &Predicate) -> bool {
        match (self, &test.test) {
            (Form::Edge(_), Test::Like(patterns) | Test::Arn(patterns)) => {
                patterns.iter().all(|pattern| self.says_all_of(&test.test, pattern))
            }
            _ => true,
        }
    }

    /// Whether a dimension says of every value whether it matches one pattern of a test.
    pub(super) fn says_all_of(self, test: &Test, pattern: &Pattern) -> bool {
        matches!(self, Form::Edge(side) if is_sure(test, pattern, side))
    }
}

/// Whether rows of bits can say something of a test.
pub(in crate::artifact::writer::index) fn has_dimension(test: &Predicate) -> bool {
    match test.test {
        Test::Numeric(..) | Test::Date(..) => !test.negated,
        _ => Form::all_of(test).next().is_some(),
    }
}

/// The tests that dimensions of values can narrow by, and in which forms.
pub(super) fn value_tests<'p>(program: &'p Program, statement: &'p Statement) -> impl Iterator<Item = (&'p Predicate, Form)> {
    let predicates = statement.predicates.iter().map(|predicate| &program.predicates[predicate.index()]);
    predicates.flat_map(|predicate| Form::all_of(predicate).map(move |form| (predicate, form)))
}
