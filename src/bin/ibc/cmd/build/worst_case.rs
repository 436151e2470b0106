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
        }
    }

    /// One line for people.
    pub(super) fn summary(&self) -> String {
        let statements = output::count(self.verified as usize, "statement", "statements");
        let words = match self.row_words {
            0 => String::new(),
            words => format!(", {} read", output::count(words as usize, "word of bits", "words of bits")),
        };
        format!("worst case: {statements} verified{words}")
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
}

/// How many statements of a cause are named.
const SHOWN_COUNT: usize = 3;
