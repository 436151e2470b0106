//! Units and their lists, as they are written.
//!
//! ```text
//! unit       reference u32, form u32, statement count u32, deny count u32, a bit for each group of classes of actions that some
//!            statement can match u128
//! list       deny count u32, allow count u32, record references u32, denies first
//! long list  LONG u32, block of denies u32, block of allows u32; NONE where there are none
//! small      key u32, a bit for each deny u32, a bit for each ALWAYS u32, SMALL_SIZE fingerprints u32, record references u32
//! index      see `access_key`
//! by action  table of pages u32, a bit for each deny u32, a bit for each statement that applies if its action matches u32, record
//!            references u32
//! pages      a page u32 for each CLASSES_OF_PAGE classes of actions
//! page       a row u32 for each class: one bit for each statement (each kind of an index) that can match its actions
//! ```
//! A *small* unit has one access key, the value of a context key. Its entries are statements, denies first, each under the
//! fingerprint of a value; a statement that lists several values has several entries, one that cannot be filed has the
//! fingerprint ALWAYS. So have entries that no statement is in, but not the bit. Rows of a unit *by action* have no bits behind
//! those of its statements.
//!
//! A *block* holds many statements of one effect, and for some parts of a request (*dimensions*) says which statements can apply:
//!
//! ```text
//! block      statement count u32, dimension count u32, references u32 (of the statements' references), zero u32, dimensions
//! dimension  tag u32, key u32, then as the tag says:
//!   ACTION     row of classes that are not listed, class count u32, references u32 of { class u32, row u32 }, ascending; zero u32
//!   VALUES     row of an absent key, row of a value that is not listed, row of the statements that want all of several values,
//!              map u32 from values to rows
//!   FOLDED_VALUES   the same, the map is one of folded texts (D-21)
//!   ADDRESSES  the same with runs u32 instead of the map
//!   BEGINNINGS the same with spans u32 instead of the map
//!   ENDINGS    the same with spans u32 of texts from their last byte to their first
//!   RESOURCES  zero u32, row of a resource that is in no span, zero u32, spans u32
//!   RESOURCE_TEXTS   instead of the key which texts of the resource u32, see `resource_texts`; zero u32, row of a resource without a
//!              listed text, zero u32, prefixes u32. Of several texts every row counts
//!   TESTS      zero u32, test count u32, zero u32, references u32 of { test u32, row u32 }: the row is of the statements that need the
//!              test, which is written as in a record
//!   NUMBERS    row of an absent key, row of values of which none is a number, steps u32 of lower bounds, steps u32 of upper bounds;
//!              NONE where there are none
//!   DATES      the same of dates
//!   NUMBER_WINDOWS, DATE_WINDOWS   row of what is in no window, of another type, or absent; windows u32, zero u32, zero u32
//! steps      bound count u32, bounds from one row to the next u32 (not zero), a row u32 for each begun so many, then for each bound its
//!            mark u64, then for each the number u32 of its statement
//! windows    count u32, then { mark u64 of a value, what tells equal marks apart u32, whether it begins behind that value u32, row
//!            u32 }, ascending, as runs; what tells marks apart is the reference of a number's text, or nanoseconds
//! runs       count of IPv4 u32, of IPv6 u32, then { first address u32, row u32 } and { first address u128, row u32 }, ascending: a
//!            run ends where the next begins; what is before the first is not listed
//! spans      count u32, then { start of the first text u32, its end u32, row u32 }, ascending by the text's bytes, then the texts: a
//!            span ends where the next begins
//! prefixes   count u32, then { end of its text u32, row u32, the longest other prefix of it u32 or NONE } for each, ascending by the
//!            text's bytes, then the texts: one begins where the last ends. A text has the row of its longest prefix
//! row        NO_STATEMENT, EVERY_STATEMENT, or a reference to: base, flip count u32, flips u32 ascending
//! base       NO_STATEMENT, EVERY_STATEMENT, or a reference to words u64, one bit for each statement
//! ```
//! The bounds of steps are in order, the one that is satisfied first before the others: lower bounds ascending, upper bounds
//! descending. So whatever the value is, it satisfies the first so many. The row number `n` is of the statements without a bound on
//! this side and of the first `n` times so many bounds; behind the last row every statement is. A [mark](super::mark) stands for a
//! number or a date.

/// How a unit finds its statements.
pub(crate) mod form {
    /// It looks at all of them.
    pub(crate) const LIST: u32 = 0;
    /// By the fingerprint of one value.
    pub(crate) const SMALL: u32 = 1;
    /// By access keys.
    pub(crate) const INDEX: u32 = 2;
    /// By the action.
    pub(crate) const ACTION: u32 = 3;
}

/// Bytes of a unit.
pub(crate) const UNIT_SIZE: usize = 32;

/// A unit has one bit for so many classes of actions that follow each other, as a power of two.
pub(crate) const fn class_group_shift(class_count: u32) -> u32 {
    u32::BITS - (class_count.saturating_sub(1) / u128::BITS).leading_zeros()
}

/// Instead of a count: the list is in blocks.
pub(crate) const LONG: u32 = u32::MAX;
/// No list, no block, no mask.
pub(crate) const NONE: u32 = u32::MAX;
/// Most entries of a small unit.
pub(crate) const SMALL_SIZE: usize = 16;
/// Fingerprint of a statement that every request may match. Fingerprints of values are odd.
#[cfg(feature = "compile")]
pub(crate) const ALWAYS: u32 = 0;
/// Classes of actions in a page of rows.
pub(crate) const CLASSES_OF_PAGE: usize = 64;
/// Bytes of a dimension.
pub(crate) const DIMENSION_SIZE: usize = 24;

/// Tags of dimensions.
pub(crate) mod dimension {
    pub(crate) const ACTION: u32 = 0;
    pub(crate) const VALUES: u32 = 1;
    pub(crate) const NUMBERS: u32 = 2;
    pub(crate) const DATES: u32 = 3;
    pub(crate) const ADDRESSES: u32 = 4;
    pub(crate) const NUMBER_WINDOWS: u32 = 5;
    pub(crate) const DATE_WINDOWS: u32 = 6;
    pub(crate) const FOLDED_VALUES: u32 = 7;
    pub(crate) const BEGINNINGS: u32 = 8;
    pub(crate) const ENDINGS: u32 = 9;
    pub(crate) const RESOURCES: u32 = 10;
    pub(crate) const TESTS: u32 = 11;
    pub(crate) const RESOURCE_TEXTS: u32 = 12;
}

/// Which texts of a resource a dimension is about.
pub(crate) mod resource_texts {
    /// What is behind each slash.
    pub(crate) const BEHIND_SLASHES: u32 = 0;
    /// The whole resource.
    pub(crate) const BEGINNING: u32 = 1;
    /// What is behind the colon of this number, of the colons of an ARN, which are numbered from 1 on. If the sixth field has colons of
    /// its own, also what is behind each later one: a pattern's colon may be any of them (WC-8).
    pub(crate) const FIRST_COLON: u32 = 2;
    pub(crate) const LAST_COLON: u32 = 5;
    /// The whole resource, from its last byte to its first.
    pub(crate) const ENDING: u32 = 6;
}

/// So few candidates of a block are verified, whatever else the block has dimensions of: to ask one costs no less.
pub(crate) const MAX_UNNARROWED: u32 = 2;

/// Most tests of a dimension.
pub(crate) const MAX_SHARED_TESTS: usize = 8;

/// A row, or the base of one, without and with all bits.
pub(crate) const NO_STATEMENT: u32 = u32::MAX;
pub(crate) const EVERY_STATEMENT: u32 = u32::MAX - 1;
