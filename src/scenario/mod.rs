//! Scenarios: policies, a request, and the decision that is expected.
//!
//! A scenario is self-contained, so that anyone can hand one in: [`ScenarioFile`] reads a file of them (JSON, JSON Lines, and
//! with feature `cli` TOML), [`Case`] is one scenario as written, [`Case::load`] parses its policies, and [`Scenario::decide`]
//! asks both the reference evaluator and the compiled engine. Files that a scenario names are read by the caller's [`Loader`].
//!
//! ```
//! use ibc::scenario::{NoFiles, ScenarioFile};
//!
//! let file = ScenarioFile::read("example.json", r#"{
//!     "name": "nobody may do anything without a policy",
//!     "policies": {},
//!     "request": { "principal": "arn:aws:iam::111122223333:user/ada", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k" },
//!     "expect": "implicitDeny" }"#)?;
//! for case in file.cases() {
//!     let answers = case.load(&NoFiles)?.decide()?;
//!     assert_eq!(case.expect.unwrap().decision(), Some(answers.reference.decision));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod case;
mod file;
mod load;
mod operation;
#[cfg(feature = "cli")]
mod toml;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use case::{Case, Expectation};
pub use file::ScenarioFile;
pub use load::{Loader, NoFiles};
pub use operation::{OperationCase, OperationName, OperationRuling, PartRuling, PartRulingState};

use crate::artifact::{Artifact, StatementPlace};
use crate::bundle::Bundle;
use crate::compile::CompileError;
use crate::document::InputError;
use crate::engine::explain::Detail;
use crate::engine::{Engine, Explanation, Overlay, Plan, StatementId};
use crate::iam::{Decision, Layer};
use crate::reference::{self, Layers, RuntimePolicies};
use crate::request::Request;
use crate::request::document::RequestDocument;
use crate::source::SourceMap;
use crate::syntax::ast::Policy;

/// A scenario ready to be decided.
#[derive(Debug)]
pub struct Scenario<'a> {
    /// The request.
    pub request: RequestDocument<'a>,
    /// The policies that are known beforehand.
    pub bundle: Arc<LoadedBundle>,
    /// The texts of the policies below.
    pub runtime_sources: SourceMap,
    /// Session policies, if the session was made with any.
    pub session: Option<Vec<Policy>>,
    /// The policies of the endpoint, if the request brings them along.
    pub endpoint: Option<Vec<Policy>>,
    /// File, line and column of the scenario.
    pub(crate) place: (String, (u32, u32)),
}

/// A bundle and its texts.
#[derive(Debug, Default)]
pub struct LoadedBundle {
    /// The texts.
    pub sources: SourceMap,
    /// The policies.
    pub bundle: Bundle,
    /// The same compiled, once somebody asked for it.
    engine: OnceLock<Result<Engine<Vec<u8>>, String>>,
}

impl LoadedBundle {
    /// The engine over the bundle, after compile → bytes → load; made once.
    fn engine(&self) -> Result<&Engine<Vec<u8>>, String> {
        self.engine.get_or_init(|| open(crate::compile(&self.sources, &self.bundle))).as_ref().map_err(String::clone)
    }
}

/// The last two steps of compile → bytes → load.
fn open(bytes: Result<Vec<u8>, CompileError>) -> Result<Engine<Vec<u8>>, String> {
    let bytes = bytes.map_err(|error| error.to_string())?;
    Artifact::from_bytes(bytes).map(Engine::new).map_err(|error| error.to_string())
}

/// What the two ways to decide say about one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// The reference evaluator's answer.
    pub reference: Answer,
    /// The answer of the engine after compile → bytes → load.
    pub engine: Answer,
}

/// A decision and the layer that made it; `None` for the actions that need no permission (EV-38).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The decision.
    pub decision: Decision,
    /// The layer.
    pub layer: Option<Layer>,
}

/// An engine's answer and the statement it rests on, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The answer.
    pub answer: Answer,
    /// The Deny found first, or the Allow that grants.
    pub statement: Option<MatchedStatement>,
}

/// Where a statement stands that fixes a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedStatement {
    /// The name of the policy's text, usually a path.
    pub file: String,
    /// The line of its first character, from 1.
    pub line: u32,
    /// The column of its first character, from 1.
    pub column: u32,
    /// Its label, if it has one.
    pub sid: Option<String>,
}

impl From<StatementPlace<'_>> for MatchedStatement {
    fn from(place: StatementPlace<'_>) -> MatchedStatement {
        let StatementPlace { file, line, column, sid, .. } = place;
        MatchedStatement { file: file.to_owned(), line, column, sid: sid.map(str::to_owned) }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            Some(layer) => write!(f, "{} ({layer})", self.decision),
            None => self.decision.fmt(f),
        }
    }
}

impl Answers {
    /// Whether both ways to decide agree.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.reference == self.engine
    }
}

impl Scenario<'_> {
    /// Decides the request both ways.
    ///
    /// # Errors
    /// If the request is not one that can be decided, or a policy cannot be compiled.
    pub fn decide(&self) -> Result<Answers, InputError> {
        let engine = self.engine()?;
        let reference = self.with_request(|request| self.ask_reference(request))?;
        Ok(Answers { reference, engine: self.ask(engine)?.answer })
    }

    /// The engine over this scenario's bundle; made once.
    ///
    /// # Errors
    /// If a policy cannot be compiled.
    pub fn engine(&self) -> Result<&Engine<Vec<u8>>, InputError> {
        self.bundle.engine().map_err(|message| self.error(message))
    }

    /// Decides the request by an engine instead of this scenario's bundle; the policies that travel with the request are
    /// the scenario's.
    ///
    /// # Errors
    /// As [`Scenario::decide`].
    pub fn ask<B: AsRef<[u8]>>(&self, engine: &Engine<B>) -> Result<Ruling, InputError> {
        self.with_overlay(|request, overlay| {
            let outcome = engine.decide_with(request, overlay, &mut engine.scratch());
            let holder = match outcome.layer {
                Some(Layer::Session) => overlay.session,
                Some(Layer::Endpoint) => overlay.endpoint,
                _ => None,
            };
            let place = outcome.statement.and_then(|statement| match holder {
                Some(overlay) => overlay.artifact().statement_place(statement),
                None => engine.artifact().statement_place(statement),
            });
            let answer = Answer { decision: outcome.decision, layer: outcome.layer };
            Ruling { answer, statement: place.map(MatchedStatement::from) }
        })
    }

    /// Explains the decision of [`Scenario::ask`].
    ///
    /// # Errors
    /// As [`Scenario::decide`].
    pub fn explain<B: AsRef<[u8]>>(&self, engine: &Engine<B>, detail: Detail) -> Result<Explanation, InputError> {
        self.with_overlay(|request, overlay| engine.explain_in_detail(request, overlay, detail))
    }

    /// Hands the plan of the decision of [`Scenario::ask`] to `take`, with the engine that holds the statements of each layer.
    ///
    /// # Errors
    /// As [`Scenario::decide`].
    pub fn plan<B: AsRef<[u8]>, T>(
        &self,
        engine: &Engine<B>,
        take: impl FnOnce(&Plan, &dyn Fn(Layer, StatementId) -> Option<MatchedStatement>) -> T,
    ) -> Result<T, InputError> {
        self.with_overlay(|request, overlay| {
            let place = |layer: Layer, statement: StatementId| {
                let holder = match layer {
                    Layer::Session => overlay.session,
                    Layer::Endpoint => overlay.endpoint,
                    _ => None,
                };
                let place = match holder {
                    Some(overlay) => overlay.artifact().statement_place(statement),
                    None => engine.artifact().statement_place(statement),
                };
                place.map(MatchedStatement::from)
            };
            take(&engine.plan(request, overlay), &place)
        })
    }

    /// The context keys that can still change the decision of [`Scenario::ask`].
    ///
    /// # Errors
    /// As [`Scenario::decide`].
    pub fn wanted_keys<B: AsRef<[u8]>>(&self, engine: &Engine<B>) -> Result<Vec<String>, InputError> {
        self.with_overlay(|request, overlay| engine.wanted_keys(request, overlay))
    }

    /// Hands the request and the compiled policies that travel with it to `ask`.
    fn with_overlay<T>(&self, ask: impl FnOnce(&Request<'_>, &Overlay<'_, Vec<u8>>) -> T) -> Result<T, InputError> {
        let overlay = |policies: &Option<Vec<Policy>>| {
            let compile = |policies: &Vec<Policy>| open(crate::compile_overlay(&self.runtime_sources, policies));
            policies.as_ref().map(compile).transpose().map_err(|message| self.error(message))
        };
        let (session, endpoint) = (overlay(&self.session)?, overlay(&self.endpoint)?);
        self.with_request(|request| ask(request, &Overlay { session: session.as_ref(), endpoint: endpoint.as_ref() }))
    }

    fn with_request<T>(&self, ask: impl FnOnce(&Request<'_>) -> T) -> Result<T, InputError> {
        self.request.with_request(|request| match request {
            Ok(request) => Ok(ask(&request)),
            Err(error) => Err(self.error(error.to_string())),
        })
    }

    fn ask_reference(&self, request: &Request<'_>) -> Answer {
        let answer = reference::decide(&self.layers(request), request);
        Answer { decision: answer.decision, layer: answer.layer }
    }

    fn layers(&self, request: &Request<'_>) -> Layers<'_> {
        let runtime = RuntimePolicies {
            session: self.session.as_ref().map(|policies| policies.iter().collect()),
            endpoint: self.endpoint.as_ref().map(|policies| policies.iter().collect()),
        };
        reference::layers_of(&self.bundle.bundle, request, &runtime)
    }

    /// An error about the scenario as a whole.
    #[must_use]
    pub fn error(&self, message: String) -> InputError {
        let (name, position) = &self.place;
        InputError::new(name, *position, message)
    }
}

#[cfg(test)]
mod tests;
