//! What statements limit numbers and dates to.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::BlockWriter;
use crate::artifact::mark;
use crate::iam::SetOperator;
use crate::iam::value::{Decimal, Instant};
use crate::ir::{Comparison, KeyId, Predicate, PredicateId, Test};

/// A key whose values are taken for numbers, or for dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Quantity {
    pub(super) key: KeyId,
    pub(super) is_number: bool,
}

/// What the tests of a statement leave of a quantity: where it applies, some value reaches its lower bound, and some keeps its upper
/// one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits<'p> {
    pub(super) lower: Option<Bound<'p>>,
    pub(super) upper: Option<Bound<'p>>,
    /// Whether a test does not hold if the key is absent.
    pub(super) needs_value: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Bound<'p> {
    Number { text: &'p str, number: Decimal<'p> },
    Instant(Instant),
}

/// Each quantity once.
pub(super) type StatementLimits<'p> = SmallVec<[(Quantity, Limits<'p>); 1]>;

impl<'p> BlockWriter<'_, 'p> {
    /// The limits of each statement.
    pub(super) fn limits(&self) -> Vec<StatementLimits<'p>> {
        let program = self.writer.program;
        let of_statement = |predicates: &[PredicateId]| {
            let mut limits = StatementLimits::new();
            for predicate in predicates {
                add(&mut limits, &program.predicates[predicate.index()]);
            }
            limits
        };
        self.statements.iter().map(|statement| of_statement(&statement.predicates)).collect()
    }
}

/// Takes a test into account, if it sets a bound. A value that is no number, or no date, is none that it accepts.
fn add<'p>(limits: &mut StatementLimits<'p>, predicate: &'p Predicate) {
    if predicate.negated {
        return;
    }
    let (comparison, bounds): (Comparison, SmallVec<[Bound<'p>; 2]>) = match &predicate.test {
        Test::Numeric(comparison, texts) => {
            let number = |text: &'p str| Some(Bound::Number { text, number: Decimal::parse(text)? });
            (*comparison, texts.iter().filter_map(|text| number(text)).collect())
        }
        Test::Date(comparison, instants) => {
            let instant = |&(seconds, nanoseconds): &(i64, u32)| Bound::Instant(Instant { seconds, nanoseconds });
            (*comparison, instants.iter().map(instant).collect())
        }
        _ => return,
    };
    // Of several values of a test the easiest decides: they are OR-ed (CO-20).
    let (least, greatest) = (bounds.iter().copied().min_by(Bound::cmp), bounds.iter().copied().max_by(Bound::cmp));
    let (lower, upper) = match comparison {
        Comparison::Equals => (least, greatest),
        Comparison::GreaterThan | Comparison::GreaterThanEquals => (least, None),
        Comparison::LessThan | Comparison::LessThanEquals => (None, greatest),
    };
    let Some(bound) = lower.or(upper) else { return };
    let quantity = Quantity { key: predicate.key, is_number: matches!(bound, Bound::Number { .. }) };
    let own = match limits.iter().position(|(other, _)| *other == quantity) {
        Some(at) => &mut limits[at].1,
        None => {
            limits.push((quantity, Limits::default()));
            let last = limits.len() - 1;
            &mut limits[last].1
        }
    };
    // Of several tests the hardest: they are AND-ed.
    own.lower = own.lower.into_iter().chain(lower).max_by(Bound::cmp);
    own.upper = own.upper.into_iter().chain(upper).min_by(Bound::cmp);
    // What all of several values satisfy, one of them does, if there is one.
    own.needs_value |= !predicate.if_exists && predicate.set != Some(SetOperator::ForAllValues);
}

/// The limits of one quantity among those of a statement.
pub(super) fn find<'l, 'p>(limits: &'l StatementLimits<'p>, quantity: Quantity) -> Option<&'l Limits<'p>> {
    limits.iter().find(|(own, _)| *own == quantity).map(|(_, limits)| limits)
}

impl Bound<'_> {
    /// Bounds of one quantity are compared by their values.
    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Bound::Number { number: a, .. }, Bound::Number { number: b, .. }) => a.cmp(b),
            (Bound::Instant(a), Bound::Instant(b)) => a.cmp(b),
            _ => unreachable!("the bounds of one quantity are of one type"),
        }
    }

    pub(super) fn mark(&self) -> i64 {
        match self {
            Bound::Number { number, .. } => mark::of_number(number),
            Bound::Instant(instant) => mark::of_date(instant),
        }
    }
}
