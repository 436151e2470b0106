//! The intermediate representation: policies as conjunctions of interned tests.
//!
//! Reading order: [`Program`] → [`Unit`] → [`Statement`] → what it tests: [`ActionSet`], [`ResourceSet`], [`PrincipalSet`],
//! [`Predicate`]. Equal tests exist once; a statement holds their ids. Spans are gone: a [`StatementId`] leads back to the text
//! through [`Program::origins`].

mod ids;
mod keys;
mod pattern;

use indexmap::IndexSet;
use smallvec::SmallVec;

use crate::bundle::PolicyId;
use crate::iam::{BaseOperator, Effect, SetOperator};
use crate::source::{SourceId, Span};

pub(crate) use ids::{ActionSetId, KeyId, PredicateId, PrincipalSetId, ResourceSetId, UnitId};
pub(crate) use keys::Keys;
pub(crate) use pattern::{Gap, Pattern, PatternToken};

pub(crate) use crate::engine::StatementId;

/// A set of interned values, in the order of first use: the same input gives the same ids.
pub(crate) type Interned<T> = IndexSet<T, foldhash::fast::FixedState>;

/// Everything an artifact is written from.
///
/// Invariants: every id is in range; `origins[id]` describes statement `id`; the units of a list are distinct.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Context keys.
    pub(crate) keys: Keys,
    /// `Action` and `NotAction` elements.
    pub(crate) action_sets: Interned<ActionSet>,
    /// The patterns of each action set as the first policy that has it writes them.
    pub(crate) action_spellings: Vec<Vec<Box<str>>>,
    /// `Resource` and `NotResource` elements.
    pub(crate) resource_sets: Interned<ResourceSet>,
    /// `Principal` and `NotPrincipal` elements.
    pub(crate) principal_sets: Interned<PrincipalSet>,
    /// Tests of one context key.
    pub(crate) predicates: Interned<Predicate>,
    /// Sets of statements that are always asked together.
    pub(crate) units: Vec<Unit>,
    /// What each layer of each principal, account, resource and endpoint consists of.
    pub(crate) directory: Directory,
    /// Where each statement was written.
    pub(crate) origins: Vec<Origin>,
    /// The names of the bundle's policies.
    pub(crate) policy_names: Vec<String>,
}

/// Statements that are always asked together, with one index.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// In order of their ids.
    pub(crate) statements: Vec<Statement>,
}

/// One statement: it applies if every part does.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// Its number in the artifact.
    pub(crate) id: StatementId,
    /// Allow or Deny.
    pub(crate) effect: Effect,
    /// Whom it names; `None` in policies of an identity.
    pub(crate) principal: Option<PrincipalSetId>,
    /// Which actions.
    pub(crate) action: ActionSetId,
    /// Which resources; `None` in a trust policy: the role itself (M-6).
    pub(crate) resource: Option<ResourceSetId>,
    /// All must hold. Sorted, without duplicates.
    pub(crate) predicates: SmallVec<[PredicateId; 3]>,
}

/// Where a statement was written.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Its policy in the bundle.
    pub(crate) policy: PolicyId,
    /// The source.
    pub(crate) source: SourceId,
    /// The statement's object.
    pub(crate) span: Span,
    /// Its `Sid`.
    pub(crate) sid: Option<Box<str>>,
    /// The operators of its conditions as written: equal predicates may come from different ones.
    pub(crate) operators: SmallVec<[(PredicateId, BaseOperator); 3]>,
}

/// The patterns of an `Action` or `NotAction` element, folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ActionSet {
    /// Whether it is `NotAction`.
    pub(crate) negated: bool,
    /// `None` is `*`; else prefix and name pattern. Sorted, without duplicates.
    pub(crate) patterns: Vec<Option<(Box<str>, Box<str>)>>,
}

/// The patterns of a `Resource` or `NotResource` element. A text with two readings (D-40) is here with both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ResourceSet {
    /// Whether it is `NotResource`.
    pub(crate) negated: bool,
    /// OR-ed; patterns that never match are left out. Sorted, without duplicates.
    pub(crate) patterns: Vec<Pattern>,
}

/// The entries of a `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PrincipalSet {
    /// Whether it is `NotPrincipal`.
    pub(crate) negated: bool,
    /// OR-ed.
    pub(crate) patterns: Vec<crate::iam::PrincipalPattern>,
}

/// A test of one context key (table 4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Predicate {
    /// The key.
    pub(crate) key: KeyId,
    /// How several values are treated.
    pub(crate) set: Option<SetOperator>,
    /// Whether an absent key satisfies it.
    pub(crate) if_exists: bool,
    /// Whether the operator is a `Not`: the match is negated inside the quantifier (CO-9).
    pub(crate) negated: bool,
    /// What a value is compared with.
    pub(crate) test: Test,
}

/// The positive comparison of one value with the policy's values, which are OR-ed. Values that cannot match are left out
/// (CO-13). Lists are sorted, without duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// Byte-equal to one of these; also base64 texts, of which only canonical ones are kept.
    Equals(Vec<Box<str>>),
    /// Equal to one of these folded texts when folded (D-21).
    EqualsFolded(Vec<Box<str>>),
    /// Matches one of these patterns; equality with variables is a pattern without wildcards.
    Like(Vec<Pattern>),
    /// Equal to one of these patterns without wildcards when both are folded.
    LikeFolded(Vec<Pattern>),
    /// Matches one of these ARN patterns (WC-16 to WC-18).
    Arn(Vec<Pattern>),
    /// Compares as a number with one of these.
    Numeric(Comparison, Vec<Box<str>>),
    /// Compares as an instant with one of these: seconds and nanoseconds.
    Date(Comparison, Vec<(i64, u32)>),
    /// Is one of the Boolean values: `true` accepted, `false` accepted.
    Bool(bool, bool),
    /// Is one of the Boolean values that these patterns become (D-04).
    BoolLike(Vec<Pattern>),
    /// Lies in one of these ranges.
    IpAddress(Vec<ipnet::IpNet>),
    /// `Null`: true if the key is absent and `true` is listed, or present and `false` is listed.
    Null(bool, bool),
}

impl Test {
    /// The patterns it looks for; of a test without wildcards and variables, none.
    pub(crate) fn patterns(&self) -> &[Pattern] {
        match self {
            Test::Like(patterns) | Test::LikeFolded(patterns) | Test::Arn(patterns) | Test::BoolLike(patterns) => patterns,
            _ => &[],
        }
    }

    /// The same, to be changed.
    pub(crate) fn patterns_mut(&mut self) -> &mut [Pattern] {
        match self {
            Test::Like(patterns) | Test::LikeFolded(patterns) | Test::Arn(patterns) | Test::BoolLike(patterns) => patterns,
            _ => &mut [],
        }
    }
}

/// How an ordered value is compared: context left, policy right (CO-19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Comparison {
    /// `=`
    Equals,
    /// `<`
    LessThan,
    /// `<=`
    LessThanEquals,
    /// `>`
    GreaterThan,
    /// `>=`
    GreaterThanEquals,
}

/// Units that are OR-ed.
pub(crate) type UnitIds = Vec<UnitId>;

/// The layers of every principal, account, resource and endpoint.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// Identity policies of every caller.
    pub(crate) everyone: UnitIds,
    /// The boundary of every caller.
    pub(crate) everyone_boundary: Option<UnitIds>,
    /// Principals with policies or tags of their own.
    pub(crate) principals: Vec<Principal>,
    /// The guard rails of accounts without an entry.
    pub(crate) any_account: Guardrails,
    /// Accounts with an entry.
    pub(crate) accounts: Vec<Account>,
    /// Resource patterns with their policy, most specific first.
    pub(crate) resources: Vec<Resource>,
    /// Endpoints.
    pub(crate) endpoints: Vec<(String, UnitIds)>,
}

/// One user, role or root user.
#[derive(Debug)]
pub(crate) struct Principal {
    /// Its ARN.
    pub(crate) arn: String,
    /// Its unique id.
    pub(crate) unique_id: Option<String>,
    /// Its own identity policies.
    pub(crate) identity: UnitIds,
    /// Its boundary; an empty list for one that could not be found (EV-63).
    pub(crate) boundary: Option<UnitIds>,
    /// Its tags, as the folded names of their context keys (`aws:principaltag/team`) and values.
    pub(crate) tags: Vec<(String, String)>,
}

/// Levels of guard rails; units of a level are OR-ed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Guardrails {
    /// SCP levels.
    pub(crate) scp: Vec<UnitIds>,
    /// RCP levels.
    pub(crate) rcp: Vec<UnitIds>,
}

/// One account.
#[derive(Debug)]
pub(crate) struct Account {
    /// Its id.
    pub(crate) id: String,
    /// Whether it is the management account.
    pub(crate) management: bool,
    /// Its guard rails.
    pub(crate) guardrails: Guardrails,
}

/// A resource pattern and its policy.
#[derive(Debug)]
pub(crate) struct Resource {
    /// The pattern, `*` and `?` match any characters.
    pub(crate) pattern: String,
    /// The policy.
    pub(crate) units: UnitIds,
}

impl Effect {
    /// Whether it is `Allow`.
    pub(crate) fn is_allow(self) -> bool {
        self == Effect::Allow
    }
}
