//! Ecosystems: each guarantee of docs/semantics.md has its test here.

mod info;
mod isolated;
mod lives;
mod mesh;
mod queue;
mod ring;
mod stop;
mod threads;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::diagnosis::Activity;
use foundation_core::ecosystem::{Stop, Stopped};
use foundation_core::{Code, Ecosystem, EcosystemSettings, Error, Runtime, Worker, WorkerContext, WorkerId};
use foundation_memory::Simulation;
use parking_lot::Mutex;

/// What a [`Hand`] is given to do.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// Answer the number.
    Give(u64),
    /// Wait, then answer the number.
    Take(Duration, u64),
    /// Panic in the first attempts, as many as said; then answer the number.
    Panic(u32, u64),
    /// Fail in the first attempts, as many as said, with an error that passes; then answer the number.
    Falter(u32, u64),
    /// Fail with an error that does not pass.
    Refuse,
}

/// What the hands did, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Begun(Arc<Mutex<BTreeMap<u64, Vec<WorkerId>>>>);

impl Begun {
    pub(crate) fn of(&self, number: u64) -> Vec<WorkerId> {
        self.0.lock().get(&number).cloned().unwrap_or_default()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().values().map(Vec::len).sum()
    }
}

/// A worker that does what it is given.
pub(crate) struct Hand {
    begun: Begun,
}

impl Worker for Hand {
    type Work = Task;
    type Output = u64;
    type Message = ();

    async fn work(&mut self, task: &Task, ctx: &mut WorkerContext<'_, Self>) -> Result<u64, Error> {
        let number = match task {
            Task::Give(number) | Task::Take(_, number) | Task::Panic(_, number) | Task::Falter(_, number) => *number,
            Task::Refuse => 0,
        };
        self.begun.0.lock().entry(number).or_default().push(ctx.id());
        match task {
            Task::Give(_) => {}
            Task::Take(span, _) => ctx.clock().sleep(*span).await,
            Task::Panic(times, _) => assert!(ctx.attempt() > *times, "planned in attempt {}", ctx.attempt()),
            Task::Falter(times, _) if ctx.attempt() > *times => {}
            Task::Falter(..) => return Err(Error::new(Code::Timeout, "planned")),
            Task::Refuse => return Err(Error::new(Code::InvalidInput, "planned")),
        }
        Ok(number)
    }
}

pub(crate) fn start(world: &Simulation, runtime: &Runtime, settings: EcosystemSettings) -> (Ecosystem<Hand>, Begun) {
    let begun = Begun::default();
    let kept = begun.clone();
    let ecosystem =
        world.block_on(Ecosystem::start(runtime, "hands", settings, move |_| Hand { begun: kept.clone() })).unwrap();
    (ecosystem, begun)
}

/// Shuts it down, and looks that nothing of it is left.
pub(crate) fn stop<W: Worker>(world: &Simulation, runtime: &Runtime, ecosystem: &Ecosystem<W>, how: Stop) -> Stopped {
    let stopped = world.block_on(ecosystem.shutdown(how));
    // The tasks of the last ones end in the step after they told of their end.
    world.run_until_idle();
    assert_eq!(world.tasks(), Vec::<&str>::new());
    let census = runtime.census();
    assert!(census.processes.iter().all(|process| process.activity == Activity::Down), "{census:?}");
    let ledger = runtime.ledger();
    assert!(ledger.is_balanced() && ledger.queued == 0, "{ledger:?}");
    let totals = ecosystem.totals();
    assert_eq!(totals.accepted, totals.done + totals.failed + totals.cancelled + totals.shut_down, "{totals:?}");
    stopped
}

/// So many that no test spends them.
pub(crate) const ENDLESS: (u32, Duration) = (u32::MAX, Duration::from_secs(1));
