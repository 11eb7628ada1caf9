//! Runs a scenario on our supervisors, in virtual time, and tells what each of them saw.

mod observer;
mod worker;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::port::clock::Clock as _;
use foundation_core::{
    Address, ChildSpec, Exit, Runtime, RuntimeParts, Supervisor, SupervisorHandle, SupervisorMessage, Telemetry,
};
use foundation_memory::Simulation;

use super::scenario::{AutoShutdown, Branch, Child, Id, Node, Restart, Scenario, Shutdown, Step, Strategy};
use super::trace::{Event, Trace, What};
use observer::{Notes, Observer, Seen};
use worker::{Order, Worker};

/// Longer than the patience with any worker that never stops when asked, and shorter than all others.
const NEAR: Duration = Duration::from_secs(1);

/// What came of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) trace: Trace,
    /// How many supervisors gave up: had more restarts than they tolerate.
    pub(super) gave_up: u32,
}

/// Runs a scenario; `seed` decides what runs next where several tasks can.
///
/// # Errors
/// What went wrong beside the trace: nothing could run any more before the tree had ended, or something outlived it.
pub(super) fn run(scenario: &Scenario, seed: u64) -> Result<Run, String> {
    catch_unwind(AssertUnwindSafe(|| World::new(seed)?.run(scenario))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        Err(text.unwrap_or("a panic without a text").to_owned())
    })
}

struct World {
    simulation: Simulation,
    runtime: Runtime,
    observer: Address<Seen>,
    notes: Notes,
}

/// What a tree is reached by.
#[derive(Default)]
struct Reach {
    workers: BTreeMap<Id, Address<Order>>,
    supervisors: BTreeMap<Id, Arc<OnceLock<Address<SupervisorMessage>>>>,
}

impl World {
    fn new(seed: u64) -> Result<Self, String> {
        let simulation = Simulation::new(seed);
        let runtime = Runtime::new(RuntimeParts {
            clock: simulation.clock(),
            entropy: simulation.entropy(),
            spawner: simulation.spawner(),
            node: NodeId::new("differential").map_err(|error| error.to_string())?,
            telemetry: Telemetry::none(),
        });
        let notes = Notes::default();
        let observer = runtime.spawn("observer", Observer::new(notes.clone()));
        Ok(Self { simulation, runtime, observer, notes })
    }

    fn run(self, scenario: &Scenario) -> Result<Run, String> {
        let mut reach = Reach::default();
        let supervisor = self.build(&scenario.root, &[], &mut reach);
        let of_root = |step, what| Event { step, child: scenario.root.id, life: 1, what };
        self.notes.push(None, of_root(0, What::Starts));
        let started = self.simulation.block_on(self.runtime.supervise(name(scenario.root.id), supervisor));
        self.settle();
        let mut root = match started {
            Ok(root) => Some(root),
            Err(_) => {
                self.notes.push(None, of_root(0, What::Fails));
                None
            }
        };
        let end = 1 + u32::try_from(scenario.steps.len()).unwrap_or(u32::MAX);
        for (number, step) in (1..).zip(&scenario.steps) {
            self.notes.begin_step(number);
            match step {
                Step::Stop(id, how) => worker::stop(reach.workers.get(id), *how),
                Step::Wait { ms } => self.simulation.advance(Duration::from_millis(u64::from(*ms))),
            }
            self.settle();
            if let Some(ended) = root.take_if(|root| !root.address().is_alive()) {
                self.note_root(&ended, of_root, number);
            }
        }
        if let Some(root) = root {
            self.notes.begin_step(end);
            self.simulation.block_on(root.shutdown());
            self.settle();
            self.note_root(&root, of_root, end);
        }
        match reach.workers.iter().find(|(_, worker)| worker.is_alive()) {
            Some((id, _)) => Err(format!("w{id} outlived the tree")),
            None => Ok(self.notes.into_run()),
        }
    }

    fn note_root(&self, root: &SupervisorHandle, of_root: impl Fn(u32, What) -> Event, step: u32) {
        let exit = self.simulation.block_on(root.exited());
        if matches!(exit, Exit::GaveUp(_)) {
            self.notes.count_gave_up();
        }
        let what = What::Ended { class: observer::class(&exit), farewell: false };
        self.notes.push(None, of_root(step, what));
    }

    /// Runs until nothing can happen any more: no task can run, and nobody waits for a point of time that is near.
    /// Patience with a stubborn worker ends at such a point; the deadline of a call that was answered is far.
    fn settle(&self) {
        self.simulation.run_until_idle();
        let clock = self.simulation.clock();
        let wait = || clock.next_deadline().map(|next| next.since(clock.now())).filter(|wait| *wait <= NEAR);
        while let Some(wait) = wait() {
            self.simulation.advance(wait);
        }
    }

    /// A supervisor as the scenario has it. `above` are the supervisors from below the root down to it.
    fn build(&self, branch: &Branch, above: &[Id], reach: &mut Reach) -> Supervisor {
        let supervisor = match branch.strategy {
            Strategy::OneForOne => Supervisor::one_for_one(),
            Strategy::OneForAll => Supervisor::one_for_all(),
            Strategy::RestForOne => Supervisor::rest_for_one(),
        };
        let supervisor = supervisor
            .intensity(branch.intensity, Duration::from_secs(u64::from(branch.period_s)))
            .auto_shutdown(match branch.auto_shutdown {
                AutoShutdown::Never => foundation_core::AutoShutdown::Never,
                AutoShutdown::AnySignificant => foundation_core::AutoShutdown::AnySignificant,
                AutoShutdown::AllSignificant => foundation_core::AutoShutdown::AllSignificant,
            });
        branch.children.iter().fold(supervisor, |supervisor, child| match &child.node {
            Node::Leaf(leaf) => {
                let path = above.iter().map(|id| (*id, Arc::clone(&reach.supervisors[id]))).collect();
                let worker = Worker::new(leaf, branch.id, path, self.observer.clone(), self.notes.clone());
                let spec = ChildSpec::new(name(leaf.id), move || worker.clone()).shutdown(match leaf.shutdown {
                    Shutdown::BrutalKill => foundation_core::Shutdown::BrutalKill,
                    Shutdown::Timeout(ms) => foundation_core::Shutdown::Timeout(Duration::from_millis(u64::from(ms))),
                    Shutdown::Infinity => foundation_core::Shutdown::Infinity,
                });
                reach.workers.insert(leaf.id, spec.address());
                supervisor.child(under(spec, child))
            }
            Node::Branch(below) => {
                let address = Arc::new(OnceLock::new());
                reach.supervisors.insert(below.id, Arc::clone(&address));
                let path: Vec<Id> = above.iter().copied().chain([below.id]).collect();
                let spec = ChildSpec::supervisor(name(below.id), self.build(below, &path, reach));
                address.get_or_init(|| spec.address());
                supervisor.child(under(spec, child))
            }
        })
    }
}

/// What the supervisor knows of the child.
fn under<M: Send + 'static>(spec: ChildSpec<M>, child: &Child) -> ChildSpec<M> {
    spec.significant(child.significant).restart(match child.restart {
        Restart::Permanent => foundation_core::Restart::Permanent,
        Restart::Transient => foundation_core::Restart::Transient,
        Restart::Temporary => foundation_core::Restart::Temporary,
    })
}

/// The name of a child, unique in its tree.
fn name(id: Id) -> &'static str {
    /// Names live as long as the program; there is one for each number and no more.
    static NAMES: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| (0..=Id::MAX).map(|id| &*format!("p{id}").leak()).collect());
    NAMES[usize::from(id)]
}

#[cfg(test)]
mod tests;
