//! The `ibc` program.

fn main() {}
