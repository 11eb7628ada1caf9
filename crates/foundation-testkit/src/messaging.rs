//! What every [`Messaging`] owes.

mod groups;
mod publishing;
mod requests;
mod slow;

use bytes::Bytes;
use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::messaging::{Delivery, GroupName, Messaging, Subject, SubjectPattern};
use futures_util::{FutureExt as _, StreamExt as _};

use crate::world::World;

pub use groups::*;
pub use publishing::*;
pub use requests::*;
pub use slow::*;

type Subscription = BoxStream<'static, Result<Delivery>>;

fn subject(text: &str) -> Subject {
    Subject::new(text).unwrap()
}

async fn subscribe(messaging: &dyn Messaging, pattern: &str) -> Subscription {
    messaging.subscribe(&SubjectPattern::new(pattern).unwrap(), None).await.unwrap()
}

async fn join(messaging: &dyn Messaging, pattern: &str, group: &str) -> Subscription {
    let group = Some(GroupName::new(group).unwrap());
    messaging.subscribe(&SubjectPattern::new(pattern).unwrap(), group).await.unwrap()
}

async fn publish(messaging: &dyn Messaging, on: &str, text: &str) {
    messaging.publish(&subject(on), Bytes::copy_from_slice(text.as_bytes())).await.unwrap();
}

fn text(delivery: &Delivery) -> String {
    String::from_utf8(delivery.payload.to_vec()).unwrap()
}

async fn next(world: &World, subscription: &mut Subscription) -> Delivery {
    let next = world.within("the next message", subscription.next()).await;
    next.expect("a subscription does not end").unwrap()
}

/// The next messages' payloads.
async fn take(world: &World, subscription: &mut Subscription, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(text(&next(world, subscription).await));
    }
    taken
}

/// The next `count` messages' payloads, and those of messages that should not have come.
async fn arrived(world: &World, subscription: &mut Subscription, count: usize) -> Vec<String> {
    let mut taken = take(world, subscription, count).await;
    // Where messages travel, one too many may still be under way.
    world.pass(std::time::Duration::from_millis(50)).await;
    while let Some(Some(delivery)) = subscription.next().now_or_never() {
        taken.push(text(&delivery.unwrap()));
    }
    taken
}
