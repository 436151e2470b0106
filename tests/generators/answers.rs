//! Every way to answer a scenario.

use ibc::iam::{Decision, Layer};
use ibc::reference;

use super::Scenario;

/// The decision and the layer that decided.
pub(crate) type Verdict = (Decision, Option<Layer>);

/// Asks the reference evaluator, which finds the policies in the scenario's bundle.
pub(crate) fn reference_verdict(scenario: &Scenario) -> Verdict {
    let bundle = scenario.bundle();
    scenario.bundle_request().with(|request| {
        let layers = reference::layers_of(&bundle, request, &scenario.runtime());
        let answer = reference::decide(&layers, request);
        (answer.decision, answer.layer)
    })
}

/// Asks the reference evaluator with the layers put together by hand.
pub(crate) fn verdict_without_bundle(scenario: &Scenario) -> Verdict {
    scenario.request.with(|request| {
        let answer = reference::decide(&scenario.layers(), request);
        (answer.decision, answer.layer)
    })
}

/// The decision, after checking that all evaluators agree on it.
#[track_caller]
pub(crate) fn decide(scenario: &Scenario) -> Decision {
    reference_verdict(scenario).0
}
