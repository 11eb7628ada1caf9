//! Publishing and subscribing.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::messaging::{Messaging, MessagingLimits};

use super::{arrived, next, publish, subject, subscribe, take};
use crate::case::refused;
use crate::world::World;

/// The adapter takes at least what the port promises.
pub async fn messaging_limits_reach_the_floor(_: &World, messaging: &Arc<dyn Messaging>) {
    let (limits, floor) = (messaging.limits(), MessagingLimits::FLOOR);
    assert!(limits.payload_bytes >= floor.payload_bytes, "{limits:?}");
    assert!(limits.pending_messages >= floor.pending_messages, "{limits:?}");
}

/// Nobody has to listen.
pub async fn publishing_to_nobody_is_no_error(world: &World, messaging: &Arc<dyn Messaging>) {
    publish(&**messaging, "a", "lost").await;
    let mut late = subscribe(&**messaging, "a").await;
    publish(&**messaging, "a", "heard").await;
    assert_eq!(take(world, &mut late, 1).await, ["heard"], "a subscription hears what comes after it");
}

/// Every subscription gets every message once, in the order of publishing, from the moment that it is in force.
pub async fn every_subscription_gets_every_message(world: &World, messaging: &Arc<dyn Messaging>) {
    let mut one = subscribe(&**messaging, "a.b").await;
    let mut two = subscribe(&**messaging, "a.b").await;
    let expected: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    for text in &expected {
        publish(&**messaging, "a.b", text).await;
        publish(&**messaging, "a.c", "elsewhere").await;
    }
    assert_eq!(take(world, &mut one, 100).await, expected);
    assert_eq!(arrived(world, &mut two, 100).await, expected);
    assert_eq!(arrived(world, &mut one, 0).await, Vec::<String>::new());
}

/// A delivery says on which subject it came; a published message asks for no answer.
pub async fn deliveries_say_where_they_came(world: &World, messaging: &Arc<dyn Messaging>) {
    let mut all = subscribe(&**messaging, "a.>").await;
    publish(&**messaging, "a.b.c", "x").await;
    let delivery = next(world, &mut all).await;
    assert_eq!((delivery.subject, delivery.reply_to), (subject("a.b.c"), None));
    assert_eq!(delivery.payload, "x");
}

/// Wildcards stand for one part, or for one or more at the end.
pub async fn patterns_pick_subjects(world: &World, messaging: &Arc<dyn Messaging>) {
    let mut one_part = subscribe(&**messaging, "t.*.x").await;
    let mut rest = subscribe(&**messaging, "t.a.>").await;
    let mut exact = subscribe(&**messaging, "t.a.x").await;
    for on in ["t.a.x", "t.b.x", "t.a", "t.a.x.y", "t.a.z", "u.a.x"] {
        publish(&**messaging, on, on).await;
    }
    assert_eq!(arrived(world, &mut one_part, 2).await, ["t.a.x", "t.b.x"]);
    assert_eq!(arrived(world, &mut rest, 3).await, ["t.a.x", "t.a.x.y", "t.a.z"]);
    assert_eq!(arrived(world, &mut exact, 1).await, ["t.a.x"]);
}

/// A subscription that is dropped hears nothing more and disturbs nobody.
pub async fn a_dropped_subscription_is_harmless(world: &World, messaging: &Arc<dyn Messaging>) {
    let mut kept = subscribe(&**messaging, "a").await;
    let dropped = subscribe(&**messaging, "a").await;
    publish(&**messaging, "a", "1").await;
    drop(dropped);
    publish(&**messaging, "a", "2").await;
    assert_eq!(take(world, &mut kept, 2).await, ["1", "2"]);
}

/// A payload of exactly the largest size is taken; one more byte is refused and reaches nobody.
pub async fn payloads_up_to_the_limit(world: &World, messaging: &Arc<dyn Messaging>) {
    let most = messaging.limits().payload_bytes;
    let mut subscription = subscribe(&**messaging, "a").await;
    let send = async |bytes: usize| messaging.publish(&subject("a"), vec![7; bytes].into()).await;
    refused(send(most + 1).await, Code::InvalidInput, "a payload that is too large");
    let timeout = std::time::Duration::from_secs(1);
    let request = messaging.request(&subject("a"), vec![7; most + 1].into(), timeout).await;
    refused(request, Code::InvalidInput, "a request that is too large");
    send(most).await.unwrap();
    assert_eq!(next(world, &mut subscription).await.payload, vec![7; most]);
    assert_eq!(arrived(world, &mut subscription, 0).await, Vec::<String>::new());
}

/// What one sender publishes on one subject keeps its order, whoever else sends.
pub async fn senders_keep_their_order(world: &World, messaging: &Arc<dyn Messaging>) {
    const SENDERS: usize = 4;
    const STEPS: usize = 50;
    let mut subscription = subscribe(&**messaging, "a").await;
    let senders = (0..SENDERS).map(|sender| {
        let messaging = Arc::clone(messaging);
        async move {
            for step in 0..STEPS {
                publish(&*messaging, "a", &format!("{sender}:{step}")).await;
            }
        }
    });
    world.race(senders).await;
    let told = take(world, &mut subscription, SENDERS * STEPS).await;
    for sender in 0..SENDERS {
        let prefix = format!("{sender}:");
        let steps: Vec<&str> = told.iter().filter_map(|text| text.strip_prefix(&prefix)).collect();
        assert_eq!(steps, (0..STEPS).map(|step| step.to_string()).collect::<Vec<_>>(), "sender {sender}");
    }
}
