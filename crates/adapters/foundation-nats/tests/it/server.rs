//! The servers that the suites share: one alone, and three that keep every stream together. Each case has a tenant of
//! its own on them. Tests that kill or stop a server start their own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use foundation_core::Spawner;
use foundation_core::port::clock::Clock;
use foundation_memory::SystemClock;
use foundation_nats::{NatsConnection, NatsSettings, Tenant};
use foundation_nats_server::{NatsCluster, NatsServer, ServerSettings, find, find_or_skip};
use foundation_testkit::{Harness, Reopen, World};
use tokio::runtime::{Builder, Runtime};

/// Where a case runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Servers {
    One,
    Three,
}

static ONE: LazyLock<Option<NatsServer>> = LazyLock::new(|| {
    let settings = ServerSettings::new(find().ok()?).folder(folder("one"));
    Some(NatsServer::start(settings).unwrap())
});

static THREE: LazyLock<Option<NatsCluster>> = LazyLock::new(|| {
    let settings = ServerSettings::new(find().ok()?).folder(folder("three"));
    Some(NatsCluster::start(3, &settings).unwrap())
});

impl Servers {
    /// The settings for a tenant that nobody else has; `None` where there is no server.
    pub(crate) fn settings(self) -> Option<NatsSettings> {
        // Asked each time, so that each case that cannot run says so.
        find_or_skip("a case on real servers")?;
        let (urls, replicas) = match self {
            Self::One => (vec![ONE.as_ref()?.url()], 1),
            Self::Three => (THREE.as_ref()?.urls(), 3),
        };
        Some(NatsSettings { servers: urls, replicas, tenant: fresh_tenant(), ..NatsSettings::default() })
    }
}

/// A tenant that no other test of this process has.
pub(crate) fn fresh_tenant() -> Tenant {
    static MADE: AtomicU64 = AtomicU64::new(0);
    Tenant::new(format!("case-{}", MADE.fetch_add(1, Ordering::Relaxed))).unwrap()
}

/// A folder for servers that live as long as this process, below the target folder. What earlier processes left goes.
fn folder(what: &str) -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix("foundation-nats-it-")?.rsplit_once('-'));
        if process.is_some_and(|(_, process)| !Path::new("/proc").join(process).exists()) {
            // Another process may be at it as well.
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
    let folder = all.join(format!("foundation-nats-it-{what}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A server that no other test uses, so that it can be killed, with a folder that goes with it.
pub(crate) fn own_server(what: &str) -> Option<NatsServer> {
    Some(NatsServer::start(ServerSettings::new(find_or_skip(what)?)).unwrap())
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Opens a port on a connection.
pub(crate) type Open<P> = fn(&Runtime, &NatsConnection) -> Arc<P>;

/// A port on servers that others use too.
pub(crate) struct OnServers<P: ?Sized> {
    world: World,
    port: Arc<P>,
    open: Open<P>,
    settings: NatsSettings,
    runtime: Runtime,
}

impl<P: ?Sized> OnServers<P> {
    fn new(settings: NatsSettings, open: Open<P>) -> Self {
        let runtime = runtime();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let spawner = Spawner::Tokio(runtime.handle().clone().into());
        // A machine that is busy with other tests wakes late.
        let world = World { clock: Arc::clone(&clock), spawner, grain: Duration::from_millis(300) };
        let connection = runtime.block_on(NatsConnection::open(settings.clone(), clock)).unwrap();
        let port = open(&runtime, &connection);
        Self { world, port, open, settings, runtime }
    }
}

impl<P: ?Sized> Harness for OnServers<P> {
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

impl<P: ?Sized> Reopen for OnServers<P> {
    /// Another connection, as after the end of this process: nothing is kept but what the servers have.
    fn reopen(self) -> Self {
        let Self { settings, open, runtime, port, .. } = self;
        drop(port);
        drop(runtime);
        Self::new(settings, open)
    }
}

/// Makes a harness, or `None` where there is no server.
pub(crate) fn harness<P: ?Sized>(servers: Servers, open: Open<P>) -> Option<OnServers<P>> {
    Some(OnServers::new(servers.settings()?, open))
}
