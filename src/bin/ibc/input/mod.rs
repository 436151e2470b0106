//! From what the user names to policies.
//!
//! [`Reader`] takes inputs one after the other, recognises each by its content, and collects policies, attachments and
//! findings, so that one run shows every mistake. [`Inputs::into_bundle`] refuses to go on if a policy cannot be loaded:
//! half of the policies would be another policy set.
//!
//! Reading order: this file → [`files`] (finding files, telling what they hold) → [`bytes`] (artifacts) → [`manifest`] → [`account_details`] (dumps)
//! → [`managed`] (policies that dumps leave out) → [`definitions`] (nothing is defined twice).

mod account_details;
mod bytes;
mod definitions;
mod files;
mod managed;
mod manifest;

use std::collections::HashMap;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use ibc::bundle::PolicyId;
use ibc::diagnostic::{Colors, Diagnostic, render_human};
use ibc::document::TextFile;
use ibc::iam::PolicyKind;
use ibc::iam::fold::eq_fold;
use ibc::scenario::LoadedBundle;
use ibc::source::SourceId;
use ibc::syntax::{self, Parsed};

pub use bytes::Bytes;
pub use files::{begins_like_artifact, files_below, find_files, open_artifact, read_text};

use account_details::AccountDetails;
use definitions::Definitions;
use files::{Candidate, Shape};

use crate::output::Report;

/// Policies and what was found while reading them.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The policies that could be read, and all texts.
    pub loaded: LoadedBundle,
    /// Every finding, in the order of the inputs.
    pub diagnostics: Vec<Diagnostic>,
    /// How many policies cannot be loaded; each has a finding that says why.
    pub refused_count: usize,
    /// What is wrong beside the policies' texts: attachments to nothing and the like.
    pub problems: Vec<String>,
    /// What deserves to be known and stops nothing.
    pub notes: Vec<String>,
}

/// Reads everything that `inputs` name; managed policies that account dumps lack are looked for in the directories `managed`.
/// Documents for which nothing else tells are of this kind; without one, of the kind that they look like.
pub fn read(inputs: &[String], managed: &[PathBuf], kind: Option<PolicyKind>) -> Result<Inputs, Box<dyn Error>> {
    if let Some(path) = managed.iter().find(|path| !path.is_dir()) {
        return Err(format!("{}: no such directory; `--managed` names a directory of managed policies", path.display()).into());
    }
    let mut reader = Reader { kind, managed: managed.to_owned(), ..Reader::default() };
    for input in inputs {
        reader.read_input(input)?;
    }
    reader.finish()
}

impl Inputs {
    /// The bundle, if nothing stands against loading it.
    pub fn into_bundle(self) -> Result<LoadedBundle, Box<dyn Error>> {
        if self.refused_count == 0 && self.problems.is_empty() {
            return Ok(self.loaded);
        }
        let blocking = self.diagnostics.iter().filter(|found| found.code.blocks_loading());
        let findings = render_human(&self.loaded.sources, blocking, Colors::On);
        let Report(problems) = Report::of_errors(&self.problems);
        Err(Box::new(Report(findings + &problems)))
    }
}

/// Collects policies and attachments.
#[derive(Default)]
struct Reader {
    kind: Option<PolicyKind>,
    /// Directories of managed policies.
    managed: Vec<PathBuf>,
    inputs: Inputs,
    definitions: Definitions,
    /// Documents for which nothing says where they belong. They are parsed together, on all processors.
    unattached: Vec<(SourceId, PolicyKind)>,
    /// A document attached in several places is read once for each kind.
    policies: HashMap<(PathBuf, PolicyKind), Option<PolicyId>>,
    dumps: Vec<AccountDetails>,
}

impl Reader {
    fn read_input(&mut self, input: &str) -> Result<(), Box<dyn Error>> {
        let path = Path::new(input);
        if input == "-" {
            let text = read_text(path)?;
            return self.read_document(path, text);
        }
        if path.is_dir() {
            return self.read_directory(path);
        }
        for path in find_files(input)? {
            match path.is_dir() {
                true => self.read_directory(&path)?,
                false => self.read_document(&path, read_text(&path)?)?,
            }
        }
        Ok(())
    }

    fn read_directory(&mut self, directory: &Path) -> Result<(), Box<dyn Error>> {
        let manifest = directory.join(MANIFEST);
        if manifest.is_file() {
            return self.read_document(&manifest, read_text(&manifest)?);
        }
        let mut document_count = 0;
        let paths = files::files_below(directory)?;
        for (path, document) in paths.iter().zip(read_documents(&paths)) {
            match document? {
                None => {}
                Some((_, Shape::Manifest)) => return Err(misplaced_manifest(path)),
                Some((text, shape)) => {
                    document_count += 1;
                    self.add_document(path, text, shape)?;
                }
            }
        }
        match document_count {
            0 => Err(format!("{}: no policy documents in this directory", directory.display()).into()),
            _ => Ok(()),
        }
    }

    fn read_document(&mut self, path: &Path, text: String) -> Result<(), Box<dyn Error>> {
        let shape = files::shape_of(&text);
        self.add_document(path, text, shape)
    }

    fn add_document(&mut self, path: &Path, text: String, shape: Shape) -> Result<(), Box<dyn Error>> {
        match shape {
            Shape::Policy => {
                let source = self.inputs.loaded.sources.add(display_name(path), text);
                let kind = self.kind.unwrap_or_else(|| self.guess_kind(source));
                self.unattached.push((source, kind));
            }
            Shape::Manifest => {
                self.add_unattached();
                self.read_manifest(path, &text)?;
            }
            Shape::AccountDetails => self.add_dump(path, &text, None),
            Shape::Requests => {
                let problem = format!("{}: these are requests, and policies are expected here", display_name(path));
                self.inputs.problems.push(problem);
            }
        }
        Ok(())
    }

    /// Keeps a dump until all are there. `account` is the one that it should be of.
    fn add_dump(&mut self, path: &Path, text: &str, account: Option<String>) {
        let file = TextFile::new(display_name(path), files::without_byte_order_mark(text));
        self.dumps.push(AccountDetails { file, account });
    }

    /// Reads a policy file; `None` if it is wrong, which is a finding then.
    fn add_policy_file(&mut self, path: &Path, kind: PolicyKind) -> Result<Option<PolicyId>, Box<dyn Error>> {
        let key = (path.to_owned(), kind);
        if let Some(&policy) = self.policies.get(&key) {
            return Ok(policy);
        }
        let name = display_name(path);
        let source = self.inputs.loaded.sources.add(name.as_str(), read_text(path)?);
        let policy = self.add_policy(name, source, kind);
        self.policies.insert(key, policy);
        Ok(policy)
    }

    fn guess_kind(&self, source: SourceId) -> PolicyKind {
        syntax::guess_kind(&syntax::json::parse_json(&self.inputs.loaded.sources, source, None).value)
    }

    /// Parses a source of the source map as one policy.
    fn add_policy(&mut self, name: String, source: SourceId, kind: PolicyKind) -> Option<PolicyId> {
        let parsed = syntax::parse_policy(&self.inputs.loaded.sources, source, None, kind);
        self.add_parsed(name, parsed)
    }

    /// Parses the documents that are attached to every caller.
    fn add_unattached(&mut self) {
        let unattached = std::mem::take(&mut self.unattached);
        let parsed = syntax::parse_policies(&self.inputs.loaded.sources, &unattached, thread_count());
        for ((source, _), parsed) in unattached.into_iter().zip(parsed) {
            let name = self.inputs.loaded.sources.source(source).name().to_owned();
            let policy = self.add_parsed(name, parsed);
            self.inputs.loaded.bundle.everyone.identity.extend(policy);
        }
    }

    fn add_parsed(&mut self, name: String, parsed: Parsed) -> Option<PolicyId> {
        self.inputs.diagnostics.extend(parsed.diagnostics);
        let Some(policy) = parsed.policy else {
            self.inputs.refused_count += 1;
            return None;
        };
        Some(self.inputs.loaded.bundle.add_policy(name, policy))
    }

    fn finish(mut self) -> Result<Inputs, Box<dyn Error>> {
        self.add_unattached();
        self.read_account_details()?;
        Ok(self.inputs)
    }
}

/// A document of a directory tree and what it holds; `None` if the file is none.
type ReadDocument = Result<Option<(String, Shape)>, String>;

/// Reads the files of a directory tree on all processors; the results are in the order of the paths.
fn read_documents(paths: &[PathBuf]) -> Vec<ReadDocument> {
    let thread_count = thread_count().get();
    let read = |paths: &[PathBuf]| paths.iter().map(|path| read_document(path)).collect::<Vec<_>>();
    let shares: Vec<&[PathBuf]> = paths.chunks(paths.len().div_ceil(thread_count).max(MIN_READ_SHARE)).collect();
    let Some((first, others)) = shares.split_first() else { return Vec::new() };
    thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|share| scope.spawn(|| read(share))).collect();
        let mut documents = read(first);
        for other in others {
            documents.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        documents
    })
}

fn read_document(path: &Path) -> ReadDocument {
    let read = || -> Result<_, Box<dyn Error>> {
        let text = match files::candidate(path)? {
            Candidate::Other => return Ok(None),
            Candidate::Manifest => return Ok(Some((String::new(), Shape::Manifest))),
            Candidate::Document => read_text(path)?,
        };
        let shape = files::shape_of(&text);
        Ok(Some((text, shape)))
    };
    read().map_err(|error| error.to_string())
}

fn thread_count() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The documents beside a manifest are attached as it says; taking each for an identity policy of every caller would grant
/// what an SCP or a boundary merely lets pass.
fn misplaced_manifest(path: &Path) -> Box<dyn Error> {
    format!("{}: a manifest in a tree of policies; name the manifest instead of the tree", path.display()).into()
}

/// File, line and column at which `part` begins, which is a slice of the file's text.
fn place(file: &TextFile, part: &str) -> String {
    let (line, column) = file.position(part);
    format!("{}:{line}:{column}", file.name())
}

/// A tag key that an earlier one equals when letter case does not matter (TG-6).
fn ambiguous_tag(tags: &[(String, String)]) -> Option<&str> {
    let mut keys = tags.iter().map(|(key, _)| key.as_str()).enumerate();
    keys.find(|(index, key)| tags[..*index].iter().any(|(earlier, _)| eq_fold(earlier, key))).map(|(_, key)| key)
}

/// What a file is called in messages.
pub fn display_name(path: &Path) -> String {
    match path.to_str() {
        Some("-") => STDIN.to_owned(),
        _ => path.display().to_string(),
    }
}

/// To start a thread for fewer files would take longer than to read them.
const MIN_READ_SHARE: usize = 16;
const MANIFEST: &str = "ibc.toml";
/// What standard input is called in messages.
pub const STDIN: &str = "<stdin>";
