//! How patterns and tests are written.
//!
//! ```text
//! pattern    class u8, [head varint if the class has HAS_HEAD], body
//!   ANY       nothing
//!   EXACT     text to the end
//!   PREFIX    text to the end
//!   SUFFIX    text to the end
//!   SEGMENTS  prefix, suffix: length + text; then the inner literals in order: length + text
//!   TOKENS    tokens to the end
//! token      tag u8, then LITERAL: length + text; VARIABLE: key varint, 0 | 1 + length + default
//! ```
//! A pattern with a head is matched against the resource's sixth field, after the first five were compared with the head: a
//! text, or, if the class has `WILD_HEAD`, class and body of a pattern: `SEGMENTS` if its wildcards may run on past colons,
//! `TOKENS` if all of them stay in their field.
//!
//! ```text
//! test       tag u8, then
//!   SHARED    number of the shared test, u32
//!   RESOURCE  size of: flags u8 of a list, [map: size + map], then patterns: size + pattern
//!   CONDITION size of: comparison u8, flags u8, key varint, [map: size + map], values
//!   ONE_RESOURCE, ONE_TEXT, FEW_TEXTS, ONE_BOOL   the same; see there
//!   TABLE + bit   answers u8 (see `answer`), key u16, number of the shared test u32: the bit is that of the key's predicate table
//! ```
//! A `Null` test that a table has is written there as a test of equality with no text: its bit is set for no value, and its flags
//! say what holds then, see [`flag::of_null`].

/// Matches every text.
pub(crate) const ANY: u8 = 0;
/// Matches one text.
pub(crate) const EXACT: u8 = 1;
/// Matches texts that start with a literal.
pub(crate) const PREFIX: u8 = 2;
/// Matches texts that end with a literal.
pub(crate) const SUFFIX: u8 = 3;
/// Literals with unrestricted runs between them.
pub(crate) const SEGMENTS: u8 = 4;
/// Anything else.
pub(crate) const TOKENS: u8 = 5;
/// Set in the class of a pattern whose first five ARN fields are interned.
pub(crate) const HAS_HEAD: u8 = 0x80;
/// Set with [`HAS_HEAD`] if there are wildcards in the head.
pub(crate) const WILD_HEAD: u8 = 0x40;
/// The class of what follows a head is without these.
pub(crate) const HEAD_FLAGS: u8 = HAS_HEAD | WILD_HEAD;

/// Token tags of [`TOKENS`].
pub(crate) mod token {
    pub(crate) const LITERAL: u8 = 0;
    pub(crate) const RUN: u8 = 1;
    pub(crate) const RUN_NO_COLON: u8 = 2;
    pub(crate) const ONE: u8 = 3;
    pub(crate) const ONE_NO_COLON: u8 = 4;
    pub(crate) const VARIABLE: u8 = 5;
}

/// Tags of tests.
pub(crate) mod test {
    pub(crate) const SHARED: u8 = 0;
    pub(crate) const RESOURCE: u8 = 1;
    pub(crate) const CONDITION: u8 = 2;
    /// A [`CONDITION`] that compares one text by EQUALS, of which every varint takes one byte: all is where it always is.
    pub(crate) const ONE_TEXT: u8 = 3;
    /// A [`RESOURCE`] of one pattern with a head, not negated, of which every varint takes one byte.
    pub(crate) const ONE_RESOURCE: u8 = 4;
    /// A [`CONDITION`] that compares texts by EQUALS which are gone through, of which every varint takes one byte.
    pub(crate) const FEW_TEXTS: u8 = 5;
    /// A [`CONDITION`] that compares by BOOL, of which every varint takes one byte.
    pub(crate) const ONE_BOOL: u8 = 6;
    /// A shared test that a predicate table decides: this and the 63 tags after it.
    pub(crate) const TABLE: u8 = 64;
}

/// Flags of a list of patterns or principals.
pub(crate) mod list {
    /// It is a `Not` element.
    pub(crate) const NEGATED: u8 = 1;
    /// It is long: a map says which entries are worth a look, by where they are among the entries.
    pub(crate) const HAS_MAP: u8 = 2;
    /// Longer lists of patterns have a map; shorter ones are gone through.
    #[cfg(feature = "compile")]
    pub(crate) const MAX_SCANNED_PATTERNS: usize = 16;
    /// The same of principals.
    #[cfg(feature = "compile")]
    pub(crate) const MAX_SCANNED_PRINCIPALS: usize = 8;
}

/// What a condition compares.
pub(crate) mod comparison {
    pub(crate) const EQUALS: u8 = 0;
    pub(crate) const EQUALS_FOLDED: u8 = 1;
    pub(crate) const LIKE: u8 = 2;
    pub(crate) const LIKE_FOLDED: u8 = 3;
    pub(crate) const ARN: u8 = 4;
    pub(crate) const NUMERIC: u8 = 5;
    pub(crate) const DATE: u8 = 6;
    pub(crate) const BOOL: u8 = 7;
    pub(crate) const BOOL_LIKE: u8 = 8;
    pub(crate) const IP_ADDRESS: u8 = 9;
    pub(crate) const NULL: u8 = 10;
}

/// Flags of a condition. Bits 4 to 6 hold the ordering of numbers and dates, which have no map.
pub(crate) mod flag {
    pub(crate) const FOR_ALL: u8 = 1;
    pub(crate) const FOR_ANY: u8 = 2;
    pub(crate) const IF_EXISTS: u8 = 4;
    pub(crate) const NEGATED: u8 = 8;
    pub(crate) const ORDERING_SHIFT: u8 = 4;
    /// The patterns are many: a map says which are worth a look.
    pub(crate) const HAS_MAP: u8 = 128;

    /// The flags under which a test that no value passes answers as a `Null` test with these flags does (table 4.2).
    ///
    /// `IF_EXISTS` makes it hold of an absent key. Negated, it holds of a present one, since no value is listed; quantified as well,
    /// it also holds of a list (D-07), and of an absent key no more.
    #[cfg(feature = "compile")]
    pub(crate) const fn of_null(flags: u8, accepts_absent: bool, accepts_present: bool) -> u8 {
        let (absent, present) = if flags & FOR_ALL != 0 {
            (true, true)
        } else if flags & FOR_ANY != 0 {
            (false, false)
        } else {
            (accepts_absent, accepts_present)
        };
        (if absent { IF_EXISTS } else { 0 }) | (if present { FOR_ANY | NEGATED } else { 0 })
    }
}

/// What a test that a predicate table decides says, one bit for each case (table 4.2): worked out while compiling, so that a decision
/// only looks it up.
pub(crate) mod answer {
    /// The bit for an absent key.
    pub(crate) const ABSENT: u8 = 0;
    /// The bit for a single value that does not pass; the next is for one that does.
    pub(crate) const SINGLE: u8 = 1;
    /// The bit for several values of which none passes; then if some do, then if all do.
    pub(crate) const MULTI: u8 = 3;

    /// The answers of a test with these flags.
    #[cfg(feature = "compile")]
    pub(crate) const fn of(flags: u8) -> u8 {
        use super::flag::{FOR_ALL, FOR_ANY, IF_EXISTS, NEGATED};

        let (for_all, for_any, negated) = (flags & FOR_ALL != 0, flags & FOR_ANY != 0, flags & NEGATED != 0);
        let of_none = for_all || flags & IF_EXISTS != 0 || (negated && !for_any);
        // D-07: of several values, a test without quantifier holds never.
        let (of_no_match, of_some, of_every) = match (for_all, for_any) {
            (true, _) => (negated, false, !negated),
            (false, true) => (negated, true, !negated),
            (false, false) => (false, false, false),
        };
        (of_none as u8) << ABSENT
            | (negated as u8) << SINGLE
            | (!negated as u8) << (SINGLE + 1)
            | (of_no_match as u8) << MULTI
            | (of_some as u8) << (MULTI + 1)
            | (of_every as u8) << (MULTI + 2)
    }
}

/// Lists of more equal texts than this are searched by halving; shorter ones from the front.
pub(crate) const MAX_SCANNED_TEXTS: u32 = 8;
