//! The tree of one policy, as its author wrote it: every element with its span, nothing simplified.
//!
//! Reading order: [`Policy`] → [`Statement`] → its elements. The reference evaluator reads this tree, and so does `lower`.

use crate::iam::{ActionPattern, ConditionKey, ConditionOperator, Effect, PolicyKind, PrincipalPattern, Template, Version};
use crate::source::{SourceId, Span, Spanned};

/// One policy document.
///
/// Invariants, kept by `json_to_ast`: the elements are those that [`Policy::kind`] may have (semantics 1.3); no condition
/// operator is unknown; `Null` has no `IfExists`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Which elements it may have.
    pub kind: PolicyKind,
    /// The text all spans of this tree point into.
    pub source: SourceId,
    /// The whole document.
    pub span: Span,
    /// `Version`; without one, [`Version::V2008`] (GR-22).
    pub version: Option<Spanned<Version>>,
    /// `Id`.
    pub id: Option<Spanned<Box<str>>>,
    /// `Statement`, one or many.
    pub statements: Vec<Statement>,
}

impl Policy {
    /// The version that decides whether variables work.
    #[must_use]
    pub fn language_version(&self) -> Version {
        self.version.map_or(Version::default(), |version| version.value)
    }
}

/// One entry of `Statement`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From `{` to `}`.
    pub span: Span,
    /// `Sid`.
    pub sid: Option<Spanned<Box<str>>>,
    /// `Effect`.
    pub effect: Spanned<Effect>,
    /// `Principal` or `NotPrincipal`; `None` where the policy's kind has neither (M-6).
    pub principal: Option<Element<PrincipalPattern>>,
    /// `Action` or `NotAction`.
    pub action: Element<ActionPattern>,
    /// `Resource` or `NotResource`; `None` in a trust policy (M-6).
    pub resource: Option<Element<Template>>,
    /// `Condition`: one entry for each key of each operator, in written order.
    pub conditions: Vec<Condition>,
}

/// An element that has a `Not` twin: a list of patterns that are OR-ed, and whether the list is what is *not* meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<T> {
    /// Whether it is `NotPrincipal`, `NotAction` or `NotResource`.
    pub negated: bool,
    /// The value of the element.
    pub span: Span,
    /// The entries; a bare string is a list of one (GR-12). May be empty (GR-13).
    pub patterns: Vec<Spanned<T>>,
}

/// One test of a `Condition` block: operator, key, and the values that are OR-ed (CO-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `ForAnyValue:StringLike`, `NumericLessThanIfExists`, ...
    pub operator: Spanned<ConditionOperator>,
    /// The context key, without variables: `${` in a key is ordinary text (TG-35).
    pub key: Spanned<ConditionKey>,
    /// The values as text (GR-41), cut into parts; may be empty (CO-12).
    pub values: Vec<Spanned<Template>>,
}
