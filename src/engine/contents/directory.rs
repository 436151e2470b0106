//! Who and what has policies.

use std::collections::BTreeMap;

use super::attachments::Attachments;
use super::budget::Texts;
use super::{AccountContents, Budget, Contents, PrincipalContents};
use crate::artifact::unit_code::UNIT_SIZE;
use crate::artifact::{Read, Section, View, word};
use crate::engine::directory::{AccountRecord, Directory, UnitList};
use crate::iam::Layer;

/// Everything in the directory.
#[derive(Default)]
pub(super) struct Holders<'a> {
    /// Without what only statements and units tell.
    pub(super) contents: Contents<'a>,
    pub(super) attachments: Attachments<'a>,
}

/// Reads the directory. Attachments name `preferred`, where it is one of several.
pub(super) fn read_holders<'a>(view: View<'a>, directory: Directory, preferred: Option<&'a str>) -> Read<Holders<'a>> {
    let size = view.size(Section::Directory) as usize + view.size(Section::Strings) as usize;
    let mut reader = Reader {
        view,
        directory,
        budget: Budget::new(size),
        texts: Texts::default(),
        counts: BTreeMap::new(),
        holders: Holders { contents: Contents::default(), attachments: Attachments::preferring(preferred) },
    };
    reader.everyone()?;
    reader.principals()?;
    reader.accounts()?;
    reader.resources()?;
    Ok(reader.holders)
}

struct Reader<'a> {
    view: View<'a>,
    directory: Directory,
    budget: Budget,
    texts: Texts<'a>,
    /// How many statements the lists have that were read: principals with the same policies share one.
    counts: BTreeMap<UnitList, u64>,
    holders: Holders<'a>,
}

impl<'a> Reader<'a> {
    fn everyone(&mut self) -> Read<()> {
        if let Some(everyone) = self.directory.everyone() {
            self.holders.contents.everyone_statement_count = Some(self.attach(everyone, Layer::Identity, None)?);
        }
        if let Some(boundary) = self.directory.everyone_boundary() {
            self.attach(boundary, Layer::Boundary, None)?;
            self.holders.contents.everyone_has_boundary = true;
        }
        let others = self.directory.account(self.view, None)?;
        self.guardrails(others, None)?;
        Ok(())
    }

    fn principals(&mut self) -> Read<()> {
        let view = self.view;
        for reference in self.directory.principal_records(view, &mut self.budget)? {
            let record = self.directory.principal(view, reference)?;
            let arn = self.texts.text(record.names.arn()?, &mut self.budget)?;
            let unique_id = record.names.unique_id()?.map(|id| self.texts.text(id, &mut self.budget)).transpose()?;
            let statement_count = self.attach(record.identity, Layer::Identity, Some(arn))?;
            if let Some(boundary) = record.boundary {
                self.attach(boundary, Layer::Boundary, Some(arn))?;
            }
            let mut tags = Vec::new();
            if let Some(mut pairs) = record.tags.map(|tags| tags.pairs) {
                self.budget.charge(pairs.rest().len())?;
                while !pairs.is_empty() {
                    let (key, value) = (view.string(pairs.u32()?)?, view.string(pairs.u32()?)?);
                    tags.push((self.texts.text(key, &mut self.budget)?, self.texts.text(value, &mut self.budget)?));
                }
            }
            let has_boundary = record.boundary.is_some();
            let principal = PrincipalContents { arn, unique_id, statement_count, has_boundary, tags };
            self.holders.contents.principals.push(principal);
        }
        self.holders.contents.principals.sort_by(|a, b| a.arn.cmp(b.arn));
        Ok(())
    }

    fn accounts(&mut self) -> Read<()> {
        let mut accounts = Vec::new();
        self.directory.each_account(self.view, &mut self.budget, |id, record| {
            accounts.push((id, record));
            Ok(())
        })?;
        accounts.sort_by_key(|&(id, _)| id);
        for (id, record) in accounts {
            let (scp_level_count, rcp_level_count) = self.guardrails(record, Some(id))?;
            let account = AccountContents { id, is_management: record.is_management, scp_level_count, rcp_level_count };
            self.holders.contents.accounts.push(account);
        }
        Ok(())
    }

    /// The numbers of SCP and RCP levels.
    fn guardrails(&mut self, account: AccountRecord, id: Option<&'a str>) -> Read<(u32, u32)> {
        let mut counts = (0, 0);
        for level in account.scp_levels(self.view)? {
            self.budget.charge(4)?;
            self.attach(level, Layer::Scp, id)?;
            counts.0 += 1;
        }
        for level in account.rcp_levels(self.view)? {
            self.budget.charge(4)?;
            self.attach(level, Layer::Rcp, id)?;
            counts.1 += 1;
        }
        Ok(counts)
    }

    fn resources(&mut self) -> Read<()> {
        let (view, directory) = (self.view, self.directory);
        let mut exact = Vec::new();
        directory.each_exact_resource(view, &mut self.budget, |arn, units| {
            exact.push((arn, units));
            Ok(())
        })?;
        let mut references = Vec::new();
        directory.each_resource_pattern(view, &mut self.budget, |pattern, units| {
            references.push((pattern, units));
            Ok(())
        })?;
        let mut patterns = Vec::new();
        for (pattern, units) in references {
            patterns.push((self.texts.text(view.string(pattern)?, &mut self.budget)?, units));
        }
        let mut endpoints = Vec::new();
        directory.each_endpoint(view, &mut self.budget, |id, units| {
            endpoints.push((id, units));
            Ok(())
        })?;
        self.holders.contents.exact_resources = self.attach_all(exact, Layer::Resource)?;
        self.holders.contents.resource_patterns = self.attach_all(patterns, Layer::Resource)?;
        self.holders.contents.endpoints = self.attach_all(endpoints, Layer::Endpoint)?;
        Ok(())
    }

    fn attach_all(&mut self, mut holders: Vec<(&'a str, UnitList)>, layer: Layer) -> Read<Vec<&'a str>> {
        holders.sort();
        holders
            .into_iter()
            .map(|(name, units)| {
                self.attach(units, layer, Some(name))?;
                Ok(name)
            })
            .collect()
    }

    /// Attaches a list, and counts the statements of its units.
    fn attach(&mut self, list: UnitList, layer: Layer, name: Option<&'a str>) -> Read<u64> {
        self.holders.attachments.add(list, layer, name);
        if let Some(&count) = self.counts.get(&list) {
            return Ok(count);
        }
        // A list of one unit takes no bytes but those that say so.
        let unit_size = if list.only().is_some() { 0 } else { 4 };
        let mut count = 0;
        for unit in list.units(self.view)? {
            self.budget.charge(unit_size)?;
            let record: &[u8; UNIT_SIZE] = self.view.record(Section::Units, unit)?;
            count += u64::from(word(record, 2));
        }
        self.counts.insert(list, count);
        Ok(count)
    }
}
