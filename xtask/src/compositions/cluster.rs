//! NATS JetStream behind the event log and the key-value store: one server that is started for the run, with its store in
//! the data folder and every write on the disk before it is acknowledged, or servers that run already.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use foundation_core::{Code, Error, MeasuredEventLog, Result, Runtime};
use foundation_nats::{NatsAuth, NatsConnection, NatsEventLog, NatsKeyValue, NatsSettings, Tenant};
use foundation_nats_server::{NatsServer, ServerError, ServerSettings};

use super::{Engine, NatsPlace, Storage, embedded};
use crate::args::NatsArgs;

pub(super) async fn storage(runtime: &Runtime, data: &Path, place: NatsPlace<'_>) -> Result<Storage> {
    let usual = NatsArgs::default();
    let args = place.args.unwrap_or(&usual);
    let mut settings = settings(args)?;
    let (engine, note) = match args.url() {
        Some(_) => {
            let at = settings.servers.join(", ");
            let tenant = &settings.tenant;
            (Engine::None, format!("NATS at {at}; the data are there, under the tenant `{tenant}`."))
        }
        None => {
            let server = start(runtime, data, place.forgets).await?;
            settings.servers = vec![server.url()];
            let note =
                format!("NATS server {}, started for this run; its store: {}.", server.url(), folder(data).display());
            (Engine::Nats(Box::new(server)), note)
        }
    };
    std::fs::create_dir_all(data)
        .map_err(|cause| Error::new(Code::Io, format!("make folder {}", data.display())).caused_by(cause))?;
    let connection = NatsConnection::open(settings, runtime.clock().clone()).await?;
    let log = NatsEventLog::open(&connection).await?;
    Ok(Storage {
        log: Arc::new(MeasuredEventLog::new(Arc::new(log), runtime.clock().clone(), runtime.telemetry())),
        key_value: Arc::new(NatsKeyValue::new(connection)),
        notes: vec![note],
        engine,
    })
}

fn settings(args: &NatsArgs) -> Result<NatsSettings> {
    let mut settings = NatsSettings::default();
    if let Some(url) = args.url() {
        settings.servers = url.split(',').map(|server| server.trim().to_owned()).collect();
    }
    if let Some(replicas) = args.nats_replicas {
        settings.replicas = usize::from(replicas);
    }
    if let Some(file) = &args.nats_credentials {
        settings.auth = NatsAuth::Credentials(file.clone());
    }
    if let Some(tenant) = &args.nats_tenant {
        settings.tenant = Tenant::new(tenant)?;
    }
    Ok(settings)
}

/// Starts a server on the store in the data folder, or, with the planted bug, on one that nobody keeps.
async fn start(runtime: &Runtime, data: &Path, forgets: bool) -> Result<NatsServer> {
    if embedded::has_store(data) {
        return Err(embedded::another(data, "embedded"));
    }
    let binary = foundation_nats_server::find().map_err(error)?;
    let mut settings = ServerSettings::new(binary).sync_always();
    if !forgets {
        settings = settings.folder(folder(data));
    }
    let started = runtime.spawner().spawn_blocking("start-nats-server", move || NatsServer::start(settings));
    started.await.map_err(|aborted| Error::new(Code::Internal, aborted.to_string()))?.map_err(error)
}

/// Ends a server in order.
pub(super) fn stop(mut server: NatsServer) -> Result<()> {
    server.stop().map_err(error)
}

/// Makes sure that no server works in a data folder, and ends one that a run left behind there.
pub(super) fn check_free(data: &Path) -> Result<()> {
    foundation_nats_server::free_folder(&folder(data)).map_err(error)
}

/// Whether a data folder has a store of this composition.
pub(super) fn has_store(data: &Path) -> bool {
    folder(data).exists()
}

fn folder(data: &Path) -> PathBuf {
    data.join("nats")
}

fn error(error: ServerError) -> Error {
    let (code, advice) = match &error {
        ServerError::Missing { looked } => {
            return Error::new(Code::UnknownName, format!("no nats-server: looked in {looked}")).advise(
                "`cargo xtask doctor --install nats-server` gets one; --nats-url names servers that run already",
            );
        }
        ServerError::Held { .. } => (Code::Held, "stop the other run, or choose another folder with --data"),
        ServerError::Io { .. } => (Code::Io, "choose another folder with --data, or look at the cause"),
        _ => (Code::ServiceUnavailable, "see the server's log, `nats/server.log` in the data folder"),
    };
    Error::new(code, error.to_string()).advise(advice)
}
