//! Integration tests.

mod artifact;
mod bench_command;
mod cli;
mod corpus;
mod corpus_decisions;
mod diagnostics;
mod explanations;
mod generators;
mod laws;
mod properties;
mod suite;
mod wanted;
