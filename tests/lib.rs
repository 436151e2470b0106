//! Integration tests.

mod artifact;
mod bench_command;
mod cli;
mod corpus;
mod corpus_decisions;
mod diagnostics;
mod generators;
mod laws;
mod passes;
mod properties;
mod suite;
