//! What `ibc build` tells about an artifact: for people in short, for programs in full.

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::path::Path;

use indexmap::IndexMap;
use serde::Serialize;

use ibc::bundle::Bundle;
use ibc::compile::{Compiled, LeftOut, Reason};
use ibc::{Artifact, StatementId};

use super::stages::StageTime;
use super::worst_case::WorstCase;
use crate::output;

/// Everything about an artifact. Times are milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    #[serde(flatten)]
    counts: Counts,
    /// Statements that the artifact does not need, by reason.
    never_match: usize,
    repeated: usize,
    subsumed: usize,
    artifact_bytes: usize,
    bytes_per_statement: f64,
    sections: Vec<SectionSize>,
    milliseconds: f64,
    stages: Vec<StageTime>,
    /// The most memory the program had; not every system tells.
    peak_memory_bytes: Option<u64>,
    left_out: Vec<Statement>,
    pub(super) worst_case: WorstCase,
}

/// What a bundle holds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Counts {
    policies: usize,
    pub(super) statements: usize,
    conditions: usize,
    principals: usize,
    accounts: usize,
    resources: usize,
    endpoints: usize,
}

#[derive(Debug, Serialize)]
struct SectionSize {
    name: &'static str,
    entries: u32,
    bytes: u32,
}

/// A statement that is not in the artifact.
#[derive(Debug, Serialize)]
struct Statement {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    why: Why,
}

#[derive(Debug, Serialize)]
pub(super) struct Place {
    policy: String,
    file: String,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "why")]
enum Why {
    NeverMatches { reason: String },
    Repeats { statement: Option<Place> },
    Subsumed { statement: Option<Place> },
}

impl Counts {
    pub(super) fn of(bundle: &Bundle) -> Counts {
        let statements = || bundle.policies.iter().flat_map(|named| &named.policy.statements);
        Counts {
            policies: bundle.policies.len(),
            statements: statements().count(),
            conditions: statements().map(|statement| statement.conditions.len()).sum(),
            principals: bundle.principals.len(),
            accounts: bundle.accounts.len(),
            resources: bundle.resources.len(),
            endpoints: bundle.endpoints.len(),
        }
    }
}

impl Stats {
    pub(super) fn new(counts: Counts, artifact: &Artifact<&[u8]>, compiled: &Compiled, stages: Vec<StageTime>) -> Stats {
        let left_out = &compiled.left_out;
        let count = |of: fn(&Reason) -> bool| left_out.iter().filter(|entry| of(&entry.reason)).count();
        let size = artifact.as_bytes().len();
        Stats {
            counts,
            never_match: count(|reason| matches!(reason, Reason::NeverMatches(_))),
            repeated: count(|reason| matches!(reason, Reason::Repeats(_))),
            subsumed: count(|reason| matches!(reason, Reason::Subsumed(_))),
            artifact_bytes: size,
            bytes_per_statement: (size as f64 / counts.statements.max(1) as f64 * 10.0).round() / 10.0,
            sections: artifact.sections().map(|(name, bytes, entries)| SectionSize { name, entries, bytes }).collect(),
            milliseconds: (stages.iter().map(|stage| stage.milliseconds).sum::<f64>() * 1e3).round() / 1e3,
            stages,
            peak_memory_bytes: peak_memory(),
            left_out: left_out.iter().filter_map(|entry| Statement::new(artifact, entry)).collect(),
            worst_case: WorstCase::new(artifact, &compiled.worst_case),
        }
    }

    pub(super) fn write_text(&self, out: &mut impl Write, path: &Path) -> Result<(), Box<dyn Error>> {
        let counts = self.counts;
        let parts = [
            output::count(counts.policies, "policy", "policies"),
            output::count(counts.statements, "statement", "statements"),
            output::count(counts.conditions, "condition", "conditions"),
        ];
        writeln!(out, "compiled {}", parts.join(", "))?;
        let attachments = [
            (counts.principals, "principal", "principals"),
            (counts.accounts, "account", "accounts"),
            (counts.resources, "resource", "resources"),
            (counts.endpoints, "endpoint", "endpoints"),
        ];
        let attachments: Vec<String> = attachments
            .into_iter()
            .filter(|&(number, ..)| number > 0)
            .map(|(number, singular, plural)| output::count(number, singular, plural))
            .collect();
        if !attachments.is_empty() {
            writeln!(out, "attached to {}", attachments.join(", "))?;
        }
        self.write_left_out(out)?;
        writeln!(out, "{}", self.worst_case.summary())?;
        let size = output::grouped(self.artifact_bytes);
        writeln!(out, "wrote {}: {size} bytes in {:.1} ms", path.display(), self.milliseconds)?;
        Ok(())
    }

    fn write_left_out(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        if self.never_match > 0 {
            writeln!(out, "dropped {} that can never match:", output::count(self.never_match, "statement", "statements"))?;
            let reasons = self.left_out.iter().filter_map(|statement| match &statement.why {
                Why::NeverMatches { reason } => Some((&statement.place, reason)),
                _ => None,
            });
            for (place, reason) in reasons.take(SHOWN_COUNT) {
                writeln!(out, "  {place}: {reason}")?;
            }
            if self.never_match > SHOWN_COUNT {
                writeln!(out, "  and {} more", output::grouped(self.never_match - SHOWN_COUNT))?;
            }
        }
        let others = [
            (self.repeated, "statement that repeats another", "statements that repeat others"),
            (self.subsumed, "statement that a broader one includes", "statements that broader ones include"),
        ];
        let others: Vec<String> = others
            .into_iter()
            .filter(|&(number, ..)| number > 0)
            .map(|(number, singular, plural)| output::count(number, singular, plural))
            .collect();
        if !others.is_empty() {
            writeln!(out, "left out {}", others.join(" and "))?;
        }
        self.write_broadest(out)
    }

    /// The statements that include most others: of a policy for administrators people should hear.
    fn write_broadest(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let mut included: IndexMap<_, (&Place, usize)> = IndexMap::new();
        for statement in &self.left_out {
            if let Why::Subsumed { statement: Some(place) } = &statement.why {
                included.entry((&place.file, place.line, place.column)).or_insert((place, 0)).1 += 1;
            }
        }
        included.sort_by(|_, (_, a), _, (_, b)| b.cmp(a));
        for (place, number) in included.values().take(SHOWN_BROADEST) {
            writeln!(out, "  {} by {place}", output::grouped(*number))?;
        }
        if included.len() > SHOWN_BROADEST {
            writeln!(out, "  the others by {} more", output::grouped(included.len() - SHOWN_BROADEST))?;
        }
        Ok(())
    }
}

impl Statement {
    fn new(artifact: &Artifact<&[u8]>, entry: &LeftOut) -> Option<Statement> {
        let why = match &entry.reason {
            Reason::NeverMatches(mismatch) => Why::NeverMatches { reason: mismatch.to_string() },
            Reason::Repeats(other) => Why::Repeats { statement: Place::of(artifact, *other) },
            Reason::Subsumed(other) => Why::Subsumed { statement: Place::of(artifact, *other) },
        };
        Some(Statement { place: Place::of(artifact, entry.statement)?, why })
    }
}

impl Place {
    /// Where a statement was written; the artifact knows it of those that are left out as well.
    pub(super) fn of(artifact: &Artifact<&[u8]>, statement: StatementId) -> Option<Place> {
        let place = artifact.statement_place(statement)?;
        Some(Place {
            policy: place.policy.to_owned(),
            file: place.file.to_owned(),
            line: place.line,
            column: place.column,
            sid: place.sid.filter(|sid| !sid.is_empty()).map(str::to_owned),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        self.sid.as_ref().map_or(Ok(()), |sid| write!(f, " `{sid}`"))
    }
}

fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?;
    kilobytes.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// How many statements that never match are named; `--stats json` has all.
const SHOWN_COUNT: usize = 10;
/// How many statements that include others are named.
const SHOWN_BROADEST: usize = 3;
