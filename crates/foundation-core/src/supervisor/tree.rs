//! The process around the decisions: starts and stops children, waits for them, and hears of their ends.

mod brood;

mod request;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_channel::oneshot;

use self::brood::{Brood, Wards};
pub(super) use self::request::Request;
use super::child::{Child, Shutdown};
use super::handle::ChildError;
use super::intensity::Intensity;
use super::node::ChildState;
use super::strategy::State;
use super::strategy::event::{Effect, Ending, Event, Place, Rest};
use super::{ChildName, Restart, Spec};
use crate::port::clock::{self, Monotonic};
use crate::process::control::Parent;
use crate::process::run;
use crate::process::{Context, Exit, MonitorId, Notice, Process, TimerId};
use crate::telemetry::names;

/// What a supervisor is sent; only by itself and by its [handle](super::SupervisorHandle).
pub struct SupervisorMessage(Message);

enum Message {
    /// The wait before a restart of that child is over.
    Due(Place),
    Ask(Request, oneshot::Sender<Result<(), ChildError>>),
}

impl SupervisorMessage {
    pub(super) fn ask(request: Request, answer: oneshot::Sender<Result<(), ChildError>>) -> Self {
        Self(Message::Ask(request, answer))
    }
}

impl fmt::Debug for SupervisorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Message::Due(place) => write!(f, "Due({place})"),
            Message::Ask(request, _) => request.fmt(f),
        }
    }
}

/// A supervisor, as the process it is.
pub(super) struct Tree {
    spec: Arc<Spec>,
    state: State,
    /// The number of the life that was started last, of whichever child.
    last_life: u64,
    /// Made in `init`.
    brood: Option<Arc<dyn Parent>>,
    timers: BTreeMap<Place, TimerId>,
    /// Of one decision; kept for its memory.
    effects: Vec<Effect>,
    /// The place of the next child that is added.
    next: Place,
    /// Nobody restarts it, so its end is the end of everything below.
    root: bool,
}

impl Tree {
    pub(super) fn root(spec: Arc<Spec>) -> Self {
        Self::new(spec, true)
    }

    pub(super) fn below(spec: Arc<Spec>) -> Self {
        Self::new(spec, false)
    }

    fn new(spec: Arc<Spec>, root: bool) -> Self {
        let intensity = Intensity::new(spec.restarts, spec.period);
        let plans = spec.children.iter().map(|child| child.plan.clone());
        let state = State::new(spec.strategy, spec.auto_shutdown, intensity, plans);
        let next = spec.children.len();
        Self { spec, state, last_life: 0, brood: None, timers: BTreeMap::new(), effects: Vec::new(), next, root }
    }

    fn child(&self, place: Place) -> Option<Arc<Child>> {
        self.spec.roster.lock().get(&place).cloned()
    }

    fn find(&self, name: &str) -> Option<Place> {
        self.spec.roster.lock().iter().find(|(_, child)| child.name == name).map(|(place, _)| *place)
    }

    /// Decides about `event` and does what follows, up to the reason to end. Answers why a start failed, if one did.
    async fn decide(&mut self, event: Event, ctx: &mut Context<Self>) -> Result<Option<Exit>, Exit> {
        let mut failed = None;
        let mut effects = std::mem::take(&mut self.effects);
        effects.clear();
        let mut at = event.at();
        self.state.take(event, &mut effects);
        let mut done = 0;
        while let Some(effect) = effects.get(done).cloned() {
            done += 1;
            match effect {
                Effect::Stop { child } => {
                    self.stop(child, ctx).await;
                    at = None;
                }
                Effect::Start { child, restart } => {
                    let started = self.start(child, restart, ctx).await;
                    let event = self.outcome(child, &started, at, ctx);
                    at = event.at();
                    failed = started.result.err();
                    self.state.take(event, &mut effects);
                }
                Effect::StartAfter { child, delay } => {
                    self.publish(child, ChildState::Restarting);
                    let timer = ctx.send_after(delay, SupervisorMessage(Message::Due(child)));
                    if let Some(former) = self.timers.insert(child, timer) {
                        ctx.cancel(former);
                    }
                }
                Effect::Release { child, rest } => self.release(child, rest, ctx),
                Effect::End(ending) => return Err(self.ending(ending)),
            }
        }
        self.effects = effects;
        Ok(failed)
    }

    fn ending(&self, ending: Ending) -> Exit {
        let at = |place| {
            let child = self.child(place);
            let name = child.as_ref().map_or(ChildName::from(""), |child| child.name.clone());
            (name, child.and_then(|child| child.record.lock().why.clone()).unwrap_or(Exit::Killed))
        };
        match ending {
            Ending::AutoShutdown => Exit::Shutdown,
            Ending::GaveUp { child } => {
                let (name, why) = at(child);
                Exit::gave_up(name, why)
            }
            Ending::StartFailed { child } => {
                let (name, why) = at(child);
                Exit::start_failed(name, why)
            }
        }
    }

    /// What the answer to a start is, `at` the time of what it was decided for.
    fn outcome(&self, child: Place, started: &Started, at: Option<Monotonic>, ctx: &Context<Self>) -> Event {
        // A start that waited for nothing is as old as its decision, and the clock need not be read again.
        let at = at.filter(|_| !started.waited).unwrap_or_else(|| ctx.clock().now());
        match started.result {
            Ok(()) => Event::Started { child, at },
            Err(Exit::Ignore) => Event::Ignored { child, at },
            Err(_) => {
                let chance = self.child(child).map_or(0, |child| chance(&child, ctx));
                Event::StartFailed { child, at, chance }
            }
        }
    }

    /// From here on a child that is killed at rest ends by itself: this may not come to it soon.
    fn leave_the_dead(ctx: &Context<Self>) {
        for mut life in ctx.control().refuse_dead() {
            life.as_mut().step_here();
        }
    }

    /// Starts a child and waits for its `init`.
    async fn start(&mut self, place: Place, restart: bool, ctx: &mut Context<Self>) -> Started {
        Self::leave_the_dead(ctx);
        let mut waited = false;
        // Every place that is decided about is in the roster; if one were not, there would be nothing to start.
        let result = match self.child(place) {
            Some(child) => self.start_now(place, &child, restart, &mut waited, ctx).await,
            None => Err(Exit::Ignore),
        };
        ctx.control().accept_dead();
        Started { result, waited }
    }

    async fn start_now(
        &mut self,
        place: Place,
        child: &Child,
        restart: bool,
        waited: &mut bool,
        ctx: &mut Context<Self>,
    ) -> Result<(), Exit> {
        // Known from the start, so that a first restart is seen as a rise from zero.
        let restarts = ctx.runtime().telemetry().counter(names::PROCESS_RESTARTS, &[child.kind]);
        restarts.increment(0);
        if restart {
            child.record.lock().state = ChildState::Restarting;
        }
        let peer = child.start.peer();
        // A life under the former life of this supervisor may still be on its way out.
        while peer.control().is_running() {
            *waited = true;
            peer.control().kill();
            let _ = peer.control().watch().await;
        }
        self.last_life += 1;
        let key = life_key(self.last_life, place);
        // Made in `init`, before the first start.
        let Some(brood) = self.brood.clone() else { return Err(Exit::Ignore) };
        let started = match child.start.start(ctx.runtime(), (brood, key)) {
            Ok(started) => {
                *waited |= matches!(started, run::Started::Pending(_));
                let up = started.comes_up().await;
                if up { Ok(()) } else { Err(peer.control().last_exit().unwrap_or(Exit::Killed)) }
            }
            Err(exit) => Err(exit),
        };
        let Err(exit) = started else {
            let mut record = child.record.lock();
            record.state = ChildState::Running;
            record.key = Some(key);
            if restart {
                record.restarts += 1;
                restarts.increment(1);
            }
            return Ok(());
        };
        // Its end was told too, and is dealt with here.
        ctx.forget_notice(MonitorId(key));
        child.record.lock().why = Some(exit.clone());
        Err(exit)
    }

    /// Stops a child by its own rule and waits for its end.
    async fn stop(&mut self, place: Place, ctx: &mut Context<Self>) {
        let Some(child) = self.child(place) else { return };
        Self::leave_the_dead(ctx);
        self.stop_now(&child, ctx).await;
        ctx.control().accept_dead();
    }

    async fn stop_now(&mut self, child: &Child, ctx: &mut Context<Self>) {
        let key = {
            let mut record = child.record.lock();
            record.state = ChildState::Restarting;
            record.key.take()
        };
        if let Some(key) = key {
            // If it has ended a moment ago, that is not heard any more, as in OTP.
            ctx.forget_notice(MonitorId(key));
        }
        let peer = child.start.peer();
        let mut ended = peer.control().watch();
        if peer.control().is_running() {
            match child.shutdown {
                Shutdown::BrutalKill => peer.control().kill(),
                Shutdown::Infinity => peer.control().stop(Exit::Shutdown),
                Shutdown::Timeout(patience) => {
                    peer.control().stop(Exit::Shutdown);
                    let until = ctx.clock().now() + patience;
                    if clock::deadline(&**ctx.clock(), until, &mut ended).await.is_err() {
                        peer.control().kill();
                    }
                }
            }
            // A process that never awaits cannot be killed, and is waited for.
            while peer.control().is_running() {
                let _ = peer.control().watch().await;
            }
        }
    }

    fn release(&mut self, place: Place, rest: Rest, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timers.remove(&place) {
            ctx.cancel(timer);
        }
        let Some(child) = self.child(place) else { return };
        child.record.lock().state = match rest {
            Rest::Ended | Rest::Forgotten => ChildState::Stopped,
            Rest::Ignored => ChildState::Ignored,
            // Somebody is expected to start it.
            Rest::Quarantined => return self.publish(place, ChildState::Quarantined),
        };
        child.settle();
        if rest == Rest::Forgotten {
            self.spec.roster.lock().remove(&place);
        }
    }

    fn publish(&self, place: Place, state: ChildState) {
        if let Some(child) = self.child(place) {
            child.record.lock().state = state;
        }
    }
}

/// How the start of a child went.
struct Started {
    result: Result<(), Exit>,
    /// It was not done at once.
    waited: bool,
}

/// So many bits of a life's key are its child's place; the others are the lowest of its number.
const PLACE_BITS: u32 = 40;

/// What a child's life is known by: no two that could be taken for each other have the same key.
fn life_key(number: u64, place: Place) -> u64 {
    number << PLACE_BITS | place as u64
}

fn place_of(key: u64) -> Place {
    (key & ((1 << PLACE_BITS) - 1)) as Place
}

/// Drawn only where it is used, so that a seeded source is not advanced by ends that need no chance.
fn chance(child: &Child, ctx: &Context<Tree>) -> u64 {
    let waits = child.waits && child.plan.restart != Restart::Temporary;
    if waits { ctx.runtime().entropy().next_u64() } else { 0 }
}

impl Process for Tree {
    type Message = SupervisorMessage;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.spec.fill_roster();
        self.check()?;
        ctx.set_brood(Arc::new(Wards(Arc::clone(&self.spec))));
        self.brood = Some(Arc::new(Brood::new(ctx)));
        let at = ctx.clock().now();
        self.decide(Event::Opened { at }, ctx).await.map(|_| ())
    }

    async fn handle(&mut self, message: SupervisorMessage, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message.0 {
            Message::Due(child) => {
                self.timers.remove(&child);
                let at = ctx.clock().now();
                self.decide(Event::Due { child, at }, ctx).await.map(|_| ())
            }
            Message::Ask(request, answer) => {
                // Whoever asked may have stopped waiting.
                let _ = answer.send(self.request(request, ctx).await?);
                Ok(())
            }
        }
    }

    async fn notice(&mut self, notice: Notice, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let Notice::Down { monitor, reason, .. } = notice else { return Ok(()) };
        let place = place_of(monitor.0);
        let Some(child) = self.child(place) else { return Ok(()) };
        {
            let mut record = child.record.lock();
            if record.key != Some(monitor.0) {
                return Ok(());
            }
            record.key = None;
            record.why = Some(reason.clone());
        }
        let (abnormal, chance) = (reason.is_abnormal(), chance(&child, ctx));
        let event = Event::Exited { child: place, abnormal, at: ctx.clock().now(), chance };
        self.decide(event, ctx).await.map(|_| ())
    }

    async fn terminate(&mut self, _reason: &Exit, ctx: &mut Context<Self>) {
        // Nothing but stops, which end nothing.
        let _ = self.decide(Event::Closed, ctx).await;
        for child in self.spec.roster.lock().values() {
            child.record.lock().state = ChildState::Stopped;
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if self.root {
            self.spec.settle();
        }
    }
}
