//! The explanation in one sentence.

use std::fmt;

use super::explanation::{
    Element, Explanation, GrantKind, LayerAnswer, LayerExplanation, Place, Problem, StatementExplanation, TestExplanation,
};
use crate::iam::{Decision, Effect, Layer};

impl Explanation {
    /// Why, in one sentence that a person can act on.
    #[must_use]
    pub fn reason(&self) -> String {
        match (self.problem, self.outcome.layer) {
            (Some(Problem::Request(error)), _) => format!("the request cannot be evaluated: {error}"),
            (Some(Problem::ForeignContext), _) => {
                "the ids of the request's context are of another artifact, or do not say what policies that travel with it ask for"
                    .to_owned()
            }
            (Some(Problem::DamagedArtifact), _) => "the artifact is damaged: what cannot be read denies".to_owned(),
            (None, None) => "this action needs no permission".to_owned(),
            (None, Some(layer)) => match self.outcome.decision {
                Decision::ExplicitDeny => self.why_denied(layer),
                Decision::ImplicitDeny => self.why_not_allowed(layer),
                Decision::Allow => self.why_allowed(layer),
            },
        }
    }

    /// What people call a policy of a layer.
    #[must_use]
    pub fn policy_name(&self, layer: Layer) -> &'static str {
        layer.policy_name_on(&self.resource)
    }

    fn why_denied(&self, layer: Layer) -> String {
        let name = self.policy_name(layer);
        match self.applying(layer, Effect::Deny).next() {
            Some(statement) => format!("denied by {name} {statement}{}", statement.because()),
            None => format!("denied by {name}"),
        }
    }

    fn why_allowed(&self, layer: Layer) -> String {
        let name = self.policy_name(layer);
        // The strongest grant counts (EV-11).
        match self.applying(layer, Effect::Allow).max_by_key(|statement| statement.grant) {
            Some(statement) => format!("allowed by {name} {statement}"),
            None if self.grant_allows => "allowed by a KMS grant".to_owned(),
            None if layer == Layer::Identity => "the root user needs no policy, and nothing denies".to_owned(),
            None => format!("allowed by {name}"),
        }
    }

    fn why_not_allowed(&self, layer: Layer) -> String {
        let name = self.policy_name(layer);
        let entry = self.layers.iter().find(|entry| entry.layer == layer && entry.answer == LayerAnswer::Silent);
        let Some(entry) = entry else { return self.why_nothing_asked(layer) };
        let level = entry.level.map(|level| format!(" of level {}", level + 1)).unwrap_or_default();
        format!("no {name}{level} allows it{}: {}", self.why_needed(layer), entry.nearest(&self.action))
    }

    /// Why the layer's Allow is needed where that is not plain.
    fn why_needed(&self, layer: Layer) -> &'static str {
        match layer {
            Layer::Resource if self.resource_must_allow && self.is_same_account => ", and without one no other policy counts",
            Layer::Resource if !self.is_same_account => ", and the caller is of another account",
            _ => "",
        }
    }

    /// A layer that lacks an Allow, and has nothing that was asked and silent.
    fn why_nothing_asked(&self, layer: Layer) -> String {
        let name = self.policy_name(layer);
        match layer {
            Layer::Resource if self.grant == Some(GrantKind::Account) => {
                format!("the {name} names the account, not this caller, who has no identity-based policies")
            }
            Layer::Resource if self.layers.iter().any(|entry| entry.layer == layer) => {
                format!("the {name} grants nothing that reaches this caller")
            }
            Layer::Resource => format!("the resource has no {name}{}", self.why_needed(layer)),
            Layer::Session => "a federated-user session without session policies has no permissions".to_owned(),
            _ => format!("no {name} allows it: there is none"),
        }
    }

    fn applying(&self, layer: Layer, effect: Effect) -> impl Iterator<Item = &StatementExplanation> {
        let entries = self.layers.iter().filter(move |entry| entry.layer == layer);
        entries.flat_map(|entry| &entry.statements).filter(move |statement| statement.applies && statement.effect == effect)
    }
}

impl LayerExplanation {
    /// The Allows that failed on the fewest tests.
    pub fn near_misses(&self) -> impl Iterator<Item = &StatementExplanation> {
        self.statements.iter().filter(|statement| statement.is_near_miss)
    }

    /// What came nearest to allowing.
    fn nearest(&self, action: &str) -> String {
        match self.near_misses().next() {
            None if self.statement_count == 0 && self.layer == Layer::Identity => "the caller has none".to_owned(),
            None if self.statement_count == 0 => "it has no statements".to_owned(),
            None => "none has an `Allow`".to_owned(),
            Some(nearest) if !nearest.is_about_action() => format!("none is about `{action}`"),
            Some(nearest) => format!("nearest is {nearest}: {}", nearest.mismatches()),
        }
    }
}

impl StatementExplanation {
    /// The tests that failed.
    pub fn failed(&self) -> impl Iterator<Item = &TestExplanation> {
        self.tests.iter().filter(|test| !test.holds)
    }

    /// The tests of context keys.
    pub fn conditions(&self) -> impl Iterator<Item = &TestExplanation> {
        self.tests.iter().filter(|test| matches!(test.element, Element::Condition { .. }))
    }

    /// Why it does not apply.
    #[must_use]
    pub fn mismatches(&self) -> String {
        join(self.failed().map(TestExplanation::mismatch))
    }

    fn is_about_action(&self) -> bool {
        self.tests.iter().all(|test| test.holds || !matches!(test.element, Element::Action { .. }))
    }

    /// What an applying statement rests on: its conditions, if it has any.
    fn because(&self) -> String {
        let facts = join(self.conditions().map(TestExplanation::fact));
        if facts.is_empty() { facts } else { format!(": {facts}") }
    }
}

/// `` `Sid` (file:line) ``.
impl fmt::Display for StatementExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(Place { file, start: (line, _), sid: Some(sid), .. }) => write!(f, "`{sid}` ({file}:{line})"),
            Some(Place { file, start: (line, _), sid: None, .. }) => write!(f, "{file}:{line}"),
            None => write!(f, "statement {}", self.statement.0),
        }
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}
