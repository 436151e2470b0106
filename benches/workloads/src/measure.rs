//! Timing.
//!
//! A machine that others use as well gives no steady clock. So: the clock is the CPU time of the thread, which stands still
//! while the thread waits for a core; what is compared is interleaved in short rounds, so that a slow phase of the machine hits
//! both; and medians are reported, with the 10th and 90th percentile to show the spread.

use std::fmt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time that this thread has used.
///
/// A call takes about 0.2 µs: good for rounds of many decisions, not for a single one.
#[must_use]
pub fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // Neither part can be negative: the clock starts at 0 with the thread.
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// CPU time that all threads of this process have used.
#[must_use]
pub fn process_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Times of many rounds, in nanoseconds for each operation.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    nanoseconds: Vec<f64>,
}

/// Median and spread.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// Half of the rounds are faster.
    pub median: f64,
    /// One of ten is faster.
    pub p10: f64,
    /// One of ten is slower.
    pub p90: f64,
}

impl Samples {
    /// Runs `work`, which does `count` operations, and keeps its time.
    pub fn time<T>(&mut self, count: usize, work: impl FnOnce() -> T) -> T {
        let start = thread_time();
        let done = work();
        self.push((thread_time() - start).as_secs_f64() * 1e9 / count as f64);
        done
    }

    /// Keeps a time.
    pub fn push(&mut self, nanoseconds: f64) {
        self.nanoseconds.push(nanoseconds);
    }

    /// What came out; all zero if nothing was timed.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut sorted = self.nanoseconds.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or_default();
        Summary { median: at(0.5), p10: at(0.1), p90: at(0.9) }
    }
}

/// A table for people: the first column to the left, the others to the right.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Table {
        Table { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column_count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| self.rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
        let widths: Vec<usize> = (0..column_count).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                let cell = if column == 0 { format!("{cell}{pad}") } else { format!("  {pad}{cell}") };
                line.push_str(&cell);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A time with a unit that suits it: `87 ns`, `1.20 µs`, `26.7 ms`.
#[must_use]
pub fn show_time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 10.0 => format!("{ns:.1} ns"),
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
