//! What a statement offers of its resource patterns: whole texts, heads, single fields, beginnings of the last field, ends and pieces.

use smallvec::SmallVec;

use super::access::{MAX_VALUES, Offer, Part};
use super::arn_tails::{RESOURCE_TAILS, offer_tails};
use super::census::{Census, Pieces};
use super::pieces::{GRAM_SIZE, RESOURCE_AFFIXES, offer_affixes, rarest_grams};
use crate::artifact::access_key::part;
use crate::artifact::writer::pattern::{fifth_colon, split_head};
use crate::hash::hash;
use crate::iam::arn::FIELDS;
use crate::ir::{Pattern, PatternToken, ResourceSet};

/// Whether a statement can be filed under its resources.
pub(super) fn is_filed(set: &ResourceSet) -> bool {
    !set.negated && (1..=MAX_VALUES).contains(&set.patterns.len())
}

/// Offers what all of some patterns have; ends and pieces only if pieces of resources are counted.
pub(super) fn offer_resources(seed: u64, patterns: &[Pattern], census: &Census, offers: &mut Vec<Offer>) {
    // What every pattern has, or nothing.
    let mut offer = |tag: u8, size: usize, text: &dyn Fn(&Pattern) -> Option<&[u8]>| -> bool {
        let hashes: Option<SmallVec<[u64; 2]>> =
            patterns.iter().map(|pattern| text(pattern).map(|text| hash(seed, text))).collect();
        let is_offered = hashes.is_some();
        offers.extend(hashes.map(|hashes| Offer { part: Part { tag, size: size as u8, ..Part::default() }, hashes }));
        is_offered
    };
    offer(part::RESOURCE, 0, &|pattern| pattern.as_literal().map(str::as_bytes));
    if !offer(part::RESOURCE_HEAD, 0, &|pattern| split_head(pattern).map(|(head, _)| head.as_bytes())) {
        for number in 1..=FIELDS.len() {
            offer(part::RESOURCE_FIELD, number, &|pattern| literal_field(pattern, number).map(str::as_bytes));
        }
    }
    offer_tails(seed, 0, RESOURCE_TAILS, patterns, offers);
    if census.pieces == Pieces::Values {
        return;
    }
    offer_affixes(seed, 0, RESOURCE_AFFIXES, patterns, offers);
    let tails: Option<Vec<Vec<&str>>> = patterns.iter().map(tail_literals).collect();
    let part = Part { tag: part::RESOURCE_GRAM, size: GRAM_SIZE as u8, ..Part::default() };
    offers.extend(tails.and_then(|tails| rarest_grams(seed, part, tails.into_iter(), census)));
}

/// The literal texts behind a pattern's fifth colon: all are behind the fifth colon of every match.
pub(super) fn tail_literals(pattern: &Pattern) -> Option<Vec<&str>> {
    let (index, _, tail) = fifth_colon(pattern)?;
    let others = pattern.tokens[index + 1..].iter().filter_map(|token| match token {
        PatternToken::Literal(text) => Some(&**text),
        _ => None,
    });
    Some([tail].into_iter().chain(others).collect())
}

/// The [field](FIELDS) of this number of an ARN pattern: every match has it behind as many colons, or behind more.
fn literal_field(pattern: &Pattern, number: usize) -> Option<&str> {
    fifth_colon(pattern)?;
    let mut colons = 0;
    for token in &pattern.tokens {
        let PatternToken::Literal(text) = token else { continue };
        let colon_count = text.matches(':').count();
        if let Some(before) = number.checked_sub(colons)
            && before < colon_count
        {
            return text.split(':').nth(before).filter(|field| before > 0 && !field.is_empty());
        }
        colons += colon_count;
    }
    None
}
