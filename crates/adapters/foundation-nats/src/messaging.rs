//! Messages: subjects of a tenant on core NATS.

mod buffer;
mod names;
mod recent;
mod subscription;

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_nats::{PublishError, PublishErrorKind, Request, RequestError, RequestErrorKind};
use async_trait::async_trait;
use bytes::Bytes;
use foundation_core::port::BoxStream;
use foundation_core::port::messaging::{Delivery, GroupName, Messaging, MessagingLimits, Subject, SubjectPattern};
use foundation_core::{Code, Error, Result};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};

use names::Names;
use subscription::Subscription;

use crate::connection::{LinkState, NatsConnection};
use crate::failure::Trouble;

/// How many messages wait for a slow subscriber unless told otherwise.
const PENDING: usize = 4_096;

/// How often a subscription is asked after before it counts as failed.
const ATTEMPTS: usize = 3;

/// [`Messaging`] on core NATS.
///
/// Subjects are `foundation.<tenant>.msg.<subject>` on the server, groups are its queue groups, and requests go
/// through the client's one inbox. Clones share the connection.
///
/// # What the engine adds to the port's words
/// - **Without a link** nothing is kept back: a call is refused at once. A message that was on its way when the link
///   broke is lost, and nobody is told; subscriptions come back with the link.
/// - **In force** is a subscription when the server that this client is connected to has it. The other servers of a
///   cluster hear of it at the same moment, over routes of their own; a publisher there who learns of it by another
///   way than NATS may be quicker.
/// - **Too slow** is told for what this process had no room for. A connection that reads nothing at all for long is
///   ended by the server, which counts as a broken link.
#[derive(Clone)]
pub struct NatsMessaging {
    connection: NatsConnection,
    names: Arc<Names>,
    pending: usize,
}

impl NatsMessaging {
    /// The messages of the connection's tenant. 4,096 of them wait for a slow subscriber.
    #[must_use]
    pub fn new(connection: &NatsConnection) -> Self {
        Self { connection: connection.clone(), names: Arc::new(Names::of(connection.tenant())), pending: PENDING }
    }

    /// Lets so many messages wait for a slow subscriber before it loses some. Where `pending` is lower than the port's
    /// floor, the floor holds.
    #[must_use]
    pub fn with_pending(mut self, pending: usize) -> Self {
        self.pending = pending.max(MessagingLimits::FLOOR.pending_messages);
        self
    }

    fn check(&self, doing: &str, subject: &Subject, payload: &Bytes) -> Result<()> {
        let most = self.connection.client().max_payload();
        if payload.len() > most {
            let size = payload.len();
            let what = format!("{doing} `{subject}`: the payload has {size} bytes, at most {most} are allowed");
            return Err(Error::new(Code::InvalidInput, what));
        }
        self.connection.check_link().map_err(|trouble| trouble.of_write(&format!("{doing} `{subject}`")))
    }

    /// Waits until there is no link.
    async fn broken(&self) {
        let mut health = self.connection.health();
        while health.state == LinkState::Connected {
            health = self.connection.health_after(&health).await;
        }
    }

    /// Waits until the server has handled everything that was sent before: it handles a client's messages in their
    /// order, and answers by itself for a subject that nobody listens to.
    async fn round_trip(&self) -> std::result::Result<(), Trouble> {
        let nowhere = self.names.nowhere(&self.connection.unique());
        match self.connection.request(nowhere, None, Bytes::new()).await {
            Ok(_) | Err(Trouble::NoResponders) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }
}

impl fmt::Debug for NatsMessaging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsMessaging").field("connection", &self.connection).field("pending", &self.pending).finish()
    }
}

#[async_trait]
impl Messaging for NatsMessaging {
    fn limits(&self) -> MessagingLimits {
        MessagingLimits { payload_bytes: self.connection.client().max_payload(), pending_messages: self.pending }
    }

    async fn publish(&self, subject: &Subject, payload: Bytes) -> Result<()> {
        self.check("publish on", subject, &payload)?;
        let mut sending = pin!(self.connection.client().publish(self.names.outbound(subject), payload));
        // Nearly always there is room in the client's queue and this is all.
        let sent = poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx))).await;
        let sent = match sent {
            Poll::Ready(sent) => sent,
            Poll::Pending => match select(sending, pin!(self.broken())).await {
                Either::Left((sent, _)) => sent,
                Either::Right(_) => {
                    let what = format!("publish on `{subject}`: the link broke before the message was taken");
                    return Err(Error::new(Code::ServiceUnavailable, what));
                }
            },
        };
        sent.map_err(|cause| not_sent(subject, cause))
    }

    async fn subscribe(
        &self,
        pattern: &SubjectPattern,
        group: Option<GroupName>,
    ) -> Result<BoxStream<'static, Result<Delivery>>> {
        let doing = format!("subscribe to `{pattern}`");
        let client = self.connection.client();
        self.connection.check_link().map_err(|trouble| trouble.of_write(&doing))?;
        let full = self.names.pattern(pattern);
        let source = match group {
            Some(group) => client.queue_subscribe(full, group.as_str().to_owned()).await,
            None => client.subscribe(full).await,
        };
        let source = source.map_err(|cause| Error::new(Code::ServiceUnavailable, doing.clone()).caused_by(cause))?;
        let subscription = Subscription::new(source, pattern, &self.names, self.pending, &self.connection);
        let mut attempt = 1;
        loop {
            match self.round_trip().await {
                Ok(()) => return Ok(subscription.boxed()),
                // The answer may have gone down with a link that is there again; so is the subscription then.
                Err(Trouble::Lost(_)) if attempt < ATTEMPTS => attempt += 1,
                Err(trouble) => {
                    let told = trouble.of_read(&doing);
                    let what = "the server did not confirm it";
                    return Err(Error::new(Code::ServiceUnavailable, format!("{doing}: {what}")).caused_by(told));
                }
            }
        }
    }

    async fn request(&self, subject: &Subject, payload: Bytes, timeout: Duration) -> Result<Delivery> {
        self.check("request on", subject, &payload)?;
        // The client's own limit leaves out the time that its queue takes.
        let request = Request::new().payload(payload).timeout(None);
        let asking = self.connection.client().send_request(self.names.outbound(subject), request);
        match within(timeout, asking).await {
            Ok(Ok(answer)) => self.names.delivery(answer),
            Ok(Err(cause)) => Err(unanswered(subject, cause)),
            Err(_) => Err(Error::new(Code::Timeout, format!("request on `{subject}`: no answer within {timeout:?}"))),
        }
    }
}

/// Waits no longer than `timeout`.
#[expect(
    clippy::disallowed_methods,
    reason = "the client keeps tokio's time too, whose timers wake no other thread: a request takes tens of microseconds"
)]
async fn within<T>(timeout: Duration, work: impl Future<Output = T>) -> Result<T, tokio::time::error::Elapsed> {
    tokio::time::timeout(timeout, work).await
}

fn not_sent(subject: &Subject, cause: PublishError) -> Error {
    let code = match cause.kind() {
        PublishErrorKind::MaxPayloadExceeded | PublishErrorKind::InvalidSubject => Code::InvalidInput,
        PublishErrorKind::Send => Code::ServiceUnavailable,
    };
    Error::new(code, format!("publish on `{subject}`")).caused_by(cause)
}

fn unanswered(subject: &Subject, cause: RequestError) -> Error {
    let (code, why) = match cause.kind() {
        RequestErrorKind::NoResponders => (Code::NoResponders, "nobody listens there"),
        RequestErrorKind::TimedOut => (Code::Timeout, "no answer came in time"),
        RequestErrorKind::InvalidSubject => (Code::InvalidInput, "the subject cannot be sent"),
        RequestErrorKind::MaxPayloadExceeded => (Code::InvalidInput, "the payload is too large"),
        RequestErrorKind::Other => (Code::ServiceUnavailable, "the connection was closed"),
    };
    Error::new(code, format!("request on `{subject}`: {why}")).caused_by(cause)
}
