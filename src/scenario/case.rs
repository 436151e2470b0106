use std::fmt;

use serde::{Deserialize, Deserializer};

use super::ScenarioFile;
use crate::document::{InputError, MemberError, Members};
use crate::iam::{Decision, Layer};

/// One scenario as written: what it is called, what it expects, and its parts not read yet.
#[derive(Debug)]
pub struct Case<'a> {
    /// Its name; of an entry of `requests`, `scenario/entry`; without one, where it stands (`line 7`).
    pub name: String,
    /// The rule of the semantics that it shows.
    pub rule: Option<String>,
    /// The decision that is expected.
    pub expect: Option<Expectation>,
    /// The layer that is expected to decide.
    pub layer: Option<Layer>,
    pub(super) file: &'a ScenarioFile,
    /// Which entry of the file it is.
    pub(super) index: usize,
    pub(super) parts: Result<CaseParts<'a>, MemberError<'a>>,
}

/// The parts of a case that can still turn out to be wrong.
#[derive(Debug, Clone)]
pub(super) struct CaseParts<'a> {
    /// Where the scenario begins.
    pub(super) at: &'a str,
    pub(super) policies: Members<'a>,
    pub(super) bundle: Option<String>,
    pub(super) request: Members<'a>,
}

/// The members of `[defaults]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults<'a> {
    #[serde(borrow, default)]
    policies: Members<'a>,
    #[serde(borrow, default)]
    request: Members<'a>,
}

/// The members of a scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioDocument<'a> {
    name: Option<String>,
    rule: Option<String>,
    expect: Option<Expectation>,
    #[serde(default, deserialize_with = "layer")]
    layer: Option<Layer>,
    #[serde(borrow)]
    policies: Option<Members<'a>>,
    bundle: Option<String>,
    #[serde(borrow, default)]
    request: Members<'a>,
    #[serde(borrow)]
    requests: Option<Vec<Members<'a>>>,
}

/// The members that an entry of `requests` has beside those of a request.
#[derive(Debug, Deserialize)]
struct RequestEntry {
    name: Option<String>,
    expect: Option<Expectation>,
    #[serde(default, deserialize_with = "layer")]
    layer: Option<Layer>,
}

/// What a scenario expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// This decision.
    Decision(Decision),
    /// That a policy cannot be loaded or the request cannot be read.
    Error,
}

impl Expectation {
    /// The decision, unless an error is expected.
    #[must_use]
    pub fn decision(self) -> Option<Decision> {
        match self {
            Expectation::Decision(decision) => Some(decision),
            Expectation::Error => None,
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expectation::Decision(decision) => decision.fmt(f),
            Expectation::Error => f.write_str("error"),
        }
    }
}

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == "error" {
            return Ok(Expectation::Error);
        }
        Decision::from_name(&name).map(Expectation::Decision).ok_or_else(|| {
            serde::de::Error::custom(format_args!(
                "`{name}` is not a decision; write `allowed`, `implicitDeny`, `explicitDeny` or `error`"
            ))
        })
    }
}

fn layer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Layer>, D::Error> {
    let Some(name) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    Layer::from_name(&name).map(Some).ok_or_else(|| {
        let names = Layer::ALL.map(Layer::as_str).join(", ");
        serde::de::Error::custom(format_args!("`{name}` is not a layer; the layers are {names}"))
    })
}

impl<'a> Case<'a> {
    /// The cases of one scenario: one, or one for each entry of `requests`.
    pub(super) fn of_scenario(
        file: &'a ScenarioFile,
        index: usize,
        members: Result<Members<'a>, MemberError<'a>>,
        at: &'a str,
        defaults: &Defaults<'a>,
    ) -> Vec<Case<'a>> {
        let fallback_name = || format!("line {}", file.position(at, index).0);
        let failed = |name: String, error: MemberError<'a>| {
            let error = MemberError { at: error.at.or(Some(at)), ..error };
            vec![Case { name, rule: None, expect: None, layer: None, file, index, parts: Err(error) }]
        };
        let members = match members {
            Ok(members) => members,
            Err(error) => return failed(fallback_name(), error),
        };
        let document: ScenarioDocument<'a> = match members.read() {
            Ok(document) => document,
            Err(error) => {
                let name = members.value_of("name").and_then(|name| serde_json::from_str(name.get()).ok());
                return failed(name.unwrap_or_else(fallback_name), error);
            }
        };
        let name = document.name.unwrap_or_else(fallback_name);
        if document.bundle.is_some() && document.policies.is_some() {
            let message = "a scenario has either `policies` or `bundle`; remove one".to_owned();
            return failed(name, MemberError { message, at: Some(at) });
        }
        let request = document.request.over(&defaults.request);
        let policies = match document.bundle {
            Some(_) => Members::default(),
            None => document.policies.unwrap_or_default().over(&defaults.policies),
        };
        let parts = CaseParts { at, policies, bundle: document.bundle, request };
        let case = Case {
            name,
            rule: document.rule,
            expect: document.expect,
            layer: document.layer,
            file,
            index,
            parts: Ok(parts.clone()),
        };
        match document.requests {
            None => vec![case],
            Some(_) if document.expect.is_some() => {
                let message = "a scenario with `requests` has `expect` in each of them; remove the scenario's".to_owned();
                failed(case.name, MemberError { message, at: Some(at) })
            }
            Some(entries) if entries.is_empty() => {
                let message = "`requests` is empty; write a request, or remove it".to_owned();
                failed(case.name, MemberError { message, at: Some(at) })
            }
            Some(entries) => entries.into_iter().map(|entry| case.of_entry(&parts, entry)).collect(),
        }
    }

    /// The case of a mere request, over the caller's bundle.
    pub(super) fn of_request(
        file: &'a ScenarioFile,
        index: usize,
        request: Result<Members<'a>, MemberError<'a>>,
        at: &'a str,
    ) -> Case<'a> {
        let parts = |request| CaseParts { at, policies: Members::default(), bundle: Some(String::new()), request };
        let parts = request.map(parts).map_err(|error| MemberError { at: error.at.or(Some(at)), ..error });
        let name = format!("line {}", file.position(at, index).0);
        Case { name, rule: None, expect: None, layer: None, file, index, parts }
    }

    /// The case of one entry of `requests`.
    fn of_entry(&self, parts: &CaseParts<'a>, mut entry: Members<'a>) -> Case<'a> {
        let own = entry.split_off(&["name", "expect", "layer"]);
        let own: Result<RequestEntry, _> = own.read();
        let (own, parts) = match own {
            Ok(own) => (own, Ok(CaseParts { request: entry.over(&parts.request), ..parts.clone() })),
            Err(error) => {
                let error = MemberError { at: error.at.or(Some(parts.at)), ..error };
                (RequestEntry { name: None, expect: None, layer: None }, Err(error))
            }
        };
        Case {
            name: format!("{}/{}", self.name, own.name.as_deref().unwrap_or("?")),
            rule: self.rule.clone(),
            expect: own.expect,
            layer: own.layer.or(self.layer),
            file: self.file,
            index: self.index,
            parts,
        }
    }

    /// An error about the case as a whole.
    #[must_use]
    pub fn error(&self, message: &str) -> InputError {
        let at = match &self.parts {
            Ok(parts) => parts.at,
            Err(error) => error.at.unwrap_or_default(),
        };
        self.file.error_at(at, self.index, message.to_owned())
    }

    /// An error about a member; where it has no place of its own, about the case as a whole.
    pub(super) fn member_error(&self, error: &MemberError<'_>) -> InputError {
        match error.at {
            Some(at) => self.file.error_at(at, self.index, error.message.clone()),
            None => self.error(&error.message),
        }
    }
}
