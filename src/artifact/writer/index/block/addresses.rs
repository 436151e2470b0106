//! Runs of addresses that all statements of a block treat alike, and a row for each.

use ipnet::IpNet;

use super::BlockWriter;
use super::runs::cut;
use crate::artifact::layout::Section;
use crate::artifact::unit_code::dimension;
use crate::artifact::wire::Put;
use crate::ir::{Predicate, Test};

impl BlockWriter<'_, '_> {
    /// The runs that the networks of some tests make, and how many statements one leaves at most; `None` if they list too much.
    pub(super) fn addresses(&mut self, tests: &[Option<&Predicate>], other: &[u64]) -> Option<(u32, u32, u64)> {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (position, test) in (0..).zip(tests) {
            let Some(Predicate { test: Test::IpAddress(ranges), .. }) = test else { continue };
            for range in ranges {
                match range {
                    IpNet::V4(range) => {
                        v4.push((range.network().to_bits(), range.broadcast().to_bits().checked_add(1), position))
                    }
                    IpNet::V6(range) => {
                        v6.push((range.network().to_bits(), range.broadcast().to_bits().checked_add(1), position))
                    }
                }
            }
        }
        let (v4, v6) = (cut(v4, self.statements.len())?, cut(v6, self.statements.len())?);
        let ((v4, v4_most), (v6, v6_most)) = (self.rows_of(v4, other), self.rows_of(v6, other));
        let reference = self.sections.end(Section::Index);
        let index = self.sections.of(Section::Index);
        index.put_u32(v4.len() as u32);
        index.put_u32(v6.len() as u32);
        for (first, row) in v4 {
            index.put_u32(first);
            index.put_u32(row);
        }
        for (first, row) in v6 {
            index.extend(first.to_le_bytes());
            index.put_u32(row);
        }
        Some((dimension::ADDRESSES, reference, v4_most.max(v6_most)))
    }
}
