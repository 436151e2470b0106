//! The dimensions of a block in the order in which they are asked.

use crate::artifact::unit_code::DIMENSION_SIZE;

/// A dimension as it is written.
pub(super) type Dimension = [u32; DIMENSION_SIZE / 4];

/// The dimensions of a block, each with about how many statements it leaves of all.
///
/// Those that leave fewest are asked first: once hardly any statement is left, these are verified and the others are not asked.
#[derive(Default)]
pub(super) struct Dimensions(Vec<(u64, Dimension)>);

/// Instead of what it leaves: asked before, or after, all others. Actions come first, so that no statement of other actions is
/// among the few that nothing more is asked of, and [`BlockCost`](super::BlockCost) holds.
pub(super) const FIRST: u64 = 0;
pub(super) const LAST: u64 = u64::MAX;

impl Dimensions {
    pub(super) fn push(&mut self, dimension: Dimension, left: u64) {
        self.0.push((left, dimension));
    }

    pub(super) fn in_order(self) -> Vec<Dimension> {
        let Dimensions(mut dimensions) = self;
        dimensions.sort_by_key(|&(left, _)| left);
        dimensions.into_iter().map(|(_, dimension)| dimension).collect()
    }
}
