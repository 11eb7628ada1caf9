//! Shutting down.

use std::time::Duration;

use foundation_core::ecosystem::{MemberId, NotAccepted, Stop, WhenFull};
use foundation_core::{
    Ecosystem, EcosystemSettings, Error, Exit, Topology, WorkError, Worker, WorkerContext, WorkerId,
};
use futures_util::future::{join, join_all};

use super::{ENDLESS, Hand, Task, start, stop};
use crate::support::{SECOND, each_seed};

fn settings() -> EcosystemSettings {
    EcosystemSettings { intensity: ENDLESS, ..EcosystemSettings::default() }
}

#[test]
fn draining_finishes_what_was_accepted_and_takes_nothing_more() {
    for topology in [Topology::Star, Topology::Tree { fan_out: 2 }, Topology::Mesh] {
        each_seed(10, |world, runtime| {
            let (ecosystem, _) = start(world, runtime, EcosystemSettings { topology, ..settings() });
            let jobs: Vec<_> =
                (0..20).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
            let late = async {
                runtime.clock().sleep(SECOND).await;
                ecosystem.submit(Task::Give(99)).await.map(drop).unwrap_err()
            };
            let (stopped, late) = world.block_on(join(ecosystem.shutdown(Stop::Drain(60 * SECOND)), late));
            assert!(stopped.is_drained && matches!(stopped.exit, Exit::Shutdown), "{stopped:?}");
            assert!(matches!(late.reason, NotAccepted::ShutDown));
            for (number, job) in jobs.into_iter().enumerate() {
                assert_eq!(world.block_on(job).unwrap(), number as u64);
            }
            stop(world, runtime, &ecosystem, Stop::Now);
        });
    }
}

#[test]
fn a_drain_that_takes_too_long_cuts_off_what_is_not_over() {
    each_seed(10, |world, runtime| {
        let (ecosystem, _) = start(world, runtime, settings());
        let jobs: Vec<_> = (0..20).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        let began = runtime.clock().now();
        let stopped = stop(world, runtime, &ecosystem, Stop::Drain(Duration::from_millis(2_500)));
        assert!(!stopped.is_drained);
        assert_eq!(runtime.clock().now().since(began), Duration::from_millis(2_500), "work at hand is interrupted");
        let results = world.block_on(join_all(jobs));
        let cut_off = |result: &Result<u64, WorkError>| matches!(result, Err(WorkError::ShutDown(None)));
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 8);
        assert_eq!(results.iter().filter(|result| cut_off(result)).count(), 12);
    });
}

#[test]
fn stopping_at_once_ends_everything_and_tells_everybody() {
    each_seed(20, |world, runtime| {
        let settings = EcosystemSettings { queue: 4, when_full: WhenFull::Wait(60 * SECOND), ..settings() };
        let (ecosystem, _) = start(world, runtime, settings);
        let submitters = join_all((0..20).map(|number| {
            let ecosystem = ecosystem.clone();
            async move {
                match ecosystem.submit(Task::Take(SECOND, number)).await {
                    Ok(job) => matches!(job.await, Err(WorkError::ShutDown(None))),
                    Err(refused) => matches!(refused.reason, NotAccepted::ShutDown),
                }
            }
        }));
        let shutdown = async {
            runtime.clock().sleep(SECOND / 2).await;
            join(ecosystem.shutdown(Stop::Now), ecosystem.shutdown(Stop::Drain(SECOND))).await
        };
        let (told, (now, drained)) = world.block_on(join(submitters, shutdown));
        assert!(told.into_iter().all(|told| told));
        assert!(!now.is_drained && !drained.is_drained);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn an_ecosystem_whose_supervisor_gives_up_ends_all_work_with_the_reason() {
    for topology in [Topology::Star, Topology::Tree { fan_out: 2 }] {
        each_seed(10, |world, runtime| {
            let settings = EcosystemSettings {
                topology,
                intensity: (3, 1_000 * SECOND),
                attempts: u32::MAX,
                workers: 5,
                ..EcosystemSettings::default()
            };
            let (ecosystem, _) = start(world, runtime, settings);
            let poison = ecosystem.try_submit(Task::Panic(u32::MAX, 1)).unwrap();
            let other = ecosystem.try_submit(Task::Take(3_600 * SECOND, 2)).unwrap();
            for job in [poison, other] {
                let ended = world.block_on(job);
                assert!(matches!(ended, Err(WorkError::ShutDown(Some(Exit::GaveUp(_))))), "{ended:?}");
            }
            assert!(matches!(world.block_on(ecosystem.exited()), Exit::GaveUp(_)));
            let refused = ecosystem.try_submit(Task::Give(3)).unwrap_err();
            assert!(matches!(refused.reason, NotAccepted::ShutDown));
            stop(world, runtime, &ecosystem, Stop::Now);
        });
    }
}

#[test]
fn an_ecosystem_whose_supervisor_is_killed_ends_all_work_and_leaves_nothing() {
    each_seed(10, |world, runtime| {
        let settings = EcosystemSettings { topology: Topology::Tree { fan_out: 2 }, workers: 5, ..settings() };
        let (ecosystem, _) = start(world, runtime, settings);
        let jobs: Vec<_> = (0..20).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        world.advance(SECOND / 2);
        ecosystem.supervisor().address().kill();
        for ended in world.block_on(join_all(jobs)) {
            assert!(matches!(ended, Err(WorkError::ShutDown(Some(Exit::Killed)))), "{ended:?}");
        }
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn a_scheduler_that_is_torn_down_ends_all_work() {
    let world = foundation_memory::Simulation::new(1);
    let runtime = crate::support::runtime_on(&world, foundation_core::Telemetry::none());
    let (ecosystem, _) = start(&world, &runtime, settings());
    let job = ecosystem.try_submit(Task::Take(SECOND, 1)).unwrap();
    world.run_until_idle();
    drop(world);
    let other = foundation_memory::Simulation::new(2);
    let ended = other.block_on(job);
    assert!(matches!(ended, Err(WorkError::ShutDown(Some(Exit::Killed)))), "{ended:?}");
    assert!(!runtime.ledger().sent.eq(&0) && runtime.ledger().is_balanced());
}

/// Does not end when it is asked to.
struct Stubborn;

impl Worker for Stubborn {
    type Work = ();
    type Output = ();
    type Message = ();

    async fn work(&mut self, (): &(), _: &mut WorkerContext<'_, Self>) -> Result<(), Error> {
        Ok(())
    }

    async fn terminate(&mut self, _: &Exit, ctx: &mut WorkerContext<'_, Self>) {
        ctx.clock().sleep(3_600 * SECOND).await;
    }
}

#[test]
fn a_worker_that_does_not_end_in_time_is_killed() {
    each_seed(5, |world, runtime| {
        let settings = EcosystemSettings { workers: 1, patience: 2 * SECOND, ..settings() };
        let ecosystem = world.block_on(Ecosystem::start(runtime, "stubborn", settings, |_| Stubborn)).unwrap();
        let began = runtime.clock().now();
        stop(world, runtime, &ecosystem, Stop::Now);
        assert_eq!(runtime.clock().now().since(began), 2 * SECOND);
    });
}

/// Does not start below a number.
struct Late(WorkerId);

impl Worker for Late {
    type Work = ();
    type Output = ();
    type Message = ();

    async fn init(&mut self, _: &mut WorkerContext<'_, Self>) -> Result<(), Exit> {
        if self.0 == WorkerId(2) { Err(Exit::failed(Error::new(foundation_core::Code::Io, "planned"))) } else { Ok(()) }
    }

    async fn work(&mut self, (): &(), _: &mut WorkerContext<'_, Self>) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn a_worker_that_does_not_start_is_told_and_leaves_nothing() {
    each_seed(5, |world, runtime| {
        let started = world.block_on(Ecosystem::start(runtime, "late", settings(), Late));
        let error = started.map(drop).unwrap_err();
        assert_eq!((error.child.as_str(), error.reason.to_string().contains("planned")), ("worker-2", true));
        world.run_until_idle();
        assert_eq!(world.tasks(), Vec::<&str>::new());
    });
}

#[test]
fn a_member_that_is_not_there_cannot_be_killed() {
    each_seed(1, |world, runtime| {
        let (ecosystem, _) = start(world, runtime, settings());
        assert!(!ecosystem.kill(MemberId::Coordinator(1)) && !ecosystem.kill(MemberId::Worker(WorkerId(4))));
        let _: &Ecosystem<Hand> = &ecosystem;
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}
