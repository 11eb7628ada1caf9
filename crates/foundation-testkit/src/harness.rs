//! How an adapter hands itself to a suite.

use std::fmt;
use std::sync::Arc;

use foundation_core::port::clock::Clock;
use foundation_memory::Simulation;

use crate::world::World;

/// One fresh instance of an adapter, and a way to run a case on it.
pub trait Harness: Sized {
    /// The port: `dyn KeyValue`, `dyn EventLog`, `dyn Registry` or `dyn Messaging`.
    type Port: ?Sized;

    /// The surroundings of the cases.
    fn world(&self) -> &World;

    /// The adapter.
    fn port(&self) -> Arc<Self::Port>;

    /// Runs a future to its end.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T;

    /// Whether what the adapter needs is there; where it is not, its cases are left out. Asked before all else.
    /// Whoever made the harness says what is missing (`SKIPPED: …`).
    fn is_there(&self) -> bool {
        true
    }
}

/// An adapter whose data outlive it.
pub trait Reopen: Harness {
    /// Ends this instance in order and opens another on the same data.
    #[must_use]
    fn reopen(self) -> Self;
}

/// An adapter whose engine this machine may lack: `None` leaves its cases out.
impl<H: Harness> Harness for Option<H> {
    type Port = H::Port;

    fn world(&self) -> &World {
        there(self.as_ref()).world()
    }

    fn port(&self) -> Arc<H::Port> {
        there(self.as_ref()).port()
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        there(self.as_ref()).block_on(work)
    }

    fn is_there(&self) -> bool {
        self.as_ref().is_some_and(Harness::is_there)
    }
}

impl<H: Reopen> Reopen for Option<H> {
    fn reopen(self) -> Self {
        self.map(Reopen::reopen)
    }
}

fn there<H>(harness: Option<H>) -> H {
    harness.expect("whoever uses a harness asks first whether it is there")
}

/// An adapter in a [`Simulation`]: one thread, virtual time, tasks in an order that the seed draws.
pub struct Simulated<P: ?Sized> {
    simulation: Simulation,
    world: World,
    port: Arc<P>,
}

impl<P: ?Sized> Simulated<P> {
    /// A world that `seed` names, with the adapter that `make` builds in it.
    pub fn new(seed: u64, make: impl FnOnce(&Simulation) -> Arc<P>) -> Self {
        let simulation = Simulation::new(seed);
        let clock: Arc<dyn Clock> = simulation.clock();
        let world = World { clock, spawner: simulation.spawner(), grain: std::time::Duration::ZERO };
        let port = make(&simulation);
        Self { simulation, world, port }
    }

    /// The simulation, for what a case of one's own needs of it.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }
}

impl<P: ?Sized> Harness for Simulated<P> {
    type Port = P;

    fn world(&self) -> &World {
        &self.world
    }

    fn port(&self) -> Arc<P> {
        Arc::clone(&self.port)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.simulation.block_on(work)
    }
}

impl<P: ?Sized> fmt::Debug for Simulated<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulated").field("simulation", &self.simulation).finish_non_exhaustive()
    }
}
