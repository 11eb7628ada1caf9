//! Memory of idle processes: what the resident set of a program grows by, in a program of its own for each variant.
//!
//! A second measurement in one program would use memory again that the first one freed, and read too low.

use std::any::Any;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

/// What keeps the processes alive while they are measured.
pub(crate) type Kept = Box<dyn Any + Send>;
/// Starts processes that wait for mail; done when all of them do.
pub(crate) type Idle = Pin<Box<dyn Future<Output = Kept> + Send>>;

/// Waits until `n` processes have counted themselves.
pub(crate) async fn all_up(up: &AtomicU64, n: u64) {
    while up.load(Ordering::Relaxed) < n {
        tokio::task::yield_now().await;
    }
}

/// Bytes of memory that the program `pid` (`self` for this one) holds.
pub(crate) fn resident(pid: &str) -> Result<u64, String> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).map_err(|error| format!("read {path}: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or(format!("{path} has no VmRSS"))?;
    let kib: u64 =
        line.trim().trim_end_matches("kB").trim().parse().map_err(|error| format!("read {line}: {error}"))?;
    Ok(kib * 1_024)
}

/// What the processes that `start` starts cost in all. Threads and their memory come first, with a few processes that
/// `warm` starts: they are no part of a process.
pub(crate) fn measure(runtime: &tokio::runtime::Runtime, warm: Idle, start: Idle) -> Result<u64, String> {
    runtime.block_on(async { tokio::spawn(warm).await }).map_err(|error| error.to_string())?;
    let before = resident("self")?;
    let kept = runtime.block_on(async { tokio::spawn(start).await }).map_err(|error| error.to_string())?;
    let after = resident("self")?;
    drop(kept);
    Ok(after.saturating_sub(before))
}
