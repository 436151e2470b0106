//! What a plan consists of: plain data.

use std::fmt;

use crate::artifact::unit_code::form;
use crate::engine::{Outcome, StatementId};
use crate::iam::{Effect, Layer};

/// Which way a decision took.
///
/// Invariant: [`outcome`](Plan::outcome) and [`verified_count`](Plan::verified_count) are those of
/// [`Engine::decide_with`](crate::Engine::decide_with) on the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Who asked.
    pub principal: String,
    /// To do what.
    pub action: String,
    /// On which resource.
    pub resource: String,
    /// The decision.
    pub outcome: Outcome,
    /// How many statements were looked at, since no index ruled them out.
    pub verified_count: u32,
    /// How many the units that were asked have.
    pub statement_count: u64,
    /// The layers that were asked, in order; after a Deny none is. Of guard rails one entry for each level.
    pub layers: Vec<LayerPlan>,
    /// The context keys whose predicate tables were looked into: each once, for all tests of equality and of `Null` that several
    /// statements share.
    pub table_keys: Vec<String>,
}

/// One layer, or one level of a guard rail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerPlan {
    /// The layer. Statements of session policies are the session overlay's, those of an endpoint policy that travels with the
    /// request the endpoint overlay's.
    pub layer: Layer,
    /// Of SCPs and RCPs: which level, from 0 at the root of the organisation.
    pub level: Option<u32>,
    /// Of SCPs and RCPs: how many levels there are, also if a Deny ended the decision before the last.
    pub level_count: Option<u32>,
    /// Its units, until one denies.
    pub units: Vec<UnitPlan>,
}

/// One unit: statements that are attached together, with one index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPlan {
    /// Its number in the artifact.
    pub unit: u32,
    /// How it finds its statements.
    pub form: UnitForm,
    /// How many it has.
    pub statement_count: u32,
    /// How many of them are Deny.
    pub deny_count: u32,
    /// How it was searched, in order.
    pub lookups: Vec<Lookup>,
}

/// How a unit finds its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitForm {
    /// It looks at all: they are few.
    List,
    /// By fingerprints of one context key's values, all compared at once.
    Small,
    /// By access keys, in a hash table.
    Index,
    /// By a row of bits for the action.
    Action,
}

impl UnitForm {
    /// All forms.
    pub const ALL: [UnitForm; 4] = [UnitForm::List, UnitForm::Small, UnitForm::Index, UnitForm::Action];

    pub(in crate::engine) fn from_code(code: u32) -> Option<UnitForm> {
        match code {
            form::LIST => Some(UnitForm::List),
            form::SMALL => Some(UnitForm::Small),
            form::INDEX => Some(UnitForm::Index),
            form::ACTION => Some(UnitForm::Action),
            _ => None,
        }
    }

    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            UnitForm::List => "list",
            UnitForm::Small => "small",
            UnitForm::Index => "index",
            UnitForm::Action => "action",
        }
    }
}

/// One search in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Which statements were searched.
    pub kind: LookupKind,
    /// What came of it.
    pub result: LookupResult,
    /// How many statements it led to.
    pub found_count: u32,
    /// Found statements of long lists, narrowed.
    pub blocks: Vec<BlockPlan>,
    /// What was verified. Fewer than found if blocks excluded some, or the answer was clear before the end.
    pub verified: Vec<VerifiedStatement>,
}

/// Which statements a lookup searches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupKind {
    /// All of a unit.
    Every,
    /// Those that are filed under nothing: no access key suits them.
    Unfiled,
    /// Those that are filed under this access key: the parts together, at least one.
    Filed(Vec<AccessPart>),
}

impl fmt::Display for LookupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LookupKind::Every => f.write_str("every statement"),
            LookupKind::Unfiled => f.write_str("filed under nothing"),
            LookupKind::Filed(parts) => {
                let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
                f.write_str(&names.join(" and "))
            }
        }
    }
}

/// Part of an access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPart {
    /// Which part of a request it is: `value of aws:PrincipalTag/team`, `first part of the resource's name`.
    pub name: String,
    /// What the request has there. Of parts of values that are tried at every position, the whole values.
    pub values: Vec<String>,
}

/// What came of a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupResult {
    /// It led to some statement.
    Found,
    /// Nothing is filed under the request's values.
    NotFound,
    /// The request has no value for some part; not looked up.
    NoValue,
    /// No statement behind it matches the request's action; not looked up.
    OtherActions,
    /// There are Allows only, and one is known already; not looked up.
    Settled,
}

impl LookupResult {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LookupResult::Found => "found",
            LookupResult::NotFound => "notFound",
            LookupResult::NoValue => "noValue",
            LookupResult::OtherActions => "otherActions",
            LookupResult::Settled => "settled",
        }
    }
}

/// Many statements of one effect, narrowed without looking at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockPlan {
    /// The effect of all of them.
    pub effect: Effect,
    /// How many there are.
    pub statement_count: u32,
    /// What narrowed them, in order, until hardly any was left.
    pub dimensions: Vec<DimensionPlan>,
    /// How many were left to verify.
    pub candidate_count: u32,
}

/// A part of the request that excludes statements of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DimensionPlan {
    /// Which part of the request, and what the request has there.
    pub part: AccessPart,
    /// How many candidates were left after it.
    pub left_count: u32,
}

/// A statement that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedStatement {
    /// Its number in the artifact that the layer is of.
    pub statement: StatementId,
    /// Allow or Deny.
    pub effect: Effect,
    /// Whether it applies.
    pub applies: bool,
}

impl Plan {
    /// The lookup that led to the statement behind the decision, and the form of its unit. `None` if no statement decides.
    #[must_use]
    pub fn deciding_lookup(&self) -> Option<(UnitForm, &Lookup)> {
        let (layer, statement) = (self.outcome.layer?, self.outcome.statement?);
        let units = self.layers.iter().filter(|entry| entry.layer == layer).flat_map(|entry| &entry.units);
        let mut lookups = units.flat_map(|unit| unit.lookups.iter().map(|lookup| (unit.form, lookup)));
        lookups.find(|(_, lookup)| lookup.verified.iter().any(|found| found.applies && found.statement == statement))
    }
}
