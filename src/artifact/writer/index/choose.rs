//! Choosing the access key of each statement.
//!
//! Every kind of key costs each request a probe, every statement in a posting list a verification. So: first the kinds that
//! give most statements short lists, greedily, and pieces of resources where those are not enough; then pairs, for statements that no
//! single part sets apart; then what gives lists that are not short, but shorter than all. There, and where a statement's values are
//! its own in part and shared by many in part, each alternative is filed for itself. What is left is the rest list. Where
//! statements test many keys, one kind is kept for what is filed under whichever key it wants.

use smallvec::SmallVec;

use super::access::{Kind, Part};
use super::alternatives;
use super::candidates::{Candidate, Candidates};
use super::census::{Census, Pieces};
use crate::artifact::access_key::part;
use crate::artifact::writer::actions::Actions;
use crate::ir::{Program, Unit};

/// A posting list of this length is short: another kind, to shorten it further, would cost a request as much as its statements do.
pub(super) const SHORT_LIST: u32 = 3;
/// A posting list of this length is not short, but costs a decision hardly more than everything else of it.
const MEDIUM_LIST: u32 = 16;
/// Most kinds of one unit. Each has a bit in the rows of classes, so fewer than 32.
const MAX_KINDS: usize = 24;
/// A kind must serve one of so many of the statements that are open.
const MIN_SHARE: usize = 256;
/// Values that many share are written for each statement again, so it is filed under no more of them.
pub(super) const MAX_LONG_LISTS: u32 = 4;
/// Lists of more statements are long.
pub(super) const MAX_SHORT_LIST_LEN: u32 = 32;

/// A statement under the values of a kind.
pub(super) struct Filing {
    /// Index in the unit.
    pub(super) statement: u32,
    pub(super) hashes: SmallVec<[u64; 2]>,
}

/// A kind and what is filed by it.
pub(super) struct FiledKind {
    pub(super) kind: Kind,
    pub(super) filings: Vec<Filing>,
}

/// Where every statement of a unit is.
pub(in crate::artifact::writer) struct Filings {
    pub(super) kinds: Vec<FiledKind>,
    pub(super) rest: Vec<u32>,
}

/// Files every statement of a unit; `with_pairs` under two parts together as well.
pub(super) fn choose(
    seed: u64,
    program: &Program,
    actions: &Actions,
    unit: &Unit,
    with_pairs: bool,
    on_two_threads: bool,
) -> Filings {
    let mut open: Vec<u32> = (0..unit.statements.len() as u32).collect();
    let mut kinds = Vec::new();
    let mut census = Census::take(seed, program, unit, &open, Pieces::Values);
    let mut singles = Candidates::singles(seed, program, actions, unit, &open, &census, on_two_threads);
    let most_kinds = if census.has_many_keys { MAX_KINDS - 1 } else { MAX_KINDS };
    singles.file_short(most_kinds, &mut open, &mut kinds);
    if !open.is_empty() {
        // PERF: most resources share most of their pieces, so these are looked at only where nothing else will do.
        census = Census::take(seed, program, unit, &open, Pieces::Resources);
        singles = Candidates::singles(seed, program, actions, unit, &open, &census, on_two_threads);
        singles.file_short(most_kinds, &mut open, &mut kinds);
    }
    let pairs = (with_pairs && !open.is_empty()).then(|| Candidates::pairs(&singles, &open));
    if let Some(pairs) = &pairs {
        pairs.file_short(most_kinds, &mut open, &mut kinds);
    }
    let alternatives = if open.is_empty() { Vec::new() } else { split(seed, program, unit, &open) };
    for (most, all_kinds) in [(medium as fn(&[u32]) -> u32, most_kinds), (bearable, MAX_KINDS)] {
        if let Some(pairs) = &pairs {
            pairs.file_best(most, most_kinds, &mut open, &mut kinds);
        }
        singles.file_best(most, all_kinds, &mut open, &mut kinds);
        for alternatives in &alternatives {
            alternatives.file_each(most, all_kinds, &mut open, &mut kinds);
        }
        singles.file_mixed(most(&open), all_kinds, &mut open, &mut kinds);
    }
    Filings { kinds, rest: open }
}

/// The alternatives of open statements, element by element.
fn split(seed: u64, program: &Program, unit: &Unit, open: &[u32]) -> Vec<Candidates> {
    let census = Census::take(seed, program, unit, open, Pieces::Alternatives);
    let elements = alternatives::elements(program, unit, open, min_served(open.len()));
    let of_element = |element| Candidates::alternatives(seed, program, unit, open, &census, element);
    elements.into_iter().map(of_element).collect()
}

/// How many of so many open statements a kind must serve.
fn min_served(open_count: usize) -> usize {
    open_count / MIN_SHARE + 1
}

/// [`MEDIUM_LIST`], whatever is open.
fn medium(_open: &[u32]) -> u32 {
    MEDIUM_LIST
}

/// The longest list that is much shorter than all that is open.
fn bearable(open: &[u32]) -> u32 {
    (open.len() as u32 / 4).max(SHORT_LIST)
}

impl Candidates {
    /// Files what gets short lists, the kind that serves most first, until there are so many kinds.
    fn file_short(&self, most_kinds: usize, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        while !open.is_empty() && kinds.len() < most_kinds {
            let mut served = vec![0_usize; self.kinds.len()];
            for candidate in open.iter().flat_map(|&item| self.of(item)) {
                served[candidate.kind as usize] += usize::from(candidate.cost <= SHORT_LIST);
            }
            let weighted = |kind: usize| served[kind] * weight(&self.kinds[kind]);
            let Some(best) = (0..served.len()).max_by_key(|&kind| (weighted(kind), std::cmp::Reverse(kind))) else { return };
            if served[best] < min_served(open.len()) {
                return;
            }
            self.file(best, |candidate| candidate.cost <= SHORT_LIST, open, kinds);
        }
    }

    /// Files the others where their lists are shortest, if they are not longer than `most` says of what is open.
    fn file_best(&self, most: impl Fn(&[u32]) -> u32, most_kinds: usize, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        while !open.is_empty() && kinds.len() < most_kinds {
            let most = most(open);
            // The kind that saves most verifications.
            let mut saved = vec![0_u64; self.kinds.len()];
            let mut served = vec![0_usize; self.kinds.len()];
            for candidate in open.iter().flat_map(|&item| self.of(item)) {
                if candidate.cost <= most {
                    saved[candidate.kind as usize] += u64::from(open.len() as u32 - candidate.cost.min(open.len() as u32)) + 1;
                    served[candidate.kind as usize] += 1;
                }
            }
            let Some(best) = (0..saved.len()).max_by_key(|&kind| (saved[kind], std::cmp::Reverse(kind))) else { return };
            if served[best] < min_served(open.len()) {
                return;
            }
            self.file(best, |candidate| candidate.cost <= most, open, kinds);
        }
    }

    /// Files each alternative of open statements for itself, if some of them are in lists that are not longer than `most` says, and
    /// all are somewhere.
    fn file_each(&self, most: impl Fn(&[u32]) -> u32, most_kinds: usize, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        let mut items = self.mixed_items(open, most(open));
        let mut split: Vec<u32> = items.iter().map(|&item| self.owner(item)).collect();
        split.dedup();
        self.file_short(most_kinds, &mut items, kinds);
        self.file_best(most, most_kinds, &mut items, kinds);
        // What all share is better found by those alone that have it.
        self.file_mixed(u32::MAX, most_kinds, &mut items, kinds);
        let lost: Vec<u32> = items.iter().map(|&item| self.owner(item)).collect();
        let is_in = |statements: &[u32], statement: u32| statements.binary_search(&statement).is_ok();
        if !lost.is_empty() {
            kinds.iter_mut().for_each(|kind| kind.filings.retain(|filing| !is_in(&lost, filing.statement)));
            kinds.retain(|kind| !kind.filings.is_empty());
        }
        open.retain(|&statement| !is_in(&split, statement) || is_in(&lost, statement));
    }

    /// Files what is in short lists by some of its values and, in the mean over all values of a kind, in lists of at most `most`:
    /// only requests with a value that many share have to look at many.
    fn file_mixed(&self, most: u32, most_kinds: usize, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        let accepts = |candidate: &Candidate| {
            candidate.least <= most && candidate.long_lists <= MAX_LONG_LISTS && self.mean_len(candidate) <= most
        };
        while !open.is_empty() && kinds.len() < most_kinds {
            let mut saved = vec![0_u64; self.kinds.len()];
            let mut served = vec![0_usize; self.kinds.len()];
            for candidate in open.iter().flat_map(|&item| self.of(item)).filter(|candidate| accepts(candidate)) {
                let kind = candidate.kind as usize;
                saved[kind] += u64::from(self.item_count().saturating_sub(self.mean_len(candidate))) + 1;
                served[kind] += 1;
            }
            let weighted = |kind: usize| saved[kind] * weight(&self.kinds[kind]) as u64;
            let Some(best) = (0..saved.len()).max_by_key(|&kind| (weighted(kind), std::cmp::Reverse(kind))) else { return };
            if served[best] < min_served(open.len()) {
                return;
            }
            self.file(best, accepts, open, kinds);
        }
    }

    fn file(&self, kind: usize, accepts: impl Fn(&Candidate) -> bool, open: &mut Vec<u32>, kinds: &mut Vec<FiledKind>) {
        let position = kinds.iter().position(|filed| filed.kind == self.kinds[kind]).unwrap_or_else(|| {
            kinds.push(FiledKind { kind: self.kinds[kind].clone(), filings: Vec::new() });
            kinds.len() - 1
        });
        let filings = &mut kinds[position].filings;
        open.retain(|&item| {
            let own = self.of(item).iter().filter(|candidate| candidate.kind as usize == kind && accepts(candidate));
            // One key may be tested twice: the shorter lists.
            let Some(candidate) = own.min_by_key(|candidate| candidate.cost) else { return true };
            filings.push(Filing { statement: self.owner(item), hashes: self.hashes(candidate).into() });
            false
        });
    }
}

/// How much a kind is worth beside others that serve as many: a gram is looked up at every position of the value,
/// and some values must be read first.
fn weight(kind: &Kind) -> usize {
    let part_weight = |part: &Part| match part.tag {
        part::VALUE_GRAM | part::RESOURCE_GRAM => 4,
        // Two keys are read for it.
        part::SAME => 12,
        // A request has several keys.
        part::KEY => 1,
        // Nearly all resources are of one partition.
        part::RESOURCE_FIELD if part.size == 1 => 8,
        tag if part::of_any_key(tag).is_some() => 2,
        // A caller has several names.
        part::PRINCIPAL => 12,
        part::VALUE_FOLDED..=part::VALUE_LATER_TAIL => 14,
        // All values that are ARNs begin alike: of `arn:aws:iam::*:root` the end tells more.
        part::VALUE_PREFIX => 14,
        part::VALUE_SUFFIX | part::RESOURCE_SUFFIX => 15,
        _ => 16,
    };
    kind.parts().iter().map(part_weight).min().unwrap_or(1)
}
