use std::fmt;

/// What a statement says: the value of its `Effect` element (GR-9: case-sensitive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `Deny` sorts first: denials are looked for first everywhere.
    Deny,
    /// `Allow`.
    Allow,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Effect::Deny => "Deny",
            Effect::Allow => "Allow",
        })
    }
}
