//! Integration tests.

mod generators;
mod laws;
mod properties;
mod suite;
