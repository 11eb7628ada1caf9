//! Workers that know each other, and the token that goes round among them.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::Shared;
use crate::ecosystem::layout::neighbours;
use crate::ecosystem::ring::Token;
use crate::ecosystem::seat::SeatMessage;
use crate::ecosystem::settings::Topology;
use crate::ecosystem::worker::Worker;

impl<W: Worker> Shared<W> {
    /// Whether workers write to each other at all.
    pub(in crate::ecosystem) fn is_connected(&self) -> bool {
        matches!(self.topology, Topology::Mesh | Topology::Ring { .. })
    }

    /// Those that a worker may write to, with the life of each.
    pub(in crate::ecosystem) fn neighbours(&self, worker: usize) -> BTreeMap<usize, u64> {
        if !self.is_connected() {
            return BTreeMap::new();
        }
        let living = self.ledger.lock().book.serving();
        let numbers: Vec<_> = living.keys().copied().collect();
        let near = neighbours(self.topology, worker, &numbers);
        near.into_iter().filter_map(|near| Some((near, *living.get(&near)?))).collect()
    }

    /// A number that rises with each worker that comes or goes.
    pub(in crate::ecosystem) fn membership(&self) -> u64 {
        self.membership.load(Ordering::Acquire)
    }

    /// A worker's life takes up the token, where it was given to it.
    pub(in crate::ecosystem) fn receive_token(&self, worker: usize, life: u64) -> Option<Token> {
        self.ledger.lock().ring.as_mut()?.receive(worker, life)
    }

    /// A worker's life hands the token of that stay on.
    pub(in crate::ecosystem) fn pass_token(&self, worker: usize, life: u64, hop: u64) {
        let next = self.ledger.lock().ring.as_mut().and_then(|ring| ring.pass(worker, life, hop));
        if let Some(next) = next {
            self.tell(next, SeatMessage::Token);
        }
    }

    pub(super) fn tell_membership(&self, living: &[usize]) {
        self.membership.fetch_add(1, Ordering::AcqRel);
        for worker in living {
            self.tell(*worker, SeatMessage::Peers);
        }
    }

    /// Wakes a worker. One whose mailbox is full looks after each message anyway, and one that has ended is told of by
    /// its coordinator.
    pub(super) fn tell(&self, worker: usize, message: SeatMessage<W>) {
        if let Some(address) = self.places().and_then(|places| places.workers.get(worker)) {
            let _ = address.try_cast(message);
        }
    }
}
