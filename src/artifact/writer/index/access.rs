//! Which access keys a statement offers.

use smallvec::SmallVec;

use crate::artifact::access_key::{MAX_SEPARATORS, is_separator, part};
use crate::artifact::writer::SEED;
use crate::engine::hash::hash;
use crate::iam::SetOperator;
use crate::ir::{Gap, Pattern, PatternToken, Predicate, Program, ResourceSet, Statement, Test};

/// A statement is not filed under more values than this.
const MAX_VALUES: usize = 16;
/// Sizes of prefixes and suffixes of values, longest first.
const AFFIX_SIZES: [usize; 4] = [16, 8, 4, 2];
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
pub(super) fn offers(program: &Program, statement: &Statement) -> Vec<Offer> {
    let mut offers = Vec::new();
    for predicate in &statement.predicates {
        offer_values(&program.predicates[predicate.index()], &mut offers);
    }
    if let Some(resource) = statement.resource {
        offer_resource(&program.resource_sets[resource.index()], &mut offers);
    }
    offers
}

fn offer_values(predicate: &Predicate, offers: &mut Vec<Offer>) {
    if predicate.negated || predicate.if_exists || predicate.set == Some(SetOperator::ForAllValues) {
        return;
    }
    let key = predicate.key.0;
    match &predicate.test {
        Test::Equals(texts) if (1..=MAX_VALUES).contains(&texts.len()) => {
            let hashes = texts.iter().map(|text| hash(SEED, text.as_bytes())).collect();
            offers.push(Offer { part: Part { tag: part::VALUE, size: 0, key }, hashes });
        }
        Test::Like(patterns) | Test::Arn(patterns) if (1..=MAX_VALUES).contains(&patterns.len()) => {
            offer_affixes(key, patterns, offers);
        }
        _ => {}
    }
}

/// Literal beginnings and ends of patterns, and a gram of a literal: beginnings may be common to all.
fn offer_affixes(key: u32, patterns: &[Pattern], offers: &mut Vec<Offer>) {
    let affix = |tag: u8, literal: fn(&Pattern) -> &str, take: fn(&[u8], usize) -> &[u8]| {
        let shortest = patterns.iter().map(|pattern| literal(pattern).len()).min().unwrap_or(0);
        let size = AFFIX_SIZES.into_iter().find(|&size| size <= shortest)?;
        let hashes = patterns.iter().map(|pattern| hash(SEED, take(literal(pattern).as_bytes(), size))).collect();
        Some(Offer { part: Part { tag, size: size as u8, key }, hashes })
    };
    let prefix = affix(part::VALUE_PREFIX, Pattern::literal_prefix, |text, size| &text[..size]);
    let suffix = affix(part::VALUE_SUFFIX, Pattern::literal_suffix, |text, size| &text[text.len() - size..]);
    offers.extend(prefix);
    offers.extend(suffix);
    offers.extend(last_gram(key, patterns));
}

/// The last gram of the longest literal of each pattern: ends of names vary more than beginnings.
fn last_gram(key: u32, patterns: &[Pattern]) -> Option<Offer> {
    let gram = |pattern: &Pattern| {
        let literals = pattern.tokens.iter().filter_map(|token| match token {
            PatternToken::Literal(text) => Some(text.as_bytes()),
            _ => None,
        });
        let longest = literals.max_by_key(|text| text.len())?;
        Some(hash(SEED, &longest[longest.len().checked_sub(GRAM_SIZE)?..]))
    };
    let hashes = patterns.iter().map(gram).collect::<Option<_>>()?;
    Some(Offer { part: Part { tag: part::VALUE_GRAM, size: GRAM_SIZE as u8, key }, hashes })
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
