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
    Asked(Box<Question<'a>>, Ruling),
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
    pub fn ask<B: AsRef<[u8]>>(self, engine: &Engine<B>) -> Result<OperationRuling<'a>, InputError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{NoFiles, ScenarioFile};
    use crate::service_facts::image_builder;

    /// Policies that answer differently by action, resource, tags, passed service and layer.
    const POLICIES: &str = r#"{"identity": [{"Statement": [
            {"Effect": "Allow", "Action": ["imagebuilder:*", "ec2:*", "inspector2:*"], "NotResource": "arn:*:image/*"},
            {"Effect": "Allow", "Action": "imagebuilder:*", "Resource": "*", "Condition": {"StringEquals": {"imagebuilder:ResourceTag/a": "1"}}},
            {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"StringNotEquals": {"iam:PassedToService": "vmie.amazonaws.com"}}},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "b"}}}]}],
        "scp": [[{"Statement": {"Effect": "Allow", "NotAction": "imagebuilder:Delete*", "Resource": "*"}}]]}"#;

    /// Every operation on resources of all its types: both evaluators answer every question alike, and the most restrictive counts.
    #[test]
    fn both_evaluators_agree_on_every_question_of_every_operation() {
        let facts = image_builder();
        for action in &facts.actions {
            let types = action.resources.iter().filter_map(|used| facts.resource(used.resource_type));
            let resources = types.map(|facts| facts.arn_format.replace("${Account}", "1"));
            for (resource, tag) in
                resources.chain(["*".to_owned()]).flat_map(|resource| [(resource.clone(), "a"), (resource, "b")])
            {
                let dependent = dependents_of(action);
                let request = format!(
                    r#"{{"principal": "arn:aws:iam::1:user/ada", "action": "imagebuilder:{}", "resource": "{resource}",
                        "resourceTags": {{"a": "1"}}, "requestTags": {{"{tag}": "1"}}, "dependent": {{{dependent}}}}}"#,
                    action.name
                );
                check(&format!(r#"{{"policies": {POLICIES}, "request": {request}}}"#));
            }
        }
    }

    /// All dependent actions of known types, on an ARN of the type.
    fn dependents_of(action: &crate::service_facts::ActionFacts<'_>) -> String {
        let named = action.dependents.iter().filter_map(|dependents| {
            let facts = image_builder().resource(dependents.resource)?;
            Some(format!(r#""{}": "{}""#, dependents.actions[0], facts.arn_format))
        });
        named.collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn check(text: &str) {
        let file = ScenarioFile::read("operation.json", text).unwrap();
        let [case] = &file.cases()[..] else { panic!("{text}") };
        let load = || case.load_operation(None, &NoFiles).unwrap_or_else(|error| panic!("{error}"));
        let OperationCase { mut scenario, operation } = load();
        let mut decisions = Vec::new();
        for part in operation.parts {
            match part.state {
                PartState::Asked(question) => {
                    scenario.request = question.request;
                    let answers = scenario.decide().unwrap();
                    assert!(answers.agree(), "{text}\n{} {answers:?}", part.action);
                    decisions.push(answers.reference.decision);
                }
                PartState::NotGiven(_) => decisions.push(Decision::ImplicitDeny),
                PartState::NotAsked(_) => {}
            }
        }
        let ruling = load().ask(scenario.bundle.engine().unwrap()).unwrap();
        assert_eq!(Some(ruling.decision), decisions.into_iter().min(), "{text}");
        assert_eq!(ruling.deciding().and_then(PartRuling::decision), Some(ruling.decision));
    }
}
