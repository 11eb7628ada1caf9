//! Group `cluster`: the adapter for NATS beside its bare client.
//!
//! Both talk to the same servers, which are started for this, over connections of their own, and take turns: a round of
//! ours, a round of the peer's, and the other way round the next time. The peer sends what the adapter has to send and
//! nothing more, so the ratio is what the adapter's checks and types cost. Servers sync every two minutes, as they do
//! unless told otherwise: a sync in each write would hide the difference.

mod messages;
mod storage;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use foundation_core::port::clock::Clock;
use foundation_memory::SystemClock;
use foundation_nats::{NatsConnection, NatsSettings};
use foundation_nats_server::{NatsCluster, NatsServer, ServerError, ServerSettings};

use super::row::{Better, Row};
use crate::args::BenchArgs;
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;

/// What the peer is called in rows.
const PEER: &str = "async_nats";
/// The payload of a message and the value of a key, in bytes.
const PAYLOAD: usize = 256;

/// One row: the same work by ours and by the bare client. Both answer how long it took.
#[async_trait]
trait Case: Send {
    /// The row's name.
    fn name(&self) -> &'static str;

    /// How often the work is done in a round.
    fn times(&self) -> u32;

    /// Whether the figure is a rate and not a time.
    fn is_rate(&self) -> bool {
        false
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure>;

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure>;
}

/// The two connections of each side, to servers that keep `replicas` of each stream.
struct Sides {
    ours: [NatsConnection; 2],
    bare: [async_nats::Client; 2],
}

impl Sides {
    /// Connects; the second connection of each side goes to the last of the servers.
    async fn connect(urls: &[String], replicas: usize) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let (Some(first), Some(last)) = (urls.first(), urls.last()) else {
            return Err(Failure::new("there is no server to measure on"));
        };
        let settings = |url: &String| NatsSettings { replicas, ..NatsSettings::at(url) };
        let bare = async |url: &String| {
            let failed = |error| Failure::new(format!("connect the bare client to {url}: {error}"));
            async_nats::connect(url).await.map_err(failed)
        };
        Ok(Self {
            ours: [
                NatsConnection::open(settings(first), clock.clone()).await?,
                NatsConnection::open(settings(last), clock).await?,
            ],
            bare: [bare(first).await?, bare(last).await?],
        })
    }
}

/// Measures the group.
pub(super) fn measure(args: &BenchArgs, console: Console) -> Result<Vec<Row>, Failure> {
    let binary = match foundation_nats_server::find() {
        Ok(binary) => binary,
        Err(missing) if args.groups.is_empty() => {
            console.line(format!("group cluster: left out: {missing}"));
            return Ok(Vec::new());
        }
        Err(missing) => return Err(failed(missing)),
    };
    let settings = ServerSettings::new(binary);
    let mut rows = Vec::new();

    let server = NatsServer::start(settings.clone()).map_err(failed)?;
    rows.extend(on(&[server.url()], 1, "", args, console)?);
    drop(server);

    let cluster = NatsCluster::start(3, &settings).map_err(failed)?;
    rows.extend(on(&cluster.urls(), 3, "/r3", args, console)?);
    Ok(rows)
}

fn failed(error: ServerError) -> Failure {
    Failure::new(error.to_string())
}

/// Every row on these servers.
fn on(urls: &[String], replicas: usize, suffix: &str, args: &BenchArgs, console: Console) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let measured = &mut rows;
    compositions::block_on(async move {
        let sides = Sides::connect(urls, replicas).await?;
        let mut cases = messages::cases(&sides).await?;
        cases.extend(storage::cases(&sides).await?);
        for case in &mut cases {
            let row = rounds(case.as_mut(), suffix, args).await?;
            console.line(format!("{}: {:.1} {}", row.name, row.ours, row.unit));
            measured.push(row);
        }
        Ok(())
    })?;
    Ok(rows)
}

/// The rounds of one row, the two sides in turn; which is first changes, so that neither always finds what the other
/// left behind.
async fn rounds(case: &mut dyn Case, suffix: &str, args: &BenchArgs) -> Result<Row, Failure> {
    let times = case.times();
    let warm = times.div_ceil(10);
    case.ours(warm).await?;
    if args.peers {
        case.bare(warm).await?;
    }
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for round in 0..args.runs {
        if args.peers && round % 2 == 1 {
            peer.push(case.bare(times).await?);
            ours.push(case.ours(times).await?);
        } else {
            ours.push(case.ours(times).await?);
            if args.peers {
                peer.push(case.bare(times).await?);
            }
        }
    }
    let figure = |took: &Duration| match case.is_rate() {
        true => f64::from(times) / took.as_secs_f64(),
        false => took.as_secs_f64() * 1e6 / f64::from(times),
    };
    let (ours, peer): (Vec<f64>, Vec<f64>) = (ours.iter().map(figure).collect(), peer.iter().map(figure).collect());
    let (unit, better) = if case.is_rate() { ("/s", Better::Higher) } else { ("µs", Better::Lower) };
    Ok(Row::in_turn(format!("{}{suffix}", case.name()), unit, better, &ours, args.peers.then_some((PEER, &peer))))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark times real servers, on the machine's own clock")]
fn now() -> Instant {
    Instant::now()
}
