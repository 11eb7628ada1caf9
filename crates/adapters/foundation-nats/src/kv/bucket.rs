//! A bucket that is open: its stream exists and fits, and its names are made.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use foundation_core::port::storage::{Bucket, Key};
use foundation_core::{Code, Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::config::{self, Fit};
use super::known::{KnownValues, OwnWrites};
use crate::connection::NatsConnection;
use crate::failure::{Trouble, number};
use crate::names::key_subject;

/// The waits before a stream is asked for again double from the first to the second of these.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How many subjects barriers have.
const BARRIERS: u64 = 256;

/// A bucket, open or not yet.
#[derive(Debug)]
pub(super) struct Slot {
    name: Bucket,
    open: RwLock<Option<Arc<OpenBucket>>>,
    /// Whether the stream has to be looked at again.
    is_doubted: AtomicBool,
    opening: Mutex<()>,
}

impl Slot {
    pub(super) fn new(name: Bucket) -> Self {
        Self { name, open: RwLock::new(None), is_doubted: AtomicBool::new(false), opening: Mutex::new(()) }
    }

    /// The open bucket; makes its stream the first time.
    pub(super) async fn open(&self, connection: &NatsConnection) -> Result<Arc<OpenBucket>> {
        if let Some(open) = self.is_open() {
            return Ok(open);
        }
        let _one = self.opening.lock().await;
        if let Some(open) = self.is_open() {
            return Ok(open);
        }
        let doing = format!("open bucket `{}`", self.name);
        let found = Arc::new(open(connection, &self.name, &doing).await?);
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let open = match open.as_ref() {
            // The same stream as before: what is known of it still holds.
            Some(before) if before.first == found.first && before.is_alone == found.is_alone => Arc::clone(before),
            _ => Arc::clone(open.insert(found)),
        };
        self.is_doubted.store(false, Ordering::Release);
        Ok(open)
    }

    /// The open bucket, where it is open and not in doubt.
    pub(super) fn is_open(&self) -> Option<Arc<OpenBucket>> {
        if self.is_doubted.load(Ordering::Acquire) {
            return None;
        }
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has the stream looked at again the next time: nobody answered for it.
    pub(super) fn doubt(&self) {
        self.is_doubted.store(true, Ordering::Release);
    }
}

/// A bucket whose stream exists.
#[derive(Debug)]
pub(super) struct OpenBucket {
    pub(super) connection: NatsConnection,
    pub(super) name: Bucket,
    pub(super) stream: String,
    /// What the subjects of keys begin with.
    pub(super) prefix: String,
    /// What the subjects of barriers begin with.
    barriers: String,
    /// Counts barriers.
    proofs: AtomicU64,
    /// Whether one server alone has the data, so that whatever it answers is the latest.
    pub(super) is_alone: bool,
    /// The sequence that the stream began with.
    pub(super) first: u64,
    /// How many messages of a subject the stream keeps.
    pub(super) history: u64,
    pub(super) values: KnownValues,
    pub(super) own: OwnWrites,
    /// The highest revision that this instance has met.
    met: AtomicU64,
}

impl OpenBucket {
    pub(super) fn subject(&self, key: &Key) -> String {
        key_subject(&self.prefix, key)
    }

    /// A subject for a message that only has to be agreed to. There are many of them in turn, because the stream keeps the
    /// latest few messages of each: a watch that lags behind would take one that was dropped for a change it missed.
    pub(super) fn barrier(&self) -> String {
        format!("{}{}", self.barriers, self.proofs.fetch_add(1, Ordering::Relaxed) % BARRIERS)
    }

    /// Takes note of a revision that the server told.
    pub(super) fn meet(&self, revision: u64) {
        self.met.fetch_max(revision, Ordering::AcqRel);
    }

    /// A revision that everything written from now on lies above.
    pub(super) fn met(&self) -> u64 {
        self.met.load(Ordering::Acquire)
    }

    /// The last sequence of the stream, by its leader.
    pub(super) async fn last_sequence(&self) -> Result<u64, Trouble> {
        let info: StreamInfo = self.connection.api(&format!("STREAM.INFO.{}", self.stream), &()).await?;
        Ok(info.state.last_seq)
    }
}

impl OpenBucket {
    /// The subjects that `filter` picks and that have messages, by the stream's leader.
    pub(super) async fn keys(&self, filter: &str) -> Result<Vec<String>, Trouble> {
        let mut keys = Vec::new();
        loop {
            let question = json!({ "subjects_filter": filter, "offset": keys.len() });
            let page: SubjectPage = self.connection.api(&format!("STREAM.INFO.{}", self.stream), &question).await?;
            let came = page.state.subjects.unwrap_or_default();
            let is_last = came.is_empty();
            keys.extend(came.into_keys());
            if is_last || keys.len() >= page.total {
                return Ok(keys);
            }
        }
    }
}

/// One page of a stream's subjects; the server makes pages of up to 100,000.
#[derive(Deserialize)]
struct SubjectPage {
    #[serde(default)]
    total: usize,
    #[serde(default)]
    state: Subjects,
}

#[derive(Default, Deserialize)]
struct Subjects {
    #[serde(default)]
    subjects: Option<HashMap<String, u64>>,
}

#[derive(Deserialize)]
struct StreamInfo {
    config: Value,
    #[serde(default)]
    state: StreamState,
}

#[derive(Default, Deserialize)]
struct StreamState {
    #[serde(default)]
    last_seq: u64,
}

async fn open(connection: &NatsConnection, name: &Bucket, doing: &str) -> Result<OpenBucket> {
    let clock = connection.clock();
    let until = clock.now() + connection.settings().resolve_timeout;
    let mut pause = FIRST_PAUSE;
    loop {
        match try_to_open(connection, name, doing).await? {
            Ok(open) => return Ok(open),
            Err(trouble) if passes(&trouble) && clock.now() < until => {
                clock.sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(trouble) => return Err(trouble.of_read(doing)),
        }
    }
}

/// Whether opening is worth another try. A stream of several servers has no leader right after it was made: then nobody
/// answers for it, or those who are asked do not.
fn passes(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::NoResponders | Trouble::Lost(_) => true,
        Trouble::Refused(refusal) => refusal.meaning() == Code::ServiceUnavailable,
        _ => false,
    }
}

async fn try_to_open(
    connection: &NatsConnection,
    name: &Bucket,
    doing: &str,
) -> Result<std::result::Result<OpenBucket, Trouble>> {
    let tenant = connection.tenant();
    let (stream, prefix, barriers) = (tenant.bucket_stream(name), tenant.key_prefix(name), tenant.barriers(name));
    let subjects = [format!("{prefix}>"), format!("{barriers}*")];
    let wanted = config::wanted(connection.settings(), &stream, &subjects, connection.clock().wall());
    let mut info = match find_or_make(connection, &stream, &wanted).await {
        Ok(info) => info,
        Err(trouble) => return Ok(Err(trouble)),
    };
    match config::judge(&info.config, &wanted) {
        Fit::Fits => {}
        Fit::Adjust(config) => match connection.api(&format!("STREAM.UPDATE.{stream}"), &config).await {
            Ok(adjusted) => info = adjusted,
            Err(trouble) => return Ok(Err(trouble)),
        },
        Fit::Refuse(why) => {
            return Err(Error::new(
                Code::InvalidConfiguration,
                format!("{doing}: its stream {stream} exists and does not fit: {why}"),
            )
            .advise("change the stream, or use another tenant"));
        }
    }
    let number = |field: &str| info.config.get(field).and_then(Value::as_u64);
    let bucket = OpenBucket {
        connection: connection.clone(),
        name: name.clone(),
        is_alone: number("num_replicas").unwrap_or(1) == 1,
        first: number("first_seq").unwrap_or(1),
        history: number("max_msgs_per_subject").unwrap_or(u64::MAX),
        stream,
        prefix,
        barriers,
        proofs: AtomicU64::new(0),
        values: KnownValues::new(),
        own: OwnWrites::new(),
        met: AtomicU64::new(0),
    };
    // The leader answers for it.
    Ok(match bucket.last_sequence().await {
        Ok(last) => {
            bucket.meet(last);
            Ok(bucket)
        }
        Err(trouble) => Err(trouble),
    })
}

/// Asks for the stream, and makes it where the server *says* that there is none. That nobody answers, as while a leader
/// is being elected, says nothing about what exists.
async fn find_or_make(connection: &NatsConnection, stream: &str, wanted: &Value) -> Result<StreamInfo, Trouble> {
    let ask = format!("STREAM.INFO.{stream}");
    match connection.api(&ask, &()).await {
        Err(Trouble::Refused(refusal)) if refusal.err_code == number::STREAM_NOT_FOUND => {}
        other => return other,
    }
    match connection.api(&format!("STREAM.CREATE.{stream}"), wanted).await {
        // Somebody else was first, with another first sequence.
        Err(Trouble::Refused(refusal)) if refusal.err_code == number::STREAM_NAME_IN_USE => {
            connection.api(&ask, &()).await
        }
        other => other,
    }
}
