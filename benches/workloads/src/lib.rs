//! Workloads of the benchmarks, and how they are timed.
//!
//! A [`Workload`] is policies as JSON text, what they are attached to, and distinct requests as text with the answer each must
//! get. It is made from a seed alone, so two runs, two machines and two engines see the same bytes. Nothing here knows `ibc`:
//! the same workloads are given to the engine, to the peers in `benches/peers`, and to a straight loop ([`Statement::applies`]).
//!
//! | workload | what it is |
//! |---|---|
//! | [`flat`] | N statements that all apply to the asking principal |
//! | [`attached`] | P principals with ten statements of their own each |
//! | [`managed`] | every AWS managed policy of the corpus, on one principal; and those of them that do not speak of every action |
//! | [`tailored`] | statements of AWS managed policies again and again, each time about other resources and values, on one principal |
//! | [`organisation`] | seven layers: identity, boundary, three SCP levels, resource policy, RCP |
//! | [`landing_zone`] | an organisation of the corpus: three levels of real SCPs over roles with ten managed policies each |
//! | [`account`] | an account dump: roles that share managed policies |
//! | [`hostile`] | globs, `NotAction`, equal statements, repeated pieces, many tags, many tag keys, all parts of a request: what indexes find hard |
//!
//! [`measure`] times, [`floor`] is what the times are compared with.

#![forbid(unsafe_code)]

pub mod account;
pub mod attached;
pub mod flat;
pub mod floor;
pub mod hostile;
pub mod landing_zone;
pub mod managed;
pub mod measure;
pub mod organisation;
pub mod tailored;

mod population;
mod random;
mod request;
mod statement;

pub use population::Population;
pub use random::Random;
pub use request::{Answer, RequestSet, RequestText, Value};
pub use statement::{Element, Operator, Statement, Test, decide, glob_matches};

/// The seed of the published figures.
pub const DEFAULT_SEED: u64 = 0x1bc0_5eed;

/// The account of every caller and resource.
pub const ACCOUNT: &str = "111122223333";

/// Policies, attachments, requests and their answers.
#[derive(Debug)]
pub struct Workload {
    /// What it is called in tables: `flat-10000`.
    pub name: String,
    /// How many statements the policies have.
    pub statement_count: usize,
    /// The policy documents; attachments name them by their place here.
    pub documents: Vec<Document>,
    /// What they are attached to.
    pub attachments: Attachments,
    /// The requests, in shuffled order.
    pub requests: RequestSet,
}

/// One policy as a user would write it.
#[derive(Debug, Clone)]
pub struct Document {
    /// A name for messages.
    pub name: String,
    /// JSON.
    pub text: String,
    /// How many statements it has.
    pub statement_count: usize,
}

impl Document {
    /// Writes statements as one policy.
    #[must_use]
    pub fn new(name: impl Into<String>, statements: &[Statement]) -> Document {
        let list: Vec<String> = statements.iter().map(|statement| statement.to_json().to_string()).collect();
        let text = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}", list.join(",\n"));
        Document { name: name.into(), text, statement_count: statements.len() }
    }
}

/// Where the documents of a workload are attached; every number is a place in [`Workload::documents`].
#[derive(Debug, Clone, Default)]
pub struct Attachments {
    /// Identity policies of every caller.
    pub everyone: Vec<usize>,
    /// Identity policies of single roles: ARN and documents.
    pub roles: Vec<(String, Vec<usize>)>,
    /// The permissions boundary of every caller.
    pub boundary: Option<usize>,
    /// SCP levels of every account, root first.
    pub scp: Vec<Vec<usize>>,
    /// RCP levels of every account, root first.
    pub rcp: Vec<Vec<usize>>,
    /// Resource policies: ARN pattern and document.
    pub resources: Vec<(String, usize)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Allowed, implicitly denied, explicitly denied.
    #[track_caller]
    fn check(make: impl Fn(u64) -> Workload, expected: [usize; 3]) {
        for seed in [DEFAULT_SEED, 7] {
            let workload = make(seed);
            let of = |answer| workload.requests.answers().iter().filter(|&&own| own == Some(answer)).count();
            let answers = [Answer::Allow, Answer::ImplicitDeny, Answer::ExplicitDeny].map(of);
            assert_eq!(answers, expected, "{} of seed {seed}", workload.name);
        }
    }

    #[test]
    fn half_of_the_requests_is_allowed_and_the_rest_denied_in_both_ways() {
        check(|seed| flat::workload(seed, 1_000, 200), [100, 60, 40]);
        check(|seed| attached::workload(seed, 100, 200), [100, 60, 40]);
        check(|seed| organisation::workload(seed, 1_000, 200), [100, 50, 50]);
        check(|seed| hostile::not_action(seed, 400, 200), [100, 60, 40]);
        check(|seed| hostile::late_number(seed, 400, 200), [100, 60, 40]);
        check(|seed| hostile::repeats(seed, 400, 200), [100, 60, 40]);
        check(|seed| hostile::many_tags(seed, 400, 200), [100, 60, 40]);
    }

    #[test]
    fn half_of_the_requests_is_allowed_by_policies_that_deny_nothing() {
        check(|seed| hostile::globs(seed, 400, 200), [100, 100, 0]);
        check(|seed| hostile::late_equality(seed, 400, 200), [100, 100, 0]);
        check(|seed| hostile::parts(seed, 400, 200), [100, 100, 0]);
        check(|seed| hostile::keys(seed, 400, 200), [100, 100, 0]);
    }
}
