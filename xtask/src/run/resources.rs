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

    /// Reads the books.
    pub(crate) fn now() -> Self {
        Self { cpu_s: seconds(ClockId::ProcessCPUTime), max_rss_bytes: max_rss_bytes().unwrap_or(0) }
    }
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn max_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
}
