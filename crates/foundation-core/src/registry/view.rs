//! A namespace as this process last heard of it, read without asking the store.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::StreamExt as _;
use futures_util::future::select;
use parking_lot::RwLock;

use crate::error::Result;
use crate::port::BoxStream;
use crate::port::clock::{Clock, Monotonic};
use crate::port::registry::{Namespace, RegisteredName, Registration, Registry, RegistryChange};
use crate::port::spawner::Spawner;
use crate::port::storage::Revision;

/// The first pause after a watch failed; doubled with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two tries to watch again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A read view of one namespace.
///
/// A task follows the registry's watch and keeps the view; it ends when the view's last clone is gone. A view lags
/// behind the registry by what the watch takes, and by more while the watch is down, which [`state`](Self::state)
/// tells: what [`whereis`](Self::whereis) answers was so at some time, and may not be any more. A sender that finds
/// nobody at the address asks [`whereis_strict`](Self::whereis_strict).
#[derive(Clone, Debug)]
pub struct RegistryView {
    registry: Arc<dyn Registry>,
    namespace: Namespace,
    seen: Arc<RwLock<Seen>>,
    /// Dropped with the last clone, which ends the task.
    _alive: Arc<oneshot::Sender<()>>,
}

/// How far a view has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewState {
    /// Nothing was read yet: the view is empty whatever the registry holds.
    Starting,
    /// The view follows the registry and has seen everything up to this revision.
    Following(Revision),
    /// The watch failed, or begins anew after a failure: the view stands as it was at that time.
    Stale {
        /// When the failure was met.
        since: Monotonic,
        /// Why.
        reason: String,
    },
}

#[derive(Debug)]
struct Seen {
    names: HashMap<RegisteredName, Registration>,
    state: ViewState,
}

impl RegistryView {
    /// Starts to follow a namespace.
    #[must_use]
    pub fn follow(registry: Arc<dyn Registry>, namespace: Namespace, spawner: &Spawner, clock: Arc<dyn Clock>) -> Self {
        let seen = Arc::new(RwLock::new(Seen { names: HashMap::new(), state: ViewState::Starting }));
        let (alive, ended) = oneshot::channel();
        let follower = Follower {
            registry: Arc::clone(&registry),
            namespace: namespace.clone(),
            clock,
            seen: Arc::clone(&seen),
            rebuilding: None,
            pause: FIRST_PAUSE,
        };
        spawner.spawn("registry view", async move {
            let work = std::pin::pin!(follower.run());
            drop(select(work, ended).await);
        });
        Self { registry, namespace, seen, _alive: Arc::new(alive) }
    }

    /// Who owned the name when this view last heard of it. Waits for nothing but other readers' and the follower's
    /// hold on a map.
    #[must_use]
    pub fn whereis(&self, name: &RegisteredName) -> Option<Registration> {
        self.seen.read().names.get(name).cloned()
    }

    /// Who owns the name, asked of the registry.
    ///
    /// # Errors
    /// As [`Registry::lookup`].
    pub async fn whereis_strict(&self, name: &RegisteredName) -> Result<Option<Registration>> {
        self.registry.lookup(&self.namespace, name).await
    }

    /// The registrations that `wanted` picks, in no order.
    #[must_use]
    pub fn find(&self, wanted: impl Fn(&Registration) -> bool) -> Vec<Registration> {
        self.seen.read().names.values().filter(|registration| wanted(registration)).cloned().collect()
    }

    /// How far the view has come.
    #[must_use]
    pub fn state(&self) -> ViewState {
        self.seen.read().state.clone()
    }
}

struct Follower {
    registry: Arc<dyn Registry>,
    namespace: Namespace,
    clock: Arc<dyn Clock>,
    seen: Arc<RwLock<Seen>>,
    /// What a snapshot has told so far; replaces the view once it is complete, so that readers never see a part.
    rebuilding: Option<HashMap<RegisteredName, Registration>>,
    pause: Duration,
}

impl Follower {
    async fn run(mut self) {
        loop {
            let reason = match self.registry.watch(&self.namespace).await {
                Err(error) => error.chain(),
                Ok(changes) => {
                    self.rebuilding = Some(HashMap::new());
                    self.follow(changes).await
                }
            };
            let since = self.clock.now();
            self.seen.write().state = ViewState::Stale { since, reason };
            self.clock.sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Follows a watch to its end; answers why it ended.
    async fn follow(&mut self, mut changes: BoxStream<'static, Result<RegistryChange>>) -> String {
        loop {
            match changes.next().await {
                Some(Ok(change)) => self.take(change),
                Some(Err(error)) => return error.chain(),
                None => return "the watch ended without an error".to_owned(),
            }
        }
    }

    fn take(&mut self, change: RegistryChange) {
        match change {
            RegistryChange::Compacted => self.rebuilding = Some(HashMap::new()),
            RegistryChange::Registered(registration) => {
                let revision = registration.revision;
                self.edit(revision, |names| drop(names.insert(registration.name.clone(), registration)));
            }
            RegistryChange::Released { name, revision } => self.edit(revision, |names| drop(names.remove(&name))),
            RegistryChange::Current(revision) => {
                let mut seen = self.seen.write();
                if let Some(names) = self.rebuilding.take() {
                    seen.names = names;
                }
                seen.state = ViewState::Following(revision);
                self.pause = FIRST_PAUSE;
            }
        }
    }

    fn edit(&mut self, revision: Revision, change: impl FnOnce(&mut HashMap<RegisteredName, Registration>)) {
        match &mut self.rebuilding {
            Some(names) => change(names),
            None => {
                let mut seen = self.seen.write();
                change(&mut seen.names);
                seen.state = ViewState::Following(revision);
            }
        }
    }
}
