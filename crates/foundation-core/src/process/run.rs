//! One life of a process, from its start to the last notice of its end.
//!
//! The task of a process runs a [`Life`]: it lets the process's code run, poll by poll, looks for a kill before each,
//! and does the book-keeping of the end, however it comes. The code itself is one future (`lead`), written so that its
//! size is that of the state, the message at hand and little else: for an idle process it is much of what there is.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use futures_channel::oneshot;
use pin_project_lite::pin_project;

use super::alarm::Alarm;
use super::cell::Cell;
use super::context::{Context, RareTurn, TURN_BUDGET, Turn, yield_now};
use super::control::{LifeStart, Notice, Stance, relations};
use super::current::{self, NEVER};
use super::in_place::Errand;
use super::isolate::{LastTurn, drop_quietly, guard, guard_turn, guarded};
use super::mailbox::MailboxSettings;
use super::mailbox::inbox::Inbox;
use super::{Exit, Process};
use crate::port::BoxFuture;
use crate::runtime::Runtime;

/// A life that has begun, so that it can be linked and monitored, and whose task does not run yet.
///
/// Dropping it unstarted ends the life as killed.
pub(crate) struct Launch<P: Process> {
    process: P,
    lifeline: Lifeline<P::Message>,
    turn_budget: u16,
    /// Its settings could not be asked for.
    stillborn: Option<Exit>,
}

/// How far a life has come when its start returns.
pub(crate) enum Started {
    /// Its `init` is done.
    Up,
    /// Its `init` waits for something: ready when it is done, cancelled if the life ends in it.
    Pending(oneshot::Receiver<()>),
    /// It ended in its `init`.
    Ended,
}

impl Started {
    /// Waits until `init` is done; whether it was done rather than ended.
    pub(crate) async fn comes_up(self) -> bool {
        match self {
            Self::Up => true,
            Self::Pending(receiver) => receiver.await.is_ok(),
            Self::Ended => false,
        }
    }
}

impl<P: Process> Launch<P> {
    /// Begins a life and opens its mailbox. `None` where one goes on.
    pub(crate) fn prepare(
        cell: Arc<Cell<P::Message>>,
        runtime: &Runtime,
        process: P,
        start: LifeStart,
    ) -> Option<Self> {
        cell.bind(runtime);
        let (settings, turn_budget, stillborn) = match guarded(|| (process.mailbox(), process.turn_budget())) {
            Ok((settings, turn_budget)) => (settings, turn_budget, None),
            Err(exit) => (MailboxSettings::default(), TURN_BUDGET, Some(exit)),
        };
        let open = |incarnation| cell.mailbox.open(incarnation, settings);
        cell.control.begin(start, P::CALLS_IN_PLACE, open)?;
        runtime.count_start();
        Some(Self { process, lifeline: Lifeline { cell: Some(cell) }, turn_budget, stillborn })
    }

    /// Takes its first step in a task.
    pub(crate) fn go(self) {
        let Some((cell, life)) = self.life() else { return };
        if P::CALLS_IN_PLACE {
            return life.run();
        }
        if let Some(runtime) = cell.runtime() {
            runtime.spawner().spawn(cell.control.name, Fledgling { cell: Arc::clone(&cell), life: Some(life) });
        }
    }

    /// Takes its first step on this thread, in the middle of whatever runs here: an `init` that does not wait costs its
    /// starter no trip through the scheduler.
    pub(crate) fn go_here(self) -> Started {
        let Some((cell, mut life)) = self.life() else { return Started::Ended };
        match life.as_mut().step_here() {
            Step::Ended => Started::Ended,
            Step::Waits => {
                let started = cell.control.how_started();
                life.run();
                started
            }
            Step::Rests => {
                if let Err(life) = cell.control.lay_to_rest(life) {
                    life.run();
                }
                Started::Up
            }
        }
    }

    fn life(mut self) -> Option<(Arc<Cell<P::Message>>, BoxLife)> {
        if let Some(exit) = self.stillborn {
            drop_quietly(self.process);
            self.lifeline.end(exit);
            return None;
        }
        let cell = Arc::clone(self.lifeline.cell.as_ref()?);
        let ctx = Context::new(Arc::clone(&cell), self.turn_budget);
        let work = lead(self.process, ctx, Inbox::new(Arc::clone(&cell)));
        Some((cell, Box::pin(Life::new(work, self.lifeline))))
    }
}

/// How a life stands after a step that was taken without a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is over.
    Ended,
    /// It waits for mail and nothing else: it needs no task before something comes.
    Rests,
    /// It waits for something else, and needs a task.
    Waits,
}

/// A life whose process and messages are forgotten.
pub(crate) trait AnyLife: Future<Output = ()> + Send {
    /// Takes a step on this thread, in the middle of whatever runs here. Whatever it waits for then is asked again at
    /// its task's next poll.
    fn step_here(self: Pin<&mut Self>) -> Step;

    /// Takes a step in its task.
    fn step_in_task(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Step;

    /// Gives it a task.
    fn run(self: Pin<Box<Self>>);
}

pub(crate) type BoxLife = Pin<Box<dyn AnyLife>>;

impl<M: Send + 'static, F: Future<Output = Exit> + Send + 'static> AnyLife for Life<M, F> {
    fn step_here(self: Pin<&mut Self>) -> Step {
        self.step(&mut std::task::Context::from_waker(Waker::noop()), false)
    }

    fn step_in_task(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Step {
        self.step(cx, true)
    }

    fn run(self: Pin<Box<Self>>) {
        let Some(cell) = self.lifeline.cell.clone() else { return };
        let Some(runtime) = cell.runtime() else { return };
        if cell.control.is_in_place() {
            runtime.spawner().spawn(cell.control.name, Errand::new(Arc::clone(&cell), self));
        } else {
            runtime.spawner().spawn_boxed(cell.control.name, self);
        }
    }
}

/// The task that a life begins in. Where its first step leads to rest, the task is over and its memory free again;
/// the life gets another one when something comes.
struct Fledgling<M: Send + 'static> {
    cell: Arc<Cell<M>>,
    life: Option<BoxLife>,
}

impl<M: Send + 'static> Future for Fledgling<M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<()> {
        let Some(mut life) = self.life.take() else { return Poll::Ready(()) };
        if !self.cell.control.has_waker() {
            match life.as_mut().step_here() {
                Step::Ended => return Poll::Ready(()),
                Step::Rests => match self.cell.control.lay_to_rest(life) {
                    Ok(()) => return Poll::Ready(()),
                    Err(awake) => life = awake,
                },
                Step::Waits => {}
            }
            // What it waits for is asked again with the task's waker, when others have had their turn.
            self.cell.control.set_waker(cx.waker());
            cx.waker().wake_by_ref();
            self.life = Some(life);
            return Poll::Pending;
        }
        let polled = life.as_mut().poll(cx);
        if polled.is_pending() {
            self.life = Some(life);
        }
        polled
    }
}

/// Does the book-keeping of an end, however it comes: also when the scheduler drops the task.
struct Lifeline<M: Send + 'static> {
    /// None when it is done.
    cell: Option<Arc<Cell<M>>>,
}

impl<M: Send + 'static> Lifeline<M> {
    fn end(&mut self, exit: Exit) {
        let Some(cell) = self.cell.take() else { return };
        let ((undelivered, waiting), waker) = relations::finish(&cell, exit, || cell.mailbox.close());
        for sender in waiting {
            sender.wake();
        }
        // After the end is recorded: dropping a message drops its reply, and the caller then asks for the reason.
        for letter in undelivered {
            #[cfg(feature = "planted-bugs")]
            if crate::planted::is(crate::planted::Bug::ReplyHang) {
                std::mem::forget(letter);
                continue;
            }
            drop_quietly(letter);
        }
        drop(cell);
        // The last of all: whoever waits for the end may go on on another thread before this returns.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<M: Send + 'static> Drop for Lifeline<M> {
    fn drop(&mut self) {
        // The task was dropped before the life ended, which is a kill.
        self.end(Exit::Killed);
    }
}

pin_project! {
    /// What the task of a process runs.
    ///
    /// It lives in a box of its own, so that its first step can be taken before there is a task, that it can lie at rest
    /// without one, and that a task has the smallest size whatever the process is.
    struct Life<M, F>
    where
        M: Send,
        M: 'static,
    {
        #[pin]
        work: Option<F>,
        // After `work`, so that the state is dropped before the end is told.
        lifeline: Lifeline<M>,
        // The word of the message at hand.
        word: u64,
        // Made when the process first waits for an answer.
        alarm: Option<Box<Alarm>>,
    }
}

impl<M: Send + 'static, F: Future<Output = Exit>> Life<M, F> {
    fn new(work: F, lifeline: Lifeline<M>) -> Self {
        Self { work: Some(work), lifeline, word: 0, alarm: None }
    }

    fn step(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>, has_task: bool) -> Step {
        let mut this = self.project();
        let Some(cell) = &this.lifeline.cell else { return Step::Ended };
        if has_task && !cell.control.has_waker() && !cell.control.is_interrupted() {
            // A task is polled with one waker all its life.
            cell.control.set_waker(cx.waker());
        }
        // After the waker is known, so that whatever comes from now on wakes this task.
        let exit = if cell.control.is_interrupted() {
            cell.control.interruption()
        } else {
            let waited_for = cell.control.waits_for().unwrap_or(0);
            let around = current::enter(cell.control.number(), *this.word, waited_for);
            cell.control.set_stance(Stance::OnThread);
            let polled = match this.work.as_mut().as_pin_mut() {
                Some(work) => work.poll(cx),
                None => Poll::Pending,
            };
            let current = current::leave(around);
            cell.control.set_stance(current.stance);
            match polled {
                Poll::Ready(exit) => exit,
                Poll::Pending => {
                    *this.word = current.word;
                    if current.waits_for != waited_for {
                        cell.control.set_waits_for(current.waits_for);
                    }
                    if current.stance == Stance::Rests && cell.control.is_in_place() {
                        // Its task ends with this, and the next one has another waker.
                        *this.alarm = None;
                    } else if current.wake_at != NEVER
                        && has_task
                        && let Some(runtime) = cell.runtime()
                    {
                        Alarm::set(this.alarm, current.wake_at, runtime.clock(), cx.waker());
                    }
                    return if current.stance == Stance::Rests { Step::Rests } else { Step::Waits };
                }
            }
        };
        // The state goes before the end is told, so that a successor finds free what it held.
        let dropped = guarded(|| this.work.set(None));
        this.lifeline.end(match dropped {
            Err(panic) if !exit.is_abnormal() => panic,
            _ => exit,
        });
        Step::Ended
    }
}

impl<M: Send + 'static, F: Future<Output = Exit>> Future for Life<M, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<()> {
        match self.step(cx, true) {
            Step::Ended => Poll::Ready(()),
            Step::Rests | Step::Waits => Poll::Pending,
        }
    }
}

/// The process's own code, in order: `init`, turns, `terminate`; answers why it ended.
///
/// One block over its captures: parameters of an `async fn`, and locals that captures are moved to, would be kept
/// twice.
#[expect(clippy::manual_async_fn, reason = "an async fn would keep its parameters twice")]
fn lead<P: Process>(
    mut process: P,
    mut ctx: Context<P>,
    mut inbox: Inbox<P::Message>,
) -> impl Future<Output = Exit> + Send {
    async move {
        // In boxes of their own: a process that waits for mail has room for its handler, and not for what it did at its
        // start or will do at its end. One that has neither function has no box.
        match guard(Box::pin(process.init(&mut ctx))).await {
            Ok(Ok(())) => {}
            Ok(Err(exit)) | Err(exit) => return end(process, exit),
        }
        ctx.control().initialised();
        let mut notice = None;
        let exit = loop {
            if let Some(exit) = ctx.take_stop() {
                break exit;
            }
            if ctx.spend_turn() {
                yield_now().await;
            }
            // Whatever is at hand is moved into the future that deals with it before that is awaited.
            let done = if notice.is_some() {
                guard_turn(boxed_notice(&mut process, notice.take(), &mut ctx), &mut inbox).await
            } else {
                let message = match ctx.next(&mut inbox).await {
                    Turn::Message(message) => message,
                    Turn::Shutdown => break Exit::Shutdown,
                    Turn::Finish => break Exit::Normal,
                    Turn::Rare(rare) => match *rare {
                        RareTurn::Notice(next) => {
                            notice = Some(Box::new(next));
                            continue;
                        }
                        RareTurn::Stop(exit) => break exit,
                        RareTurn::Panicked(panic) => return end(process, panic),
                    },
                };
                guard_turn(process.handle(message, &mut ctx), &mut inbox).await
            };
            match done.map(|last| *last) {
                None => {}
                Some(LastTurn::GaveUp(exit)) => break exit,
                Some(LastTurn::Panicked(panic)) => return end(process, panic),
            }
        };
        ctx.control().begin_farewell();
        let farewell = guard(Box::pin(process.terminate(&exit, &mut ctx))).await;
        end(process, farewell.map_or_else(|panic| panic, |()| exit))
    }
}

/// In a box, so that processes that hear nothing have no room for it.
fn boxed_notice<'a, P: Process>(
    process: &'a mut P,
    notice: Option<Box<Notice>>,
    ctx: &'a mut Context<P>,
) -> BoxFuture<'a, Result<(), Exit>> {
    match notice {
        Some(notice) => Box::pin(process.notice(*notice, ctx)),
        None => Box::pin(std::future::ready(Ok(()))),
    }
}

/// Drops the state; a panic in that counts where the end was an orderly one.
fn end<P>(process: P, exit: Exit) -> Exit {
    match guarded(|| drop(process)) {
        Err(panic) if !exit.is_abnormal() => panic,
        _ => exit,
    }
}

#[cfg(test)]
mod tests;
