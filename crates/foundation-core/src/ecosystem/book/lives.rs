//! What starts and ends of coordinators and workers do to the book.

use std::collections::BTreeSet;

use super::{Book, Effect, Item, Member, Place, ROOT};

impl Book {
    /// A worker's life says that it is there. It is given work once its coordinator watches it.
    pub(in crate::ecosystem) fn worker_up(&mut self, worker: usize, life: u64, effects: &mut Vec<Effect>) {
        let Some(seat) = self.seats.get_mut(worker) else { return };
        seat.up = Some(life);
        seat.is_woken = false;
        if seat.watched == Some(life) {
            self.begin_service(worker, life, effects);
            return;
        }
        self.set_room(worker);
        let node = self.layout.workers[worker];
        self.nodes[node].fresh.insert(Member::Worker(worker));
        self.wake(Member::Node(node), effects);
    }

    /// Its coordinator watches that life of a worker, and will say how it ends. Answers the item that a former life
    /// had at hand, whose end nobody told of.
    pub(in crate::ecosystem) fn worker_watched(
        &mut self,
        worker: usize,
        life: u64,
        effects: &mut Vec<Effect>,
    ) -> Option<Item> {
        let seat = self.seats.get_mut(worker)?;
        seat.watched = Some(life);
        let (is_up, former) = (seat.up == Some(life), seat.serving.filter(|serving| *serving < life));
        let lost = former.and_then(|former| self.worker_down(worker, former, effects));
        if is_up {
            self.begin_service(worker, life, effects);
        }
        self.set_room(worker);
        lost
    }

    fn begin_service(&mut self, worker: usize, life: u64, effects: &mut Vec<Effect>) {
        let former = self.seats[worker].serving.replace(life);
        self.set_room(worker);
        if former != Some(life) {
            effects.push(Effect::Membership);
        }
        self.wake_line(self.layout.workers[worker], effects);
    }

    /// A worker's life, and all before it, has ended. What it had waits for others now; the item that it had at hand
    /// is what it may have died of, so that attempt is spent. Answers that item.
    pub(in crate::ecosystem) fn worker_down(
        &mut self,
        worker: usize,
        life: u64,
        effects: &mut Vec<Effect>,
    ) -> Option<Item> {
        let seat = self.seats.get_mut(worker)?;
        for known in [&mut seat.up, &mut seat.watched] {
            if known.is_some_and(|known| known <= life) {
                *known = None;
            }
        }
        if seat.serving.is_none_or(|serving| serving > life) {
            self.set_room(worker);
            return None;
        }
        seat.serving = None;
        seat.is_woken = false;
        let handed = std::mem::take(&mut seat.handed);
        let at_hand = seat.at_hand.take();
        self.set_room(worker);
        effects.push(Effect::Membership);
        for item in handed {
            self.give_back(item, effects);
        }
        // Not one that is over already, which nobody waited for.
        let at_hand = at_hand.filter(|item| self.is_at(*item, Place::AtHand(worker)))?;
        self.again(at_hand, effects);
        Some(at_hand)
    }

    /// A coordinator's life says that it is there. Whom the former one watched, it has to watch anew.
    pub(in crate::ecosystem) fn node_up(&mut self, node: usize, life: u64, effects: &mut Vec<Effect>) {
        let Some(entry) = self.nodes.get_mut(node) else { return };
        entry.up = Some(life);
        entry.is_woken = false;
        entry.fresh = BTreeSet::new();
        for member in self.layout.nodes[node].members.clone() {
            match member {
                Member::Node(below) => {
                    self.nodes[below].watched = None;
                    self.set_open(below);
                }
                Member::Worker(worker) => {
                    self.seats[worker].watched = None;
                    self.set_room(worker);
                }
            }
        }
        self.set_open(node);
        if let Some(parent) = self.layout.nodes[node].parent {
            if self.nodes[node].watched != Some(life) {
                self.nodes[parent].fresh.insert(Member::Node(node));
            }
            self.wake(Member::Node(parent), effects);
        }
    }

    /// Its own coordinator watches that life of a coordinator.
    pub(in crate::ecosystem) fn node_watched(&mut self, node: usize, life: u64, effects: &mut Vec<Effect>) {
        let Some(entry) = self.nodes.get_mut(node) else { return };
        entry.watched = Some(life);
        self.set_open(node);
        if let Some(parent) = self.layout.nodes[node].parent {
            self.wake_line(parent, effects);
        }
    }

    /// A coordinator's life, and all before it, has ended. What it held waits at the root again.
    /// Its workers go on with what they have.
    pub(in crate::ecosystem) fn node_down(&mut self, node: usize, life: u64, effects: &mut Vec<Effect>) {
        let Some(entry) = self.nodes.get_mut(node) else { return };
        if entry.watched.is_some_and(|watched| watched <= life) {
            entry.watched = None;
        }
        if entry.up.is_none_or(|up| up > life) {
            self.set_open(node);
            return;
        }
        entry.up = None;
        entry.is_woken = false;
        let held = if node == ROOT { BTreeSet::new() } else { entry.queue.clone() };
        self.set_open(node);
        for item in held {
            self.unqueue(node, item);
            self.queue(ROOT, item);
            self.wake(Member::Node(ROOT), effects);
        }
    }

    fn set_open(&mut self, node: usize) {
        let entry = &self.nodes[node];
        self.rooms.set_open(node, entry.up.is_some() && entry.up == entry.watched);
    }

    fn is_at(&self, item: Item, place: Place) -> bool {
        self.items.get(&item).is_some_and(|entry| entry.place == place)
    }
}
