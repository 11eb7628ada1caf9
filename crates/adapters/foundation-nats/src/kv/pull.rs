//! A consumer of a bucket's stream: ordered, unacknowledged, pulled.
//!
//! Pulled rather than pushed, so that whoever does not read leaves the messages where they are, in the stream: nothing
//! piles up in the client, and nothing is dropped by it.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, StatusCode, Subscriber};
use foundation_core::port::clock::{Monotonic, deadline};
use futures_util::{FutureExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bucket::OpenBucket;
use super::stored::Stored;
use crate::failure::Trouble;

/// How many messages are asked for at a time.
const BATCH: u64 = 256;

/// How long the server keeps a request for messages.
const EXPIRES: Duration = Duration::from_secs(30);

/// How often the server says that it still has the request, where there is nothing else to say.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// How long the server may say nothing at all.
const SILENCE: Duration = Duration::from_millis(2_500);

/// After how long without a request the server removes the consumer.
const INACTIVE: Duration = Duration::from_secs(60);

/// How long to wait for the servers to know of a new consumer.
const YOUNG_PAUSE: Duration = Duration::from_millis(2);

/// Where a consumer begins.
#[derive(Debug)]
pub(super) enum Start {
    /// With the last message of each subject that one of these filters picks.
    LastOf(Vec<String>),
    /// With this sequence, on all subjects.
    At(u64),
}

/// What comes from a consumer.
#[derive(Debug)]
pub(super) enum Pulled {
    /// A message; how many more the consumer has, at the moment when this one was sent.
    Message { stored: Stored, pending: u64 },
    /// There is no more for now.
    Nothing,
    /// It is alive.
    Heartbeat,
}

/// A consumer. Dropped, it is deleted.
#[derive(Debug)]
pub(super) struct Puller {
    bucket: Arc<OpenBucket>,
    name: String,
    inbox: String,
    incoming: Subscriber,
    /// The number of the last message that the consumer sent.
    last: u64,
    /// How many messages of the latest request have not come yet; 0 where there is no request.
    awaited: u64,
    /// Until when nobody may answer for it: right after it was made the servers do not all know of it.
    young_until: Option<Monotonic>,
}

#[derive(Deserialize)]
struct Made {}

impl Puller {
    pub(super) async fn new(bucket: &Arc<OpenBucket>, start: Start) -> Result<Self, Trouble> {
        let connection = &bucket.connection;
        connection.check_link()?;
        let inbox = connection.client().new_inbox();
        let subscribed = connection.client().subscribe(inbox.clone()).await;
        let incoming = subscribed.map_err(|cause| Trouble::NotConnected(cause.to_string()))?;
        let name = connection.unique();
        let mut config = json!({
            "name": name, "ack_policy": "none", "mem_storage": true, "num_replicas": 1,
            "inactive_threshold": nanos(INACTIVE),
        });
        match start {
            Start::LastOf(filters) => {
                config["deliver_policy"] = json!("last_per_subject");
                config["filter_subjects"] = json!(filters);
            }
            Start::At(sequence) => {
                config["deliver_policy"] = json!("by_start_sequence");
                config["opt_start_seq"] = json!(sequence);
            }
        }
        let request = json!({ "stream_name": bucket.stream, "config": config, "action": "create" });
        // From here on there may be a consumer, which goes with this.
        let mut puller =
            Self { bucket: Arc::clone(bucket), name, inbox, incoming, last: 0, awaited: 0, young_until: None };
        let what = format!("CONSUMER.CREATE.{}.{}", bucket.stream, puller.name);
        let Made {} = connection.api(&what, &request).await?;
        puller.young_until = Some(connection.clock().now() + connection.settings().answer_timeout);
        Ok(puller)
    }

    /// The next of what the consumer has now, and [`Pulled::Nothing`] where it has no more.
    pub(super) async fn next_now(&mut self) -> Result<Pulled, Trouble> {
        self.next(&json!({ "batch": BATCH, "no_wait": true }), self.bucket.connection.settings().answer_timeout).await
    }

    /// The next of what the consumer has or gets. Cancel safe.
    pub(super) async fn next_soon(&mut self) -> Result<Pulled, Trouble> {
        let request = json!({ "batch": BATCH, "expires": nanos(EXPIRES), "idle_heartbeat": nanos(HEARTBEAT) });
        self.next(&request, SILENCE).await
    }

    async fn next(&mut self, request: &Value, patience: Duration) -> Result<Pulled, Trouble> {
        let clock = Arc::clone(self.bucket.connection.clock());
        loop {
            if self.awaited == 0 {
                self.ask(request).await?;
            }
            let silent = || Trouble::Lost(format!("the server said nothing for {patience:?}"));
            // The timer is set up only where there is something to wait for.
            let message = match self.incoming.next().now_or_never() {
                Some(message) => message,
                None => deadline(&*clock, clock.now() + patience, self.incoming.next()).await.map_err(|_| silent())?,
            };
            let message = message.ok_or_else(|| Trouble::NotConnected("the connection was closed".to_owned()))?;
            match self.take(message) {
                Err(Trouble::NoResponders) if self.young_until.is_some_and(|until| clock.now() < until) => {
                    self.awaited = 0;
                    clock.sleep(YOUNG_PAUSE).await;
                }
                taken => {
                    self.young_until = None;
                    return taken;
                }
            }
        }
    }

    async fn ask(&mut self, request: &Value) -> Result<(), Trouble> {
        let connection = &self.bucket.connection;
        connection.check_link()?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", self.bucket.stream, self.name);
        let sent =
            connection.client().publish_with_reply(subject, self.inbox.clone(), request.to_string().into()).await;
        sent.map_err(|cause| Trouble::NotConnected(cause.to_string()))?;
        self.awaited = BATCH;
        Ok(())
    }

    fn take(&mut self, message: Message) -> Result<Pulled, Trouble> {
        match message.status {
            None => {}
            Some(StatusCode::IDLE_HEARTBEAT) => return Ok(Pulled::Heartbeat),
            // No messages, or the request has run out.
            Some(StatusCode::NOT_FOUND | StatusCode::TIMEOUT) => {
                self.awaited = 0;
                return Ok(Pulled::Nothing);
            }
            Some(StatusCode::NO_RESPONDERS) => return Err(Trouble::NoResponders),
            Some(status) => {
                let why = message.description.unwrap_or_default();
                return Err(Trouble::Lost(format!("the consumer answered {} {why}", status.as_u16())));
            }
        }
        let place = message.reply.as_deref().and_then(Place::parse);
        let place = place.ok_or_else(|| Trouble::Garbled("a delivery without its place".to_owned()))?;
        if place.number != self.last + 1 {
            return Err(Trouble::Lost(format!("deliveries after number {} were lost", self.last)));
        }
        self.last = place.number;
        self.awaited = self.awaited.saturating_sub(1);
        Ok(Pulled::Message { stored: Stored::from_delivery(message, place.sequence), pending: place.pending })
    }
}

impl Drop for Puller {
    fn drop(&mut self) {
        let bucket = Arc::clone(&self.bucket);
        let what = format!("CONSUMER.DELETE.{}.{}", bucket.stream, self.name);
        self.bucket.connection.tasks().spawn(async move {
            // Where this fails the server removes it after a while.
            let _: Result<Value, Trouble> = bucket.connection.api(&what, &()).await;
        });
    }
}

/// Where a delivery comes from, out of the subject for its acknowledgement.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// Its sequence in the stream.
    sequence: u64,
    /// Its number among the deliveries of the consumer.
    number: u64,
    /// How many more there were.
    pending: u64,
}

impl Place {
    /// `$JS.ACK.<stream>.<consumer>.<tries>.<sequence>.<number>.<time>.<pending>`, and with domain and account in front
    /// of the stream and something random at the end.
    fn parse(reply: &str) -> Option<Self> {
        let tokens: Vec<&str> = reply.strip_prefix("$JS.ACK.")?.split('.').collect();
        let first = match tokens.len() {
            7 => 3,
            9.. => 5,
            _ => return None,
        };
        let number = |index: usize| tokens.get(first + index)?.parse().ok();
        Some(Self { sequence: number(0)?, number: number(1)?, pending: number(3)? })
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
