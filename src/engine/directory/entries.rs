//! All that the directory lists, for whoever must see it instead of looking one name up.

use std::collections::BTreeSet;

use super::{AccountRecord, Directory, UnitList, list, resource_records};
use crate::artifact::{Damaged, Read, Section, View, string_map, word};
use crate::engine::contents::Budget;

impl Directory {
    /// The records of all principals, each once: a role is listed by its own ARN, and by what its sessions' begin with.
    pub(in crate::engine) fn principal_records(self, view: View<'_>, budget: &mut Budget) -> Read<BTreeSet<u32>> {
        let mut records = BTreeSet::new();
        each_entry(view, self.principals, budget, |_, record| {
            records.insert(record);
            Ok(())
        })?;
        Ok(records)
    }

    /// Every account that has guard rails of its own, or is the management account.
    pub(in crate::engine) fn each_account<'a>(
        self,
        view: View<'a>,
        budget: &mut Budget,
        mut take: impl FnMut(&'a str, AccountRecord) -> Read<()>,
    ) -> Read<()> {
        each_entry(view, self.accounts, budget, |id, reference| {
            let mut record = view.cursor(Section::Directory, reference)?;
            take(id, AccountRecord { is_management: record.u32()? != 0, guardrails: record.u32()? })
        })
    }

    /// Every VPC endpoint that has policies.
    pub(in crate::engine) fn each_endpoint<'a>(
        self,
        view: View<'a>,
        budget: &mut Budget,
        mut take: impl FnMut(&'a str, UnitList) -> Read<()>,
    ) -> Read<()> {
        each_entry(view, self.endpoints, budget, |id, units| take(id, list(units).ok_or(Damaged)?))
    }

    /// Every resource that has a policy and is named in full.
    pub(in crate::engine) fn each_exact_resource<'a>(
        self,
        view: View<'a>,
        budget: &mut Budget,
        mut take: impl FnMut(&'a str, UnitList) -> Read<()>,
    ) -> Read<()> {
        each_entry(view, self.exact_resources, budget, |arn, units| take(arn, list(units).ok_or(Damaged)?))
    }

    /// Every pattern of resources that have a policy: a reference of its text.
    pub(in crate::engine) fn each_resource_pattern(
        self,
        view: View<'_>,
        budget: &mut Budget,
        mut take: impl FnMut(u32, UnitList) -> Read<()>,
    ) -> Read<()> {
        let records = resource_records(&mut view.cursor(Section::Directory, self.resource_patterns)?)?;
        budget.charge(records.as_flattened().len())?;
        records.iter().try_for_each(|record| take(word(record, 0), list(word(record, 2)).ok_or(Damaged)?))
    }
}

fn each_entry<'a>(view: View<'a>, map: u32, budget: &mut Budget, mut take: impl FnMut(&'a str, u32) -> Read<()>) -> Read<()> {
    let entries = string_map::entries(view.from(Section::Directory, map)?)?;
    budget.charge(entries.slots_size())?;
    for entry in entries {
        let (text, value) = entry?;
        budget.charge(text.len())?;
        take(std::str::from_utf8(text).map_err(|_| Damaged)?, value)?;
    }
    Ok(())
}
