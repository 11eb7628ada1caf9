//! The same on several real threads, where no seed decides what runs next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foundation_core::ecosystem::{MemberId, Stop, Token, WhenFull};
use foundation_core::event::NodeId;
use foundation_core::port::entropy::RandomStream;
use foundation_core::{
    Ecosystem, EcosystemSettings, Error, Exit, Runtime, RuntimeParts, Spawner, Telemetry, Topology, Worker,
    WorkerContext, WorkerId,
};
use foundation_memory::{SeededEntropy, SystemClock};
use futures_channel::mpsc;
use futures_util::StreamExt as _;

/// Far beyond what is needed, so that only a hang meets it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers a number with the one after it, after letting others run.
struct Counter;

impl Worker for Counter {
    type Work = u64;
    type Output = u64;
    type Message = ();

    async fn work(&mut self, number: &u64, _: &mut WorkerContext<'_, Self>) -> Result<u64, Error> {
        tokio::task::yield_now().await;
        Ok(number + 1)
    }
}

/// Runs `test` on four threads.
fn on_threads<F: Future<Output = ()>>(test: impl FnOnce(Runtime) -> F) {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    threads.block_on(async {
        test(Runtime::new(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SeededEntropy::new(1)),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        }))
        .await;
    });
}

#[test]
fn every_item_is_over_once_while_members_are_killed() {
    const SUBMITTERS: u64 = 8;
    const ITEMS: u64 = 2_000;
    for topology in [Topology::Star, Topology::Tree { fan_out: 3 }, Topology::Mesh] {
        on_threads(|runtime| async move {
            let settings = EcosystemSettings {
                workers: 8,
                topology,
                queue: 16,
                when_full: WhenFull::Wait(PATIENCE),
                attempts: u32::MAX,
                intensity: (u32::MAX, PATIENCE),
                ..EcosystemSettings::default()
            };
            let ecosystem = Ecosystem::start(&runtime, "counters", settings, |_| Counter).await.unwrap();
            let coordinators = ecosystem.info().coordinators.len() as u32;
            let submitters: Vec<_> = (0..SUBMITTERS)
                .map(|submitter| {
                    let ecosystem = ecosystem.clone();
                    let (done, wait) = futures_channel::oneshot::channel();
                    runtime.spawner().spawn("submitter", async move {
                        let mut random = RandomStream::new(3, submitter);
                        let mut dropped = 0;
                        for number in 0..ITEMS {
                            match random.below(100) {
                                0 => drop(ecosystem.kill(MemberId::Coordinator(random.below(coordinators) as usize))),
                                1..=4 => drop(ecosystem.kill(MemberId::Worker(WorkerId(random.below(8) as usize)))),
                                5 => {
                                    drop(ecosystem.submit(number).await.unwrap());
                                    dropped += 1;
                                    continue;
                                }
                                _ => {}
                            }
                            assert_eq!(ecosystem.run(number).await.unwrap(), number + 1);
                        }
                        done.send(dropped).unwrap();
                    });
                    wait
                })
                .collect();
            let mut dropped = 0;
            for submitter in submitters {
                dropped += submitter.await.unwrap();
            }
            let stopped = ecosystem.shutdown(Stop::Drain(PATIENCE)).await;
            assert!(stopped.is_drained);
            let totals = ecosystem.totals();
            assert_eq!((totals.accepted, totals.failed, totals.shut_down), (SUBMITTERS * ITEMS, 0, 0), "{totals:?}");
            assert_eq!(totals.done + totals.cancelled, totals.accepted, "{totals:?}");
            assert!(totals.cancelled <= dropped, "{totals:?}, {dropped} dropped");
        });
    }
}

/// Tells of each stay of the token, and how many have it at that moment.
struct Link(mpsc::UnboundedSender<(WorkerId, Token, usize)>, Arc<AtomicUsize>);

/// Counts a holder, until it is dropped, however that comes.
struct Holding(Arc<AtomicUsize>);

impl Drop for Holding {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Worker for Link {
    type Work = ();
    type Output = ();
    type Message = ();

    async fn work(&mut self, (): &(), _: &mut WorkerContext<'_, Self>) -> Result<(), Error> {
        Ok(())
    }

    async fn token(&mut self, token: Token, ctx: &mut WorkerContext<'_, Self>) -> Result<(), Exit> {
        let holders = self.1.fetch_add(1, Ordering::SeqCst) + 1;
        let _holding = Holding(Arc::clone(&self.1));
        self.0.unbounded_send((ctx.id(), token, holders)).map_err(|_| Exit::Normal)?;
        tokio::task::yield_now().await;
        Ok(())
    }
}

#[test]
fn one_token_goes_round_while_members_are_killed() {
    on_threads(|runtime| async move {
        let (told, mut stays) = mpsc::unbounded();
        let holders = Arc::new(AtomicUsize::new(0));
        let settings = EcosystemSettings {
            workers: 5,
            topology: Topology::Ring { pace: Duration::ZERO },
            intensity: (u32::MAX, PATIENCE),
            ..EcosystemSettings::default()
        };
        let make = move |_| Link(told.clone(), Arc::clone(&holders));
        let ecosystem = Ecosystem::start(&runtime, "links", settings, make).await.unwrap();
        let mut random = RandomStream::new(4, 1);
        let mut last = Token::default();
        // The test goes on with each stay, so a token that is lost for good is a hang.
        for stay in 0..400 {
            let (worker, token, holders) = stays.next().await.unwrap();
            assert_eq!(holders, 1, "at {token:?}");
            assert!(token.hop > last.hop && token.epoch >= last.epoch, "{last:?} then {token:?}");
            last = token;
            match random.below(6) {
                _ if stay > 300 => {}
                0 => drop(ecosystem.kill(MemberId::Coordinator(0))),
                1 => drop(ecosystem.kill(MemberId::Worker(worker))),
                2 => drop(ecosystem.kill(MemberId::Worker(WorkerId(random.below(5) as usize)))),
                _ => {}
            }
        }
        let epoch = last.epoch;
        assert!(epoch > 20, "{last:?}: the token was lost now and then");
        ecosystem.shutdown(Stop::Now).await;
    });
}
