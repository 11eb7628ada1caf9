//! Producers, a consumer that is killed and restarted, and chance: never more on its way than was granted, and no
//! message in another life than the one that granted its credit.

use std::collections::BTreeMap;
use std::sync::Arc;

use foundation_core::event::ProcessRef;
use foundation_core::message::{Credit, Flow, FlowError};
use foundation_core::port::clock::deadline;
use foundation_core::port::entropy::RandomStream;
use foundation_core::{Backoff, ChildSpec, Context, Exit, Process, Supervisor};
use parking_lot::Mutex;

use crate::support::{MILLISECOND, SECOND, each_seed};

/// How many parcels of each life are not done, as the test itself counts them.
#[derive(Default)]
struct Gauge {
    now: BTreeMap<ProcessRef, u32>,
    most: u32,
}

/// Counts itself as long as it lives.
struct Counted {
    gauge: Arc<Mutex<Gauge>>,
    life: ProcessRef,
}

impl Counted {
    fn new(gauge: &Arc<Mutex<Gauge>>, life: ProcessRef) -> Self {
        let mut counts = gauge.lock();
        let now = counts.now.entry(life).or_default();
        *now += 1;
        let now = *now;
        counts.most = counts.most.max(now);
        drop(counts);
        Self { gauge: Arc::clone(gauge), life }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(now) = self.gauge.lock().now.get_mut(&self.life) {
            *now -= 1;
        }
    }
}

/// Fields are dropped in order: it is counted until its credit goes back.
struct Work {
    counted: Counted,
    _credit: Credit,
}

const GRANTED: u32 = 5;

/// Takes its time over each piece of work, keeps some of it, and ends now and then.
struct Consumer {
    flow: Flow<Work>,
    random: RandomStream,
    kept: Vec<Work>,
    strangers: Arc<Mutex<u32>>,
}

impl Process for Consumer {
    type Message = Work;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.clock().sleep(MILLISECOND * self.random.below(3)).await;
        Ok(self.flow.open(ctx, GRANTED)?)
    }

    async fn handle(&mut self, work: Work, ctx: &mut Context<Self>) -> Result<(), Exit> {
        if work.counted.life != ctx.process_ref() {
            *self.strangers.lock() += 1;
        }
        ctx.clock().sleep(MILLISECOND * self.random.below(4)).await;
        match self.random.below(30) {
            0 => panic!("planned"),
            1..8 => self.kept.push(work),
            8..16 => self.kept.clear(),
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn never_more_in_flight_than_was_granted_over_kills_and_restarts() {
    let mut reached = 0;
    let reached_now = Mutex::new(&mut reached);
    each_seed(100, |world, runtime| {
        let flow: Flow<Work> = Flow::new();
        let (gauge, strangers) = (Arc::new(Mutex::new(Gauge::default())), Arc::new(Mutex::new(0)));
        let (own, found, seed) = (flow.clone(), Arc::clone(&strangers), world.seed());
        let lives = Mutex::new(100_u64);
        let spec = ChildSpec::new("consumer", move || {
            let mut lives = lives.lock();
            *lives += 1;
            let random = RandomStream::new(seed, *lives);
            Consumer { flow: own.clone(), random, kept: Vec::new(), strangers: Arc::clone(&found) }
        })
        .backoff(Backoff { initial: MILLISECOND, max: 3 * MILLISECOND, ..Backoff::default() });
        let consumer = spec.address();
        let tree = Supervisor::one_for_one().intensity(10_000, SECOND).child(spec);
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();

        for producer in 0..6 {
            let (flow, gauge, clock) = (flow.clone(), Arc::clone(&gauge), runtime.clock().clone());
            let (consumer, mut random) = (consumer.clone(), RandomStream::new(world.seed(), producer));
            world.spawner().spawn("producer", async move {
                let mut permits = Vec::new();
                for _ in 0..40 {
                    let Ok(life) = flow.opened().await else { return };
                    if random.below(60) == 0 {
                        consumer.kill();
                    }
                    let until = clock.now() + MILLISECOND * (1 + random.below(20));
                    match deadline(&*clock, until, flow.reserve()).await {
                        Ok(Ok(permit)) => permits.push((life, permit)),
                        Ok(Err(FlowError::Ended(_))) | Err(_) => {}
                        Ok(Err(other)) => panic!("{other}"),
                    }
                    // Some are used much later, some in another life, some never.
                    clock.sleep(MILLISECOND * random.below(3)).await;
                    if random.below(4) > 0
                        && let Some((life, permit)) = permits.pop()
                    {
                        let counted = Counted::new(&gauge, life);
                        let sent = permit.send(|credit| Work { counted, _credit: credit });
                        if let Err(unsent) = sent {
                            let ended = matches!(unsent.reason, FlowError::Ended(_) | FlowError::Refused(_));
                            assert!(ended, "{unsent:?}");
                        }
                    }
                    if random.below(10) == 0 {
                        permits.clear();
                    }
                }
            });
        }
        for _ in 0..200 {
            world.advance(3 * MILLISECOND);
            let counts = flow.counts();
            assert_eq!(counts.free + counts.held + counts.in_flight + counts.returned, counts.granted, "{counts:?}");
        }
        world.advance(100 * SECOND);
        assert_eq!(world.tasks().iter().filter(|name| **name == "producer").count(), 0, "a producer hangs");
        assert_eq!(*strangers.lock(), 0, "work of one life reached another");
        let most = gauge.lock().most;
        assert!(most <= GRANTED, "{most} in flight");
        **reached_now.lock() += u32::from(most == GRANTED);
        world.block_on(tree.shutdown());
        assert!(gauge.lock().now.values().all(|now| *now == 0));
    });
    assert!(reached > 50, "the limit was reached in {reached} of 100 runs only");
}
