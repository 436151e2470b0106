//! Pieces of patterns that statements are filed under: literal beginnings and ends, and grams, a few bytes in a row.

use super::access::{Offer, Part};
use super::census::Census;
use crate::artifact::access_key::part;
use crate::hash::hash;
use crate::ir::{Pattern, PatternToken};

/// Sizes of prefixes and suffixes of values beside their full length.
const AFFIX_SIZES: [usize; 3] = [16, 8, 4];
/// Longer prefixes and suffixes are cut.
const MAX_AFFIX_SIZE: usize = 32;
/// Size of a gram.
pub(super) use crate::artifact::gram_filter::GRAM_SIZE;
/// Instead of a key, where grams are counted: the resource.
pub(super) const RESOURCE_KEY: u32 = u32::MAX;

/// How long a literal end of a pattern is filed by, and under which part.
pub(super) type Affix = (u8, fn(&Pattern) -> &str, fn(&[u8], usize) -> &[u8]);

/// The first bytes of a text.
const PREFIX: fn(&[u8], usize) -> &[u8] = |text, size| &text[..size];
/// The last bytes of a text.
const SUFFIX: fn(&[u8], usize) -> &[u8] = |text, size| &text[text.len() - size..];
/// The literal ends of patterns of context values.
pub(super) const VALUE_AFFIXES: &[Affix] =
    &[(part::VALUE_PREFIX, Pattern::literal_prefix, PREFIX), (part::VALUE_SUFFIX, Pattern::literal_suffix, SUFFIX)];
/// The same of patterns of which letter case does not matter, and which are folded themselves.
pub(super) const FOLDED_VALUE_AFFIXES: &[Affix] =
    &[(part::VALUE_FOLDED_PREFIX, Pattern::literal_prefix, PREFIX), (part::VALUE_FOLDED_SUFFIX, Pattern::literal_suffix, SUFFIX)];
/// Those of resources: how an ARN begins is filed by its fields.
pub(super) const RESOURCE_AFFIXES: &[Affix] = &[(part::RESOURCE_SUFFIX, Pattern::literal_suffix, SUFFIX)];

/// Literal beginnings and ends of patterns: as much as there is, and less of it, which more statements share a kind by.
pub(super) fn offer_affixes(seed: u64, key: u32, affixes: &[Affix], patterns: &[Pattern], offers: &mut Vec<Offer>) {
    for &(tag, literal, take) in affixes {
        let shortest = patterns.iter().map(|pattern| literal(pattern).len()).min().unwrap_or(0).min(MAX_AFFIX_SIZE);
        let sizes = [shortest].into_iter().chain(AFFIX_SIZES.into_iter().filter(|&size| size < shortest));
        for size in sizes.filter(|&size| size > 1) {
            let hashes = patterns.iter().map(|pattern| hash(seed, take(literal(pattern).as_bytes(), size))).collect();
            offers.push(Offer { part: Part { tag, size: size as u8, key, ..Part::default() }, hashes });
        }
    }
}

/// The gram of each pattern that fewest patterns share.
pub(super) fn rarest_grams<'p>(
    seed: u64,
    part: Part,
    patterns: impl Iterator<Item = Vec<&'p str>>,
    census: &Census,
) -> Option<Offer> {
    let key = if part.tag == part::RESOURCE_GRAM { RESOURCE_KEY } else { part.key };
    let rarest = |literals: Vec<&str>| {
        let count = |gram: &&[u8]| census.of_gram(seed, key, gram);
        grams_of(&literals).min_by_key(count).map(|gram| hash(seed, gram))
    };
    let hashes = patterns.map(rarest).collect::<Option<_>>()?;
    Some(Offer { part, hashes })
}

pub(super) fn literals(pattern: &Pattern) -> Vec<&str> {
    let literals = pattern.tokens.iter().filter_map(|token| match token {
        PatternToken::Literal(text) => Some(&**text),
        _ => None,
    });
    literals.collect()
}

pub(super) fn grams_of<'l>(literals: &'l [&str]) -> impl Iterator<Item = &'l [u8]> {
    literals.iter().flat_map(|text| text.as_bytes().windows(GRAM_SIZE))
}
