//! The same on several real threads, where no seed decides what runs next.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::ecosystem::{MemberId, Stop, WhenFull};
use foundation_core::event::NodeId;
use foundation_core::port::entropy::RandomStream;
use foundation_core::{
    Ecosystem, EcosystemSettings, Error, Runtime, RuntimeParts, Spawner, Telemetry, Topology, Worker, WorkerContext,
    WorkerId,
};
use foundation_memory::{SeededEntropy, SystemClock};

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

#[test]
fn every_item_is_over_once_while_members_are_killed() {
    const SUBMITTERS: u64 = 8;
    const ITEMS: u64 = 2_000;
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    for topology in [Topology::Star, Topology::Tree { fan_out: 3 }] {
        threads.block_on(async {
            let runtime = Runtime::new(RuntimeParts {
                clock: Arc::new(SystemClock::new()),
                entropy: Arc::new(SeededEntropy::new(1)),
                spawner: Spawner::current().unwrap(),
                node: NodeId::new("test").unwrap(),
                telemetry: Telemetry::none(),
            });
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
