//! Starts, restarts, ecosystems and names of ractor's actors.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, SupervisionEvent, registry};
use tokio::sync::mpsc;

use crate::idle::{Kept, all_up};
use crate::lookup;
use crate::measure::median;
use crate::stopwatch::{Finish, Stopwatch, micros, millis, rate};
use crate::variant::{LOOKUP_NAMES, PLANNED, Phase, Trouble, name_of};

/// An actor that waits.
struct Idler;

impl Actor for Idler {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

/// No supervisor: `spawn` answers after `pre_start`; the actor is stopped and its handle awaited.
pub(super) async fn start_stop(n: u64, named: bool) -> f64 {
    let begun = Instant::now();
    for i in 0..n {
        let name = named.then(|| name_of(i));
        let (actor, running) = Actor::spawn(name, Idler, ()).await.expect("the actor starts");
        actor.stop(None);
        running.await.expect("the actor ends");
    }
    rate(n, begun.elapsed())
}

/// Starts its child again whenever it ends, without any limit, as ractor leaves to its users.
struct Restarter(mpsc::UnboundedSender<(Instant, ActorRef<Crash>)>);

struct Crash;

struct Victim(mpsc::UnboundedSender<(Instant, ActorRef<Crash>)>);

impl Actor for Victim {
    type Msg = Crash;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, myself: ActorRef<Crash>, (): ()) -> Result<(), ActorProcessingErr> {
        let _ = self.0.send((Instant::now(), myself));
        Ok(())
    }

    async fn handle(&self, _myself: ActorRef<Crash>, _message: Crash, (): &mut ()) -> Result<(), ActorProcessingErr> {
        std::panic::panic_any(PLANNED)
    }
}

impl Actor for Restarter {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, myself: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        self.start(myself.get_cell()).await
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<()>,
        event: SupervisionEvent,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(..) | SupervisionEvent::ActorFailed(..) => {
                self.start(myself.get_cell()).await
            }
            _ => Ok(()),
        }
    }
}

impl Restarter {
    async fn start(&self, own: ActorCell) -> Result<(), ActorProcessingErr> {
        Actor::spawn_linked(Some("victim".to_owned()), Victim(self.0.clone()), (), own).await?;
        Ok(())
    }
}

pub(super) async fn restart(n: u64, trouble: Trouble) -> f64 {
    let (up, mut ups) = mpsc::unbounded_channel();
    let (restarter, running) = Actor::spawn(None, Restarter(up), ()).await.expect("the supervisor starts");
    let (_, mut victim) = ups.recv().await.expect("the supervisor runs");
    let mut took = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let begun = Instant::now();
        match trouble {
            Trouble::Kill => victim.kill(),
            Trouble::Panic => victim.cast(Crash).expect("the actor runs"),
        }
        let (is_up, next) = ups.recv().await.expect("the supervisor runs");
        took.push(micros(is_up - begun));
        victim = next;
    }
    restarter.stop(None);
    running.await.expect("the supervisor ends");
    let _ = victim.wait(None).await;
    median(&took)
}

/// Counts who joins; the supervisor of the workers.
struct Coordinator {
    expected: u64,
    finish: Finish,
}

struct Join;

impl Actor for Coordinator {
    type Msg = Join;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<Join>, (): ()) -> Result<u64, ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(&self, _myself: ActorRef<Join>, _join: Join, joined: &mut u64) -> Result<(), ActorProcessingErr> {
        *joined += 1;
        if *joined == self.expected {
            self.finish.now();
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _myself: ActorRef<Join>,
        _event: SupervisionEvent,
        _joined: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

struct Worker(ActorRef<Join>);

impl Actor for Worker {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        self.0.cast(Join)?;
        Ok(())
    }
}

/// Workers are named, linked below the coordinator and started one after the other. Down: all of them are told to stop
/// and awaited, then the coordinator.
pub(super) async fn ecosystem(n: u64, phase: Phase) -> f64 {
    let watch = Stopwatch::new();
    let names: Vec<String> = (0..n).map(name_of).collect();
    let begun = Instant::now();
    let coordinator = Coordinator { expected: n, finish: watch.finish() };
    let (coordinator, running) = Actor::spawn(None, coordinator, ()).await.expect("the coordinator starts");
    let mut workers = Vec::with_capacity(n as usize);
    for name in names {
        let cell = coordinator.get_cell();
        let spawned = Actor::spawn_linked(Some(name), Worker(coordinator.clone()), (), cell).await;
        workers.push(spawned.expect("the worker starts"));
    }
    let up = watch.until_all(begun, 1).await;
    let begun = Instant::now();
    for (worker, _) in &workers {
        worker.stop(None);
    }
    for (_, running) in workers {
        running.await.expect("the worker ends");
    }
    coordinator.stop(None);
    running.await.expect("the coordinator ends");
    let down = begun.elapsed();
    millis(if phase == Phase::Up { up } else { down })
}

/// `where_is` answers a clone of the actor's cell, which is its identity here.
pub(super) async fn lookup(n: u64, threads: u64) -> f64 {
    let mut actors = Vec::new();
    for i in 0..LOOKUP_NAMES {
        actors.push(Actor::spawn(Some(name_of(i)), Idler, ()).await.expect("the actor starts"));
    }
    let figure = lookup::rounds(n, threads, name_of, |name| registry::where_is(name).is_some());
    for (actor, running) in actors {
        actor.stop(None);
        running.await.expect("the actor ends");
    }
    figure
}

/// An actor that counts itself when it has started.
struct Counted(Arc<AtomicU64>);

impl Actor for Counted {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Without names and without a supervisor.
pub(super) async fn idle(n: u64) -> Kept {
    let up = Arc::new(AtomicU64::new(0));
    let mut actors = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let (actor, _running) = Actor::spawn(None, Counted(Arc::clone(&up)), ()).await.expect("the actor starts");
        actors.push(actor);
    }
    all_up(&up, n).await;
    Box::new(actors)
}
