//! Random schedules of submissions, deaths and restarts around the book: whatever happens, each item is over once.
//!
//! The world here does what the processes around the book do, and no more: it acts when it was woken, hears of deaths
//! late or not at all, and loses what its dead had.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{ProptestConfig, any, proptest};

use super::super::super::settings::Topology;
use super::super::*;
use crate::port::entropy::RandomStream;

#[derive(Default)]
struct Process {
    life: u64,
    is_alive: bool,
    is_woken: bool,
    /// Of a coordinator: whom it watches.
    watched: BTreeMap<Member, u64>,
    /// Of a worker.
    at_hand: Option<(Item, u32)>,
}

struct World {
    book: Book,
    layout: Layout,
    rules: Rules,
    nodes: Vec<Process>,
    workers: Vec<Process>,
    /// Deaths that coordinators have not heard of.
    deaths: Vec<(usize, Member, u64)>,
    waiting: BTreeSet<Item>,
    accepted: BTreeSet<Item>,
    over: BTreeSet<Item>,
    attempts: BTreeMap<Item, u32>,
    /// Each wake-up of this number is lost, and nobody is told.
    loses: Option<u64>,
    wakes: u64,
    random: RandomStream,
}

impl World {
    fn new(seed: u64, loses: Option<u64>) -> Self {
        let mut random = RandomStream::new(seed, 1);
        let topology = match random.below(3) {
            0 => Topology::Star,
            _ => Topology::Tree { fan_out: 2 + random.below(2) as usize },
        };
        let layout = Layout::new(topology, 1 + random.below(8) as usize);
        let rules = Rules {
            capacity: 1 + random.below(6) as usize,
            attempts: 1 + random.below(3),
            credit: 1 + random.below(3) as usize,
        };
        Self {
            book: Book::new(rules, layout.clone()),
            nodes: layout.nodes.iter().map(|_| Process::default()).collect(),
            workers: layout.workers.iter().map(|_| Process::default()).collect(),
            layout,
            rules,
            deaths: Vec::new(),
            waiting: BTreeSet::new(),
            accepted: BTreeSet::new(),
            over: BTreeSet::new(),
            attempts: BTreeMap::new(),
            loses,
            wakes: 0,
            random,
        }
    }

    fn process(&mut self, member: Member) -> &mut Process {
        match member {
            Member::Node(node) => &mut self.nodes[node],
            Member::Worker(worker) => &mut self.workers[worker],
        }
    }

    fn act<T>(&mut self, act: impl FnOnce(&mut Book, &mut Vec<Effect>) -> T) -> T {
        let mut effects = Vec::new();
        let answer = act(&mut self.book, &mut effects);
        for effect in effects {
            match effect {
                Effect::Look(member) => {
                    self.wakes += 1;
                    let is_lost = self.loses == Some(self.wakes);
                    let process = self.process(member);
                    if process.is_alive && !is_lost {
                        process.is_woken = true;
                    } else if !is_lost {
                        self.book.not_woken(member);
                    }
                }
                Effect::Admitted(item) => {
                    assert!(self.waiting.remove(&item), "{item} did not wait");
                    self.accepted.insert(item);
                }
                Effect::Settled(item, _) => {
                    assert!(self.waiting.remove(&item) || self.accepted.remove(&item), "{item} was not there");
                    assert!(self.over.insert(item), "{item} is over twice");
                }
                Effect::Again(item) => assert!(self.accepted.contains(&item)),
                Effect::Revoke(_) | Effect::Membership | Effect::Drained => {}
            }
        }
        self.book.rooms.assert_consistent(&self.layout, 0);
        let most = self.rules.capacity + self.workers.len() * self.rules.credit;
        assert!(self.book.queued() <= most, "{} queued of {most}", self.book.queued());
        answer
    }

    fn submit(&mut self) {
        let may_wait = self.random.below(2) == 0;
        let had_room = self.book.queued() < self.rules.capacity && self.waiting.is_empty();
        match self.act(|book, effects| book.submit(may_wait, effects)) {
            Submitted::Accepted(item) => {
                assert!(had_room);
                self.accepted.insert(item);
            }
            Submitted::Waiting(item) => {
                assert!(may_wait && !had_room);
                self.waiting.insert(item);
            }
            Submitted::Full => assert!(!may_wait && !had_room),
            Submitted::Closed => panic!("it is open"),
        }
    }

    fn withdraw(&mut self) {
        let all: Vec<_> = self.waiting.iter().chain(&self.accepted).copied().collect();
        if !all.is_empty() {
            let item = all[self.random.below(all.len() as u32) as usize];
            assert!(self.act(|book, effects| book.withdraw(item, effects)));
            assert!(!self.act(|book, effects| book.withdraw(item, effects)));
        }
    }

    fn attend(&mut self, node: usize, member: Member) {
        if self.nodes[node].watched.contains_key(&member) {
            return;
        }
        let (life, is_alive) = (self.process(member).life, self.process(member).is_alive);
        if is_alive {
            self.nodes[node].watched.insert(member, life);
        }
        self.act(|book, effects| match (member, is_alive) {
            (Member::Node(below), true) => book.node_watched(below, life, effects),
            (Member::Node(below), false) => book.node_down(below, life, effects),
            (Member::Worker(worker), true) => {
                book.worker_watched(worker, life, effects);
            }
            (Member::Worker(worker), false) => {
                book.worker_down(worker, life, effects);
            }
        });
    }

    fn node_looks(&mut self, node: usize) {
        if std::mem::take(&mut self.nodes[node].is_woken) {
            for member in self.book.look(node) {
                self.attend(node, member);
            }
            self.act(|book, effects| book.dispatch(node, effects));
        }
    }

    fn node_hears(&mut self, which: usize) {
        let (node, member, life) = self.deaths.remove(which);
        if self.nodes[node].watched.get(&member) != Some(&life) {
            return;
        }
        self.nodes[node].watched.remove(&member);
        self.act(|book, effects| match member {
            Member::Node(below) => book.node_down(below, life, effects),
            Member::Worker(worker) => {
                book.worker_down(worker, life, effects);
            }
        });
        if self.process(member).is_alive {
            self.attend(node, member);
        }
        self.act(|book, effects| book.dispatch(node, effects));
    }

    fn worker_looks(&mut self, worker: usize) {
        let process = &mut self.workers[worker];
        if process.at_hand.is_none() && std::mem::take(&mut process.is_woken) {
            process.at_hand = self.book.take(worker, process.life);
            if let Some((item, attempt)) = process.at_hand {
                let attempts = self.attempts.entry(item).or_default();
                *attempts += 1;
                assert_eq!(attempt, *attempts);
                assert!(attempt <= self.rules.attempts && self.accepted.contains(&item), "{item} is not to begin");
            }
        }
    }

    fn worker_ends_attempt(&mut self, worker: usize, attempted: Attempted) {
        let Some((item, attempt)) = self.workers[worker].at_hand.take() else { return };
        let life = self.workers[worker].life;
        let was_accepted = self.accepted.contains(&item);
        let taken = self.act(|book, effects| book.finish((worker, life), (item, attempt), attempted, effects));
        assert_eq!(taken == Taken::Stale, !was_accepted, "what is not over is never stale to the life that has it");
        if attempted == Attempted::Done && taken == Taken::Settled {
            assert!(self.accepted.remove(&item) && self.over.insert(item));
        }
        self.workers[worker].is_woken |= self.book.has_work(worker, life);
    }

    fn kill(&mut self, member: Member) {
        let process = self.process(member);
        let life = process.life;
        if !std::mem::take(&mut process.is_alive) {
            return;
        }
        (process.is_woken, process.at_hand) = (false, None);
        process.watched.clear();
        let coordinator = match member {
            Member::Node(node) => {
                self.deaths.retain(|(hearer, ..)| *hearer != node);
                self.layout.nodes[node].parent
            }
            Member::Worker(worker) => Some(self.layout.workers[worker]),
        };
        let Some(coordinator) = coordinator else { return };
        if self.nodes[coordinator].watched.get(&member) == Some(&life) {
            self.deaths.push((coordinator, member, life));
        }
    }

    fn start(&mut self, member: Member) {
        let process = self.process(member);
        if process.is_alive {
            return;
        }
        process.is_alive = true;
        process.life += 1;
        let life = process.life;
        match member {
            Member::Worker(worker) => self.act(|book, effects| book.worker_up(worker, life, effects)),
            Member::Node(node) => {
                self.act(|book, effects| book.node_up(node, life, effects));
                for member in self.layout.nodes[node].members.clone() {
                    self.attend(node, member);
                }
                self.act(|book, effects| book.dispatch(node, effects));
            }
        }
    }

    fn somebody(&mut self) -> Member {
        let (nodes, workers) = (self.nodes.len() as u32, self.workers.len() as u32);
        if self.random.below(3) == 0 {
            Member::Node(self.random.below(nodes) as usize)
        } else {
            Member::Worker(self.random.below(workers) as usize)
        }
    }

    fn step(&mut self) {
        let somebody = self.somebody();
        match (self.random.below(12), somebody) {
            (0 | 1, _) => self.submit(),
            (2, _) if self.random.below(4) == 0 => self.withdraw(),
            (3, member) => self.kill(member),
            (4 | 5, member) => self.start(member),
            (6 | 7, _) if !self.deaths.is_empty() => {
                let which = self.random.below(self.deaths.len() as u32) as usize;
                // Deaths are heard in any order, and each late.
                self.node_hears(which);
            }
            (_, Member::Node(node)) => self.node_looks(node),
            (_, Member::Worker(worker)) if self.random.below(2) == 0 => self.worker_looks(worker),
            (_, Member::Worker(worker)) => {
                let attempted = match self.random.below(4) {
                    0 => Attempted::Failed { again: true },
                    1 => Attempted::Failed { again: false },
                    _ => Attempted::Done,
                };
                self.worker_ends_attempt(worker, attempted);
            }
        }
    }

    /// Everybody is started and does all that it was woken for, but ends no item. Answers whether no work waits that
    /// somebody could do.
    fn is_at_work(&mut self, members: &[Member]) -> bool {
        for _ in 0..10_000 {
            members.iter().for_each(|member| self.start(*member));
            while !self.deaths.is_empty() {
                self.node_hears(0);
            }
            for member in members {
                match *member {
                    Member::Node(node) => self.node_looks(node),
                    Member::Worker(worker) => self.worker_looks(worker),
                }
            }
            let is_quiet = |process: &Process| !process.is_woken || process.at_hand.is_some();
            if self.nodes.iter().chain(&self.workers).all(is_quiet) && self.deaths.is_empty() {
                let root = self.book.rooms.assert_consistent(&self.layout, 0);
                let held = |node: &usize| self.book.held(*node) > 0 && self.book.rooms.freest(*node).is_some();
                let waits = (0..self.nodes.len()).any(|node| held(&node));
                let is_shut_out = !self.waiting.is_empty() && self.book.queued() < self.rules.capacity;
                let idles = |worker| self.book.in_flight(worker) == 0;
                let n_idle = (0..self.workers.len()).filter(|worker| idles(*worker)).count();
                return !waits && !is_shut_out && (root.spare == 0 || n_idle == 0);
            }
        }
        panic!("it never comes to rest");
    }

    /// Everybody is started and does all that it was woken for. Answers whether everything is over then.
    fn settle(&mut self) -> bool {
        let members: Vec<_> =
            (0..self.nodes.len()).map(Member::Node).chain((0..self.workers.len()).map(Member::Worker)).collect();
        if !self.is_at_work(&members) {
            return false;
        }
        for _ in 0..10_000 {
            members.iter().for_each(|member| self.start(*member));
            while !self.deaths.is_empty() {
                self.node_hears(0);
            }
            for member in &members {
                match *member {
                    Member::Node(node) => self.node_looks(node),
                    Member::Worker(worker) => {
                        self.worker_looks(worker);
                        self.worker_ends_attempt(worker, Attempted::Done);
                    }
                }
            }
            let is_quiet = |process: &Process| !process.is_woken && process.at_hand.is_none();
            if self.nodes.iter().chain(&self.workers).all(is_quiet) && self.deaths.is_empty() {
                return self.accepted.is_empty() && self.waiting.is_empty() && self.book.items.is_empty();
            }
        }
        panic!("it never comes to rest");
    }
}

fn schedule(seed: u64, loses: Option<u64>) -> bool {
    let mut world = World::new(seed, loses);
    for _ in 0..300 {
        world.step();
    }
    let is_over = world.settle();
    let totals = world.book.totals();
    if is_over {
        assert_eq!(totals.accepted, totals.done + totals.failed + totals.cancelled, "{totals:?}");
        assert_eq!(totals.attempts, world.attempts.values().map(|attempts| u64::from(*attempts)).sum::<u64>());
        assert_eq!(world.over.len() as u64, world.book.next);
    }
    is_over
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_each_item_is_over_once_and_nobody_rests_while_work_waits(seed in any::<u64>()) {
        assert!(schedule(seed, None), "something waits, and nobody was woken for it (seed {seed})");
    }
}

#[test]
fn a_wake_up_that_is_lost_is_seen() {
    let seen = (0..100).filter(|seed| !schedule(*seed, Some(40))).count();
    assert!(seen > 0, "no schedule depends on its wake-ups");
}
