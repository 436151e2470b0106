//! The way of one decision through the indexes, written down.
//!
//! Where [`explain`](super::explain) says why a request is decided as it is, a [`Plan`] says how: which layers were asked, by which
//! access keys each unit was searched and with which values of the request, how many statements that led to, how blocks narrowed
//! them, and which were verified at last. For whoever wonders why a decision takes as long as it does.
//!
//! One worked example. A unit has 1,000 statements, filed under the value of `imagebuilder:ResourceTag/team`. The request says
//! `red`: one [`Lookup`] by that key, with the value `red`, finds one statement; it is verified, and it applies. The other 999 were
//! never looked at.
//!
//! The plan comes from the code that decides: [`Planner`] asks the layers as a decision does, and watches ([`watch`](super::watch)).

mod read;
mod step;

pub(in crate::engine) use read::{dimension_name, part_name};
pub use step::{
    AccessPart, BlockPlan, DimensionPlan, LayerPlan, Lookup, LookupKind, LookupResult, Plan, UnitForm, UnitPlan,
    VerifiedStatement,
};

use super::directory::UnitList;
use super::layers::{Ask, Layers, next_level, owner_account};
use super::unit::Findings;
use super::watch::Step;
use super::{Engine, Evaluation, Overlay};
use crate::artifact::unit_code::UNIT_SIZE;
use crate::artifact::{Damaged, Read, Section, word};
use crate::iam::Layer;
use crate::request::Request;

impl<B: AsRef<[u8]>> Engine<B> {
    /// Decides a request, and says which way the decision took.
    ///
    /// Of a request that cannot be decided, and of a damaged artifact, the plan ends where the decision does.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn plan<O: AsRef<[u8]>>(&self, request: &Request<'_>, overlay: &Overlay<'_, O>) -> Plan {
        let mut scratch = self.scratch();
        let outcome = self.decide_with(request, overlay, &mut scratch);
        let mut plan = Plan {
            principal: request.principal.name.to_owned(),
            action: request.action.to_owned(),
            resource: request.resource.to_owned(),
            outcome,
            verified_count: scratch.verified(),
            statement_count: 0,
            layers: Vec::new(),
            table_keys: Vec::new(),
        };
        if Self::refuses(request, overlay) {
            return plan;
        }
        let mut planner = Planner { layers: Vec::new() };
        // What fails to be read ended the decision as well.
        let _ = self.with_layers(request, overlay, &mut scratch, |layers| {
            let _ = layers.decide_by(&mut planner);
            for entry in &mut planner.layers {
                entry.level_count = level_count(layers, entry.layer)?;
            }
            let evaluations = [Some(&*layers.base), layers.session.as_deref(), layers.endpoint.as_deref()];
            for evaluation in evaluations.into_iter().flatten() {
                plan.table_keys.extend(read::table_keys(evaluation)?);
            }
            Ok(())
        });
        plan.table_keys.sort_unstable();
        plan.table_keys.dedup();
        plan.layers = planner.layers;
        let units = plan.layers.iter().flat_map(|layer| &layer.units);
        plan.statement_count = units.map(|unit| u64::from(unit.statement_count)).sum();
        plan
    }
}

/// Asks as a decision does, and takes down the way.
struct Planner {
    layers: Vec<LayerPlan>,
}

impl<'a> Ask<'a> for Planner {
    const ENDS_AT_DENY: bool = true;

    fn ask(
        &mut self,
        evaluation: &mut Evaluation<'a, '_>,
        layer: Layer,
        lists: impl IntoIterator<Item = UnitList>,
    ) -> Read<Findings> {
        let level = next_level(layer, self.layers.iter().map(|entry| entry.layer));
        self.layers.push(LayerPlan { layer, level, level_count: None, units: Vec::new() });
        let units = self.layers.last_mut().map(|entry| &mut entry.units).ok_or(Damaged)?;
        let mut findings: Findings<Vec<Step>> = Findings::default();
        for list in lists {
            let is_alone = list.only().is_some();
            let list = list.units(evaluation.view)?;
            for unit in list {
                findings.watcher.clear();
                let answer = evaluation.ask(unit, is_alone, &mut findings);
                units.push(unit_plan(evaluation, unit, &findings.watcher)?);
                answer?;
                if findings.deny.is_some() {
                    break;
                }
            }
            if findings.deny.is_some() {
                break;
            }
        }
        let Findings { deny, grant, allow, .. } = findings;
        Ok(Findings { deny, grant, allow, ..Findings::default() })
    }
}

/// How many levels of guard rails of a kind there are about the request: RCPs of the resource's account, SCPs of the caller's.
fn level_count(layers: &Layers<'_, '_, '_>, layer: Layer) -> Read<Option<u32>> {
    let view = layers.base.view;
    let account = |id| layers.directory.account(view, id);
    let count = match layer {
        Layer::Rcp => account(owner_account(layers.request, layers.resource))?.rcp_levels(view)?.count(),
        Layer::Scp => account(layers.request.principal.account())?.scp_levels(view)?.count(),
        _ => return Ok(None),
    };
    Ok(u32::try_from(count).ok())
}

fn unit_plan(evaluation: &mut Evaluation<'_, '_>, unit: u32, steps: &[Step]) -> Read<UnitPlan> {
    let record: &[u8; UNIT_SIZE] = evaluation.view.record(Section::Units, unit)?;
    let form = UnitForm::from_code(word(record, 1)).ok_or(Damaged)?;
    let lookups = read::lookups(evaluation, form, steps)?;
    Ok(UnitPlan { unit, form, statement_count: word(record, 2), deny_count: word(record, 3), lookups })
}
