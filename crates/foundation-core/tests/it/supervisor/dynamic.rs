//! Dynamic supervisors: children that come and go.

mod ends;
mod model;
mod partition;
mod restarts;
mod start;
mod threads;
mod whole;

use foundation_core::port::clock::{self, Clock as _};
use foundation_core::{ChildTemplate, Context, DynamicSupervisor, Exit, Runtime};
use foundation_memory::Simulation;

use crate::support::{Diary, Do, Fault, MILLISECOND, SECOND, Worker};

/// Children with names and without faults, that write into `diary`.
fn plain(diary: &Diary) -> ChildTemplate<&'static str, Do> {
    let diary = diary.clone();
    ChildTemplate::new("plain", move |name: &&'static str| Worker::new(*name, &diary))
}

/// Children that have a fault from their start on.
fn faulty(diary: &Diary) -> ChildTemplate<Fault, Do> {
    let diary = diary.clone();
    ChildTemplate::new("faulty", move |fault: &Fault| Worker::new("w", &diary).fault(*fault))
}

/// A supervisor that runs, under nobody, and tolerates ten restarts in a second.
fn started(world: &Simulation, runtime: &Runtime) -> DynamicSupervisor {
    let supervisor = DynamicSupervisor::new("pool").intensity(10, SECOND);
    world.block_on(supervisor.start(runtime)).unwrap();
    supervisor
}

/// A process whose `init` a test writes, anew for each life from the life's number.
struct Scripted<F> {
    life: u64,
    script: F,
}

impl<F, W> foundation_core::Process for Scripted<F>
where
    F: Fn(u64, foundation_core::Address<Do>) -> W + Send + 'static,
    W: Future<Output = Result<(), Exit>> + Send,
{
    type Message = Do;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        (self.script)(self.life, ctx.address()).await
    }

    async fn handle(&mut self, message: Do, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Do::EndWith(exit, _reply) => Err(exit),
            Do::Ask(number, reply) => {
                reply.send(number + 1);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Children of which each life has the `init` that `script` says for its number.
fn scripted<F, W>(script: F) -> ChildTemplate<(), Do>
where
    F: Fn(u64, foundation_core::Address<Do>) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = Result<(), Exit>> + Send + 'static,
{
    let lives = std::sync::atomic::AtomicU64::new(0);
    ChildTemplate::new("scripted", move |(): &()| Scripted {
        life: lives.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1,
        script: script.clone(),
    })
}

/// Begins something and drops it when everything that it brought about waits; whether it was not done by then.
fn given_up<T>(world: &Simulation, work: impl Future<Output = T>) -> bool {
    let clock = world.clock();
    world.block_on(clock::deadline(&*clock, clock.now() + MILLISECOND, work)).is_err()
}

/// Nothing of the supervisor is left.
fn assert_gone(world: &Simulation, supervisor: &DynamicSupervisor) {
    world.run_until_idle();
    assert!(!supervisor.address().is_alive());
    assert_eq!((supervisor.len(), supervisor.is_empty()), (0, true));
    assert_eq!(world.tasks(), [""; 0], "no task is left");
}
