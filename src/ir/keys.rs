use std::ops::Deref;

use super::{Interned, KeyId};
use crate::iam::fold::fold;

/// Context keys: folded names, which decide, and the first spelling of each, which people know.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    names: Interned<Box<str>>,
    /// Invariant: one for each of `names`.
    spellings: Vec<Box<str>>,
}

impl Keys {
    /// The id of the key that a policy spells like this.
    pub(crate) fn intern(&mut self, spelling: &str) -> KeyId {
        let (index, is_new) = self.names.insert_full(fold(spelling).into_boxed_str());
        if is_new {
            self.spellings.push(spelling.into());
        }
        KeyId::from_index(index)
    }

    /// Forgets the keys that are not used; the others keep their order.
    pub(crate) fn retain(&mut self, used: &[bool]) {
        let mut is_used = used.iter();
        self.names.retain(|_| is_used.next().is_some_and(|used| *used));
        let mut is_used = used.iter();
        self.spellings.retain(|_| is_used.next().is_some_and(|used| *used));
    }

    /// The first spelling of each key, in the order of the ids.
    pub(crate) fn spellings(&self) -> &[Box<str>] {
        &self.spellings
    }
}

/// The folded names.
impl Deref for Keys {
    type Target = Interned<Box<str>>;

    fn deref(&self) -> &Interned<Box<str>> {
        &self.names
    }
}
