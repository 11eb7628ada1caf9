//! Forgetting the oldest events.

use std::sync::Arc;

use foundation_core::port::storage::{BatchId, EventLog, Expect, Recorded, Sequence};
use foundation_core::{Code, Result};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::{appended, events, read, stream, text, texts};
use crate::case::refused;
use crate::world::World;

/// A trim forgets what lies before, keeps what lies at and behind, and leaves other streams alone.
pub async fn a_trim_forgets_what_lies_before(_: &World, log: &Arc<dyn EventLog>) {
    appended(&**log, "s", 1, &["a", "b"]).await;
    appended(&**log, "other", 2, &["x"]).await;
    appended(&**log, "s", 3, &["c", "d"]).await;
    appended(&**log, "other", 4, &["y"]).await;
    let all = read(&**log, "s", Sequence::START).await;
    // In the middle of a batch as well.
    log.trim(&stream("s"), all[1].sequence).await.unwrap();
    assert_eq!(texts(&**log, "s").await, ["b", "c", "d"]);
    log.trim(&stream("s"), all[2].sequence).await.unwrap();
    assert_eq!(read(&**log, "s", Sequence::START).await, all[2..], "what is kept keeps its sequence");
    assert_eq!(read(&**log, "s", all[3].sequence).await, all[3..]);
    // Trimming to where it is trimmed already, or to before that, changes nothing.
    log.trim(&stream("s"), all[0].sequence).await.unwrap();
    log.trim(&stream("s"), Sequence::START).await.unwrap();
    assert_eq!(read(&**log, "s", Sequence::START).await, all[2..]);
    assert_eq!(texts(&**log, "other").await, ["x", "y"]);
}

/// A trim never forgets the last event: the head stays, and so do expectations.
pub async fn a_trim_keeps_the_last_event(_: &World, log: &Arc<dyn EventLog>) {
    let head = appended(&**log, "s", 1, &["a", "b", "c"]).await.last;
    for before in [head.next(), Sequence(u64::MAX)] {
        log.trim(&stream("s"), before).await.unwrap();
        assert_eq!(texts(&**log, "s").await, ["c"]);
        assert_eq!(log.head(&stream("s")).await.unwrap(), Some(head));
        assert_eq!(log.streams("").await.unwrap(), [stream("s")]);
    }
    let create = log.append(&stream("s"), BatchId(2), events(&["x"]), Expect::Empty).await;
    refused(create, Code::Conflict, "create a stream that was trimmed");
    log.append(&stream("s"), BatchId(3), events(&["d"]), Expect::Head(head)).await.unwrap();
    assert_eq!(texts(&**log, "s").await, ["c", "d"]);
}

/// A read or a subscription from a place that was trimmed is refused; from the oldest event that is kept it is not.
pub async fn a_read_from_before_a_trim_is_refused(world: &World, log: &Arc<dyn EventLog>) {
    appended(&**log, "s", 1, &["a", "b", "c"]).await;
    let all = read(&**log, "s", Sequence::START).await;
    log.trim(&stream("s"), all[2].sequence).await.unwrap();
    for recorded in &all[..2] {
        let reading = first(world, log.read(&stream("s"), recorded.sequence).await).await;
        refused(reading, Code::Compacted, "a read from before a trim");
        let subscribed = first(world, log.subscribe(&stream("s"), recorded.sequence).await).await;
        refused(subscribed, Code::Compacted, "a subscription from before a trim");
    }
    let reading = first(world, log.read(&stream("s"), all[2].sequence).await).await.unwrap();
    assert_eq!(text(&reading), "c");
    let subscribed = first(world, log.subscribe(&stream("s"), Sequence::START).await).await.unwrap();
    assert_eq!(text(&subscribed), "c");
}

/// A subscriber that was overtaken by a trim is told so and not shown a shorter stream.
pub async fn an_overtaken_subscriber_is_told(world: &World, log: &Arc<dyn EventLog>) {
    appended(&**log, "s", 1, &["first"]).await;
    let mut subscription = log.subscribe(&stream("s"), Sequence::START).await.unwrap();
    let told = world.within("the first event", subscription.next()).await.unwrap().unwrap();
    assert_eq!(text(&told), "first");
    let some: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let some: Vec<&str> = some.iter().map(String::as_str).collect();
    for batch in 2..12 {
        appended(&**log, "s", batch, &some).await;
    }
    let all = read(&**log, "s", Sequence::START).await;
    log.trim(&stream("s"), Sequence(u64::MAX)).await.unwrap();
    // What it had taken out of the log already it may still tell, but nothing may be left out.
    let mut expected = all[1..].iter();
    loop {
        match world.within("the next event", subscription.next()).await.expect("a subscription does not end") {
            Ok(recorded) => assert_eq!(Some(&recorded), expected.next(), "an event was left out"),
            Err(error) => {
                assert_eq!(error.code(), Code::Compacted, "{error}");
                let after = world.within("the end of the subscription", subscription.next()).await;
                assert!(after.is_none(), "the error ends the subscription");
                break;
            }
        }
        if expected.len() == 0 {
            break;
        }
    }
}

/// The first event of a read or subscription, or why there is none, wherever the adapter says so.
async fn first(
    world: &World,
    opened: Result<foundation_core::port::BoxStream<'static, Result<Recorded>>>,
) -> Result<Recorded> {
    let mut reading = opened?;
    Ok(world.within("the first event", reading.try_next()).await?.expect("the stream has events"))
}
