//! A program that takes the lock and writes, and that can be stopped with everything in it.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use foundation_core::coordination::{
    Coordination, CoordinationName, CoordinationParts, FencedStore, Guarded, Lease, LeaseSettings,
};
use foundation_core::event::NodeId;
use foundation_core::port::BoxFuture;
use foundation_core::port::clock::{Clock, Monotonic};
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::spawner::CustomSpawner;
use foundation_core::port::storage::{Bucket, Key, KeyValue, Write};
use foundation_core::{Code, Error, Result, Spawner};
use foundation_memory::SeededEntropy;
use parking_lot::Mutex;

use super::network::Network;
use super::{Accepted, Told};

/// How long leases live, in seconds.
const TTL: u32 = 2;

/// What the programs of one run share.
pub(super) struct Scene {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) spawner: Spawner,
    pub(super) store: Arc<dyn KeyValue>,
    pub(super) random: Mutex<RandomStream>,
    /// The resource in memory; the other one is in the store.
    pub(super) guarded: Guarded<Vec<Accepted>>,
    pub(super) told: Mutex<Told>,
    /// Until when each program may act, as far as it has said.
    pub(super) holds: Mutex<BTreeMap<u64, Monotonic>>,
}

impl Scene {
    /// Notes that a program may act. Clocks are the same here, so no two may at once.
    fn acts(&self, program: u64, lease: &Lease) {
        let now = self.clock.now();
        let mut holds = self.holds.lock();
        holds.insert(program, lease.deadline());
        let at_once: Vec<_> = holds.iter().filter(|(_, deadline)| **deadline > now).collect();
        assert_eq!(at_once.len(), 1, "at {now:?} they hold until {at_once:?}");
    }

    fn below(&self, n: u32) -> u32 {
        self.random.lock().below(n)
    }
}

pub(super) fn bucket() -> Bucket {
    Bucket::new("guarded").unwrap()
}

pub(super) fn key() -> Key {
    Key::new("written").unwrap()
}

pub(super) fn name() -> CoordinationName {
    CoordinationName::new("one").unwrap()
}

/// Holds every step of a program's tasks while it is stopped.
#[derive(Debug)]
struct Stoppable {
    clock: Arc<dyn Clock>,
    spawner: Spawner,
    stopped_until: Mutex<Monotonic>,
}

/// A task of a program.
struct Task {
    program: Arc<Stoppable>,
    stopped: Option<BoxFuture<'static, ()>>,
    task: BoxFuture<'static, ()>,
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(stopped) = &mut self.stopped {
                std::task::ready!(stopped.as_mut().poll(cx));
                self.stopped = None;
            }
            let until = *self.program.stopped_until.lock();
            if self.program.clock.now() >= until {
                return self.task.as_mut().poll(cx);
            }
            self.stopped = Some(self.program.clock.sleep_until(until));
        }
    }
}

impl Stoppable {
    fn task(self: &Arc<Self>, task: BoxFuture<'static, ()>) -> Task {
        Task { program: Arc::clone(self), stopped: None, task }
    }
}

#[derive(Debug)]
struct OfProgram(Arc<Stoppable>);

impl CustomSpawner for OfProgram {
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>) {
        self.0.spawner.spawn(name, self.0.task(task));
    }

    fn spawn_blocking(&self, _: &'static str, work: Box<dyn FnOnce() + Send>) {
        work();
    }

    fn spawn_thread(&self, _: &'static str, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        work();
        Ok(())
    }
}

pub(super) struct Program {
    scene: Arc<Scene>,
    number: u64,
    coordination: Coordination,
    fenced: FencedStore,
}

impl Program {
    /// Starts a program, and what stops it now and then.
    pub(super) fn start(scene: &Arc<Scene>, number: u64) {
        let stoppable = Arc::new(Stoppable {
            clock: Arc::clone(&scene.clock),
            spawner: scene.spawner.clone(),
            stopped_until: Mutex::default(),
        });
        let store: Arc<dyn KeyValue> = Arc::new(Network(Arc::clone(scene)));
        let seed = scene.random.lock().next_u64();
        let coordination = Coordination::new(CoordinationParts {
            store: Arc::clone(&store),
            clock: Arc::clone(&scene.clock),
            spawner: Spawner::Custom(Arc::new(OfProgram(Arc::clone(&stoppable)))),
            entropy: Arc::new(SeededEntropy::new(seed)),
            node: NodeId::new(format!("n{number}")).unwrap(),
        })
        .with_leases(LeaseSettings::seconds(TTL));
        let fenced = FencedStore::new(store, bucket(), &name()).unwrap();
        let program = Self { scene: Arc::clone(scene), number, coordination, fenced };
        scene.spawner.spawn("program", stoppable.task(Box::pin(program.run())));

        let scene = Arc::clone(scene);
        scene.spawner.clone().spawn("stops the program", async move {
            loop {
                scene.clock.sleep(Duration::from_millis(u64::from(scene.below(5_000)))).await;
                // Up to four times as long as a lease.
                let pause = Duration::from_millis(u64::from(scene.below(TTL * 4_000)));
                *stoppable.stopped_until.lock() = scene.clock.now() + pause;
                scene.clock.sleep(pause).await;
            }
        });
    }

    async fn run(self) {
        loop {
            let until = self.scene.clock.now() + Duration::from_secs(10);
            match self.coordination.lock(&name()).unwrap().take(until).await {
                Ok(lease) => self.hold(lease).await,
                // Others had it, or the store did not answer.
                Err(_) => self.think(500).await,
            }
        }
    }

    /// Computes for a while; it may be stopped meanwhile.
    async fn think(&self, most_millis: u32) {
        self.scene.clock.sleep(Duration::from_micros(u64::from(self.scene.below(most_millis * 1_000)))).await;
    }

    async fn hold(&self, lease: Lease) {
        if let Ok(token) = lease.token() {
            self.scene.told.lock().holders.push((token, self.number));
        }
        for _ in 0..=self.scene.below(6) {
            if let Err(error) = self.write(&lease).await {
                match error.code() {
                    Code::LeaseLost => self.scene.told.lock().lost += 1,
                    Code::Fenced | Code::OutcomeUnknown | Code::Timeout => {}
                    code => panic!("{code:?}: {error}"),
                }
                break;
            }
            self.think(600).await;
        }
        self.scene.holds.lock().remove(&self.number);
        if self.scene.below(2) == 0 {
            // Its answer may be lost as any other.
            let _ = lease.release().await;
        }
    }

    /// Looks at the lease, computes what to write, and writes it to both resources.
    async fn write(&self, lease: &Lease) -> Result<()> {
        let token = lease.token()?;
        self.scene.acts(self.number, lease);
        self.think(200).await;
        let writer = self.count(1, self.fenced.admit(token).await)?;
        self.think(200).await;
        let (scene, program) = (Arc::clone(&self.scene), self.number);
        let sent = self
            .scene
            .remotely(async move { scene.guarded.with(token, |list| list.push(Accepted { token, program })) });
        if let Some(answer) = sent.await {
            self.count(0, answer)?;
        }
        let mut value = token.as_u64().to_be_bytes().to_vec();
        value.extend(self.number.to_be_bytes());
        self.count(1, writer.write(Write::put(key(), value)).await).map(drop)
    }

    fn count<T>(&self, resource: usize, answer: Result<T>) -> Result<T, Error> {
        if answer.as_ref().is_err_and(|error| error.code() == Code::Fenced) {
            self.scene.told.lock().refused[resource] += 1;
        }
        answer
    }
}
