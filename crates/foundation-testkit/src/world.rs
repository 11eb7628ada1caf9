//! Where a case runs: its time, its tasks, and how patient it is.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Spawner;
use foundation_core::port::clock::{Clock, Monotonic, deadline};
use futures_channel::oneshot;

/// How long a case waits for something that has to come, by the world's clock.
const PATIENCE: Duration = Duration::from_secs(60);

/// The surroundings of one case.
#[derive(Clone, Debug)]
pub struct World {
    /// Time; that of the port under test.
    pub clock: Arc<dyn Clock>,
    /// Starts tasks.
    pub spawner: Spawner,
    /// How exact time is here: zero on a virtual clock; where a server keeps its own time, what its answers may lag.
    pub grain: Duration,
}

impl World {
    /// Lets `span` pass.
    pub async fn pass(&self, span: Duration) {
        self.clock.sleep(span).await;
    }

    /// Lets time pass until just before `point`.
    pub async fn until_before(&self, point: Monotonic) {
        let step_back = self.grain.max(Duration::from_nanos(1));
        let before = point.0.saturating_sub(u64::try_from(step_back.as_nanos()).unwrap_or(u64::MAX));
        self.clock.sleep_until(Monotonic(before)).await;
    }

    /// Lets time pass until `point` is reached for certain.
    pub async fn until(&self, point: Monotonic) {
        self.clock.sleep_until(point + self.grain).await;
    }

    /// Waits for `work`.
    ///
    /// # Panics
    /// After a minute: a case that waits for what never comes fails and does not hang.
    pub async fn within<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        match deadline(&*self.clock, self.clock.now() + PATIENCE, work).await {
            Ok(value) => value,
            Err(_) => panic!("{what}: nothing came within {PATIENCE:?}"),
        }
    }

    /// Runs every future as a task of its own and answers their results in order.
    ///
    /// # Panics
    /// Where one of them panics.
    pub async fn race<T: Send + 'static>(
        &self,
        racers: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
    ) -> Vec<T> {
        let started: Vec<_> = racers
            .into_iter()
            .map(|racer| {
                let (sender, receiver) = oneshot::channel();
                // Nobody waits any more where a case has failed already.
                self.spawner.spawn("contract racer", async move { drop(sender.send(racer.await)) });
                receiver
            })
            .collect();
        let mut results = Vec::with_capacity(started.len());
        for receiver in started {
            let result = self.within("a racer", receiver).await;
            results.push(result.unwrap_or_else(|_| panic!("a racer panicked: see its message above")));
        }
        results
    }
}
