//! The token of a ring.

use std::collections::BTreeSet;
use std::sync::Arc;

use foundation_core::ecosystem::{MemberId, Stop, Token};
use foundation_core::port::entropy::RandomStream;
use foundation_core::{Ecosystem, EcosystemSettings, Error, Exit, Runtime, Topology, Worker, WorkerContext, WorkerId};
use foundation_memory::Simulation;
use parking_lot::Mutex;

use super::{ENDLESS, stop};
use crate::support::{MILLISECOND, SECOND, each_seed};

const PACE: std::time::Duration = std::time::Duration::from_millis(10);

/// Who had the token, in order, and who has it now.
#[derive(Clone, Debug, Default)]
struct Notes {
    had: Arc<Mutex<Vec<(WorkerId, Token)>>>,
    holders: Arc<Mutex<BTreeSet<WorkerId>>>,
    /// What should not be. A panic in a worker would be healed, and nobody would know.
    wrong: Arc<Mutex<Vec<String>>>,
}

struct Link {
    notes: Notes,
}

/// Says who has the token, until it is dropped, however that comes.
struct Holding(Notes, WorkerId);

impl Drop for Holding {
    fn drop(&mut self) {
        self.0.holders.lock().remove(&self.1);
    }
}

impl Worker for Link {
    type Work = ();
    type Output = WorkerId;
    type Message = ();

    async fn work(&mut self, (): &(), ctx: &mut WorkerContext<'_, Self>) -> Result<WorkerId, Error> {
        ctx.clock().sleep(3 * PACE).await;
        Ok(ctx.id())
    }

    async fn token(&mut self, token: Token, ctx: &mut WorkerContext<'_, Self>) -> Result<(), Exit> {
        self.notes.had.lock().push((ctx.id(), token));
        let _holding = Holding(self.notes.clone(), ctx.id());
        let holders = {
            let mut holders = self.notes.holders.lock();
            holders.insert(ctx.id());
            holders.clone()
        };
        if holders.len() > 1 {
            self.notes.wrong.lock().push(format!("{holders:?} have the token"));
        }
        ctx.clock().sleep(PACE / 2).await;
        Ok(())
    }
}

fn start(world: &Simulation, runtime: &Runtime, workers: usize) -> (Ecosystem<Link>, Notes) {
    let notes = Notes::default();
    let kept = notes.clone();
    let topology = Topology::Ring { pace: PACE };
    let settings =
        EcosystemSettings { topology, workers, intensity: ENDLESS, attempts: u32::MAX, ..EcosystemSettings::default() };
    let make = move |_| Link { notes: kept.clone() };
    let ecosystem = world.block_on(Ecosystem::start(runtime, "links", settings, make)).unwrap();
    (ecosystem, notes)
}

fn finish(world: &Simulation, runtime: &Runtime, ecosystem: &Ecosystem<Link>, notes: &Notes) {
    stop(world, runtime, ecosystem, Stop::Now);
    assert_eq!(*notes.wrong.lock(), Vec::<String>::new());
}

/// That each worker had it once in each of the last rounds, in order.
fn assert_rounds(had: &[(WorkerId, Token)], workers: usize, rounds: usize) {
    let last = &had[had.len() - workers * rounds..];
    for pair in last.windows(2) {
        let [(from, before), (to, after)] = pair else { unreachable!() };
        assert_eq!((to.0, after.hop), ((from.0 + 1) % workers, before.hop + 1), "{last:?}");
    }
}

#[test]
fn the_token_goes_round_at_its_pace() {
    each_seed(10, |world, runtime| {
        let (ecosystem, notes) = start(world, runtime, 5);
        world.advance(50 * PACE);
        let had = notes.had.lock().clone();
        assert!((50..=52).contains(&had.len()), "{}", had.len());
        assert_rounds(&had, 5, 9);
        assert!(had.iter().all(|(_, token)| token.epoch == 1));
        finish(world, runtime, &ecosystem, &notes);
    });
}

#[test]
fn a_token_that_dies_with_its_holder_is_made_anew_once_and_the_dead_come_back_into_the_ring() {
    each_seed(20, |world, runtime| {
        let (ecosystem, notes) = start(world, runtime, 4);
        for deaths in 1..=5 {
            world.advance(7 * PACE);
            let holder = ecosystem.info().token.unwrap();
            assert_eq!(holder.token.epoch, deaths);
            ecosystem.kill(MemberId::Worker(holder.worker));
            world.run_until_idle();
            assert_eq!(ecosystem.info().token.unwrap().token.epoch, deaths + 1, "at once, and once");
            // Another death than the holder's makes no token.
            let other = WorkerId((ecosystem.info().token.unwrap().worker.0 + 2) % 4);
            ecosystem.kill(MemberId::Worker(other));
            world.run_until_idle();
            assert_eq!(ecosystem.info().token.unwrap().token.epoch, deaths + 1);
        }
        world.advance(20 * PACE);
        assert_rounds(&notes.had.lock(), 4, 3);
        finish(world, runtime, &ecosystem, &notes);
    });
}

#[test]
fn the_ring_heals_while_its_coordinator_is_dead_too() {
    each_seed(20, |world, runtime| {
        let (ecosystem, notes) = start(world, runtime, 3);
        for _ in 0..5 {
            world.advance(7 * PACE);
            let holder = ecosystem.info().token.unwrap();
            ecosystem.kill(MemberId::Coordinator(0));
            ecosystem.kill(MemberId::Worker(holder.worker));
        }
        world.advance(20 * PACE);
        let info = ecosystem.info();
        assert_eq!(info.token.unwrap().token.epoch, 6, "{info}");
        assert_rounds(&notes.had.lock(), 3, 4);
        finish(world, runtime, &ecosystem, &notes);
    });
}

#[test]
fn under_random_kills_there_is_never_a_second_token_and_at_rest_each_member_sees_it() {
    each_seed(40, |world, runtime| {
        let mut random = RandomStream::new(world.seed(), 5);
        let workers = 1 + random.below(6) as usize;
        let (ecosystem, notes) = start(world, runtime, workers);
        let jobs: Vec<_> = (0..20).map(|_| ecosystem.try_submit(()).unwrap()).collect();
        for _ in 0..60 {
            world.advance(random.below(15) * MILLISECOND);
            match random.below(8) {
                0 => ecosystem.kill(MemberId::Coordinator(0)),
                _ => ecosystem.kill(MemberId::Worker(WorkerId(random.below(workers as u32) as usize))),
            };
        }
        for job in jobs {
            world.block_on(job).unwrap();
        }
        world.advance(SECOND);
        let had = notes.had.lock().clone();
        for pair in had.windows(2) {
            let [(_, before), (_, after)] = pair else { unreachable!() };
            assert!(after.hop > before.hop && after.epoch >= before.epoch, "{before:?} then {after:?}");
        }
        assert_rounds(&had, workers, 3);
        finish(world, runtime, &ecosystem, &notes);
    });
}
