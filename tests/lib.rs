//! Integration tests.

mod bench_command;
mod cli;
mod corpus;
mod corpus_decisions;
mod diagnostics;
mod generators;
mod laws;
mod properties;
mod suite;
