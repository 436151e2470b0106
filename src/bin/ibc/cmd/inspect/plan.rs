//! A plan for people: layers, units, lookups, and what was verified.

use std::collections::HashSet;
use std::io::{self, Write};

use ibc::iam::Decision;

use super::plan_json::{LayerDocument, LookupDocument, PartDocument, PlanDocument, StatementDocument, UnitDocument};
use crate::output::{self, FAINT, GOOD};

/// Most verified statements that are shown of a lookup.
const MAX_SHOWN: usize = 8;

/// Writes a plan.
pub(super) fn write(out: &mut impl Write, plan: &PlanDocument) -> io::Result<()> {
    let style = output::decision_style(plan.decision);
    writeln!(out, "{style}{:<12}{style:#}  {}", plan.decision, plan.action)?;
    writeln!(out, "              {FAINT}by{FAINT:#} {}", plan.principal)?;
    writeln!(out, "              {FAINT}on{FAINT:#} {}", plan.resource)?;
    let statements = output::count(plan.statements as usize, "statement", "statements");
    let verified = output::grouped(plan.verified as usize);
    let twice = if asks_a_unit_twice(plan) { "; of a unit that several levels ask they count each time" } else { "" };
    writeln!(out, "              {}", plan.reason)?;
    if plan.decision == Decision::ExplicitDeny.as_str() {
        writeln!(out, "              after a Deny nothing is asked")?;
    }
    writeln!(out, "              {verified} of {statements} verified: looked at, as no index rules them out{twice}")?;
    if !plan.table_keys.is_empty() {
        let keys: Vec<String> = plan.table_keys.iter().map(|key| format!("`{key}`")).collect();
        writeln!(out, "              one look answers all tests that statements share of each of {}", keys.join(", "))?;
    }
    for layer in &plan.layers {
        writeln!(out, "\n  {}", title(layer))?;
        if layer.units.is_empty() {
            writeln!(out, "    {FAINT}no policies{FAINT:#}")?;
        }
        layer.units.iter().try_for_each(|unit| write_unit(out, unit))?;
    }
    Ok(())
}

/// `SCP, level 1 of 2`, as an explanation has it.
fn title(layer: &LayerDocument) -> String {
    match (layer.level, layer.level_count) {
        (Some(level), Some(level_count)) => format!("{}, level {} of {level_count}", layer.policy_name, level + 1),
        _ if layer.is_overlay => format!("{} of the request, an artifact of its own", layer.policy_name),
        _ => layer.policy_name.to_owned(),
    }
}

/// Whether a unit of guard rails is in several levels.
fn asks_a_unit_twice(plan: &PlanDocument) -> bool {
    let mut seen = HashSet::new();
    let levels = plan.layers.iter().filter(|layer| layer.level.is_some());
    levels.flat_map(|layer| &layer.units).any(|unit| !seen.insert(unit.unit))
}

fn write_unit(out: &mut impl Write, unit: &UnitDocument) -> io::Result<()> {
    let statements = output::count(unit.statements as usize, "statement", "statements");
    writeln!(out, "    unit {}: {statements}, {} deny, {}", unit.unit, output::grouped(unit.denies as usize), unit.search)?;
    unit.lookups.iter().try_for_each(|lookup| write_lookup(out, lookup))
}

fn write_lookup(out: &mut impl Write, lookup: &LookupDocument) -> io::Result<()> {
    let by = match lookup.parts.as_slice() {
        [] => lookup.by.clone(),
        parts => parts.iter().map(part).collect::<Vec<_>>().join(" and "),
    };
    let found = match lookup.result {
        "found" => output::count(lookup.found as usize, "statement", "statements"),
        "notFound" => "nothing".to_owned(),
        "noValue" => "not looked up, the request has no value".to_owned(),
        "otherActions" => "not looked up, nothing there is about this action".to_owned(),
        _ => "not looked up, an Allow is found and no Deny is there".to_owned(),
    };
    writeln!(out, "      {by}: {found}")?;
    for block in &lookup.blocks {
        write!(out, "        {} {}", output::grouped(block.statements as usize), block.effect)?;
        for dimension in &block.dimensions {
            write!(out, ", {} leaves {}", part(&dimension.part), output::grouped(dimension.left as usize))?;
        }
        writeln!(out, ": {} to verify, until one decides", output::grouped(block.candidates as usize))?;
    }
    lookup.verified.iter().take(MAX_SHOWN).try_for_each(|statement| write_statement(out, statement))?;
    match lookup.verified.len().saturating_sub(MAX_SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "        {FAINT}and {} more, see --format json{FAINT:#}", output::grouped(more)),
    }
}

/// `` value of aws:PrincipalTag/team = `red` ``.
fn part(part: &PartDocument) -> String {
    if part.values.is_empty() {
        return part.name.clone();
    }
    let values: Vec<String> = part.values.iter().map(|value| format!("`{value}`")).collect();
    format!("{} = {}", part.name, values.join(", "))
}

fn write_statement(out: &mut impl Write, statement: &StatementDocument) -> io::Result<()> {
    let place = match (&statement.file, statement.line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        _ => format!("statement {}", statement.statement),
    };
    let sid = statement.sid.as_ref().map(|sid| format!(" `{sid}`")).unwrap_or_default();
    let (style, answer) = if statement.applies { (GOOD, "applies") } else { (FAINT, "does not apply") };
    writeln!(out, "        {style}{answer:<14}{style:#}  {:<5}  {place}{sid}", statement.effect)
}
