//! Starts, restarts and memory of kameo's actors.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn as _};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};
use tokio::sync::mpsc;

use super::stop;
use crate::idle::{Kept, all_up};
use crate::measure::median;
use crate::stopwatch::{micros, rate};
use crate::variant::{PLANNED, Trouble};

#[derive(Actor)]
struct Idler;

/// No supervisor: the actor is spawned, waited for, stopped, and its end is waited for.
pub(super) async fn start_stop(n: u64) -> f64 {
    let begun = Instant::now();
    for _ in 0..n {
        let actor = Idler::spawn_with_mailbox(Idler, mailbox::unbounded());
        actor.wait_for_startup().await;
        stop(&actor).await;
    }
    rate(n, begun.elapsed())
}

#[derive(Actor)]
struct Supervisor;

/// Notes each of its lives.
#[derive(Clone)]
struct Victim(mpsc::UnboundedSender<(Instant, ActorRef<Victim>)>);

impl Actor for Victim {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(own: Self, actor: ActorRef<Self>) -> Result<Self, Infallible> {
        let _ = own.0.send((Instant::now(), actor));
        Ok(own)
    }
}

struct Crash;

impl Message<Crash> for Victim {
    type Reply = ();

    async fn handle(&mut self, _message: Crash, _ctx: &mut Context<Self, ()>) {
        std::panic::panic_any(PLANNED)
    }
}

/// A supervised child that is restarted as often as it takes. It has no name: kameo's registry would have to be told
/// again by each life, which the figure leaves out.
pub(super) async fn restart(n: u64, trouble: Trouble) -> f64 {
    let (up, mut ups) = mpsc::unbounded_channel();
    let supervisor = Supervisor::spawn_with_mailbox(Supervisor, mailbox::unbounded());
    Victim::supervise(&supervisor, Victim(up))
        .restart_limit(u32::MAX, Duration::from_secs(1))
        .spawn_with_mailbox(mailbox::unbounded())
        .await;
    // Each life hands out its own reference: a kill through that of an earlier life has no effect.
    let (_, mut victim) = ups.recv().await.expect("the actor runs");
    let mut took = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let begun = Instant::now();
        match trouble {
            Trouble::Kill => victim.kill(),
            Trouble::Panic => victim.tell(Crash).await.expect("the actor runs"),
        }
        let (is_up, next) = ups.recv().await.expect("the actor is restarted");
        took.push(micros(is_up - begun));
        victim = next;
    }
    supervisor.kill();
    supervisor.wait_for_shutdown().await;
    median(&took)
}

/// Counts itself when it has started.
struct Counted;

impl Actor for Counted {
    type Args = Arc<AtomicU64>;
    type Error = Infallible;

    async fn on_start(up: Arc<AtomicU64>, _actor: ActorRef<Self>) -> Result<Self, Infallible> {
        up.fetch_add(1, Ordering::Relaxed);
        Ok(Self)
    }
}

/// Without names and without a supervisor, mailboxes without a bound.
pub(super) async fn idle(n: u64) -> Kept {
    let up = Arc::new(AtomicU64::new(0));
    let mut actors = Vec::with_capacity(n as usize);
    for _ in 0..n {
        actors.push(Counted::spawn_with_mailbox(Arc::clone(&up), mailbox::unbounded()));
    }
    all_up(&up, n).await;
    Box::new(actors)
}
