//! Explaining a decision: why, and why not.
//!
//! [`Engine::explain`] asks the same layers in the same order as [`Engine::decide`](crate::Engine::decide), by the same tests of
//! the same bytes; but it asks every statement, and every test of each. What it finds is an [`Explanation`]: [`Explanation::reason`]
//! says it in one sentence, [`Explanation::layers`] in full.
//!
//! The way of one statement: [`decode`] takes its record apart, [`judge`] asks its tests, [`layer`] compares it with its layer's
//! other statements, [`element`] and [`pattern_text`] put into words what its elements say and what the request has there.
//!
//! This is the slow path: it allocates, and looks at every statement of every layer that takes part.

pub(super) mod decode;
pub(super) mod element;
mod explanation;
mod judge;
mod layer;
pub(super) mod names;
pub(super) mod pattern_text;
mod phrase;
mod reason;

pub use explanation::{
    Actual, Element, Expected, Explanation, GrantKind, LayerAnswer, LayerExplanation, Place, Problem, StatementExplanation,
    TestExplanation,
};

use super::{Engine, Overlay};
use crate::request::Request;
use layer::{Explainer, grant_kind};

/// Which statements an explanation goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Those that apply, and the nearest misses.
    #[default]
    Relevant,
    /// All of every layer that takes part.
    All,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// Says why a request is decided as it is: what each layer says, which statements apply, and which came nearest.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn explain<O: AsRef<[u8]>>(&self, request: &Request<'_>, overlay: &Overlay<'_, O>) -> Explanation {
        self.explain_in_detail(request, overlay, Detail::default())
    }

    /// The same, going into more or fewer statements.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn explain_in_detail<O: AsRef<[u8]>>(
        &self,
        request: &Request<'_>,
        overlay: &Overlay<'_, O>,
        detail: Detail,
    ) -> Explanation {
        let mut scratch = self.scratch();
        let mut explanation = Explanation {
            principal: request.principal.name.to_owned(),
            action: request.action.to_owned(),
            resource: request.resource.to_owned(),
            // The decision is the fast path's, whatever else can be read.
            outcome: self.decide_with(request, overlay, &mut scratch),
            problem: None,
            is_same_account: true,
            resource_must_allow: false,
            grant: None,
            grant_allows: request.grant_allows,
            layers: Vec::new(),
        };
        if let Err(error) = request.validate() {
            explanation.problem = Some(Problem::Request(error));
            return explanation;
        }
        let context = request.context;
        if context.is_keyed() && (Self::refuses(request, overlay) || !context.is_keyed_for(self.view().checksum())) {
            explanation.problem = Some(Problem::ForeignContext);
            return explanation;
        }
        let mut explainer = Explainer::new(detail);
        let outcome = self.with_layers(request, overlay, &mut scratch, |layers| {
            explanation.is_same_account = layers.relation.is_same_account;
            explanation.resource_must_allow = layers.resource_policy_must_allow();
            let outcome = layers.decide_by(&mut explainer)?;
            explanation.grant = grant_kind(layers.effective_grant(explainer.grant));
            Ok(outcome)
        });
        let is_same = outcome
            .is_ok_and(|outcome| (outcome.decision, outcome.layer) == (explanation.outcome.decision, explanation.outcome.layer));
        if !is_same {
            explanation.problem = Some(Problem::DamagedArtifact);
        }
        explanation.layers = explainer.layers;
        explanation
    }
}
