//! Trying again: how often, after what wait, and until when.

use std::time::Duration;

use foundation_core::port::clock::{Clock, Elapsed, deadline};
use foundation_core::port::entropy::Entropy;
use foundation_core::{Backoff, Code, Error, Result};

/// How often an operation is tried, how long the waits are, and when to give up.
///
/// Only errors whose code is [transient](foundation_core::Transience::Transient) are tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// The most attempts, the first one included; 4 by default, and at least 1.
    pub attempts: u32,
    /// The waits between attempts; [`Backoff::default`] by default. Its `reset_after` has no meaning here.
    pub backoff: Backoff,
    /// The time for everything: attempts and waits. `None`, the default, sets no limit.
    pub within: Option<Duration>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, backoff: Backoff::default(), within: None }
    }
}

impl Retry {
    /// Calls `operation` until it succeeds, fails for good, or is given up.
    ///
    /// # Errors
    /// - The operation's own error, where trying again cannot help.
    /// - Its last error with the number of attempts in front, after the last attempt, or where the next wait would
    ///   not end before the deadline.
    /// - `OutcomeUnknown` where the deadline came in the middle of an attempt, which was dropped; the error before it,
    ///   if there was one, is its cause.
    ///
    /// # Cancel safety
    /// As cancel safe as the operation: dropping the future drops the attempt under way.
    pub async fn run<T, F>(
        &self,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        mut operation: impl FnMut() -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let begun = clock.now();
        let mut failed = 0;
        let mut last: Option<Error> = None;
        loop {
            let answer = match self.within {
                None => operation().await,
                Some(within) => match deadline(clock, begun + within, operation()).await {
                    Ok(answer) => answer,
                    Err(Elapsed) => return Err(out_of_time(within, failed, last)),
                },
            };
            let error = match answer {
                Ok(value) => return Ok(value),
                Err(error) if !error.is_transient() => return Err(error),
                Err(error) => error,
            };
            failed += 1;
            match self.wait(failed, clock.now() - begun, entropy.next_u64()) {
                Some(wait) => clock.sleep(wait).await,
                None => return Err(error.during(format_args!("given up after {failed} attempts"))),
            }
            last = Some(error);
        }
    }

    /// How long to wait before the next attempt, after `failed` failures in the time `spent`; `None` to give up.
    fn wait(&self, failed: u32, spent: Duration, chance: u64) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        let wait = self.backoff.delay(failed.saturating_sub(1), chance);
        match self.within {
            Some(within) if spent.saturating_add(wait) >= within => None,
            _ => Some(wait),
        }
    }
}

fn out_of_time(within: Duration, failed: u32, last: Option<Error>) -> Error {
    let attempt = failed + 1;
    let error =
        Error::new(Code::OutcomeUnknown, format!("given up after {within:?}, in the middle of attempt {attempt}"));
    match last {
        Some(last) => error.caused_by(last),
        None => error,
    }
}

#[cfg(test)]
mod tests;
