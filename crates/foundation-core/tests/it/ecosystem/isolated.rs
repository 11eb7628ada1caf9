//! Work on threads of its own.

use std::sync::Arc;
use std::sync::mpsc;

use foundation_core::ecosystem::{Cancellation, IsolatedError, Isolation, MemberId, Stop};
use foundation_core::event::NodeId;
use foundation_core::port::clock::Clock as _;
use foundation_core::{
    Ecosystem, EcosystemSettings, Error, Runtime, RuntimeParts, Spawner, Telemetry, Worker, WorkerContext, WorkerId,
};
use foundation_memory::{SeededEntropy, Simulation, VirtualClock};

use super::{ENDLESS, stop};
use crate::support::{SECOND, each_seed, runtime_on};

/// Real threads, and a clock that only the test moves.
fn on_threads<F: Future<Output = ()>>(test: impl FnOnce(Runtime, Arc<VirtualClock>) -> F) {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    threads.block_on(async {
        let clock = Arc::new(VirtualClock::new());
        let runtime = Runtime::new(RuntimeParts {
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(1)),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        });
        test(runtime, clock).await;
    });
}

#[test]
fn isolated_work_has_a_thread_of_its_own_and_answers_its_result() {
    on_threads(|runtime, _| async move {
        let isolation = Isolation::new(&runtime, "test");
        let name = |_: &Cancellation| std::thread::current().name().map(str::to_owned);
        let isolated = isolation.run("sums", Some(SECOND), name).await.unwrap();
        assert_eq!(isolated.as_deref(), Some("sums"));
        isolation.quiet().await;
        assert_eq!(isolation.threads(), []);
    });
}

#[test]
fn a_panic_of_isolated_work_is_told_with_its_text() {
    on_threads(|runtime, _| async move {
        let isolation = Isolation::new(&runtime, "test");
        let panicked = isolation.run("panics", None, |_| -> u64 { panic!("planned {}", 1 + 1) }).await;
        assert_eq!(panicked, Err(IsolatedError::Panicked("planned 2".to_owned())));
        isolation.quiet().await;
    });
}

#[test]
fn work_that_looks_ends_when_it_is_cancelled_or_nobody_waits() {
    on_threads(|runtime, _| async move {
        let isolation = Isolation::new(&runtime, "test");
        let until_cancelled = |cancellation: &Cancellation| {
            while !cancellation.is_cancelled() {
                std::thread::yield_now();
            }
        };
        let cancelled = isolation.run("looks", None, until_cancelled);
        cancelled.cancel();
        assert_eq!(cancelled.await, Err(IsolatedError::Cancelled));
        drop(isolation.run("looks", None, until_cancelled));
        isolation.quiet().await;
        assert_eq!(isolation.abandoned(), 0);
    });
}

#[test]
fn work_that_does_not_look_is_answered_for_in_time_and_counted_until_it_ends() {
    on_threads(|runtime, clock| async move {
        let isolation = Isolation::new(&runtime, "test");
        let (release, wait) = mpsc::channel::<()>();
        let mut stubborn = isolation.run("stubborn", Some(SECOND), move |_| wait.recv().is_ok());
        assert!(futures_util::poll!(&mut stubborn).is_pending());
        clock.advance(SECOND);
        assert_eq!(stubborn.await, Err(IsolatedError::TimedOut(SECOND)));
        clock.advance(SECOND);
        let threads = isolation.threads();
        assert_eq!((isolation.abandoned(), threads.len()), (1, 1));
        assert_eq!((threads[0].name, threads[0].running_for, threads[0].is_abandoned), ("stubborn", 2 * SECOND, true));
        release.send(()).unwrap();
        isolation.quiet().await;
        assert_eq!((isolation.abandoned(), isolation.threads()), (0, Vec::new()));
    });
}

#[test]
fn on_a_simulation_isolated_work_is_one_step_and_its_time_is_the_worlds() {
    let run = |seed| {
        let world = Simulation::new(seed);
        let isolation = Isolation::new(&runtime_on(&world, Telemetry::none()), "test");
        let takes = |span| {
            let clock = world.clock();
            isolation.run("takes", Some(SECOND), move |_| {
                clock.advance(span);
                span
            })
        };
        assert_eq!(world.block_on(takes(SECOND)), Ok(SECOND), "an answer at the deadline counts");
        assert_eq!(world.block_on(takes(2 * SECOND)), Err(IsolatedError::TimedOut(SECOND)));
        let (quick, slow, cancelled) = (takes(SECOND / 4), takes(SECOND / 2), takes(SECOND / 8));
        cancelled.cancel();
        let both = world.block_on(futures_util::future::join(quick, slow));
        assert_eq!(both, (Ok(SECOND / 4), Ok(SECOND / 2)));
        let cancelled = world.block_on(cancelled);
        assert!(matches!(cancelled, Ok(_) | Err(IsolatedError::Cancelled)), "whichever came first");
        world.run_until_idle();
        assert_eq!(isolation.threads(), []);
        (world.fingerprint(), world.clock().now())
    };
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}

#[test]
fn work_that_never_runs_is_told() {
    let world = Simulation::new(1);
    let isolation = Isolation::new(&runtime_on(&world, Telemetry::none()), "test");
    let never = isolation.run("never", None, |_| 1);
    drop(world);
    let ended = Simulation::new(2).block_on(never);
    assert!(matches!(ended, Err(IsolatedError::NotStarted(_))), "{ended:?}");
    assert_eq!(isolation.threads(), []);
}

/// Computes on a thread of its own, for as long as it is given.
struct Computer;

impl Worker for Computer {
    type Work = u64;
    type Output = u64;
    type Message = ();

    async fn work(&mut self, number: &u64, ctx: &mut WorkerContext<'_, Self>) -> Result<u64, Error> {
        let number = *number;
        Ok(ctx.isolate("computes", Some(SECOND), move |_| number * number).await?)
    }
}

#[test]
fn a_worker_may_compute_on_a_thread() {
    each_seed(5, |world, runtime| {
        let settings = EcosystemSettings { intensity: ENDLESS, ..EcosystemSettings::default() };
        let ecosystem = world.block_on(Ecosystem::start(runtime, "computers", settings, |_| Computer)).unwrap();
        assert_eq!(world.block_on(ecosystem.run(12_u64)).unwrap(), 144);
        assert_eq!(stop(world, runtime, &ecosystem, Stop::Now).abandoned_threads, 0);
    });
}

/// Waits on a thread until the test lets it go, and does not look.
struct Waiter(Arc<parking_lot::Mutex<Option<mpsc::Receiver<()>>>>);

impl Worker for Waiter {
    type Work = ();
    type Output = bool;
    type Message = ();

    async fn work(&mut self, (): &(), ctx: &mut WorkerContext<'_, Self>) -> Result<bool, Error> {
        let wait = self.0.lock().take();
        Ok(ctx.isolate("waits", None, move |_| wait.is_none_or(|wait| wait.recv().is_ok())).await?)
    }
}

#[test]
fn a_thread_that_a_dead_worker_leaves_behind_is_seen_and_counted() {
    on_threads(|runtime, _| async move {
        let (release, wait) = mpsc::channel::<()>();
        let wait = Arc::new(parking_lot::Mutex::new(Some(wait)));
        let settings = EcosystemSettings { workers: 1, intensity: ENDLESS, ..EcosystemSettings::default() };
        let ecosystem =
            Ecosystem::start(&runtime, "waiters", settings, move |_| Waiter(Arc::clone(&wait))).await.unwrap();
        let job = ecosystem.submit(()).await.unwrap();
        while ecosystem.info().threads.is_empty() {
            tokio::task::yield_now().await;
        }
        ecosystem.kill(MemberId::Worker(WorkerId(0)));
        // Its next life finds nothing to wait for.
        assert!(job.await.unwrap());
        let info = ecosystem.info();
        assert!(info.threads[0].is_abandoned && info.to_string().contains("abandoned"), "{info}");
        assert_eq!(ecosystem.health().to_string(), "degraded: abandoned threads: 1 (degraded)");
        let stopped = ecosystem.shutdown(Stop::Drain(SECOND)).await;
        assert_eq!((stopped.is_drained, stopped.abandoned_threads), (true, 1));
        drop(release);
    });
}
