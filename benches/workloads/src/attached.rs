//! P principals with ten statements of their own each.

use crate::population::{BLOCK_SIZE, Own, draw_requests};
use crate::{ACCOUNT, Answer, Attachments, Document, Population, RequestSet, Workload};

/// Statements of one principal.
pub const OWN_COUNT: usize = 10;

/// P roles, each with a policy of ten statements; `request_count` requests of their sessions.
#[must_use]
pub fn workload(seed: u64, principal_count: usize, request_count: usize) -> Workload {
    let statement_count = principal_count * OWN_COUNT;
    let population = Population::new(seed, statement_count);
    let documents: Vec<Document> = (0..principal_count)
        .map(|p| {
            let statements: Vec<_> = (p * OWN_COUNT..(p + 1) * OWN_COUNT).map(|i| population.statement(i)).collect();
            Document::new(format!("role-{p}.json"), &statements)
        })
        .collect();
    let roles = (0..principal_count).map(|p| (format!("arn:aws:iam::{ACCOUNT}:role/builder-{p}"), vec![p])).collect();
    Workload {
        name: format!("attached-{principal_count}"),
        statement_count,
        documents,
        attachments: Attachments { roles, ..Attachments::default() },
        requests: requests(seed, principal_count, request_count),
    }
}

/// The requests alone.
#[must_use]
pub fn requests(seed: u64, principal_count: usize, request_count: usize) -> RequestSet {
    let population = Population::new(seed, principal_count * OWN_COUNT);
    draw_requests(&population, seed, request_count, |goal, random| {
        let mut p = random.below(principal_count);
        if goal == Answer::ExplicitDeny {
            // The Deny of a block of statements belongs to the first of its principals.
            p -= p % (BLOCK_SIZE / OWN_COUNT);
        }
        let principal = format!("arn:aws:sts::{ACCOUNT}:assumed-role/builder-{p}/session");
        let start = p * OWN_COUNT;
        (start + random.below(OWN_COUNT), Own::Range(start, start + OWN_COUNT), principal.into())
    })
}
