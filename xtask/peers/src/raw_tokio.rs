//! The peer `tokio`: tasks and channels as one writes them by hand, without any supervision.

mod lives;

use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use crate::idle::Idle;
use crate::stopwatch::{Stopwatch, rate};
use crate::variant::{Payload, Phase, RINGS, Round, Trouble};

pub(crate) fn round(row: &str, n: u64) -> Option<Round> {
    Some(match row {
        "call_1" | "call_1_inline" => Box::pin(call(n, 1)),
        "call_64" => Box::pin(call(n, 64)),
        "cast_1_1" => Box::pin(cast(n, 1)),
        "cast_4_1" => Box::pin(cast(n, 4)),
        "cast_bounded_1_1" => Box::pin(cast_bounded(n, 1)),
        "cast_bounded_4_1" => Box::pin(cast_bounded(n, 4)),
        "ring" => Box::pin(ring(n)),
        "start_stop" => Box::pin(lives::start_stop(n)),
        "start_stop_named" => Box::pin(lives::start_stop_named(n)),
        "restart_kill" => Box::pin(lives::restart(n, Trouble::Kill)),
        "restart_panic" => Box::pin(lives::restart(n, Trouble::Panic)),
        "ecosystem_up_1000" | "ecosystem_up_10000" => Box::pin(lives::ecosystem(n, Phase::Up)),
        "ecosystem_down_1000" | "ecosystem_down_10000" => Box::pin(lives::ecosystem(n, Phase::Down)),
        _ => return None,
    })
}

pub(crate) fn idle(row: &str, n: u64) -> Option<Idle> {
    (row == "idle_bytes").then(|| Box::pin(lives::idle(n)) as Idle)
}

async fn call(n: u64, callers: u64) -> f64 {
    let (server, mut requests) = mpsc::unbounded_channel::<(Payload, oneshot::Sender<u64>)>();
    tokio::spawn(async move {
        while let Some((payload, reply)) = requests.recv().await {
            let _ = reply.send(payload[0] + payload[1]);
        }
    });
    let watch = Stopwatch::new();
    let each = n / callers;
    let begun = Instant::now();
    for _ in 0..callers {
        let (server, finish) = (server.clone(), watch.finish());
        tokio::spawn(async move {
            for i in 0..each {
                let (reply, answer) = oneshot::channel();
                server.send(([i, 1], reply)).expect("the server runs");
                assert_eq!(answer.await, Ok(i + 1));
            }
            finish.now();
        });
    }
    rate(each * callers, watch.until_all(begun, callers as usize).await)
}

async fn cast(n: u64, senders: u64) -> f64 {
    let (sink, mut mail) = mpsc::unbounded_channel::<Payload>();
    let watch = Stopwatch::new();
    let each = n / senders;
    let (expected, finish) = (each * senders, watch.finish());
    tokio::spawn(async move {
        let mut seen = 0;
        while let Some(payload) = mail.recv().await {
            seen += payload[1];
            if seen == expected {
                finish.now();
            }
        }
    });
    let begun = Instant::now();
    for _ in 0..senders {
        let sink = sink.clone();
        tokio::spawn(async move {
            for i in 0..each {
                sink.send([i, 1]).expect("the sink runs");
            }
        });
    }
    rate(expected, watch.until_all(begun, 1).await)
}

async fn cast_bounded(n: u64, senders: u64) -> f64 {
    let (sink, mut mail) = mpsc::channel::<Payload>(1_024);
    let watch = Stopwatch::new();
    let each = n / senders;
    let (expected, finish) = (each * senders, watch.finish());
    tokio::spawn(async move {
        let mut seen = 0;
        while let Some(payload) = mail.recv().await {
            seen += payload[1];
            if seen == expected {
                finish.now();
            }
        }
    });
    let begun = Instant::now();
    for _ in 0..senders {
        let sink = sink.clone();
        tokio::spawn(async move {
            for i in 0..each {
                sink.send([i, 1]).await.expect("the sink runs");
            }
        });
    }
    rate(expected, watch.until_all(begun, 1).await)
}

async fn ring(n: u64) -> f64 {
    let watch = Stopwatch::new();
    let channels: Vec<_> = (0..RINGS).map(|_| mpsc::unbounded_channel::<Payload>()).collect();
    let (senders, receivers): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
    for (at, mut mail) in receivers.into_iter().enumerate() {
        let (next, finish) = (senders[(at + 1) % RINGS].clone(), watch.finish());
        tokio::spawn(async move {
            while let Some([left, one]) = mail.recv().await {
                match left {
                    // The end of the round: each lets go of its neighbour in turn.
                    0 => break,
                    1 => finish.now(),
                    _ => next.send([left - 1, one]).expect("the ring is closed"),
                }
            }
            let _ = next.send([0, 0]);
        });
    }
    let begun = Instant::now();
    senders[0].send([n, 1]).expect("the ring is closed");
    let took = watch.until_all(begun, 1).await;
    let _ = senders[0].send([0, 0]);
    rate(n, took)
}
