//! How much of an artifact may be looked at.

use std::collections::HashMap;

use crate::artifact::{Damaged, Read};

/// Bytes that may still be looked at. What an artifact lists shares no bytes, so all of it is no larger than its sections. A
/// forged artifact, whose parts overlap, must not take longer.
#[derive(Debug)]
pub(in crate::engine) struct Budget(usize);

impl Budget {
    pub(super) const fn new(size: usize) -> Budget {
        Budget(size)
    }

    /// Takes from the budget.
    pub(in crate::engine) fn charge(&mut self, size: usize) -> Read<()> {
        self.0 = self.0.checked_sub(size).ok_or(Damaged)?;
        Ok(())
    }
}

/// Texts that were found to be text, by place and length: many principals share one.
#[derive(Debug, Default)]
pub(super) struct Texts<'a>(HashMap<(usize, usize), &'a str>);

impl<'a> Texts<'a> {
    /// The text of these bytes, paid for once.
    pub(super) fn text(&mut self, bytes: &'a [u8], budget: &mut Budget) -> Read<&'a str> {
        let place = (bytes.as_ptr() as usize, bytes.len());
        if let Some(&text) = self.0.get(&place) {
            return Ok(text);
        }
        budget.charge(bytes.len())?;
        let text = std::str::from_utf8(bytes).map_err(|_| Damaged)?;
        self.0.insert(place, text);
        Ok(text)
    }
}
