//! How long to wait before trying again.

use std::time::Duration;

/// Waits that grow from one failure to the next, with a random part, and start over after a healthy time.
///
/// The wait before attempt `n` (from 0) is `initial * factor^n`, at most `max`, less a random share of up to `jitter`
/// of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The first wait; 100 ms by default.
    pub initial: Duration,
    /// The longest wait; 30 s by default.
    pub max: Duration,
    /// By how much each wait is longer than the one before; 2 by default. Below 1, and where it is no number, it
    /// counts as 1.
    pub factor: f64,
    /// The share of a wait that is random, from 0 (none) to 1 (all of it); 0.2 by default. It spreads out those that
    /// failed together.
    pub jitter: f64,
    /// After running for this long a failure counts as the first one again; 60 s by default.
    pub reset_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(100),
            max: Duration::from_secs(30),
            factor: 2.0,
            jitter: 0.2,
            reset_after: Duration::from_secs(60),
        }
    }
}

impl Backoff {
    /// The wait before attempt `attempt` (from 0); `chance` is 64 random bits.
    #[must_use]
    pub fn delay(&self, attempt: u32, chance: u64) -> Duration {
        // `max` first: it is what a NaN gives way to.
        let factor = 1.0_f64.max(self.factor);
        let jitter = if self.jitter.is_nan() { 0.0 } else { self.jitter.clamp(0.0, 1.0) };
        let longest = self.max.as_secs_f64();
        let grown = self.initial.as_secs_f64() * factor.powf(f64::from(attempt));
        let share = (chance >> 11) as f64 / (1_u64 << 53) as f64;
        let seconds = longest.min(grown) * (1.0 - jitter * share);
        Duration::try_from_secs_f64(seconds).unwrap_or(self.max).min(self.max)
    }
}

#[cfg(test)]
mod tests;
