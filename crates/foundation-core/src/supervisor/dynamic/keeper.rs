//! The process of a dynamic supervisor: restarts children, and stops them all when it ends.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use super::super::Shutdown;
use super::super::intensity::Intensity;
use super::super::strategy::plan::{Phase, Toll};
use super::brood::Brood;
use super::entry::ask;
use crate::port::clock;
use crate::process::control::{Parent, ParentLink, Peer, Woken};
use crate::process::{Context, Exit, MailboxSettings, Notice, Process};

/// What a dynamic supervisor is sent; only by itself and by those who ask it for something.
pub struct DynamicMessage(Message);

enum Message {
    /// The wait before a restart is over.
    Due(u64),
    /// Somebody asked that child to stop, and does not wait for it any more.
    WatchOver(u64, Shutdown),
    /// Its time to stop is over.
    Overdue(u64),
}

impl DynamicMessage {
    pub(super) fn watch_over(key: u64, rule: Shutdown) -> Self {
        Self(Message::WatchOver(key, rule))
    }
}

impl fmt::Debug for DynamicMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Message::Due(_) => "Due",
            Message::WatchOver(..) => "WatchOver",
            Message::Overdue(_) => "Overdue",
        })
    }
}

/// One life of a dynamic supervisor.
pub(super) struct Keeper {
    brood: Arc<Brood>,
    intensity: Intensity,
}

/// What is to be done about a child that has ended.
enum Judgement {
    GiveUp(&'static str),
    Forget,
    Restart(Duration),
}

impl Keeper {
    pub(super) fn new(brood: Arc<Brood>) -> Self {
        let (restarts, period) = brood.limits.lock().intensity;
        Self { brood, intensity: Intensity::new(restarts, period) }
    }

    /// Counts a restart of a child that waits, and says what is to be done. `None` where nobody wants it any more.
    fn judge(&mut self, key: u64, ctx: &Context<Self>) -> Option<Judgement> {
        let at = ctx.clock().now();
        let Self { brood, intensity, .. } = self;
        brood.judge(key, |plan, seed| {
            if let Phase::Running(since) = std::mem::replace(&mut plan.phase, Phase::Idle) {
                plan.ran(since, at);
            }
            match plan.pay(intensity, at) {
                Toll::GiveUp => Judgement::GiveUp(seed.rules().kind),
                Toll::Spent => Judgement::Forget,
                Toll::Tolerated => {
                    // Drawn only where it is used, so that a seeded source is not advanced without need.
                    let chance = if seed.rules().waits() { ctx.runtime().entropy().next_u64() } else { 0 };
                    Judgement::Restart(plan.next_wait(chance))
                }
            }
        })
    }

    /// The child `key` has ended, or did not start, with `reason`. `at_once`: a restart without a wait begins here.
    async fn ended(&mut self, key: u64, reason: Exit, at_once: bool, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match self.judge(key, ctx) {
            None => {}
            Some(Judgement::GiveUp(kind)) => return Err(Exit::gave_up(kind.into(), reason)),
            Some(Judgement::Forget) => self.brood.forget(key),
            Some(Judgement::Restart(Duration::ZERO)) if at_once => return Box::pin(self.restart(key, ctx)).await,
            Some(Judgement::Restart(wait)) => {
                ctx.send_after(wait, DynamicMessage(Message::Due(key)));
            }
        }
        Ok(())
    }

    async fn restart(&mut self, key: u64, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let Some(seed) = self.brood.begin_restart(key) else { return Ok(()) };
        let link: ParentLink = (Arc::clone(&self.brood) as Arc<dyn Parent>, key);
        let failed = match seed.start(ctx.runtime(), link) {
            Ok(started) => {
                if let Some(rule) = self.brood.unwanted(key) {
                    ask(seed.control(), rule);
                }
                let is_up = started.comes_up().await;
                (!is_up).then(|| seed.control().last_exit().unwrap_or(Exit::Killed))
            }
            Err(reason) => Some(reason),
        };
        match failed {
            None => {}
            Some(Exit::Ignore) => {
                self.brood.forget(key);
                return Ok(());
            }
            // It counts as another one and is tried again through the mailbox, so that a stop or another end comes in
            // between.
            Some(reason) if self.brood.restart_failed(key) => return self.ended(key, reason, false, ctx).await,
            Some(_) => return Ok(()),
        }
        if let Some(rule) = self.brood.restarted(key, ctx.clock().now()) {
            // Somebody wanted it stopped before it ran.
            ask(seed.control(), rule);
            self.watch_over(key, rule, ctx);
        }
        // It may have ended while that would have been a part of its start.
        if !seed.control().is_running()
            && let Some(exit) = seed.control().last_exit()
        {
            let stopper = self.brood.child_ended(key, seed.control().process_ref(), &exit);
            stopper.into_iter().for_each(Woken::wake);
        }
        Ok(())
    }

    fn watch_over(&self, key: u64, rule: Shutdown, ctx: &mut Context<Self>) {
        if let Shutdown::Timeout(patience) = rule {
            ctx.send_after(patience, DynamicMessage(Message::Overdue(key)));
        }
    }

    async fn empty(&self) {
        poll_fn(|cx| self.brood.poll_empty(cx)).await;
    }
}

impl Process for Keeper {
    type Message = DynamicMessage;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        // Children of the former life may still be on their way out.
        for (child, _) in self.brood.close() {
            child.control().kill();
        }
        self.empty().await;
        ctx.set_brood(Arc::clone(&self.brood) as Arc<dyn Parent>);
        let peer: Arc<dyn Peer> = ctx.peer();
        self.brood.open(ctx.runtime().clone(), Arc::downgrade(&peer), ctx.process_ref().incarnation);
        Ok(())
    }

    async fn handle(&mut self, message: DynamicMessage, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message.0 {
            Message::Due(key) => return self.restart(key, ctx).await,
            Message::WatchOver(key, rule) => self.watch_over(key, rule, ctx),
            Message::Overdue(key) => self.brood.kill(key),
        }
        Ok(())
    }

    async fn notice(&mut self, notice: Notice, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let Notice::Down { monitor, reason, .. } = notice else { return Ok(()) };
        self.ended(monitor.0, reason, true, ctx).await
    }

    async fn terminate(&mut self, _reason: &Exit, ctx: &mut Context<Self>) {
        // All at once; who does not end in its time is killed.
        let mut timed: BTreeMap<Duration, Vec<Arc<dyn Peer>>> = BTreeMap::new();
        let began = ctx.clock().now();
        for (child, rule) in self.brood.close() {
            ask(child.control(), rule);
            if let Shutdown::Timeout(patience) = rule {
                timed.entry(patience).or_default().push(child);
            }
        }
        for (patience, children) in timed {
            let mut empty = std::pin::pin!(self.empty());
            if clock::deadline(&**ctx.clock(), began + patience, &mut empty).await.is_ok() {
                return;
            }
            for child in children {
                child.control().kill();
            }
        }
        // A process that never awaits cannot be killed, and is waited for.
        self.empty().await;
    }

    fn mailbox(&self) -> MailboxSettings {
        // Whoever stops waiting for a child must get its word in.
        MailboxSettings { capacity: usize::MAX, ..MailboxSettings::default() }
    }
}
