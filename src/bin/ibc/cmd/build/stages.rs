//! How far a build has come, for who watches it on a terminal, and how long each stage took.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
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
    /// Drawn on standard error if that is a terminal, and cleared at the end, however that comes. It has no colours.
    progress: ProgressBar,
}

impl Stages {
    /// Begins the first stage; `doing` says to people what it does.
    pub(super) fn begin(stage: &'static str, doing: &str) -> Stages {
        let progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_finish(ProgressFinish::AndClear);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            progress.set_style(style);
        }
        progress.set_message(doing.to_owned());
        // Otherwise it would only be drawn between stages. There is no thread where nothing is drawn.
        if !progress.is_hidden() {
            progress.enable_steady_tick(TICK);
        }
        Stages { times: Vec::new(), running: (stage, Instant::now()), progress }
    }

    /// Ends the running stage and begins the next.
    pub(super) fn next(&mut self, stage: &'static str, doing: &str) {
        let now = Instant::now();
        let (ended, since) = std::mem::replace(&mut self.running, (stage, now));
        let milliseconds = ((now - since).as_secs_f64() * 1e6).round() / 1e3;
        self.times.push(StageTime { stage: ended, milliseconds });
        self.progress.set_message(doing.to_owned());
    }

    /// Lets something be written on standard error.
    pub(super) fn pause(&self, write: impl FnOnce()) {
        self.progress.suspend(write);
    }

    /// Ends the last stage.
    pub(super) fn end(mut self) -> Vec<StageTime> {
        self.next("", "");
        self.times
    }
}

/// How often the picture moves.
const TICK: Duration = Duration::from_millis(100);
