//! Subscribers that are too slow.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::messaging::Messaging;
use foundation_core::{Code, Error};
use futures_util::StreamExt as _;

use super::{publish, subscribe, text};
use crate::world::World;

/// A subscriber that is too slow is told how many messages it lost, in the place where they are missing, and goes on;
/// a subscriber beside it loses nothing.
pub async fn a_slow_subscriber_is_told(world: &World, messaging: &Arc<dyn Messaging>) {
    const LOST_AT_LEAST: usize = 3;
    let pending = messaging.limits().pending_messages;
    let mut slow = subscribe(&**messaging, "a").await;
    let mut quick = subscribe(&**messaging, "a").await;
    for number in 0..pending + LOST_AT_LEAST {
        publish(&**messaging, "a", &number.to_string()).await;
        let told = world.within("a message", quick.next()).await.unwrap().unwrap();
        assert_eq!(text(&told), number.to_string());
    }
    arrive(world).await;
    let mut expected = 0;
    while expected < pending {
        let told = world.within("a message", slow.next()).await.unwrap().unwrap();
        assert_eq!(text(&told), expected.to_string(), "what fits is delivered");
        expected += 1;
    }
    let told = world.within("the loss", slow.next()).await.unwrap();
    let error = told.expect_err("messages were lost and it was not told");
    assert_eq!(error.code(), Code::SlowConsumer, "{error}");
    assert!(
        error.what().split(' ').any(|word| word == LOST_AT_LEAST.to_string()),
        "{LOST_AT_LEAST} messages are missing, and the error says: {error}"
    );

    for number in 0..10 {
        publish(&**messaging, "a", &format!("later {number}")).await;
    }
    for number in 0..10 {
        let told = world.within("a message", slow.next()).await.unwrap().unwrap();
        assert_eq!(text(&told), format!("later {number}"), "it goes on");
    }
}

/// Losses in two places are told in two places.
pub async fn two_losses_are_told_apart(world: &World, messaging: &Arc<dyn Messaging>) {
    let pending = messaging.limits().pending_messages;
    let mut slow = subscribe(&**messaging, "a").await;
    // Tells when everything has come: it is read at once, so what comes late for the other is no loss of its own.
    let mut beside = subscribe(&**messaging, "a").await;
    let mut sent = 0;
    let mut fill = async |count: usize| {
        for _ in 0..count {
            publish(&**messaging, "a", &sent.to_string()).await;
            sent += 1;
        }
        let mut seen = 0;
        while seen < count {
            seen += match world.within("a message or a loss", beside.next()).await.unwrap() {
                Ok(_) => 1,
                Err(error) => lost_by(&error),
            };
        }
        arrive(world).await;
    };
    fill(pending + 2).await;
    // Room for one, then one too many again.
    let first = world.within("a message", slow.next()).await.unwrap().unwrap();
    assert_eq!(text(&first), "0");
    fill(6).await;

    let mut expected: usize = 1;
    let mut losses = Vec::new();
    while expected < pending + 8 {
        match world.within("a message or a loss", slow.next()).await.unwrap() {
            Ok(told) => {
                assert_eq!(text(&told), expected.to_string());
                expected += 1;
            }
            Err(error) => {
                let lost = lost_by(&error);
                losses.push(lost);
                expected += lost;
            }
        }
    }
    assert_eq!(losses, [2, 5]);
}

/// How many messages an error says are missing.
fn lost_by(error: &Error) -> usize {
    assert_eq!(error.code(), Code::SlowConsumer, "{error}");
    let lost = error.what().split(' ').find_map(|word| word.parse().ok());
    lost.expect("the error says how many are missing")
}

/// Lets the last message arrive: where messages travel, one subscriber has it before another.
async fn arrive(world: &World) {
    world.pass(Duration::from_millis(50)).await;
}
