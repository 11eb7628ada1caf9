//! Workers that write to each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use foundation_core::ecosystem::{MemberId, NotSent, Peer, PeerChange, Stop};
use foundation_core::port::entropy::RandomStream;
use foundation_core::{Ecosystem, EcosystemSettings, Error, Exit, Runtime, Topology, Worker, WorkerContext, WorkerId};
use foundation_memory::Simulation;
use parking_lot::Mutex;

use super::{ENDLESS, stop};
use crate::support::{MILLISECOND, SECOND, each_seed};

/// What the nodes of a mesh know and heard.
#[derive(Clone, Debug, Default)]
struct Notes {
    /// By worker, whom it believes to live, from what it was told.
    known: Arc<Mutex<BTreeMap<WorkerId, Vec<Peer>>>>,
    /// Who heard which number from whom.
    heard: Arc<Mutex<Vec<(WorkerId, WorkerId, u64)>>>,
    /// What should not be. A panic in a worker would be healed, and nobody would know.
    wrong: Arc<Mutex<Vec<String>>>,
}

struct Node {
    notes: Notes,
    peers: Vec<Peer>,
}

enum Task {
    /// Write the number to everybody.
    Tell(u64),
    /// Write to a worker that may be no peer.
    Write(WorkerId),
    /// Answer whom it knows.
    Peers,
}

impl Worker for Node {
    type Work = Task;
    type Output = Vec<WorkerId>;
    type Message = u64;

    async fn work(&mut self, task: &Task, ctx: &mut WorkerContext<'_, Self>) -> Result<Vec<WorkerId>, Error> {
        match task {
            Task::Tell(number) => {
                for peer in ctx.peers() {
                    ctx.write(peer, *number).unwrap();
                }
                Ok(vec![ctx.id()])
            }
            Task::Write(to) => match ctx.write(*to, 1) {
                Ok(()) => Ok(vec![*to]),
                Err(refused) => {
                    assert!(matches!((refused.message, refused.reason), (1, NotSent::NoPeer)));
                    Ok(Vec::new())
                }
            },
            Task::Peers => Ok(ctx.peers()),
        }
    }

    async fn message(&mut self, from: WorkerId, number: u64, ctx: &mut WorkerContext<'_, Self>) -> Result<(), Exit> {
        self.notes.heard.lock().push((ctx.id(), from, number));
        Ok(())
    }

    async fn peers_changed(&mut self, change: PeerChange, ctx: &mut WorkerContext<'_, Self>) -> Result<(), Exit> {
        let mut wrong = self.notes.wrong.lock();
        for left in change.left {
            match self.peers.iter().position(|peer| *peer == left) {
                Some(place) => drop(self.peers.remove(place)),
                None => wrong.push(format!("{left:?} has gone and never came")),
            }
        }
        for joined in change.joined {
            if self.peers.iter().any(|peer| peer.worker == joined.worker) {
                wrong.push(format!("{joined:?} has come and was there"));
            }
            self.peers.push(joined);
        }
        drop(wrong);
        self.peers.sort();
        self.notes.known.lock().insert(ctx.id(), self.peers.clone());
        Ok(())
    }
}

fn start(world: &Simulation, runtime: &Runtime, topology: Topology, workers: usize) -> (Ecosystem<Node>, Notes) {
    let notes = Notes::default();
    let kept = notes.clone();
    let settings = EcosystemSettings { topology, workers, intensity: ENDLESS, ..EcosystemSettings::default() };
    let make = move |_| Node { notes: kept.clone(), peers: Vec::new() };
    let ecosystem = world.block_on(Ecosystem::start(runtime, "nodes", settings, make)).unwrap();
    world.run_until_idle();
    (ecosystem, notes)
}

/// Whom each worker should know, by how the ecosystem stands.
fn expected(ecosystem: &Ecosystem<Node>) -> BTreeMap<WorkerId, Vec<Peer>> {
    let info = ecosystem.info();
    let all: Vec<_> = info
        .workers
        .iter()
        .filter_map(|worker| match worker.member {
            MemberId::Worker(id) if worker.is_running() => Some((id, worker.lives)),
            _ => None,
        })
        .collect();
    let others = |id: WorkerId| all.iter().filter(move |(other, _)| *other != id);
    all.iter()
        .map(|(id, _)| (*id, others(*id).map(|(worker, life)| Peer { worker: *worker, life: *life }).collect()))
        .collect()
}

#[test]
fn each_knows_the_others_and_writes_to_them() {
    each_seed(20, |world, runtime| {
        let (ecosystem, notes) = start(world, runtime, Topology::Mesh, 5);
        assert_eq!(*notes.known.lock(), expected(&ecosystem));
        let from = world.block_on(ecosystem.run(Task::Tell(7))).unwrap()[0];
        world.run_until_idle();
        let mut heard = std::mem::take(&mut *notes.heard.lock());
        heard.sort();
        let others = (0..5).map(WorkerId).filter(|to| *to != from);
        assert_eq!(heard, others.map(|to| (to, from, 7)).collect::<Vec<_>>());
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn deaths_and_restarts_reach_everybody() {
    each_seed(30, |world, runtime| {
        let (ecosystem, notes) = start(world, runtime, Topology::Mesh, 6);
        let mut random = RandomStream::new(world.seed(), 3);
        for _ in 0..20 {
            for _ in 0..=random.below(3) {
                match random.below(5) {
                    0 => ecosystem.kill(MemberId::Coordinator(0)),
                    _ => ecosystem.kill(MemberId::Worker(WorkerId(random.below(6) as usize))),
                };
                if random.below(2) == 0 {
                    world.run_until_idle();
                }
            }
            world.advance(MILLISECOND);
            assert_eq!(*notes.known.lock(), expected(&ecosystem));
        }
        let peers = world.block_on(ecosystem.run(Task::Peers)).unwrap();
        assert_eq!(peers.len(), 5);
        assert_eq!(*notes.wrong.lock(), Vec::<String>::new());
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn only_neighbours_that_live_can_be_written_to() {
    each_seed(5, |world, runtime| {
        for (topology, workers) in [(Topology::Star, 3), (Topology::Tree { fan_out: 2 }, 3)] {
            let (ecosystem, _) = start(world, runtime, topology, workers);
            for to in 0..3 {
                assert_eq!(world.block_on(ecosystem.run(Task::Write(WorkerId(to)))).unwrap(), []);
            }
            stop(world, runtime, &ecosystem, Stop::Now);
        }
        let (mesh, _) = start(world, runtime, Topology::Mesh, 1);
        assert_eq!(world.block_on(mesh.run(Task::Write(WorkerId(0)))).unwrap(), [], "not to itself");
        assert_eq!(world.block_on(mesh.run(Task::Write(WorkerId(9)))).unwrap(), [], "nor to nobody");
        stop(world, runtime, &mesh, Stop::Now);
        let (ring, _) = start(world, runtime, Topology::Ring { pace: SECOND }, 1);
        assert_eq!(world.block_on(ring.run(Task::Peers)).unwrap(), []);
        stop(world, runtime, &ring, Stop::Now);
    });
}
