//! Three servers that hold every stream together, and the connections to them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use foundation_core::coordination::{Coordination, CoordinationParts};
use foundation_core::event::{EventSource, NodeId};
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::Entropy;
use foundation_core::port::registry::Registry as _;
use foundation_core::port::storage::{EventLog, KeyValue};
use foundation_core::registry::KeyValueRegistry;
use foundation_core::{Result, Spawner};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats::{NatsConnection, NatsEventLog, NatsKeyValue, NatsSettings};
use foundation_nats_server::{NatsCluster, NatsServer, ServerError, ServerSettings};
use serde_json::{Value, json};

use super::client::{NODE, Tools};
use super::planted::FollowerReads;
use crate::chaos::live;
use crate::failure::Failure;

/// How many servers there are, and how many keep each stream.
pub(super) const SERVERS: usize = 3;
/// How long the servers may take for what they do in seconds on a machine that does nothing else.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
const ONE_QUESTION: Duration = Duration::from_secs(2);
/// Before something that failed is tried again.
const BREATH: Duration = Duration::from_millis(100);
/// How often all leaders are asked to move before a round goes on without that.
const MOVES: usize = 5;

/// What is done to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Blow {
    /// SIGKILL, and a start on the same store afterwards.
    Kill,
    /// SIGSTOP, and SIGCONT afterwards.
    Stop,
}

impl Blow {
    /// The signal.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "SIGKILL",
            Self::Stop => "SIGSTOP",
        }
    }
}

/// The servers, and what every connection to them shares.
pub(super) struct Ground {
    cluster: Arc<Mutex<NatsCluster>>,
    urls: Vec<String>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    spawner: Spawner,
    reads_from_followers: bool,
}

/// One connection, with what is made of it.
pub(super) struct Ports {
    pub(super) store: Arc<dyn KeyValue>,
    pub(super) log: Arc<dyn EventLog>,
}

impl Ground {
    /// Starts the servers.
    ///
    /// # Errors
    /// Where there is no server on this machine, or it does not start.
    pub(super) async fn start(reads_from_followers: bool) -> Result<Self, Failure> {
        let binary = foundation_nats_server::find().map_err(failure)?;
        let started = live::thread(move || NatsCluster::start(SERVERS, &ServerSettings::new(binary)));
        let cluster = live::joined(started).await?.map_err(failure)?;
        Ok(Self {
            urls: cluster.urls(),
            cluster: Arc::new(Mutex::new(cluster)),
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy::new()?),
            spawner: Spawner::current().map_err(|error| Failure::new(format!("start tasks: {error}")))?,
            reads_from_followers,
        })
    }

    /// A connection of its own to one server; where that one does not answer it finds the others.
    pub(super) async fn connect(&self, server: usize) -> Result<Ports> {
        let settings = NatsSettings {
            replicas: SERVERS,
            // Short, so that answers are lost and stay lost.
            answer_timeout: Duration::from_millis(700),
            resolve_timeout: Duration::from_millis(1_500),
            ping_interval: Duration::from_secs(1),
            ..NatsSettings::at(self.urls[server % SERVERS].clone())
        };
        let connection = NatsConnection::open(settings, Arc::clone(&self.clock)).await?;
        let store: Arc<dyn KeyValue> = Arc::new(NatsKeyValue::new(connection.clone()));
        let store = if self.reads_from_followers { Arc::new(FollowerReads(store)) } else { store };
        let log = patiently(|| NatsEventLog::open(&connection)).await?;
        Ok(Ports { store, log: Arc::new(log) })
    }

    /// What a client works with: a connection, a session and a part in the coordination of its own.
    pub(super) async fn tools(&self, client: usize) -> Result<Tools> {
        let store = self.connect(client).await?.store;
        tools(client, store, &self.clock, &self.entropy, &self.spawner).await
    }

    /// Makes the events of a writer.
    pub(super) fn source(&self, writer: u32) -> Result<(EventSource, Arc<dyn Entropy>)> {
        let node = NodeId::new(format!("writer-{writer}"))?;
        Ok((EventSource::new(Arc::clone(&self.clock), Arc::clone(&self.entropy), node), Arc::clone(&self.entropy)))
    }

    /// Does something with the servers on a thread, because that blocks.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut NatsCluster) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T, Failure> {
        let cluster = Arc::clone(&self.cluster);
        let done = live::thread(move || work(&mut cluster.lock().unwrap_or_else(PoisonError::into_inner)));
        live::joined(done).await?.map_err(failure)
    }

    /// Has one server lead every stream, so that whatever is under way is hit; answers that server, how many streams it
    /// leads and how many there are. `turn` chooses the server by the stream whose leader stays.
    pub(super) async fn gather(&self, turn: usize) -> Result<(usize, usize, usize), Failure> {
        self.with(move |cluster| {
            cluster.wait_until_current(PATIENCE)?;
            let streams = streams(cluster)?;
            let Some(stream) = streams.get(turn % streams.len().max(1)) else {
                return Err(ServerError::Settings("there is no stream to hit the leader of".to_owned()));
            };
            let chosen = cluster.leader_of(stream, PATIENCE)?;
            for _ in 0..MOVES {
                let away = led_elsewhere(cluster, &streams, chosen)?;
                if away.is_empty() {
                    break;
                }
                let name = cluster.server(chosen).map(NatsServer::name).unwrap_or_default().to_owned();
                for stream in &away {
                    let body = json!({ "placement": { "preferred": name } });
                    // Whether it moved is looked at afterwards.
                    let _ = ask(cluster, &format!("$JS.API.STREAM.LEADER.STEPDOWN.{stream}"), &body);
                }
                for stream in &away {
                    cluster.leader_of(stream, PATIENCE)?;
                }
            }
            let led = streams.len() - led_elsewhere(cluster, &streams, chosen)?.len();
            Ok((chosen, led, streams.len()))
        })
        .await
    }

    /// Strikes a server; answers the moment before the signal.
    pub(super) async fn strike(&self, blow: Blow, server: usize) -> Result<Instant, Failure> {
        self.with(move |cluster| {
            let moment = live::now();
            match blow {
                Blow::Kill => cluster.kill(server)?,
                Blow::Stop => cluster.pause(server)?,
            }
            Ok(moment)
        })
        .await
    }

    /// Undoes a blow.
    pub(super) async fn heal(&self, blow: Blow, server: usize) -> Result<(), Failure> {
        self.with(move |cluster| match blow {
            Blow::Kill => cluster.restart(server),
            Blow::Stop => cluster.resume(server),
        })
        .await
    }

    /// Waits until every server runs and has caught up.
    pub(super) async fn whole(&self) -> Result<(), Failure> {
        self.with(|cluster| cluster.wait_until_current(PATIENCE)).await
    }
}

/// What a client works with, on any store; it has no neighbours yet.
pub(super) async fn tools(
    client: usize,
    store: Arc<dyn KeyValue>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    spawner: &Spawner,
) -> Result<Tools> {
    let node = NodeId::new(format!("{NODE}{client}"))?;
    let registry = KeyValueRegistry::new(Arc::clone(&store), Arc::clone(entropy));
    let session = patiently(|| registry.open_session(&node)).await?;
    let coordination = Coordination::new(CoordinationParts {
        store: Arc::clone(&store),
        clock: Arc::clone(clock),
        spawner: spawner.clone(),
        entropy: Arc::clone(entropy),
        node,
    });
    let coordination = coordination.with_leases(Tools::leases()?);
    Ok(Tools { neighbours: Vec::new(), store, registry: Arc::new(registry), session, coordination })
}

/// Tries again where that may help: streams that were just made have no leader yet.
pub(super) async fn patiently<T, F: Future<Output = Result<T>>>(mut attempt: impl FnMut() -> F) -> Result<T> {
    let begun = live::now();
    loop {
        match attempt().await {
            Err(error) if error.is_transient() && begun.elapsed() < PATIENCE => live::pause(BREATH).await,
            done => return done,
        }
    }
}

/// Asks one server that runs.
fn ask(cluster: &mut NatsCluster, subject: &str, body: &Value) -> Result<Value, ServerError> {
    let running = cluster.running();
    let server = running.first().and_then(|index| cluster.server(*index));
    let server = server.ok_or_else(|| ServerError::Settings("no server runs".to_owned()))?;
    server.ask(subject, body, ONE_QUESTION)
}

/// The names of all streams.
fn streams(cluster: &mut NatsCluster) -> Result<Vec<String>, ServerError> {
    let answer = ask(cluster, "$JS.API.STREAM.NAMES", &json!({ "offset": 0 }))?;
    let names = answer["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
}

/// Those of the streams that another server leads.
fn led_elsewhere(cluster: &mut NatsCluster, streams: &[String], chosen: usize) -> Result<Vec<String>, ServerError> {
    let mut away = Vec::new();
    for stream in streams {
        if cluster.leader_of(stream, PATIENCE)? != chosen {
            away.push(stream.clone());
        }
    }
    Ok(away)
}

fn failure(error: ServerError) -> Failure {
    Failure::new(error.to_string())
}
