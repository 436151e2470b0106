//! Narrowing a block by texts of the resource.

use super::prefixes::Prefixes;
use super::row::intersect;
use crate::artifact::unit_code::resource_texts;
use crate::artifact::{Damaged, Read, Section};
use crate::engine::Evaluation;

impl<'a> Evaluation<'a, '_> {
    /// By how the resource, or what is inside of it, begins or ends.
    pub(super) fn narrow_by_resource_texts(
        &mut self,
        texts: u32,
        [_, other, _, prefixes]: [u32; 4],
        candidates: &mut [u64],
        room: &mut [u64],
    ) -> Read<bool> {
        let prefixes = Prefixes::read(self.view.from(Section::Index, prefixes)?, other)?;
        let resource = self.resource;
        match texts {
            resource_texts::BEGINNING => self.row(prefixes.row(resource.bytes())?).intersect(candidates),
            resource_texts::ENDING => self.row(prefixes.row_from_end(resource.bytes())?).intersect(candidates),
            resource_texts::BEHIND_SLASHES => {
                self.narrow_by_texts(resource.texts_behind_slashes(), &prefixes, other, candidates, room)
            }
            _ => {
                let number = colon(texts).ok_or(Damaged)?;
                self.narrow_by_texts(resource.texts_behind_colon(number), &prefixes, other, candidates, room)
            }
        }
    }

    /// By texts, any of which may be the one that a statement is about. A row is read once, however many texts have it.
    fn narrow_by_texts(
        &mut self,
        mut texts: impl Iterator<Item = &'a [u8]>,
        prefixes: &Prefixes<'_>,
        other: u32,
        candidates: &mut [u64],
        room: &mut [u64],
    ) -> Read<bool> {
        let row = texts.next().map_or(Ok(other), |text| prefixes.row(text))?;
        let Some(second) = texts.next() else { return self.row(row).intersect(candidates) };
        let (union, _) = room.split_at_mut(candidates.len());
        union.fill(0);
        self.memo.united_rows.begin();
        self.memo.united_rows.is_new(row);
        self.row(row).unite(union)?;
        for text in [second].into_iter().chain(texts) {
            let row = prefixes.row(text)?;
            if self.memo.united_rows.is_new(row) {
                self.row(row).unite(union)?;
            }
        }
        Ok(intersect(candidates, union))
    }
}

/// The number of the colon behind which the texts of a dimension are.
pub(in crate::engine) fn colon(texts: u32) -> Option<u8> {
    let is_one = (resource_texts::FIRST_COLON..=resource_texts::LAST_COLON).contains(&texts);
    if is_one { u8::try_from(texts).ok() } else { None }
}
