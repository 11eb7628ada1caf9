//! The same on several real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foundation_core::event::NodeId;
use foundation_core::message::{Credit, Flow, FlowError};
use foundation_core::{ChildSpec, Context, Exit, Process, Runtime, RuntimeParts, Spawner, Supervisor, Telemetry};
use foundation_memory::{SeededEntropy, SystemClock};
use futures_util::future::join_all;

use crate::support::SECOND;

const GRANTED: u32 = 16;

/// What the test itself counts.
#[derive(Default)]
struct Counts {
    in_flight: AtomicU64,
    most: AtomicU64,
    handled: AtomicU64,
}

struct Work {
    counts: Arc<Counts>,
    /// Which life granted its credit.
    life: u64,
    _credit: Credit,
}

impl Drop for Work {
    fn drop(&mut self) {
        // Before its credit goes back.
        self.counts.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Consumer(Flow<Work>);

impl Process for Consumer {
    type Message = Work;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(self.0.open(ctx, GRANTED)?)
    }

    async fn handle(&mut self, work: Work, ctx: &mut Context<Self>) -> Result<(), Exit> {
        assert_eq!(work.life, ctx.process_ref().incarnation);
        work.counts.handled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Runs 8 producers of so many messages; one of them kills the consumer after every `kill_every` of its messages.
fn run(messages: u64, kill_every: Option<u64>) -> (u64, Arc<Counts>) {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    threads.block_on(async {
        let runtime = Runtime::new(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SeededEntropy::new(1)),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        });
        let (flow, counts) = (Flow::new(), Arc::new(Counts::default()));
        let own = flow.clone();
        let spec = ChildSpec::new("consumer", move || Consumer(own.clone()));
        let consumer = spec.address();
        let tree = Supervisor::one_for_one().intensity(u32::MAX, SECOND).child(spec);
        let tree = runtime.supervise("tree", tree).await.unwrap();
        let producers = (0..8).map(|producer| {
            let (flow, counts, consumer) = (flow.clone(), Arc::clone(&counts), consumer.clone());
            let (done, wait) = futures_channel::oneshot::channel();
            runtime.spawner().spawn("producer", async move {
                let mut sent = 0;
                for number in 0..messages {
                    if producer == 0 && kill_every.is_some_and(|every| number % every == every - 1) {
                        consumer.kill();
                    }
                    let life = flow.opened().await.unwrap().incarnation;
                    let Ok(permit) = flow.reserve().await else { continue };
                    // The permit may be of the life after the one that was seen; then it is not used.
                    if flow.opened().await.unwrap().incarnation != life {
                        continue;
                    }
                    let now = counts.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
                    counts.most.fetch_max(now, Ordering::SeqCst);
                    let counts = Arc::clone(&counts);
                    match permit.send(|credit| Work { counts, life, _credit: credit }) {
                        Ok(()) => sent += 1,
                        Err(unsent) => {
                            let why = &unsent.reason;
                            assert!(matches!(why, FlowError::Ended(_) | FlowError::Refused(_)), "{why}");
                        }
                    }
                }
                // The test may have failed already.
                let _ = done.send(sent);
            });
            wait
        });
        let sent = join_all(producers).await.into_iter().map(Result::unwrap).sum();
        tree.shutdown().await;
        let ledger = runtime.ledger();
        assert_eq!((ledger.queued, ledger.is_balanced()), (0, true), "{ledger:?}");
        assert_eq!(counts.handled.load(Ordering::Relaxed) + ledger.undelivered, sent, "{ledger:?}");
        (sent, counts)
    })
}

#[test]
fn many_producers_keep_to_the_credit_and_lose_nothing() {
    let (sent, counts) = run(5_000, None);
    assert_eq!(sent, 40_000);
    assert!(counts.most.load(Ordering::SeqCst) <= u64::from(GRANTED), "{:?}", counts.most);
}

#[test]
fn no_message_reaches_another_life_than_the_one_that_granted_its_credit() {
    let (sent, counts) = run(5_000, Some(10));
    assert!(sent > 1_000 && counts.handled.load(Ordering::Relaxed) > 100, "{sent}");
}
