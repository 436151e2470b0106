//! Any text as a file of scenarios: whatever loads gets one answer from the reference evaluator, the engine, its explanation, and its plan.
#![no_main]

use ibc::engine::explain::Detail;
use ibc::scenario::{Answer, Case, NoFiles, ScenarioFile};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let Ok(file) = ScenarioFile::read("scenarios.toml", text) else { return Corpus::Reject };
    let cases = file.cases();
    cases.iter().for_each(check);
    if cases.is_empty() { Corpus::Reject } else { Corpus::Keep }
});

fn check(case: &Case<'_>) {
    let Ok(scenario) = case.load(&NoFiles) else { return };
    let Ok(answers) = scenario.decide() else { return };
    assert!(answers.agree(), "engine {}, reference {}", answers.engine, answers.reference);
    let engine = scenario.engine().expect("it decided");
    let explanation = scenario.explain(engine, Detail::All).expect("it was decided");
    let explained = Answer { decision: explanation.outcome.decision, layer: explanation.outcome.layer };
    assert_eq!(explained, answers.engine, "explained");
    assert_eq!(explanation.problem, None);
    let planned = scenario.plan(engine, |plan, _| Answer { decision: plan.outcome.decision, layer: plan.outcome.layer });
    assert_eq!(planned.expect("it was decided"), answers.engine, "planned");
    scenario.wanted_keys(engine).expect("it was decided");
}
