//! How an ecosystem stands, and whether it is well.

use foundation_core::ecosystem::{EcosystemPhase, HealthLimits, HealthStatus, MemberId, Stop};
use foundation_core::{
    Backoff, ChildState, Ecosystem, EcosystemSettings, Error, Exit, Topology, Worker, WorkerContext, WorkerId,
};

use super::{ENDLESS, Task, start, stop};
use crate::support::{SECOND, each_seed};

#[test]
fn it_is_told_as_data_and_as_text() {
    each_seed(5, |world, runtime| {
        let topology = Topology::Tree { fan_out: 2 };
        let settings =
            EcosystemSettings { workers: 3, topology, queue: 5, credit: 1, intensity: ENDLESS, ..Default::default() };
        let (ecosystem, _) = start(world, runtime, settings);
        let jobs: Vec<_> = (0..5).map(|number| ecosystem.try_submit(Task::Take(SECOND, number)).unwrap()).collect();
        ecosystem.try_submit(Task::Give(6)).unwrap_err();
        world.run_until_idle();
        let info = ecosystem.info();
        assert_eq!((info.queued, info.in_flight, info.capacity, info.phase), (2, 3, 5, EcosystemPhase::Open));
        assert_eq!((info.totals.accepted, info.totals.refused, info.totals.attempts), (5, 1, 3));
        let members: Vec<_> = info.coordinators.iter().chain(&info.workers).map(|member| member.member).collect();
        let coordinators = (0..3).map(MemberId::Coordinator);
        assert_eq!(members, coordinators.chain((0..3).map(|id| MemberId::Worker(WorkerId(id)))).collect::<Vec<_>>());
        assert_eq!(
            info.to_string(),
            "hands (tree of 2, open): 2 of 5 items queued, 3 in flight, 0 submissions waiting; 5 accepted: 0 done, \
             0 failed, 0 cancelled, 0 cut off; 0 handed out again; 0 bytes
  coordinator-0  running      life 1, 2 items, 0 messages, 0 bytes
  coordinator-1  running      life 1, 0 items, 0 messages, 0 bytes
  coordinator-2  running      life 1, 0 items, 0 messages, 0 bytes
  worker-0       running      life 1, 1 items, 0 messages, 0 bytes
  worker-1       running      life 1, 1 items, 0 messages, 0 bytes
  worker-2       running      life 1, 1 items, 0 messages, 0 bytes"
        );
        let data = postcard::to_allocvec(&(&info, ecosystem.health())).unwrap();
        assert!(data.windows(5).any(|bytes| bytes == b"hands"));
        drop(jobs);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

#[test]
fn its_health_follows_deaths_restarts_and_its_end() {
    each_seed(10, |world, runtime| {
        let settings = EcosystemSettings {
            workers: 2,
            worker_backoff: Some(Backoff { initial: 10 * SECOND, jitter: 0.0, ..Backoff::default() }),
            intensity: ENDLESS,
            ..EcosystemSettings::default()
        };
        let (ecosystem, _) = start(world, runtime, settings);
        assert_eq!(ecosystem.health().to_string(), "healthy");
        ecosystem.kill(MemberId::Worker(WorkerId(0)));
        world.advance(SECOND);
        assert_eq!(ecosystem.health().to_string(), "degraded: running workers: 1 of 2 (1 restarting) (degraded)");
        assert_eq!(ecosystem.info().workers[0].state, ChildState::Restarting);
        ecosystem.kill(MemberId::Worker(WorkerId(1)));
        world.advance(SECOND);
        assert_eq!(ecosystem.health().status, HealthStatus::Critical);
        world.advance(10 * SECOND);
        assert_eq!(ecosystem.health().to_string(), "healthy");
        assert_eq!(ecosystem.info().workers.iter().map(|worker| worker.lives).collect::<Vec<_>>(), [2, 2]);
        stop(world, runtime, &ecosystem, Stop::Now);
        assert_eq!(ecosystem.info().phase, EcosystemPhase::Over);
        assert_eq!(ecosystem.health().status, HealthStatus::Critical);
    });
}

#[test]
fn its_health_follows_its_backlog() {
    each_seed(5, |world, runtime| {
        let settings = EcosystemSettings { workers: 1, credit: 1, queue: 10, intensity: ENDLESS, ..Default::default() };
        let (ecosystem, _) = start(world, runtime, settings);
        let mut jobs = Vec::new();
        let mut health_with = |count: usize| {
            while jobs.len() < count {
                jobs.push(ecosystem.try_submit(Task::Take(SECOND, 1)).unwrap());
                world.run_until_idle();
            }
            ecosystem.health().to_string()
        };
        assert_eq!(health_with(8), "healthy", "one at hand, seven queued");
        assert_eq!(health_with(9), "degraded: 8 items are queued, with a limit of 10 (degraded)");
        assert_eq!(health_with(11), "critical: 10 items are queued, with a limit of 10 (critical)");
        world.advance(11 * SECOND);
        assert_eq!(ecosystem.health().to_string(), "healthy");
        drop(jobs);
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}

/// Holds as much as it is given.
struct Hoarder;

impl Worker for Hoarder {
    type Work = i64;
    type Output = ();
    type Message = ();

    async fn init(&mut self, ctx: &mut WorkerContext<'_, Self>) -> Result<(), Exit> {
        ctx.account_memory(100);
        Ok(())
    }

    async fn work(&mut self, bytes: &i64, ctx: &mut WorkerContext<'_, Self>) -> Result<(), Error> {
        ctx.account_memory(*bytes);
        Ok(())
    }
}

#[test]
fn its_health_follows_the_memory_that_its_workers_tell_of() {
    each_seed(5, |world, runtime| {
        let limits = HealthLimits { memory_bytes: Some(1_000), ..HealthLimits::default() };
        let settings = EcosystemSettings { workers: 2, limits, intensity: ENDLESS, ..Default::default() };
        let ecosystem = world.block_on(Ecosystem::start(runtime, "hoarders", settings, |_| Hoarder)).unwrap();
        assert_eq!((ecosystem.info().memory_bytes, ecosystem.health().to_string().as_str()), (200, "healthy"));
        world.block_on(ecosystem.run(600)).unwrap();
        let degraded = "degraded: its workers hold 800 bytes, with a limit of 1000 (degraded)";
        assert_eq!(ecosystem.health().to_string(), degraded);
        world.block_on(ecosystem.run(200)).unwrap();
        assert_eq!(ecosystem.health().status, HealthStatus::Critical);
        for worker in 0..2 {
            ecosystem.kill(MemberId::Worker(WorkerId(worker)));
        }
        world.run_until_idle();
        assert_eq!((ecosystem.info().memory_bytes, ecosystem.health().to_string().as_str()), (200, "healthy"));
        stop(world, runtime, &ecosystem, Stop::Now);
    });
}
