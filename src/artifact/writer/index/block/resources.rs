//! What texts of a resource say of the statements of a block: how it begins and ends, what is behind one of its first colons, or
//! behind a slash.
//!
//! Of each statement one literal text of every pattern counts, which every match has there; a statement with a pattern that has none
//! is in every row, and so is one about all resources but some. Which texts have a dimension is found out by a sample: a few
//! statements are each asked for by their own texts, and that dimension comes first that leaves fewest.
//!
//! One worked example. Of a thousand statements about `arn:aws:imagebuilder:*:*:component/app-N-*` the resources all begin alike, and
//! end in any way; what is behind the fifth colon leaves one.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::BlockWriter;
use super::dimensions::Dimension;
use super::prefixes::Prefixes;
use super::row::count;
use crate::artifact::unit_code::{dimension, resource_texts};
use crate::artifact::writer::pattern::fifth_colon;
use crate::ir::{Pattern, PatternToken, ResourceSet, ResourceSetId};
use crate::request::MAX_NAME_SIZE;

/// Statements of a sample.
const SAMPLE_SIZE: usize = 16;
/// If a dimension leaves so few in the mean, another would cost more than to verify them.
const FEW: usize = 4;
/// A dimension is worth its cost if it takes out so many in the mean, or half of all, and one of so many.
const MIN_SAVED: usize = 8;
const MIN_SHARE: usize = 16;
/// A statement with more patterns is in every row.
const MAX_PATTERNS: usize = 64;

/// Which texts of a resource a dimension is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Texts {
    Beginning,
    Ending,
    /// Behind the colon of this number, or a later one.
    BehindColon(u32),
    BehindSlashes,
}

impl Texts {
    /// Those that a request has one of before those that it may have several of.
    fn all() -> impl Iterator<Item = Texts> {
        let colons = (resource_texts::FIRST_COLON..=resource_texts::LAST_COLON).rev().map(Texts::BehindColon);
        [Texts::Beginning, Texts::Ending].into_iter().chain(colons).chain([Texts::BehindSlashes])
    }

    fn code(self) -> u32 {
        match self {
            Texts::Beginning => resource_texts::BEGINNING,
            Texts::Ending => resource_texts::ENDING,
            Texts::BehindColon(number) => number,
            Texts::BehindSlashes => resource_texts::BEHIND_SLASHES,
        }
    }

    /// What every match of a pattern has there, if that is anything.
    fn of<'p>(self, pattern: &'p Pattern, slashes: &Slashes<'p>) -> Option<&'p str> {
        let text = match self {
            Texts::Beginning => Some(pattern.literal_prefix()),
            Texts::Ending => pattern.as_literal().or(Some(pattern.literal_suffix())),
            Texts::BehindColon(number) => behind_colon(pattern, number as usize),
            Texts::BehindSlashes => behind_slashes(pattern).min_by_key(|text| slashes.rank(text)),
        };
        text.filter(|text| !text.is_empty())
    }

    /// Whether a text that is asked for, and what it may go on with, begins, or ends, with one of a statement.
    fn has(self, asked: &str, own: &str) -> bool {
        if self == Texts::Ending { asked.ends_with(own) } else { asked.starts_with(own) }
    }

    /// How many of a resource's texts can have one of these prefixes: each is behind a separator, and has what a prefix has up to its
    /// next.
    fn reach(self, prefixes: &Prefixes) -> usize {
        let separator = match self {
            Texts::Beginning | Texts::Ending => return 1,
            Texts::BehindColon(_) => b':',
            Texts::BehindSlashes => b'/',
        };
        MAX_NAME_SIZE / (prefixes.shortest_up_to(separator) + 1) + 1
    }
}

/// A dimension that a block could have.
struct Candidate<'p> {
    texts: Texts,
    /// Those of each statement's patterns; `None` if it is in every row.
    own: Vec<Option<Vec<&'p str>>>,
    /// For each statement of the sample, a bit for each that a request about it leaves.
    sample: Vec<Vec<u64>>,
}

/// A dimension of texts.
pub(super) struct TextsDimension {
    pub(super) dimension: Dimension,
    /// How many statements it leaves in the mean of the sample.
    pub(super) left: u64,
    /// How many it leaves at most.
    pub(super) most: u64,
    /// How many words of rows a request reads for it.
    pub(super) words: u64,
}

impl<'p> BlockWriter<'_, 'p> {
    /// Up to `max_count` dimensions of those texts of resources that tell many statements apart; `has_beginnings` if there is one
    /// already of how they begin.
    pub(super) fn resource_texts(&mut self, has_beginnings: bool, max_count: usize) -> Vec<TextsDimension> {
        let program = self.writer.program;
        let set_of = |resource: ResourceSetId| Some(&program.resource_sets[resource.index()]);
        let is_told = |set: &&ResourceSet| !set.negated && (1..=MAX_PATTERNS).contains(&set.patterns.len());
        let sets: Vec<Option<&'p ResourceSet>> =
            self.statements.iter().map(|statement| statement.resource.and_then(set_of).filter(is_told)).collect();
        let slashes = Slashes::of(&sets);
        let mut candidates: Vec<Candidate<'p>> = Texts::all()
            .filter(|&texts| !(has_beginnings && texts == Texts::Beginning))
            .filter_map(|texts| self.candidate(texts, &sets, &slashes))
            .collect();
        let min_saved = MIN_SAVED.min(self.statements.len() / 2);
        let mut dimensions = Vec::new();
        let mut left: Vec<Vec<u64>> = vec![self.bits(|_| true); SAMPLE_SIZE];
        let mut left_count = self.statements.len() * SAMPLE_SIZE;
        while dimensions.len() < max_count && left_count > FEW * SAMPLE_SIZE && self.has_room() {
            let counts = candidates.iter().map(|candidate| candidate.count_left(&left));
            let Some((best, count)) = counts.enumerate().min_by_key(|&(_, count)| count) else { break };
            let saved = left_count.saturating_sub(count);
            if saved < min_saved * SAMPLE_SIZE || saved * MIN_SHARE < left_count {
                break;
            }
            let candidate = candidates.swap_remove(best);
            dimensions.push(self.texts_dimension(&candidate));
            left.iter_mut().zip(&candidate.sample).for_each(|(left, own)| and(left, own));
            left_count = count;
        }
        dimensions
    }

    /// `None` if no statement says anything there.
    fn candidate(&self, texts: Texts, sets: &[Option<&'p ResourceSet>], slashes: &Slashes<'p>) -> Option<Candidate<'p>> {
        let of_set = |set: &'p ResourceSet| set.patterns.iter().map(|pattern| texts.of(pattern, slashes)).collect();
        let own: Vec<Option<Vec<&str>>> = sets.iter().map(|set| set.and_then(of_set)).collect();
        if own.iter().all(Option::is_none) {
            return None;
        }
        let sample = (0..SAMPLE_SIZE).map(|number| {
            // Of several texts of a statement, another each time.
            let asked = own[number * own.len() / SAMPLE_SIZE].as_ref().map(|texts| texts[number % texts.len()]);
            self.bits(|position| match (&own[position], asked) {
                (Some(own), Some(asked)) => own.iter().any(|own| texts.has(asked, own)),
                (Some(_), None) => false,
                (None, _) => true,
            })
        });
        let sample = sample.collect();
        Some(Candidate { texts, own, sample })
    }

    fn texts_dimension(&mut self, Candidate { texts, own, sample }: &Candidate<'p>) -> TextsDimension {
        let bytes = |text: &str| match texts {
            Texts::Ending => text.bytes().rev().collect(),
            _ => text.as_bytes().to_vec(),
        };
        let with_position = |(position, own): (u32, &Option<Vec<&str>>)| -> Vec<(Vec<u8>, u32)> {
            own.iter().flatten().map(|text| (bytes(text), position)).collect()
        };
        let listed = (0..).zip(own).flat_map(with_position).collect();
        let prefixes = Prefixes::of(listed, self.statements.len());
        let other = self.bits(|position| own[position].is_none() || prefixes.unnamed.binary_search(&(position as u32)).is_ok());
        let (counts, reach) = (prefixes.counts(), texts.reach(&prefixes));
        let other_count = count(&other);
        let named = counts.iter().take(reach).sum::<u64>();
        // The row of what has no prefix comes up as well. What rows have beside no other statement is written one by one.
        let row_count = if reach == 1 { 1 } else { counts.len().min(reach) as u64 + 1 };
        let words = if other_count == 0 { self.word_count() + named } else { self.word_count() * row_count };
        let prefixes = self.write_prefixes(&prefixes, &other);
        let other = self.row(&other, &[]);
        let dimension = [dimension::RESOURCE_TEXTS, texts.code(), 0, other, 0, prefixes];
        let left = sample.iter().map(|row| count(row)).sum::<u64>() / SAMPLE_SIZE as u64;
        TextsDimension { dimension, left, most: other_count + named, words }
    }
}

impl Candidate<'_> {
    /// How many are left of what others left for the sample.
    fn count_left(&self, left: &[Vec<u64>]) -> usize {
        let both = |(left, own): (&Vec<u64>, &Vec<u64>)| -> usize {
            left.iter().zip(own).map(|(left, own)| (left & own).count_ones() as usize).sum()
        };
        left.iter().zip(&self.sample).map(both).sum()
    }
}

fn and(left: &mut [u64], own: &[u64]) {
    left.iter_mut().zip(own).for_each(|(left, own)| *left &= own);
}

/// How many patterns have each text behind a slash.
struct Slashes<'p>(HashMap<&'p str, u32, Xxh3DefaultBuilder>);

impl<'p> Slashes<'p> {
    fn of(sets: &[Option<&'p ResourceSet>]) -> Slashes<'p> {
        let mut counts: HashMap<&str, u32, _> = HashMap::default();
        let patterns = sets.iter().flatten().flat_map(|set| &set.patterns);
        patterns.flat_map(behind_slashes).for_each(|text| *counts.entry(text).or_default() += 1);
        Slashes(counts)
    }

    /// The text that fewest have comes first; of those, the longest.
    fn rank(&self, text: &str) -> (u32, std::cmp::Reverse<usize>) {
        (self.0.get(text).copied().unwrap_or(0), std::cmp::Reverse(text.len()))
    }
}

/// The literal text behind the colon of this number of an ARN pattern: every match has it behind as many colons, or behind more.
fn behind_colon(pattern: &Pattern, number: usize) -> Option<&str> {
    fifth_colon(pattern)?;
    let mut missing = number.checked_sub(1)?;
    for token in &pattern.tokens {
        let PatternToken::Literal(text) = token else { continue };
        if let Some((colon, _)) = text.match_indices(':').nth(missing) {
            return Some(&text[colon + 1..]);
        }
        missing -= text.matches(':').count();
    }
    None
}

/// The literal text behind the first slash of each literal of a pattern: every match has it behind a slash.
fn behind_slashes(pattern: &Pattern) -> impl Iterator<Item = &str> {
    let literals = pattern.tokens.iter().filter_map(|token| match token {
        PatternToken::Literal(text) => text.split_once('/'),
        _ => None,
    });
    literals.map(|(_, text)| text).filter(|text| !text.is_empty())
}
