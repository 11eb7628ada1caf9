//! Backpressure.

use std::time::Duration;

use foundation_core::EcosystemSettings;
use foundation_core::ecosystem::{NotAccepted, Stop, WhenFull};
use futures_util::future::join_all;

use super::{ENDLESS, Task, start, stop};
use crate::support::{SECOND, each_seed};

/// One worker with one item, and room for two that wait.
fn narrow(when_full: WhenFull) -> EcosystemSettings {
    EcosystemSettings { workers: 1, credit: 1, queue: 2, when_full, intensity: ENDLESS, ..EcosystemSettings::default() }
}

#[test]
fn what_finds_no_room_is_given_back() {
    each_seed(10, |world, runtime| {
        let (ecosystem, _) = start(world, runtime, narrow(WhenFull::Refuse));
        let mut jobs = vec![ecosystem.try_submit(Task::Take(SECOND, 1)).unwrap()];
        world.run_until_idle();
        jobs.extend((2..=3).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()));
        let refused = world.block_on(ecosystem.submit(Task::Give(4))).unwrap_err();
        assert!(matches!((&*refused.work, refused.reason), (Task::Give(4), NotAccepted::Full)));
        world.advance(SECOND);
        jobs.push(world.block_on(ecosystem.submit(Task::Give(5))).unwrap());
        for (job, number) in jobs.into_iter().zip([1, 2, 3, 5]) {
            assert_eq!(world.block_on(job).unwrap(), number);
        }
        assert_eq!((ecosystem.totals().accepted, ecosystem.totals().refused), (4, 1));
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn submissions_wait_for_room_in_their_order_and_no_longer_than_they_may() {
    each_seed(10, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, narrow(WhenFull::Wait(Duration::from_millis(2_500))));
        let first = ecosystem.try_submit(Task::Take(SECOND, 0)).unwrap();
        world.run_until_idle();
        let began = runtime.clock().now();
        let outcomes = world.block_on(join_all((1..=8).map(|number| {
            let ecosystem = ecosystem.clone();
            async move {
                match ecosystem.submit(Task::Take(SECOND, number)).await {
                    Ok(job) => Ok(job.await.unwrap()),
                    Err(refused) => Err(refused.reason),
                }
            }
        })));
        // Two find room at once, one each second after that, and the others give up after two and a half.
        for (number, outcome) in (1..).zip(&outcomes) {
            match outcome {
                Ok(result) => assert!(number <= 4 && *result == number, "{number}"),
                Err(reason) => assert!(number > 4 && matches!(reason, NotAccepted::Full), "{number}: {reason}"),
            }
        }
        assert_eq!(runtime.clock().now().since(began), 5 * SECOND);
        assert_eq!((0..=8).map(|number| begun.of(number).len()).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 0, 0, 0, 0]);
        drop(first);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn a_submission_that_stops_waiting_leaves_its_place_to_the_next() {
    each_seed(10, |world, runtime| {
        let (ecosystem, begun) = start(world, runtime, narrow(WhenFull::Wait(Duration::from_secs(60))));
        let kept: Vec<_> = (0..3)
            .map(|number| {
                let job = ecosystem.try_submit(Task::Take(SECOND, number)).unwrap();
                world.run_until_idle();
                job
            })
            .collect();
        let waits = |number| {
            let ecosystem = ecosystem.clone();
            Box::pin(async move { ecosystem.submit(Task::Give(number)).await })
        };
        let mut given_up = waits(3);
        let next = waits(4);
        world.block_on(async {
            assert!(futures_util::poll!(&mut given_up).is_pending());
        });
        drop(given_up);
        let next = world.block_on(next).unwrap();
        assert_eq!(world.block_on(next).unwrap(), 4);
        assert!(begun.of(3).is_empty());
        drop(kept);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn a_worker_never_has_more_than_its_credit() {
    each_seed(10, |world, runtime| {
        let settings = EcosystemSettings { workers: 3, credit: 2, intensity: ENDLESS, ..EcosystemSettings::default() };
        let (ecosystem, begun) = start(world, runtime, settings);
        let jobs: Vec<_> = (0..20).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        world.run_until_idle();
        let info = ecosystem.info();
        assert_eq!((info.queued, begun.count()), (20 - 3 * 2, 3));
        assert!(info.workers.iter().all(|worker| worker.items == 2), "{info}");
        drop(jobs);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}
