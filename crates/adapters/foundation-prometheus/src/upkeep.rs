//! Upkeep from time to time, for a runtime that nobody scrapes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use foundation_core::Spawner;
use foundation_core::port::clock::Clock;
use futures_channel::oneshot;
use futures_util::future::{Either, select};

use crate::recorder::PrometheusRecorder;

/// A task that does a recorder's upkeep. It ends when this is dropped.
#[derive(Debug)]
pub struct Upkeep {
    rounds: Arc<AtomicU64>,
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

impl PrometheusRecorder {
    /// Starts a task that does the upkeep every `period` until the returned [`Upkeep`] is dropped or stopped.
    ///
    /// Five seconds are plenty: between two rounds each sample costs some 8 bytes.
    #[must_use = "dropping the upkeep ends it"]
    pub fn start_upkeep(self: &Arc<Self>, spawner: &Spawner, clock: Arc<dyn Clock>, period: Duration) -> Upkeep {
        let rounds = Arc::new(AtomicU64::new(0));
        let (stop, mut stopped) = oneshot::channel();
        let (has_ended, ended) = oneshot::channel();
        let (recorder, counted) = (Arc::clone(self), Arc::clone(&rounds));
        spawner.spawn("prometheus-upkeep", async move {
            while let Either::Left(((), still_running)) = select(clock.sleep(period), stopped).await {
                stopped = still_running;
                recorder.run_upkeep();
                counted.fetch_add(1, Ordering::Relaxed);
            }
            // Nobody may wait for the end; then there is nobody to tell.
            let _ = has_ended.send(());
        });
        Upkeep { rounds, stop, ended }
    }
}

impl Upkeep {
    /// How many rounds were done.
    #[must_use]
    pub fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }

    /// Ends the task and waits until it has ended.
    ///
    /// # Cancel safety
    /// Dropping the future ends the task as well, without waiting.
    pub async fn stop(self) {
        drop(self.stop);
        // An error says that the task is gone already, with its runtime.
        let _ = self.ended.await;
    }
}

#[cfg(test)]
mod tests;
