//! The long explanation of each code, as `ibc explain CODE` prints it.

use std::fmt;

use super::Code;

/// What there is to know about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What it checks.
    pub checks: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// A text that has the mistake.
    pub example: &'static str,
    /// What to write instead.
    pub instead: &'static str,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation { checks, why, example, instead } = self;
        writeln!(f, "What it checks\n  {checks}\n")?;
        writeln!(f, "Why it matters\n  {why}\n")?;
        writeln!(f, "Example\n  {example}\n")?;
        writeln!(f, "Write instead\n  {instead}")
    }
}

pub(super) fn explanation(code: Code) -> Explanation {
    Explanation { checks: code.title(), why: "", example: "", instead: "" }
}
