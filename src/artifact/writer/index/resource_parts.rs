//! What a statement offers of its resource patterns: whole texts, heads, single fields, beginnings of the last field, ends and pieces.

use smallvec::SmallVec;

use super::access::{MAX_VALUES, Offer, Part};
use super::census::{Census, Pieces};
use super::pieces::{GRAM_SIZE, RESOURCE_AFFIXES, offer_affixes, rarest_grams};
use crate::artifact::access_key::part;
use crate::artifact::separators::{MAX_SEPARATORS, Separators};
use crate::artifact::writer::pattern::{fifth_colon, split_head};
use crate::hash::hash;
use crate::iam::arn::FIELDS;
use crate::ir::{Gap, Pattern, PatternToken, ResourceSet};

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
    for count in 1..=MAX_SEPARATORS {
        if !offer(part::RESOURCE_TAIL, count, &|pattern| up_to_separator(literal_tail(pattern)?, count))
            && !offer(part::RESOURCE_LATER_TAIL, count, &|pattern| up_to_separator(later_literal_tail(pattern)?, count))
        {
            break;
        }
    }
    if census.pieces == Pieces::Values {
        return;
    }
    offer_affixes(seed, 0, RESOURCE_AFFIXES, patterns, offers);
    let tails: Option<Vec<Vec<&str>>> = patterns.iter().map(tail_literals).collect();
    let part = Part { tag: part::RESOURCE_GRAM, size: GRAM_SIZE as u8, ..Part::default() };
    offers.extend(tails.and_then(|tails| rarest_grams(seed, part, tails.into_iter(), census)));
}

/// The literal text that the sixth field of every match starts with. `None` if a wildcard before it can run past colons: then
/// the pattern's fifth colon need not be the resource's (WC-8). Only of an ARN: the engine knows the fields of nothing else.
fn literal_tail(pattern: &Pattern) -> Option<&str> {
    let (index, _, tail) = fifth_colon(pattern)?;
    let stays = |token: &PatternToken| {
        matches!(token, PatternToken::Literal(_) | PatternToken::Run(Gap::NoColon) | PatternToken::One(Gap::NoColon))
    };
    pattern.tokens[..index].iter().all(stays).then_some(tail)
}

/// The literal text behind a pattern's fifth colon, which is the fifth or a later one of every match.
fn later_literal_tail(pattern: &Pattern) -> Option<&str> {
    fifth_colon(pattern).map(|(_, _, tail)| tail)
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

fn up_to_separator(tail: &str, count: usize) -> Option<&[u8]> {
    Separators::default().up_to(tail.as_bytes(), count as u8)
}
