//! The peer `ractor`: actors as its own benchmarks and documentation write them; calls without a time limit.

mod lives;

use std::time::Instant;

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, rpc::CallResult};

use crate::idle::Idle;
use crate::stopwatch::{Finish, Stopwatch, rate};
use crate::variant::{Payload, Phase, RINGS, Round, Trouble};

pub(crate) fn round(row: &str, n: u64) -> Option<Round> {
    Some(match row {
        "call_1" => Box::pin(call(n, 1)),
        "call_64" => Box::pin(call(n, 64)),
        "cast_1_1" => Box::pin(cast(n, 1)),
        "cast_4_1" => Box::pin(cast(n, 4)),
        "ring" => Box::pin(ring(n)),
        "start_stop" => Box::pin(lives::start_stop(n, false)),
        "start_stop_named" => Box::pin(lives::start_stop(n, true)),
        "restart_kill" => Box::pin(lives::restart(n, Trouble::Kill)),
        "restart_panic" => Box::pin(lives::restart(n, Trouble::Panic)),
        "ecosystem_up_1000" | "ecosystem_up_10000" => Box::pin(lives::ecosystem(n, Phase::Up)),
        "ecosystem_down_1000" | "ecosystem_down_10000" => Box::pin(lives::ecosystem(n, Phase::Down)),
        "lookup_1" => Box::pin(lives::lookup(n, 1)),
        "lookup_2" => Box::pin(lives::lookup(n, 2)),
        _ => return None,
    })
}

pub(crate) fn idle(row: &str, n: u64) -> Option<Idle> {
    (row == "idle_bytes").then(|| Box::pin(lives::idle(n)) as Idle)
}

struct Server;

struct Sum(Payload, RpcReplyPort<u64>);

impl Actor for Server {
    type Msg = Sum;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<Sum>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _myself: ActorRef<Sum>,
        Sum(payload, reply): Sum,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        reply.send(payload[0] + payload[1])?;
        Ok(())
    }
}

/// Callers are tasks.
async fn call(n: u64, callers: u64) -> f64 {
    let (server, running) = Actor::spawn(None, Server, ()).await.expect("the server starts");
    let watch = Stopwatch::new();
    let each = n / callers;
    let begun = Instant::now();
    for _ in 0..callers {
        let (server, finish) = (server.clone(), watch.finish());
        tokio::spawn(async move {
            for i in 0..each {
                let sum = server.call(|reply| Sum([i, 1], reply), None).await.expect("the server runs");
                assert!(matches!(sum, CallResult::Success(sum) if sum == i + 1), "a wrong answer");
            }
            finish.now();
        });
    }
    let took = watch.until_all(begun, callers as usize).await;
    server.stop(None);
    running.await.expect("the server ends");
    rate(each * callers, took)
}

struct Sink {
    expected: u64,
    finish: Finish,
}

struct Cast(Payload);

impl Actor for Sink {
    type Msg = Cast;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<Cast>, (): ()) -> Result<u64, ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Cast>,
        Cast(payload): Cast,
        seen: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        *seen += payload[1];
        if *seen == self.expected {
            self.finish.now();
        }
        Ok(())
    }
}

/// Senders are tasks; mailboxes have no bound.
async fn cast(n: u64, senders: u64) -> f64 {
    let watch = Stopwatch::new();
    let each = n / senders;
    let expected = each * senders;
    let sink = Sink { expected, finish: watch.finish() };
    let (sink, running) = Actor::spawn(None, sink, ()).await.expect("the sink starts");
    let begun = Instant::now();
    for _ in 0..senders {
        let sink = sink.clone();
        tokio::spawn(async move {
            for i in 0..each {
                sink.cast(Cast([i, 1])).expect("the sink runs");
            }
        });
    }
    let took = watch.until_all(begun, 1).await;
    sink.stop(None);
    running.await.expect("the sink ends");
    rate(expected, took)
}

struct Link(Finish);

enum Pass {
    Next(ActorRef<Pass>),
    Token(Payload),
}

impl Actor for Link {
    type Msg = Pass;
    type State = Option<ActorRef<Pass>>;
    type Arguments = ();

    async fn pre_start(&self, _myself: ActorRef<Pass>, (): ()) -> Result<Self::State, ActorProcessingErr> {
        Ok(None)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Pass>,
        message: Pass,
        next: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Pass::Next(link) => *next = Some(link),
            Pass::Token([1, _]) => self.0.now(),
            Pass::Token([left, one]) => {
                next.as_ref().expect("the ring is closed").cast(Pass::Token([left - 1, one]))?;
            }
        }
        Ok(())
    }
}

async fn ring(n: u64) -> f64 {
    let watch = Stopwatch::new();
    let mut links = Vec::with_capacity(RINGS);
    let mut running = Vec::with_capacity(RINGS);
    for _ in 0..RINGS {
        let (link, handle) = Actor::spawn(None, Link(watch.finish()), ()).await.expect("the link starts");
        links.push(link);
        running.push(handle);
    }
    for (at, link) in links.iter().enumerate() {
        link.cast(Pass::Next(links[(at + 1) % RINGS].clone())).expect("the ring runs");
    }
    let begun = Instant::now();
    links[0].cast(Pass::Token([n, 1])).expect("the ring runs");
    let took = watch.until_all(begun, 1).await;
    for (link, handle) in links.iter().zip(running) {
        link.stop(None);
        handle.await.expect("the link ends");
    }
    rate(n, took)
}
