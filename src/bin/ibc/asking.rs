//! What `eval`, `explain`, `wanted`, `inspect` and `bench` are given: policies to ask, and requests.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ibc::document::{InputError, TextFile};
use ibc::iam::PolicyKind;
use ibc::scenario::{Case, LoadedBundle, Loader, NoFiles, ScenarioFile};
use ibc::{Artifact, Engine};

use crate::exit_code::ExitCode;
use crate::input::{self, Bytes};
use crate::output::{self, Done};

/// What requests are decided over: an artifact, or one compiled just now.
pub struct Policies(pub Engine<Bytes>);

impl Policies {
    /// Opens an artifact, or compiles whatever `build` takes.
    pub fn open(argument: &str, managed: &[PathBuf]) -> Result<Policies, Box<dyn Error>> {
        let path = Path::new(argument);
        if path.is_file() && input::begins_like_artifact(path)? {
            return Ok(Policies(Engine::new(input::open_artifact(path)?)));
        }
        let read = || input::read(&[argument.to_owned()], managed, Some(PolicyKind::Identity))?.into_bundle();
        let loaded = read().map_err(|error| match path.extension() {
            Some(extension) if extension == "ibc" => format!("{argument} is no artifact, and holds no policies: {error}").into(),
            _ => error,
        })?;
        let bytes = ibc::compile(&loaded.sources, &loaded.bundle)?;
        Ok(Policies(Engine::new(Artifact::from_bytes(Bytes::Owned(bytes))?)))
    }
}

/// A request brings only the policies that travel with it.
impl Loader for Policies {
    fn policy(&self, path: &str) -> Result<(String, String), String> {
        NoFiles.policy(path)
    }

    /// Empty: the engine knows the policies.
    fn bundle(&self, _path: &str) -> Result<Arc<LoadedBundle>, String> {
        Ok(Arc::default())
    }
}

/// How standard input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdin {
    /// Line by line, each as it comes: somebody may be waiting for the answer.
    Lines,
    /// As a file.
    Whole,
}

/// Hands every request to `take`: those of files, globs and inline JSON, and those of standard input. `take` is told whether somebody
/// may be waiting for the answer.
pub fn each_request(
    requests: &[String],
    stdin: Stdin,
    mut take: impl FnMut(&Case<'_>, bool) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut take_file =
        |file: TextFile, is_stream| ScenarioFile::of_requests(file).cases().iter().try_for_each(|case| take(case, is_stream));
    for request in requests {
        if request == "-" && stdin == Stdin::Lines {
            for (index, line) in io::stdin().lock().lines().enumerate() {
                let line = line?;
                if !line.trim().is_empty() {
                    take_file(TextFile::new(input::STDIN, line).starting_at_line(index as u32 + 1), true)?;
                }
            }
        } else if request.trim_start().starts_with('{') {
            take_file(TextFile::new("<request>", request.as_str()), false)?;
        } else {
            for path in input::find_files(request)? {
                take_file(read_requests(&path)?, false)?;
            }
        }
    }
    Ok(())
}

fn read_requests(path: &Path) -> Result<TextFile, Box<dyn Error>> {
    let name = input::display_name(path);
    if path.is_file() && input::begins_like_artifact(path)? {
        return Err(format!("{name}: this is an artifact, and requests are expected here; the policies come first").into());
    }
    Ok(TextFile::new(name, input::read_text(path)?))
}

/// Answers every request with `answer` and hands what it gives to `write`. Requests that cannot be answered are reported where their
/// answers would stand, and the others go on.
pub fn answer_each<T, W: Write>(
    requests: &[String],
    out: &mut W,
    answer: impl Fn(&Case<'_>) -> Result<T, InputError>,
    mut write: impl FnMut(&mut W, T) -> Result<(), Box<dyn Error>>,
) -> Done {
    let mut code = ExitCode::Success;
    each_request(requests, Stdin::Lines, |case, is_stream| {
        match answer(case) {
            Ok(answer) => write(out, answer)?,
            Err(error) => {
                code = ExitCode::Failure;
                out.flush()?;
                output::report(&error);
            }
        }
        if is_stream {
            out.flush()?;
        }
        Ok(())
    })?;
    Ok(code)
}
