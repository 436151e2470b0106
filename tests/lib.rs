//! Integration tests.

mod cli;
mod corpus;
mod diagnostics;
mod generators;
mod laws;
mod properties;
mod suite;
