use std::io::{self, Write};

use serde::Serialize;

use ibc::iam::{Decision, Layer};
use ibc::scenario::{Answer, OperationRuling, PartRuling, PartRulingState, Ruling};

use super::requests::{Statement, reason};
use crate::output::{self, FAINT, WARNING};

/// The answer to one API call: the most restrictive of its parts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationLine {
    #[serde(serialize_with = "as_name")]
    pub(super) decision: Decision,
    layer: Option<&'static str>,
    principal: String,
    action: String,
    resource: String,
    /// The statement of the part that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<Statement>,
    /// The action that decides, unless all parts are allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    parts: Vec<PartLine>,
    /// Why, in one sentence.
    #[serde(skip)]
    reason: String,
}

/// What is said about one part.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartLine {
    action: String,
    #[serde(flatten)]
    state: PartLineState,
}

#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum PartLineState {
    Asked {
        resource: String,
        #[serde(serialize_with = "as_name")]
        decision: Decision,
        layer: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        statement: Option<Statement>,
        /// The resource that was given, where the question is on `*`.
        #[serde(skip_serializing_if = "Option::is_none")]
        given_resource: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
        #[serde(skip)]
        answer: Answer,
    },
    NotGiven {
        #[serde(serialize_with = "as_name")]
        decision: Decision,
        not_given: String,
    },
    NotAsked {
        not_asked: String,
    },
}

fn as_name<S: serde::Serializer>(decision: &Decision, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(decision.as_str())
}

impl OperationLine {
    pub(super) fn new(call: &OperationRuling<'_>) -> OperationLine {
        let request = &call.request;
        let deciding = call.deciding();
        let ruling = deciding.and_then(|part| match &part.state {
            PartRulingState::Asked(question, ruling) => Some((question, ruling)),
            _ => None,
        });
        let answer = ruling.map(|(_, ruling)| ruling.answer);
        let statement = ruling.and_then(|(_, ruling)| ruling.statement.clone()).map(Statement::from);
        let failed = deciding.filter(|_| call.decision != Decision::Allow).map(|part| part.action.clone());
        let reason = match (&failed, ruling) {
            (None, _) => "all that it asks for is allowed".to_owned(),
            (Some(action), None) => format!("{action} is needed and not given"),
            (Some(action), Some((question, ruling))) => {
                format!("{action}: {}", reason(ruling.answer, statement.as_ref(), &question.request.resource))
            }
        };
        OperationLine {
            decision: call.decision,
            layer: answer.and_then(|answer| answer.layer).map(Layer::as_str),
            principal: request.principal.principal_for(&request.action).name.to_owned(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            statement,
            failed,
            parts: call.parts.iter().map(PartLine::new).collect(),
            reason,
        }
    }

    pub(super) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let style = output::decision_style(self.decision.as_str());
        writeln!(out, "{style}{:<12}{style:#}  {}", self.decision.as_str(), self.action)?;
        writeln!(out, "              {FAINT}by{FAINT:#} {}", self.principal)?;
        writeln!(out, "              {FAINT}on{FAINT:#} {}", self.resource)?;
        writeln!(out, "              {}", self.reason)?;
        self.parts.iter().try_for_each(|part| part.write_text(out))
    }
}

impl PartLine {
    fn new(part: &PartRuling<'_>) -> PartLine {
        let state = match &part.state {
            PartRulingState::Asked(question, Ruling { answer, statement }) => PartLineState::Asked {
                resource: question.request.resource.clone(),
                decision: answer.decision,
                layer: answer.layer.map(Layer::as_str),
                statement: statement.clone().map(Statement::from),
                given_resource: question.moved_from.clone(),
                left_out: question.left_out.clone(),
                answer: *answer,
            },
            PartRulingState::NotGiven(missing) => {
                PartLineState::NotGiven { decision: Decision::ImplicitDeny, not_given: missing.to_string() }
            }
            PartRulingState::NotAsked(need) => PartLineState::NotAsked { not_asked: need.to_string() },
        };
        PartLine { action: part.action.clone(), state }
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let action = &self.action;
        match &self.state {
            PartLineState::NotGiven { not_given, .. } => {
                writeln!(out, "  {WARNING}{:<12}{WARNING:#}  {action}", "not given")?;
                writeln!(out, "                {not_given}")
            }
            PartLineState::NotAsked { not_asked } => {
                writeln!(out, "  {FAINT}{:<12}  {action}: {not_asked}{FAINT:#}", "not asked")
            }
            PartLineState::Asked { resource, decision, statement, given_resource, left_out, answer, .. } => {
                let style = output::decision_style(decision.as_str());
                writeln!(out, "  {style}{:<12}{style:#}  {action}", decision.as_str())?;
                writeln!(out, "                {FAINT}on{FAINT:#} {resource}")?;
                if let Some(given) = given_resource {
                    writeln!(out, "                instead of {given}: it has no resource-level permission")?;
                }
                if !left_out.is_empty() {
                    let verb = if left_out.len() == 1 { "is" } else { "are" };
                    let keys: Vec<String> = left_out.iter().map(|key| format!("`{key}`")).collect();
                    writeln!(out, "                without {}, which {verb} not supplied for it", keys.join(", "))?;
                }
                writeln!(out, "                {}", reason(*answer, statement.as_ref(), resource))
            }
        }
    }
}
