//! The rules of OTP's supervisor.erl once more, as its documentation tells them: a list of children, and what happens
//! to it. It shares nothing with the module under test but the names of the rules, and says what is seen from outside.

use super::super::super::{AutoShutdown, Restart, Strategy, WhenSpent};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Start(usize),
    Stop(usize),
    Forget(usize),
    GaveUp(usize),
    NotStarted(usize),
    AutoShutdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Up,
    Failed,
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Up,
    Down,
    /// A start failed and is to be tried again.
    Again,
}

#[derive(Clone, Debug)]
pub(super) struct Kid {
    pub(super) id: usize,
    pub(super) restart: Restart,
    pub(super) significant: bool,
    pub(super) budget: Option<(usize, WhenSpent)>,
    pub(super) life: Life,
    pub(super) past: Vec<u64>,
    pub(super) spent: bool,
}

pub(super) struct Oracle<'a> {
    pub(super) strategy: Strategy,
    pub(super) auto: AutoShutdown,
    pub(super) tolerated: usize,
    pub(super) period: u64,
    pub(super) kids: Vec<Kid>,
    pub(super) past: Vec<u64>,
    /// How the next start goes.
    pub(super) coin: &'a mut dyn FnMut() -> Came,
    pub(super) seen: Vec<Seen>,
}

impl Oracle<'_> {
    fn at(&self, id: usize) -> usize {
        self.kids.iter().position(|kid| kid.id == id).unwrap()
    }

    pub(super) fn open(&mut self) {
        for id in self.kids.iter().map(|kid| kid.id).collect::<Vec<_>>() {
            if self.start(id) == Came::Failed {
                self.close();
                return self.seen.push(Seen::NotStarted(id));
            }
        }
    }

    pub(super) fn died(&mut self, id: usize, abnormal: bool, now: u64) {
        let kid = self.at(id);
        match self.kids[kid].restart {
            Restart::Permanent => self.restart(id, now),
            Restart::Transient if abnormal => self.restart(id, now),
            _ => self.done(id),
        }
    }

    pub(super) fn again(&mut self, id: usize, now: u64) {
        if self.kids.iter().any(|kid| kid.id == id && kid.life == Life::Again) {
            self.restart(id, now);
        }
    }

    fn done(&mut self, id: usize) {
        let kid = self.at(id);
        let significant = self.kids[kid].significant;
        self.down(id);
        let others = self.kids.iter().any(|kid| kid.significant && kid.life != Life::Down);
        if significant && (self.auto == AutoShutdown::AnySignificant || !others) {
            self.seen.push(Seen::AutoShutdown);
        }
    }

    /// Without a process; a temporary child is no child then.
    pub(super) fn down(&mut self, id: usize) {
        let kid = self.at(id);
        self.kids[kid].life = Life::Down;
        if self.kids[kid].restart == Restart::Temporary {
            self.kids.remove(kid);
            self.seen.push(Seen::Forget(id));
        }
    }

    fn restart(&mut self, id: usize, now: u64) {
        let (tolerated, period) = (self.tolerated, self.period);
        let kid = self.at(id);
        let kid = &mut self.kids[kid];
        let (past, most) = match kid.budget {
            Some((own, _)) => (&mut kid.past, own),
            None => (&mut self.past, tolerated),
        };
        past.push(now);
        let too_many = past.iter().filter(|then| now - **then <= period).count() > most;
        let repeated = kid.life == Life::Again;
        match kid.budget {
            Some((_, WhenSpent::Stop | WhenSpent::Quarantine)) if too_many => {
                kid.spent = true;
                self.done(id);
                if repeated && !self.seen.contains(&Seen::AutoShutdown) {
                    let idle = |kid: &Kid| kid.life != Life::Up;
                    self.start_all(self.kids.iter().filter(|kid| idle(kid)).map(|kid| kid.id).collect(), id);
                }
                return;
            }
            _ if too_many => {
                kid.life = Life::Down;
                return self.seen.push(Seen::GaveUp(id));
            }
            _ => kid.life = Life::Down,
        }
        for other in self.kids.iter().map(|kid| kid.id).rev().collect::<Vec<_>>() {
            if other != id && self.touches(id, other) {
                self.stop(other);
            }
        }
        self.start_all(self.kids.iter().map(|kid| kid.id).collect(), id);
    }

    fn touches(&self, id: usize, other: usize) -> bool {
        match self.strategy {
            Strategy::OneForOne => other == id,
            Strategy::OneForAll => true,
            Strategy::RestForOne => self.at(other) >= self.at(id),
        }
    }

    pub(super) fn stop(&mut self, id: usize) {
        let kid = self.at(id);
        if self.kids[kid].life == Life::Up {
            self.seen.push(Seen::Stop(id));
        }
        self.down(id);
    }

    fn start_all(&mut self, ids: Vec<usize>, because_of: usize) {
        for id in ids {
            let kid = self.at(id);
            if !self.kids[kid].spent && self.touches(because_of, id) && self.start(id) == Came::Failed {
                let kid = self.at(id);
                self.kids[kid].life = Life::Again;
                return;
            }
        }
    }

    pub(super) fn start(&mut self, id: usize) -> Came {
        let kid = self.at(id);
        self.seen.push(Seen::Start(id));
        let came = (self.coin)();
        match came {
            Came::Up => self.kids[kid].life = Life::Up,
            Came::Ignored => self.down(id),
            Came::Failed => {}
        }
        came
    }

    pub(super) fn close(&mut self) {
        for kid in self.kids.iter().rev().filter(|kid| kid.life == Life::Up) {
            self.seen.push(Seen::Stop(kid.id));
        }
    }
}
