//! Writes what the search begins with to `corpus/TARGET/`: the policies and decision cases of the tests, and their artifacts.

// The targets ask the samples; here they are only written.
#[allow(dead_code)]
#[path = "../artifact/samples.rs"]
mod samples;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use ibc::iam::PolicyKind;

/// What each scenario of a file begins with.
const SCENARIO: &str = "[[scenario]]";

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = here.join("..");
    let corpus = |target: &str| -> std::io::Result<PathBuf> {
        let folder = here.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    };

    let texts = corpus("policy_text")?;
    for path in files(&tests.join("cases/diagnostics"), "json")? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let kind = PolicyKind::ALL.iter().position(|kind| name.ends_with(kind.as_str())).ok_or("NAME.KIND.json")?;
        fs::write(texts.join(name), [&[kind as u8][..], &fs::read(path)?].concat())?;
    }

    let scenarios = corpus("scenario_text")?;
    for path in files(&tests.join("cases/decisions"), "toml")? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // A file for each scenario, so that the search changes one at a time.
        let text = fs::read_to_string(&path)?;
        let (defaults, cases) = text.split_once(SCENARIO).ok_or("a file of scenarios")?;
        for (number, case) in cases.split(SCENARIO).enumerate() {
            fs::write(scenarios.join(format!("{name}-{number}")), format!("{defaults}{SCENARIO}{case}"))?;
        }
    }

    let artifacts = corpus("forged_artifact")?;
    for (number, sample) in samples::ALL.iter().enumerate() {
        fs::write(artifacts.join(sample.name), [&[number as u8][..], &(sample.artifact)()].concat())?;
    }
    Ok(())
}

/// The files of a folder with this extension.
fn files(folder: &Path, extension: &str) -> std::io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|found| found == extension)).collect())
}
