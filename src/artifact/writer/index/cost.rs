//! What lists of statements can cost a decision: statements that it verifies, words of rows that it reads.
//!
//! All numbers are upper bounds, of requests as [`WorstCase`](crate::compile::WorstCase) says. They are counted while the lists are
//! written: what is known then need not be found again.

use smallvec::SmallVec;

use super::access::Kind;
use crate::artifact::access_key::part;
use crate::artifact::principal_name::MAX_CALLER_NAMES;
use crate::artifact::unit_code::MAX_UNNARROWED;
use crate::iam::SetOperator;
use crate::ir::{KeyId, Program, Statement, Unit};
use crate::request::{MAX_ENTRY_VALUES, MAX_NAME_SIZE, MAX_VALUE_SIZE};

/// The blocks of a list; none if it is short.
pub(super) type Blocks = SmallVec<[BlockCost; 2]>;

/// One block.
#[derive(Debug, Clone)]
pub(super) struct BlockCost {
    words: u64,
    /// What dimensions of values leave at most.
    most: u64,
    /// What the dimension of actions leaves of classes that are not listed, and of those that are, ascending.
    other: u64,
    by_class: Vec<(u32, u64)>,
}

impl BlockCost {
    /// A block without dimensions.
    pub(super) fn of_all(statement_count: usize) -> BlockCost {
        BlockCost { words: 0, most: statement_count as u64, other: statement_count as u64, by_class: Vec::new() }
    }

    /// Adds a dimension that leaves so many statements at most, and reads so many words.
    pub(super) fn narrow(&mut self, most: u64, words: u64) {
        self.most = self.most.min(most);
        self.words = self.words.saturating_add(words);
    }

    /// Adds what is known of actions: by a dimension, or since one led to the block.
    pub(super) fn narrow_by_class(&mut self, (other, by_class): ClassCounts, words: u64) {
        (self.other, self.by_class) = (other, by_class);
        self.words += words;
    }

    /// Statements verified for a class, or for whichever is worst.
    fn verified(&self, class: Option<u32>) -> u64 {
        let of_class = |class| self.by_class.binary_search_by_key(&class, |&(class, _)| class).map(|at| self.by_class[at].1);
        let left = match class {
            Some(class) => of_class(class).unwrap_or(self.other),
            None => self.by_class.iter().map(|&(_, count)| count).fold(self.other, u64::max),
        };
        // Of so few nothing more is asked.
        left.min(self.most.max(u64::from(MAX_UNNARROWED)))
    }
}

/// How many statements match the classes that are not listed, and each that is, ascending.
pub(super) type ClassCounts = (u64, Vec<(u32, u64)>);

/// A list and its statements.
#[derive(Debug, Clone, Default)]
pub(super) struct ListCost<'p> {
    pub(super) statements: Vec<&'p Statement>,
    pub(super) blocks: Blocks,
}

impl ListCost<'_> {
    pub(super) fn verified(&self, class: Option<u32>) -> u64 {
        match self.blocks.is_empty() {
            true => self.statements.len() as u64,
            false => self.blocks.iter().map(|block| block.verified(class)).sum(),
        }
    }

    fn words(&self) -> u64 {
        self.blocks.iter().map(|block| block.words).sum()
    }

    fn tells_classes_apart(&self) -> bool {
        self.blocks.iter().any(|block| !block.by_class.is_empty())
    }

    /// Whether no statement is verified for a class that it cannot match.
    pub(super) fn is_narrowed_by_class(&self) -> bool {
        !self.blocks.is_empty() && self.blocks.iter().all(|block| !block.by_class.is_empty())
    }
}

/// All lists that are found by one kind of access key.
#[derive(Debug, Clone)]
pub(super) struct KindCost<'p> {
    pub(super) kind: Kind,
    /// How many lists one request can lead to.
    reach: u64,
    /// If one: the longest short list, and all in blocks. Otherwise all statements, as one list.
    lists: Vec<ListCost<'p>>,
    /// Lengths of all lists, if a request can lead to several.
    list_lens: Vec<u64>,
    words: Vec<u64>,
}

impl<'p> KindCost<'p> {
    pub(super) fn new(kind: &Kind, reach: u64, filed: impl Iterator<Item = &'p Statement>) -> KindCost<'p> {
        let mut statements: Vec<&Statement> = if reach > 1 { filed.collect() } else { Vec::new() };
        // One for each of its resource patterns may be filed; it is verified once.
        statements.sort_by_key(|statement| statement.id);
        statements.dedup_by_key(|statement| statement.id);
        let lists = vec![ListCost { statements, blocks: Blocks::new() }];
        KindCost { kind: kind.clone(), reach, lists, list_lens: Vec::new(), words: Vec::new() }
    }

    /// Adds a list.
    pub(super) fn add(&mut self, statements: &[&'p Statement], blocks: Blocks) {
        if !blocks.is_empty() {
            self.words.push(blocks.iter().map(|block| block.words).sum());
        }
        if self.reach > 1 {
            let most = blocks.iter().map(|block| block.verified(None)).sum();
            self.list_lens.push(if blocks.is_empty() { statements.len() as u64 } else { most });
        } else if !blocks.is_empty() {
            self.lists.push(ListCost { statements: statements.to_vec(), blocks });
        } else if statements.len() > self.lists[0].statements.len() {
            self.lists[0].statements = statements.to_vec();
        }
    }

    /// Once all lists are there.
    pub(super) fn finish(&mut self) {
        keep_largest(&mut self.list_lens, self.reach);
        keep_largest(&mut self.words, self.reach);
    }

    pub(super) fn verified(&self, class: Option<u32>) -> u64 {
        if self.reach > 1 {
            return self.list_lens.iter().sum::<u64>().min(self.lists[0].statements.len() as u64);
        }
        self.worst_list(class).verified(class)
    }

    /// The list of which most is verified.
    pub(super) fn worst_list(&self, class: Option<u32>) -> &ListCost<'p> {
        self.lists.iter().max_by_key(|list| list.verified(class)).expect("there is always the short one")
    }

    pub(super) fn words(&self) -> u64 {
        self.words.iter().sum()
    }

    fn tells_classes_apart(&self) -> bool {
        self.reach == 1 && self.lists.iter().any(ListCost::tells_classes_apart)
    }
}

fn keep_largest(numbers: &mut Vec<u64>, count: u64) {
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.truncate(usize::try_from(count).unwrap_or(usize::MAX));
}

/// All ways to the statements of a unit.
#[derive(Debug, Clone, Default)]
pub(super) struct UnitCost<'p> {
    /// How many there are: what is found in several ways counts once.
    pub(super) statement_count: u64,
    pub(super) kinds: Vec<KindCost<'p>>,
    /// For each class of actions, one bit for each kind that it is asked for.
    pub(super) kinds_of_classes: Vec<u32>,
    /// What every request looks at.
    pub(super) rest: ListCost<'p>,
}

impl<'p> UnitCost<'p> {
    /// Of a small unit, of which so many statements are verified.
    pub(super) fn of_small(unit: &'p Unit, verified: u64) -> UnitCost<'p> {
        let block = BlockCost::of_all(verified as usize);
        let rest = ListCost { statements: unit.statements.iter().collect(), blocks: Blocks::from_iter([block]) };
        UnitCost::of_list(rest)
    }

    /// Of a unit without access keys.
    pub(super) fn of_list(rest: ListCost<'p>) -> UnitCost<'p> {
        let statement_count = rest.statements.len() as u64;
        UnitCost { statement_count, kinds: Vec::new(), kinds_of_classes: Vec::new(), rest }
    }

    /// Whether requests of a class look for what is filed by a kind.
    pub(super) fn asks_kind(&self, kind: usize, class: u32) -> bool {
        self.kinds_of_classes[class as usize] >> kind & 1 == 1
    }

    /// Statements verified by a request of any action.
    pub(super) fn bound(&self) -> u64 {
        let filed = self.kinds.iter().map(|kind| kind.verified(None)).sum::<u64>();
        (filed + self.rest.verified(None)).min(self.statement_count)
    }

    /// Statements verified by a request of this class.
    pub(super) fn bound_of_class(&self, class: u32) -> u64 {
        let kinds = self.kinds.iter().enumerate().filter(|&(index, _)| self.asks_kind(index, class));
        let filed = kinds.map(|(_, kind)| kind.verified(Some(class))).sum::<u64>();
        (filed + self.rest.verified(Some(class))).min(self.statement_count)
    }

    pub(super) fn words(&self) -> u64 {
        self.kinds.iter().map(KindCost::words).sum::<u64>() + self.rest.words()
    }

    pub(super) fn tells_classes_apart(&self) -> bool {
        self.rest.tells_classes_apart()
            || self.kinds_of_classes.iter().any(|kinds| kinds.count_ones() as usize != self.kinds.len())
            || self.kinds.iter().any(KindCost::tells_classes_apart)
    }
}

/// How many values a request can have.
#[derive(Debug)]
pub(super) struct Reach {
    /// Of each context key, whether policies take it for one with several values.
    is_multivalued: Vec<bool>,
}

impl Reach {
    pub(super) fn of(program: &Program) -> Reach {
        let mut is_multivalued = vec![false; program.keys.len()];
        let sets = program
            .predicates
            .iter()
            .filter(|predicate| matches!(predicate.set, Some(SetOperator::ForAnyValue | SetOperator::ForAllValues)));
        sets.for_each(|predicate| is_multivalued[predicate.key.index()] = true);
        Reach { is_multivalued }
    }

    /// How many values a request can have of a key.
    pub(super) fn of_key(&self, key: u32) -> u64 {
        if self.is_multivalued[KeyId(key).index()] { MAX_ENTRY_VALUES as u64 } else { 1 }
    }

    /// How many lists of a kind.
    pub(super) fn of_kind(&self, kind: &Kind) -> u64 {
        let of_part = |part: &super::access::Part| match part.tag {
            part::VALUE_GRAM => self.of_key(part.key) * (MAX_VALUE_SIZE - usize::from(part.size) + 1) as u64,
            part::VALUE_LATER_TAIL => self.of_key(part.key) * MAX_VALUE_SIZE as u64,
            tag if part::is_of_value(tag) => self.of_key(part.key),
            part::KEY => self.is_multivalued.len() as u64,
            tag if part::of_any_key(tag).is_some() => (0..self.is_multivalued.len() as u32).map(|key| self.of_key(key)).sum(),
            part::PRINCIPAL => MAX_CALLER_NAMES as u64,
            part::RESOURCE_GRAM | part::RESOURCE_FIELD | part::RESOURCE_LATER_TAIL => MAX_NAME_SIZE as u64,
            _ => 1,
        };
        kind.parts().iter().map(of_part).product()
    }
}
