//! Workers that know each other: who lives, and writing to them.

use std::collections::BTreeMap;
use std::fmt;

use super::seat::SeatMessage;
use super::worker::{Worker, WorkerContext, WorkerId};
use crate::process::{Refusal, SendError};

/// A worker's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// The worker.
    pub worker: WorkerId,
    /// Which life of it.
    pub life: u64,
}

/// Who has come and who has gone since a worker was told last. One that was started again has done both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerChange {
    /// Those that can be written to now, by number.
    pub joined: Vec<Peer>,
    /// Those that have ended, or are no neighbours any more, by number.
    pub left: Vec<Peer>,
}

/// Why a message to another worker was not sent.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSent {
    /// The topology does not connect the two, or the other does not live.
    #[error("it is no neighbour that lives")]
    NoPeer,
    /// Its mailbox has no room, or it has just ended.
    #[error(transparent)]
    Refused(Refusal),
}

/// A message that was not sent to another worker, and why.
pub struct PeerError<M> {
    /// The message.
    pub message: M,
    /// Why it was not sent.
    pub reason: NotSent,
}

impl<W: Worker> WorkerContext<'_, W> {
    /// The workers that it may write to and that live, by number: all others in a mesh, the next one in a ring, none
    /// otherwise.
    #[must_use]
    pub fn peers(&self) -> Vec<WorkerId> {
        self.shared.neighbours(self.id.0).into_keys().map(WorkerId).collect()
    }

    /// Writes to another worker, never waiting: it reads it in [`Worker::message`], after what it has at hand.
    ///
    /// Messages of one worker to another are read in the order they were sent; what waits for one that dies is lost.
    ///
    /// # Errors
    /// [`PeerError`] gives the message back: the other is no [peer](Self::peers), or its mailbox is full.
    pub fn write(&self, to: WorkerId, message: W::Message) -> Result<(), PeerError<W::Message>> {
        let places = self.shared.places();
        let address = places.and_then(|places| places.workers.get(to.0));
        let Some(address) = address.filter(|_| self.shared.neighbours(self.id.0).contains_key(&to.0)) else {
            return Err(PeerError { message, reason: NotSent::NoPeer });
        };
        match address.try_cast(SeatMessage::Peer(self.id, message)) {
            Err(SendError { message: SeatMessage::Peer(_, message), reason }) => {
                Err(PeerError { message, reason: NotSent::Refused(reason) })
            }
            _ => Ok(()),
        }
    }
}

/// What has changed from `before` to `now`, where each worker has its life.
pub(super) fn difference(before: &BTreeMap<usize, u64>, now: &BTreeMap<usize, u64>) -> PeerChange {
    let without = |these: &BTreeMap<usize, u64>, others: &BTreeMap<usize, u64>| {
        let only_here = these.iter().filter(|(worker, life)| others.get(*worker) != Some(*life));
        only_here.map(|(worker, life)| Peer { worker: WorkerId(*worker), life: *life }).collect()
    };
    PeerChange { joined: without(now, before), left: without(before, now) }
}

impl<M> fmt::Debug for PeerError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<M> fmt::Display for PeerError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "write to another worker: {}", self.reason)
    }
}

impl<M> std::error::Error for PeerError<M> {}

#[cfg(test)]
mod tests;
