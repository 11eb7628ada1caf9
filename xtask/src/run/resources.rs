//! What this process has used of the machine, from the kernel's own books.

use std::fs;

/// Processor time and memory of this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time of all threads, in seconds, to the hundredth.
    pub(crate) cpu_s: f64,
    /// The most memory it ever had resident, in bytes.
    pub(crate) max_rss_bytes: u64,
}

impl Usage {
    /// Reads the books; zeros where the system keeps none in this form.
    pub(crate) fn now() -> Self {
        Self { cpu_s: cpu_seconds().unwrap_or(0.0), max_rss_bytes: max_rss_bytes().unwrap_or(0) }
    }
}

fn cpu_seconds() -> Option<f64> {
    // `schedstat` counts in nanoseconds, but only of the main thread; summed over the threads it loses those that
    // ended. `stat` has them all, in ticks of a hundredth.
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / 100.0)
}

fn max_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
}
