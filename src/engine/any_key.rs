//! The context keys that a request has, gone through: for statements that are filed under whichever key they test.
//!
//! What follows from the request itself, `aws:username` say, is not among them: the compiler files nothing under such keys.

use super::Evaluation;
use super::context::{KeyTable, Slots};
use crate::artifact::Read;
use crate::request::ContextValue;

impl<'a> Evaluation<'a, '_> {
    /// Hands each key that policies ask for and the request has, and each that the artifact knows of the caller, to `take`, with the
    /// value that counts (TG-8): a tag that both have comes up twice.
    pub(super) fn each_key(&mut self, mut take: impl FnMut(&mut Self, u32, ContextValue<'a>) -> Read<()>) -> Read<()> {
        let context = &self.request.context;
        for entry in context.keyed_entries() {
            take(self, entry.key.index, entry.value)?;
        }
        let view = self.view;
        let slots = Slots::read(&view, KeyTable::read(view)?)?;
        for entry in context.entries() {
            if let Some(key) = slots.find_name(entry.key)? {
                take(self, key, entry.value)?;
            }
        }
        for name in self.caller.tags().into_iter().flat_map(|tags| tags.names()) {
            if let Some(key) = slots.find_name(name?)?
                && let Some(value) = self.value(key)?
            {
                take(self, key, value)?;
            }
        }
        Ok(())
    }
}
