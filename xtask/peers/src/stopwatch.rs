//! Taking the time of a round, in the same way for every variant.
//!
//! A round begins when the driver gives the word and ends at the moment that the last receiver notes itself, so that
//! waking the driver up again is no part of it.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// What a receiver or a caller notes its end with.
#[derive(Clone, Debug)]
pub(crate) struct Finish(mpsc::UnboundedSender<Instant>);

/// A round that is being timed.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    finish: mpsc::UnboundedSender<Instant>,
    ends: mpsc::UnboundedReceiver<Instant>,
}

impl Finish {
    pub(crate) fn now(&self) {
        // The driver is there for as long as the round is.
        let _ = self.0.send(Instant::now());
    }
}

impl Stopwatch {
    pub(crate) fn new() -> Self {
        let (finish, ends) = mpsc::unbounded_channel();
        Self { finish, ends }
    }

    pub(crate) fn finish(&self) -> Finish {
        Finish(self.finish.clone())
    }

    /// The time from `begun` until the last of `parties` has noted its end.
    pub(crate) async fn until_all(mut self, begun: Instant, parties: usize) -> Duration {
        drop(self.finish);
        let mut last = begun;
        for _ in 0..parties {
            match self.ends.recv().await {
                Some(end) => last = last.max(end),
                None => panic!("a party of the round ended without noting it"),
            }
        }
        last - begun
    }
}

/// Operations a second.
pub(crate) fn rate(operations: u64, took: Duration) -> f64 {
    operations as f64 / took.as_secs_f64()
}

pub(crate) fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}

pub(crate) fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}
