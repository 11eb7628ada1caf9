//! The time of the machine, and one thread that wakes sleepers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use foundation_core::port::BoxFuture;
use foundation_core::port::clock::{Clock, Monotonic, WallTime};
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::timers::Timers;

/// The clock of the machine.
///
/// Sleeps are kept by a thread of its own, so they work on every executor; the thread starts with the first sleep and
/// ends with the clock. A sleep wakes late by what the operating system's scheduler adds, commonly below a
/// millisecond. Clones share origin and thread.
#[derive(Clone)]
pub struct SystemClock {
    owner: Arc<Owner>,
}

/// Ends the thread when the last clone is gone. Sleeps under way hold `Shared` only.
struct Owner {
    shared: Arc<Shared>,
}

struct Shared {
    origin: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    timers: Timers,
    running: bool,
    closed: bool,
}

impl SystemClock {
    /// A clock whose monotonic scale begins now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this adapter is where time enters")]
    pub fn new() -> Self {
        let shared = Shared { origin: Instant::now(), state: Mutex::default(), changed: Condvar::new() };
        Self { owner: Arc::new(Owner { shared: Arc::new(shared) }) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SystemClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemClock").field("now", &self.now()).finish()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Monotonic {
        self.owner.shared.now()
    }

    #[expect(clippy::disallowed_methods, reason = "this adapter is where time enters")]
    fn wall(&self) -> WallTime {
        // A clock set to before 1970 reads as 1970.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        WallTime(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
    }

    fn sleep_until(&self, deadline: Monotonic) -> BoxFuture<'static, ()> {
        Box::pin(Sleep { clock: self.clone(), deadline, place: None })
    }
}

impl Shared {
    #[expect(clippy::disallowed_methods, reason = "this adapter is where time enters")]
    fn now(&self) -> Monotonic {
        Monotonic(0) + Instant::now().saturating_duration_since(self.origin)
    }

    /// The body of the timer thread.
    fn keep_time(&self) {
        let mut state = self.state.lock();
        while !state.closed {
            let due = state.timers.take_due(self.now());
            if !due.is_empty() {
                // Outside the lock: a waker may run anything.
                MutexGuard::unlocked(&mut state, || due.into_iter().for_each(Waker::wake));
                continue;
            }
            match state.timers.next_deadline() {
                // A deadline beyond what an `Instant` can say never comes.
                Some(next) => match self.origin.checked_add(Duration::from_nanos(next.0)) {
                    Some(instant) => drop(self.changed.wait_until(&mut state, instant)),
                    None => self.changed.wait(&mut state),
                },
                None => self.changed.wait(&mut state),
            }
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.state.lock().closed = true;
        self.shared.changed.notify_one();
    }
}

struct Sleep {
    /// A sleep keeps its clock alive: it has to end even if nobody else holds the clock any more.
    clock: SystemClock,
    deadline: Monotonic,
    place: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let shared = &this.clock.owner.shared;
        if shared.now() >= this.deadline {
            return Poll::Ready(());
        }
        let mut state = shared.state.lock();
        let first_before = state.timers.next_deadline();
        let replaced = state.timers.wait(this.deadline, &mut this.place, cx);
        if !state.running {
            let for_thread = Arc::clone(shared);
            let started =
                std::thread::Builder::new().name("foundation-clock".to_owned()).spawn(move || for_thread.keep_time());
            state.running = started.is_ok();
        } else if first_before.is_none_or(|first| this.deadline < first) {
            shared.changed.notify_one();
        }
        let has_thread = state.running;
        drop(state);
        drop(replaced);
        if !has_thread {
            // No thread is to be had now: stay awake and try again, which costs time and loses no sleep.
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let forgotten = self.clock.owner.shared.state.lock().timers.forget(self.deadline, place);
            drop(forgotten);
        }
    }
}
