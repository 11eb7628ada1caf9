//! Process groups, as in OTP's `pg`: several processes under one name.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use futures_core::Stream;
use parking_lot::Mutex;

use super::changes::{Next, Queue};
use crate::error::{Code, Error, Result};
use crate::event::ProcessRef;
use crate::port::registry::RegisteredName;
use crate::process::control::{AtEnd, Hook};
use crate::process::{Address, Exit};

/// Groups of processes that take messages of type `M`. Cheap to clone; clones are the same groups.
///
/// As in `pg`: a group exists while it has members; a process may be in several, and in one several times, and has then
/// to leave as often; its end takes it out of all of them, before anybody is told of the end. The cost of an end grows
/// with the process's own memberships, not with the sizes of the groups. What the groups know is known to one program.
pub struct ProcessGroups<M> {
    scope: Arc<Mutex<Scope<M>>>,
}

/// What a watcher of a group hears.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupChange {
    /// The watcher was too slow and missed changes: forget everything; the members follow, up to
    /// [`GroupChange::Current`].
    Missed,
    /// A process joined, or joined again.
    Joined(ProcessRef),
    /// A membership ended.
    Left(ProcessRef),
    /// Everything that stood when the watch began, or after [`GroupChange::Missed`], was told.
    Current,
}

struct Scope<M> {
    groups: HashMap<RegisteredName, Members<M>>,
    /// By life, its memberships; each by the group's name and its place there.
    lives: HashMap<ProcessRef, BTreeSet<(RegisteredName, u64)>>,
    /// Rises with every membership.
    joins: u64,
}

struct Members<M> {
    /// In the order of joining.
    joined: BTreeMap<u64, (ProcessRef, Address<M>)>,
    /// What the last reader was given, if nothing has changed since.
    snapshot: Option<Arc<[Address<M>]>>,
    watchers: Vec<(usize, Weak<Mutex<Queue<GroupChange>>>)>,
}

impl<M: Send + 'static> ProcessGroups<M> {
    /// No groups yet.
    #[must_use]
    pub fn new() -> Self {
        let scope = Scope { groups: HashMap::new(), lives: HashMap::new(), joins: 0 };
        Self { scope: Arc::new(Mutex::new(scope)) }
    }

    /// Takes the present life of a process into a group, once more if it is there already.
    ///
    /// # Errors
    /// `ProcessDown` where the process does not run.
    pub fn join(&self, group: &RegisteredName, address: &Address<M>) -> Result<()> {
        let owner = address.process_ref();
        let mut scope = self.scope.lock();
        if !scope.lives.contains_key(&owner) {
            // The hook waits for this lock, so it finds the membership. It stays when the process leaves, and so does
            // the entry of its life.
            if !address.cell.control.at_end(owner.incarnation, Hook::new(Arc::clone(&self.scope)), 0) {
                let ProcessRef { process, incarnation } = owner;
                let what = format!("join group `{group}`: process {process} (life {incarnation}) is not running");
                return Err(Error::new(Code::ProcessDown, what));
            }
        }
        scope.joins += 1;
        let place = scope.joins;
        scope.lives.entry(owner).or_default().insert((group.clone(), place));
        let members = scope.groups.entry(group.clone()).or_insert_with(Members::none);
        members.joined.insert(place, (owner, address.clone()));
        members.change(GroupChange::Joined(owner));
        Ok(())
    }

    /// Ends one membership of a process in a group, the last one; answers whether it had any.
    pub fn leave(&self, group: &RegisteredName, address: &Address<M>) -> bool {
        let owner = address.process_ref();
        let mut scope = self.scope.lock();
        let Some(places) = scope.lives.get_mut(&owner) else { return false };
        let own = (group.clone(), 0)..=(group.clone(), u64::MAX);
        let Some(membership) = places.range(own).next_back().cloned() else { return false };
        places.remove(&membership);
        let left = scope.take_out(&membership);
        drop(scope);
        left.is_some()
    }

    /// The members of a group in the order of joining, one that joined several times as often.
    ///
    /// A snapshot that readers share until the group changes: the first reader after a change pays for the copy.
    #[must_use]
    pub fn members(&self, group: &RegisteredName) -> Arc<[Address<M>]> {
        match self.scope.lock().groups.get_mut(group) {
            None => Arc::new([]),
            Some(Members { snapshot, joined, .. }) => Arc::clone(
                snapshot.get_or_insert_with(|| joined.values().map(|(_, address)| address.clone()).collect()),
            ),
        }
    }

    /// The groups that have members, in order.
    #[must_use]
    pub fn groups(&self) -> Vec<RegisteredName> {
        let scope = self.scope.lock();
        let living = scope.groups.iter().filter(|(_, members)| !members.joined.is_empty());
        let mut names: Vec<_> = living.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Follows a group, beginning with its members. A watcher that falls behind by more than `capacity` changes (at
    /// least 1) hears [`GroupChange::Missed`] and the members again; nobody waits for it.
    #[must_use]
    pub fn monitor(&self, group: &RegisteredName, capacity: usize) -> GroupWatch<M> {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let mut scope = self.scope.lock();
        let members = scope.groups.entry(group.clone()).or_insert_with(Members::none);
        members.watchers.push((capacity, Arc::downgrade(&queue)));
        let snapshot = members.told();
        drop(scope);
        GroupWatch { groups: Self::clone(self), group: group.clone(), queue, snapshot }
    }
}

impl<M: Send + 'static> AtEnd for Mutex<Scope<M>> {
    fn ended(&self, _token: u64, life: ProcessRef, _exit: &Exit) {
        let mut scope = self.lock();
        let memberships = scope.lives.remove(&life).unwrap_or_default();
        let left: Vec<_> = memberships.iter().map(|membership| scope.take_out(membership)).collect();
        drop(scope);
        // Outside the lock: one of them may be the last address of its process.
        drop(left);
    }
}

impl<M> Scope<M> {
    fn take_out(&mut self, (group, place): &(RegisteredName, u64)) -> Option<Address<M>> {
        let members = self.groups.get_mut(group)?;
        let (owner, address) = members.joined.remove(place)?;
        members.change(GroupChange::Left(owner));
        if members.joined.is_empty() && members.watchers.is_empty() {
            self.groups.remove(group);
        }
        Some(address)
    }
}

impl<M> Members<M> {
    fn none() -> Self {
        Self { joined: BTreeMap::new(), snapshot: None, watchers: Vec::new() }
    }

    fn change(&mut self, change: GroupChange) {
        self.snapshot = None;
        self.watchers.retain(|(capacity, queue)| {
            let Some(queue) = queue.upgrade() else { return false };
            let waker = queue.lock().push(change.clone(), *capacity);
            if let Some(waker) = waker {
                waker.wake();
            }
            true
        });
    }

    fn told(&self) -> VecDeque<GroupChange> {
        let joined = self.joined.values().map(|(owner, _)| GroupChange::Joined(*owner));
        joined.chain([GroupChange::Current]).collect()
    }
}

impl<M> Clone for ProcessGroups<M> {
    fn clone(&self) -> Self {
        Self { scope: Arc::clone(&self.scope) }
    }
}

impl<M: Send + 'static> Default for ProcessGroups<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> fmt::Debug for ProcessGroups<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessGroups").field("groups", &self.scope.lock().groups.len()).finish_non_exhaustive()
    }
}

/// The changes of one group: a stream that never ends.
pub struct GroupWatch<M> {
    groups: ProcessGroups<M>,
    group: RegisteredName,
    queue: Arc<Mutex<Queue<GroupChange>>>,
    /// What is told before the queue.
    snapshot: VecDeque<GroupChange>,
}

impl<M> Drop for GroupWatch<M> {
    fn drop(&mut self) {
        let mut scope = self.groups.scope.lock();
        if let Some(members) = scope.groups.get_mut(&self.group) {
            members.watchers.retain(|(_, queue)| !std::ptr::eq(queue.as_ptr(), Arc::as_ptr(&self.queue)));
            if members.joined.is_empty() && members.watchers.is_empty() {
                scope.groups.remove(&self.group);
            }
        }
    }
}

impl<M> Stream for GroupWatch<M> {
    type Item = GroupChange;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<GroupChange>> {
        let this = &mut *self;
        if let Some(change) = this.snapshot.pop_front() {
            return Poll::Ready(Some(change));
        }
        let next = this.queue.lock().poll(cx);
        match next {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Next::Change(change)) => Poll::Ready(Some(change)),
            Poll::Ready(Next::Missed) => {
                let scope = this.groups.scope.lock();
                *this.queue.lock() = Queue::default();
                this.snapshot =
                    scope.groups.get(&this.group).map(Members::told).unwrap_or_else(|| [GroupChange::Current].into());
                Poll::Ready(Some(GroupChange::Missed))
            }
        }
    }
}

impl<M> fmt::Debug for GroupWatch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupWatch").field("group", &self.group).finish_non_exhaustive()
    }
}
