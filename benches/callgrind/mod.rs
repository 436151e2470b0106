//! Reading what callgrind wrote.

use std::collections::HashMap;

/// What was counted while callgrind collected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// Instructions.
    pub(crate) total: u64,
    /// Cache lines of code, of which some instruction ran at least as often as was asked for.
    pub(crate) code_lines: usize,
    /// Cache lines of data that the smaller of two simulated caches did not have.
    pub(crate) near_misses: u64,
    /// Those that the larger one did not have either.
    pub(crate) far_misses: u64,
}

/// Reads an output file, made with `--dump-instr=yes --cache-sim=yes`; code lines that ran fewer than `least` times do not count.
///
/// # Panics
/// If it is none.
pub(crate) fn read(output: &str, least: u64) -> Counts {
    let mut executions: HashMap<u64, u64> = HashMap::new();
    let mut address = 0;
    let mut is_call_cost = false;
    for line in output.lines() {
        let Some((position, rest)) =
            line.split_once(' ').filter(|_| line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)))
        else {
            // What a call costs is counted where it is spent.
            is_call_cost |= line.starts_with("calls=");
            continue;
        };
        address = moved(address, position);
        if !std::mem::take(&mut is_call_cost) {
            let cost = rest.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok()).unwrap_or(0);
            *executions.entry(address).or_default() += cost;
        }
    }
    let mut of_lines: HashMap<u64, u64> = HashMap::new();
    for (address, count) in executions {
        let most = of_lines.entry(address / CACHE_LINE).or_default();
        *most = count.max(*most);
    }
    let words = |head: &str| output.lines().find_map(|line| line.strip_prefix(head)).unwrap_or_default().split_whitespace();
    let totals: HashMap<&str, u64> = words("events: ").zip(words("totals: ").filter_map(|count| count.parse().ok())).collect();
    // Zeros at the end are left out.
    let sum = |events: [&str; 2]| events.iter().filter_map(|event| totals.get(event)).sum();
    Counts {
        total: *totals.get("Ir").expect("callgrind writes totals"),
        code_lines: of_lines.values().filter(|&&count| count >= least).count(),
        near_misses: sum(["D1mr", "D1mw"]),
        far_misses: sum(["DLmr", "DLmw"]),
    }
}

/// An address as it is, or relative to the one before.
fn moved(address: u64, position: &str) -> u64 {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    let number = |text: &str| number(text).expect("callgrind writes numbers");
    match position.split_at(1) {
        ("*", _) => address,
        ("+", further) => address + number(further),
        ("-", back) => address - number(back),
        _ => number(position),
    }
}

/// Bytes.
const CACHE_LINE: u64 = 64;
