//! Work and its endings.

use std::time::Duration;

use foundation_core::ecosystem::{AttemptFailure, Stop};
use foundation_core::{Code, EcosystemSettings, Exit, Topology, WorkError, WorkerId};
use futures_util::future::join_all;

use super::{ENDLESS, Task, start, stop};
use crate::support::{SECOND, each_seed};

fn settings() -> EcosystemSettings {
    EcosystemSettings { intensity: ENDLESS, ..EcosystemSettings::default() }
}

#[test]
fn every_item_gets_its_own_result_and_all_workers_have_some() {
    each_seed(20, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, settings());
        let work = std::sync::Arc::new(Task::Take(SECOND, 99));
        world.block_on(ecosystem.run(std::sync::Arc::clone(&work))).unwrap();
        assert_eq!(std::sync::Arc::strong_count(&work), 1, "it is given back whole");
        let results = world.block_on(join_all((0..40).map(|number| ecosystem.run(Task::Take(SECOND, number)))));
        assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
        for worker in 0..4 {
            let count = (0..40).filter(|number| begun.of(*number) == [WorkerId(worker)]).count();
            assert_eq!(count, 10, "items of equal length are spread evenly");
        }
        assert_eq!(ecosystem.totals().attempts, 41);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn one_worker_does_the_items_in_the_order_they_were_submitted() {
    each_seed(5, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, EcosystemSettings { workers: 1, ..settings() });
        let jobs: Vec<_> = (0..10).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        let before = |number: u64| (0..=number).all(|earlier| begun.of(earlier).len() == 1);
        for (number, job) in jobs.into_iter().enumerate() {
            assert_eq!(world.block_on(job).unwrap(), number as u64);
            assert!(before(number as u64) && begun.of(number as u64 + 2).is_empty());
        }
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn a_short_item_does_not_stand_behind_a_long_one_while_others_rest() {
    for topology in [Topology::Star, Topology::Tree { fan_out: 2 }] {
        each_seed(10, |world, runtime| {
            let settings = EcosystemSettings { workers: 5, credit: 4, topology, ..settings() };
            let (ecosystem, _) = start(world, runtime, settings);
            let long = Duration::from_secs(3_600);
            let long: Vec<_> = (0..4).map(|number| ecosystem.try_submit(Task::Take(long, number)).unwrap()).collect();
            world.run_until_idle();
            let short: Vec<_> =
                (4..20).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
            let began = runtime.clock().now();
            for job in short {
                world.block_on(job).unwrap();
            }
            // The fifth worker does them all.
            assert_eq!(runtime.clock().now().since(began), 16 * SECOND);
            drop(long);
            stop(world, runtime, &ecosystem, Stop::Now);
        });
    }
}

#[test]
fn what_kills_its_worker_every_time_is_given_up_with_the_reason_and_harms_nothing_else() {
    each_seed(30, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, EcosystemSettings { credit: 4, attempts: 3, ..settings() });
        let poison = ecosystem.try_submit(Task::Panic(u32::MAX, 99)).unwrap();
        let others: Vec<_> = (0..30).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        let given_up = world.block_on(poison);
        let Err(WorkError::GaveUp { attempts: 3, last: AttemptFailure::WorkerEnded(Exit::Panicked(text)) }) = given_up
        else {
            panic!("{given_up:?}");
        };
        assert_eq!(&*text, "planned in attempt 3");
        for (number, job) in others.into_iter().enumerate() {
            assert_eq!(world.block_on(job).unwrap(), number as u64);
            // Only the item that a worker had at hand is blamed for its death, not those that waited behind it.
            assert_eq!(begun.of(number as u64).len(), 1);
        }
        assert_eq!(begun.of(99).len(), 3);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn what_kills_a_worker_once_is_done_by_its_next_attempt() {
    each_seed(20, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, settings());
        assert_eq!(world.block_on(ecosystem.run(Task::Panic(2, 7))).unwrap(), 7);
        assert_eq!(begun.of(7).len(), 3);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn an_error_that_passes_is_tried_again_and_another_is_the_end() {
    each_seed(5, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, settings());
        assert_eq!(world.block_on(ecosystem.run(Task::Falter(2, 7))).unwrap(), 7);
        assert_eq!(begun.of(7).len(), 3);
        let spent = world.block_on(ecosystem.try_submit(Task::Falter(3, 8)).unwrap());
        let Err(WorkError::GaveUp { attempts: 3, last: AttemptFailure::Failed(error) }) = spent else {
            panic!("{spent:?}");
        };
        assert_eq!(error.code(), Code::Timeout);
        let refused = world.block_on(ecosystem.run(Task::Refuse)).unwrap_err();
        assert_eq!((refused.code(), begun.of(0).len()), (Code::InvalidInput, 1));
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn an_attempt_that_takes_too_long_is_interrupted_and_the_worker_lives() {
    each_seed(5, |world, runtime| {
        let settings = EcosystemSettings { workers: 1, time_limit: Some(SECOND), attempts: 2, ..settings() };
        let (ecosystem, begun) = start(world, runtime, settings);
        let slow = ecosystem.try_submit(Task::Take(2 * SECOND, 1)).unwrap();
        let quick = ecosystem.try_submit(Task::Give(2)).unwrap();
        let slow = world.block_on(slow);
        let Err(WorkError::GaveUp { attempts: 2, last: AttemptFailure::TimedOut(limit) }) = slow else {
            panic!("{slow:?}");
        };
        assert_eq!((limit, begun.of(1).len()), (SECOND, 2));
        assert_eq!(world.block_on(quick).unwrap(), 2);
        assert_eq!(ecosystem.supervisor().tree().children.iter().map(|child| child.restarts).sum::<u64>(), 0);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn a_job_that_is_cancelled_or_dropped_stops_its_work_wherever_it_is() {
    each_seed(30, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, EcosystemSettings { workers: 1, credit: 2, ..settings() });
        let hour = Duration::from_secs(3_600);
        let at_hand = ecosystem.try_submit(Task::Take(hour, 1)).unwrap();
        let handed = ecosystem.try_submit(Task::Take(hour, 2)).unwrap();
        let queued = ecosystem.try_submit(Task::Take(hour, 3)).unwrap();
        let last = ecosystem.try_submit(Task::Give(4)).unwrap();
        world.run_until_idle();
        handed.cancel();
        assert!(matches!(world.block_on(handed), Err(WorkError::Cancelled)));
        drop(queued);
        at_hand.cancel();
        at_hand.cancel();
        assert!(matches!(world.block_on(at_hand), Err(WorkError::Cancelled)));
        let began = runtime.clock().now();
        assert_eq!(world.block_on(last).unwrap(), 4);
        assert_eq!(runtime.clock().now(), began, "the worker was free at once");
        assert_eq!((begun.of(1).len(), begun.of(2).len(), begun.of(3).len()), (1, 0, 0));
        assert_eq!(ecosystem.totals().cancelled, 3);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn a_job_that_is_let_go_is_done_all_the_same() {
    each_seed(3, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, settings());
        ecosystem.try_submit(Task::Take(SECOND, 1)).unwrap().detach();
        let stopped = stop(world, runtime, &ecosystem, Stop::Drain(2 * SECOND));
        assert!(stopped.is_drained && begun.of(1).len() == 1 && ecosystem.totals().done == 1);
    });
}
