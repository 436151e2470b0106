//! Runs of addresses that all statements of a block treat alike.

use std::net::IpAddr;

use crate::artifact::{Cursor, Damaged, Read};

/// Bytes of an entry: first address and row.
const V4_SIZE: usize = 8;
const V6_SIZE: usize = 20;

/// The rows of all addresses.
pub(super) struct Runs<'a> {
    v4: &'a [[u8; V4_SIZE]],
    v6: &'a [[u8; V6_SIZE]],
    /// The row of what is in no run, or no address.
    other: u32,
}

impl<'a> Runs<'a> {
    /// Reads the runs that `bytes` begin with.
    pub(super) fn read(bytes: &'a [u8], other: u32) -> Read<Runs<'a>> {
        let mut bytes = Cursor::new(bytes);
        let [v4_count, v6_count] = [bytes.u32()?, bytes.u32()?].map(|count| count as usize);
        let (v4, _) = bytes.slice(v4_count.checked_mul(V4_SIZE).ok_or(Damaged)?)?.as_chunks();
        let (v6, _) = bytes.slice(v6_count.checked_mul(V6_SIZE).ok_or(Damaged)?)?.as_chunks();
        Ok(Runs { v4, v6, other })
    }

    /// The row of an address; halves the runs.
    pub(super) fn row(&self, address: Option<IpAddr>) -> u32 {
        let row = match address {
            Some(IpAddr::V4(address)) => {
                let first = |[a, b, c, d, ..]: [u8; V4_SIZE]| u32::from_le_bytes([a, b, c, d]);
                last_until(self.v4, |entry| first(*entry) <= address.to_bits())
            }
            Some(IpAddr::V6(address)) => {
                let first = |entry: &[u8; V6_SIZE]| entry.first_chunk().map_or(0, |first| u128::from_le_bytes(*first));
                last_until(self.v6, |entry| first(entry) <= address.to_bits())
            }
            None => None,
        };
        row.unwrap_or(self.other)
    }
}

/// The row at the end of the last of the ascending entries that are `reached`.
fn last_until<const SIZE: usize>(entries: &[[u8; SIZE]], reached: impl Fn(&[u8; SIZE]) -> bool) -> Option<u32> {
    let entry = entries.get(entries.partition_point(reached).checked_sub(1)?)?;
    entry.last_chunk().map(|row| u32::from_le_bytes(*row))
}
