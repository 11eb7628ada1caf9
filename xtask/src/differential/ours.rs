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
    Address, ChildSpec, ChildTemplate, DynamicSupervisor, Exit, Runtime, RuntimeParts, Supervisor, SupervisorHandle,
    Telemetry,
};
use foundation_memory::Simulation;

use super::scenario::{AutoShutdown, Branch, Child, Id, Leaf, Node, Restart, Scenario, Shutdown, Step, Strategy};
use super::trace::{Event, Trace, What};
use observer::{Above, Notes, Observer, Sight, Station};
use worker::{FOR_EVER, Order, Worker};

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
    observer: Address<Sight>,
    notes: Notes,
}

/// What a tree is reached by.
#[derive(Default)]
struct Reach {
    workers: BTreeMap<Id, Address<Order>>,
    supervisors: BTreeMap<Id, Station>,
    /// The workers that a dynamic supervisor may start.
    seeds: BTreeMap<Id, Seed>,
}

/// What a dynamic supervisor starts a worker from.
struct Seed {
    supervisor: DynamicSupervisor,
    template: ChildTemplate<Worker, Order>,
    worker: Worker,
}

impl Reach {
    /// The worker, if it runs.
    fn running(&self, id: Id) -> Option<&Address<Order>> {
        self.workers.get(&id).filter(|worker| worker.is_alive())
    }
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
                Step::Stop(id, how) => worker::stop(reach.running(*id), *how),
                Step::Start(id) => self.start(*id, &mut reach),
                Step::Terminate(id) => self.terminate(*id, &reach)?,
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
            None => match reach.seeds.iter().find(|(_, seed)| !seed.supervisor.is_empty()) {
                Some((id, _)) => Err(format!("the supervisor of w{id} keeps children beyond its end")),
                None => {
                    let mut run = self.notes.into_run();
                    run.trace.sort_ends(&scenario.dynamic());
                    Ok(run)
                }
            },
        }
    }

    /// Starts a dynamic worker, unless it runs or its supervisor does not.
    fn start(&self, id: Id, reach: &mut Reach) {
        let Some(Seed { supervisor, template, worker }) = reach.seeds.get(&id) else { return };
        if reach.running(id).is_some() || !supervisor.address().is_alive() {
            return;
        }
        // What comes of a start that fails is in the trace.
        if let Ok(address) = self.simulation.block_on(supervisor.start_child(template, worker.clone())) {
            reach.workers.insert(id, address);
        }
    }

    /// Stops a dynamic worker, if it runs.
    fn terminate(&self, id: Id, reach: &Reach) -> Result<(), String> {
        let (Some(Seed { supervisor, .. }), Some(worker)) = (reach.seeds.get(&id), reach.running(id)) else {
            return Ok(());
        };
        let stopped = self.simulation.block_on(supervisor.terminate_child(worker));
        stopped.map_err(|error| format!("w{id} runs, and to stop it is refused: {error}"))
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
        // It cannot refuse: it runs as long as the world does.
        let _ = self.simulation.block_on(self.observer.call(Sight::StepIsOver, FOR_EVER));
    }

    /// A supervisor as the scenario has it. `above` are the supervisors from below the root down to it.
    fn build(&self, branch: &Branch, above: &[Id], reach: &mut Reach) -> Supervisor {
        let supervisor = match branch.strategy {
            Strategy::OneForOne => Supervisor::one_for_one(),
            Strategy::OneForAll => Supervisor::one_for_all(),
            Strategy::RestForOne => Supervisor::rest_for_one(),
            // Those that begin with children are never of this kind.
            Strategy::SimpleOneForOne => Supervisor::one_for_one(),
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
                let worker = self.worker(leaf, branch.id, above, reach);
                let spec = ChildSpec::new(name(leaf.id), move || worker.clone()).shutdown(shutdown(leaf));
                reach.workers.insert(leaf.id, spec.address());
                supervisor.child(under(spec, child))
            }
            Node::Branch(below) if below.is_dynamic() => {
                let dynamic = self.dynamic(below, branch.id, above, reach);
                supervisor.child(under(dynamic.child_spec(name(below.id)), child))
            }
            Node::Branch(below) => {
                let address = Arc::new(OnceLock::new());
                reach.supervisors.insert(below.id, Station::Static(Arc::clone(&address)));
                let path: Vec<Id> = above.iter().copied().chain([below.id]).collect();
                let spec = ChildSpec::supervisor(name(below.id), self.build(below, &path, reach));
                address.get_or_init(|| spec.address());
                supervisor.child(under(spec, child))
            }
        })
    }

    /// A dynamic supervisor, which `parent` starts, and what it may start itself.
    fn dynamic(&self, branch: &Branch, parent: Id, above: &[Id], reach: &mut Reach) -> DynamicSupervisor {
        let period = Duration::from_secs(u64::from(branch.period_s));
        let supervisor = DynamicSupervisor::new(name(branch.id)).intensity(branch.intensity, period);
        let station = Station::Dynamic(supervisor.address());
        // Its mailbox has room for all supervisors of a tree.
        let _ = self.observer.try_cast(Sight::Dynamic(parent, (branch.id, station.clone())));
        reach.supervisors.insert(branch.id, station);
        let path: Vec<Id> = above.iter().copied().chain([branch.id]).collect();
        for child in &branch.children {
            let Node::Leaf(leaf) = &child.node else { continue };
            let worker = self.worker(leaf, branch.id, &path, reach);
            let template = ChildTemplate::new(name(branch.id), Worker::clone);
            let template = template.restart(restart(child)).shutdown(shutdown(leaf));
            reach.seeds.insert(leaf.id, Seed { supervisor: supervisor.clone(), template, worker });
        }
        supervisor
    }

    fn worker(&self, leaf: &Leaf, supervisor: Id, above: &[Id], reach: &Reach) -> Worker {
        let path: Arc<[Above]> = above.iter().map(|id| (*id, reach.supervisors[id].clone())).collect();
        Worker::new(leaf, supervisor, path, self.observer.clone(), self.notes.clone())
    }
}

/// What the supervisor knows of the child.
fn under<M: Send + 'static>(spec: ChildSpec<M>, child: &Child) -> ChildSpec<M> {
    spec.significant(child.significant).restart(restart(child))
}

fn restart(child: &Child) -> foundation_core::Restart {
    match child.restart {
        Restart::Permanent => foundation_core::Restart::Permanent,
        Restart::Transient => foundation_core::Restart::Transient,
        Restart::Temporary => foundation_core::Restart::Temporary,
    }
}

fn shutdown(leaf: &Leaf) -> foundation_core::Shutdown {
    match leaf.shutdown {
        Shutdown::BrutalKill => foundation_core::Shutdown::BrutalKill,
        Shutdown::Timeout(ms) => foundation_core::Shutdown::Timeout(Duration::from_millis(u64::from(ms))),
        Shutdown::Infinity => foundation_core::Shutdown::Infinity,
    }
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
