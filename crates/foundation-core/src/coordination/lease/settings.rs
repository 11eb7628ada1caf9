//! How long leases live.

use std::time::Duration;

use super::tenure::Terms;
use crate::error::{Code, Error, Result};
use crate::port::storage::Ttl;

/// How long a lease lives without renewal, and how much earlier its holder stops.
///
/// A lease is renewed each third of its time to live. So where the store stops answering at the worst moment, just before
/// a renewal, two thirds less the margin are left for it to come back: 8.5 seconds of the default. A cluster that lost a
/// leader has been seen to answer no write for 6.2 seconds, so take at least 12 there; a shorter lease is lost each time
/// that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseSettings {
    ttl: Ttl,
    margin: Duration,
}

impl LeaseSettings {
    /// What leases live unless told otherwise: 15 seconds, and a margin of 1.5 seconds.
    pub const DEFAULT_TTL_SECONDS: u32 = 15;

    /// Leases that live so many seconds (at least one), with a margin of a tenth of that.
    #[must_use]
    pub fn seconds(ttl: u32) -> Self {
        let ttl = Ttl::seconds(ttl);
        Self { ttl, margin: ttl.as_duration() / 10 }
    }

    /// How much earlier than the store the holder holds its lease to be over. It has to cover how much faster the
    /// store's clock may run than the holder's over one time to live; clocks of ordinary machines differ by less than a
    /// thousandth. The default is a tenth of the time to live.
    ///
    /// # Errors
    /// `InvalidConfiguration` where it leaves less than half of the time to live.
    pub fn margin(mut self, margin: Duration) -> Result<Self> {
        if margin > self.ttl.as_duration() / 2 {
            let what = format!(
                "lease with a time to live of {} s: a margin of {margin:?} leaves less than half of it",
                self.ttl.as_seconds()
            );
            return Err(Error::new(Code::InvalidConfiguration, what));
        }
        self.margin = margin;
        Ok(self)
    }

    /// How long the store keeps a lease that is not renewed.
    #[must_use]
    pub fn ttl(&self) -> Ttl {
        self.ttl
    }

    pub(super) fn terms(self) -> Terms {
        let ttl = self.ttl.as_duration();
        Terms { ttl, margin: self.margin, renew_after: ttl / 3, pause: self.pause(), patience: ttl / 3 }
    }

    /// The pause before something that failed is tried again: a thirtieth of the time to live, at most a quarter of a
    /// second.
    pub(crate) fn pause(self) -> Duration {
        (self.ttl.as_duration() / 30).min(Duration::from_millis(250))
    }
}

impl Default for LeaseSettings {
    fn default() -> Self {
        Self::seconds(Self::DEFAULT_TTL_SECONDS)
    }
}

#[cfg(test)]
mod tests;
