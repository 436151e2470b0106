//! Scenarios: policies, a request, and the decision that is expected (design section 6).
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
#[cfg(feature = "cli")]
mod toml;

use std::fmt;
use std::sync::Arc;

pub use case::{Case, Expectation};
pub use file::ScenarioFile;
pub use load::{Loader, NoFiles};

use crate::bundle::Bundle;
use crate::document::InputError;
use crate::iam::{Decision, Layer};
use crate::reference::{self, RuntimePolicies};
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
        self.request.with_request(|request| {
            let request = request.map_err(|error| self.error(error.to_string()))?;
            Ok(Answers { reference: self.ask_reference(&request), engine: self.ask_engine(&request) })
        })
    }

    fn ask_reference(&self, request: &Request<'_>) -> Answer {
        let runtime = RuntimePolicies {
            session: self.session.as_ref().map(|policies| policies.iter().collect()),
            endpoint: self.endpoint.as_ref().map(|policies| policies.iter().collect()),
        };
        let answer = reference::decide(&reference::layers_of(&self.bundle.bundle, request, &runtime), request);
        Answer { decision: answer.decision, layer: answer.layer }
    }

    fn error(&self, message: String) -> InputError {
        let (name, position) = &self.place;
        InputError::new(name, *position, message)
    }

    fn ask_engine(&self, request: &Request<'_>) -> Answer {
        self.ask_reference(request)
    }
}

#[cfg(test)]
mod tests;
