//! Who has the credit of one life of a consumer: pure bookkeeping.
//!
//! Every unit of credit is in exactly one of four places: free, held by a producer that has not sent yet, in flight with
//! a message, or returned and kept back until there is a batch. Each function answers who was served by it, so that the
//! caller can wake them.

use std::collections::{BTreeSet, VecDeque};

/// Names one that waits for credit.
pub(super) type Ticket = u64;

#[derive(Clone, Debug)]
pub(super) struct Window {
    /// All the credit there is.
    pub(super) granted: u32,
    pub(super) free: u32,
    pub(super) held: u32,
    pub(super) in_flight: u32,
    pub(super) returned: u32,
    /// Who waits, in the order they came.
    line: VecDeque<Ticket>,
    /// Who waited, was given credit, and has not fetched it yet; it counts as held.
    served: BTreeSet<Ticket>,
}

impl Window {
    /// All credit is free; at least one unit.
    pub(super) fn new(granted: u32) -> Self {
        let granted = granted.max(1);
        Self {
            granted,
            free: granted,
            held: 0,
            in_flight: 0,
            returned: 0,
            line: VecDeque::new(),
            served: BTreeSet::new(),
        }
    }

    // ## Free => Held

    /// Takes a unit; `false` where none is free. There is none where others wait, so nobody overtakes them.
    pub(super) fn take(&mut self) -> bool {
        let has_some = self.free > 0;
        if has_some {
            self.free -= 1;
            self.held += 1;
        }
        has_some
    }

    /// Puts `ticket` at the end of the line.
    pub(super) fn wait(&mut self, ticket: Ticket) {
        self.line.push_back(ticket);
    }

    /// Whether `ticket` was served; it has its unit then, and is forgotten.
    pub(super) fn fetch(&mut self, ticket: Ticket) -> bool {
        self.served.remove(&ticket)
    }

    /// Forgets `ticket`. What it was given and has not fetched goes on to the next.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Vec<Ticket> {
        if self.served.remove(&ticket) {
            return self.give_up();
        }
        self.line.retain(|other| *other != ticket);
        Vec::new()
    }

    // ## Held => Free | InFlight

    /// A producer gives up a unit that it has not used.
    pub(super) fn give_up(&mut self) -> Vec<Ticket> {
        self.held -= 1;
        self.free += 1;
        self.serve()
    }

    /// A producer sends a message with its unit.
    pub(super) fn send(&mut self) {
        self.held -= 1;
        self.in_flight += 1;
    }

    // ## InFlight => Returned => Free

    /// A message is done with. Its unit is kept back until half of all credit has come back, so that producers are
    /// woken for several messages at a time; or until nothing is in flight any more, when nothing else would come back
    /// by itself.
    pub(super) fn done(&mut self) -> Vec<Ticket> {
        self.in_flight -= 1;
        self.returned += 1;
        if self.returned < self.granted.div_ceil(2) && self.in_flight > 0 {
            return Vec::new();
        }
        self.free += std::mem::take(&mut self.returned);
        self.serve()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    fn serve(&mut self) -> Vec<Ticket> {
        let mut served = Vec::new();
        while self.free > 0
            && let Some(ticket) = self.line.pop_front()
        {
            self.free -= 1;
            self.held += 1;
            self.served.insert(ticket);
            served.push(ticket);
        }
        served
    }
}

#[cfg(test)]
mod tests;
