//! The names that the compiler does not know, sorted by how they begin.
//!
//! A pattern such as `Get*` says the same of all unknown names that begin alike, as far as patterns tell beginnings apart. So the
//! unknown names of a service fall apart by the literal beginnings of its patterns: a name belongs to the longest that it starts
//! with. Of a pattern of another shape (`*Image`, `Get?mage`) the beginning says only whether it can match.

use std::collections::BTreeSet;
use std::ops::Range;

/// Longer beginnings are cut. No asked action is much longer.
const MAX_PREFIX_SIZE: usize = 64;

/// The beginnings that tell the unknown names of one service apart. In order; the first is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prefixes(Vec<Box<[u8]>>);

/// What a pattern says of the names that begin with each of some prefixes.
pub(super) struct PatternAnswers {
    /// Of those with these prefixes it may match some; beside them, with the one before.
    under: Range<usize>,
    closest: usize,
    /// Whether it matches all that begin with the prefixes `under`.
    is_certain: bool,
}

impl Prefixes {
    /// The beginnings of the patterns, the shortest if there are too many: what they leave together is told apart by the patterns.
    pub(super) fn of<'p>(patterns: impl Iterator<Item = &'p str>, limit: usize) -> Prefixes {
        let all: BTreeSet<&[u8]> = patterns.filter_map(wildcard_at).map(|(literal, _)| cut(literal)).collect();
        let mut prefixes: Vec<Box<[u8]>> = all.into_iter().filter(|prefix| !prefix.is_empty()).map(Box::from).collect();
        prefixes.sort_by_key(|prefix| prefix.len());
        prefixes.truncate(limit);
        prefixes.push(Box::default());
        prefixes.sort_unstable();
        Prefixes(prefixes)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn texts(&self) -> Vec<&[u8]> {
        self.0.iter().map(|prefix| &**prefix).collect()
    }

    /// What a pattern says of unknown names; `None` if it names one action, which is known then.
    pub(super) fn answers(&self, pattern: &str) -> Option<PatternAnswers> {
        let (literal, rest) = wildcard_at(pattern)?;
        let first = self.0.partition_point(|prefix| **prefix < *literal);
        let end = first + self.0[first..].iter().take_while(|prefix| prefix.starts_with(literal)).count();
        // Names that begin with the pattern's literal, and with no prefix that is as long, begin with this one.
        let closest = self.0[..end].iter().rposition(|prefix| literal.starts_with(prefix)).expect("the first is empty");
        Some(PatternAnswers { under: first..end, closest, is_certain: rest.bytes().all(|byte| byte == b'*') })
    }
}

impl PatternAnswers {
    /// The prefixes of names that it can match.
    pub(super) fn possible(&self) -> impl Iterator<Item = usize> + use<> {
        self.under.clone().chain([self.closest])
    }

    /// The prefixes of names that it matches, whatever follows.
    pub(super) fn certain(&self) -> Range<usize> {
        if self.is_certain { self.under.clone() } else { 0..0 }
    }
}

/// The literal beginning of a pattern, and the rest from its first wildcard on.
fn wildcard_at(pattern: &str) -> Option<(&[u8], &str)> {
    let (literal, rest) = pattern.split_at(pattern.find(['*', '?'])?);
    Some((literal.as_bytes(), rest))
}

fn cut(literal: &[u8]) -> &[u8] {
    &literal[..literal.len().min(MAX_PREFIX_SIZE)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::prefix_map;
    use crate::engine::glob_match::matches_folded_glob;

    fn words(alphabet: &[char], max_len: usize) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut last = words.clone();
        for _ in 0..max_len {
            last = last.iter().flat_map(|word| alphabet.iter().map(move |letter| format!("{word}{letter}"))).collect();
            words.extend(last.iter().cloned());
        }
        words
    }

    /// Whatever prefixes there are, no name is lost and none is promised wrongly; where there are all, plain beginnings are exact.
    #[test]
    fn answers_are_those_of_the_patterns() {
        let patterns = words(&['a', 'b', '*', '?'], 4);
        let names = words(&['a', 'B'], 5);
        let some = |step: usize| patterns.iter().step_by(step).map(String::as_str);
        for (step, limit) in [(1, usize::MAX), (1, 5), (3, 6), (7, usize::MAX), (11, 3), (1, 0)] {
            let prefixes = Prefixes::of(some(step), limit);
            let map = prefix_map::build(&prefixes.texts());
            for pattern in &patterns {
                let Some(answers) = prefixes.answers(pattern) else { continue };
                let is_listed = prefixes.texts().contains(&wildcard_at(pattern).expect("a wildcard").0);
                for name in &names {
                    let prefix = prefix_map::longest(&map, name.as_bytes()).expect("whole") as usize;
                    let (possible, certain) = (answers.possible().any(|own| own == prefix), answers.certain().contains(&prefix));
                    let matches = matches_folded_glob(pattern.as_bytes(), name.as_bytes());
                    assert!(certain <= matches && matches <= possible, "{pattern} {name} among {prefixes:?}");
                    assert!(!(answers.is_certain && is_listed) || certain == possible, "{pattern} {name} among {prefixes:?}");
                }
            }
        }
    }

    #[test]
    fn long_beginnings_are_cut_and_many_are_shortened() {
        let long = format!("{}*", "x".repeat(MAX_PREFIX_SIZE + 1));
        let prefixes = Prefixes::of([long.as_str(), "get*", "a*", "one"].into_iter(), 2);
        assert_eq!(prefixes.texts(), [&b""[..], b"a", b"get"]);
        let prefixes = Prefixes::of([long.as_str()].into_iter(), 2);
        assert_eq!(prefixes.texts()[1].len(), MAX_PREFIX_SIZE);
        let answers = prefixes.answers(&long).expect("it has a wildcard");
        assert_eq!((answers.possible().collect::<Vec<_>>(), answers.certain().count()), (vec![1], 0));
    }
}
