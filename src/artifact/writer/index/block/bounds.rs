//! The order of a block by the bounds that its statements set to numbers or dates.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Dimension;
use crate::artifact::layout::Section;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;
use crate::artifact::writer::Sections;
use crate::artifact::writer::index::IndexWriter;
use crate::iam::SetOperator;
use crate::iam::value::{Decimal, Instant};
use crate::ir::{Comparison, KeyId, Predicate, Statement, Test};

/// The order of a block by the bounds that its statements set to one key.
pub(super) struct Bounds {
    pub(super) key: KeyId,
    lower: Vec<Bound>,
    upper: Vec<Bound>,
    /// Whether some of the statements may apply if the key is absent.
    accept_absent: bool,
}

/// The bound that decides: of several values of a test the easiest (they are OR-ed, CO-20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    Number(Box<str>),
    Instant(Instant),
}

/// Which side of its bound a test wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    More,
    Less,
}

impl Bounds {
    /// Finds the key that most statements set bounds to, and puts the statements in order.
    pub(super) fn of(writer: &IndexWriter<'_>, statements: &mut Vec<&Statement>) -> Option<Bounds> {
        let mut tested: IndexMap<(KeyId, bool), usize, Xxh3DefaultBuilder> = IndexMap::default();
        let of = |statement: &Statement| -> Vec<BoundTest> {
            let predicates = statement.predicates.iter().map(|predicate| &writer.program.predicates[predicate.index()]);
            predicates.filter_map(BoundTest::of).collect()
        };
        for statement in statements.iter() {
            for BoundTest { key, bound, .. } in of(statement) {
                *tested.entry((key, bound.is_number())).or_default() += 1;
            }
        }
        let (&wanted, _) = tested.iter().max_by_key(|&(key, &count)| (count, std::cmp::Reverse(*key)))?;
        let (mut sided, mut others) = (Vec::new(), Vec::new());
        let mut accept_absent = false;
        for &statement in statements.iter() {
            match of(statement).into_iter().find(|test| (test.key, test.bound.is_number()) == wanted) {
                Some(BoundTest { side, bound, accepts_absent, .. }) => {
                    sided.push((side, bound, statement));
                    accept_absent |= accepts_absent;
                }
                None => others.push(statement),
            }
        }
        sided.sort_by(|(a_side, a, _), (b_side, b, _)| a_side.cmp(b_side).then_with(|| a.cmp(b)));
        *statements = sided.iter().map(|(.., statement)| *statement).chain(others).collect();
        let (lower, upper): (Vec<_>, Vec<_>) = sided.into_iter().partition(|(side, ..)| *side == Side::More);
        let bounds = |sided: Vec<(Side, Bound, &Statement)>| sided.into_iter().map(|(_, bound, _)| bound).collect();
        Some(Bounds { key: wanted.0, lower: bounds(lower), upper: bounds(upper), accept_absent })
    }

    pub(super) fn count(&self) -> usize {
        self.lower.len() + self.upper.len()
    }

    pub(super) fn are_numbers(&self) -> bool {
        self.lower.iter().chain(&self.upper).all(Bound::is_number)
    }

    /// How many statements one value leaves at most: it keeps the upper bounds from some one on, and reaches the lower ones up to
    /// there.
    pub(super) fn most(&self, statement_count: usize) -> u64 {
        if self.accept_absent {
            return statement_count as u64;
        }
        let reached = |value: &Bound| self.lower.partition_point(|bound| bound.cmp(value).is_le());
        let kept = (0..self.upper.len()).map(|first| self.upper.len() - first + reached(&self.upper[first]));
        let unbounded = statement_count - self.lower.len() - self.upper.len();
        (unbounded + kept.fold(self.lower.len(), usize::max)) as u64
    }

    /// Writes the dimension.
    pub(super) fn write(self, sections: &mut Sections) -> Dimension {
        let counts = [self.lower.len() as u32, self.upper.len() as u32];
        let mut tag = dimension::NUMBERS;
        let mut bytes = Vec::new();
        for bound in self.lower.into_iter().chain(self.upper) {
            match bound {
                Bound::Number(text) => bytes.put_u32(sections.string(text.as_bytes())),
                Bound::Instant(instant) => {
                    tag = dimension::DATES;
                    bytes.put_u64(instant.seconds as u64);
                    bytes.put_u32(instant.nanoseconds);
                }
            }
        }
        let reference = sections.end(Section::Index);
        sections.of(Section::Index).extend(bytes);
        [tag, self.key.0, counts[0], counts[1], reference, u32::from(self.accept_absent)]
    }
}

impl Bound {
    /// Whether it is one of numbers.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Bound::Number(_))
    }

    /// Bounds of one type are compared by their values.
    pub(super) fn cmp(&self, other: &Bound) -> std::cmp::Ordering {
        match (self, other) {
            (Bound::Number(a), Bound::Number(b)) => Decimal::parse(a).cmp(&Decimal::parse(b)),
            (Bound::Instant(a), Bound::Instant(b)) => a.cmp(b),
            _ => unreachable!("the bounds of one dimension are of one type"),
        }
    }
}

/// A test that sets a bound. A value that is no number, or no date, is none that it accepts.
pub(super) struct BoundTest {
    pub(super) key: KeyId,
    pub(super) side: Side,
    pub(super) bound: Bound,
    /// Whether it holds if the key is absent.
    pub(super) accepts_absent: bool,
}

impl BoundTest {
    pub(super) fn of(predicate: &Predicate) -> Option<BoundTest> {
        if predicate.negated {
            return None;
        }
        let side = |comparison: Comparison| match comparison {
            Comparison::Equals => None,
            Comparison::GreaterThan | Comparison::GreaterThanEquals => Some(Side::More),
            Comparison::LessThan | Comparison::LessThanEquals => Some(Side::Less),
        };
        let (side, bounds): (Side, Vec<Bound>) = match &predicate.test {
            Test::Numeric(comparison, texts) => (side(*comparison)?, texts.iter().cloned().map(Bound::Number).collect()),
            Test::Date(comparison, instants) => {
                let instant = |&(seconds, nanoseconds): &(i64, u32)| Bound::Instant(Instant { seconds, nanoseconds });
                (side(*comparison)?, instants.iter().map(instant).collect())
            }
            _ => return None,
        };
        let easiest = match side {
            Side::More => bounds.into_iter().min_by(Bound::cmp),
            Side::Less => bounds.into_iter().max_by(Bound::cmp),
        };
        // What all of several values satisfy, one of them does.
        let accepts_absent = predicate.if_exists || predicate.set == Some(SetOperator::ForAllValues);
        easiest.map(|bound| BoundTest { key: predicate.key, side, bound, accepts_absent })
    }
}
