//! How the sixth field of an ARN begins, as patterns of resources and of context values say it: up to a separator that they write out.

use smallvec::SmallVec;

use super::access::{Offer, Part};
use crate::artifact::access_key::part;
use crate::artifact::separators::{MAX_SEPARATORS, up_to_separator};
use crate::artifact::writer::pattern::fifth_colon;
use crate::hash::hash;
use crate::ir::{Gap, Pattern, PatternToken};

/// The parts under which such a beginning is filed: where every match has it in its sixth field, and where some may have it behind a
/// later colon.
pub(super) type Tails = [u8; 2];

/// Those of resources.
pub(super) const RESOURCE_TAILS: Tails = [part::RESOURCE_TAIL, part::RESOURCE_LATER_TAIL];
/// Those of values of a context key.
pub(super) const VALUE_TAILS: Tails = [part::VALUE_TAIL, part::VALUE_LATER_TAIL];

/// Offers beginnings of the sixth field, one separator longer each, as long as all patterns have one.
pub(super) fn offer_tails(seed: u64, key: u32, [tail, later_tail]: Tails, patterns: &[Pattern], offers: &mut Vec<Offer>) {
    let mut offer = |tag: u8, count: usize, literal: fn(&Pattern) -> Option<&str>| -> bool {
        let text = |pattern| up_to_separator(literal(pattern)?.as_bytes(), count as u8);
        let hashes: Option<SmallVec<[u64; 2]>> =
            patterns.iter().map(|pattern| text(pattern).map(|text| hash(seed, text))).collect();
        let is_offered = hashes.is_some();
        offers.extend(hashes.map(|hashes| Offer { part: Part { tag, size: count as u8, key, ..Part::default() }, hashes }));
        is_offered
    };
    for count in 1..=MAX_SEPARATORS {
        if !offer(tail, count, literal_tail) && !offer(later_tail, count, later_literal_tail) {
            break;
        }
    }
}

/// The literal text that the sixth field of every match starts with. `None` if a wildcard before it can run past colons: then
/// the pattern's fifth colon need not be the text's (WC-8). Only of an ARN: the engine knows the fields of nothing else.
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
