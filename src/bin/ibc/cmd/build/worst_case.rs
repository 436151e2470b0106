//! What the most expensive decision over an artifact costs, and a warning if that is much.

use std::fmt::Write;

use serde::Serialize;

use ibc::Artifact;
use ibc::compile;

use super::stats::Place;
use crate::output;

/// Upper bounds for policies that are asked together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorstCase {
    verified: u64,
    row_words: u64,
    action: Option<String>,
    causes: Vec<Cause>,
    resource_patterns: ResourcePatterns,
}

/// Patterns of resources with policies that nothing tells apart.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourcePatterns {
    count: usize,
    /// The first of them.
    patterns: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Cause {
    reason: String,
    statement_count: usize,
    /// The first of them.
    statements: Vec<Place>,
}

impl WorstCase {
    pub(super) fn new(artifact: &Artifact<&[u8]>, worst_case: &compile::WorstCase) -> WorstCase {
        let cause = |cause: &compile::Cause| Cause {
            reason: cause.reason.to_string(),
            statement_count: cause.statement_count,
            statements: cause.statements.iter().filter_map(|&statement| Place::of(artifact, statement)).collect(),
        };
        WorstCase {
            verified: worst_case.verified,
            row_words: worst_case.row_words,
            action: worst_case.action.clone(),
            causes: worst_case.causes.iter().map(cause).collect(),
            resource_patterns: ResourcePatterns {
                count: worst_case.resource_patterns.count,
                patterns: worst_case.resource_patterns.patterns.clone(),
            },
        }
    }

    /// One line for people.
    pub(super) fn summary(&self) -> String {
        let statements = output::count(self.verified as usize, "statement", "statements");
        let words = match self.row_words {
            0 => String::new(),
            words => format!(", {} read", output::count(words as usize, "word of 64 bits", "words of 64 bits")),
        };
        format!("worst case: {statements} verified of policies that are attached together{words}")
    }

    /// The warning, with the statements behind it, if more than so many statements are verified. 0 is no limit.
    pub(super) fn warning(&self, max_candidates: u64) -> Option<String> {
        if max_candidates == 0 || self.verified <= max_candidates {
            return None;
        }
        let action = self.action.as_ref().map(|action| format!(" for `{action}`")).unwrap_or_default();
        let [verified, limit] = [self.verified, max_candidates].map(|number| output::grouped(number as usize));
        let mut text =
            format!("a decision{action} may have to verify {verified} statements (more than {limit}: `--max-candidates`)");
        for cause in &self.causes {
            let count = output::count(cause.statement_count, "statement", "statements");
            // Writing to a text cannot fail.
            let _ = write!(text, "\n  {count}: {}", cause.reason);
            for place in cause.statements.iter().take(SHOWN_COUNT) {
                let _ = write!(text, "\n    {place}");
            }
            if cause.statement_count > SHOWN_COUNT {
                let _ = write!(text, "\n    and {} more", output::grouped(cause.statement_count - SHOWN_COUNT));
            }
        }
        Some(text)
    }

    /// The warning, with some of the patterns, if a resource may be compared with more than so many. 0 is no limit.
    pub(super) fn patterns_warning(&self, max_candidates: u64) -> Option<String> {
        let ResourcePatterns { count, patterns } = &self.resource_patterns;
        if max_candidates == 0 || *count as u64 <= max_candidates {
            return None;
        }
        let [compared, limit] = [*count, max_candidates as usize].map(output::grouped);
        let mut text = format!(
            "a resource may have to be compared with {compared} patterns of resources with policies (more than {limit}: `--max-candidates`): whatever they could be found by, they have in common"
        );
        for pattern in patterns.iter().take(SHOWN_COUNT) {
            // Writing to a text cannot fail.
            let _ = write!(text, "\n  `{pattern}`");
        }
        if *count > SHOWN_COUNT {
            let _ = write!(text, "\n  and {} more", output::grouped(count - SHOWN_COUNT));
        }
        Some(text)
    }
}

/// How many statements of a cause, and how many patterns, are named.
const SHOWN_COUNT: usize = 3;
