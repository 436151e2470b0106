//! How much text the compiler takes in one document. Over a limit there is a clear error, never a crash.

/// The largest document, in bytes: spans are `u32`, and a larger policy is a mistake.
pub const MAX_DOCUMENT_SIZE: usize = 1 << 30;

/// How deep objects and arrays may be nested. A policy needs six levels, an account dump with its policies ten.
pub const MAX_NESTING_DEPTH: usize = 64;

/// How many statements one document may have.
pub const MAX_STATEMENTS: usize = 1 << 21;

/// How many findings are kept for one document; later ones are counted out, but a policy stays refused for them.
pub const MAX_DIAGNOSTICS: usize = 1_000;
