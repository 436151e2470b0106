//! What a statement offers piece by piece: the alternatives of one of its elements, one of which is true of every request that the
//! statement applies to. Filed under a part of each, it is found whichever it is.
//!
//! Of resources the alternatives are the patterns. Of a test they are the values that it lists, a variable as well as a text, and
//! that the key is absent, if it then holds. So one value of many that statements share, or no value at all, does not keep the
//! others, which are each statement's own, from telling statements apart.

use indexmap::IndexMap;

use super::access::{Offer, Part, offer_values};
use super::census::Census;
use super::resource_parts::offer_resources;
use crate::artifact::access_key::{FACT_HASH, part};
use crate::iam::SetOperator;
use crate::ir::{Comparison, KeyId, Pattern, PatternToken, Predicate, Program, Statement, Test, Unit};

/// Of more alternatives than these, no statement has each filed for itself.
const MAX_ALTERNATIVES: usize = 256;
/// Most keys by whose tests statements are split.
const MAX_SPLIT_KEYS: usize = 8;

/// The element whose alternatives are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// `Resource`.
    Resource,
    /// The first test of this key that has alternatives.
    Key(KeyId),
}

/// The elements by which statements can be split: resources, then the keys that most statements test.
pub(super) fn elements(program: &Program, unit: &Unit, open: &[u32], min_count: usize) -> Vec<Element> {
    let mut counts: IndexMap<KeyId, usize> = IndexMap::new();
    for &statement in open {
        let tests = predicates(program, &unit.statements[statement as usize]).filter(|test| is_split(test));
        tests.for_each(|test| *counts.entry(test.key).or_default() += 1);
    }
    counts.retain(|_, count| *count >= min_count);
    counts.sort_by(|a, a_count, b, b_count| b_count.cmp(a_count).then(a.cmp(b)));
    let keys = counts.into_keys().take(MAX_SPLIT_KEYS).map(Element::Key);
    [Element::Resource].into_iter().chain(keys).collect()
}

/// What each alternative of an element offers; nothing if a statement has fewer than two.
pub(super) fn offers_of(
    seed: u64,
    program: &Program,
    census: &Census,
    element: Element,
    statement: &Statement,
) -> Vec<Vec<Offer>> {
    match element {
        Element::Resource => {
            let set = statement.resource.map(|set| &program.resource_sets[set.index()]);
            let patterns = set.filter(|set| !set.negated && (2..=MAX_ALTERNATIVES).contains(&set.patterns.len()));
            let offers = |pattern: &Pattern| {
                let mut offers = Vec::new();
                offer_resources(seed, std::slice::from_ref(pattern), census, &mut offers);
                offers
            };
            patterns.map_or_else(Vec::new, |set| set.patterns.iter().map(offers).collect())
        }
        Element::Key(key) => predicates(program, statement)
            .find(|test| test.key == key && is_split(test))
            .map_or_else(Vec::new, |test| offers_of_test(seed, census, test)),
    }
}

fn predicates<'p>(program: &'p Program, statement: &'p Statement) -> impl Iterator<Item = &'p Predicate> {
    statement.predicates.iter().map(|predicate| &program.predicates[predicate.index()])
}

/// Whether a test holds without a value.
fn holds_of_none(predicate: &Predicate) -> bool {
    predicate.if_exists || predicate.set == Some(SetOperator::ForAllValues)
}

/// Whether a test has two alternatives or more, and not too many.
fn is_split(predicate: &Predicate) -> bool {
    let value_count = match &predicate.test {
        Test::Equals(texts) | Test::EqualsFolded(texts) | Test::Numeric(Comparison::Equals, texts) => texts.len(),
        Test::Like(patterns) | Test::LikeFolded(patterns) | Test::Arn(patterns) => patterns.len(),
        Test::Date(Comparison::Equals, instants) => instants.len(),
        Test::IpAddress(ranges) => ranges.len(),
        _ => 0,
    };
    !predicate.negated
        && value_count > 0
        && (2..=MAX_ALTERNATIVES).contains(&(value_count + usize::from(holds_of_none(predicate))))
}

/// `ForAllValues` wants every value to be listed, so that one is, or that there is none.
fn offers_of_test(seed: u64, census: &Census, predicate: &Predicate) -> Vec<Vec<Offer>> {
    let key = predicate.key;
    let of_test = |test: Test| {
        let mut offers = Vec::new();
        offer_values(seed, &Predicate { key, set: None, if_exists: false, negated: false, test }, census, &mut offers);
        offers
    };
    let mut alternatives: Vec<Vec<Offer>> = match &predicate.test {
        Test::Equals(texts) => texts.iter().map(|text| of_test(Test::Equals(vec![text.clone()]))).collect(),
        Test::EqualsFolded(texts) => texts.iter().map(|text| of_test(Test::EqualsFolded(vec![text.clone()]))).collect(),
        Test::Numeric(comparison, texts) => {
            texts.iter().map(|text| of_test(Test::Numeric(*comparison, vec![text.clone()]))).collect()
        }
        Test::Date(comparison, instants) => {
            instants.iter().map(|&instant| of_test(Test::Date(*comparison, vec![instant]))).collect()
        }
        Test::IpAddress(ranges) => ranges.iter().map(|&range| of_test(Test::IpAddress(vec![range]))).collect(),
        Test::Arn(patterns) => patterns.iter().map(|pattern| of_test(Test::Arn(vec![pattern.clone()]))).collect(),
        Test::LikeFolded(patterns) => patterns.iter().map(|pattern| of_folded_pattern(pattern, of_test)).collect(),
        Test::Like(patterns) => patterns.iter().flat_map(|pattern| of_pattern(pattern, key, of_test)).collect(),
        _ => Vec::new(),
    };
    if holds_of_none(predicate) {
        alternatives.push(vec![offer_one(Part { tag: part::ABSENT, key: key.0, ..Part::default() })]);
    }
    alternatives
}

/// What a pattern of `StringEquals` or `StringLike` offers: a variable is an alternative, its default another.
fn of_pattern(pattern: &Pattern, key: KeyId, of_test: impl Fn(Test) -> Vec<Offer>) -> Vec<Vec<Offer>> {
    let of_text = |text: &str| of_test(Test::Equals(vec![text.into()]));
    if let Some(text) = pattern.as_literal() {
        return vec![of_text(text)];
    }
    match &pattern.tokens[..] {
        [PatternToken::Variable(other, default)] => {
            let same = u16::try_from(other.0).map(|other| Part { tag: part::SAME, key: key.0, other, ..Part::default() });
            let same = same.map(offer_one).into_iter().collect();
            [same].into_iter().chain(default.as_deref().map(of_text)).collect()
        }
        _ => vec![of_test(Test::Like(vec![pattern.clone()]))],
    }
}

/// What a pattern of `StringEqualsIgnoreCase` offers.
fn of_folded_pattern(pattern: &Pattern, of_test: impl Fn(Test) -> Vec<Offer>) -> Vec<Offer> {
    of_test(match pattern.as_literal() {
        Some(text) => Test::EqualsFolded(vec![text.into()]),
        None => Test::LikeFolded(vec![pattern.clone()]),
    })
}

/// Of a part that is there or not, the hash is always the same.
fn offer_one(part: Part) -> Offer {
    Offer { part, hashes: [FACT_HASH].into_iter().collect() }
}
