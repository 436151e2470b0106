//! Spans of texts that all statements of a block treat alike: [runs](super::runs) in the order of a dictionary, where what begins with
//! a text stands together.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use super::dimensions::Dimension;
use super::row::count;
use super::runs::cut;
use super::{BlockWriter, is_worthwhile};
use crate::artifact::layout::Section;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;
use crate::iam::arn::is_whole_arn;
use crate::ir::{Gap, Pattern, PatternToken, Predicate, ResourceSet, Test};

/// Where patterns say how a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum TextSide {
    Beginning,
    /// Texts are taken from their last byte to their first.
    Ending,
}

/// What one side of a text says of patterns that it must, or must not, match one of.
///
/// Wanted patterns may match a text that is so on this side, and no other. Unwanted ones match it surely, and are left out if that is
/// not known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edges<'p> {
    side: TextSide,
    edges: Vec<Edge<'p>>,
}

/// A text, and whether it alone is meant or all that begin, or end, with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Edge<'p> {
    text: &'p str,
    is_whole: bool,
}

impl<'p> Edges<'p> {
    /// Of a test, if this side says something of it.
    pub(super) fn of_test(test: &'p Predicate, side: TextSide) -> Option<Edges<'p>> {
        let patterns = patterns(&test.test);
        if patterns.is_empty() {
            return None;
        }
        Edges::of(patterns, test.negated, side, |pattern| Edge::sure_of_test(&test.test, pattern, side))
    }

    fn of_resources(set: &'p ResourceSet) -> Option<Edges<'p>> {
        Edges::of(&set.patterns, set.negated, TextSide::Beginning, |pattern| Edge::sure(pattern, TextSide::Beginning))
    }

    fn of(
        patterns: &'p [Pattern],
        are_unwanted: bool,
        side: TextSide,
        sure: impl Fn(&'p Pattern) -> Option<Edge<'p>>,
    ) -> Option<Edges<'p>> {
        let edges: Vec<Edge<'p>> = if are_unwanted {
            Some(patterns.iter().filter_map(sure).collect()).filter(|sure: &Vec<_>| !sure.is_empty())
        } else {
            patterns.iter().map(|pattern| Edge::possible(pattern, side)).collect()
        }?;
        // Of whole texts both sides say the same.
        let says_more = side == TextSide::Beginning || edges.iter().any(|edge| !edge.is_whole);
        says_more.then_some(Edges { side, edges })
    }
}

/// The patterns that a value is compared with.
fn patterns(test: &Test) -> &[Pattern] {
    match test {
        Test::Like(patterns) | Test::Arn(patterns) => patterns,
        _ => &[],
    }
}

/// Whether one side of a value says whether it matches a pattern of a test.
pub(super) fn is_sure(test: &Test, pattern: &Pattern, side: TextSide) -> bool {
    Edge::sure_of_test(test, pattern, side).is_some()
}

/// Whether the beginning of a resource says whether it matches.
pub(super) fn is_decided_by_beginning(pattern: &Pattern) -> bool {
    Edge::sure(pattern, TextSide::Beginning).is_some()
}

impl<'p> Edge<'p> {
    fn whole(pattern: &'p Pattern) -> Option<Edge<'p>> {
        pattern.as_literal().map(|text| Edge { text, is_whole: true })
    }

    /// How all texts are that match; `None` if they can be anything on this side.
    fn possible(pattern: &'p Pattern, side: TextSide) -> Option<Edge<'p>> {
        let text = match side {
            TextSide::Beginning => pattern.literal_prefix(),
            TextSide::Ending => pattern.literal_suffix(),
        };
        Edge::whole(pattern).or((!text.is_empty()).then_some(Edge { text, is_whole: false }))
    }

    /// The same of a pattern of a test. An ARN pattern matches no text that is no ARN (WC-17).
    fn sure_of_test(test: &Test, pattern: &'p Pattern, side: TextSide) -> Option<Edge<'p>> {
        let says_enough = |edge: &Edge<'_>| match test {
            Test::Arn(_) => is_whole_arn(edge.text),
            _ => true,
        };
        Edge::sure(pattern, side).filter(says_enough)
    }

    /// How texts are that all match; `None` if more than this side counts.
    fn sure(pattern: &'p Pattern, side: TextSide) -> Option<Edge<'p>> {
        match (&pattern.tokens[..], side) {
            ([PatternToken::Literal(text), PatternToken::Run(Gap::Any)], TextSide::Beginning)
            | ([PatternToken::Run(Gap::Any), PatternToken::Literal(text)], TextSide::Ending) => {
                Some(Edge { text, is_whole: false })
            }
            ([PatternToken::Run(Gap::Any)], _) => Some(Edge { text: "", is_whole: false }),
            _ => Edge::whole(pattern),
        }
    }

    fn span(&self, side: TextSide) -> Span {
        let mut first = self.text.as_bytes().to_vec();
        if side == TextSide::Ending {
            first.reverse();
        }
        let mut behind = first.clone();
        if self.is_whole {
            behind.push(0);
            return Span { first, behind: Some(behind) };
        }
        // No byte of a text is the greatest.
        let behind = behind.last_mut().map(|last| *last += 1).map(|()| behind);
        Span { first, behind }
    }
}

/// The texts from the first that is meant to the first behind those; `None` if all to the end are.
struct Span {
    first: Vec<u8>,
    behind: Option<Vec<u8>>,
}

impl BlockWriter<'_, '_> {
    /// The spans of some tests by one side of values, and how many statements one leaves at most; `None` if they list too
    /// much, or nothing.
    pub(super) fn edges(
        &mut self,
        tests: &[Option<&Predicate>],
        side: TextSide,
        [absent, other]: [&[u64]; 2],
    ) -> Option<(u32, u32, u64)> {
        let mut edges: Vec<_> = tests.iter().map(|test| test.and_then(|test| Edges::of_test(test, side))).collect();
        self.pass_over_own(tests, &mut edges);
        if edges.iter().flatten().all(|own| own.edges.is_empty()) && self.are_all([absent, other]) {
            return None;
        }
        let (reference, most) = self.spans(&edges, other)?;
        let tag = match side {
            TextSide::Beginning => dimension::BEGINNINGS,
            TextSide::Ending => dimension::ENDINGS,
        };
        Some((tag, reference, most))
    }

    /// Takes away what too few tests exclude.
    fn pass_over_own(&self, tests: &[Option<&Predicate>], edges: &mut [Option<Edges<'_>>]) {
        let excludes = |position: usize| tests[position].is_some_and(|test| test.negated);
        let mut counts: HashMap<Edge<'_>, usize, Xxh3DefaultBuilder> = HashMap::default();
        let excluded = edges.iter().enumerate().filter(|&(position, _)| excludes(position)).flat_map(|(_, own)| own);
        excluded.flat_map(|own| &own.edges).for_each(|edge| *counts.entry(*edge).or_default() += 1);
        for (_, own) in edges.iter_mut().enumerate().filter(|&(position, _)| excludes(position)) {
            own.iter_mut().for_each(|own| own.edges.retain(|edge| !self.passes_over(counts[edge])));
        }
    }

    /// Spans of resources, and how many statements one leaves at most. `None` if few say what they are not about: what they are
    /// about, statements are filed under.
    pub(super) fn resources(&mut self) -> Option<(Dimension, u64)> {
        let program = self.writer.program;
        let sets: Vec<Option<&ResourceSet>> =
            self.statements.iter().map(|statement| Some(&program.resource_sets[statement.resource?.index()])).collect();
        let edges: Vec<_> = sets.iter().map(|set| set.and_then(Edges::of_resources)).collect();
        let is_about_others = |position: usize| sets[position].is_some_and(|set| set.negated);
        let negated_count = (0..sets.len()).filter(|&position| is_about_others(position) && edges[position].is_some()).count();
        if !is_worthwhile(negated_count, sets.len()) {
            return None;
        }
        let other = self.bits(|position| edges[position].is_none() || is_about_others(position));
        let (reference, most) = self.spans(&edges, &other)?;
        let most = most.max(count(&other));
        let other = self.row(&other, &[]);
        Some(([dimension::RESOURCES, 0, 0, other, 0, reference], most))
    }

    fn spans(&mut self, edges: &[Option<Edges<'_>>], other: &[u64]) -> Option<(u32, u64)> {
        let spans_of = |own: &Option<Edges<'_>>| -> Vec<Span> {
            own.iter().flat_map(|own| own.edges.iter().map(|edge| edge.span(own.side))).collect()
        };
        let listed: Vec<(u32, Span)> =
            (0..).zip(edges).flat_map(|(position, own)| spans_of(own).into_iter().map(move |span| (position, span))).collect();
        let mut ends: Vec<&[u8]> =
            listed.iter().flat_map(|(_, span)| [Some(&span.first[..]), span.behind.as_deref()]).flatten().collect();
        ends.sort_unstable();
        ends.dedup();
        let rank = |end: &[u8]| ends.partition_point(|other| *other < end) as u32;
        let range = |(position, span): &(u32, Span)| (rank(&span.first), span.behind.as_deref().map(rank), *position);
        let ranges = listed.iter().map(range).collect();
        let (spans, most) = self.rows_of(cut(ranges, self.statements.len())?, other);
        let spans: Vec<(&[u8], u32)> = spans.into_iter().map(|(end, row)| (ends[end as usize], row)).collect();
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(spans.len() as u32);
        let mut texts: Vec<u8> = Vec::new();
        for (number, &(text, row)) in spans.iter().enumerate() {
            let start = texts.len();
            // What the next text begins with is not stored again.
            if spans.get(number + 1).is_none_or(|(next, _)| !next.starts_with(text)) {
                texts.extend(text);
            }
            [start, start + text.len(), row as usize].into_iter().for_each(|number| index.put_u32(number as u32));
        }
        index.extend(texts);
        Some((reference, most))
    }
}
