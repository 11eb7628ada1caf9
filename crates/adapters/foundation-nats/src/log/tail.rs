//! Subscriptions: reading on, for ever.
//!
//! A subscriber keeps its place itself and reads from the log, so no server has to remember it, and no restart of one
//! can lose or repeat an event. The leader tells of each event that it stored; that is a reason to look and nothing
//! more. News that got lost are made up for by looking now and then, and when the link is there again.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Subscriber;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::{Monotonic, deadline};
use foundation_core::port::storage::{Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use futures_util::future::{Either, select};
use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::Core;
use super::patience::Patience;
use super::reader::Reader;
use super::scan::number;
use crate::connection::{LinkState, NatsHealth};

/// How long nothing has to be told before the log is looked at all the same.
const LOOK: Duration = Duration::from_secs(2);

/// How long an event that was told is looked for before the news count as wrong: a trim may have taken it.
const BELIEVE: Duration = Duration::from_secs(5);

/// The pauses between looks for an event that was told: the copy that is asked may be behind the leader that tells.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Tail {
    core: Arc<Core>,
    reader: Reader,
    news: Subscriber,
    /// The latest event that was told, and since when it is looked for.
    told: u64,
    told_at: Monotonic,
    pause: Duration,
    health: NatsHealth,
}

pub(super) async fn subscribe(
    core: &Arc<Core>,
    stream: &StreamName,
    from: Sequence,
) -> Result<BoxStream<'static, Result<Recorded>>> {
    let tail = Tail::open(core, stream, from).await?;
    Ok(stream::unfold(Some(tail), |tail| async move {
        let mut tail = tail?;
        match tail.next().await {
            Ok(recorded) => Some((Ok(recorded), Some(tail))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed())
}

impl Tail {
    /// A tail that begins at `from`.
    ///
    /// # Errors
    /// `Compacted` where that was trimmed.
    pub(super) async fn open(core: &Arc<Core>, stream: &StreamName, from: Sequence) -> Result<Self> {
        let connection = &core.connection;
        let doing = || format!("subscribe to stream `{stream}`");
        connection.check_link().map_err(|trouble| trouble.of_read(&doing()))?;
        let news = connection.client().subscribe(core.names.told(stream)).await;
        let news = news.map_err(|cause| Error::new(Code::ServiceUnavailable, doing()).caused_by(cause))?;
        let standing = core.standing(stream, None).await?;
        let reader = Reader::new(core, stream, from, &standing.mark)?;
        let (told, told_at, pause) = (standing.head, connection.clock().now(), FIRST_PAUSE);
        Ok(Self { core: Arc::clone(core), reader, news, told, told_at, pause, health: connection.health() })
    }

    /// The next event. Dropping the future loses nothing: the place moves when an event is answered.
    pub(super) async fn next(&mut self) -> Result<Recorded> {
        loop {
            if let Some(recorded) = self.reader.take_ready() {
                return Ok(recorded);
            }
            self.hear_what_waits();
            // A subscription outlives any outage, so here time is never up for good.
            let mut patience = Patience::of(&self.core.connection);
            match self.reader.step(&mut patience).await {
                Ok(true) => self.pause = FIRST_PAUSE,
                Ok(false) => self.wait().await?,
                Err(error) if error.is_transient() => self.wait().await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until there may be something.
    async fn wait(&mut self) -> Result<()> {
        let clock = Arc::clone(self.core.connection.clock());
        if self.told > self.reader.reached() && clock.now() - self.told_at < BELIEVE {
            clock.sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            return Ok(());
        }
        let heard = {
            let link_again = std::pin::pin!(self.core.connection.health_after(&self.health));
            match deadline(&*clock, clock.now() + LOOK, select(self.news.next(), link_again)).await {
                Ok(Either::Left((message, _))) => {
                    Heard::News(message.map(|message| sequence(message.headers.as_ref())))
                }
                Ok(Either::Right((health, _))) => Heard::Link(health),
                Err(_) => Heard::Nothing,
            }
        };
        match heard {
            Heard::News(Some(sequence)) => self.hear(sequence),
            Heard::News(None) => return Err(closed()),
            Heard::Link(health) if health.state == LinkState::Closed => return Err(closed()),
            Heard::Link(health) => self.health = health,
            Heard::Nothing => {}
        }
        Ok(())
    }

    /// Takes in the news that are there already: many of them are one reason to look.
    fn hear_what_waits(&mut self) {
        while let Some(Some(message)) = self.news.next().now_or_never() {
            self.hear(sequence(message.headers.as_ref()));
        }
    }

    fn hear(&mut self, sequence: u64) {
        if sequence > self.told {
            (self.told, self.told_at, self.pause) = (sequence, self.core.connection.clock().now(), FIRST_PAUSE);
        }
    }
}

/// What ended a wait.
enum Heard {
    /// An event was stored here; `None`: the client is gone.
    News(Option<u64>),
    Link(NatsHealth),
    Nothing,
}

fn sequence(headers: Option<&async_nats::HeaderMap>) -> u64 {
    headers.and_then(|headers| number(headers, "Nats-Sequence")).unwrap_or_default()
}

fn closed() -> Error {
    let what = "subscription to a stream: the connection was closed";
    Error::new(Code::ServiceUnavailable, what).advise("open a new connection")
}
