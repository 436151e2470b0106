use serde::Deserialize;
use serde_json::value::RawValue;

use super::case::{Case, Defaults};
use crate::document::{InputError, Members, TextFile, split};

/// A file of scenarios.
///
/// JSON: one scenario, a list of them, or `{"defaults": {...}, "scenario": [...]}`; JSON Lines: one per line; TOML (feature
/// `cli`): `[[scenario]]` tables and optional `[defaults]`. The form is recognised by content.
#[derive(Debug)]
pub struct ScenarioFile {
    /// The file as JSON.
    file: TextFile,
    /// Of a file written in TOML: the line on which each scenario begins. Its JSON has no places of its own.
    toml_lines: Option<Vec<u32>>,
    /// Whether the documents are mere requests.
    holds_requests: bool,
}

/// The top level of a file with defaults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    #[serde(borrow, default)]
    defaults: Defaults<'a>,
    #[serde(borrow)]
    scenario: Vec<&'a RawValue>,
}

impl ScenarioFile {
    /// Takes the text of a file. What is wrong inside a scenario is an error of its case.
    ///
    /// # Errors
    /// If the text as a whole is neither JSON, JSON Lines nor TOML.
    pub fn read(name: impl Into<String>, text: &str) -> Result<ScenarioFile, InputError> {
        let name = name.into();
        #[cfg(feature = "cli")]
        if super::toml::is_toml(text) {
            let (json, lines) = super::toml::to_json(&name, text)?;
            return Ok(ScenarioFile { file: TextFile::new(name, json), toml_lines: Some(lines), holds_requests: false });
        }
        Ok(ScenarioFile { file: TextFile::new(name, text), toml_lines: None, holds_requests: false })
    }

    /// A file of requests: JSON or JSON Lines. A request is a case without policies of its own; those are the same for all,
    /// and [`Loader::bundle`](super::Loader::bundle) is asked for them.
    #[must_use]
    pub fn of_requests(file: TextFile) -> ScenarioFile {
        ScenarioFile { file, toml_lines: None, holds_requests: true }
    }

    /// What the file is called in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file.name()
    }

    /// All cases in written order, also those that turn out to be wrong.
    #[must_use]
    pub fn cases(&self) -> Vec<Case<'_>> {
        let defaults = Defaults::default();
        let documents = split(self.file.text());
        if let [Ok(document)] = documents.as_slice()
            && !self.holds_requests
            && let Ok(members) = Members::from_raw(document)
            && members.value_of("scenario").is_some()
        {
            return self.cases_of_document(&members);
        }
        let mut cases = Vec::with_capacity(documents.len());
        for (index, document) in documents.into_iter().enumerate() {
            let at = match &document {
                Ok(raw) => raw.get(),
                Err(error) => error.at.unwrap_or(self.file.text()),
            };
            let members = document.and_then(Members::from_raw);
            match self.holds_requests {
                true => cases.push(Case::of_request(self, index, members, at)),
                false => cases.extend(Case::of_scenario(self, index, members, at, &defaults)),
            }
        }
        cases
    }

    fn cases_of_document<'a>(&'a self, members: &Members<'a>) -> Vec<Case<'a>> {
        let document: Document<'a> = match members.read() {
            Ok(document) => document,
            Err(error) => return Case::of_scenario(self, 0, Err(error), self.file.text(), &Defaults::default()),
        };
        let case_of = |(index, raw): (usize, &'a RawValue)| {
            Case::of_scenario(self, index, Members::from_raw(raw), raw.get(), &document.defaults)
        };
        document.scenario.into_iter().enumerate().flat_map(case_of).collect()
    }

    /// Line and column of a part of the text, as the author of the file sees them.
    pub(super) fn position(&self, part: &str, index: usize) -> (u32, u32) {
        match &self.toml_lines {
            Some(lines) => (lines.get(index).copied().unwrap_or(1), 1),
            None => self.file.position(part),
        }
    }

    /// Whether places in the text are places in the file that the author wrote.
    pub(super) fn has_places(&self) -> bool {
        self.toml_lines.is_none()
    }

    pub(super) fn error_at(&self, part: &str, index: usize, message: String) -> InputError {
        InputError::new(self.name(), self.position(part, index), message)
    }
}
