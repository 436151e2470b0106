//! Chooses the piece that each of many patterns is filed under. The format is described at the reader's
//! [`pattern_map`](crate::artifact::pattern_map).
//!
//! What a pattern offers is cut out of its literals, which are in whatever it matches: its beginning, its end, the longest runs of
//! parts between separators. It is filed under the first that few others offer, else under what the fewest do. Where that are still
//! many, four bytes from the middle of a literal may be rarer.

use std::collections::HashMap;

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::Sections;
use crate::artifact::list_map;
use crate::artifact::pattern_map::{PieceKind, bounds, piece};
use crate::artifact::separators::is_separator;
use crate::artifact::wire::Put;
use crate::ir::{Pattern, PatternToken};

/// The literals of a pattern.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Literals<'p> {
    /// Those in order, none of them empty.
    texts: Vec<&'p [u8]>,
    /// Whether the first one is what the pattern begins with.
    has_start: bool,
    /// Whether the last one is what it ends with.
    has_end: bool,
    /// Whether there is nothing else.
    is_whole: bool,
}

/// A map, and what it cannot tell apart.
pub(super) struct PatternMap {
    pub(super) bytes: Vec<u8>,
    /// Numbers of the patterns that one piece of a text can lead to, and of those that every text leads to; the most there are.
    pub(super) worst: Vec<u32>,
}

/// Longer runs of parts are not looked for: a text has as many for each size as it has parts.
const MAX_PARTS: usize = 8;
/// Bytes of a gram.
const GRAM_SIZE: u16 = 4;
/// Beginnings and ends of so many sizes are looked up in every text; others are cut to the next of these.
const MAX_SIZES: usize = 32;
/// So many patterns may have a piece in common before another kind of piece is taken, which every text is searched for.
const FEW: u32 = 4;
/// So many before grams are.
const SOME: u32 = 32;

impl<'p> Literals<'p> {
    /// Those of a pattern in which `*` and `?` stand for any characters.
    pub(super) fn of_glob(pattern: &'p str) -> Literals<'p> {
        let bytes = pattern.as_bytes();
        let is_wildcard = |byte: &u8| matches!(byte, b'*' | b'?');
        Literals {
            texts: bytes.split(is_wildcard).filter(|text| !text.is_empty()).collect(),
            has_start: bytes.first().is_some_and(|byte| !is_wildcard(byte)),
            has_end: bytes.last().is_some_and(|byte| !is_wildcard(byte)),
            is_whole: !bytes.iter().any(is_wildcard),
        }
    }

    /// Those of a compiled pattern.
    pub(super) fn of(pattern: &'p Pattern) -> Literals<'p> {
        let literal = |token: &'p PatternToken| match token {
            PatternToken::Literal(text) => Some(text.as_bytes()),
            _ => None,
        };
        Literals {
            texts: pattern.tokens.iter().filter_map(literal).collect(),
            has_start: pattern.tokens.first().and_then(literal).is_some(),
            has_end: pattern.tokens.last().and_then(literal).is_some(),
            is_whole: pattern.as_literal().is_some(),
        }
    }

    fn start(&self) -> Option<&'p [u8]> {
        self.texts.first().filter(|_| self.has_start).copied()
    }

    fn end(&self) -> Option<&'p [u8]> {
        self.texts.last().filter(|_| self.has_end).copied()
    }
}

/// The map of some patterns and their numbers, which are in ascending order.
pub(super) fn build<'p>(sections: &mut Sections, patterns: impl Iterator<Item = (u32, Literals<'p>)>) -> PatternMap {
    let patterns: Vec<_> = patterns.collect();
    let chosen = Offers::new(sections.seed, &patterns).choose(&patterns);
    let mut rest = Vec::new();
    let mut lists: IndexMap<u64, Vec<u32>, Xxh3DefaultBuilder> = IndexMap::default();
    // In the order of the smallest numbers, since numbers are.
    let mut kinds: IndexMap<PieceKind, u32, Xxh3DefaultBuilder> = IndexMap::default();
    for ((number, _), choice) in patterns.iter().zip(chosen) {
        let Some((kind, hash)) = choice else {
            rest.push(*number);
            continue;
        };
        lists.entry(hash).or_default().push(*number);
        kinds.entry(kind).or_insert(*number);
    }
    let mut bytes = Vec::new();
    bytes.put_u32(kinds.len() as u32);
    for (kind, first) in kinds {
        bytes.extend(kind.size.to_le_bytes());
        bytes.extend(kind.tag.to_le_bytes());
        bytes.put_u32(first);
    }
    bytes.put_u32(rest.len() as u32);
    rest.iter().for_each(|&number| bytes.put_u32(number));
    let (map, is_taken) = list_map::build(lists.iter().map(|(&hash, numbers)| (hash, numbers)));
    sections.note_probes(is_taken.into_iter());
    bytes.extend(map);
    // Of equally long lists the first.
    let longest = lists.into_values().rev().max_by_key(Vec::len).unwrap_or_default();
    PatternMap { bytes, worst: [rest, longest].concat() }
}

/// Pieces that patterns can be filed under.
struct Offers {
    seed: u64,
    start_sizes: Vec<u16>,
    end_sizes: Vec<u16>,
    /// How many patterns offer each, by hash.
    counts: HashMap<u64, u32, Xxh3DefaultBuilder>,
}

type Offer = (PieceKind, u64);

impl Offers {
    fn new(seed: u64, patterns: &[(u32, Literals<'_>)]) -> Offers {
        let sizes = |literal: &dyn Fn(&Literals<'_>) -> Option<usize>| {
            let parted = patterns.iter().filter(|(_, literals)| !literals.is_whole);
            let all = parted.filter_map(|(_, literals)| literal(literals)).filter_map(|size| u16::try_from(size).ok());
            spread(all.collect())
        };
        let mut offers = Offers {
            seed,
            start_sizes: sizes(&|literals| literals.start().map(<[u8]>::len)),
            end_sizes: sizes(&|literals| literals.end().map(<[u8]>::len)),
            counts: HashMap::default(),
        };
        for (_, literals) in patterns {
            let own = offers.of(literals);
            offers.count(own);
        }
        offers
    }

    /// Counts what one pattern offers.
    fn count(&mut self, mut own: Vec<Offer>) {
        own.sort_unstable();
        own.dedup();
        own.into_iter().for_each(|(_, hash)| *self.counts.entry(hash).or_default() += 1);
    }

    /// Kind and hash for each pattern; `None` for those that offer nothing.
    fn choose(mut self, patterns: &[(u32, Literals<'_>)]) -> Vec<Option<Offer>> {
        let mut chosen: Vec<Option<Offer>> = patterns.iter().map(|(_, literals)| self.best(self.of(literals))).collect();
        let is_common = |counts: &HashMap<u64, u32, _>, choice: &Option<Offer>| {
            choice.is_none_or(|(_, hash)| counts.get(&hash).is_some_and(|&count| count > SOME))
        };
        let common: Vec<usize> = (0..chosen.len()).filter(|&index| is_common(&self.counts, &chosen[index])).collect();
        if common.len() as u32 > SOME {
            common.iter().for_each(|&index| self.count(self.grams(&patterns[index].1)));
            for index in common {
                let grams = self.grams(&patterns[index].1);
                chosen[index] = self.best(chosen[index].into_iter().chain(grams).collect());
            }
        }
        chosen
    }

    /// The first that few have, else the one that the fewest have.
    fn best(&self, own: Vec<Offer>) -> Option<Offer> {
        let count = |&(_, hash): &Offer| self.counts.get(&hash).copied().unwrap_or_default().max(FEW);
        own.into_iter().min_by_key(count)
    }

    /// What a pattern offers but grams, in the order in which it is taken if few others offer it.
    fn of(&self, literals: &Literals<'_>) -> Vec<Offer> {
        let offer = |tag, size: usize, piece: &[u8]| {
            let kind = PieceKind { tag, size: size as u16 };
            (kind, kind.hash(self.seed, piece))
        };
        if literals.is_whole {
            return vec![offer(piece::WHOLE, 0, literals.texts.first().copied().unwrap_or_default())];
        }
        let longest = |sizes: &[u16], len: usize| {
            let count = sizes.partition_point(|&size| usize::from(size) <= len);
            count.checked_sub(1).map(|index| usize::from(sizes[index]))
        };
        let mut own = Vec::new();
        if let Some(start) = literals.start()
            && let Some(size) = longest(&self.start_sizes, start.len())
        {
            own.push(offer(piece::START, size, &start[..size]));
        }
        if let Some(end) = literals.end()
            && let Some(size) = longest(&self.end_sizes, end.len())
        {
            own.push(offer(piece::END, size, &end[end.len() - size..]));
        }
        for (index, text) in literals.texts.iter().enumerate() {
            let starts = index == 0 && literals.has_start;
            let ends = index + 1 == literals.texts.len() && literals.has_end;
            let bounds = certain_bounds(text, starts, ends);
            let size = bounds.len().saturating_sub(1).min(MAX_PARTS);
            if size > 0 {
                own.extend(bounds.iter().zip(&bounds[size..]).map(|(&from, &to)| offer(piece::PARTS, size, &text[from..to])));
            }
        }
        own
    }

    fn grams(&self, literals: &Literals<'_>) -> Vec<Offer> {
        let kind = PieceKind { tag: piece::GRAM, size: GRAM_SIZE };
        let grams = literals.texts.iter().flat_map(|text| text.windows(GRAM_SIZE.into()));
        grams.map(|gram| (kind, kind.hash(self.seed, gram))).collect()
    }
}

/// Where parts of a literal begin and end whatever is beside it.
fn certain_bounds(text: &[u8], is_start: bool, is_end: bool) -> Vec<usize> {
    let ends_in_separator = text.last().is_some_and(|&byte| is_separator(byte));
    bounds(text).filter(|&at| (at > 0 || is_start) && (at < text.len() || is_end || ends_in_separator)).collect()
}

/// Some of the sizes, evenly spread over the distinct ones, in ascending order; the smallest and the largest are among them.
fn spread(mut sizes: Vec<u16>) -> Vec<u16> {
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() <= MAX_SIZES {
        return sizes;
    }
    (0..MAX_SIZES).map(|index| sizes[index * (sizes.len() - 1) / (MAX_SIZES - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::pattern_map::{any, first};
    use crate::engine::glob_match::matches_glob;

    /// The numbers that a text leads to.
    fn found(map: &[u8], text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        let matches = any(map, 7, text.as_bytes(), |number| {
            found.push(number);
            Ok(false)
        });
        assert_eq!(matches, Ok(false));
        found
    }

    fn map_of(patterns: &[String]) -> Vec<u8> {
        let mut sections = Sections { seed: 7, ..Sections::default() };
        build(&mut sections, (0..).zip(patterns.iter().map(|pattern| Literals::of_glob(pattern)))).bytes
    }

    #[test]
    #[cfg_attr(feature = "colliding-hash", ignore = "where pieces collide, more patterns are found")]
    fn few_of_many_are_found() {
        for pattern in [
            "arn:aws:imagebuilder:*:111122223333:component/web-{n}/*",
            "arn:aws:imagebuilder:*:{n}:*",
            "arn:aws:s3:::*-team-{n}/*",
            "arn:aws:s3:::*/team-{n}",
            "arn:aws:s3:::*x{n}",
            "arn:aws:s3:::team-{n}*",
            "arn:aws:s3:::team-{n}/file",
            "arn:aws:s3:::*x{n}x*",
            "?-{n}-?",
        ] {
            let of = |number: usize| pattern.replace("{n}", &format!("{number:05}"));
            let patterns: Vec<String> = (0..10_000).map(of).collect();
            let map = map_of(&patterns);
            for number in [0, 17, 1234, 9999] {
                let text = of(number).replace(['*', '?'], "y");
                let found = found(&map, &text);
                assert!(found.contains(&(number as u32)), "{text}");
                // Of grams ten patterns have the rarest.
                assert!(found.len() <= 20, "{text}: {}", found.len());
            }
        }
    }

    #[test]
    fn whatever_matches_is_found() {
        let parts = ["", "a", "-", "a-", "-a", "b/", "ab", "abab", "a-b-", "*", "?", "é"];
        let joined = |count: usize, step: usize| -> Vec<String> {
            let all = (0..parts.len().pow(count as u32)).step_by(step);
            all.map(|number| (0..count).map(|digit| parts[number / parts.len().pow(digit as u32) % parts.len()]).collect())
                .collect()
        };
        let patterns: Vec<String> = joined(3, 1).into_iter().chain(joined(4, 7)).collect();
        let texts: Vec<String> = joined(4, 13);
        for patterns in [&patterns[..], &patterns[..40], &patterns[1000..1300]] {
            let map = map_of(patterns);
            for text in &texts {
                let found = found(&map, text);
                let matches = |number: u32| matches_glob(patterns[number as usize].as_bytes(), text.as_bytes());
                let matching: Vec<u32> = (0..patterns.len() as u32).filter(|&number| matches(number)).collect();
                for number in &matching {
                    assert!(found.contains(number), "{} {text}", patterns[*number as usize]);
                }
                let smallest = first(&map, 7, text.as_bytes(), |number| Ok(matches(number)));
                assert_eq!(smallest, Ok(matching.first().copied()), "{text}");
                assert_eq!(any(&map, 7, text.as_bytes(), |number| Ok(matches(number))), Ok(!matching.is_empty()), "{text}");
            }
        }
    }

    #[test]
    #[cfg_attr(feature = "colliding-hash", ignore = "where pieces collide, lists are gone through for each of them")]
    fn what_a_text_repeats_leads_to_a_long_list_once() {
        let of = |wildcards: usize| format!("arn:{}team-7/*", "*".repeat(wildcards + 1));
        let patterns: Vec<String> = (0..10).map(of).collect();
        let map = map_of(&patterns);
        // The last one only begins as the piece does.
        for text in ["arn:team-7/", "arn:team-7/team-7/team-7/xteam-7/team-7"] {
            assert_eq!(found(&map, text), (0..10).collect::<Vec<u32>>(), "{text}");
        }
        let grams: Vec<String> = (0..40).map(|wildcards| format!("arn:{}xabcdx*", "*".repeat(wildcards + 1))).collect();
        let found = found(&map_of(&grams), &format!("arn:{}", "xabcdx".repeat(50)));
        assert_eq!(found.len(), 40);
    }

    #[test]
    fn damage_is_noticed_or_finds_something_else() {
        let patterns: Vec<String> = (0..30).map(|number| format!("arn:*-{}-{}*", number % 7, number % 5)).collect();
        let map = map_of(&patterns);
        let ask = |map: &[u8]| assert_ne!(any(map, 7, b"arn:x-3-2-1-y", |_| Ok(false)), Ok(true));
        for len in 0..map.len() {
            ask(&map[..len]);
        }
        for at in 0..map.len() {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = map.clone();
                damaged[at] ^= flip;
                ask(&damaged);
            }
        }
    }
}
