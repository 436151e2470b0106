use std::fmt;

/// An entry of `Action` or `NotAction` (GR-14). Letter case does not matter (semantics 1.8).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ActionPattern {
    /// `*`, also written `*:*` (D-16).
    Any,
    /// `prefix:name`.
    Service {
        /// The service prefix, without wildcards, as written.
        prefix: Box<str>,
        /// The name, in which `*` and `?` are wildcards, as written; `*` for every action of the service.
        name: Box<str>,
    },
}

impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionPattern::Any => f.write_str("*"),
            ActionPattern::Service { prefix, name } => write!(f, "{prefix}:{name}"),
        }
    }
}
