//! The adapters on real threads and in real time: what no simulated schedule can show.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::BoxFuture;
use foundation_core::port::clock::{Clock, Monotonic, WallTime};
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
    pub(crate) fn new(make: impl FnOnce(&World) -> Arc<P>) -> Self {
        // A loaded machine may take that long to run a test's next step.
        Self::with_clock(Arc::new(SystemClock::new()), Duration::from_millis(300), make)
    }

    /// In a time that runs eight times as fast, for cases that wait for seconds.
    pub(crate) fn hurried(make: impl FnOnce(&World) -> Arc<P>) -> Self {
        Self::with_clock(Arc::new(Hurried(SystemClock::new())), Duration::from_millis(800), make)
    }

    #[expect(clippy::unwrap_used, reason = "a test without a runtime fails")]
    fn with_clock(clock: Arc<dyn Clock>, grain: Duration, make: impl FnOnce(&World) -> Arc<P>) -> Self {
        // Without tokio's own timer: `SystemClock` needs none.
        let runtime = Builder::new_multi_thread().worker_threads(4).build().unwrap();
        let spawner = Spawner::Tokio(TokioHandle::from(runtime.handle().clone()));
        let world = World { clock, spawner, grain };
        let port = make(&world);
        Self { runtime, world, port }
    }
}

/// The machine's clock, eight times as fast.
#[derive(Debug)]
struct Hurried(SystemClock);

impl Clock for Hurried {
    fn now(&self) -> Monotonic {
        Monotonic(self.0.now().0 * 8)
    }

    fn wall(&self) -> WallTime {
        self.0.wall()
    }

    fn sleep_until(&self, deadline: Monotonic) -> BoxFuture<'static, ()> {
        self.0.sleep_until(Monotonic(deadline.0.div_ceil(8)))
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
