//! Which access keys a statement offers.

use std::collections::HashMap;

use smallvec::SmallVec;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use crate::artifact::access_key::{MAX_SEPARATORS, is_separator, part};
use crate::artifact::writer::SEED;
use crate::engine::hash::{combine, hash};
use crate::iam::SetOperator;
use crate::ir::{Gap, Pattern, PatternToken, Predicate, Program, ResourceSet, Statement, Test, Unit};

/// A statement is not filed under more values than this.
pub(super) const MAX_VALUES: usize = 16;
/// Sizes of prefixes and suffixes of values beside their full length.
const AFFIX_SIZES: [usize; 3] = [16, 8, 4];
/// Longer prefixes and suffixes are cut.
const MAX_AFFIX_SIZE: usize = 32;
/// Size of a gram.
pub(super) const GRAM_SIZE: usize = 4;

/// One part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) tag: u8,
    pub(super) size: u8,
    pub(super) key: u32,
}

/// Parts that are probed together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind(SmallVec<[Part; 3]>);

impl Kind {
    pub(super) fn of(parts: impl IntoIterator<Item = Part>) -> Kind {
        Kind(parts.into_iter().collect())
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }
}

/// A part and the hashes of the values under which the statement would be filed.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) part: Part,
    pub(super) hashes: SmallVec<[u64; 2]>,
}

/// Everything a statement offers but its action class.
pub(super) fn offers(program: &Program, grams: &GramCounts, statement: &Statement) -> Vec<Offer> {
    let mut offers = Vec::new();
    for predicate in &statement.predicates {
        offer_values(&program.predicates[predicate.index()], grams, &mut offers);
    }
    if let Some(resource) = statement.resource {
        offer_resource(&program.resource_sets[resource.index()], &mut offers);
    }
    offers
}

fn offer_values(predicate: &Predicate, grams: &GramCounts, offers: &mut Vec<Offer>) {
    let key = predicate.key.0;
    if let Some(hashes) = value_hashes(predicate) {
        offers.push(Offer { part: Part { tag: part::VALUE, size: 0, key }, hashes });
    }
    if let Some(patterns) = filed_patterns(predicate) {
        offer_affixes(key, patterns, offers);
        offers.extend(rarest_gram(key, patterns, grams));
    }
}

/// Whether a test is false if its key is absent, whatever else holds.
pub(super) fn needs_a_value(predicate: &Predicate) -> bool {
    !predicate.negated && !predicate.if_exists && predicate.set != Some(SetOperator::ForAllValues)
}

/// The hashes of the values that a test of equality accepts, if a statement can be filed under them.
pub(super) fn value_hashes(predicate: &Predicate) -> Option<SmallVec<[u64; 2]>> {
    match &predicate.test {
        Test::Equals(texts) if needs_a_value(predicate) && (1..=MAX_VALUES).contains(&texts.len()) => {
            Some(texts.iter().map(|text| hash(SEED, text.as_bytes())).collect())
        }
        _ => None,
    }
}

/// The patterns of a test, if a statement can be filed under parts of them.
fn filed_patterns(predicate: &Predicate) -> Option<&[Pattern]> {
    match &predicate.test {
        Test::Like(patterns) | Test::Arn(patterns) if needs_a_value(predicate) && (1..=MAX_VALUES).contains(&patterns.len()) => {
            Some(patterns)
        }
        _ => None,
    }
}

/// Literal beginnings and ends of patterns: as much as there is, and less of it, which more statements share a kind by.
fn offer_affixes(key: u32, patterns: &[Pattern], offers: &mut Vec<Offer>) {
    let mut affixes = |tag: u8, literal: fn(&Pattern) -> &str, take: fn(&[u8], usize) -> &[u8]| {
        let shortest = patterns.iter().map(|pattern| literal(pattern).len()).min().unwrap_or(0).min(MAX_AFFIX_SIZE);
        let sizes = [shortest].into_iter().chain(AFFIX_SIZES.into_iter().filter(|&size| size < shortest));
        for size in sizes.filter(|&size| size > 1) {
            let hashes = patterns.iter().map(|pattern| hash(SEED, take(literal(pattern).as_bytes(), size))).collect();
            offers.push(Offer { part: Part { tag, size: size as u8, key }, hashes });
        }
    };
    affixes(part::VALUE_PREFIX, Pattern::literal_prefix, |text, size| &text[..size]);
    affixes(part::VALUE_SUFFIX, Pattern::literal_suffix, |text, size| &text[text.len() - size..]);
}

/// How many statements of a unit have each gram in the patterns of each key, by the hash of both.
pub(super) type GramCounts = HashMap<u64, u32, Xxh3DefaultBuilder>;

/// Counts the grams of a unit.
pub(super) fn count_grams(program: &Program, unit: &Unit) -> GramCounts {
    let mut counts = GramCounts::default();
    for predicate in unit.statements.iter().flat_map(|statement| &statement.predicates) {
        let predicate = &program.predicates[predicate.index()];
        for pattern in filed_patterns(predicate).unwrap_or_default() {
            grams_of(pattern).for_each(|gram| *counts.entry(gram_of_key(predicate.key.0, gram)).or_default() += 1);
        }
    }
    counts
}

/// The gram of each pattern that fewest patterns of the unit share.
fn rarest_gram(key: u32, patterns: &[Pattern], counts: &GramCounts) -> Option<Offer> {
    let rarest = |pattern: &Pattern| {
        let count = |gram: &&[u8]| counts.get(&gram_of_key(key, gram)).copied().unwrap_or(0);
        grams_of(pattern).min_by_key(count).map(|gram| hash(SEED, gram))
    };
    let hashes = patterns.iter().map(rarest).collect::<Option<_>>()?;
    Some(Offer { part: Part { tag: part::VALUE_GRAM, size: GRAM_SIZE as u8, key }, hashes })
}

fn grams_of(pattern: &Pattern) -> impl Iterator<Item = &[u8]> {
    let literals = pattern.tokens.iter().filter_map(|token| match token {
        PatternToken::Literal(text) => Some(text.as_bytes()),
        _ => None,
    });
    literals.flat_map(|text| text.windows(GRAM_SIZE))
}

fn gram_of_key(key: u32, gram: &[u8]) -> u64 {
    combine(u64::from(key), hash(SEED, gram))
}

fn offer_resource(set: &ResourceSet, offers: &mut Vec<Offer>) {
    if set.negated || set.patterns.is_empty() || set.patterns.len() > MAX_VALUES {
        return;
    }
    let mut offer = |tag: u8, size: usize, hashes: Option<SmallVec<[u64; 2]>>| {
        let part = Part { tag, size: size as u8, key: 0 };
        offers.extend(hashes.map(|hashes| Offer { part, hashes }));
    };
    let whole = set.patterns.iter().map(|pattern| pattern.as_literal().map(|text| hash(SEED, text.as_bytes()))).collect();
    offer(part::RESOURCE, 0, whole);
    let head = set
        .patterns
        .iter()
        .map(|pattern| super::super::pattern::split_head(pattern).map(|(head, _)| hash(SEED, head.as_bytes())));
    offer(part::RESOURCE_HEAD, 0, head.collect());
    let tails: Option<Vec<&str>> = set.patterns.iter().map(literal_tail).collect();
    let Some(tails) = tails else { return };
    for separators in 1..=MAX_SEPARATORS {
        let hashes: Option<SmallVec<[u64; 2]>> =
            tails.iter().map(|tail| up_to_separator(tail, separators).map(|part| hash(SEED, part.as_bytes()))).collect();
        if hashes.is_none() {
            break;
        }
        offer(part::RESOURCE_TAIL, separators, hashes);
    }
}

/// The literal text that the sixth field of every match starts with. `None` if a wildcard before it can run past colons: then
/// the pattern's fifth colon need not be the resource's (WC-8). Only of an ARN: the engine knows the fields of nothing else.
fn literal_tail(pattern: &Pattern) -> Option<&str> {
    if !pattern.literal_prefix().starts_with("arn:") {
        return None;
    }
    let mut colons = 0;
    for token in &pattern.tokens {
        match token {
            PatternToken::Literal(text) => match text.match_indices(':').nth(4 - colons) {
                Some((fifth, _)) => return Some(&text[fifth + 1..]),
                None => colons += text.matches(':').count(),
            },
            PatternToken::Run(Gap::NoColon) | PatternToken::One(Gap::NoColon) => {}
            _ => return None,
        }
    }
    None
}

fn up_to_separator(tail: &str, count: usize) -> Option<&str> {
    let (at, _) = tail.bytes().enumerate().filter(|&(_, byte)| is_separator(byte)).nth(count - 1)?;
    Some(&tail[..=at])
}
