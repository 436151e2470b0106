//! How long each stage of a build takes.

use std::time::Instant;

use serde::Serialize;

/// One stage and its time.
#[derive(Debug, Serialize)]
pub(super) struct StageTime {
    stage: &'static str,
    pub(super) milliseconds: f64,
}

/// Stages that follow each other.
#[derive(Debug)]
pub(super) struct Stages {
    times: Vec<StageTime>,
    running: (&'static str, Instant),
}

impl Stages {
    /// Begins the first stage.
    pub(super) fn begin(stage: &'static str) -> Stages {
        Stages { times: Vec::new(), running: (stage, Instant::now()) }
    }

    /// Ends the running stage and begins the next.
    pub(super) fn next(&mut self, stage: &'static str) {
        let now = Instant::now();
        let (ended, since) = std::mem::replace(&mut self.running, (stage, now));
        let milliseconds = ((now - since).as_secs_f64() * 1e6).round() / 1e3;
        self.times.push(StageTime { stage: ended, milliseconds });
    }

    /// Ends the last stage.
    pub(super) fn end(mut self) -> Vec<StageTime> {
        self.next("");
        self.times
    }
}
