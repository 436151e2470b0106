//! Who has which policies.
//!
//! ```text
//! root       everyone list, everyone boundary list, any-account guard rails, principal map, account map, endpoint map,
//!            exact resource map, resource patterns: each u32
//! list       of one unit: ONE_UNIT and its id, in place of the reference; of more: count u32, unit ids u32; NONE where there is no list
//! guards     SCP level count u32, RCP level count u32, then their lists
//! principal  arn string, unique id string or NONE, identity list, boundary list, tag count (and SERVICE_LINKED): each u32; tags { folded key string u32, value string u32 }
//! account    is management u32, guard rails u32
//! patterns   count u32, { pattern string u32, size before its first wildcard u32, unit list u32 }, the most specific first; where there are any,
//!            size u32 of the pattern map of their numbers, and the map: of few none, they are gone through
//! ```

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Sections;
use super::pattern_map::{self, Literals};
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::compile::SharedPatterns;
use crate::engine::directory_code::{NONE, ONE_UNIT, ROOT_SIZE, SERVICE_LINKED};
use crate::iam::arn::Arn;
use crate::iam::is_service_linked_role;
use crate::ir::{Account, Guardrails, Principal, Program, Resource, UnitIds};

/// More patterns of resources have a map; as few are compared one after the other, and nothing needs to be hashed.
const MAX_SCANNED_RESOURCES: usize = 8;

/// Writes the section; gives the patterns of resources that nothing tells apart.
pub(super) fn write(program: &Program, sections: &mut Sections) -> SharedPatterns {
    let directory = &program.directory;
    let mut writer = Writer { bytes: vec![0; ROOT_SIZE], lists: IndexMap::default() };
    let (resource_patterns, shared) = writer.resource_patterns(&directory.resources, sections);
    let root = [
        writer.optional_list(Some(&directory.everyone).filter(|units| !units.is_empty())),
        writer.optional_list(directory.everyone_boundary.as_ref()),
        writer.guardrails(&directory.any_account),
        writer.principals(&directory.principals, sections),
        writer.accounts(&directory.accounts, sections),
        writer.endpoints(&directory.endpoints, sections),
        writer.exact_resources(&directory.resources, sections),
        resource_patterns,
    ];
    for (slot, reference) in writer.bytes.chunks_exact_mut(4).zip(root) {
        slot.copy_from_slice(&reference.to_le_bytes());
    }
    *sections.of(Section::Directory) = writer.bytes;
    sections.set_count(Section::Directory, directory.principals.len());
    shared
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
        if let [unit] = units[..] {
            return ONE_UNIT | unit.0;
        }
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

    /// Patterns in the order of their precedence, and the map that finds them.
    fn resource_patterns(&mut self, resources: &[Resource], sections: &mut Sections) -> (u32, SharedPatterns) {
        let patterns = || resources.iter().filter(|resource| resource.pattern.contains(['*', '?']));
        let mut records: Vec<[u32; 3]> = Vec::new();
        for Resource { pattern, units } in patterns() {
            let literal = pattern.find(['*', '?']).unwrap_or(pattern.len());
            records.push([sections.string(pattern.as_bytes()), literal as u32, self.list(units)]);
        }
        let reference = self.end();
        self.bytes.put_u32(records.len() as u32);
        records.as_flattened().iter().for_each(|&number| self.bytes.put_u32(number));
        if records.is_empty() {
            return (reference, SharedPatterns::default());
        }
        if records.len() <= MAX_SCANNED_RESOURCES {
            self.bytes.put_u32(0);
            return (reference, SharedPatterns::default());
        }
        let literals = patterns().map(|resource| Literals::of_glob(&resource.pattern));
        let map = pattern_map::build(sections, (0..).zip(literals));
        self.bytes.put_u32(map.bytes.len() as u32);
        self.bytes.extend(map.bytes);
        let all: Vec<&Resource> = patterns().collect();
        let first = map.worst.iter().take(SharedPatterns::MAX_PATTERNS);
        let shared = SharedPatterns {
            count: map.worst.len(),
            patterns: first.map(|&number| all[number as usize].pattern.clone()).collect(),
        };
        (reference, shared)
    }
}

/// What the ARN of every session of a role starts with: `arn:aws:sts::A:assumed-role/NAME`. Role names are unique in an
/// account, whatever their path.
fn session_prefix(role_arn: &str) -> Option<String> {
    let arn = Arn::parse(role_arn).filter(Arn::is_role)?;
    let (_, name) = arn.resource.rsplit_once('/')?;
    Some(format!("arn:{}:sts::{}:assumed-role/{name}", arn.partition, arn.account))
}
