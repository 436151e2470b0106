//! Runs every case of `tests/cases/decisions` through every way to answer: the reference evaluator, the engine after
//! compile → bytes → load, the engine's explanation, and its plan. The format is described in `tests/cases/decisions/README.md`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ibc::engine::explain::Detail;
use ibc::scenario::{Answer, Case, Expectation, NoFiles, ScenarioFile};

#[test]
fn every_decision_case_is_answered_as_expected() {
    let files = files();
    let mut failures = Vec::new();
    let mut case_count = 0;
    for (path, file) in &files {
        for case in file.cases() {
            case_count += 1;
            failures.extend(failure(&case).map(|failure| describe(path, &case, &failure)));
        }
    }
    println!("{case_count} cases in {} files", files.len());
    assert!(failures.is_empty(), "{} of {case_count} cases failed:\n{}", failures.len(), failures.join("\n"));
}

/// The program reads bundles, so it runs these; both evaluators answer there too.
#[test]
fn every_bundle_case_is_answered_as_expected() {
    let case_count: usize = read_all(&bundle_directory()).iter().map(|(_, file)| file.cases().len()).sum();
    let output = Command::new(env!("CARGO_BIN_EXE_ibc")).arg("test").arg(bundle_directory()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let summary = format!("ok {case_count} scenarios passed in ");
    assert!(output.status.success() && stdout.contains(&summary), "no `{summary}` in {stdout}{stderr}");
}

#[test]
fn names_of_decision_cases_are_unique_and_rules_are_given() {
    let mut seen: HashMap<String, PathBuf> = HashMap::new();
    let mut complaints = Vec::new();
    for (path, file) in files().iter().chain(&read_all(&bundle_directory())) {
        for case in file.cases() {
            if case.rule.is_none() {
                complaints.push(format!("{}: `{}` names no rule", path.display(), case.name));
            }
            if case.expect.is_none() {
                complaints.push(format!("{}: `{}` expects nothing", path.display(), case.name));
            }
            if let Some(earlier) = seen.insert(case.name.clone(), path.clone()) {
                complaints.push(format!("{}: `{}` is also in {}", path.display(), case.name, earlier.display()));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The case files without bundles.
pub(crate) fn files() -> Vec<(PathBuf, ScenarioFile)> {
    read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/decisions"))
}

fn bundle_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/decisions/bundles")
}

/// All case files of a directory, in the order of their names.
fn read_all(directory: &Path) -> Vec<(PathBuf, ScenarioFile)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no cases in {}", directory.display());
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

fn read(path: &Path) -> ScenarioFile {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    ScenarioFile::read(name, &text).unwrap_or_else(|error| panic!("{error}"))
}

/// What is wrong with the answers to a case, if anything is.
fn failure(case: &Case<'_>) -> Option<String> {
    let expected = case.expect?;
    let answers =
        case.load(&NoFiles).and_then(|scenario| Ok((scenario.decide()?, scenario.explain(scenario.engine()?, Detail::All)?)));
    let (answers, explanation) = match (answers, expected) {
        (Err(_), Expectation::Error) => return None,
        (Err(error), _) => return Some(format!("error: {error}")),
        (Ok(answers), _) => answers,
    };
    let explained = Answer { decision: explanation.outcome.decision, layer: explanation.outcome.layer };
    if explanation.problem.is_some() || explained != answers.engine {
        return Some(format!("DISAGREEMENT: engine {}, explanation {explained}, {:?}", answers.engine, explanation.problem));
    }
    let planned = case.load(&NoFiles).and_then(|scenario| {
        let engine = scenario.engine()?;
        scenario.plan(engine, |plan, _| {
            let lookups = plan.layers.iter().flat_map(|layer| &layer.units).flat_map(|unit| &unit.lookups);
            let verified_count: usize = lookups.map(|lookup| lookup.verified.len()).sum();
            let is_whole = verified_count == plan.verified_count as usize
                && plan.outcome.statement.is_some() == plan.deciding_lookup().is_some();
            (Answer { decision: plan.outcome.decision, layer: plan.outcome.layer }, is_whole)
        })
    });
    match planned {
        Ok((answer, true)) if answer == answers.engine => {}
        planned => return Some(format!("DISAGREEMENT: engine {}, plan {planned:?}", answers.engine)),
    }
    let is_expected =
        |answer: &Answer| Some(answer.decision) == expected.decision() && (case.layer.is_none() || case.layer == answer.layer);
    if !answers.agree() {
        return Some(format!("DISAGREEMENT: reference {}, engine {}", answers.reference, answers.engine));
    }
    (!is_expected(&answers.reference)).then(|| format!("got {}", answers.reference))
}

fn describe(path: &Path, case: &Case<'_>, failure: &str) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let rule = case.rule.as_deref().unwrap_or("no rule");
    let expected = case.expect.map(|expected| expected.to_string()).unwrap_or_default();
    let layer = case.layer.map(|layer| format!(" by {layer}")).unwrap_or_default();
    format!("  {file} `{}` ({rule}): expected {expected}{layer}, {failure}", case.name)
}
