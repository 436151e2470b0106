//! What the most expensive decision over an artifact costs.

use std::fmt;

use crate::engine::StatementId;

/// How much a decision can have to look at in policies that are attached to the same places. A decision asks several such groups: one
/// for each layer, and more where policies of a layer are also attached elsewhere.
///
/// Upper bounds, for requests that have one value for each context key, or any number of values for those that some policy asks
/// for by `ForAnyValue` or `ForAllValues`. A decision ends earlier where something denies, or allows and nothing left denies.
/// A statement counts once, also if a request leads to it by several of its values, or by several places in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WorstCase {
    /// The most statements that are verified.
    pub verified: u64,
    /// The most words of rows of bits that are read, in whichever policies; a word is 64 statements.
    pub row_words: u64,
    /// An action for which that many statements are verified: a name, a beginning of unknown names with `*`, or `*` for an action
    /// of a service that no policy names. `None` if they are few, and for every action that many at most.
    pub action: Option<String>,
    /// The statements that are verified then, by reason; the reason of most first.
    pub causes: Vec<Cause>,
    /// The patterns of resources with policies that a resource is compared with, one after the other, where there are more than
    /// eight of them.
    pub resource_patterns: SharedPatterns,
}

/// Patterns that resources with policies have, and that nothing tells apart: where a text has the one piece that they are found by, it
/// is compared with all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SharedPatterns {
    /// How many there are.
    pub count: usize,
    /// The first of them, [`SharedPatterns::MAX_PATTERNS`] at most.
    pub patterns: Vec<String>,
}

impl SharedPatterns {
    /// More patterns are not listed.
    pub const MAX_PATTERNS: usize = 100;
}

/// Why statements are verified together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// The reason.
    pub reason: CostReason,
    /// How many statements have it; one that a request can find in two ways for it counts twice.
    pub statement_count: usize,
    /// The first of them by their ids, [`Cause::MAX_STATEMENTS`] at most.
    pub statements: Vec<StatementId>,
}

impl Cause {
    /// More statements are not listed.
    pub const MAX_STATEMENTS: usize = 100;
}

/// Why no index tells statements apart. Keys are written as policies do. Displays as a sentence about the statements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CostReason {
    /// The patterns that they compare this key with have no literal to be found by.
    ShortPatterns(Box<str>),
    /// Their tests of this key list more values or patterns than a statement is filed under.
    LongLists(Box<str>),
    /// Nothing but the action narrows when they apply.
    OnlyActions,
    /// No row of bits can say what their tests say.
    NoDimension,
    /// They name resources that they are not about, and are about all others.
    OtherResources,
    /// Their tests hold of most values, or without one.
    HoldOfMost,
    /// They could be filed, but with so many others that it would not help.
    TooCommon,
    /// They are filed under the same part of a request.
    SamePart(String),
    /// They are filed under pieces of patterns, and one value of this key can contain many.
    ManyPieces(Box<str>),
    /// They are filed under pieces of resource patterns, and one resource can contain many.
    ManyPiecesOfResource,
    /// They are filed under values, and a request can have many of this key.
    ManyValues(Box<str>),
}

impl fmt::Display for CostReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CostReason::ShortPatterns(key) => {
                write!(f, "their patterns of `{key}` have neither two literal characters at an end nor four in a row")
            }
            CostReason::LongLists(key) => write!(f, "they list many values of `{key}`"),
            CostReason::OnlyActions => f.write_str("nothing but their actions says when they apply"),
            CostReason::NoDimension => f.write_str("their conditions are of kinds that no index decides"),
            CostReason::OtherResources => f.write_str("they are about all resources but those that they name"),
            CostReason::HoldOfMost => f.write_str("their conditions hold of most values, or of none at all"),
            CostReason::TooCommon => f.write_str("whatever they could be found by, most of them have in common"),
            CostReason::SamePart(part) => write!(f, "many have in common {part}"),
            CostReason::ManyPieces(key) => write!(f, "one value of `{key}` can contain pieces of many of their patterns"),
            CostReason::ManyPiecesOfResource => f.write_str("one resource can contain pieces of many of their patterns"),
            CostReason::ManyValues(key) => write!(f, "a request can have many values of `{key}`"),
        }
    }
}
