//! Watching names: a bounded queue for each watcher, and a snapshot for one that was too slow.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use parking_lot::Mutex;

use super::namespaced::Namespaced;
use crate::event::ProcessRef;
use crate::port::registry::RegisteredName;
use crate::process::Exit;

/// What a watcher of names hears.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NameChange {
    /// The watcher was too slow and missed changes: forget everything; what stands now follows, up to
    /// [`NameChange::Current`].
    Missed,
    /// A name has this owner.
    Registered {
        /// The name.
        name: RegisteredName,
        /// Its owner.
        owner: ProcessRef,
    },
    /// A name has no owner any more.
    Released {
        /// The name.
        name: RegisteredName,
        /// Who had it.
        owner: ProcessRef,
        /// Why it is free.
        reason: ReleaseReason,
    },
    /// Everything that stood when the watch began, or after [`NameChange::Missed`], was told.
    Current,
}

/// Why a name is free.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReleaseReason {
    /// Its owner gave it back.
    Unregistered,
    /// The life that owned it ended, and how.
    Ended(Exit),
    /// A later life of the same process took it over.
    TakenOver,
    /// The shared registry says that it is free, and not why.
    Elsewhere,
}

/// What is watched, and how far behind a watcher may fall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSettings {
    /// One name; all of the namespace by default.
    pub name: Option<RegisteredName>,
    /// How many changes wait for the watcher before it misses some; 1,024 by default, and at least 1.
    pub capacity: usize,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self { name: None, capacity: 1_024 }
    }
}

/// The changes of a namespace, in an order in which each name's are right: a stream that never ends.
///
/// It begins with what stands, and [`NameChange::Current`]. A watcher that falls behind by more than its capacity is
/// told [`NameChange::Missed`] and then what stands when it reads on; what it had not read is thrown away. Nobody waits
/// for a watcher.
pub struct NameWatch {
    names: Arc<Namespaced>,
    settings: WatchSettings,
    queue: Arc<Mutex<Queue<NameChange>>>,
    /// What is told before the queue.
    snapshot: VecDeque<NameChange>,
}

/// The changes that wait for one watcher.
pub(super) struct Queue<C> {
    changes: VecDeque<C>,
    missed: bool,
    waker: Option<Waker>,
}

/// What a watcher finds in its queue.
pub(super) enum Next<C> {
    Change(C),
    Missed,
}

impl<C> Default for Queue<C> {
    fn default() -> Self {
        Self { changes: VecDeque::new(), missed: false, waker: None }
    }
}

impl<C> Queue<C> {
    /// Puts a change in, or throws all away where there is no room; answers whom to wake.
    pub(super) fn push(&mut self, change: C, capacity: usize) -> Option<Waker> {
        if self.changes.len() >= capacity.max(1) {
            self.missed = true;
            self.changes = VecDeque::new();
        }
        if !self.missed {
            self.changes.push_back(change);
        }
        self.waker.take()
    }

    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Next<C>> {
        match self.changes.pop_front() {
            _ if self.missed => Poll::Ready(Next::Missed),
            Some(change) => Poll::Ready(Next::Change(change)),
            None => {
                self.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// What a watcher asked for, and its queue while it is there.
type Watcher = (WatchSettings, Weak<Mutex<Queue<NameChange>>>);

/// The watchers of a namespace.
#[derive(Default)]
pub(super) struct Watchers {
    /// How many there are; read under a name's shard, changed under all of them.
    count: AtomicUsize,
    list: Mutex<Vec<Watcher>>,
}

impl Watchers {
    /// Tells a change. Its name's shard is held, so that the changes of one name come in their order.
    pub(super) fn tell(&self, change: impl FnOnce() -> NameChange) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let change = change();
        let (NameChange::Registered { name, .. } | NameChange::Released { name, .. }) = &change else { return };
        let mut wakers = Vec::new();
        let mut list = self.list.lock();
        list.retain(|(settings, queue)| {
            let Some(queue) = queue.upgrade() else { return false };
            if settings.name.as_ref().is_none_or(|wanted| wanted == name) {
                wakers.extend(queue.lock().push(change.clone(), settings.capacity));
            }
            true
        });
        self.count.store(list.len(), Ordering::Release);
        drop(list);
        for waker in wakers {
            waker.wake();
        }
    }
}

impl NameWatch {
    pub(super) fn new(names: &Arc<Namespaced>, settings: WatchSettings) -> Self {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let watchers = names.watchers();
        let all = names.table().write_all();
        let mut list = watchers.list.lock();
        list.push((settings.clone(), Arc::downgrade(&queue)));
        watchers.count.store(list.len(), Ordering::Release);
        drop(list);
        let mut watch = Self { names: Arc::clone(names), settings, queue, snapshot: VecDeque::new() };
        watch.tell_what_stands();
        drop(all);
        watch
    }

    fn tell_what_stands(&mut self) {
        let wanted = self.settings.name.as_ref();
        let all = self.names.table().all().into_iter().map(|(key, owner)| (key.name(), owner));
        let standing = all.filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name));
        self.snapshot.extend(standing.map(|(name, owner)| NameChange::Registered { name, owner }));
        self.snapshot.push_back(NameChange::Current);
    }
}

impl Stream for NameWatch {
    type Item = NameChange;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<NameChange>> {
        let this = &mut *self;
        if let Some(change) = this.snapshot.pop_front() {
            return Poll::Ready(Some(change));
        }
        let next = this.queue.lock().poll(cx);
        match next {
            Poll::Ready(Next::Change(change)) => return Poll::Ready(Some(change)),
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Next::Missed) => {}
        }
        let names = Arc::clone(&this.names);
        let all = names.table().write_all();
        *this.queue.lock() = Queue::default();
        this.tell_what_stands();
        drop(all);
        Poll::Ready(Some(NameChange::Missed))
    }
}

impl fmt::Debug for NameWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameWatch")
            .field("namespace", self.names.namespace())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watchers").field("count", &self.count).finish_non_exhaustive()
    }
}
