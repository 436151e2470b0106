//! Integration tests.

mod cli;
mod generators;
mod laws;
mod properties;
mod suite;
