//! The table of codes.

/// How bad a finding is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The text is wrong.
    Error,
    /// The policy allows more than is safe.
    SecurityWarning,
    /// The policy probably does not do what was meant.
    Warning,
    /// It could be written better.
    Suggestion,
}

/// Names one kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The text is not JSON.
    JsonSyntaxError,
}
