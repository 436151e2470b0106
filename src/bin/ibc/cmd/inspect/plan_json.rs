//! A plan with the places of its statements: what JSON shows, and what the text is written from.

use serde::Serialize;

use ibc::Plan;
use ibc::StatementId;
use ibc::engine::plan::{AccessPart, BlockPlan, LayerPlan, Lookup, LookupKind, UnitPlan, VerifiedStatement};
use ibc::iam::{Effect, Layer};
use ibc::scenario::MatchedStatement;

use crate::output;

/// Where a statement of a layer was written.
type Place<'p> = &'p dyn Fn(Layer, StatementId) -> Option<MatchedStatement>;

/// One plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanDocument {
    pub(super) principal: String,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) decision: &'static str,
    pub(super) layer: Option<&'static str>,
    /// Why, in one sentence.
    pub(super) reason: String,
    /// How many statements were verified, of how many in the units that were asked.
    pub(super) verified: u32,
    pub(super) statements: u64,
    pub(super) layers: Vec<LayerDocument>,
    pub(super) table_keys: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LayerDocument {
    pub(super) layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) level: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) level_count: Option<u32>,
    /// What people call its policies.
    #[serde(skip)]
    pub(super) policy_name: &'static str,
    /// Whether they travel with the request: units and statements have other numbers there.
    #[serde(skip)]
    pub(super) is_overlay: bool,
    pub(super) units: Vec<UnitDocument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnitDocument {
    pub(super) unit: u32,
    pub(super) form: &'static str,
    /// How people say it is searched.
    #[serde(skip)]
    pub(super) search: &'static str,
    pub(super) statements: u32,
    pub(super) denies: u32,
    pub(super) lookups: Vec<LookupDocument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LookupDocument {
    /// What was searched, in words.
    pub(super) by: String,
    /// The parts of the access key; none for statements that are filed under nothing.
    pub(super) parts: Vec<PartDocument>,
    pub(super) result: &'static str,
    /// How many statements it led to.
    pub(super) found: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) blocks: Vec<BlockDocument>,
    pub(super) verified: Vec<StatementDocument>,
}

#[derive(Debug, Serialize)]
pub(super) struct PartDocument {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockDocument {
    pub(super) effect: &'static str,
    pub(super) statements: u32,
    pub(super) dimensions: Vec<DimensionDocument>,
    pub(super) candidates: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct DimensionDocument {
    #[serde(flatten)]
    pub(super) part: PartDocument,
    pub(super) left: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct StatementDocument {
    pub(super) statement: u32,
    pub(super) effect: &'static str,
    pub(super) applies: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u32>,
}

impl PlanDocument {
    /// `reason` is that of an explanation; the policies of `overlays` travel with the request.
    pub(super) fn new(plan: &Plan, reason: String, overlays: &[Layer], place: Place<'_>) -> PlanDocument {
        PlanDocument {
            principal: plan.principal.clone(),
            action: plan.action.clone(),
            resource: plan.resource.clone(),
            decision: plan.outcome.decision.as_str(),
            layer: plan.outcome.layer.map(Layer::as_str),
            reason,
            verified: plan.verified_count,
            statements: plan.statement_count,
            layers: plan.layers.iter().map(|entry| layer(entry, &plan.resource, overlays, place)).collect(),
            table_keys: plan.table_keys.clone(),
        }
    }
}

fn layer(entry: &LayerPlan, resource: &str, overlays: &[Layer], place: Place<'_>) -> LayerDocument {
    let unit = |unit: &UnitPlan| UnitDocument {
        unit: unit.unit,
        form: unit.form.as_str(),
        search: output::search(unit.form),
        statements: unit.statement_count,
        denies: unit.deny_count,
        lookups: unit.lookups.iter().map(|own| lookup(own, entry.layer, place)).collect(),
    };
    LayerDocument {
        layer: entry.layer.as_str(),
        level: entry.level,
        level_count: entry.level_count,
        policy_name: entry.layer.policy_name_on(resource),
        is_overlay: overlays.contains(&entry.layer),
        units: entry.units.iter().map(unit).collect(),
    }
}

fn lookup(lookup: &Lookup, layer: Layer, place: Place<'_>) -> LookupDocument {
    let parts = match &lookup.kind {
        LookupKind::Filed(parts) => parts.iter().map(part).collect(),
        LookupKind::Every | LookupKind::Unfiled => Vec::new(),
    };
    LookupDocument {
        by: lookup.kind.to_string(),
        parts,
        result: lookup.result.as_str(),
        found: lookup.found_count,
        blocks: lookup.blocks.iter().map(block).collect(),
        verified: lookup.verified.iter().map(|own| statement(own, layer, place)).collect(),
    }
}

fn part(part: &AccessPart) -> PartDocument {
    PartDocument { name: part.name.clone(), values: part.values.clone() }
}

fn block(block: &BlockPlan) -> BlockDocument {
    let dimensions = block.dimensions.iter().map(|own| DimensionDocument { part: part(&own.part), left: own.left_count });
    BlockDocument {
        effect: effect(block.effect),
        statements: block.statement_count,
        dimensions: dimensions.collect(),
        candidates: block.candidate_count,
    }
}

fn statement(verified: &VerifiedStatement, layer: Layer, place: Place<'_>) -> StatementDocument {
    let place = place(layer, verified.statement);
    let (line, column) = place.as_ref().map(|place| (place.line, place.column)).unzip();
    let (file, sid) = place.map(|place| (place.file, place.sid.filter(|sid| !sid.is_empty()))).unzip();
    StatementDocument {
        statement: verified.statement.0,
        effect: effect(verified.effect),
        applies: verified.applies,
        sid: sid.flatten(),
        file,
        line,
        column,
    }
}

pub(super) fn effect(effect: Effect) -> &'static str {
    if effect == Effect::Deny { "deny" } else { "allow" }
}
