//! Which indexes the compiler builds.

/// Which kinds of indexes an artifact has. For tests; they change its size and speed alone: what an index would have found is
/// then found by looking at every statement of a list, or by comparing texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indexes {
    /// Files statements under parts of the requests that they can apply to.
    pub access_keys: bool,
    /// Files statements that no single part tells apart under two together; only with `access_keys`.
    pub pairs: bool,
    /// Finds the statements of small units by the fingerprint of one value.
    pub small_units: bool,
    /// Finds the statements of other small units by the action.
    pub action_rows: bool,
    /// Narrows long lists by rows of bits.
    pub blocks: bool,
    /// Decides all shared tests of a context key that are of equality, also without letter case, or of `Null` by one look at its value.
    pub predicate_tables: bool,
    /// Decides the first five fields of ARN patterns with wildcards there once for all patterns that begin alike.
    pub arn_fields: bool,
}

impl Indexes {
    /// Every kind.
    pub const ALL: Indexes = Indexes {
        access_keys: true,
        pairs: true,
        small_units: true,
        action_rows: true,
        blocks: true,
        predicate_tables: true,
        arn_fields: true,
    };

    /// No kind.
    pub const NONE: Indexes = Indexes {
        access_keys: false,
        pairs: false,
        small_units: false,
        action_rows: false,
        blocks: false,
        predicate_tables: false,
        arn_fields: false,
    };
}
