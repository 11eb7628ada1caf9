//! The work book: which items an ecosystem has accepted, where each of them is, and what happens to it next.
//!
//! It is the one truth about the work, and it is pure: it knows items, workers and coordinators by their numbers, reads
//! no clock and sends nothing; what has to be done is answered as [`Effect`]s. The lives of the coordinators come and
//! go, and the book stays, so a coordinator that is started again goes on from here.
//!
//! An item is accepted once and settled once. In between it may begin several times, because workers die: it is done
//! at least once or given up, and its submitter hears one ending.

mod lives;
mod rooms;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::info::EcosystemPhase;
use super::layout::{Layout, Member};
use rooms::Rooms;

/// An item's number, rising in the order they were submitted.
pub(super) type Item = u64;

/// The coordinator above all.
const ROOT: usize = 0;

/// The rules of a book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// The most accepted items that wait for a worker.
    pub(super) capacity: usize,
    /// How often an item may begin.
    pub(super) attempts: u32,
    /// The most items that one worker has at once.
    pub(super) credit: usize,
}

/// What has to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Wake that member: there is something in the book for it.
    Look(Member),
    /// A submitter waited for room, and the item is accepted now.
    Admitted(Item),
    /// The item is over without a result, and its submitter is to hear why.
    Settled(Item, Ending),
    /// A worker has the item at hand, and nobody wants the result any more.
    Revoke(Item),
    /// The item goes back to be handed out again.
    Again(Item),
    /// Some worker has begun or ended to be there.
    Membership,
    /// Nothing is left, and nothing comes any more.
    Drained,
}

/// How an item ended that has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It may not begin again; the reason is that of its last attempt.
    Failed,
    /// Its submitter took it back.
    Cancelled,
    /// The ecosystem is over.
    ShutDown,
}

/// What a submission came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Submitted {
    Accepted(Item),
    /// It waits for room, after those that wait already.
    Waiting(Item),
    Full,
    Closed,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempted {
    Done,
    Failed {
        /// Trying again can help.
        again: bool,
    },
}

/// Whether the report of a worker settled its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The item is over, and this is its ending.
    Settled,
    /// It begins again elsewhere.
    Again,
    /// It was over already, or another life's.
    Stale,
}

/// What became of all items so far.
///
/// Every accepted item is done, failed, cancelled, shut down, or still in the book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Taken into the book.
    pub accepted: u64,
    /// Not taken: no room, taken back while it waited for room, or the ecosystem was over.
    pub refused: u64,
    /// Ended with a result.
    pub done: u64,
    /// Given up, with the reason of the last attempt.
    pub failed: u64,
    /// Taken back by the submitter after they had been accepted.
    pub cancelled: u64,
    /// Cut off by the end of the ecosystem after they had been accepted.
    pub shut_down: u64,
    /// Times that an item was begun.
    pub attempts: u64,
    /// Times that an item was handed out again, because its worker died or failed with it.
    pub redistributed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Not accepted yet.
    Waiting,
    Queued(usize),
    Handed(usize),
    AtHand(usize),
}

#[derive(Clone, Debug)]
struct Entry {
    place: Place,
    attempts: u32,
}

/// A coordinator.
#[derive(Clone, Debug, Default)]
struct Node {
    /// The life that has said that it is there.
    up: Option<u64>,
    /// The life that its own coordinator watches.
    watched: Option<u64>,
    queue: BTreeSet<Item>,
    /// It was woken and has not looked yet.
    is_woken: bool,
    /// Those below that have said that they are there, and are not watched yet.
    fresh: BTreeSet<Member>,
}

/// A worker.
#[derive(Clone, Debug, Default)]
struct Seat {
    /// The life that has said that it is there.
    up: Option<u64>,
    /// The life that its coordinator watches.
    watched: Option<u64>,
    /// The life that has what stands below; it was up and watched.
    serving: Option<u64>,
    handed: BTreeSet<Item>,
    at_hand: Option<Item>,
    is_woken: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Book {
    rules: Rules,
    layout: Layout,
    phase: EcosystemPhase,
    next: Item,
    items: BTreeMap<Item, Entry>,
    waiting: BTreeSet<Item>,
    nodes: Vec<Node>,
    seats: Vec<Seat>,
    rooms: Rooms,
    queued: usize,
    totals: Totals,
}

impl Book {
    pub(super) fn new(rules: Rules, layout: Layout) -> Self {
        Self {
            rules,
            phase: EcosystemPhase::Open,
            next: 0,
            items: BTreeMap::new(),
            waiting: BTreeSet::new(),
            nodes: vec![Node::default(); layout.nodes.len()],
            seats: vec![Seat::default(); layout.workers.len()],
            rooms: Rooms::new(&layout),
            queued: 0,
            totals: Totals::default(),
            layout,
        }
    }

    /// Takes an item in, or lets it wait for room where `may_wait`.
    pub(super) fn submit(&mut self, may_wait: bool, effects: &mut Vec<Effect>) -> Submitted {
        if self.phase != EcosystemPhase::Open {
            self.totals.refused += 1;
            return Submitted::Closed;
        }
        let has_room = self.queued < self.rules.capacity && self.waiting.is_empty();
        if !has_room && !may_wait {
            self.totals.refused += 1;
            return Submitted::Full;
        }
        self.next += 1;
        let item = self.next;
        self.items.insert(item, Entry { place: Place::Waiting, attempts: 0 });
        if !has_room {
            self.waiting.insert(item);
            return Submitted::Waiting(item);
        }
        self.accept(item, effects);
        Submitted::Accepted(item)
    }

    /// The submitter does not wait for room any more. `false` where it need not: the item is accepted, or over.
    pub(super) fn retract(&mut self, item: Item, effects: &mut Vec<Effect>) -> bool {
        self.waiting.contains(&item) && self.settle(item, Ending::Cancelled, effects)
    }

    /// The submitter does not want it any more. `false` where it is over already.
    pub(super) fn withdraw(&mut self, item: Item, effects: &mut Vec<Effect>) -> bool {
        self.settle(item, Ending::Cancelled, effects)
    }

    /// Hands what waits at `node` on, to those below it that can take most.
    pub(super) fn dispatch(&mut self, node: usize, effects: &mut Vec<Effect>) {
        while let Some(member) = self.rooms.freest(node) {
            let Some(item) = self.nodes.get(node).and_then(|node| node.queue.first().copied()) else {
                if self.relieve(node) {
                    continue;
                }
                break;
            };
            self.unqueue(node, item);
            match member {
                Member::Node(below) => self.queue(below, item),
                Member::Worker(worker) => {
                    self.seats[worker].handed.insert(item);
                    self.put(item, Place::Handed(worker));
                    self.set_room(worker);
                }
            }
            self.wake(member, effects);
            self.admit(effects);
        }
        // What stands behind others here may be for workers elsewhere that have nothing to do.
        if let Some(parent) = self.layout.nodes.get(node).and_then(|place| place.parent) {
            self.wake_line(parent, effects);
        }
    }

    /// The coordinator begins to look: it can be woken again. Answers those below that it does not watch yet.
    pub(super) fn look(&mut self, node: usize) -> BTreeSet<Member> {
        let Some(node) = self.nodes.get_mut(node) else { return BTreeSet::new() };
        node.is_woken = false;
        std::mem::take(&mut node.fresh)
    }

    /// The worker begins to look: it can be woken again. Answers what it begins with now, and the number of the
    /// attempt.
    pub(super) fn take(&mut self, worker: usize, life: u64) -> Option<(Item, u32)> {
        let seat = self.seats.get_mut(worker)?;
        seat.is_woken = false;
        if seat.serving != Some(life) || seat.at_hand.is_some() {
            return None;
        }
        let item = seat.handed.pop_first()?;
        seat.at_hand = Some(item);
        let entry = self.items.get_mut(&item)?;
        entry.place = Place::AtHand(worker);
        entry.attempts += 1;
        self.totals.attempts += 1;
        Some((item, entry.attempts))
    }

    /// Whether something was handed to the worker that it has not begun.
    pub(super) fn has_work(&self, worker: usize, life: u64) -> bool {
        self.seats.get(worker).is_some_and(|seat| seat.serving == Some(life) && !seat.handed.is_empty())
    }

    /// A message that was to wake a member did not reach it: it may be woken again.
    pub(super) fn not_woken(&mut self, member: Member) {
        match member {
            Member::Node(node) => self.nodes[node].is_woken = false,
            Member::Worker(worker) => self.seats[worker].is_woken = false,
        }
    }

    /// Takes nothing in any more; those that wait for room are told.
    pub(super) fn drain(&mut self, effects: &mut Vec<Effect>) {
        if self.phase == EcosystemPhase::Open {
            self.phase = EcosystemPhase::Draining;
        }
        for item in std::mem::take(&mut self.waiting) {
            self.settle(item, Ending::ShutDown, effects);
        }
        self.tell_drained(effects);
    }

    /// Takes nothing in any more, and everything that is not over ends now.
    pub(super) fn close(&mut self, effects: &mut Vec<Effect>) {
        self.drain(effects);
        self.phase = EcosystemPhase::Over;
        let items: Vec<_> = self.items.keys().copied().collect();
        for item in items {
            self.settle(item, Ending::ShutDown, effects);
        }
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// How many accepted items wait for a worker.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// How many submitters wait for room.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many items `worker` has.
    pub(super) fn in_flight(&self, worker: usize) -> usize {
        self.seats.get(worker).map_or(0, Seat::in_flight)
    }

    /// How many items wait at `node`.
    pub(super) fn held(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(0, |node| node.queue.len())
    }

    pub(super) fn phase(&self) -> EcosystemPhase {
        self.phase
    }

    /// The workers that are there, and which life of each.
    pub(super) fn serving(&self) -> BTreeMap<usize, u64> {
        let living = |(worker, seat): (usize, &Seat)| seat.serving.map(|life| (worker, life));
        self.seats.iter().enumerate().filter_map(living).collect()
    }
}

impl Seat {
    fn in_flight(&self) -> usize {
        self.handed.len() + usize::from(self.at_hand.is_some())
    }
}

#[cfg(test)]
mod tests;
