//! Requests and answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foundation_core::Code;
use foundation_core::port::messaging::{Delivery, Messaging};

use super::{join, next, publish, subject, subscribe, text};
use crate::case::refused;
use crate::world::World;

/// How long an answer is waited for that never comes, or too late.
const TIMEOUT: Duration = Duration::from_millis(500);
/// How long one is waited for that has to come.
const PATIENCE: Duration = Duration::from_secs(60);

async fn ask(messaging: &dyn Messaging, on: &str, timeout: Duration) -> foundation_core::Result<Delivery> {
    messaging.request(&subject(on), Bytes::from_static(b"?"), timeout).await
}

/// Asks for an answer that has to come.
async fn answer_to(messaging: &dyn Messaging, on: &str, question: &str) -> String {
    let answer = messaging.request(&subject(on), Bytes::copy_from_slice(question.as_bytes()), PATIENCE).await;
    text(&answer.unwrap())
}

/// Answers everything on `on` with the question and `suffix`, after `delay`.
async fn answer(world: &World, messaging: &Arc<dyn Messaging>, on: &str, suffix: &'static str, delay: Duration) {
    let mut questions = join(&**messaging, on, "answerers").await;
    let (messaging, world) = (Arc::clone(messaging), world.clone());
    world.clone().spawner.spawn("answerer", async move {
        use futures_util::StreamExt as _;
        while let Some(Ok(question)) = questions.next().await {
            world.pass(delay).await;
            let reply_to = question.reply_to.clone().expect("a request says where its answer goes");
            publish(&*messaging, reply_to.as_str(), &format!("{}{suffix}", text(&question))).await;
        }
    });
}

/// A request gets the answer that was published where it asked for it; many at once each get their own.
pub async fn requests_are_answered(world: &World, messaging: &Arc<dyn Messaging>) {
    answer(world, messaging, "echo", "!", Duration::ZERO).await;
    assert_eq!(answer_to(&**messaging, "echo", "hello").await, "hello!");
    let racers = (0..16).map(|number| {
        let messaging = Arc::clone(messaging);
        async move { (number, answer_to(&*messaging, "echo", &number.to_string()).await) }
    });
    for (number, answer) in world.race(racers).await {
        assert_eq!(answer, format!("{number}!"));
    }
}

/// The first of several answers counts.
pub async fn the_first_answer_counts(world: &World, messaging: &Arc<dyn Messaging>) {
    let mut one = subscribe(&**messaging, "ask").await;
    let mut two = subscribe(&**messaging, "ask").await;
    let (sender, clock) = (Arc::clone(messaging), Arc::clone(&world.clock));
    let (replies, pause) = (Arc::clone(messaging), Duration::from_millis(200));
    let answers = async {
        let first = next(world, &mut two).await;
        publish(&*replies, first.reply_to.unwrap().as_str(), "first").await;
        let second = next(world, &mut one).await;
        clock.sleep(pause).await;
        publish(&*replies, second.reply_to.unwrap().as_str(), "second").await;
    };
    let (answer, ()) = futures_util::future::join(answer_to(&*sender, "ask", "?"), answers).await;
    assert_eq!(answer, "first");
}

/// Where nobody listens a request fails at once.
pub async fn nobody_listens(world: &World, messaging: &Arc<dyn Messaging>) {
    let start = world.clock.now();
    refused(ask(&**messaging, "nowhere", PATIENCE).await, Code::NoResponders, "a request that nobody hears");
    // Far from the time that it would have waited, on the slowest machine.
    let took = world.clock.now() - start;
    assert!(took <= 100 * world.grain, "at once, and it took {took:?}");
    // A listener that has gone does not count, once its end has come to where requests are handled.
    let gone = subscribe(&**messaging, "nowhere").await;
    drop(gone);
    world.pass(Duration::from_millis(50)).await;
    let last = world.clock.now() + PATIENCE;
    loop {
        match ask(&**messaging, "nowhere", TIMEOUT).await {
            Err(error) if error.code() == Code::Timeout && !world.grain.is_zero() && world.clock.now() < last => {}
            result => {
                refused(result, Code::NoResponders, "a request whose listener has gone");
                return;
            }
        }
    }
}

/// Where nobody answers a request fails after its time, and not before.
pub async fn nobody_answers(world: &World, messaging: &Arc<dyn Messaging>) {
    let _silent = subscribe(&**messaging, "silence").await;
    let start = world.clock.now();
    let result = world.within("the end of a request", ask(&**messaging, "silence", TIMEOUT)).await;
    refused(result, Code::Timeout, "a request that nobody answers");
    assert!(world.clock.now() - start >= TIMEOUT);
    assert!(world.clock.now() - start <= TIMEOUT + 10 * world.grain);
}

/// An answer that comes too late, or to a request that was dropped, disturbs no other request.
pub async fn a_late_answer_is_lost(world: &World, messaging: &Arc<dyn Messaging>) {
    answer(world, messaging, "slow", "!", 3 * TIMEOUT).await;
    answer(world, messaging, "quick", "?", Duration::ZERO).await;
    refused(ask(&**messaging, "slow", TIMEOUT).await, Code::Timeout, "a request that is answered too late");
    {
        let dropped = std::pin::pin!(ask(&**messaging, "slow", TIMEOUT));
        assert!(futures_util::FutureExt::now_or_never(dropped).is_none());
    }
    for _ in 0..4 {
        world.pass(TIMEOUT).await;
        assert_eq!(answer_to(&**messaging, "quick", "now").await, "now?");
    }
}
