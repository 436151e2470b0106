use std::fmt;
use std::sync::Arc;

/// An entry of `Action` or `NotAction` (GR-14). Letter case does not matter (semantics 1.8).
///
/// PERF: the statements of a document say the same few actions again and again, and share their texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ActionPattern {
    /// `*`, also written `*:*` (D-16).
    Any,
    /// `prefix:name`.
    Service {
        /// The service prefix, without wildcards, as written.
        prefix: Arc<str>,
        /// The name, in which `*` and `?` are wildcards, as written; `*` for every action of the service.
        name: Arc<str>,
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
