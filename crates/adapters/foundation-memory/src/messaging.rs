//! Messages between parts of one process.

mod switchboard;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::{Clock, deadline};
use foundation_core::port::messaging::{Delivery, GroupName, Messaging, MessagingLimits, Subject, SubjectPattern};
use foundation_core::{Code, Error, Result};
use futures_util::StreamExt as _;
use parking_lot::Mutex;

use switchboard::{Subscription, Switchboard};

/// [`Messaging`] in process memory.
///
/// A group's messages go to its members in turn, past a member that is full. Limits are those of the floor unless told
/// otherwise. Clones share the subscriptions.
#[derive(Clone)]
pub struct MemoryMessaging {
    clock: Arc<dyn Clock>,
    switchboard: Arc<Mutex<Switchboard>>,
    limits: MessagingLimits,
}

impl MemoryMessaging {
    /// Messaging without subscribers, whose requests time out by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, switchboard: Arc::default(), limits: MessagingLimits::FLOOR }
    }

    /// Takes more than the floor. Where `limits` are lower, the floor holds.
    #[must_use]
    pub fn with_limits(mut self, limits: MessagingLimits) -> Self {
        let floor = MessagingLimits::FLOOR;
        self.limits = MessagingLimits {
            payload_bytes: limits.payload_bytes.max(floor.payload_bytes),
            pending_messages: limits.pending_messages.max(floor.pending_messages),
        };
        self
    }

    fn send(&self, subject: &Subject, payload: Bytes, reply_to: Option<Subject>) -> Result<usize> {
        let most = self.limits.payload_bytes;
        if payload.len() > most {
            let size = payload.len();
            let what = format!("publish on `{subject}`: the payload has {size} bytes, at most {most} are allowed");
            return Err(Error::new(Code::InvalidInput, what));
        }
        let delivery = Delivery { subject: subject.clone(), payload, reply_to };
        let routed = self.switchboard.lock().route(&delivery, self.limits.pending_messages);
        // Outside the lock: a waker may poll a subscriber at once.
        routed.wakers.into_iter().for_each(std::task::Waker::wake);
        Ok(routed.listeners)
    }

    fn open(&self, pattern: &SubjectPattern, group: Option<GroupName>) -> Subscription {
        Subscription::open(&self.switchboard, pattern, group)
    }
}

impl fmt::Debug for MemoryMessaging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subscriptions = self.switchboard.lock().subscriptions();
        f.debug_struct("MemoryMessaging").field("subscriptions", &subscriptions).finish_non_exhaustive()
    }
}

#[async_trait]
impl Messaging for MemoryMessaging {
    fn limits(&self) -> MessagingLimits {
        self.limits
    }

    async fn publish(&self, subject: &Subject, payload: Bytes) -> Result<()> {
        self.send(subject, payload, None).map(drop)
    }

    async fn subscribe(
        &self,
        pattern: &SubjectPattern,
        group: Option<GroupName>,
    ) -> Result<BoxStream<'static, Result<Delivery>>> {
        Ok(self.open(pattern, group).boxed())
    }

    async fn request(&self, subject: &Subject, payload: Bytes, timeout: Duration) -> Result<Delivery> {
        let until = self.clock.now() + timeout;
        let inbox = self.switchboard.lock().next_inbox()?;
        let mut answers = self.open(&SubjectPattern::from(&inbox), None);
        if self.send(subject, payload, Some(inbox))? == 0 {
            return Err(Error::new(Code::NoResponders, format!("request on `{subject}`: nobody listens there")));
        }
        match deadline(&*self.clock, until, answers.next()).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(Error::new(Code::Internal, format!("request on `{subject}`: its inbox ended"))),
            Err(_) => Err(Error::new(Code::Timeout, format!("request on `{subject}`: no answer within {timeout:?}"))),
        }
    }
}
