//! An explanation for people: the decision in one sentence, then what each layer says.

use std::io::{self, Write};

use clap::builder::styling::Style;

use ibc::engine::Explanation;
use ibc::engine::explain::{Detail, GrantKind, LayerAnswer, LayerExplanation, Place, StatementExplanation, TestExplanation};
use ibc::iam::{Effect, Layer};

use crate::output::{self, ERROR, FAINT, GOOD, WARNING};

/// Most statements of one kind that are shown of a layer, unless all are wanted.
const MAX_SHOWN: usize = 3;

/// Writes an explanation.
pub(super) fn write(out: &mut impl Write, explanation: &Explanation, detail: Detail) -> io::Result<()> {
    let decision = explanation.outcome.decision.as_str();
    let style = output::decision_style(decision);
    writeln!(out, "{style}{decision:<12}{style:#}  {}", explanation.action)?;
    writeln!(out, "              {FAINT}by{FAINT:#} {}", explanation.principal)?;
    writeln!(out, "              {FAINT}on{FAINT:#} {}", explanation.resource)?;
    writeln!(out, "              {}", explanation.reason())?;
    if !explanation.layers.is_empty() {
        writeln!(out)?;
    }
    let titles: Vec<String> = explanation.layers.iter().map(|entry| title(explanation, entry)).collect();
    let width = titles.iter().map(|title| title.chars().count()).max().unwrap_or(0);
    for (entry, title) in explanation.layers.iter().zip(&titles) {
        write_layer(out, explanation, entry, &format!("{title:<width$}"), detail)?;
    }
    Ok(())
}

/// `SCP, level 2 of 3`.
fn title(explanation: &Explanation, entry: &LayerExplanation) -> String {
    let name = explanation.policy_name(entry.layer);
    match entry.level {
        Some(level) => {
            let level_count = explanation.layers.iter().filter(|other| other.layer == entry.layer).count();
            format!("{name}, level {} of {level_count}", level + 1)
        }
        None => name.to_owned(),
    }
}

fn write_layer(
    out: &mut impl Write,
    explanation: &Explanation,
    entry: &LayerExplanation,
    title: &str,
    detail: Detail,
) -> io::Result<()> {
    let (style, answer) = match entry.answer {
        LayerAnswer::Denies => (ERROR, "denies"),
        LayerAnswer::Allows => (GOOD, "allows"),
        LayerAnswer::Silent => (WARNING, "does not allow"),
    };
    let statements = output::count(entry.statement_count, "statement", "statements");
    let grant = match explanation.grant {
        Some(grant) if entry.layer == Layer::Resource => format!(", {}", reach(grant)),
        _ => String::new(),
    };
    writeln!(out, "  {title}  {style}{answer}{style:#}{grant} {FAINT}({statements}){FAINT:#}")?;
    match detail {
        Detail::All => entry.statements.iter().try_for_each(|statement| write_in_full(out, statement))?,
        Detail::Relevant => {
            let is = |effect| move |statement: &&StatementExplanation| statement.applies && statement.effect == effect;
            write_some(out, "deny", ERROR, entry.statements.iter().filter(is(Effect::Deny)))?;
            write_some(out, "allow", GOOD, entry.statements.iter().filter(is(Effect::Allow)))?;
            write_some(out, "near miss", WARNING, entry.near_misses())?;
        }
    }
    if !entry.missing_keys.is_empty() {
        let keys: Vec<String> = entry.missing_keys.iter().map(|key| format!("`{key}`")).collect();
        writeln!(out, "    {FAINT}{:<9}{FAINT:#}  {}", "absent", keys.join(", "))?;
    }
    Ok(())
}

fn reach(grant: GrantKind) -> &'static str {
    match grant {
        GrantKind::Direct => "naming this very caller",
        GrantKind::Entity => "naming the user or role behind the session",
        GrantKind::Account => "naming the account, whose own policies decide",
    }
}

/// The first statements of a kind, with what they rest on or lack.
fn write_some<'s>(
    out: &mut impl Write,
    label: &str,
    style: Style,
    statements: impl Iterator<Item = &'s StatementExplanation>,
) -> io::Result<()> {
    let mut more_count = 0;
    for (index, statement) in statements.enumerate() {
        if index >= MAX_SHOWN {
            more_count += 1;
            continue;
        }
        writeln!(out, "    {style}{label:<9}{style:#}  {}", heading(statement))?;
        let lines: Vec<String> = match statement.applies {
            true => statement.conditions().map(TestExplanation::fact).collect(),
            false => statement.failed().map(TestExplanation::mismatch).collect(),
        };
        lines.iter().try_for_each(|line| writeln!(out, "               {line}"))?;
    }
    match more_count {
        0 => Ok(()),
        _ => writeln!(out, "    {FAINT}{:<9}  and {} more, see --all{FAINT:#}", "", output::grouped(more_count)),
    }
}

/// A statement with every test.
fn write_in_full(out: &mut impl Write, statement: &StatementExplanation) -> io::Result<()> {
    let effect = if statement.effect == Effect::Deny { "deny" } else { "allow" };
    let style = match (statement.applies, statement.effect) {
        (false, _) => FAINT,
        (true, Effect::Deny) => ERROR,
        (true, Effect::Allow) => GOOD,
    };
    writeln!(out, "    {style}{effect:<9}{style:#}  {}", heading(statement))?;
    for test in &statement.tests {
        match test.holds {
            true => writeln!(out, "             {GOOD}+{GOOD:#} {}", test.fact())?,
            false => writeln!(out, "             {ERROR}-{ERROR:#} {}", test.mismatch())?,
        }
    }
    Ok(())
}

/// `` `Sid` file:line:column ``.
fn heading(statement: &StatementExplanation) -> String {
    match &statement.place {
        Some(Place { file, start: (line, column), sid, .. }) => {
            let sid = sid.as_ref().map(|sid| format!("`{sid}` ")).unwrap_or_default();
            format!("{sid}{FAINT}{file}:{line}:{column}{FAINT:#}")
        }
        None => format!("statement {}", statement.statement.0),
    }
}
