//! What a predicate answers, as far as the policy alone tells: table 4.2 of the semantics, column by column.

use crate::iam::SetOperator;
use crate::ir::{Predicate, Test};

/// The answers of one predicate to each way in which a request can give its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    /// When the key is absent; an empty list is the same (M-3).
    pub(super) absent: bool,
    /// To single values.
    pub(super) single: Extent,
    /// To lists of one value or more.
    pub(super) multi: Extent,
}

/// How many values are answered with yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// None, whatever it is.
    None,
    /// Some, as far as can be told.
    Some,
    /// All, whatever it is.
    All,
}

impl Truth {
    /// The row of a predicate.
    pub(super) fn of(predicate: &Predicate) -> Truth {
        if let Test::Null(accepts_absent, accepts_present) = predicate.test {
            return null(predicate.set, accepts_absent, accepts_present);
        }
        let single = match (matched(&predicate.test), predicate.negated) {
            (Extent::Some, _) => Extent::Some,
            (Extent::None, false) | (Extent::All, true) => Extent::None,
            (Extent::All, false) | (Extent::None, true) => Extent::All,
        };
        Truth {
            absent: match predicate.set {
                None => predicate.negated || predicate.if_exists,
                Some(SetOperator::ForAllValues) => true,
                Some(SetOperator::ForAnyValue) => predicate.if_exists, // D-08
            },
            single,
            // D-07: a bare operator never holds on a list.
            multi: if predicate.set.is_none() { Extent::None } else { single },
        }
    }

    /// Whether no request passes.
    pub(super) fn is_never(self) -> bool {
        !self.absent && self.single == Extent::None && self.multi == Extent::None
    }

    /// Whether every request passes.
    pub(super) fn is_always(self) -> bool {
        self.absent && self.single == Extent::All && self.multi == Extent::All
    }
}

/// The rows of `Null` (CO-34, CO-35).
fn null(set: Option<SetOperator>, accepts_absent: bool, accepts_present: bool) -> Truth {
    let (absent, present) = match set {
        Some(SetOperator::ForAllValues) => (true, true),
        Some(SetOperator::ForAnyValue) => (false, false),
        None => (accepts_absent, accepts_present),
    };
    let extent = if present { Extent::All } else { Extent::None };
    Truth { absent, single: extent, multi: extent }
}

/// How many values the positive comparison matches: none without policy values (D-13), all if `*` is one (WC-20).
fn matched(test: &Test) -> Extent {
    let has_values = match test {
        Test::Equals(texts) | Test::EqualsFolded(texts) | Test::Numeric(_, texts) => !texts.is_empty(),
        Test::Like(patterns) if patterns.iter().any(|pattern| pattern.is_any()) => return Extent::All,
        // Not even `*` matches all: a value that is no ARN has no match (WC-17), nor one that is no truth value (CO-27).
        Test::Like(patterns) | Test::LikeFolded(patterns) | Test::Arn(patterns) | Test::BoolLike(patterns) => {
            !patterns.is_empty()
        }
        Test::Date(_, instants) => !instants.is_empty(),
        Test::Bool(accepts_true, accepts_false) => *accepts_true || *accepts_false,
        Test::IpAddress(ranges) => !ranges.is_empty(),
        Test::Null(..) => true,
    };
    if has_values { Extent::Some } else { Extent::None }
}
