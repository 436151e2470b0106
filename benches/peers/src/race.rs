//! Timing engines in turn, so that a slow phase of the machine hits all of them.

use std::hint::black_box;
use std::time::Duration;

use ibc_workloads::measure::{Samples, Summary, thread_time};
use ibc_workloads::{Answer, RequestText};

use crate::arguments::Pace;

/// What answers requests.
pub(crate) type Asker<'e, 'a> = Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e>;

/// One that is timed: a sample is the mean time over its requests, the same ones every time.
pub(crate) struct Entrant<'e, 'a> {
    asker: Asker<'e, 'a>,
    request_count: usize,
    samples: Samples,
    sample_count: usize,
    spent: Duration,
}

impl<'e, 'a> Entrant<'e, 'a> {
    /// Will be asked as many of the requests as one turn has time for, if they take about `decision_ns` each; at least
    /// [`MIN_REQUEST_COUNT`], so that allowed and denied ones are among them.
    pub(crate) fn new(asker: Asker<'e, 'a>, decision_ns: f64, texts: &[RequestText<'a>], pace: Pace) -> Entrant<'e, 'a> {
        let fitting = pace.slice.as_secs_f64() * 1e9 / decision_ns;
        let request_count = (fitting as usize).max(MIN_REQUEST_COUNT).min(texts.len());
        Entrant { asker, request_count, samples: Samples::default(), sample_count: 0, spent: Duration::ZERO }
    }

    /// How many different requests a sample is made of.
    pub(crate) fn request_count(&self) -> usize {
        self.request_count
    }

    /// What came out.
    pub(crate) fn summary(&self) -> Summary {
        self.samples.summary()
    }

    fn take_turn(&mut self, texts: &[RequestText<'a>], slice: Duration) {
        let start = thread_time();
        // The first pass of a fast engine finds the caches as another engine has left them; the many after it set the median.
        while thread_time() - start < slice {
            let (asker, texts) = (&mut self.asker, &texts[..self.request_count]);
            self.samples.time(texts.len(), || {
                for text in texts {
                    black_box(asker(text));
                }
            });
            self.sample_count += 1;
        }
        self.spent += thread_time() - start;
    }
}

/// Lets everyone take turns until all have used their time and have [`MIN_SAMPLE_COUNT`] samples.
pub(crate) fn race<'a>(entrants: &mut [Entrant<'_, 'a>], texts: &[RequestText<'a>], pace: Pace) {
    let is_running = |entrant: &Entrant<'_, '_>| entrant.spent < pace.timing || entrant.sample_count < MIN_SAMPLE_COUNT;
    while entrants.iter().any(is_running) {
        for entrant in entrants.iter_mut().filter(|entrant| is_running(entrant)) {
            entrant.take_turn(texts, pace.slice);
        }
    }
}

const MIN_REQUEST_COUNT: usize = 10;
const MIN_SAMPLE_COUNT: usize = 3;
