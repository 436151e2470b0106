//! Every way to answer a scenario.

use ibc::bundle::Bundle;
use ibc::compile::{Options, compile_with};
use ibc::iam::{Decision, Layer};
use ibc::reference::{self, RuntimePolicies};
use ibc::request::Request;
use ibc::source::SourceMap;
use ibc::syntax::ast::Policy;
use ibc::{Artifact, Engine, Outcome, Overlay, Scratch, compile_overlay};

use super::Scenario;
use super::organisation::Question;

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

/// Compiles the scenario's bundle, loads the bytes, and asks the engine.
pub(crate) fn engine_verdict(scenario: &Scenario, options: &Options) -> Verdict {
    let (outcome, _) = engine_outcome(scenario, options);
    (outcome.decision, outcome.layer)
}

/// The same with the Sid of the statement behind the decision.
pub(crate) fn engine_outcome(scenario: &Scenario, options: &Options) -> (Outcome, Option<String>) {
    with_engine(scenario, options, |base, overlay| {
        let outcome = scenario.bundle_request().with(|request| base.decide_with(request, overlay, &mut base.scratch()));
        let asked = match outcome.layer {
            Some(Layer::Session) => overlay.session,
            Some(Layer::Endpoint) if overlay.endpoint.is_some() => overlay.endpoint,
            _ => Some(base),
        };
        let place = outcome.statement.zip(asked).and_then(|(statement, engine)| engine.artifact().statement_place(statement));
        (outcome, place.and_then(|place| place.sid.map(str::to_owned)))
    })
}

/// Compiles the scenario's bundle and what travels with the request, loads the bytes, and hands all to `ask`; the request to ask
/// is [`Scenario::bundle_request`].
pub(crate) fn with_engine<T>(
    scenario: &Scenario,
    options: &Options,
    ask: impl FnOnce(&Engine<Vec<u8>>, &Overlay<'_, Vec<u8>>) -> T,
) -> T {
    let base = engine(compile_with(&sources(), &scenario.bundle(), options).expect("the bundle is small"));
    let overlay = |policies: &[Policy]| engine(compile_overlay(&sources(), policies).expect("the overlay is small"));
    let session = scenario.session.as_deref().map(overlay);
    let endpoint = scenario.runtime_endpoint().map(overlay);
    let overlay = Overlay { session: session.as_ref(), endpoint: endpoint.as_ref() };
    ask(&base, &overlay)
}

/// The Sids of the statements behind the reference evaluator's decision.
pub(crate) fn matched_sids(scenario: &Scenario) -> Vec<String> {
    let answer = scenario.request.with(|request| reference::decide(&scenario.layers(), request));
    let sids = answer.matched.iter().filter_map(|statement| statement.sid.as_ref());
    sids.map(|sid| sid.value.to_string()).collect()
}

/// The answer of the reference evaluator over a bundle, without policies that travel with the request.
pub(crate) fn reference_verdict_over(bundle: &Bundle, request: &Request<'_>) -> Verdict {
    let layers = reference::layers_of(bundle, request, &RuntimePolicies::default());
    let answer = reference::decide(&layers, request);
    (answer.decision, answer.layer)
}

/// The reference evaluator's answer to a question over an organisation.
pub(crate) fn reference_verdict_on(bundle: &Bundle, question: &Question) -> Verdict {
    let runtime = RuntimePolicies {
        session: question.session.as_ref().map(|policies| policies.iter().collect()),
        endpoint: question.endpoint.as_ref().map(|policies| policies.iter().collect()),
    };
    question.request.with(|request| {
        let answer = reference::decide(&reference::layers_of(bundle, request, &runtime), request);
        (answer.decision, answer.layer)
    })
}

/// The engine's answer to a question; the policies that travel with it are compiled on their own.
pub(crate) fn engine_verdict_on(base: &Engine<Vec<u8>>, scratch: &mut Scratch, question: &Question) -> Verdict {
    let compile = |policies: &Vec<Policy>| engine(compile_overlay(&sources(), policies).expect("the overlay is small"));
    let (session, endpoint) = (question.session.as_ref().map(compile), question.endpoint.as_ref().map(compile));
    let overlay = Overlay { session: session.as_ref(), endpoint: endpoint.as_ref() };
    let outcome = question.request.with(|request| base.decide_with(request, &overlay, scratch));
    (outcome.decision, outcome.layer)
}

/// Loads an artifact.
pub(crate) fn engine(bytes: Vec<u8>) -> Engine<Vec<u8>> {
    Engine::new(Artifact::from_bytes(bytes).expect("the compiler's bytes load"))
}

/// One empty text, which the spans of generated policies point into.
pub(crate) fn sources() -> SourceMap {
    let mut sources = SourceMap::new();
    sources.add("generated", "");
    sources
}

/// The decision, after checking that the evaluators agree on it.
#[track_caller]
pub(crate) fn decide(scenario: &Scenario) -> Decision {
    let verdict = reference_verdict(scenario);
    assert_eq!(engine_verdict(scenario, &Options::default()), verdict, "engine and reference differ");
    verdict.0
}
