//! What an explanation consists of: plain data, made for people and for whoever turns it into JSON.

use crate::engine::{Outcome, StatementId};
use crate::iam::{ConditionOperator, Effect, Layer};
use crate::request::RequestError;

/// Why a request gets its decision, and what was missing for another.
///
/// Invariant: [`outcome`](Explanation::outcome) is what [`Engine::decide`](crate::Engine::decide) says of the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Who asked.
    pub principal: String,
    /// To do what.
    pub action: String,
    /// On which resource.
    pub resource: String,
    /// The decision, and the layer that made it.
    pub outcome: Outcome,
    /// Why nothing could be decided: then `outcome` is an implicit deny by no layer, and `layers` may be incomplete.
    pub problem: Option<Problem>,
    /// Whether caller and resource belong to one account (EV-5). If not, the resource-based policy must allow as well.
    pub is_same_account: bool,
    /// Whether identity-based policies count only with the resource's consent: role trust policies, key policies (EV-32).
    pub resource_must_allow: bool,
    /// How the resource-based policy reaches the caller, after the rules that can strengthen or cancel it (GR-31, EV-34).
    pub grant: Option<GrantKind>,
    /// Whether the request says that a KMS grant allows it.
    pub grant_allows: bool,
    /// What each layer that takes part says, in the order in which explicit denies are reported (D-36). Of guard rails one entry
    /// for each level.
    pub layers: Vec<LayerExplanation>,
}

/// Why a request could not be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The request is not one that can be evaluated.
    Request(RequestError),
    /// The keys of the request's context are ids, and of another artifact, or policies travel with the request.
    ForeignContext,
    /// Some part of the artifact cannot be read.
    DamagedArtifact,
}

/// How an Allow of a resource-based policy reaches the caller (semantics 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantKind {
    /// It names the account: the account's own policies decide (EV-8).
    Account,
    /// It names the IAM entity behind the session (EV-7).
    Entity,
    /// It names this very caller (EV-6).
    Direct,
}

impl GrantKind {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            GrantKind::Account => "account",
            GrantKind::Entity => "entity",
            GrantKind::Direct => "direct",
        }
    }
}

/// What one layer, or one level of a guard rail, says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerExplanation {
    /// The layer.
    pub layer: Layer,
    /// Of SCPs and RCPs: which level, from 0 at the root of the organisation.
    pub level: Option<u32>,
    /// Its answer.
    pub answer: LayerAnswer,
    /// How many statements it has. Those that the compiler found to repeat another one are not in the artifact.
    pub statement_count: usize,
    /// The statements that apply, the nearest misses if no Allow applies, and with [`Detail::All`](super::Detail::All) all others;
    /// in the order of the artifact.
    pub statements: Vec<StatementExplanation>,
    /// Keys that statements about this action, resource and principal ask for and the request does not have (EV-55): in
    /// conditions or as policy variables, each once, as a policy spells it.
    pub missing_keys: Vec<String>,
}

/// What a layer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerAnswer {
    /// Some Deny applies.
    Denies,
    /// No Deny applies, and some Allow does.
    Allows,
    /// Nothing applies.
    Silent,
}

impl LayerAnswer {
    /// The simulator's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LayerAnswer::Denies => "explicitDeny",
            LayerAnswer::Allows => "allowed",
            LayerAnswer::Silent => "implicitDeny",
        }
    }
}

/// One statement and what each of its tests found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementExplanation {
    /// Its number in the artifact: the overlay's if the layer is one.
    pub statement: StatementId,
    /// Allow or Deny.
    pub effect: Effect,
    /// Where it was written; `None` if the artifact was built without source map.
    pub place: Option<Place>,
    /// Whether every test holds.
    pub applies: bool,
    /// Whether it is one of the Allows that failed on the fewest tests, where none applies. A statement about other actions is
    /// farther away than any statement about this one.
    pub is_near_miss: bool,
    /// Of a statement that names principals: how it reaches the caller.
    pub grant: Option<GrantKind>,
    /// Its tests: action, principal, resource, conditions.
    pub tests: Vec<TestExplanation>,
}

/// Where a statement was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The policy's name: a path, an ARN, or the inline policy's name.
    pub policy: String,
    /// The name of the text that held the policy, usually a path.
    pub file: String,
    /// Line and column of the statement's first character, from 1.
    pub start: (u32, u32),
    /// Line of its last character, and the column after it.
    pub end: (u32, u32),
    /// Its label, if it has one.
    pub sid: Option<String>,
}

/// One test of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestExplanation {
    /// What is tested.
    pub element: Element,
    /// Whether it holds.
    pub holds: bool,
    /// The patterns or values of the policy, which are OR-ed. Values that cannot match anything, such as a word where a number
    /// is compared, are not in the artifact; values that are compared without regard to letter case are in lower case.
    pub expected: Vec<Expected>,
    /// What the request has.
    pub actual: Actual,
}

/// What a test is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `Action`, or `NotAction` if negated.
    Action {
        /// Whether it is the `Not` element.
        negated: bool,
    },
    /// `Principal`, or `NotPrincipal` if negated.
    Principal {
        /// Whether it is the `Not` element.
        negated: bool,
    },
    /// `Resource`, or `NotResource` if negated.
    Resource {
        /// Whether it is the `Not` element.
        negated: bool,
    },
    /// One entry of `Condition`.
    Condition {
        /// The operator as the policy says it.
        operator: ConditionOperator,
        /// The context key, as a policy spells it.
        key: String,
    },
}

impl Element {
    /// The name of the element.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Element::Action { negated: false } => "Action",
            Element::Action { negated: true } => "NotAction",
            Element::Principal { negated: false } => "Principal",
            Element::Principal { negated: true } => "NotPrincipal",
            Element::Resource { negated: false } => "Resource",
            Element::Resource { negated: true } => "NotResource",
            Element::Condition { .. } => "Condition",
        }
    }
}

/// A pattern or value of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// As the policy says it.
    pub text: String,
    /// With its policy variables replaced, if it has any and all have a value.
    pub resolved: Option<String>,
    /// Its policy variables without a value: such a pattern matches nothing (PV-9).
    pub unresolved: Vec<String>,
}

/// What a request has where a statement tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actual {
    /// The context key is absent.
    Absent,
    /// One text.
    Text(String),
    /// The values of a multi-valued key.
    List(Vec<String>),
}
