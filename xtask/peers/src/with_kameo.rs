//! The peer `kameo`: actors with unbounded mailboxes, and with its bounded ones where a row has a bound.

mod lives;

use std::time::Instant;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn as _};
use kameo::mailbox;
use kameo::message::{Context, Message};

use crate::idle::Idle;
use crate::stopwatch::{Finish, Stopwatch, rate};
use crate::variant::{Payload, RINGS, Round, Trouble};

pub(crate) fn round(row: &str, n: u64) -> Option<Round> {
    Some(match row {
        "call_1" => Box::pin(call(n, 1)),
        "call_64" => Box::pin(call(n, 64)),
        "cast_1_1" => Box::pin(cast(n, 1, false)),
        "cast_4_1" => Box::pin(cast(n, 4, false)),
        "cast_bounded_1_1" => Box::pin(cast(n, 1, true)),
        "cast_bounded_4_1" => Box::pin(cast(n, 4, true)),
        "ring" => Box::pin(ring(n)),
        "start_stop" => Box::pin(lives::start_stop(n)),
        "restart_kill" => Box::pin(lives::restart(n, Trouble::Kill)),
        "restart_panic" => Box::pin(lives::restart(n, Trouble::Panic)),
        _ => return None,
    })
}

pub(crate) fn idle(row: &str, n: u64) -> Option<Idle> {
    (row == "idle_bytes").then(|| Box::pin(lives::idle(n)) as Idle)
}

#[derive(Actor)]
struct Server;

struct Sum(Payload);

impl Message<Sum> for Server {
    type Reply = u64;

    async fn handle(&mut self, Sum(payload): Sum, _ctx: &mut Context<Self, u64>) -> u64 {
        payload[0] + payload[1]
    }
}

/// Callers are tasks.
async fn call(n: u64, callers: u64) -> f64 {
    let server = Server::spawn_with_mailbox(Server, mailbox::unbounded());
    let watch = Stopwatch::new();
    let each = n / callers;
    let begun = Instant::now();
    for _ in 0..callers {
        let (server, finish) = (server.clone(), watch.finish());
        tokio::spawn(async move {
            for i in 0..each {
                let sum = server.ask(Sum([i, 1])).await.expect("the server answers");
                assert_eq!(sum, i + 1);
            }
            finish.now();
        });
    }
    let took = watch.until_all(begun, callers as usize).await;
    stop(&server).await;
    rate(each * callers, took)
}

async fn stop<A: Actor>(actor: &ActorRef<A>) {
    actor.stop_gracefully().await.expect("the actor runs");
    actor.wait_for_shutdown().await;
}

#[derive(Actor)]
struct Sink {
    seen: u64,
    expected: u64,
    finish: Finish,
}

struct Cast(Payload);

impl Message<Cast> for Sink {
    type Reply = ();

    async fn handle(&mut self, Cast(payload): Cast, _ctx: &mut Context<Self, ()>) {
        self.seen += payload[1];
        if self.seen == self.expected {
            self.finish.now();
        }
    }
}

/// Senders are tasks; a bounded mailbox takes 1,024 messages, and `tell` waits for room.
async fn cast(n: u64, senders: u64, bounded: bool) -> f64 {
    let watch = Stopwatch::new();
    let each = n / senders;
    let expected = each * senders;
    let sink = Sink { seen: 0, expected, finish: watch.finish() };
    let sink = Sink::spawn_with_mailbox(sink, if bounded { mailbox::bounded(1_024) } else { mailbox::unbounded() });
    let begun = Instant::now();
    for _ in 0..senders {
        let sink = sink.clone();
        tokio::spawn(async move {
            for i in 0..each {
                sink.tell(Cast([i, 1])).await.expect("the sink runs");
            }
        });
    }
    let took = watch.until_all(begun, 1).await;
    stop(&sink).await;
    rate(expected, took)
}

#[derive(Actor)]
struct Link {
    next: Option<ActorRef<Link>>,
    finish: Finish,
}

struct Next(ActorRef<Link>);
struct Token(Payload);

impl Message<Next> for Link {
    type Reply = ();

    async fn handle(&mut self, Next(link): Next, _ctx: &mut Context<Self, ()>) {
        self.next = Some(link);
    }
}

impl Message<Token> for Link {
    type Reply = ();

    async fn handle(&mut self, Token([left, one]): Token, _ctx: &mut Context<Self, ()>) {
        if left == 1 {
            self.finish.now();
        } else {
            let next = self.next.as_ref().expect("the ring is closed");
            next.tell(Token([left - 1, one])).await.expect("the ring runs");
        }
    }
}

async fn ring(n: u64) -> f64 {
    let watch = Stopwatch::new();
    let links: Vec<_> = (0..RINGS)
        .map(|_| Link::spawn_with_mailbox(Link { next: None, finish: watch.finish() }, mailbox::unbounded()))
        .collect();
    for (at, link) in links.iter().enumerate() {
        link.tell(Next(links[(at + 1) % RINGS].clone())).await.expect("the ring runs");
    }
    let begun = Instant::now();
    links[0].tell(Token([n, 1])).await.expect("the ring runs");
    let took = watch.until_all(begun, 1).await;
    for link in &links {
        stop(link).await;
    }
    rate(n, took)
}
