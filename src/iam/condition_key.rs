use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::fold;

/// The name of a context key, as the policy writes it: `aws:ResourceTag/team`.
///
/// Equality and hashing ignore letter case, in the tag part too (CO-37, TG-3).
///
/// PERF: the statements of a document test the same few keys again and again, and share their texts.
#[derive(Debug, Clone)]
pub struct ConditionKey(Arc<str>);

impl ConditionKey {
    /// What the key of a principal's tag begins with.
    pub(crate) const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";

    /// The key with this name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> ConditionKey {
        ConditionKey(name.into())
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the first `/`: the tag key of `aws:ResourceTag/team/sub` is `team/sub` (TG-1).
    #[must_use]
    pub fn tag_key(&self) -> Option<&str> {
        self.0.split_once('/').map(|(_, tag)| tag)
    }
}

impl PartialEq for ConditionKey {
    fn eq(&self, other: &Self) -> bool {
        fold::eq_fold(&self.0, &other.0)
    }
}

impl Eq for ConditionKey {}

impl Hash for ConditionKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for c in self.0.chars() {
            fold::fold_char(c).hash(state);
        }
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
