//! The numbers of the bits that are set, from the lowest on.

/// Gives each number once.
#[derive(Debug, Clone, Copy)]
pub(super) struct SetBits(pub(super) u32);

impl Iterator for SetBits {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.0 == 0 {
            return None;
        }
        let number = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some(number)
    }
}
