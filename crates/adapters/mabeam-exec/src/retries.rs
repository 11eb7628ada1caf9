//! How often a program that crashed is started again, and after what wait.

use std::time::Duration;

use foundation_core::{Code, Error, Result};

/// What is done about a crash: an exit code other than 0, or the end by a signal that nobody here sent.
///
/// Nothing else is tried again: a limit that was broken, a value that is none and a program that cannot be started are
/// the same the next time. Default: 2 attempts, 1 s between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often a program is started for one trial, at least once.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles before each further one.
    pub first_pause: Duration,
    /// The longest wait.
    pub longest_pause: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { attempts: 2, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(60) }
    }
}

impl Retries {
    /// One attempt.
    #[must_use]
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The wait after `attempt` attempts, counted from 1, have failed; nothing where there is no further one.
    #[must_use]
    pub fn pause_after(&self, attempt: u32) -> Option<Duration> {
        let doublings = attempt.saturating_sub(1).min(31);
        let pause = self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause);
        (attempt < self.attempts).then_some(pause)
    }

    /// Checks that there is an attempt at all.
    ///
    /// # Errors
    /// `InvalidConfiguration`.
    pub fn check(&self) -> Result<()> {
        if self.attempts == 0 {
            let what = "retries of a program: `attempts` is 0, so it would never be started";
            return Err(Error::new(Code::InvalidConfiguration, what));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
