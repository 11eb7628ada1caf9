//! Starts, restarts and ecosystems of our processes, all of them supervised.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foundation_core::port::registry::{Metadata, Namespace, RegisteredName};
use foundation_core::registry::{Names, ProcessRegistry};
use foundation_core::{
    Address, ChildSpec, ChildTemplate, Context, DynamicSupervisor, Exit, MailboxSettings, Process, Restart, Supervisor,
};
use tokio::sync::{mpsc, oneshot};

use super::{UNBOUNDED, runtime, stop};
use crate::idle::{Kept, all_up};
use crate::lookup;
use crate::measure::median;
use crate::stopwatch::{Finish, Stopwatch, micros, millis, rate};
use crate::variant::{LOOKUP_NAMES, PLANNED, Payload, Phase, Trouble, name_of};

/// A process that waits; where it has a name, it registers it before it is up.
struct Idler(Option<RegisteredName>);

impl Process for Idler {
    type Message = ();

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match &self.0 {
            Some(name) => register(name, ctx).await,
            None => Ok(()),
        }
    }

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

/// A dynamic supervisor's child is started, up after its `init`, stopped, and gone after its end, one after the other;
/// who asks is a process, too. A name goes when the life ends.
pub(super) async fn start_stop(n: u64, named: bool) -> f64 {
    let tree = DynamicSupervisor::new("starts");
    tree.start(&runtime()).await.expect("it starts");
    let (took, round) = oneshot::channel();
    let starter = runtime().spawn("starter", Starter { tree: tree.clone(), named, took: Some(took) });
    starter.try_cast(n).expect("the starter runs");
    let took = round.await.expect("the starter tells");
    tree.shutdown().await;
    rate(n, took)
}

struct Starter {
    tree: DynamicSupervisor,
    named: bool,
    took: Option<oneshot::Sender<Duration>>,
}

impl Process for Starter {
    type Message = u64;

    async fn handle(&mut self, starts: u64, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        let idler = ChildTemplate::new("idler", |name: &Option<RegisteredName>| Idler(name.clone()));
        let idler = idler.restart(Restart::Temporary);
        let begun = Instant::now();
        for i in 0..starts {
            let name = self.named.then(|| registered(i));
            let child = self.tree.start_child(&idler, name).await.expect("the child starts");
            self.tree.terminate_child(&child).await.expect("the child runs");
        }
        if let Some(took) = self.took.take() {
            let _ = took.send(begun.elapsed());
        }
        Err(Exit::Normal)
    }
}

struct Crash;

/// Notes each of its lives.
struct Victim {
    name: RegisteredName,
    up: mpsc::UnboundedSender<Instant>,
}

impl Process for Victim {
    type Message = Crash;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        register(&self.name, ctx).await?;
        let _ = self.up.send(Instant::now());
        Ok(())
    }

    async fn handle(&mut self, _message: Crash, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        std::panic::panic_any(PLANNED)
    }
}

/// One permanent child below a one_for_one supervisor that counts its restarts; its `init` registers its
/// name and notes that it is up.
pub(super) async fn restart(n: u64, trouble: Trouble) -> f64 {
    let (up, mut ups) = mpsc::unbounded_channel();
    let victim_name = RegisteredName::new("victim").expect("a name");
    let child = ChildSpec::new("victim", move || Victim { name: victim_name.clone(), up: up.clone() });
    let victim = child.address();
    let supervisor = Supervisor::one_for_one().intensity(u32::MAX, Duration::from_secs(1)).child(child);
    let tree = runtime().supervise("restarts", supervisor).await.expect("it starts");
    ups.recv().await.expect("the process runs");
    let mut took = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let begun = Instant::now();
        match trouble {
            Trouble::Kill => victim.kill(),
            Trouble::Panic => victim.try_cast(Crash).expect("the process runs"),
        }
        let is_up = ups.recv().await.expect("the process is restarted");
        took.push(micros(is_up - begun));
    }
    tree.shutdown().await;
    median(&took)
}

/// Counts who joins.
struct Coordinator {
    left: u64,
    finish: Finish,
}

struct Join;

impl Process for Coordinator {
    type Message = Join;

    async fn handle(&mut self, _join: Join, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.left -= 1;
        if self.left == 0 {
            self.finish.now();
        }
        Ok(())
    }

    fn mailbox(&self) -> MailboxSettings {
        UNBOUNDED
    }
}

/// Registers its name and joins.
struct Worker {
    name: RegisteredName,
    coordinator: Address<Join>,
}

impl Process for Worker {
    type Message = ();

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        register(&self.name, ctx).await?;
        // Refused only where the coordinator has ended, and then the round fails by itself.
        let _ = self.coordinator.cast(Join).await;
        Ok(())
    }

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

/// A dynamic supervisor with a coordinator and `n` permanent workers. Down: until the supervisor is gone.
pub(super) async fn ecosystem(n: u64, phase: Phase) -> f64 {
    let (took, round) = oneshot::channel();
    let owner = runtime().spawn("owner", Owner { phase, took: Some(took) });
    owner.try_cast(n).expect("the owner runs");
    millis(round.await.expect("the owner tells"))
}

/// Starts an ecosystem and stops it.
struct Owner {
    phase: Phase,
    took: Option<oneshot::Sender<Duration>>,
}

impl Process for Owner {
    type Message = u64;

    async fn handle(&mut self, n: u64, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let watch = Stopwatch::new();
        let names: Vec<RegisteredName> = (0..n).map(registered).collect();
        let begun = Instant::now();
        let tree = DynamicSupervisor::new("ecosystem");
        tree.start(ctx.runtime()).await.expect("it starts");
        let finish = watch.finish();
        let coordinator =
            ChildTemplate::new("coordinator", move |left: &u64| Coordinator { left: *left, finish: finish.clone() });
        let coordinator = tree.start_child(&coordinator, n).await.expect("it starts");
        let worker = ChildTemplate::new("worker", move |name: &RegisteredName| Worker {
            name: name.clone(),
            coordinator: coordinator.clone(),
        });
        let workers = tree.start_many(&worker, names).await;
        assert!(workers.iter().all(Result::is_ok), "a worker did not start");
        let started = begun.elapsed();
        let up = watch.until_all(begun, 1).await.max(started);
        drop(workers);
        let begun = Instant::now();
        tree.shutdown().await;
        let down = begun.elapsed();
        if let Some(took) = self.took.take() {
            let _ = took.send(if self.phase == Phase::Up { up } else { down });
        }
        Err(Exit::Normal)
    }
}

/// Counts itself when it has started.
struct Counted {
    up: &'static AtomicU64,
    name: Option<RegisteredName>,
}

impl Process for Counted {
    type Message = Payload;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        if let Some(name) = self.name.take() {
            register(&name, ctx).await?;
        }
        self.up.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn handle(&mut self, _payload: Payload, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

/// Children of a dynamic supervisor, each with a registered name, whose place in the registry counts too.
pub(super) async fn idle(n: u64) -> Kept {
    /// Those that warmed up go on living, and keep their names.
    static TAKEN: AtomicU64 = AtomicU64::new(0);
    let up = counter();
    let first = TAKEN.fetch_add(n, Ordering::Relaxed);
    let named = ChildTemplate::new("idle", move |i: &u64| Counted { up, name: Some(registered(*i)) });
    let named = named.restart(Restart::Temporary);
    let tree = DynamicSupervisor::new("idlers");
    tree.start(&runtime()).await.expect("it starts");
    assert!(tree.start_many(&named, first..first + n).await.iter().all(Result::is_ok), "a child did not start");
    all_up(up, n).await;
    Box::new(tree)
}

/// Below a thousand supervisors, without names; who wants to reach one has the supervisors.
pub(super) async fn crowd(n: u64) -> Kept {
    let (runtime, up) = (runtime(), counter());
    let counted = ChildTemplate::new("idle", move |(): &()| Counted { up, name: None });
    let mut trees = Vec::new();
    for first in (0..n).step_by(SUPERVISED as usize) {
        let tree = DynamicSupervisor::new("crowd");
        tree.start(&runtime).await.expect("it starts");
        let children = (first..n.min(first + SUPERVISED)).map(|_| ());
        assert!(tree.start_many(&counted, children).await.iter().all(Result::is_ok), "a child did not start");
        trees.push(tree);
    }
    all_up(up, n).await;
    Box::new(trees)
}

/// Children of each supervisor of the crowd.
const SUPERVISED: u64 = 1_000;

/// A counter for one measurement; it is not given back, which a process that exists for measuring can afford.
fn counter() -> &'static AtomicU64 {
    Box::leak(Box::default())
}

/// The registry's lookup: a name that was made before, and a copy of who has it and in which life.
pub(super) async fn lookup(n: u64, threads: u64) -> f64 {
    let runtime = runtime();
    let mut addresses = Vec::new();
    for i in 0..LOOKUP_NAMES {
        let address = runtime.spawn("looked-up", Idler(None));
        names().register(&registered(i), &address, Metadata::new()).await.expect("the name is free");
        addresses.push(address);
    }
    let names = names();
    let figure = lookup::rounds(n, threads, registered, |name| names.whereis(name).is_some());
    for address in &addresses {
        stop(address).await;
    }
    figure
}

/// A living process's name goes in and out again; the table holds the other names meanwhile.
pub(super) async fn register_unregister(n: u64) -> f64 {
    let address = runtime().spawn("named", Idler(None));
    let names = names();
    for i in 0..LOOKUP_NAMES {
        names.register(&registered(i), &address, Metadata::new()).await.expect("the name is free");
    }
    let others: Vec<RegisteredName> = (LOOKUP_NAMES..2 * LOOKUP_NAMES).map(registered).collect();
    let begun = Instant::now();
    for i in 0..n {
        let name = &others[(i % LOOKUP_NAMES) as usize];
        names.register(name, &address, Metadata::new()).await.expect("the name is free");
        assert!(names.unregister(name, &address).await.expect("a local registry"));
    }
    let took = begun.elapsed();
    stop(&address).await;
    rate(n, took)
}

fn registered(i: u64) -> RegisteredName {
    RegisteredName::new(name_of(i)).expect("a name")
}

/// The one namespace here.
fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| ProcessRegistry::local(&runtime()).names(&Namespace::new("bench").expect("a name")))
}

async fn register<P: Process>(name: &RegisteredName, ctx: &Context<P>) -> Result<(), Exit> {
    names().register(name, &ctx.address(), Metadata::new()).await.map(drop).map_err(Exit::failed)
}
