//! The example of a gateway, run for a short time: engines swapped under load give no wrong answer.

#[allow(dead_code, reason = "its `main` is for `cargo run --example`")]
#[path = "../examples/embed.rs"]
mod example;

use example::{Load, run};

#[test]
fn every_answer_under_swaps_is_of_a_version_in_force_and_a_broken_artifact_changes_nothing() {
    let report = run(&Load { threads: 3, swaps: 7, decisions_between_swaps: 50 }).expect("the example runs");
    assert_eq!((report.wrong, report.swaps, report.refused), (0, 7, 7));
    assert!(report.decisions >= 7 * 2 * 50);
}
