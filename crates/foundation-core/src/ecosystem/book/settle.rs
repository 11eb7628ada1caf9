//! How items move through the book and out of it.

use super::super::info::EcosystemPhase;
use super::rooms::Load;
use super::{Attempted, Book, Effect, Ending, Entry, Item, Member, Place, ROOT, Taken};

impl Book {
    /// A worker's life reports how its attempt at an item ended.
    pub(in crate::ecosystem) fn finish(
        &mut self,
        (worker, life): (usize, u64),
        (item, attempt): (Item, u32),
        attempted: Attempted,
        effects: &mut Vec<Effect>,
    ) -> Taken {
        let Some(seat) = self.seats.get_mut(worker) else { return Taken::Stale };
        if seat.serving != Some(life) || seat.at_hand != Some(item) {
            return Taken::Stale;
        }
        seat.at_hand = None;
        self.set_room(worker);
        let home = self.layout.workers[worker];
        let is_current = self.items.get(&item).is_some_and(|entry| entry.is(Place::AtHand(worker), attempt));
        let taken = match attempted {
            _ if !is_current => Taken::Stale,
            Attempted::Done => {
                self.remove(item, effects);
                self.totals.done += 1;
                Taken::Settled
            }
            Attempted::Failed { again: true } => self.again(item, effects),
            Attempted::Failed { again: false } => {
                self.settle(item, Ending::Failed, effects);
                Taken::Settled
            }
        };
        self.wake_line(home, effects);
        taken
    }

    /// Hands an item out again whose attempt came to nothing, unless it was the last one that it had.
    pub(super) fn again(&mut self, item: Item, effects: &mut Vec<Effect>) -> Taken {
        let Some(entry) = self.items.get(&item) else { return Taken::Stale };
        if entry.attempts >= self.rules.attempts {
            self.settle(item, Ending::Failed, effects);
            return Taken::Settled;
        }
        self.give_back(item, effects);
        Taken::Again
    }

    /// Puts an item that was handed out back into the queue, before all that are younger. It goes all the way back:
    /// the part of a tree where it was may be the fullest now.
    pub(super) fn give_back(&mut self, item: Item, effects: &mut Vec<Effect>) {
        self.totals.redistributed += 1;
        effects.push(Effect::Again(item));
        self.queue(ROOT, item);
        self.wake(Member::Node(ROOT), effects);
    }

    /// Ends an item that has no result. `false` where it is over already.
    pub(super) fn settle(&mut self, item: Item, ending: Ending, effects: &mut Vec<Effect>) -> bool {
        let Some(place) = self.items.get(&item).map(|entry| entry.place) else { return false };
        match place {
            Place::Waiting => {
                self.waiting.remove(&item);
            }
            Place::Queued(node) => self.unqueue(node, item),
            Place::Handed(worker) => {
                self.seats[worker].handed.remove(&item);
                self.set_room(worker);
            }
            // The worker has it until it says otherwise.
            Place::AtHand(_) if ending == Ending::Failed => {}
            Place::AtHand(_) => effects.push(Effect::Revoke(item)),
        }
        let count = match ending {
            _ if place == Place::Waiting => &mut self.totals.refused,
            Ending::Failed => &mut self.totals.failed,
            Ending::Cancelled => &mut self.totals.cancelled,
            Ending::ShutDown => &mut self.totals.shut_down,
        };
        *count += 1;
        effects.push(Effect::Settled(item, ending));
        self.remove(item, effects);
        match place {
            Place::Handed(worker) => self.wake_line(self.layout.workers[worker], effects),
            Place::Waiting | Place::Queued(_) => self.admit(effects),
            Place::AtHand(_) => {}
        }
        true
    }

    fn remove(&mut self, item: Item, effects: &mut Vec<Effect>) {
        self.items.remove(&item);
        self.tell_drained(effects);
    }

    pub(super) fn tell_drained(&self, effects: &mut Vec<Effect>) {
        if self.phase != EcosystemPhase::Open && self.items.is_empty() {
            effects.push(Effect::Drained);
        }
    }

    /// Lets those in that wait for room, as far as there is some.
    pub(super) fn admit(&mut self, effects: &mut Vec<Effect>) {
        while self.queued < self.rules.capacity
            && let Some(item) = self.waiting.pop_first()
        {
            effects.push(Effect::Admitted(item));
            self.accept(item, effects);
        }
    }

    pub(super) fn accept(&mut self, item: Item, effects: &mut Vec<Effect>) {
        self.totals.accepted += 1;
        self.queue(ROOT, item);
        self.wake(Member::Node(ROOT), effects);
    }

    pub(super) fn put(&mut self, item: Item, place: Place) {
        if let Some(entry) = self.items.get_mut(&item) {
            entry.place = place;
        }
    }

    pub(super) fn queue(&mut self, node: usize, item: Item) {
        self.nodes[node].queue.insert(item);
        self.queued += 1;
        self.put(item, Place::Queued(node));
        self.rooms.set_held(node, self.nodes[node].queue.len());
    }

    pub(super) fn unqueue(&mut self, node: usize, item: Item) {
        if self.nodes[node].queue.remove(&item) {
            self.queued -= 1;
        }
        self.rooms.set_held(node, self.nodes[node].queue.len());
    }

    /// Wakes a member once; further wakes are the same one until it looks.
    pub(super) fn wake(&mut self, member: Member, effects: &mut Vec<Effect>) {
        let is_woken = match member {
            Member::Node(node) => &mut self.nodes[node].is_woken,
            Member::Worker(worker) => &mut self.seats[worker].is_woken,
        };
        if !std::mem::replace(is_woken, true) {
            effects.push(Effect::Look(member));
        }
    }

    /// A worker below `node` can take more: wakes each coordinator above it that has something to hand on.
    pub(super) fn wake_line(&mut self, node: usize, effects: &mut Vec<Effect>) {
        let mut next = Some(node);
        while let Some(node) = next {
            let has_item = !self.nodes[node].queue.is_empty() && self.rooms.freest(node).is_some();
            if has_item || self.to_relieve(node).is_some() {
                self.wake(Member::Node(node), effects);
            }
            next = self.layout.nodes[node].parent;
        }
    }

    /// Takes an item back that stands behind another, to give it to a worker that has nothing to do: a short item does
    /// not wait for a long one while others rest. `false` where there is none, or where something waits anyway.
    pub(super) fn relieve(&mut self, node: usize) -> bool {
        let Some(worker) = self.to_relieve(node) else { return false };
        let seat = &mut self.seats[worker];
        // The one that it begins with next stays.
        let place = usize::from(seat.at_hand.is_none());
        let Some(item) = seat.handed.iter().nth(place).copied() else { return false };
        seat.handed.remove(&item);
        self.set_room(worker);
        self.queue(node, item);
        true
    }

    fn to_relieve(&self, node: usize) -> Option<usize> {
        let is_idle = self.nodes.get(node).is_some_and(|entry| entry.queue.is_empty());
        self.rooms.to_relieve(node).filter(|_| is_idle)
    }

    pub(super) fn set_room(&mut self, worker: usize) {
        let seat = &self.seats[worker];
        let can_take = seat.serving.is_some() && seat.serving == seat.up && seat.up == seat.watched;
        let in_flight = seat.in_flight();
        let room = if can_take { self.rules.credit.saturating_sub(in_flight) } else { 0 };
        let idle = usize::from(room > 0 && in_flight == 0);
        // The first one handed to a worker is as good as begun.
        let spare = in_flight.saturating_sub(1);
        self.rooms.set_worker(worker, Load { idle, room, spare });
    }
}

impl Entry {
    fn is(&self, place: Place, attempt: u32) -> bool {
        self.place == place && self.attempts == attempt
    }
}
