//! What is inside an artifact, for people.

use std::io::{self, Write};

use super::contents_json::{AccountDocument, ContentsDocument, PrincipalDocument, UnitsDocument, UseDocument};
use super::{indexes, sections};
use crate::output::{count, grouped};

/// Most entries that are shown of a list; JSON has them all.
const MAX_SHOWN: usize = 10;

/// Writes sections and contents.
pub(super) fn write(out: &mut impl Write, name: &str, contents: &ContentsDocument<'_>) -> io::Result<()> {
    writeln!(out, "{name}: format version {}, {} bytes", contents.format_version, grouped(contents.bytes))?;
    sections::write(out, &contents.sections, contents.bytes)?;

    let statements = count(contents.statements as usize, "statement", "statements");
    writeln!(out, "\n{statements}, {} deny", grouped(contents.denies as usize))?;
    if contents.left_out > 0 {
        writeln!(out, "{}", left_out(contents.left_out))?;
    }
    write_units(out, &contents.units)?;
    indexes::write(out, &contents.indexes, contents.units.index)?;

    writeln!(out, "\n{}", count(contents.principals.len(), "principal", "principals"))?;
    write_list(out, &contents.principals, principal)?;
    if let Some(statements) = contents.everyone {
        writeln!(out, "  everyone: {}", statement_count(statements))?;
    }
    if contents.everyone_has_boundary {
        writeln!(out, "  everyone without a boundary of its own: a boundary")?;
    }
    write_block(out, count(contents.accounts.len(), "account", "accounts"), &contents.accounts, account)?;
    let resources = count(contents.resources.len() + contents.resource_patterns.len(), "resource", "resources");
    let resources = format!(
        "{resources} with a policy: {} exact, {}",
        grouped(contents.resources.len()),
        count(contents.resource_patterns.len(), "pattern", "patterns")
    );
    let names: Vec<&str> = contents.resources.iter().chain(&contents.resource_patterns).copied().collect();
    write_block(out, resources, &names, |name| (*name).to_owned())?;
    let endpoints = count(contents.endpoints.len(), "VPC endpoint", "VPC endpoints");
    write_block(out, endpoints, &contents.endpoints, |id| (*id).to_owned())?;
    write_block(out, count(contents.keys.len(), "context key", "context keys"), &contents.keys, usage)?;
    let services = count(contents.services.len(), "service that statements name", "services that statements name");
    write_block(out, format!("{services}, be it by `NotAction`"), &contents.services, usage)
}

/// What there is to say of statements that are not in the artifact.
pub(super) fn left_out(number: usize) -> String {
    let statements = count(number, "statement of the policies is", "statements of the policies are");
    format!(
        "{statements} not in the artifact: others say the same or more, or no request matches; `ibc build --stats json` lists them"
    )
}

/// How many units there are, and of each kind some, what it means.
fn write_units(out: &mut impl Write, units: &UnitsDocument) -> io::Result<()> {
    let all = count(units.count as usize, "unit", "units");
    writeln!(out, "\n{all}: statements that are attached together, and that a decision searches together")?;
    let lines = [
        (units.list, "looked through: a statement or two, each of which is looked at"),
        (units.small, "searched by one value: up to 16 statements, found by the value of one context key"),
        (units.action, "searched by action: up to 16 statements, found by the action that is asked for"),
        (units.index, "searched by access keys: statements are filed under parts of a request, such as the value of a tag"),
    ];
    let mut lines = lines.into_iter().filter(|&(number, _)| number > 0);
    lines.try_for_each(|(number, what)| writeln!(out, "  {} {what}", grouped(number as usize)))?;
    let holders = [
        (units.own, "attached to one principal, account level or resource, or to everyone"),
        (units.shared, "attached to several: they share its statements"),
    ];
    let holders = holders.into_iter().filter(|&(number, _)| number > 0);
    let holders: Vec<String> = holders.map(|(number, what)| format!("{} {what}", grouped(number as usize))).collect();
    if holders.is_empty() { Ok(()) } else { writeln!(out, "  of all, {}", holders.join("; ")) }
}

/// A heading and a list; nothing, if the list is empty.
fn write_block<T>(out: &mut impl Write, heading: String, entries: &[T], line: impl Fn(&T) -> String) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    write_list(out, entries, line)
}

fn write_list<T>(out: &mut impl Write, entries: &[T], line: impl Fn(&T) -> String) -> io::Result<()> {
    entries.iter().take(MAX_SHOWN).try_for_each(|entry| writeln!(out, "  {}", line(entry)))?;
    match entries.len().saturating_sub(MAX_SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "  and {} more", grouped(more)),
    }
}

fn principal(principal: &PrincipalDocument<'_>) -> String {
    let mut line = format!("{}: {}", principal.arn, statement_count(principal.statements));
    if principal.has_boundary {
        line.push_str(", a boundary");
    }
    if let Some(id) = principal.unique_id {
        line.push_str(", unique id ");
        line.push_str(id);
    }
    for tag in &principal.tags {
        line.push_str(&format!(", {} = {}", tag.key, tag.value));
    }
    line
}

fn account(account: &AccountDocument<'_>) -> String {
    let levels = |number: u32, kind: &str| count(number as usize, &format!("{kind} level"), &format!("{kind} levels"));
    let management = if account.is_management { ", management account" } else { "" };
    format!("{}: {}, {}{management}", account.id, levels(account.scp_levels, "SCP"), levels(account.rcp_levels, "RCP"))
}

fn usage(usage: &UseDocument<'_>) -> String {
    format!("{}: {}", usage.name, statement_count(u64::from(usage.statements)))
}

fn statement_count(number: u64) -> String {
    count(number as usize, "statement", "statements")
}
