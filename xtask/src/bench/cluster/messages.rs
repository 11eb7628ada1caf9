//! Rows of messages: requests that are answered, and messages that are only sent.

use std::sync::Arc;
use std::time::Duration;

use async_nats::RequestErrorKind;
use async_trait::async_trait;
use bytes::Bytes;
use foundation_core::Code;
use foundation_core::port::messaging::{Messaging as _, Subject, SubjectPattern};
use foundation_nats::NatsMessaging;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Case, PAYLOAD, Sides, now};
use crate::failure::Failure;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many requests are under way in the row that has many.
const MANY: usize = 64;
/// The subjects of the bare client; the adapter's are as long, with the tenant in them.
const BARE_ECHO: &str = "foundation.bare-one.msg.echo";
const BARE_SINK: &str = "foundation.bare-one.msg.sink";
/// Nobody listens there: the server's answer says that it has handled what was sent before.
const BARE_NOBODY: &str = "foundation.bare-one.msg.nobody";

/// What the rows share: one who asks, of each side. Who answers has the other connection.
struct Messages {
    ours: NatsMessaging,
    echo: Subject,
    sink: Subject,
    nobody: Subject,
    bare: async_nats::Client,
    payload: Bytes,
}

/// The rows of this part.
pub(super) async fn cases(sides: &Sides) -> Result<Vec<Box<dyn Case>>, Failure> {
    let shared = Arc::new(Messages::new(sides).await?);
    Ok(vec![
        Box::new(RequestReply { shared: shared.clone(), at_a_time: 1 }),
        Box::new(RequestReply { shared: shared.clone(), at_a_time: MANY }),
        Box::new(Publish(shared)),
    ])
}

impl Messages {
    async fn new(sides: &Sides) -> Result<Self, Failure> {
        let echo = Subject::new("echo")?;
        answer_ours(NatsMessaging::new(&sides.ours[1]), &echo).await?;
        answer_bare(sides.bare[1].clone()).await?;
        let new = Self {
            ours: NatsMessaging::new(&sides.ours[0]),
            echo,
            sink: Subject::new("sink")?,
            nobody: Subject::new("nobody")?,
            bare: sides.bare[0].clone(),
            payload: Bytes::from(vec![7; PAYLOAD]),
        };
        new.until_heard().await?;
        Ok(new)
    }

    /// In a cluster the other server learns of a subscription a moment later.
    async fn until_heard(&self) -> Result<(), Failure> {
        let until = now() + PATIENCE;
        loop {
            let ours = self.ask_ours().await;
            let bare = self.ask_bare().await;
            match ours.and(bare) {
                Err(_) if now() < until => {}
                heard => return heard,
            }
        }
    }

    async fn ask_ours(&self) -> Result<(), Failure> {
        self.ours.request(&self.echo, self.payload.clone(), PATIENCE).await?;
        Ok(())
    }

    async fn ask_bare(&self) -> Result<(), Failure> {
        self.bare.request(BARE_ECHO, self.payload.clone()).await.map_err(|error| bare_failed("request", &error))?;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever answers ends with the runtime of the benchmark")]
async fn answer_ours(messaging: NatsMessaging, echo: &Subject) -> Result<(), Failure> {
    let mut asked = messaging.subscribe(&SubjectPattern::from(echo), None).await?;
    tokio::spawn(async move {
        while let Some(Ok(delivery)) = asked.next().await {
            if let Some(reply_to) = delivery.reply_to {
                // Whoever asked notices that there is no answer.
                let _ = messaging.publish(&reply_to, delivery.payload).await;
            }
        }
    });
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "whoever answers ends with the runtime of the benchmark")]
async fn answer_bare(client: async_nats::Client) -> Result<(), Failure> {
    let mut asked = client.subscribe(BARE_ECHO).await.map_err(|error| bare_failed("subscribe", &error))?;
    client.flush().await.map_err(|error| bare_failed("flush", &error))?;
    tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            if let Some(reply) = message.reply {
                let _ = client.publish(reply, message.payload).await;
            }
        }
    });
    Ok(())
}

pub(super) fn bare_failed(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("the bare client's {what}: {error}"))
}

/// Requests to one who answers with what it got, one after the other or many at a time.
struct RequestReply {
    shared: Arc<Messages>,
    at_a_time: usize,
}

#[async_trait]
impl Case for RequestReply {
    fn name(&self) -> &'static str {
        if self.at_a_time == 1 { "request_reply" } else { "request_reply_64" }
    }

    fn times(&self) -> u32 {
        if self.at_a_time == 1 { 2_000 } else { 20_000 }
    }

    fn is_rate(&self) -> bool {
        self.at_a_time > 1
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure> {
        let began = now();
        let shared = &self.shared;
        if self.at_a_time == 1 {
            for _ in 0..times {
                shared.ask_ours().await?;
            }
        } else {
            let asked = stream::iter(0..times).map(|_| shared.ask_ours()).buffer_unordered(self.at_a_time);
            asked.try_for_each(|()| async { Ok(()) }).await?;
        }
        Ok(now().duration_since(began))
    }

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure> {
        let began = now();
        let shared = &self.shared;
        if self.at_a_time == 1 {
            for _ in 0..times {
                shared.ask_bare().await?;
            }
        } else {
            let asked = stream::iter(0..times).map(|_| shared.ask_bare()).buffer_unordered(self.at_a_time);
            asked.try_for_each(|()| async { Ok(()) }).await?;
        }
        Ok(now().duration_since(began))
    }
}

/// Messages one after the other, timed until the server has handled the last.
struct Publish(Arc<Messages>);

#[async_trait]
impl Case for Publish {
    fn name(&self) -> &'static str {
        "publish"
    }

    fn times(&self) -> u32 {
        100_000
    }

    fn is_rate(&self) -> bool {
        true
    }

    async fn ours(&mut self, times: u32) -> Result<Duration, Failure> {
        let Messages { ours, sink, nobody, payload, .. } = &*self.0;
        let began = now();
        for _ in 0..times {
            ours.publish(sink, payload.clone()).await?;
        }
        match ours.request(nobody, Bytes::new(), PATIENCE).await {
            Err(error) if error.code() == Code::NoResponders => Ok(now().duration_since(began)),
            Err(error) => Err(error.into()),
            Ok(_) => Err(Failure::new("somebody answered where nobody listens")),
        }
    }

    async fn bare(&mut self, times: u32) -> Result<Duration, Failure> {
        let Messages { bare, payload, .. } = &*self.0;
        let began = now();
        for _ in 0..times {
            bare.publish(BARE_SINK, payload.clone()).await.map_err(|error| bare_failed("publish", &error))?;
        }
        match bare.request(BARE_NOBODY, Bytes::new()).await {
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Ok(now().duration_since(began)),
            Err(error) => Err(bare_failed("request", &error)),
            Ok(_) => Err(Failure::new("somebody answered where nobody listens")),
        }
    }
}
