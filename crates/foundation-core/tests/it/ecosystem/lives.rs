//! Whoever dies, each item is over once.

use std::time::Duration;

use foundation_core::ecosystem::{AttemptFailure, MemberId, Stop, WhenFull};
use foundation_core::port::entropy::RandomStream;
use foundation_core::{EcosystemSettings, Topology, WorkError, WorkerId};
use futures_util::future::join_all;

use super::{ENDLESS, Task, start, stop};
use crate::support::{MILLISECOND, SECOND, each_seed};

fn settings(topology: Topology) -> EcosystemSettings {
    EcosystemSettings { topology, intensity: ENDLESS, attempts: u32::MAX, ..EcosystemSettings::default() }
}

#[test]
fn a_dead_workers_items_go_to_others_at_once() {
    each_seed(20, |world, runtime| {
        let mut settings = settings(Topology::Star);
        settings.workers = 2;
        settings.worker_backoff = Some(foundation_core::Backoff { initial: 60 * SECOND, ..Default::default() });
        let (ecosystem, begun) = start(world, runtime, settings);
        let jobs: Vec<_> = (0..4).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        world.advance(500 * MILLISECOND);
        ecosystem.kill(MemberId::Worker(WorkerId(0)));
        let began = runtime.clock().now();
        for job in jobs {
            world.block_on(job).unwrap();
        }
        // Worker 0 is away for about a minute; worker 1 finishes its two and does the other two.
        assert_eq!(runtime.clock().now().since(began), Duration::from_millis(3_500));
        let again: Vec<_> = (0..4).map(|number| begun.of(number)).filter(|begun| begun.len() == 2).collect();
        assert_eq!(again, [[WorkerId(0), WorkerId(1)]], "only the item at hand began twice");
        assert_eq!(ecosystem.totals().redistributed, 2);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn what_was_accepted_outlives_the_coordinator() {
    each_seed(30, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, settings(Topology::Star));
        let jobs: Vec<_> = (0..40).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        for _ in 0..7 {
            world.advance(300 * MILLISECOND);
            ecosystem.kill(MemberId::Coordinator(0));
            // Work is accepted while no coordinator runs, too.
            ecosystem.try_submit(Task::Give(100)).unwrap().detach();
        }
        for (number, job) in jobs.into_iter().enumerate() {
            assert_eq!(world.block_on(job).unwrap(), number as u64);
        }
        assert_eq!(ecosystem.info().coordinators[0].lives, 8);
        stop(world, runtime, &ecosystem, Stop::Drain(SECOND));
        // The workers went on meanwhile: nothing began twice.
        assert_eq!(begun.count(), 40 + 7);
    });
}

#[test]
fn what_was_accepted_outlives_coordinator_and_workers_together() {
    each_seed(30, |world, runtime| {
        let (ecosystem, _) = start(world, runtime, EcosystemSettings { attempts: 2, ..settings(Topology::Star) });
        let jobs: Vec<_> = (0..20).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        world.advance(500 * MILLISECOND);
        ecosystem.kill(MemberId::Coordinator(0));
        for worker in 0..4 {
            ecosystem.kill(MemberId::Worker(WorkerId(worker)));
        }
        let results = world.block_on(join_all(jobs));
        for (number, result) in results.into_iter().enumerate() {
            assert_eq!(result.unwrap(), number as u64);
        }
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn an_item_whose_worker_dies_again_and_again_is_given_up_once() {
    each_seed(20, |world, runtime| {
        let mut settings = settings(Topology::Star);
        (settings.workers, settings.attempts) = (1, 2);
        let (ecosystem, begun) = start(world, runtime, settings);
        let job = ecosystem.try_submit(Task::Take(SECOND, 1)).unwrap();
        for _ in 0..2 {
            world.advance(500 * MILLISECOND);
            ecosystem.kill(MemberId::Coordinator(0));
            ecosystem.kill(MemberId::Worker(WorkerId(0)));
        }
        let ended = world.block_on(job);
        let Err(WorkError::GaveUp { attempts: 2, last }) = ended else { panic!("{ended:?}") };
        // Whether anybody heard why depends on who was started again first.
        assert!(matches!(last, AttemptFailure::WorkerEnded(_) | AttemptFailure::WorkerLost), "{last}");
        assert_eq!(begun.of(1).len(), 2);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

/// Hundreds of kills of anybody, in every topology: each item is done once for its submitter, and nothing is left.
#[test]
fn under_random_kills_every_item_is_over_exactly_once() {
    let ring = Topology::Ring { pace: 50 * MILLISECOND };
    for topology in [Topology::Star, Topology::Tree { fan_out: 2 }, Topology::Tree { fan_out: 3 }, Topology::Mesh, ring]
    {
        each_seed(25, |world, runtime| {
            let mut random = RandomStream::new(world.seed(), 7);
            let workers = 1 + random.below(9) as usize;
            let settings =
                EcosystemSettings { workers, queue: 20, when_full: WhenFull::Wait(600 * SECOND), ..settings(topology) };
            let (ecosystem, _) = start(world, runtime, settings);
            let coordinators = ecosystem.info().coordinators.len() as u32;
            let submitters = (0..60_u64).map(|number| {
                let (ecosystem, mut random) = (ecosystem.clone(), RandomStream::new(world.seed(), 100 + number));
                let clock = runtime.clock().clone();
                async move {
                    clock.sleep(random.below(2_000) * MILLISECOND).await;
                    let task = Task::Take(random.below(400) * MILLISECOND, number);
                    let job = ecosystem.submit(task).await.unwrap();
                    if random.below(10) > 0 {
                        return job.await.map(Some);
                    }
                    clock.sleep(random.below(300) * MILLISECOND).await;
                    drop(job);
                    Ok(None)
                }
            });
            let killer = async {
                for _ in 0..150 {
                    runtime.clock().sleep(random.below(30) * MILLISECOND).await;
                    let member = match random.below(3) {
                        0 => MemberId::Coordinator(random.below(coordinators) as usize),
                        _ => MemberId::Worker(WorkerId(random.below(workers as u32) as usize)),
                    };
                    assert!(ecosystem.kill(member));
                }
            };
            let (results, ()) = world.block_on(futures_util::future::join(join_all(submitters), killer));
            for (number, result) in (0..).zip(results) {
                let result = result.unwrap();
                assert!(result.is_none_or(|result| result == number), "item {number} got {result:?}");
            }
            let stopped = stop(world, runtime, &ecosystem, Stop::Drain(SECOND));
            assert!(stopped.is_drained);
            let totals = ecosystem.totals();
            assert_eq!((totals.accepted, totals.failed, totals.shut_down), (60, 0, 0), "{totals:?}");
        });
    }
}
