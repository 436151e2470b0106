//! One file per verb: `run` does it and says how the program ends.

pub mod bench;
pub mod build;
pub mod check;
pub mod eval;
pub mod explain;
pub mod inspect;
pub mod test;
pub mod wanted;
