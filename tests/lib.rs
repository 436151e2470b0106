//! Integration tests.
mod suite;
