//! What this process has used of the machine, from the kernel's own books.

use rustix::time::{ClockId, clock_gettime};

/// Processor time and memory of this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time of all threads, in seconds.
    pub(crate) cpu_s: f64,
    /// The most memory it ever had resident, in bytes; 0 where the system does not say.
    pub(crate) max_rss_bytes: u64,
}

impl Usage {
    /// Processor time of the calling thread, in seconds.
    pub(crate) fn thread_cpu_s() -> f64 {
        seconds(ClockId::ThreadCPUTime)
    }

    /// The memory that is resident now, in bytes; 0 where the system does not say.
    pub(crate) fn rss_bytes() -> u64 {
        status("VmRSS:").unwrap_or(0)
    }

    /// Reads the books.
    pub(crate) fn now() -> Self {
        Self { cpu_s: seconds(ClockId::ProcessCPUTime), max_rss_bytes: status("VmHWM:").unwrap_or(0) }
    }
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// A line of the process's status, in bytes.
fn status(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
}
