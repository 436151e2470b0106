//! Asking one layer for an explanation: every statement, not only those that an index leads to.

use std::collections::HashSet;

use super::decode::{Record, each_record};
use super::explanation::{GrantKind, LayerAnswer, LayerExplanation, StatementExplanation};
use super::judge::{Distance, Judgement};
use super::{Detail, element, names};
use crate::artifact::Read;
use crate::engine::Evaluation;
use crate::engine::directory::UnitList;
use crate::engine::layers::{Ask, next_level};
use crate::engine::principal::Grant;
use crate::engine::unit::Findings;
use crate::iam::{Effect, Layer};

/// Collects what the layers say.
pub(super) struct Explainer {
    detail: Detail,
    pub(super) layers: Vec<LayerExplanation>,
    /// How the resource policy reaches the caller.
    pub(super) grant: Grant,
}

impl Explainer {
    pub(super) fn new(detail: Detail) -> Explainer {
        Explainer { detail, layers: Vec::new(), grant: Grant::None }
    }
}

impl<'a> Ask<'a> for Explainer {
    const ENDS_AT_DENY: bool = false;

    fn ask(
        &mut self,
        evaluation: &mut Evaluation<'a, '_>,
        layer: Layer,
        lists: impl IntoIterator<Item = UnitList>,
    ) -> Read<Findings> {
        let survey = Survey::of(evaluation, lists)?;
        let findings = survey.findings;
        let answer = match findings {
            Findings { deny: Some(_), .. } => LayerAnswer::Denies,
            Findings { allow: Some(_), .. } => LayerAnswer::Allows,
            _ => LayerAnswer::Silent,
        };
        let nearest = if findings.allow.is_some() { None } else { survey.nearest };
        let mut statements = Vec::new();
        for &(reference, distance, effect) in &survey.statements {
            let is_near_miss = effect == Effect::Allow && Some(distance) == nearest;
            if distance == APPLIES || is_near_miss || self.detail == Detail::All {
                statements.push(explain_statement(evaluation, reference, is_near_miss)?);
            }
        }
        let missing_keys =
            survey.missing_keys.iter().map(|&key| names::key(evaluation.view, key).map(str::to_owned)).collect::<Read<_>>()?;
        if layer == Layer::Resource {
            self.grant = findings.grant;
        }
        let (level, statement_count) = (next_level(layer, self.layers.iter().map(|entry| entry.layer)), survey.statements.len());
        self.layers.push(LayerExplanation { layer, level, answer, statement_count, statements, missing_keys });
        Ok(findings)
    }
}

/// The distance of a statement that applies.
const APPLIES: Distance = (false, 0);

/// What all statements of a layer say, without words.
#[derive(Default)]
struct Survey {
    findings: Findings,
    /// Record, distance and effect of each.
    statements: Vec<(u32, Distance, Effect)>,
    /// Of the Allows.
    nearest: Option<Distance>,
    /// Each once, in the order of first use.
    missing_keys: Vec<u32>,
    seen_keys: HashSet<u32>,
}

impl Survey {
    fn of(evaluation: &mut Evaluation<'_, '_>, lists: impl IntoIterator<Item = UnitList>) -> Read<Survey> {
        let mut survey = Survey::default();
        each_record(evaluation.view, lists, |reference, record| survey.add(evaluation, reference, &record))?;
        Ok(survey)
    }

    fn add<'a>(&mut self, evaluation: &mut Evaluation<'a, '_>, reference: u32, record: &Record<'a>) -> Read<()> {
        let judgement = Judgement::of(evaluation, record)?;
        for key in judgement.missing_keys(evaluation, record)? {
            if self.seen_keys.insert(key) {
                self.missing_keys.push(key);
            }
        }
        let distance = judgement.distance();
        self.statements.push((reference, distance, judgement.effect));
        if judgement.effect == Effect::Allow {
            self.nearest = Some(self.nearest.map_or(distance, |nearest| nearest.min(distance)));
        }
        if judgement.applies() {
            let findings = &mut self.findings;
            match judgement.effect {
                Effect::Deny if findings.deny.is_none() => findings.deny = Some(record.statement.0),
                Effect::Allow if judgement.grant > findings.grant => {
                    findings.grant = judgement.grant;
                    findings.allow = Some(record.statement.0);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn explain_statement(evaluation: &mut Evaluation<'_, '_>, reference: u32, is_near_miss: bool) -> Read<StatementExplanation> {
    let record = Record::read(evaluation.view, reference)?;
    let judgement = Judgement::of(evaluation, &record)?;
    Ok(StatementExplanation {
        statement: record.statement,
        effect: record.effect,
        place: element::place(evaluation.view, &record),
        applies: judgement.applies(),
        is_near_miss,
        grant: record.principal_set.and_then(|_| grant_kind(judgement.grant)),
        tests: element::tests(evaluation, &record, &judgement)?,
    })
}

/// The public name of a grant.
pub(super) fn grant_kind(grant: Grant) -> Option<GrantKind> {
    match grant {
        Grant::None => None,
        Grant::Account => Some(GrantKind::Account),
        Grant::Entity => Some(GrantKind::Entity),
        Grant::Direct => Some(GrantKind::Direct),
    }
}
