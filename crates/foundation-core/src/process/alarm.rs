//! One alarm for all the deadlines of a process's calls.
//!
//! Nearly every call is answered long before its deadline, so the deadlines of one process are not timers of their
//! own: the process is woken at the first of them, finds that most were met, and sets its alarm anew only where one is
//! left. An alarm that goes off for nothing costs one turn in the span of a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::port::BoxFuture;
use crate::port::clock::{Clock, Monotonic};

pub(super) struct Alarm {
    at: Monotonic,
    /// Held so that it rings.
    _sleep: BoxFuture<'static, ()>,
    bell: Arc<Bell>,
}

struct Bell {
    has_rung: AtomicBool,
    task: Waker,
}

impl Alarm {
    /// Has `task` woken at `at` or before.
    pub(super) fn set(alarm: &mut Option<Box<Self>>, at: Monotonic, clock: &Arc<dyn Clock>, task: &Waker) {
        if let Some(set) = alarm
            && set.at <= at
            && !set.bell.has_rung.load(Ordering::Acquire)
        {
            return;
        }
        let bell = Arc::new(Bell { has_rung: AtomicBool::new(false), task: task.clone() });
        let mut sleep = clock.sleep_until(at);
        let waker = Waker::from(Arc::clone(&bell));
        if let Poll::Ready(()) = sleep.as_mut().poll(&mut Context::from_waker(&waker)) {
            waker.wake();
        }
        *alarm = Some(Box::new(Self { at, _sleep: sleep, bell }));
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.has_rung.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}
