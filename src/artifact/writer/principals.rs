//! `Principal` elements: flags of a list u8, `[map: size + map]`, then entries `kind u8, text` (accounts: `account text, partition text`).
//!
//! The map of many is from the hashes of their names to where they are among the entries; those that have no name are filed under
//! [`NAMELESS`].

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Sections;
use crate::artifact::layout::Section;
use crate::artifact::list_map;
use crate::artifact::pattern_code::list::{HAS_MAP, MAX_SCANNED_PRINCIPALS, NEGATED};
use crate::artifact::principal_name::{NAMELESS, PrincipalName};
use crate::artifact::wire::Put;
use crate::engine::principal_code as code;
use crate::iam::PrincipalPattern;
use crate::ir::{PrincipalSet, Program};

/// Writes a reference for each set, then the sets.
pub(super) fn write(program: &Program, sections: &mut Sections) {
    let mut sets = Vec::new();
    let first = program.principal_sets.len() * 4;
    for set in &program.principal_sets {
        sections.of(Section::PrincipalSets).put_u32((first + sets.len()) as u32);
        sets.put_bytes(&body(sections, set));
    }
    sections.of(Section::PrincipalSets).extend(sets);
    sections.set_count(Section::PrincipalSets, program.principal_sets.len());
}

/// The name by which an entry means a caller; `None` if it means callers of any name.
pub(super) fn name(pattern: &PrincipalPattern) -> Option<PrincipalName<'_>> {
    match pattern {
        PrincipalPattern::Everyone | PrincipalPattern::AwsAnyone => None,
        PrincipalPattern::Account { account: text, .. }
        | PrincipalPattern::Arn(text)
        | PrincipalPattern::UniqueId(text)
        | PrincipalPattern::Service(text)
        | PrincipalPattern::Federated(text)
        | PrincipalPattern::CanonicalUser(text) => Some(PrincipalName::of(text.as_bytes())),
    }
}

fn body(sections: &mut Sections, set: &PrincipalSet) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut places: IndexMap<u64, Vec<u32>, Xxh3DefaultBuilder> = IndexMap::default();
    for pattern in &set.patterns {
        let hash = name(pattern).map_or(NAMELESS, |name| name.hash(sections.seed));
        places.entry(hash).or_default().push(entries.len() as u32);
        entry(&mut entries, pattern);
    }
    let has_map = set.patterns.len() > MAX_SCANNED_PRINCIPALS;
    let mut body = vec![if set.negated { NEGATED } else { 0 } | if has_map { HAS_MAP } else { 0 }];
    if has_map {
        let (map, is_taken) = list_map::build(places.iter().map(|(&hash, places)| (hash, places)));
        sections.note_probes(is_taken.into_iter());
        body.put_bytes(&map);
    }
    body.extend(entries);
    body
}

fn entry(body: &mut Vec<u8>, pattern: &PrincipalPattern) {
    let (kind, text) = match pattern {
        PrincipalPattern::Everyone => return body.push(code::EVERYONE),
        PrincipalPattern::AwsAnyone => return body.push(code::AWS_ANYONE),
        PrincipalPattern::Account { account, partition } => {
            body.push(code::ACCOUNT);
            body.put_bytes(account.as_bytes());
            return body.put_bytes(partition.as_deref().unwrap_or("").as_bytes());
        }
        PrincipalPattern::Arn(text) => (code::ARN, text),
        PrincipalPattern::UniqueId(text) => (code::UNIQUE_ID, text),
        PrincipalPattern::Service(text) => (code::SERVICE, text),
        PrincipalPattern::Federated(text) => (code::FEDERATED, text),
        PrincipalPattern::CanonicalUser(text) => (code::CANONICAL_USER, text),
    };
    body.push(kind);
    body.put_bytes(text.as_bytes());
}
