//! Running scenario files on all cores.

use std::collections::HashMap;
use std::error::Error;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ibc::document::InputError;
use ibc::iam::PolicyKind;
use ibc::scenario::{Answers, Case, LoadedBundle, Loader, ScenarioFile};

use crate::input;

/// Reads a scenario file; `-` is standard input.
pub fn read(path: &Path) -> Result<ScenarioFile, Box<dyn Error>> {
    let name = input::display_name(path);
    Ok(ScenarioFile::read(name, &input::read_text(path)?)?)
}

/// Decides all cases, both ways; the answers are in the order of the cases.
pub fn decide_all(cases: &[Case<'_>], loader: &FileLoader) -> Vec<Result<Answers, InputError>> {
    let thread_count = thread::available_parallelism().map_or(1, NonZero::get);
    let share = cases.len().div_ceil(thread_count).max(1);
    // A bug that one scenario meets must not take the answers of the others with it.
    let decide = |case: &Case<'_>| {
        catch_unwind(AssertUnwindSafe(|| case.load(loader)?.decide()))
            .unwrap_or_else(|_| Err(case.error("ibc panicked: a bug, please report it")))
    };
    thread::scope(|scope| {
        let shares: Vec<_> =
            cases.chunks(share).map(|cases| scope.spawn(move || cases.iter().map(decide).collect::<Vec<_>>())).collect();
        let join = |share: thread::ScopedJoinHandle<'_, _>| share.join().unwrap_or_else(|panic| resume_unwind(panic));
        shares.into_iter().flat_map(join).collect()
    })
}

/// Reads the files that scenarios name, relative to the scenario file.
#[derive(Debug)]
pub struct FileLoader {
    directory: PathBuf,
    /// Directories of managed policies.
    managed: Vec<PathBuf>,
    /// Bundles by path; many scenarios name the same one.
    bundles: Mutex<HashMap<String, Result<Arc<LoadedBundle>, String>>>,
}

impl FileLoader {
    /// A loader for the scenarios of one file; account dumps may lack what the directories `managed` hold.
    pub fn new(scenario_file: &Path, managed: &[PathBuf]) -> FileLoader {
        let directory = scenario_file.parent().unwrap_or(Path::new("")).to_owned();
        FileLoader { directory, managed: managed.to_owned(), bundles: Mutex::default() }
    }

    /// The path as seen from where the program runs, without the `.` that stand for nothing.
    fn resolve(&self, path: &str) -> PathBuf {
        let resolved: PathBuf = self.directory.join(path).components().filter(|part| *part != Component::CurDir).collect();
        if resolved == Path::new("") { PathBuf::from(".") } else { resolved }
    }

    fn load_bundle(&self, path: &str) -> Result<Arc<LoadedBundle>, String> {
        let path = self.resolve(path).to_string_lossy().into_owned();
        let inputs = input::read(&[path], &self.managed, Some(PolicyKind::Identity));
        inputs.and_then(input::Inputs::into_bundle).map(Arc::new).map_err(|error| error.to_string())
    }
}

impl Loader for FileLoader {
    fn policy(&self, path: &str) -> Result<(String, String), String> {
        let path = self.resolve(path);
        let text = input::read_text(&path).map_err(|error| error.to_string())?;
        Ok((input::display_name(&path), text))
    }

    fn bundle(&self, path: &str) -> Result<Arc<LoadedBundle>, String> {
        let mut bundles = self.bundles.lock().unwrap_or_else(PoisonError::into_inner);
        bundles.entry(path.to_owned()).or_insert_with(|| self.load_bundle(path)).clone()
    }
}
