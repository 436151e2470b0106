//! Requests of whole API calls, over an engine.

use serde_json::value::{RawValue, to_raw_value};

use super::case::CaseParts;
use super::{Case, Loader, Ruling, Scenario};
use crate::document::{InputError, MemberError, Members};
use crate::engine::Engine;
use crate::iam::Decision;
use crate::operation::{Missing, Operation, OperationError, PartState, Question, canonical_name, expand};
use crate::request::document::{DependentMap, RequestDocument};
use crate::service_facts::Need;

/// The operation that all requests of a run are for.
#[derive(Debug)]
pub struct OperationName {
    action: String,
    /// The same as a JSON text, to stand in for the member `action` of a request.
    json: Box<RawValue>,
}

impl OperationName {
    /// The operation of this action.
    ///
    /// # Errors
    /// If it is none of EC2 Image Builder.
    pub fn new(action: &str) -> Result<OperationName, OperationError> {
        let action = canonical_name(action)?;
        let json = to_raw_value(&action).expect("texts are JSON");
        Ok(OperationName { action, json })
    }
}

/// A call ready to be decided.
#[derive(Debug)]
pub struct OperationCase<'a> {
    /// The request of the call, with the policies that travel with it.
    scenario: Scenario<'a>,
    operation: Operation<'a>,
}

/// What an engine says about a call.
#[derive(Debug)]
pub struct OperationRuling<'a> {
    /// The request of the call.
    pub request: RequestDocument<'a>,
    /// The most restrictive decision of all parts (EV-47).
    pub decision: Decision,
    /// The parts, in the order of [`Operation::parts`].
    pub parts: Vec<PartRuling<'a>>,
}

/// What an engine says about one part of a call.
#[derive(Debug)]
pub struct PartRuling<'a> {
    /// The action.
    pub action: String,
    /// Whether it was asked, and the answer.
    pub state: PartRulingState<'a>,
}

/// Whether a part was asked, and the answer.
#[derive(Debug)]
pub enum PartRulingState<'a> {
    /// It was.
    Asked(Question<'a>, Ruling),
    /// As [`PartState::NotGiven`].
    NotGiven(Missing),
    /// As [`PartState::NotAsked`].
    NotAsked(Need<'static>),
}

impl<'a> Case<'a> {
    /// Reads the request of a call: an ordinary one, with the member `dependent`. Where `name` says which call it is, `action`
    /// may be left out.
    ///
    /// # Errors
    /// If anything in the request is wrong; the error names the first mistake.
    pub fn load_operation(&self, name: Option<&'a OperationName>, loader: &dyn Loader) -> Result<OperationCase<'a>, InputError> {
        let parts = self.parts.as_ref().map_err(|error| self.member_error(error))?;
        let mut request = parts.request.clone();
        let dependent = match request.split_off(&["dependent"]).value_of("dependent") {
            Some(json) => serde_json::from_str(json.get())
                .map_err(|error| self.member_error(&MemberError::from_json(json.get(), &error)))?,
            None => DependentMap::default(),
        };
        if let Some(name) = name {
            self.check_action(&request, name)?;
            request = request.over(&Members::single("action", &name.json));
        }
        let parts = Ok(CaseParts { request, ..parts.clone() });
        let case = Case { name: self.name.clone(), rule: self.rule.clone(), parts, ..*self };
        let scenario = case.load(loader)?;
        let operation = expand(&scenario.request, &dependent).map_err(|error| self.error(&error.to_string()))?;
        Ok(OperationCase { scenario, operation })
    }

    fn check_action(&self, request: &Members<'a>, name: &OperationName) -> Result<(), InputError> {
        let Some(json) = request.value_of("action") else { return Ok(()) };
        let action: String =
            serde_json::from_str(json.get()).map_err(|error| self.member_error(&MemberError::from_json(json.get(), &error)))?;
        if action.eq_ignore_ascii_case(&name.action) {
            return Ok(());
        }
        Err(self.error(&format!("the request is one of `{action}`, not of `{}`; leave `action` out", name.action)))
    }
}

impl<'a> OperationCase<'a> {
    /// Asks an engine every question of the call.
    ///
    /// # Errors
    /// As [`Scenario::ask`].
    pub fn ask(self, engine: &Engine<Vec<u8>>) -> Result<OperationRuling<'a>, InputError> {
        let OperationCase { mut scenario, operation } = self;
        let call = scenario.request.clone();
        let mut parts = Vec::with_capacity(operation.parts.len());
        for part in operation.parts {
            let state = match part.state {
                PartState::Asked(question) => {
                    scenario.request = question.request.clone();
                    PartRulingState::Asked(question, scenario.ask(engine)?)
                }
                PartState::NotGiven(missing) => PartRulingState::NotGiven(missing),
                PartState::NotAsked(need) => PartRulingState::NotAsked(need),
            };
            parts.push(PartRuling { action: part.action, state });
        }
        // The most restrictive decision sorts first; a call that asks nothing would be allowed nothing.
        let decision = parts.iter().filter_map(PartRuling::decision).min().unwrap_or_default();
        Ok(OperationRuling { request: call, decision, parts })
    }
}

impl<'a> OperationRuling<'a> {
    /// The part that the decision rests on: the first that has it.
    #[must_use]
    pub fn deciding(&self) -> Option<&PartRuling<'a>> {
        self.parts.iter().find(|part| part.decision() == Some(self.decision))
    }
}

impl PartRuling<'_> {
    /// What the part contributes to the decision about the call; `None` if it does not count.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        match &self.state {
            PartRulingState::Asked(_, ruling) => Some(ruling.answer.decision),
            PartRulingState::NotGiven(_) => Some(Decision::ImplicitDeny),
            PartRulingState::NotAsked(_) => None,
        }
    }
}
