//! The Clock port as the timer that hyper asks for, so that a test that owns the clock owns hyper's timeouts too.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use foundation_core::port::BoxFuture;
use foundation_core::port::clock::{Clock, Monotonic};
use hyper::rt::{Sleep, Timer};
use parking_lot::Mutex;

/// Speaks `Instant` to hyper: `origin` stands for the clock's `started`, and from there on only the clock moves it.
#[derive(Clone)]
pub(crate) struct ClockTimer {
    clock: Arc<dyn Clock>,
    started: Monotonic,
    origin: Instant,
}

impl ClockTimer {
    #[expect(clippy::disallowed_methods, reason = "an arbitrary point for hyper to count from; it is never compared")]
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let started = clock.now();
        Self { clock, started, origin: Instant::now() }
    }
}

impl Timer for ClockTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(ClockSleep(Mutex::new(self.clock.sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let point = self.started + deadline.saturating_duration_since(self.origin);
        Box::pin(ClockSleep(Mutex::new(self.clock.sleep_until(point))))
    }

    fn now(&self) -> Instant {
        // Far beyond any uptime an `Instant` may overflow; the origin is then as good a point as any.
        self.origin.checked_add(self.clock.now() - self.started).unwrap_or(self.origin)
    }
}

/// hyper wants its sleeps `Sync`; a mutex that is only reached through `&mut` gives that without ever being locked.
struct ClockSleep(Mutex<BoxFuture<'static, ()>>);

impl Future for ClockSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.get_mut().as_mut().poll(cx)
    }
}

impl Sleep for ClockSleep {}
