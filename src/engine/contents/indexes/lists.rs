//! Posting lists, as they are written: how long they are, and what narrows them.

use super::{BlockContents, ListContents};
use crate::artifact::unit_code::{DIMENSION_SIZE, LONG, NONE};
use crate::artifact::{Damaged, Read, Section, View, word};
use crate::engine::contents::Budget;
use crate::engine::plan::dimension_name;
use crate::iam::Effect;

/// Reads lists.
pub(super) struct Lists<'a> {
    view: View<'a>,
    /// Bytes that may still be read: lists share none.
    budget: Budget,
}

impl<'a> Lists<'a> {
    pub(super) fn new(view: View<'a>) -> Lists<'a> {
        Lists { view, budget: Budget::new(view.size(Section::Index) as usize) }
    }

    /// A list, and the records of its statements.
    pub(super) fn read(&mut self, list: u32) -> Read<(ListContents, Vec<u32>)> {
        let header: &[u8; 8] = self.view.chunk(Section::Index, list)?;
        let first = list.checked_add(8).ok_or(Damaged)?;
        if word(header, 0) != LONG {
            let count = word(header, 0).checked_add(word(header, 1)).ok_or(Damaged)?;
            return Ok((ListContents { statement_count: count, blocks: Vec::new() }, self.references(first, count)?));
        }
        let (mut contents, mut references) = (ListContents::default(), Vec::new());
        for (block, effect) in [(word(header, 1), Effect::Deny), (self.view.u32(Section::Index, first)?, Effect::Allow)] {
            if block != NONE {
                let (block, own) = self.block(block, effect)?;
                contents.statement_count = contents.statement_count.saturating_add(block.statement_count);
                contents.blocks.push(block);
                references.extend(own);
            }
        }
        Ok((contents, references))
    }

    fn block(&mut self, block: u32, effect: Effect) -> Read<(BlockContents, Vec<u32>)> {
        let header: &[u8; 16] = self.view.chunk(Section::Index, block)?;
        let [statement_count, dimension_count, references] = [0, 1, 2].map(|index| word(header, index));
        let mut rest = self.view.cursor(Section::Index, block)?;
        rest.slice(header.len())?;
        let mut dimensions: Vec<String> = Vec::new();
        for _ in 0..dimension_count {
            self.budget.charge(DIMENSION_SIZE)?;
            let dimension: &[u8; DIMENSION_SIZE] = rest.slice(DIMENSION_SIZE)?.first_chunk().ok_or(Damaged)?;
            let name = dimension_name(self.view, word(dimension, 0), word(dimension, 1))?;
            // Windows and bounds of one key are of the same part of the request.
            if !dimensions.contains(&name) {
                dimensions.push(name);
            }
        }
        Ok((BlockContents { effect, statement_count, dimensions }, self.references(references, statement_count)?))
    }

    fn references(&mut self, first: u32, count: u32) -> Read<Vec<u32>> {
        let size = (count as usize).checked_mul(4).ok_or(Damaged)?;
        self.budget.charge(size)?;
        let (references, _) = self.view.cursor(Section::Index, first)?.slice(size)?.as_chunks();
        Ok(references.iter().map(|reference| u32::from_le_bytes(*reference)).collect())
    }
}
