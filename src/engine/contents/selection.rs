//! The statements behind something.

use std::collections::BTreeMap;

use super::attachments::{Attachment, merge};
use super::directory::read_holders;
use super::statements::{self, ActionMatches, Names};
use super::{Budget, StatementId};
use crate::artifact::{Damaged, Read, Section, View};
use crate::engine::directory::Directory;
use crate::engine::explain::names;
use crate::iam::{Effect, Principal};

/// Which statements to list: those that satisfy every part. The default is all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'q> {
    /// Their `Action` or `NotAction` matches this action.
    pub action: Option<&'q str>,
    /// They ask for this context key, by a condition or a policy variable. A text without colon is a tag key: any key that ends
    /// with it after a slash.
    pub key: Option<&'q str>,
    /// They are in this principal's identity-based policies or boundary, or in everyone's.
    pub principal: Option<Principal<'q>>,
}

/// A statement of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundStatement<'a> {
    /// Names it; see [`statement_place`](crate::Artifact::statement_place).
    pub statement: StatementId,
    /// What it says.
    pub effect: Effect,
    /// What its units are attached to, one entry for each layer and for everyone. Empty if they are attached to nothing.
    pub attachments: Vec<Attachment<'a>>,
}

/// Finds the statements of a selection.
pub(super) fn find<'a>(view: View<'a>, directory: Directory, selection: &Selection<'_>) -> Read<Vec<FoundStatement<'a>>> {
    let mut budget = Budget::new(view.size(Section::Directory) as usize);
    let preferred = selection.principal.map(|principal| known_arn(view, directory, &principal)).transpose()?.flatten();
    let attachments = read_holders(view, directory, preferred)?.attachments.of_units(view, &mut budget)?;
    let units: Vec<u32> = match &selection.principal {
        Some(principal) => principal_units(view, directory, principal)?,
        None => (0..view.count(Section::UnitStatements)).collect(),
    };
    let mut matches = selection.action.map(|action| ActionMatches::new(view, action));
    let key_is_wanted = selection.key.map(|key| wanted_keys(view, key)).transpose()?;
    let mut names = Names::new(view);
    let mut found: BTreeMap<StatementId, FoundStatement<'a>> = BTreeMap::new();
    statements::each_record(view, units, |unit, record| {
        if let Some(matches) = &mut matches
            && !matches.matches(view, record.action_set)?
        {
            return Ok(());
        }
        if let Some(is_wanted) = &key_is_wanted
            && !names.keys(&record)?.into_iter().any(|key| is_wanted.get(key as usize) == Some(&true))
        {
            return Ok(());
        }
        let (statement, effect) = (record.statement, record.effect);
        let own = found.entry(statement).or_insert_with(|| FoundStatement { statement, effect, attachments: Vec::new() });
        attachments.get(&unit).into_iter().flatten().for_each(|&attachment| merge(&mut own.attachments, attachment, preferred));
        Ok(())
    })?;
    Ok(found.into_values().collect())
}

/// The ARN that a principal has in the artifact.
fn known_arn<'a>(view: View<'a>, directory: Directory, principal: &Principal<'_>) -> Read<Option<&'a str>> {
    let Some(record) = directory.find_principal(view, principal)? else { return Ok(None) };
    std::str::from_utf8(directory.principal(view, record)?.names.arn()?).map(Some).map_err(|_| Damaged)
}

/// The units that a principal is asked in, each once.
fn principal_units(view: View<'_>, directory: Directory, principal: &Principal<'_>) -> Read<Vec<u32>> {
    let record = directory.find_principal(view, principal)?;
    let known = record.map(|record| directory.principal(view, record)).transpose()?;
    let boundary = known.and_then(|known| known.boundary).or(directory.everyone_boundary());
    let lists = [directory.everyone(), known.map(|known| known.identity), boundary];
    let mut units = Vec::new();
    for list in lists.into_iter().flatten() {
        units.extend(list.units(view)?);
    }
    units.sort_unstable();
    units.dedup();
    Ok(units)
}

/// Of each key of the artifact, whether it is meant.
fn wanted_keys(view: View<'_>, wanted: &str) -> Read<Vec<bool>> {
    let is_wanted = |name: &[u8]| {
        let name = if wanted.contains(':') { Some(name) } else { name.splitn(2, |&byte| byte == b'/').nth(1) };
        name.is_some_and(|name| name.eq_ignore_ascii_case(wanted.as_bytes()))
    };
    (0..view.count(Section::Keys)).map(|key| names::folded_key(view, key).map(is_wanted)).collect()
}
