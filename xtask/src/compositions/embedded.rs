//! One machine, everything on disk: sled behind the event log and the key-value store. No cache stands in front: the
//! store answers reads from memory itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::Clock;
use foundation_core::{Backoff, Code, Error, MeasuredEventLog, Result, Runtime};
use foundation_infra::Retry;
use foundation_sled::{KeyValueReport, OpenReport, SledSettings, SledStore};

use super::{Engine, Storage, cluster};

/// How long a folder that another process holds is waited for, about two seconds in all: a predecessor that was just
/// killed lets go at once, one that is closing needs a moment. No deadline over the attempts, because a large log takes
/// its time to be read.
const PATIENCE: Retry = Retry {
    attempts: 8,
    backoff: Backoff {
        initial: Duration::from_millis(50),
        max: Duration::from_millis(400),
        factor: 2.0,
        jitter: 0.2,
        reset_after: Duration::ZERO,
    },
    within: None,
};

pub(super) async fn storage(runtime: &Runtime, folder: &Path, settings: SledSettings) -> Result<Storage> {
    if cluster::has_store(folder) {
        return Err(another(folder, "cluster"));
    }
    let store = open(runtime, folder, settings).await?;
    let log = MeasuredEventLog::new(store.log(), runtime.clock().clone(), runtime.telemetry());
    Ok(Storage {
        log: Arc::new(log),
        key_value: store.key_value(),
        notes: notes(store.report(), folder),
        engine: Engine::Sled(store),
    })
}

/// Opens the folder off the threads of the processes, trying again while another process holds it. What else is wrong
/// with a folder does not pass by itself.
pub(super) async fn open(runtime: &Runtime, folder: &Path, settings: SledSettings) -> Result<SledStore> {
    let attempt = || {
        let (folder, settings, clock) = (folder.to_owned(), settings.clone(), runtime.clock().clone());
        let opened =
            runtime.spawner().spawn_blocking("open-storage", move || SledStore::open(&folder, settings, clock));
        async move {
            match opened.await.map_err(|aborted| Error::new(Code::Internal, aborted.to_string()))? {
                Err(error) if error.code() == Code::Held => Err(error),
                opened => Ok(opened),
            }
        }
    };
    let opened = PATIENCE.run(&**runtime.clock(), &**runtime.entropy(), attempt).await?;
    opened.map_err(|error| match error.code() {
        Code::Io | Code::PermissionDenied => error.advise("choose another folder with --data"),
        Code::Corrupt => {
            let readable = error.advice().to_owned();
            error.advise(format!("{readable}; `cargo xtask export --salvage` rescues that"))
        }
        _ => error,
    })
}

/// Whether a folder has a store of this composition.
pub(super) fn has_store(folder: &Path) -> bool {
    folder.join("format.json").exists()
}

/// The error for a folder that another composition has its data in.
pub(super) fn another(folder: &Path, composition: &str) -> Error {
    Error::new(Code::InvalidConfiguration, format!("{} has the data of --composition {composition}", folder.display()))
        .advise("choose that composition, or another folder with --data")
}

/// What opening found that is worth telling: nothing, where all was in order.
fn notes(report: &OpenReport, folder: &Path) -> Vec<String> {
    let mut notes = Vec::new();
    if let KeyValueReport::Replaced { why, aside } = &report.key_value {
        let kept =
            aside.as_ref().map_or_else(String::new, |aside| format!("; what is left is kept as {}", aside.display()));
        notes.push(format!("The projections in {} were damaged ({why}) and are built again{kept}.", folder.display()));
    }
    if report.head_repaired {
        notes.push(format!("One of the log's two head records in {} was damaged and is repaired.", folder.display()));
    }
    notes
}

/// Makes sure that no other process works in a folder.
///
/// # Errors
/// `Held` where one does. Any other trouble with the folder is no reason not to move it.
pub(super) fn check_free(folder: &Path, clock: Arc<dyn Clock>) -> Result<()> {
    match SledStore::open(folder, SledSettings::default(), clock) {
        Ok(store) => store.close(),
        Err(error) if error.code() == Code::Held => return Err(error),
        Err(_) => {}
    }
    Ok(())
}
