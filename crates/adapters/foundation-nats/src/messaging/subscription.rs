//! One subscription: what the client hands over, kept in bounds, with every loss counted.
//!
//! The client drops what finds its buffer full and tells neither how much nor where. So its buffer is emptied into a
//! [`Buffer`] that does: by whoever reads, at each look, and in between by a task that looks a moment after something
//! has come. A reader that waits is woken by the message itself and not by way of that task.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use async_nats::{Message, Subscriber};
use foundation_core::port::clock::Clock;
use foundation_core::port::messaging::{Delivery, SubjectPattern};
use foundation_core::{Code, Error, Result};
use futures_util::task::AtomicWaker;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::Notify;

use super::buffer::{Buffer, Waiting};
use super::names::Names;
use crate::connection::NatsConnection;

/// How long a reader has to come before what arrived is looked after for it. The client's buffer holds 65,536 messages,
/// many times what arrives in that time.
const MOMENT: Duration = Duration::from_millis(2);

/// The messages of one subscription; dropping it ends the subscription.
pub(super) struct Subscription {
    shared: Arc<Shared>,
    names: Arc<Names>,
    pattern: SubjectPattern,
    sweeper: tokio::task::JoinHandle<()>,
    /// The end was told.
    over: bool,
}

struct Shared {
    inbound: Mutex<Inbound>,
    reader: AtomicWaker,
    /// Something came and the sweeper knows.
    stirred: AtomicBool,
    stir: Notify,
}

struct Inbound {
    /// `None` once the client has ended it.
    source: Option<Subscriber>,
    buffer: Buffer<Message>,
}

impl Subscription {
    pub(super) fn new(
        source: Subscriber,
        pattern: &SubjectPattern,
        names: &Arc<Names>,
        pending: usize,
        connection: &NatsConnection,
    ) -> Self {
        let inbound = Mutex::new(Inbound { source: Some(source), buffer: Buffer::new(pending) });
        let (reader, stirred, stir) = (AtomicWaker::new(), AtomicBool::new(false), Notify::new());
        let shared = Arc::new(Shared { inbound, reader, stirred, stir });
        // From here on the client wakes `shared`.
        drop(shared.sweep());
        let sweeper = connection.tasks().spawn(sweep_on(Arc::clone(&shared), Arc::clone(connection.clock())));
        Self { shared, names: Arc::clone(names), pattern: pattern.clone(), sweeper, over: false }
    }
}

/// Looks after what comes while nobody reads.
async fn sweep_on(shared: Arc<Shared>, clock: Arc<dyn Clock>) {
    loop {
        shared.stir.notified().await;
        clock.sleep(MOMENT).await;
        shared.stirred.store(false, Ordering::SeqCst);
        if shared.sweep().source.is_none() {
            return;
        }
    }
}

impl Shared {
    /// Takes over what the client has, and leaves word to be woken when more comes.
    fn sweep(self: &Arc<Self>) -> MutexGuard<'_, Inbound> {
        // Nothing between lock and unlock leaves it half done.
        let mut inbound = self.inbound.lock().unwrap_or_else(PoisonError::into_inner);
        let Inbound { source, buffer } = &mut *inbound;
        let take_all = poll_fn(|cx| {
            while let Some(client) = source {
                match client.poll_next_unpin(cx) {
                    Poll::Ready(Some(message)) => buffer.put(message),
                    Poll::Ready(None) => *source = None,
                    Poll::Pending => break,
                }
            }
            Poll::Ready(())
        });
        let waker = Waker::from(Arc::clone(self));
        // Without tokio's budget, because that would let something look empty that is not.
        let all = pin!(tokio::task::unconstrained(take_all)).poll(&mut Context::from_waker(&waker));
        debug_assert!(all.is_ready());
        inbound
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reader.wake();
        if !self.stirred.swap(true, Ordering::SeqCst) {
            self.stir.notify_one();
        }
    }
}

impl Stream for Subscription {
    type Item = Result<Delivery>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let budget = ready!(tokio::task::coop::poll_proceed(cx));
        self.shared.reader.register(cx.waker());
        let mut inbound = self.shared.sweep();
        let next = inbound.buffer.take();
        let is_over = inbound.source.is_none();
        drop(inbound);
        let told = match next {
            Some(Waiting::Message(message)) => self.names.delivery(message),
            Some(Waiting::Gap(missing)) => {
                let what = format!("subscription to `{}`: {missing} messages are missing here", self.pattern);
                Err(Error::new(Code::SlowConsumer, what))
            }
            None if is_over => {
                self.over = true;
                let what = format!("subscription to `{}`: the connection was closed", self.pattern);
                Err(Error::new(Code::ServiceUnavailable, what).advise("open a new connection"))
            }
            None => return Poll::Pending,
        };
        budget.made_progress();
        Poll::Ready(Some(told))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.sweeper.abort();
        // The client's channel keeps the waker, and with it `shared`, which keeps the channel.
        let source = self.shared.inbound.lock().unwrap_or_else(PoisonError::into_inner).source.take();
        drop(source);
    }
}
