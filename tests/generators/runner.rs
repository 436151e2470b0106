//! Runs one property over generated values, the same values on every run.
//!
//! - `IBC_PROPTEST_CASES=100000` sets the number of cases of every property, `PROPTEST_CASES` likewise.
//! - `PROPTEST_RNG_SEED=7` draws other values.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// Checks `property` on `cases` values of `strategy`, and panics with the smallest value that breaks it.
///
/// A property ends with `Ok(())`, or rejects a value that does not meet its side conditions with `prop_assume!`.
#[track_caller]
pub(crate) fn check<S>(cases: u32, strategy: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S: Strategy,
    S::Value: Debug,
{
    let mut runner = TestRunner::new(config(cases));
    if let Err(failure) = runner.run(&strategy, property) {
        panic!("{failure}\n{runner}");
    }
}

/// The configuration of every property.
pub(crate) fn config(default_cases: u32) -> Config {
    let from_environment = ["IBC_PROPTEST_CASES", "PROPTEST_CASES"].into_iter().find_map(|name| std::env::var(name).ok());
    let cases = from_environment.and_then(|text| text.parse().ok()).unwrap_or(default_cases);
    let rng_seed = match std::env::var("PROPTEST_RNG_SEED").ok().and_then(|text| text.parse().ok()) {
        Some(seed) => RngSeed::Fixed(seed),
        None => RngSeed::Fixed(FIXED_SEED),
    };
    Config {
        cases,
        rng_seed,
        failure_persistence: None,
        max_shrink_iters: MAX_SHRINK_ITERATIONS,
        // Laws with narrow side conditions reject many scenarios.
        max_global_rejects: cases.saturating_mul(100),
        ..Config::default()
    }
}

/// Any number will do, as long as it stays the same.
const FIXED_SEED: u64 = 0x1bc;

/// Shrinking a scenario takes some thousand steps.
const MAX_SHRINK_ITERATIONS: u32 = 20_000;
