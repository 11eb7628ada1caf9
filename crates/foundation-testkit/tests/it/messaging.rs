//! Messaging with a defect.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use foundation_core::port::BoxStream;
use foundation_core::port::messaging::{Delivery, GroupName, Messaging, MessagingLimits, Subject, SubjectPattern};
use foundation_core::{Code, Error, Result};
use foundation_memory::MemoryMessaging;
use foundation_testkit::{Simulated, messaging, run};
use futures_util::{StreamExt as _, stream};

use crate::failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    HidesLosses,
    TellsLossesLate,
    IgnoresGroups,
    MakesEverythingAGroup,
    WaitsForNobody,
    TakesMoreThanItSays,
    IgnoresWildcards,
    DeliversTwice,
}
use Defect::*;

#[derive(Debug)]
struct Broken {
    inner: MemoryMessaging,
    defect: Defect,
}

#[async_trait]
impl Messaging for Broken {
    fn limits(&self) -> MessagingLimits {
        MessagingLimits::FLOOR
    }

    async fn publish(&self, subject: &Subject, payload: Bytes) -> Result<()> {
        if self.defect == DeliversTwice {
            self.inner.publish(subject, payload.clone()).await?;
        }
        self.inner.publish(subject, payload).await
    }

    async fn subscribe(
        &self,
        pattern: &SubjectPattern,
        group: Option<GroupName>,
    ) -> Result<BoxStream<'static, Result<Delivery>>> {
        let everyone = GroupName::new("everyone")?;
        let (pattern, group) = match self.defect {
            IgnoresGroups => (pattern.clone(), None),
            MakesEverythingAGroup => (pattern.clone(), group.or(Some(everyone))),
            IgnoresWildcards => (SubjectPattern::new(pattern.as_str().replace(['*', '>'], "x"))?, group),
            _ => (pattern.clone(), group),
        };
        let messages = self.inner.subscribe(&pattern, group).await?;
        Ok(match self.defect {
            HidesLosses => messages.filter(|message| std::future::ready(message.is_ok())).boxed(),
            // The loss comes one message too late.
            TellsLossesLate => stream::unfold((messages, None), |(mut messages, held)| async move {
                if let Some(held) = held {
                    return Some((held, (messages, None)));
                }
                match messages.next().await? {
                    Err(loss) => Some((messages.next().await?, (messages, Some(Err(loss))))),
                    message => Some((message, (messages, None))),
                }
            })
            .boxed(),
            _ => messages,
        })
    }

    async fn request(&self, subject: &Subject, payload: Bytes, timeout: Duration) -> Result<Delivery> {
        match self.inner.request(subject, payload, timeout).await {
            Err(error) if self.defect == WaitsForNobody && error.code() == Code::NoResponders => {
                Err(Error::new(Code::Timeout, "as if somebody listened"))
            }
            answer => answer,
        }
    }
}

const LARGER: MessagingLimits = MessagingLimits { payload_bytes: 1 << 20, pending_messages: 1_024 };

fn broken(defect: Defect, seed: u64) -> Simulated<dyn Messaging> {
    Simulated::<dyn Messaging>::new(seed, |world| {
        let inner = MemoryMessaging::new(world.clock());
        let inner = if defect == TakesMoreThanItSays { inner.with_limits(LARGER) } else { inner };
        Arc::new(Broken { inner, defect })
    })
}

macro_rules! finds {
    ($defect:ident: $($case:ident)+) => {
        $(failure(|| run(1, |seed| broken($defect, seed), messaging::$case));)+
    };
}

#[test]
fn broken_messaging_is_found() {
    finds!(HidesLosses: a_slow_subscriber_is_told two_losses_are_told_apart);
    finds!(TellsLossesLate: a_slow_subscriber_is_told two_losses_are_told_apart);
    finds!(IgnoresGroups: one_member_gets_each_message);
    finds!(MakesEverythingAGroup: every_subscription_gets_every_message the_first_answer_counts);
    finds!(WaitsForNobody: nobody_listens);
    finds!(TakesMoreThanItSays: payloads_up_to_the_limit);
    finds!(IgnoresWildcards: patterns_pick_subjects deliveries_say_where_they_came);
    finds!(DeliversTwice: every_subscription_gets_every_message senders_keep_their_order);
}
