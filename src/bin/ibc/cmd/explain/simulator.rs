//! An explanation for programs. Members in the simulator's spelling mean what they mean there (semantics 6.13); those that begin
//! with a small letter are our own, and `layers` holds everything.

use std::collections::BTreeMap;

use serde::Serialize;

use ibc::engine::Explanation;
use ibc::engine::explain::{
    Actual, Element, Expected, LayerAnswer, LayerExplanation, Place, StatementExplanation, TestExplanation,
};
use ibc::iam::{Decision, Effect, Layer};

/// What the simulator answers as a whole.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Response {
    evaluation_results: Vec<EvaluationResult>,
    is_truncated: bool,
}

impl Response {
    pub(super) fn new(evaluation_results: Vec<EvaluationResult>) -> Response {
        Response { evaluation_results, is_truncated: false }
    }
}

/// One request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EvaluationResult {
    eval_action_name: String,
    eval_resource_name: String,
    eval_decision: &'static str,
    /// The denying statements, or the allowing ones of identity-based and resource-based policies. Statements of SCPs and RCPs
    /// never appear here, as in the simulator: they are in `layers`.
    matched_statements: Vec<MatchedStatement>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations_decision_detail: Option<OrganizationsDecisionDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
    eval_decision_details: BTreeMap<&'static str, &'static str>,
    #[serde(flatten)]
    own: OwnMembers,
}

/// What the simulator does not say.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnMembers {
    principal: String,
    /// The layer that decided.
    layer: Option<&'static str>,
    reason: String,
    /// How the resource-based policy reaches the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'static str>,
    layers: Vec<LayerReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MatchedStatement {
    source_policy_id: String,
    source_policy_type: &'static str,
    start_position: Position,
    end_position: Position,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrganizationsDecisionDetail {
    allowed_by_organizations: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PermissionsBoundaryDecisionDetail {
    allowed_by_permissions_boundary: bool,
}

impl EvaluationResult {
    pub(super) fn new(explanation: &Explanation) -> EvaluationResult {
        let outcome = explanation.outcome;
        EvaluationResult {
            eval_action_name: explanation.action.clone(),
            eval_resource_name: explanation.resource.clone(),
            eval_decision: outcome.decision.as_str(),
            matched_statements: matched_statements(explanation),
            missing_context_values: missing_context_values(explanation),
            organizations_decision_detail: answer_of(explanation, Layer::Scp)
                .map(|answer| OrganizationsDecisionDetail { allowed_by_organizations: answer == LayerAnswer::Allows }),
            permissions_boundary_decision_detail: answer_of(explanation, Layer::Boundary).map(|answer| {
                PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary: answer == LayerAnswer::Allows }
            }),
            eval_decision_details: decision_details(explanation),
            own: OwnMembers {
                principal: explanation.principal.clone(),
                layer: outcome.layer.map(Layer::as_str),
                reason: explanation.reason(),
                grant: explanation.grant.map(|grant| grant.as_str()),
                layers: explanation.layers.iter().map(LayerReport::new).collect(),
            },
        }
    }
}

/// What a layer says; of a guard rail, all of its levels together.
fn answer_of(explanation: &Explanation, layer: Layer) -> Option<LayerAnswer> {
    let answers: Vec<LayerAnswer> =
        explanation.layers.iter().filter(|entry| entry.layer == layer).map(|entry| entry.answer).collect();
    [LayerAnswer::Denies, LayerAnswer::Silent, LayerAnswer::Allows].into_iter().find(|answer| answers.contains(answer))
}

fn matched_statements(explanation: &Explanation) -> Vec<MatchedStatement> {
    let (effect, layers): (Effect, &[Layer]) = match explanation.outcome.decision {
        Decision::ExplicitDeny => {
            (Effect::Deny, &[Layer::Endpoint, Layer::Resource, Layer::Identity, Layer::Boundary, Layer::Session])
        }
        Decision::Allow => (Effect::Allow, &[Layer::Resource, Layer::Identity]),
        // EV-52.
        Decision::ImplicitDeny => return Vec::new(),
    };
    let entries = explanation.layers.iter().filter(|entry| layers.contains(&entry.layer));
    let statements = entries.flat_map(|entry| entry.statements.iter().map(move |statement| (entry.layer, statement)));
    statements
        .filter(|(_, statement)| statement.applies && statement.effect == effect)
        .filter_map(|(layer, statement)| {
            let Place { policy, start, end, .. } = statement.place.as_ref()?;
            Some(MatchedStatement {
                source_policy_id: policy.clone(),
                source_policy_type: policy_type(layer, policy),
                start_position: Position::of(*start),
                end_position: Position::of(*end),
            })
        })
        .collect()
}

impl Position {
    fn of((line, column): (u32, u32)) -> Position {
        Position { line, column }
    }
}

/// The simulator's word, in the spelling of its documentation (D-30). Whether an inline policy is a user's, a group's or a role's
/// is not known.
fn policy_type(layer: Layer, policy: &str) -> &'static str {
    match layer {
        Layer::Resource => "resource",
        _ if policy.starts_with("arn:") && policy.contains(":iam::aws:policy/") => "aws-managed",
        _ if policy.starts_with("arn:") && policy.contains(":policy/") => "user-managed",
        _ => "none",
    }
}

/// EV-55: each key once; keys of SCPs and RCPs are not listed here, as in the simulator.
fn missing_context_values(explanation: &Explanation) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let entries = explanation.layers.iter().filter(|entry| !matches!(entry.layer, Layer::Scp | Layer::Rcp));
    for key in entries.flat_map(|entry| &entry.missing_keys) {
        if !keys.iter().any(|other| other.to_lowercase() == key.to_lowercase()) {
            keys.push(key.clone());
        }
    }
    keys
}

/// What each side says, for requests across accounts; nothing if an SCP denies.
fn decision_details(explanation: &Explanation) -> BTreeMap<&'static str, &'static str> {
    let denied_by_scp = explanation.outcome.decision == Decision::ExplicitDeny && explanation.outcome.layer == Some(Layer::Scp);
    if explanation.is_same_account || denied_by_scp {
        return BTreeMap::new();
    }
    let names =
        [("IAM Policy", Layer::Identity), ("Resource Policy", Layer::Resource), ("Permissions Boundary Policy", Layer::Boundary)];
    names.into_iter().filter_map(|(name, layer)| Some((name, answer_of(explanation, layer)?.as_str()))).collect()
}

/// One layer, or one level of a guard rail, in full.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LayerReport {
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u32>,
    answer: &'static str,
    statement_count: usize,
    statements: Vec<StatementReport>,
    missing_context_values: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatementReport {
    effect: &'static str,
    applies: bool,
    is_near_miss: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceReport>,
    tests: Vec<TestReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceReport {
    policy: String,
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    sid: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TestReport {
    element: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    holds: bool,
    expected: Vec<ExpectedReport>,
    actual: ActualReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExpectedReport {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unresolved_variables: Vec<String>,
}

/// `null`, a string, or a list.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ActualReport {
    Absent,
    Text(String),
    List(Vec<String>),
}

impl LayerReport {
    fn new(entry: &LayerExplanation) -> LayerReport {
        LayerReport {
            layer: entry.layer.as_str(),
            level: entry.level,
            answer: entry.answer.as_str(),
            statement_count: entry.statement_count,
            statements: entry.statements.iter().map(StatementReport::new).collect(),
            missing_context_values: entry.missing_keys.clone(),
        }
    }
}

impl StatementReport {
    fn new(statement: &StatementExplanation) -> StatementReport {
        StatementReport {
            effect: if statement.effect == Effect::Allow { "Allow" } else { "Deny" },
            applies: statement.applies,
            is_near_miss: statement.is_near_miss,
            grant: statement.grant.map(|grant| grant.as_str()),
            place: statement.place.as_ref().map(PlaceReport::new),
            tests: statement.tests.iter().map(TestReport::new).collect(),
        }
    }
}

impl PlaceReport {
    fn new(place: &Place) -> PlaceReport {
        let Place { policy, file, start: (line, column), end: (end_line, end_column), sid } = place.clone();
        PlaceReport { policy, file, line, column, end_line, end_column, sid }
    }
}

impl TestReport {
    fn new(test: &TestExplanation) -> TestReport {
        let (operator, key) = match &test.element {
            Element::Condition { operator, key } => (Some(operator.to_string()), Some(key.clone())),
            _ => (None, None),
        };
        TestReport {
            element: test.element.name(),
            operator,
            key,
            holds: test.holds,
            expected: test.expected.iter().map(ExpectedReport::new).collect(),
            actual: match &test.actual {
                Actual::Absent => ActualReport::Absent,
                Actual::Text(text) => ActualReport::Text(text.clone()),
                Actual::List(texts) => ActualReport::List(texts.clone()),
            },
            mismatch: (!test.holds).then(|| test.mismatch()),
        }
    }
}

impl ExpectedReport {
    fn new(expected: &Expected) -> ExpectedReport {
        let Expected { text, resolved, unresolved } = expected.clone();
        ExpectedReport { text, resolved, unresolved_variables: unresolved }
    }
}
