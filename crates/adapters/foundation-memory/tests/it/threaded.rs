//! The adapters on real threads and in real time: what no simulated schedule can show.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::Clock;
use foundation_core::{Spawner, TokioHandle};
use foundation_memory::SystemClock;
use foundation_testkit::{Harness, World};
use tokio::runtime::{Builder, Runtime};

/// A port on a runtime with four threads and the clock of the machine.
pub(crate) struct Threaded<P: ?Sized> {
    runtime: Runtime,
    world: World,
    port: Arc<P>,
}

impl<P: ?Sized> Threaded<P> {
    #[expect(clippy::unwrap_used, reason = "a test without a runtime fails")]
    pub(crate) fn new(make: impl FnOnce(&World) -> Arc<P>) -> Self {
        // Without tokio's own timer: `SystemClock` needs none.
        let runtime = Builder::new_multi_thread().worker_threads(4).build().unwrap();
        let spawner = Spawner::Tokio(TokioHandle::from(runtime.handle().clone()));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        // A loaded machine may take that long to run a test's next step.
        let world = World { clock, spawner, grain: Duration::from_millis(300) };
        let port = make(&world);
        Self { runtime, world, port }
    }
}

impl<P: ?Sized> Harness for Threaded<P> {
    type Port = P;

    fn world(&self) -> &World {
        &self.world
    }

    fn port(&self) -> Arc<P> {
        Arc::clone(&self.port)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}
