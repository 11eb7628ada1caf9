//! How long a bare task of the same scheduler takes to wake, without any process: what the machine and the scheduler
//! need by themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use crate::chaos::live;

/// Wakes one task.
#[derive(Clone, Default)]
pub(super) struct Bell(Arc<Parts>);

#[derive(Default)]
struct Parts {
    has_rung: AtomicBool,
    waker: AtomicWaker,
}

impl Bell {
    fn ring(&self) {
        self.0.has_rung.store(true, Ordering::SeqCst);
        self.0.waker.wake();
    }

    /// Waits for one ring; answers when it was heard.
    async fn heard(&self) -> Instant {
        std::future::poll_fn(|cx| {
            self.0.waker.register(cx.waker());
            if self.0.has_rung.swap(false, Ordering::SeqCst) { Poll::Ready(live::now()) } else { Poll::Pending }
        })
        .await
    }
}

/// Wakes a task every few milliseconds for `span`; answers how long each wake-up took.
pub(super) async fn ring(bell: Bell, span: Duration) -> Vec<Duration> {
    let begun = live::now();
    let mut times = Vec::new();
    while begun.elapsed() < span {
        let sleeper = bell.clone();
        let sleeper = live::task(async move { sleeper.heard().await });
        live::pause(Duration::from_millis(5)).await;
        let rung_at = live::now();
        bell.ring();
        if let Ok(heard_at) = sleeper.await {
            times.push(heard_at - rung_at);
        }
    }
    times
}
