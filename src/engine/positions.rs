//! Following a pattern through a text by the set of all positions that it can have reached.

use memchr::memchr_iter;

use super::glob_match::next_character;
use super::pattern::Mode;
use crate::iam::fold::fold_char;

/// Positions in a text, between its bytes: 0 to its length.
#[derive(Clone, Copy)]
pub(super) struct Positions<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Positions<WORDS> {
    pub(super) fn at(starts: &mut dyn Iterator<Item = usize>) -> Self {
        let mut positions = Positions([0; WORDS]);
        starts.for_each(|start| positions.insert(start));
        positions
    }

    /// The positions before each byte of a text.
    pub(super) fn before_bytes(text: &[u8]) -> Self {
        let mut positions = Positions([0; WORDS]);
        for (word, bytes) in positions.0.iter_mut().zip(text.chunks(64)) {
            *word = u64::MAX >> (64 - bytes.len());
        }
        positions
    }

    /// The positions before each byte that is not a colon.
    pub(super) fn before_no_colon(text: &[u8]) -> Self {
        let mut positions = Positions::before_bytes(text);
        for at in memchr_iter(b':', text) {
            if let Some(word) = positions.0.get_mut(at / 64) {
                *word &= !(1 << (at % 64));
            }
        }
        positions
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    fn insert(&mut self, position: usize) {
        if let Some(word) = self.0.get_mut(position / 64) {
            *word |= 1 << (position % 64);
        }
    }

    pub(super) fn contains(&self, position: usize) -> bool {
        self.0.get(position / 64).is_some_and(|word| word >> (position % 64) & 1 == 1)
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, &word)| {
            std::iter::successors((word != 0).then_some(word), |word| Some(word & (word - 1)).filter(|word| *word != 0))
                .map(move |word| index * 64 + word.trailing_zeros() as usize)
        })
    }

    pub(super) fn first(&self) -> Option<usize> {
        self.iter().next()
    }

    /// The first and the last.
    fn ends(&self) -> Option<(usize, usize)> {
        let first = self.iter().next()?;
        let last = self.0.iter().rposition(|&word| word != 0)?;
        Some((first, last * 64 + 63 - self.0[last].leading_zeros() as usize))
    }

    fn step(&self, next: impl Fn(usize) -> Option<usize>) -> Self {
        let mut reached = Positions([0; WORDS]);
        self.iter().filter_map(next).for_each(|position| reached.insert(position));
        reached
    }

    /// Where a literal ends that begins at one of these.
    ///
    /// PERF: behind a run nearly every position is one of these, and few have the literal's first byte.
    pub(super) fn after_literal(&self, text: &[u8], literal: &[u8], mode: Mode) -> Self {
        if mode == Mode::Folded {
            return self.step(|at| folded_prefix_len(text.get(at..)?, literal).map(|len| at + len));
        }
        let (Some(&first), Some((start, last))) = (literal.first(), self.ends()) else { return *self };
        let mut reached = Positions([0; WORDS]);
        let text_of_starts = text.get(start..text.len().min(last + 1)).unwrap_or_default();
        for at in memchr_iter(first, text_of_starts).map(|at| start + at) {
            if self.contains(at) && text.get(at..).is_some_and(|rest| rest.starts_with(literal)) {
                reached.insert(at + literal.len());
            }
        }
        reached
    }

    /// The same of a variable's value, of which the letter case is its own.
    pub(super) fn after_variable(&self, text: &[u8], value: &[u8], mode: Mode) -> Self {
        if mode == Mode::Folded {
            return self.step(|at| equal_prefix_len(text.get(at..)?, value).map(|len| at + len));
        }
        self.after_literal(text, value, mode)
    }

    /// Behind the character at each of these; unless `any`, it is no colon.
    pub(super) fn after_one(&self, text: &[u8], any: bool) -> Self {
        self.step(|at| text.get(at).filter(|&&byte| any || byte != b':').map(|_| next_character(text, at)))
    }

    /// All positions behind these that a run reaches which may take the bytes at `open`.
    ///
    /// PERF: a carry runs from each position through all that are open behind it, and one further. What it clears on its way was
    /// reached before.
    pub(super) fn after_run(&self, open: &Self) -> Self {
        let mut carry = false;
        let mut reached = *self;
        for (word, open) in reached.0.iter_mut().zip(open.0) {
            let (sum, overflow) = (*word & open).overflowing_add(open);
            let (sum, overflow_of_carry) = sum.overflowing_add(u64::from(carry));
            carry = overflow | overflow_of_carry;
            *word |= sum ^ open;
        }
        reached
    }
}

/// How many bytes of `text` fold to `literal`, if they do; `literal` is folded.
pub(super) fn folded_prefix_len(text: &[u8], literal: &[u8]) -> Option<usize> {
    let (text, literal) = (std::str::from_utf8(text).ok()?, std::str::from_utf8(literal).ok()?);
    let mut characters = text.chars();
    for expected in literal.chars() {
        if characters.next().map(fold_char) != Some(expected) {
            return None;
        }
    }
    Some(text.len() - characters.as_str().len())
}

/// As [`folded_prefix_len`], for a value that is not folded yet.
fn equal_prefix_len(text: &[u8], value: &[u8]) -> Option<usize> {
    let (text, value) = (std::str::from_utf8(text).ok()?, std::str::from_utf8(value).ok()?);
    let mut characters = text.chars();
    for expected in value.chars() {
        if characters.next().map(fold_char) != Some(fold_char(expected)) {
            return None;
        }
    }
    Some(text.len() - characters.as_str().len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    type ThreeWords = Positions<3>;

    fn at(places: &[usize]) -> ThreeWords {
        Positions::at(&mut places.iter().copied())
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(0), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_run_reaches_what_is_behind_a_place_up_to_the_next_colon(text in "(a{0,70}:?){0,2}", starts in prop::collection::vec(0..=140_usize, 0..6)) {
            let text = text.as_bytes();
            let starts: Vec<usize> = starts.into_iter().filter(|&start| start <= text.len()).collect();
            let is_reached = |place: usize, may_take: fn(u8) -> bool| {
                starts.iter().any(|&start| start <= place && text[start..place].iter().all(|&byte| may_take(byte)))
            };
            let expected = |may_take| (0..=text.len()).filter(|&place| is_reached(place, may_take)).collect::<Vec<_>>();
            let reached = |open: ThreeWords| at(&starts).after_run(&open).iter().collect::<Vec<_>>();
            prop_assert_eq!(reached(Positions::before_bytes(text)), expected(|_| true));
            prop_assert_eq!(reached(Positions::before_no_colon(text)), expected(|byte| byte != b':'));
        }

        #[test]
        fn a_literal_leads_on_from_where_it_is(text in "[ab]{0,140}", literal in "[ab]{0,3}", starts in prop::collection::vec(0..=140_usize, 0..60)) {
            let (text, literal) = (text.as_bytes(), literal.as_bytes());
            let starts: Vec<usize> = starts.into_iter().filter(|&start| start <= text.len()).collect();
            let mut expected: Vec<usize> =
                starts.iter().filter(|&&start| text[start..].starts_with(literal)).map(|start| start + literal.len()).collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(at(&starts).after_literal(text, literal, Mode::Exact).iter().collect::<Vec<_>>(), expected);
        }
    }
}
