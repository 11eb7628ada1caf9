//! Time that stands still until somebody moves it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use foundation_core::port::BoxFuture;
use foundation_core::port::clock::{Clock, Monotonic, WallTime};
use parking_lot::Mutex;

use super::timers::Timers;

/// A clock that a test owns: it moves by [`advance`](Self::advance) and in no other way.
///
/// Its origin reads as [`WallTime`] 1 000 000 000 s (9 September 2001) unless told otherwise. Clones share the time.
#[derive(Clone)]
pub struct VirtualClock {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    now: Monotonic,
    wall_at_origin: i128,
    timers: Timers,
}

impl VirtualClock {
    /// A clock at its origin.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(WallTime(1_000_000_000 * 1_000_000_000))
    }

    /// A clock at its origin, whose wall time is `wall` there.
    #[must_use]
    pub fn starting_at(wall: WallTime) -> Self {
        let shared = Shared { now: Monotonic(0), wall_at_origin: i128::from(wall.0), timers: Timers::default() };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Moves time by `span`, stopping at each deadline on the way to wake who waits for it.
    ///
    /// Tasks that are woken run when their scheduler lets them: only [`Simulation`](crate::Simulation) runs them
    /// before time goes on.
    pub fn advance(&self, span: Duration) {
        let end = self.now() + span;
        while let Some(next) = self.next_deadline().filter(|next| *next <= end) {
            self.advance_to(next);
        }
        self.advance_to(end);
    }

    /// Moves time to `point` in one step, if it lies ahead, and wakes who waits for it or for an earlier point.
    pub fn advance_to(&self, point: Monotonic) {
        let due = {
            let mut shared = self.shared.lock();
            shared.now = shared.now.max(point);
            let now = shared.now;
            shared.timers.take_due(now)
        };
        // Outside the lock: a waker may poll its task at once, and the task reads the clock.
        due.into_iter().for_each(std::task::Waker::wake);
    }

    /// When the next sleep under way ends.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Monotonic> {
        self.shared.lock().timers.next_deadline()
    }

    /// Sets the wall clock, also backwards, as an operator or a time service does. Monotonic time does not move.
    pub fn set_wall(&self, wall: WallTime) {
        let mut shared = self.shared.lock();
        shared.wall_at_origin = i128::from(wall.0) - i128::from(shared.now.0);
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Monotonic {
        self.shared.lock().now
    }

    fn wall(&self) -> WallTime {
        let shared = self.shared.lock();
        let nanos = (shared.wall_at_origin + i128::from(shared.now.0)).clamp(0, i128::from(u64::MAX));
        WallTime(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn sleep_until(&self, deadline: Monotonic) -> BoxFuture<'static, ()> {
        Box::pin(Sleep { shared: Arc::clone(&self.shared), deadline, place: None })
    }
}

struct Sleep {
    shared: Arc<Mutex<Shared>>,
    deadline: Monotonic,
    place: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut shared = this.shared.lock();
        if shared.now >= this.deadline {
            return Poll::Ready(());
        }
        let replaced = shared.timers.wait(this.deadline, &mut this.place, cx);
        drop(shared);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let forgotten = self.shared.lock().timers.forget(self.deadline, place);
            drop(forgotten);
        }
    }
}

#[cfg(test)]
mod tests;
