//! N statements that all apply to the asking principal.

use crate::population::{Own, draw_requests};
use crate::{ACCOUNT, Attachments, Document, Population, RequestSet, Workload};

/// N statements, attached to everyone; `request_count` distinct requests of one role session, drawn over all of them.
#[must_use]
pub fn workload(seed: u64, statement_count: usize, request_count: usize) -> Workload {
    let documents = documents(&Population::new(seed, statement_count));
    Workload {
        name: format!("flat-{statement_count}"),
        statement_count,
        attachments: Attachments { everyone: (0..documents.len()).collect(), ..Attachments::default() },
        documents,
        requests: requests(seed, statement_count, request_count),
    }
}

/// The requests alone.
#[must_use]
pub fn requests(seed: u64, statement_count: usize, request_count: usize) -> RequestSet {
    let principal = format!("arn:aws:sts::{ACCOUNT}:assumed-role/builder/alice");
    draw_requests(&Population::new(seed, statement_count), seed, request_count, |_, random| {
        (random.below(statement_count), Own::All, principal.clone().into())
    })
}

fn documents(population: &Population) -> Vec<Document> {
    let starts = (0..population.count()).step_by(DOCUMENT_LEN);
    starts
        .map(|start| {
            let end = (start + DOCUMENT_LEN).min(population.count());
            let statements: Vec<_> = (start..end).map(|i| population.statement(i)).collect();
            Document::new(format!("teams-{start}.json"), &statements)
        })
        .collect()
}

/// Statements of one policy document.
const DOCUMENT_LEN: usize = 100;
