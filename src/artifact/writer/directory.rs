//! Who has which policies.
//!
//! ```text
//! root       everyone list, everyone boundary list, any-account guard rails, principal map, account map, endpoint map,
//!            exact resource map, resource groups: each u32
//! list       count u32, unit ids u32; NO_LIST where there is none
//! guards     SCP level count u32, RCP level count u32, then their lists
//! principal  arn string, unique id string or NONE, identity list, boundary list, tag count (and SERVICE_LINKED): each u32; tags { folded key string u32, value string u32 }
//! account    is management u32, guard rails u32
//! groups     count u32, { literal prefix length u32, map u32 }, longest first
//! pattern    pattern string u32, unit list u32, next pattern of the same prefix u32 or NONE
//! ```

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Sections;
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::engine::directory_code::{NONE, ROOT_SIZE, SERVICE_LINKED};
use crate::iam::arn::Arn;
use crate::iam::is_service_linked_role;
use crate::ir::{Account, Guardrails, Principal, Program, Resource, UnitIds};

/// Writes the section.
pub(super) fn write(program: &Program, sections: &mut Sections) {
    let directory = &program.directory;
    let mut writer = Writer { bytes: vec![0; ROOT_SIZE], lists: IndexMap::default() };
    let root = [
        writer.list(&directory.everyone),
        writer.optional_list(directory.everyone_boundary.as_ref()),
        writer.guardrails(&directory.any_account),
        writer.principals(&directory.principals, sections),
        writer.accounts(&directory.accounts, sections),
        writer.endpoints(&directory.endpoints, sections),
        writer.exact_resources(&directory.resources, sections),
        writer.resource_groups(&directory.resources, sections),
    ];
    for (slot, reference) in writer.bytes.chunks_exact_mut(4).zip(root) {
        slot.copy_from_slice(&reference.to_le_bytes());
    }
    *sections.of(Section::Directory) = writer.bytes;
    sections.set_count(Section::Directory, directory.principals.len());
}

struct Writer {
    bytes: Vec<u8>,
    /// Equal lists are stored once: principals with the same policies share one.
    lists: IndexMap<UnitIds, u32, Xxh3DefaultBuilder>,
}

impl Writer {
    fn end(&self) -> u32 {
        self.bytes.len() as u32
    }

    fn list(&mut self, units: &UnitIds) -> u32 {
        if let Some(&reference) = self.lists.get(units) {
            return reference;
        }
        let reference = self.end();
        self.bytes.put_u32(units.len() as u32);
        units.iter().for_each(|unit| self.bytes.put_u32(unit.0));
        self.lists.insert(units.clone(), reference);
        reference
    }

    fn optional_list(&mut self, units: Option<&UnitIds>) -> u32 {
        units.map_or(NONE, |units| self.list(units))
    }

    fn guardrails(&mut self, guardrails: &Guardrails) -> u32 {
        let lists: Vec<u32> = guardrails.scp.iter().chain(&guardrails.rcp).map(|level| self.list(level)).collect();
        let reference = self.end();
        self.bytes.put_u32(guardrails.scp.len() as u32);
        self.bytes.put_u32(guardrails.rcp.len() as u32);
        lists.into_iter().for_each(|list| self.bytes.put_u32(list));
        reference
    }

    fn map<'t>(&mut self, entries: impl ExactSizeIterator<Item = (&'t str, u32)>, sections: &mut Sections) -> u32 {
        let reference = self.end();
        self.bytes.extend(sections.map(entries));
        reference
    }

    fn principals(&mut self, principals: &[Principal], sections: &mut Sections) -> u32 {
        let mut names: Vec<(String, u32)> = Vec::new();
        for principal in principals {
            let identity = self.list(&principal.identity);
            let boundary = self.optional_list(principal.boundary.as_ref());
            let reference = self.end();
            let unique_id = principal.unique_id.as_ref().map_or(NONE, |id| sections.string(id.as_bytes()));
            let arn = sections.string(principal.arn.as_bytes());
            let service_linked = if is_service_linked_role(&principal.arn) { SERVICE_LINKED } else { 0 };
            for number in [arn, unique_id, identity, boundary, principal.tags.len() as u32 | service_linked] {
                self.bytes.put_u32(number);
            }
            for text in principal.tags.iter().flat_map(|(key, value)| [key, value]) {
                let text = sections.string(text.as_bytes());
                self.bytes.put_u32(text);
            }
            names.push((principal.arn.clone(), reference));
            names.extend(session_prefix(&principal.arn).map(|prefix| (prefix, reference)));
        }
        self.map(names.iter().map(|(name, reference)| (name.as_str(), *reference)), sections)
    }

    fn accounts(&mut self, accounts: &[Account], sections: &mut Sections) -> u32 {
        let entries: Vec<(&str, u32)> = accounts
            .iter()
            .map(|account| {
                let guardrails = self.guardrails(&account.guardrails);
                let reference = self.end();
                self.bytes.put_u32(u32::from(account.management));
                self.bytes.put_u32(guardrails);
                (account.id.as_str(), reference)
            })
            .collect();
        self.map(entries.into_iter(), sections)
    }

    fn endpoints(&mut self, endpoints: &[(String, UnitIds)], sections: &mut Sections) -> u32 {
        let entries: Vec<(&str, u32)> = endpoints.iter().map(|(id, units)| (id.as_str(), self.list(units))).collect();
        self.map(entries.into_iter(), sections)
    }

    fn exact_resources(&mut self, resources: &[Resource], sections: &mut Sections) -> u32 {
        let exact = resources.iter().filter(|resource| !resource.pattern.contains(['*', '?']));
        let entries: Vec<(&str, u32)> = exact.map(|resource| (resource.pattern.as_str(), self.list(&resource.units))).collect();
        self.map(entries.into_iter(), sections)
    }

    /// Patterns by their literal prefix; those of one prefix are chained, the most specific first.
    fn resource_groups(&mut self, resources: &[Resource], sections: &mut Sections) -> u32 {
        let mut by_prefix: IndexMap<&str, Vec<&Resource>, Xxh3DefaultBuilder> = IndexMap::default();
        for resource in resources {
            if let Some(wildcard) = resource.pattern.find(['*', '?']) {
                by_prefix.entry(&resource.pattern[..wildcard]).or_default().push(resource);
            }
        }
        let mut by_length: IndexMap<usize, Vec<(&str, u32)>, Xxh3DefaultBuilder> = IndexMap::default();
        for (prefix, patterns) in by_prefix {
            let mut next = NONE;
            for resource in patterns.into_iter().rev() {
                let units = self.list(&resource.units);
                let reference = self.end();
                let pattern = sections.string(resource.pattern.as_bytes());
                [pattern, units, next].into_iter().for_each(|number| self.bytes.put_u32(number));
                next = reference;
            }
            by_length.entry(prefix.len()).or_default().push((prefix, next));
        }
        by_length.sort_unstable_by(|a, _, b, _| b.cmp(a));
        let groups: Vec<(usize, u32)> =
            by_length.into_iter().map(|(len, entries)| (len, self.map(entries.into_iter(), sections))).collect();
        let reference = self.end();
        self.bytes.put_u32(groups.len() as u32);
        for (len, map) in groups {
            self.bytes.put_u32(len as u32);
            self.bytes.put_u32(map);
        }
        reference
    }
}

/// What the ARN of every session of a role starts with: `arn:aws:sts::A:assumed-role/NAME`. Role names are unique in an
/// account, whatever their path.
fn session_prefix(role_arn: &str) -> Option<String> {
    let arn = Arn::parse(role_arn).filter(Arn::is_role)?;
    let (_, name) = arn.resource.rsplit_once('/')?;
    Some(format!("arn:{}:sts::{}:assumed-role/{name}", arn.partition, arn.account))
}
