//! One life of a process, from its start to the last notice of its end.
//!
//! The task of a process is [`Task`]: it lets the process's code run, poll by poll, looks for a kill before each, and
//! does the book-keeping of the end, however it comes. The code itself is one future (`lead`), written so that its
//! size is that of the state, the message at hand and little else: for an idle process it is most of what there is.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use futures_channel::oneshot;
use pin_project_lite::pin_project;

use super::alarm::Alarm;
use super::cell::Cell;
use super::context::{Context, Turn, yield_now};
use super::control::relations;
use super::current::{self, Current, NEVER};
use super::isolate::{drop_quietly, guard, guard_turn, guarded};
use super::mailbox::MailboxSettings;
use super::mailbox::inbox::Inbox;
use super::{Exit, Process};
use crate::runtime::Runtime;

/// A life that has begun, so that it can be linked and monitored, and whose task does not run yet.
///
/// Dropping it unstarted ends the life as killed.
pub(crate) struct Launch<P: Process> {
    process: P,
    lifeline: Lifeline<P::Message>,
    /// Its settings could not be asked for.
    stillborn: Option<Exit>,
}

impl<P: Process> Launch<P> {
    /// Begins a life and opens its mailbox. `None` where one goes on.
    pub(crate) fn prepare(
        cell: Arc<Cell<P::Message>>,
        runtime: &Runtime,
        process: P,
        supervised: bool,
    ) -> Option<Self> {
        cell.bind(runtime);
        let (settings, stillborn) = match guarded(|| process.mailbox()) {
            Ok(settings) => (settings, None),
            Err(exit) => (MailboxSettings::default(), Some(exit)),
        };
        cell.control.begin(supervised, |incarnation| cell.mailbox.open(incarnation, settings))?;
        runtime.count_start();
        Some(Self { process, lifeline: Lifeline { cell, exit: None }, stillborn })
    }

    /// Starts its task.
    pub(crate) fn go(mut self) {
        if let Some(exit) = self.stillborn {
            drop_quietly(self.process);
            self.lifeline.exit = Some(Box::new(exit));
            return;
        }
        let Some(runtime) = self.lifeline.cell.runtime().cloned() else { return };
        let cell = &self.lifeline.cell;
        let name = cell.control.name;
        let ctx = Context::<P>::new(Arc::clone(cell));
        let inbox = Inbox::new(Arc::clone(cell));
        let task = Task {
            work: Some(lead(self.process, ctx, inbox)),
            lifeline: self.lifeline,
            word: 0,
            alarm: None,
            is_known: false,
        };
        runtime.spawner().spawn(name, task);
    }

    /// Starts its task; the answer is ready after its `init`, and cancelled if it ended in it.
    pub(crate) fn go_and_tell(self) -> oneshot::Receiver<()> {
        let receiver = self.lifeline.cell.control.await_init();
        self.go();
        receiver
    }
}

/// Does the book-keeping of an end, however it comes: also when the scheduler drops the task.
struct Lifeline<M: Send + 'static> {
    cell: Arc<Cell<M>>,
    /// Why it ended; none where the task was dropped before it did, which is a kill.
    exit: Option<Box<Exit>>,
}

impl<M: Send + 'static> Drop for Lifeline<M> {
    fn drop(&mut self) {
        let exit = self.exit.take().map_or(Exit::Killed, |exit| *exit);
        let (undelivered, waiting) = relations::finish(&self.cell, exit, || self.cell.mailbox.close());
        for sender in waiting {
            sender.wake();
        }
        // After the end is recorded: dropping a message drops its reply, and the caller then asks for the reason.
        for letter in undelivered {
            drop_quietly(letter);
        }
    }
}

pin_project! {
    /// The task that runs a life.
    struct Task<M, F>
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
        // Its waker is known: a task is polled with one waker all its life.
        is_known: bool,
    }
}

impl<M: Send + 'static, F: Future<Output = Exit>> Future for Task<M, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let cell = &this.lifeline.cell;
        if !*this.is_known {
            *this.is_known = true;
            cell.control.set_waker(cx.waker());
        }
        // After the waker is known, so that whatever comes from now on wakes this task.
        let exit = if cell.control.is_interrupted() {
            cell.control.interruption()
        } else {
            let waited_for = cell.control.waits_for().unwrap_or(0);
            let process = cell.control.number();
            let entry = Current { process, word: *this.word, waits_for: waited_for, wake_at: NEVER };
            let around = current::replace(entry);
            cell.control.set_on_thread(true);
            let polled = match this.work.as_mut().as_pin_mut() {
                Some(work) => work.poll(cx),
                None => Poll::Pending,
            };
            cell.control.set_on_thread(false);
            let current = current::replace(around);
            match polled {
                Poll::Ready(exit) => exit,
                Poll::Pending => {
                    *this.word = current.word;
                    if current.waits_for != waited_for {
                        cell.control.set_waits_for(current.waits_for);
                    }
                    if current.wake_at != NEVER
                        && let Some(runtime) = cell.runtime()
                    {
                        Alarm::set(this.alarm, current.wake_at, runtime.clock(), cx.waker());
                    }
                    return Poll::Pending;
                }
            }
        };
        // The state goes before the end is told, so that a successor finds free what it held.
        let dropped = guarded(|| this.work.set(None));
        this.lifeline.exit = Some(Box::new(match dropped {
            Err(panic) if !exit.is_abnormal() => panic,
            _ => exit,
        }));
        Poll::Ready(())
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
        let started = guard::<_, P::Message>(process.init(&mut ctx)).await;
        if let Ok(Err(exit)) | Err(exit) = started {
            return end(process, exit);
        }
        ctx.control().initialised();
        let exit = loop {
            if let Some(exit) = ctx.take_stop() {
                break exit;
            }
            if ctx.spend_turn() {
                yield_now().await;
            }
            // Nearly every message comes this way, past all that is rare.
            let turn = match ctx.next_at_hand(&mut inbox) {
                Some(message) => Turn::Message(message),
                None => ctx.next(&mut inbox).await,
            };
            let done = match turn {
                Turn::Message(message) => guard_turn(process.handle(message, &mut ctx), &mut inbox).await,
                Turn::Notice(notice) => guard_turn(process.notice(notice, &mut ctx), &mut inbox).await,
                Turn::Stop(exit) => break exit,
                Turn::Panicked(panic) => return end(process, panic),
            };
            match done {
                Ok(Ok(())) => {}
                Ok(Err(exit)) => break exit,
                Err(panic) => return end(process, panic),
            }
        };
        ctx.control().begin_farewell();
        let farewell = guard::<_, P::Message>(process.terminate(&exit, &mut ctx)).await;
        end(process, farewell.map_or_else(|panic| panic, |()| exit))
    }
}

/// Drops the state; a panic in that counts where the end was an orderly one.
fn end<P>(process: P, exit: Exit) -> Exit {
    match guarded(|| drop(process)) {
        Err(panic) if !exit.is_abnormal() => panic,
        _ => exit,
    }
}
