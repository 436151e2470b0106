//! Looking for a place among what is in order.

use crate::artifact::Read;

/// How many of so many, from the first on, hold a test that none holds behind the first that does not.
pub(super) fn partition(count: u32, holds: impl Fn(u32) -> Read<bool>) -> Read<u32> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = u32::midpoint(low, high);
        if holds(middle)? { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}
