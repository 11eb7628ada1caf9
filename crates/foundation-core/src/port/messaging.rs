//! Messages between parts that do not share memory: subjects, work groups, requests.

mod subject;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::BoxStream;
use crate::error::Result;

pub use subject::{GroupName, Subject, SubjectPattern};

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The subject it was published on.
    pub subject: Subject,
    /// Its payload.
    pub payload: Bytes,
    /// Where an answer goes, if one is asked for: publish it there.
    pub reply_to: Option<Subject>,
}

/// What one adapter can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagingLimits {
    /// The largest payload in bytes.
    pub payload_bytes: usize,
    /// How many messages wait for a slow subscriber before it loses some.
    pub pending_messages: usize,
}

impl MessagingLimits {
    /// What every adapter takes.
    pub const FLOOR: Self = Self { payload_bytes: 256 * 1024, pending_messages: 1_024 };
}

/// Publish, subscribe, request.
///
/// # Guarantees
/// - **At most once**: a message reaches each subscriber, and one member of each group, once or never. Whoever
///   needs more uses the event log.
/// - **Order**: what one sender publishes on one subject reaches a subscriber in that order.
/// - **A subscription is in force when `subscribe` answers**: it sees what is published afterwards by whoever knows
///   of the answer.
/// - **Loss is told**: a subscriber that was too slow gets the error `SlowConsumer` in its stream, at the place
///   where messages are missing, with their number, and then goes on.
///
/// # Errors of all methods
/// - `InvalidInput`: the payload is too large.
/// - `ServiceUnavailable`: no connection.
///
/// # Cancel safety
/// Dropping a subscription's stream ends it. Dropping the future of a request forgets its answer.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Messaging: Send + Sync + fmt::Debug {
    /// What this adapter can take; at least [`MessagingLimits::FLOOR`].
    fn limits(&self) -> MessagingLimits;

    /// Publishes a message. It is no error that nobody listens.
    async fn publish(&self, subject: &Subject, payload: Bytes) -> Result<()>;

    /// Subscribes to every subject that matches. With a group, each message goes to one of the group's members.
    async fn subscribe(
        &self,
        pattern: &SubjectPattern,
        group: Option<GroupName>,
    ) -> Result<BoxStream<'static, Result<Delivery>>>;

    /// Publishes a message and waits for the first answer.
    ///
    /// # Errors
    /// `NoResponders` where nobody listens, at once; `Timeout` after `timeout`.
    async fn request(&self, subject: &Subject, payload: Bytes, timeout: Duration) -> Result<Delivery>;
}
