//! The worst case of all units: the most statements that a request can make a decision verify, and why.

use std::cmp::Reverse;

use indexmap::IndexMap;

use super::access::{Kind, MAX_VALUES, Part, needs_a_value, offers};
use super::block::has_dimension;
use super::census::{Census, Pieces};
use super::cost::{ListCost, Reach, UnitCost};
use super::pieces::GRAM_SIZE;
use crate::artifact::access_key::part;
use crate::artifact::writer::actions::Actions;
use crate::compile::{Cause, CostReason, WorstCase};
use crate::iam::arn::FIELDS;
use crate::ir::{Comparison, Pattern, PatternToken, Predicate, Program, Statement, Test};

/// Units that cost less are not looked at class by class: for them it would take longer than to write them.
const MIN_EXACT: u64 = 64;

/// The worst unit so far.
#[derive(Default)]
pub(super) struct Worst<'p> {
    verified: u64,
    row_words: u64,
    class: Option<u32>,
    /// Of the unit.
    statement_count: usize,
    lists: Vec<WorstList<'p>>,
}

/// A list that its requests lead to.
struct WorstList<'p> {
    /// `None` for what every request looks at.
    kind: Option<Kind>,
    statements: Vec<&'p Statement>,
}

impl<'p> Worst<'p> {
    /// Takes the costs of a unit into account.
    pub(super) fn add(&mut self, cost: &UnitCost<'p>, actions: &Actions) {
        self.row_words = self.row_words.max(cost.words());
        let bound = cost.bound();
        if bound <= self.verified {
            return;
        }
        let (class, most) = if bound > MIN_EXACT && cost.tells_classes_apart() {
            // Of equal classes the first, which is a known name.
            let all = (0..actions.class_count()).rev().map(|class| (Some(class), cost.bound_of_class(class)));
            all.max_by_key(|&(_, verified)| verified).unwrap_or((None, 0))
        } else {
            (None, bound)
        };
        if most <= self.verified {
            return;
        }
        let statements = |list: &ListCost<'p>| -> Vec<&'p Statement> {
            let all = list.statements.iter().copied();
            // Short lists are looked through, whatever the action is, and so are short blocks.
            let is_verified = |statement: &&Statement| {
                !list.is_narrowed_by_class() || class.is_none_or(|class| actions.can_match(statement.action, class))
            };
            all.filter(is_verified).collect()
        };
        let reached = cost.kinds.iter().enumerate().filter(|&(index, _)| class.is_none_or(|class| cost.asks_kind(index, class)));
        let filed =
            reached.map(|(_, kind)| WorstList { kind: Some(kind.kind.clone()), statements: statements(kind.worst_list(class)) });
        let rest = WorstList { kind: None, statements: statements(&cost.rest) };
        let lists = filed.chain([rest]).collect();
        *self = Worst { verified: most, class, statement_count: cost.statement_count as usize, lists, row_words: self.row_words };
    }

    /// Says of the worst unit which statements make it so.
    pub(super) fn finish(self, seed: u64, program: &Program, actions: &Actions, reach: &Reach) -> WorstCase {
        // What a statement offers does not depend on how many have its pieces, only which of them it offers.
        let census = Census::empty(Pieces::Resources);
        let mut causes: IndexMap<CostReason, Vec<_>> = IndexMap::new();
        for WorstList { kind, statements } in &self.lists {
            for statement in statements {
                let reason = match kind {
                    Some(kind) => filed_reason(program, reach, kind),
                    None => unfiled_reason(seed, program, &census, statement),
                };
                causes.entry(reason).or_default().push(statement.id);
            }
        }
        let cause = |(reason, mut statements): (CostReason, Vec<_>)| {
            // What the same reason makes a request find twice counts twice, as it does in the bound.
            let statement_count = statements.len().min(self.statement_count);
            statements.sort_unstable();
            statements.dedup();
            statements.truncate(Cause::MAX_STATEMENTS);
            Cause { reason, statement_count, statements }
        };
        let mut causes: Vec<Cause> = causes.into_iter().map(cause).collect();
        causes.sort_by_key(|cause| Reverse(cause.statement_count));
        WorstCase {
            verified: self.verified,
            row_words: self.row_words,
            action: self.class.map(|class| actions.class_name(class)),
            causes,
            ..WorstCase::default()
        }
    }
}

/// Why many statements are under one access key.
fn filed_reason(program: &Program, reach: &Reach, kind: &Kind) -> CostReason {
    let key = |part: &Part| program.keys.spellings()[part.key as usize].clone();
    let mut values = kind.parts().iter().filter(|part| part::is_of_value(part.tag));
    if let Some(piece) = values.clone().find(|part| part::is_of_pieces(part.tag)) {
        return CostReason::ManyPieces(key(piece));
    }
    if kind.parts().iter().any(|part| part::is_of_pieces(part.tag) && part.tag != part::RESOURCE_FIELD) {
        return CostReason::ManyPiecesOfResource;
    }
    if let Some(part) = values.find(|part| reach.of_key(part.key) > 1) {
        return CostReason::ManyValues(key(part));
    }
    let name = |part: &Part| match part.tag {
        part::VALUE => format!("a value of `{}`", key(part)),
        part::VALUE_PREFIX => format!("how a value of `{}` begins", key(part)),
        part::VALUE_SUFFIX => format!("how a value of `{}` ends", key(part)),
        part::VALUE_FOLDED => format!("a value of `{}`, without its letter case", key(part)),
        part::VALUE_FOLDED_PREFIX => format!("how a value of `{}` begins, without its letter case", key(part)),
        part::VALUE_FOLDED_SUFFIX => format!("how a value of `{}` ends, without its letter case", key(part)),
        part::VALUE_NETWORK => format!("a network that the address in `{}` is in", key(part)),
        part::VALUE_NUMBER => format!("a number in `{}`", key(part)),
        part::VALUE_INSTANT => format!("a date in `{}`", key(part)),
        part::VALUE_TAIL => format!("how the last field of the ARN in `{}` begins", key(part)),
        part::RESOURCE => "a resource".to_owned(),
        part::RESOURCE_SUFFIX => "how a resource ends".to_owned(),
        part::RESOURCE_TAIL => "how the last field of a resource begins".to_owned(),
        part::RESOURCE_FIELD => format!("the {} of a resource", FIELDS[usize::from(part.size) - 1]),
        part::RESOURCE_HEAD => "the first five fields of a resource".to_owned(),
        tag if part::of_any_key(tag).is_some() => "a context key and its value".to_owned(),
        part::KEY => "a context key".to_owned(),
        part::PRINCIPAL => "an account or a principal".to_owned(),
        part::ABSENT => format!("that `{}` is absent", key(part)),
        part::SAME => {
            let other = &program.keys.spellings()[usize::from(part.other)];
            format!("that `{}` is the same as `{other}`", key(part))
        }
        _ => "an action".to_owned(),
    };
    CostReason::SamePart(kind.parts().iter().map(name).collect::<Vec<_>>().join(" and "))
}

/// Why a statement is under no access key.
fn unfiled_reason(seed: u64, program: &Program, census: &Census, statement: &Statement) -> CostReason {
    if !offers(seed, program, census, statement).is_empty() {
        return CostReason::TooCommon;
    }
    let tests = || statement.predicates.iter().map(|predicate| &program.predicates[predicate.index()]);
    let key = |test: &Predicate| program.keys.spellings()[test.key.index()].clone();
    if let Some(test) = tests().find(|test| wanted_patterns(test).iter().any(is_short)) {
        return CostReason::ShortPatterns(key(test));
    }
    if let Some(test) = tests().find(|test| needs_a_value(test) && is_long(test)) {
        return CostReason::LongLists(key(test));
    }
    let is_about_all =
        statement.resource.is_none_or(|set| program.resource_sets[set.index()].patterns.iter().any(Pattern::is_any));
    if tests().next().is_none() && is_about_all {
        return CostReason::OnlyActions;
    }
    if tests().any(has_dimension) {
        CostReason::HoldOfMost
    } else if statement.resource.is_some_and(|set| program.resource_sets[set.index()].negated) {
        CostReason::OtherResources
    } else {
        CostReason::NoDimension
    }
}

/// The patterns that a value must match one of.
fn wanted_patterns(test: &Predicate) -> &[Pattern] {
    match &test.test {
        Test::Like(patterns) | Test::Arn(patterns) if needs_a_value(test) => patterns,
        _ => &[],
    }
}

/// Whether no access key can be made of a pattern.
fn is_short(pattern: &Pattern) -> bool {
    let has_gram = |token: &PatternToken| matches!(token, PatternToken::Literal(text) if text.len() >= GRAM_SIZE);
    pattern.literal_prefix().len() < 2 && pattern.literal_suffix().len() < 2 && !pattern.tokens.iter().any(has_gram)
}

/// Whether a test lists more than a statement is filed under.
fn is_long(test: &Predicate) -> bool {
    let count = match &test.test {
        Test::Equals(texts) | Test::EqualsFolded(texts) | Test::Numeric(Comparison::Equals, texts) => texts.len(),
        Test::Date(Comparison::Equals, instants) => instants.len(),
        Test::IpAddress(ranges) => ranges.len(),
        Test::Like(patterns) | Test::Arn(patterns) => patterns.len(),
        _ => 0,
    };
    count > MAX_VALUES
}
