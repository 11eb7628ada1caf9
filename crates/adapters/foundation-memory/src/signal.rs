//! Tells any number of waiting tasks that something changed.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

/// A counter that can be waited on.
///
/// Whoever waits reads the version first, then looks at what it waits for, and then waits for a later version: a
/// change in between is not missed.
#[derive(Default)]
pub(crate) struct Signal(Mutex<State>);

#[derive(Default)]
struct State {
    version: u64,
    waiting: BTreeMap<u64, Waker>,
    started: u64,
}

impl Signal {
    pub(crate) fn version(&self) -> u64 {
        self.0.lock().version
    }

    /// Raises the version and wakes everybody. Not to be called with a lock held that a woken task may want.
    pub(crate) fn notify(&self) {
        let waiting = {
            let mut state = self.0.lock();
            state.version += 1;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_values().for_each(Waker::wake);
    }

    /// Ready once the version is later than `version`.
    pub(crate) fn later_than(self: &Arc<Self>, version: u64) -> Later {
        Later { signal: Arc::clone(self), version, place: None }
    }
}

/// See [`Signal::later_than`].
pub(crate) struct Later {
    signal: Arc<Signal>,
    version: u64,
    place: Option<u64>,
}

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut state = this.signal.0.lock();
        if state.version > this.version {
            return Poll::Ready(());
        }
        let place = *this.place.get_or_insert_with(|| {
            state.started += 1;
            state.started
        });
        let replaced = state.waiting.insert(place, cx.waker().clone());
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let forgotten = self.signal.0.lock().waiting.remove(&place);
            drop(forgotten);
        }
    }
}
