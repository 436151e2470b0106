//! Integration tests.

mod allocations;
mod artifact;
mod bench_command;
mod cli;
mod contexts;
mod corpus;
mod corpus_decisions;
mod diagnostics;
mod embed;
mod eval_operation;
mod explanations;
mod generators;
mod guard_rails;
mod indexes;
mod inputs;
mod inspect;
mod laws;
mod passes;
mod properties;
mod repeats;
mod service_facts;
mod sharing;
mod suite;
mod unknown_actions;
mod wanted;
mod worst_case;
