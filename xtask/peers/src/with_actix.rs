//! The peer `actix`: actors on arbiters, each of which is one thread; the arrangement that serves each row best.
//!
//! Calls, the cast from one sender and the ring stay on one arbiter, where no message crosses a thread. Four senders
//! have an arbiter beside the sink's, so that sending and receiving run at once as in the other variants.

use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use actix::prelude::*;

use crate::stopwatch::{Finish, Stopwatch, rate};
use crate::variant::{Payload, RINGS, Round};

pub(crate) fn round(row: &str, n: u64) -> Option<Round> {
    Some(match row {
        "call_1" => Box::pin(call(n, 1)),
        "call_64" => Box::pin(call(n, 64)),
        "cast_1_1" => Box::pin(cast(n, 1)),
        "cast_4_1" => Box::pin(cast(n, 4)),
        "ring" => Box::pin(ring(n)),
        _ => return None,
    })
}

/// The two arbiters; their system lives on a thread of its own for as long as the program does.
fn arbiter(at: usize) -> ArbiterHandle {
    static ARBITERS: OnceLock<Mutex<Vec<ArbiterHandle>>> = OnceLock::new();
    let arbiters = ARBITERS.get_or_init(|| {
        let (made, arbiters) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let system = System::new();
            system.block_on(async {
                let arbiters = [Arbiter::new(), Arbiter::new()];
                let _ = made.send(arbiters.iter().map(Arbiter::handle).collect());
                std::future::pending::<()>().await;
            });
        });
        Mutex::new(arbiters.recv().expect("the system starts"))
    });
    arbiters.lock().expect("nobody panics while holding it")[at].clone()
}

struct Server;

#[derive(Message)]
#[rtype(result = "u64")]
struct Sum(Payload);

impl Actor for Server {
    type Context = Context<Self>;
}

impl Handler<Sum> for Server {
    type Result = u64;

    fn handle(&mut self, Sum(payload): Sum, _ctx: &mut Context<Self>) -> u64 {
        payload[0] + payload[1]
    }
}

/// Callers are futures on the server's own arbiter.
async fn call(n: u64, callers: u64) -> f64 {
    let watch = Stopwatch::new();
    let each = n / callers;
    let server = Server::start_in_arbiter(&arbiter(0), |_| Server);
    let begun = Instant::now();
    for _ in 0..callers {
        let (server, finish) = (server.clone(), watch.finish());
        arbiter(0).spawn(async move {
            for i in 0..each {
                let sum = server.send(Sum([i, 1])).await.expect("the server runs");
                assert_eq!(sum, i + 1);
            }
            finish.now();
        });
    }
    rate(each * callers, watch.until_all(begun, callers as usize).await)
}

struct Sink {
    seen: u64,
    expected: u64,
    finish: Finish,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Cast(Payload);

impl Actor for Sink {
    type Context = Context<Self>;
}

impl Handler<Cast> for Sink {
    type Result = ();

    fn handle(&mut self, Cast(payload): Cast, _ctx: &mut Context<Self>) {
        self.seen += payload[1];
        if self.seen == self.expected {
            self.finish.now();
        }
    }
}

/// `do_send` passes the mailbox's bound by.
async fn cast(n: u64, senders: u64) -> f64 {
    let watch = Stopwatch::new();
    let each = n / senders;
    let expected = each * senders;
    let finish = watch.finish();
    let sink = Sink::start_in_arbiter(&arbiter(0), move |_| Sink { seen: 0, expected, finish });
    let begun = Instant::now();
    for _ in 0..senders {
        let sink = sink.clone();
        arbiter(usize::from(senders > 1)).spawn(async move {
            for i in 0..each {
                sink.do_send(Cast([i, 1]));
            }
        });
    }
    rate(expected, watch.until_all(begun, 1).await)
}

struct Link {
    next: Option<Addr<Link>>,
    finish: Finish,
}

impl Actor for Link {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "()")]
struct Next(Addr<Link>);

#[derive(Message)]
#[rtype(result = "()")]
enum Token {
    Pass(Payload),
    /// The end of the round: each lets go of its neighbour.
    End,
}

impl Handler<Next> for Link {
    type Result = ();

    fn handle(&mut self, Next(link): Next, _ctx: &mut Context<Self>) {
        self.next = Some(link);
    }
}

impl Handler<Token> for Link {
    type Result = ();

    fn handle(&mut self, token: Token, ctx: &mut Context<Self>) {
        match token {
            Token::Pass([1, _]) => self.finish.now(),
            Token::Pass([left, one]) => {
                self.next.as_ref().expect("the ring is closed").do_send(Token::Pass([left - 1, one]));
            }
            Token::End => ctx.stop(),
        }
    }
}

async fn ring(n: u64) -> f64 {
    let watch = Stopwatch::new();
    let links: Vec<_> = (0..RINGS)
        .map(|_| {
            let finish = watch.finish();
            Link::start_in_arbiter(&arbiter(0), move |_| Link { next: None, finish })
        })
        .collect();
    for (at, link) in links.iter().enumerate() {
        link.send(Next(links[(at + 1) % RINGS].clone())).await.expect("the ring runs");
    }
    let begun = Instant::now();
    links[0].do_send(Token::Pass([n, 1]));
    let took = watch.until_all(begun, 1).await;
    for link in &links {
        link.do_send(Token::End);
    }
    rate(n, took)
}
