//! What the compiler tells besides the artifact.

use std::fmt;

use super::WorstCase;
use crate::bundle::PolicyId;
use crate::engine::StatementId;
use crate::ir::Program;
use crate::optimize::{self, Cause, Why};
use crate::source::{SourceId, Span};

/// A stage of the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Trees to tests and statements.
    Lower,
    /// Simplifying them.
    Optimize,
    /// Writing them and their indexes.
    Write,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Stage; 3] = [Stage::Lower, Stage::Optimize, Stage::Write];

    /// Its name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Lower => "lower",
            Stage::Optimize => "optimize",
            Stage::Write => "write",
        }
    }
}

/// An artifact, and what there is to say about how it came about.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The artifact.
    pub bytes: Vec<u8>,
    /// The statements that are not in it, in the order of their ids.
    pub left_out: Vec<LeftOut>,
    /// What the most expensive decision over the artifact costs.
    pub worst_case: WorstCase,
}

/// A statement that is not in the artifact, because no request could tell the difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The statement.
    pub statement: StatementId,
    /// Its policy in the bundle.
    pub policy: PolicyId,
    /// The text it was written in.
    pub source: SourceId,
    /// Its place there.
    pub span: Span,
    /// Its `Sid`.
    pub sid: Option<Box<str>>,
    /// Why it is left out.
    pub reason: Reason,
}

/// Why a statement is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No request can match it: most likely a mistake.
    NeverMatches(Mismatch),
    /// It says what this statement says.
    Repeats(StatementId),
    /// This broader statement says whatever it says.
    Subsumed(StatementId),
}

/// The part of a statement that no request can match. Displays as what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// The conditions on this key, folded.
    Condition(Box<str>),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Action => f.write_str("its action element covers no action"),
            Mismatch::Resource => f.write_str("its resource element covers no resource"),
            Mismatch::Principal => f.write_str("its principal element names nobody"),
            Mismatch::Condition(key) => write!(f, "no request passes its conditions on `{key}`"),
        }
    }
}

/// Says of each statement where it was written.
pub(super) fn left_out(program: &Program, entries: &[optimize::LeftOut]) -> Vec<LeftOut> {
    let describe = |entry: &optimize::LeftOut| {
        let origin = &program.origins[entry.statement.index()];
        LeftOut {
            statement: entry.statement,
            policy: origin.policy,
            source: origin.source,
            span: origin.span,
            sid: origin.sid.clone(),
            reason: reason(program, entry.why),
        }
    };
    entries.iter().map(describe).collect()
}

fn reason(program: &Program, why: Why) -> Reason {
    match why {
        Why::Repeats(other) => Reason::Repeats(other),
        Why::Subsumed(other) => Reason::Subsumed(other),
        Why::NeverMatches(cause) => Reason::NeverMatches(match cause {
            Cause::Action => Mismatch::Action,
            Cause::Resource => Mismatch::Resource,
            Cause::Principal => Mismatch::Principal,
            Cause::Condition(key) => Mismatch::Condition(program.keys[key.index()].clone()),
        }),
    }
}
