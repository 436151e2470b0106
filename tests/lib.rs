//! Integration tests.

mod artifact;
mod bench_command;
mod cli;
mod corpus;
mod corpus_decisions;
mod diagnostics;
mod generators;
mod inputs;
mod laws;
mod properties;
mod sharing;
mod suite;
