//! Ours, through its public interface alone.

mod lives;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use foundation_core::event::NodeId;
use foundation_core::{
    Address, Context, Exit, MailboxSettings, Overflow, Process, Reply, Runtime, RuntimeParts, Spawner, Telemetry,
};
use foundation_memory::{SystemClock, SystemEntropy};

use crate::idle::Idle;
use crate::stopwatch::{Finish, Stopwatch, rate};
use crate::variant::{Payload, Phase, RINGS, Round, Trouble};

/// Beyond what any call here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Mailboxes without a bound, where the peers' have none.
const UNBOUNDED: MailboxSettings = MailboxSettings { capacity: usize::MAX, overflow: Overflow::Wait };
const BOUNDED: MailboxSettings = MailboxSettings { capacity: 1_024, overflow: Overflow::Wait };

pub(crate) fn round(row: &str, n: u64) -> Option<Round> {
    Some(match row {
        "call_1" => Box::pin(call(n, 1, Server::<false>)),
        "call_1_inline" => Box::pin(call(n, 1, Server::<true>)),
        "call_64" => Box::pin(call(n, 64, Server::<false>)),
        "cast_1_1" => Box::pin(cast(n, 1, UNBOUNDED)),
        "cast_4_1" => Box::pin(cast(n, 4, UNBOUNDED)),
        "cast_bounded_1_1" => Box::pin(cast(n, 1, BOUNDED)),
        "cast_bounded_4_1" => Box::pin(cast(n, 4, BOUNDED)),
        "ring" => Box::pin(ring(n)),
        "start_stop" => Box::pin(lives::start_stop(n, false)),
        "start_stop_named" => Box::pin(lives::start_stop(n, true)),
        "restart_kill" => Box::pin(lives::restart(n, Trouble::Kill)),
        "restart_panic" => Box::pin(lives::restart(n, Trouble::Panic)),
        "ecosystem_up_1000" | "ecosystem_up_10000" => Box::pin(lives::ecosystem(n, Phase::Up)),
        "ecosystem_down_1000" | "ecosystem_down_10000" => Box::pin(lives::ecosystem(n, Phase::Down)),
        "lookup_1" => Box::pin(lives::lookup(n, 1)),
        "lookup_2" => Box::pin(lives::lookup(n, 2)),
        "register_unregister" => Box::pin(lives::register_unregister(n)),
        _ => return None,
    })
}

pub(crate) fn idle(row: &str, n: u64) -> Option<Idle> {
    Some(match row {
        "idle_bytes" => Box::pin(lives::idle(n)),
        "idle_1m_bytes_total" => Box::pin(lives::crowd(n)),
        _ => return None,
    })
}

/// One runtime for all rounds, on the ports of a production composition; nobody records its metrics.
fn runtime() -> Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Runtime::new(RuntimeParts {
                clock: Arc::new(SystemClock::new()),
                entropy: Arc::new(SystemEntropy::new().expect("the system has entropy")),
                spawner: Spawner::current().expect("rounds run on tokio"),
                node: NodeId::new("bench").expect("a name"),
                telemetry: Telemetry::none(),
            })
        })
        .clone()
}

async fn stop<M: Send + 'static>(address: &Address<M>) {
    address.stop(Exit::Normal);
    address.exited().await;
}

/// Answers a call with the sum of what it was sent; where callers may, in the middle of the caller.
struct Server<const IN_PLACE: bool>;

struct Sum(Payload, Reply<u64>);

impl<const IN_PLACE: bool> Process for Server<IN_PLACE> {
    type Message = Sum;

    const CALLS_IN_PLACE: bool = IN_PLACE;

    async fn handle(&mut self, Sum(payload, reply): Sum, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        reply.send(payload[0] + payload[1]);
        Ok(())
    }
}

/// Calls the server as often as it is told.
struct Caller {
    server: Address<Sum>,
    finish: Finish,
}

impl Process for Caller {
    type Message = u64;

    async fn handle(&mut self, calls: u64, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        for i in 0..calls {
            let sum = self.server.call(|reply| Sum([i, 1], reply), PATIENCE).await;
            assert!(matches!(sum, Ok(sum) if sum == i + 1), "a wrong answer: {sum:?}");
        }
        self.finish.now();
        Err(Exit::Normal)
    }
}

async fn call(n: u64, callers: u64, server: impl Process<Message = Sum>) -> f64 {
    let runtime = runtime();
    let server = runtime.spawn("server", server);
    let watch = Stopwatch::new();
    let each = n / callers;
    let begun = Instant::now();
    for _ in 0..callers {
        let caller = runtime.spawn("caller", Caller { server: server.clone(), finish: watch.finish() });
        caller.try_cast(each).expect("the caller runs");
    }
    let took = watch.until_all(begun, callers as usize).await;
    stop(&server).await;
    rate(each * callers, took)
}

/// Counts what it is sent.
struct Sink {
    seen: u64,
    expected: u64,
    mailbox: MailboxSettings,
    finish: Finish,
}

impl Process for Sink {
    type Message = Payload;

    async fn handle(&mut self, payload: Payload, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.seen += payload[1];
        if self.seen == self.expected {
            self.finish.now();
        }
        Ok(())
    }

    fn mailbox(&self) -> MailboxSettings {
        self.mailbox
    }
}

/// Casts to the sink as often as it is told; waits for room where the sink's mailbox has a bound.
struct Sender(Address<Payload>);

impl Process for Sender {
    type Message = u64;

    async fn handle(&mut self, casts: u64, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        for i in 0..casts {
            self.0.cast([i, 1]).await.expect("the sink runs");
        }
        Err(Exit::Normal)
    }
}

async fn cast(n: u64, senders: u64, mailbox: MailboxSettings) -> f64 {
    let runtime = runtime();
    let watch = Stopwatch::new();
    let each = n / senders;
    let expected = each * senders;
    let sink = runtime.spawn("sink", Sink { seen: 0, expected, mailbox, finish: watch.finish() });
    let begun = Instant::now();
    for _ in 0..senders {
        runtime.spawn("sender", Sender(sink.clone())).try_cast(each).expect("the sender runs");
    }
    let took = watch.until_all(begun, 1).await;
    stop(&sink).await;
    rate(expected, took)
}

/// Passes the token on.
struct Link {
    next: Option<Address<Pass>>,
    finish: Finish,
}

enum Pass {
    /// Who comes next; sent once, before any token.
    Next(Address<Pass>),
    Token(Payload),
}

impl Process for Link {
    type Message = Pass;

    async fn handle(&mut self, message: Pass, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Pass::Next(next) => self.next = Some(next),
            Pass::Token([1, _]) => self.finish.now(),
            Pass::Token([left, one]) => {
                let next = self.next.as_ref().expect("the ring is closed");
                next.try_cast(Pass::Token([left - 1, one])).expect("the ring runs");
            }
        }
        Ok(())
    }
}

async fn ring(n: u64) -> f64 {
    let runtime = runtime();
    let watch = Stopwatch::new();
    let links: Vec<_> =
        (0..RINGS).map(|_| runtime.spawn("link", Link { next: None, finish: watch.finish() })).collect();
    for (at, link) in links.iter().enumerate() {
        link.try_cast(Pass::Next(links[(at + 1) % RINGS].clone())).expect("the ring runs");
    }
    let begun = Instant::now();
    links[0].try_cast(Pass::Token([n, 1])).expect("the ring runs");
    let took = watch.until_all(begun, 1).await;
    for link in &links {
        stop(link).await;
    }
    rate(n, took)
}
