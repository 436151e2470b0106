//! The long explanation of each code, as `ibc explain CODE` prints it; one file for each part of a policy.

use std::fmt;

use super::Code;

mod condition;
mod principal;
mod statement;
mod text;

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
    let parts = [text::explanation, statement::explanation, principal::explanation, condition::explanation];
    parts.iter().find_map(|part| part(code)).expect("every code is explained; a test asks for each")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        for &code in Code::ALL {
            let Explanation { checks, why, example, instead } = explanation(code);
            assert!(checks.ends_with('.') && why.ends_with('.') && !example.is_empty() && !instead.is_empty(), "{code}");
        }
    }
}
