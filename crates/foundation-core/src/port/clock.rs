//! Time: wall time for records, monotonic time for intervals, waiting.
//!
//! The domain reads time in no other way, so a test that owns the clock owns every deadline.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::BoxFuture;

/// A point on the wall clock: nanoseconds since 1970-01-01 UTC. For records only; it may step backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallTime(pub u64);

impl WallTime {
    /// Milliseconds since 1970-01-01 UTC, rounded down.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The point `span` later; saturates at the end of the range (the year 2554).
    #[must_use]
    pub fn saturating_add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// A point on a clock's monotonic scale: nanoseconds since that clock's origin.
///
/// Points of two clocks, or of two runs of a program, cannot be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Monotonic(pub u64);

impl Monotonic {
    /// The time from `earlier` to here, and zero where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Monotonic {
    type Output = Self;

    /// Saturates: a deadline too far away is one that never comes.
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Sub for Monotonic {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

/// A clock.
///
/// # Guarantees
/// - [`now`](Self::now) never goes back within one instance, on any thread.
/// - [`sleep_until`](Self::sleep_until) is ready at or after its point, and at once for a point that has passed.
/// - Two sleeps that end at different points wake in that order on a virtual clock; on a real one they may not.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Clock: Send + Sync + fmt::Debug {
    /// Reads the monotonic scale.
    fn now(&self) -> Monotonic;

    /// Reads the wall clock.
    fn wall(&self) -> WallTime;

    /// Waits until `deadline`.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait and nothing else.
    fn sleep_until(&self, deadline: Monotonic) -> BoxFuture<'static, ()>;

    /// Waits for `span` from now. Cancel safe like [`sleep_until`](Self::sleep_until).
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until(self.now() + span)
    }
}

/// The deadline of an operation passed before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("deadline passed")]
pub struct Elapsed;

/// Runs `work` until `deadline`.
///
/// The work is polled first, so an answer that is ready at the deadline counts.
///
/// # Errors
/// [`Elapsed`] when the deadline came first; `work` is then dropped where it stood.
///
/// # Cancel safety
/// As cancel safe as `work`.
pub async fn deadline<T>(clock: &dyn Clock, deadline: Monotonic, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    use futures_util::future::{Either, select};
    let work = std::pin::pin!(work);
    match select(work, clock.sleep_until(deadline)).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(((), _)) => Err(Elapsed),
    }
}
