//! A namespace whose authority is a registry behind the port.
//!
//! A registration is the port's answer; the table in memory follows the port's watch, and the own changes at once. Of
//! the processes of this runtime it shows only names that a living one asked for, so that no late word of the watch
//! brings back what has died here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt as _;
use futures_util::future::select;
use parking_lot::Mutex;

use super::changes::ReleaseReason;
use super::claim::Claim;
use super::entry::ELSEWHERE;
use super::key::Key;
use super::namespaced::{Authority, Namespaced};
use super::view::ViewState;
use crate::error::{Code, Error, Result};
use crate::event::{NodeId, ProcessRef};
use crate::port::BoxStream;
use crate::port::clock::Clock;
use crate::port::registry::{Owner, RegisteredName, Registration, Registry, RegistryChange, Session};
use crate::port::storage::Revision;
use crate::process::Exit;
use crate::process::control::{AtEnd, Hook};
use crate::runtime::Runtime;

/// The first pause after the port failed; doubled with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the namespaces of one registry share.
pub(super) struct Backend {
    pub(super) port: Arc<dyn Registry>,
    pub(super) session: Session,
    lives: Mutex<HashMap<ProcessRef, Life>>,
    /// Lives that ended, for the task that tells the port.
    ended: mpsc::UnboundedSender<ProcessRef>,
}

/// A life that has names, or may have.
struct Life {
    /// Where the runtime has the process.
    slot: u32,
    names: HashSet<(Key, ByAddress)>,
}

/// A namespace, equal to itself alone.
struct ByAddress(Arc<Namespaced>);

impl PartialEq for ByAddress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ByAddress {}

impl std::hash::Hash for ByAddress {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Backend {
    /// Opens a session of the runtime's node, and starts the task that frees the names of the dead.
    pub(super) async fn open(runtime: &Runtime, port: Arc<dyn Registry>) -> Result<Arc<Self>> {
        let session = port.open_session(runtime.node()).await?;
        let (ended, lives) = mpsc::unbounded();
        let release = release_all(Arc::clone(&port), session.clone(), Arc::clone(runtime.clock()), lives);
        runtime.spawner().spawn("registry releases", release);
        Ok(Arc::new(Self { port, session, lives: Mutex::default(), ended }))
    }

    /// Notes that a living process may have a name from now on; answers whether it is the first note of it.
    fn note(self: &Arc<Self>, names: &Arc<Namespaced>, key: &Key, claim: &Claim) -> Result<bool> {
        let mut lives = self.lives.lock();
        if !lives.contains_key(&claim.owner) {
            // The hook waits for this lock, so it finds the note.
            claim.at_end(names.namespace(), Hook::new(Arc::clone(self)), 0)?;
        }
        let life = lives.entry(claim.owner).or_insert_with(|| Life { slot: claim.slot(), names: HashSet::new() });
        Ok(life.names.insert((key.clone(), ByAddress(Arc::clone(names)))))
    }

    fn forget(&self, names: &Arc<Namespaced>, key: &Key, owner: ProcessRef) {
        // The note of the life stays, because its hook does.
        if let Some(life) = self.lives.lock().get_mut(&owner) {
            life.names.remove(&(key.clone(), ByAddress(Arc::clone(names))));
        }
    }

    /// Where the runtime has the process of this life, if it is noted for the name.
    fn noted(&self, names: &Arc<Namespaced>, key: &Key, owner: ProcessRef) -> Option<u32> {
        let lives = self.lives.lock();
        let life = lives.get(&owner)?;
        life.names.contains(&(key.clone(), ByAddress(Arc::clone(names)))).then_some(life.slot)
    }

    fn release(&self, life: ProcessRef) {
        // Without a task nobody can free the names before the session ends, which frees them.
        let _ = self.ended.unbounded_send(life);
    }

    fn owner(&self, process: ProcessRef) -> Owner {
        Owner { node: self.session.node.clone(), boot: self.session.boot, process }
    }
}

impl AtEnd for Backend {
    /// Hides what the life had, and has the port told.
    fn ended(&self, _token: u64, life: ProcessRef, exit: &Exit) {
        let Some(Life { names, .. }) = self.lives.lock().remove(&life) else { return };
        let owner = self.owner(life);
        for (key, names) in names {
            names.0.drop_there(&key, |held, _| *held == owner, || ReleaseReason::Ended(exit.clone()));
        }
        self.release(life);
    }
}

/// Frees the names of each life that ended, again and again until the port has done it.
async fn release_all(
    port: Arc<dyn Registry>,
    session: Session,
    clock: Arc<dyn Clock>,
    mut lives: mpsc::UnboundedReceiver<ProcessRef>,
) {
    while let Some(life) = lives.next().await {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = port.release_all(&session, life).await {
            // The end of the session has freed them.
            if error.code() == Code::SessionExpired {
                break;
            }
            clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// One namespace's part.
pub(super) struct There {
    pub(super) backend: Arc<Backend>,
    /// What the table shows, with what the port knows about it.
    held: Mutex<HashMap<Key, (Owner, Revision)>>,
    state: Mutex<ViewState>,
    /// Dropped with the namespace, which ends the task that follows the watch.
    _alive: oneshot::Sender<()>,
}

impl There {
    /// The part, and what is cancelled at its end.
    pub(super) fn new(backend: Arc<Backend>) -> (Self, oneshot::Receiver<()>) {
        let (alive, ended) = oneshot::channel();
        (Self { backend, held: Mutex::default(), state: Mutex::new(ViewState::Starting), _alive: alive }, ended)
    }

    pub(super) fn state(&self) -> ViewState {
        self.state.lock().clone()
    }

    pub(super) fn node_of(&self, key: &Key) -> Option<NodeId> {
        self.held.lock().get(key).map(|(owner, _)| owner.node.clone())
    }
}

impl Namespaced {
    /// Registers through the port, and shows it here at once.
    pub(super) async fn register_there(self: &Arc<Self>, there: &There, claim: Claim) -> Result<ProcessRef> {
        claim.check(self.runtime(), self.namespace())?;
        let backend = &there.backend;
        let key = Key::new(&claim.name);
        let is_new = backend.note(self, &key, &claim)?;
        let metadata = claim.metadata.clone();
        let asked = backend.port.register(&backend.session, self.namespace(), &claim.name, claim.owner, metadata).await;
        match asked {
            Ok(registration) => {
                self.show(there, registration);
                if backend.noted(self, &key, claim.owner).is_none() {
                    // Its end was told to the port before this was done, perhaps.
                    backend.release(claim.owner);
                    return Err(claim.down(self.namespace()));
                }
                Ok(claim.owner)
            }
            Err(error) => {
                // After any other error the name may be its own all the same.
                if is_new && matches!(error.code(), Code::NameTaken | Code::InvalidInput | Code::SessionExpired) {
                    backend.forget(self, &key, claim.owner);
                }
                Err(error)
            }
        }
    }

    pub(super) async fn unregister_there(
        self: &Arc<Self>,
        there: &There,
        name: &RegisteredName,
        owner: ProcessRef,
    ) -> Result<bool> {
        let backend = &there.backend;
        let was_owner = backend.port.unregister(&backend.session, self.namespace(), name, owner).await?;
        let key = Key::new(name);
        backend.forget(self, &key, owner);
        let owner = backend.owner(owner);
        self.drop_there(&key, |held, _| *held == owner, || ReleaseReason::Unregistered);
        Ok(was_owner)
    }

    /// Replaces the metadata of a name that a process has.
    pub(super) async fn update_there(self: &Arc<Self>, there: &There, claim: Claim) -> Result<()> {
        let key = Key::new(&claim.name);
        if there.backend.noted(self, &key, claim.owner).is_none() {
            return Err(not_owner(self.namespace().as_str(), &claim));
        }
        self.register_there(there, claim).await.map(drop)
    }

    /// Shows a registration that the port told of, unless something later is known.
    fn show(self: &Arc<Self>, there: &There, registration: Registration) {
        let Registration { name, owner, metadata, revision } = registration;
        let name = self.table().hashed(Key::new(&name));
        let writing = self.table().write(name.hash);
        let slot = if owner == there.backend.owner(owner.process) {
            match there.backend.noted(self, &name.key, owner.process) {
                Some(slot) => slot,
                // It has died since, or has given the name back.
                None => return,
            }
        } else {
            ELSEWHERE
        };
        let before = {
            let mut held = there.held.lock();
            if held.get(&name.key).is_some_and(|(_, known)| *known >= revision) {
                return;
            }
            held.insert(name.key.clone(), (owner.clone(), revision))
        };
        // The numbers of another node's process may be those of one here.
        if let Some((before, _)) = before.filter(|(before, _)| *before != owner) {
            self.leave(&writing, &name, before.process, || ReleaseReason::TakenOver);
        }
        let before = writing.owner(&name);
        self.enter(&writing, &name, before, owner.process, slot, metadata);
    }

    /// Hides a name, if `is_meant` says so of what is known about it.
    fn drop_there(
        &self,
        key: &Key,
        is_meant: impl FnOnce(&Owner, Revision) -> bool,
        reason: impl FnOnce() -> ReleaseReason,
    ) {
        let Authority::There(there) = &self.authority else { return };
        let name = self.table().hashed(key.clone());
        let writing = self.table().write(name.hash);
        let dropped = {
            let mut held = there.held.lock();
            let is_meant = held.get(key).is_some_and(|(owner, revision)| is_meant(owner, *revision));
            if is_meant { held.remove(key) } else { None }
        };
        if let Some((owner, _)) = dropped {
            self.leave(&writing, &name, owner.process, reason);
        }
    }
}

/// Says that there is nothing to say words about.
pub(super) fn not_owner(namespace: &str, claim: &Claim) -> Error {
    let ProcessRef { process, incarnation } = claim.owner;
    let what = format!(
        "update the metadata of `{}` in namespace `{namespace}`: process {process} (life {incarnation}) does not own it",
        claim.name
    );
    Error::new(Code::NotFound, what)
}

/// Keeps the table as the port's watch tells, until nobody has the namespace any more.
pub(super) async fn follow(names: Weak<Namespaced>, clock: Arc<dyn Clock>, ended: oneshot::Receiver<()>) {
    let work = std::pin::pin!(follow_always(names, clock));
    drop(select(work, ended).await);
}

async fn follow_always(names: Weak<Namespaced>, clock: Arc<dyn Clock>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Some((port, namespace)) = names.upgrade().and_then(|names| {
            let Authority::There(there) = &names.authority else { return None };
            Some((Arc::clone(&there.backend.port), names.namespace().clone()))
        }) else {
            return;
        };
        let reason = match port.watch(&namespace).await {
            Err(error) => error.chain(),
            Ok(changes) => match take(&names, changes, &mut pause).await {
                Some(reason) => reason,
                None => return,
            },
        };
        set_state(&names, ViewState::Stale { since: clock.now(), reason });
        clock.sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn set_state(names: &Weak<Namespaced>, state: ViewState) {
    if let Some(names) = names.upgrade()
        && let Authority::There(there) = &names.authority
    {
        *there.state.lock() = state;
    }
}

/// Follows one watch to its end; answers why it ended, and `None` where nobody has the namespace any more.
async fn take(
    weak: &Weak<Namespaced>,
    mut changes: BoxStream<'static, Result<RegistryChange>>,
    pause: &mut Duration,
) -> Option<String> {
    // The names that a snapshot told; what it did not tell is gone when it is complete.
    let mut told: Option<HashSet<Key>> = Some(HashSet::new());
    loop {
        let change = match changes.next().await {
            Some(Ok(change)) => change,
            Some(Err(error)) => return Some(error.chain()),
            None => return Some("the watch ended without an error".to_owned()),
        };
        let names = weak.upgrade()?;
        let Authority::There(there) = &names.authority else { return None };
        let seen = match change {
            RegistryChange::Compacted => {
                told = Some(HashSet::new());
                continue;
            }
            RegistryChange::Registered(registration) => {
                let revision = registration.revision;
                if let Some(told) = &mut told {
                    told.insert(Key::new(&registration.name));
                }
                names.show(there, registration);
                revision
            }
            RegistryChange::Released { name, revision } => {
                let key = Key::new(&name);
                if let Some(told) = &mut told {
                    told.remove(&key);
                }
                names.drop_there(&key, |_, known| known < revision, || ReleaseReason::Elsewhere);
                revision
            }
            RegistryChange::Current(revision) => {
                if let Some(told) = told.take() {
                    let gone: Vec<_> = there.held.lock().keys().filter(|key| !told.contains(key)).cloned().collect();
                    for key in gone {
                        names.drop_there(&key, |_, known| known <= revision, || ReleaseReason::Elsewhere);
                    }
                }
                *pause = FIRST_PAUSE;
                revision
            }
        };
        if told.is_none() {
            *there.state.lock() = ViewState::Following(seen);
        }
    }
}

/// Asks the port who owns a name.
pub(super) async fn strictly(there: &There, names: &Namespaced, name: &RegisteredName) -> Result<Option<ProcessRef>> {
    let found = there.backend.port.lookup(names.namespace(), name).await?;
    Ok(found.map(|registration| registration.owner.process))
}
