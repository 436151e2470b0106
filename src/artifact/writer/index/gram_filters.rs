//! The filters of kinds whose statements are filed under grams.

use std::collections::{BTreeMap, HashSet};

use super::access::{Part, patterns};
use super::choose::Filing;
use super::pieces::{GRAM_SIZE, grams_of, literals};
use super::resource_parts::tail_literals;
use crate::artifact::access_key::part;
use crate::hash::hash;
use crate::ir::{Program, Statement, Unit};

/// The grams that statements are filed under, each once and in order.
///
/// # Panics
/// If a hash is not that of a gram of the statement's patterns: what is missing in a filter would never be found.
pub(super) fn grams(seed: u64, program: &Program, unit: &Unit, part: Part, filings: &[Filing]) -> Vec<[u8; GRAM_SIZE]> {
    // Alternatives of one statement are filed one by one.
    let mut of_statements: BTreeMap<u32, HashSet<u64>> = BTreeMap::new();
    filings.iter().for_each(|filing| of_statements.entry(filing.statement).or_default().extend(&filing.hashes));
    let mut grams = Vec::new();
    for (statement, hashes) in of_statements {
        let mut found = HashSet::new();
        for literals in literals_of(program, &unit.statements[statement as usize], part) {
            for gram in grams_of(&literals) {
                let hash = hash(seed, gram);
                if hashes.contains(&hash) {
                    found.insert(hash);
                    grams.push(gram.try_into().expect("a gram has its size"));
                }
            }
        }
        assert_eq!(found.len(), hashes.len(), "statements are filed under grams of their own patterns");
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// The literal texts of all patterns that a part is about.
fn literals_of<'p>(program: &'p Program, statement: &'p Statement, part: Part) -> Vec<Vec<&'p str>> {
    if part.tag == part::RESOURCE_GRAM {
        let set = statement.resource.map(|set| &program.resource_sets[set.index()]);
        return set.iter().flat_map(|set| &set.patterns).filter_map(tail_literals).collect();
    }
    let predicates = statement.predicates.iter().map(|predicate| &program.predicates[predicate.index()]);
    let own = predicates.filter(|predicate| predicate.key.0 == part.key);
    own.filter_map(patterns).flatten().map(literals).collect()
}
