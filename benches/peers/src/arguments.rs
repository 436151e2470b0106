//! The command line, and what it asks for.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use ibc_workloads::{DEFAULT_SEED, Workload, attached, flat};

/// Runs the same policies and requests through ibc and other policy engines, and compares answers, times and memory.
#[derive(Debug, Parser)]
#[command(version = None)]
pub(crate) struct Arguments {
    /// Small workloads and short measurements: shows that everything works
    #[arg(long)]
    pub(crate) quick: bool,
    /// Compare all answers of every engine, however long a slow one takes
    #[arg(long)]
    pub(crate) compare_all: bool,
    /// Other policies and requests of the same kind
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_SEED, hide_default_value = true)]
    pub(crate) seed: u64,
    /// Print the table in Markdown
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Write every figure to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Draw time against number of statements into this SVG file
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

impl Arguments {
    /// The workloads to run; those of `flat` in ascending order.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let (sizes, principal_count): (&[usize], usize) =
            if self.quick { (&[10, 100, 1_000], 100) } else { (&[10, 100, 1_000, 10_000, 100_000, 1_000_000], 10_000) };
        let flat = sizes.iter().map(|&statement_count| Case::Flat { statement_count });
        flat.chain([Case::Attached { principal_count }]).collect()
    }

    /// How long to compare and to time.
    pub(crate) fn pace(&self) -> Pace {
        let seconds = Duration::from_secs_f64;
        let mut pace = if self.quick {
            Pace { comparing: seconds(0.5), timing: seconds(0.2), slice: seconds(0.02) }
        } else {
            Pace { comparing: seconds(10.0), timing: seconds(0.6), slice: seconds(0.05) }
        };
        if self.compare_all {
            pace.comparing = Duration::MAX;
        }
        pace
    }
}

/// A workload that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// All statements apply to the caller.
    Flat { statement_count: usize },
    /// Ten statements for each principal.
    Attached { principal_count: usize },
}

impl Case {
    pub(crate) fn workload(self, seed: u64) -> Workload {
        match self {
            Case::Flat { statement_count } => flat::workload(seed, statement_count, REQUEST_COUNT),
            Case::Attached { principal_count } => attached::workload(seed, principal_count, REQUEST_COUNT),
        }
    }
}

/// CPU time for one engine on one workload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Until answers are no longer compared.
    pub(crate) comparing: Duration,
    /// Until it is no longer timed, but see [`crate::race`].
    pub(crate) timing: Duration,
    /// Of one turn.
    pub(crate) slice: Duration,
}

/// Requests of every workload.
pub(crate) const REQUEST_COUNT: usize = 1_000;
