//! What the experiments on live processes share: a runtime on real threads, the machine's clock, memory, percentiles.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foundation_core::event::NodeId;
use foundation_core::{Runtime, RuntimeParts, Spawner, Telemetry};
use foundation_memory::{SeededEntropy, SystemClock};

use super::findings::Findings;
use crate::args::ChaosArgs;
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;

/// Runs an experiment on tokio's threads and tells what it found.
///
/// # Errors
/// Where not everything is as promised; with a planted bug, where it was not caught.
pub(super) fn run(
    args: &ChaosArgs,
    console: Console,
    experiment: impl Future<Output = Result<Findings, Failure>>,
) -> Result<(), Failure> {
    // Panics are part of the experiments; they are told as the reasons of ends.
    std::panic::set_hook(Box::new(|_| ()));
    compositions::block_on(async {
        let begun = now();
        let mut findings = experiment.await?;
        findings.figure("wall_s", begun.elapsed().as_secs_f64());
        console.line(findings.to_string());
        if let Some(json) = &args.json {
            json.write(&findings)?;
        }
        findings.judge()
    })
}

/// A runtime on the threads that run this.
pub(super) fn runtime(seed: u64) -> Result<Runtime, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("start the runtime: {error}"));
    Ok(Runtime::new(RuntimeParts {
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SeededEntropy::new(seed)),
        spawner: Spawner::current().map_err(|error| failed(&error))?,
        node: NodeId::new("chaos").map_err(|error| failed(&error))?,
        telemetry: Telemetry::none(),
    }))
}

/// Another task beside the processes: a load or a probe.
#[expect(clippy::disallowed_methods, reason = "an experiment's load is no process; it is waited for")]
pub(super) fn task<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> tokio::task::JoinHandle<T> {
    tokio::spawn(work)
}

/// A thread beside the processes, for a load that must not wait for tokio's workers.
#[expect(clippy::disallowed_methods, reason = "an experiment's load is no process; it is waited for")]
pub(super) fn thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> tokio::task::JoinHandle<T> {
    tokio::task::spawn_blocking(work)
}

/// Has the thread wait; not for tasks.
#[expect(clippy::disallowed_methods, reason = "an experiment waits outside the runtime")]
pub(super) fn wait(span: Duration) {
    std::thread::sleep(span);
}

/// Waits for a task.
///
/// # Errors
/// Where it panicked.
pub(super) async fn joined<T>(task: tokio::task::JoinHandle<T>) -> Result<T, Failure> {
    task.await.map_err(|error| Failure::new(format!("a part of the experiment failed: {error}")))
}

/// The time by the machine's clock; an experiment measures what the runtime's clock is for.
#[expect(clippy::disallowed_methods, reason = "an experiment measures from outside the runtime")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Waits on tokio's timer, not on the runtime's.
#[expect(clippy::disallowed_methods, reason = "an experiment waits outside the runtime")]
pub(super) async fn pause(span: Duration) {
    tokio::time::sleep(span).await;
}

/// Gives up waiting after `span`: the watch dog of what must not hang.
#[expect(clippy::disallowed_methods, reason = "a watch dog that does not depend on what it watches")]
pub(super) async fn within<T>(span: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(span, work).await.ok()
}

/// Waits until `holds`, for `span` at most; whether it does.
pub(super) async fn until(span: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let begun = now();
    while !holds() {
        if begun.elapsed() > span {
            return false;
        }
        pause(Duration::from_millis(5)).await;
    }
    true
}

/// Resident memory of this program in bytes; 0 where the system does not say.
pub(super) fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or(0, |kib| kib * 1_024)
}

/// The smallest time that at least `share` of these do not exceed, in milliseconds.
pub(super) fn percentile_ms(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let place = (times.len() as f64 * share).ceil() as usize;
    times.get(place.clamp(1, times.len().max(1)) - 1).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

/// Bytes as mebibytes, for people.
pub(super) fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}
