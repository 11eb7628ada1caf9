//! Processes: a state that only its own messages touch, behind an address that outlives it.
//!
//! A process has two lanes. Its control lane (requests to stop, ends of linked and monitored processes) is always
//! deliverable and is always read first; its mailbox is bounded, with a stated policy for what comes beyond. Its own
//! code is walled in: a panic, a kill or the end of a linked process ends this process and nothing else, and whoever
//! watches it hears why.
//!
//! Every message sent ends as exactly one of handled, rejected at send, or undelivered because the process ended;
//! [`Runtime::ledger`](crate::runtime::Runtime::ledger) adds them up.

use std::pin::Pin;
use std::task::Poll;

mod exit;

mod short_lock;

pub(crate) mod mailbox;

pub(crate) mod control;

pub(crate) mod cell;

mod in_place;

mod call;

pub(crate) mod current;

mod alarm;

pub(crate) mod deadline;

mod address;

mod cast;

mod drain;

mod timers;

pub(crate) mod context;

mod interval;

mod sources;

pub(crate) mod isolate;

pub(crate) mod run;

pub use address::Address;
pub use call::{CallError, Refusal, Reply, SendError};
pub use cast::Cast;
pub use context::Context;
pub use control::{MonitorId, Notice};
pub use drain::{DrainError, Drained};
pub use exit::{ChildExit, Exit};
pub use interval::{Missed, Tick};
pub use mailbox::{MailboxSettings, Overflow};
pub use sources::SourceHandle;
pub use timers::TimerId;

/// The behaviour of a process.
///
/// Its functions are called one at a time. They are ended in the middle only by a kill, by the end of a linked
/// process while exits are not [trapped](Context::trap_exits), or by the end of a supervisor; then the future is
/// dropped at its await and the state with it.
///
/// Implementations write plain `async fn`s.
pub trait Process: Send + Sized + 'static {
    /// What it is sent: its own enum, moved and never boxed.
    type Message: Send + 'static;

    /// Whether a call that finds the process waiting runs its handler there and then, on the caller's thread, so that
    /// the answer is there when the caller first looks for it. `false` by default.
    ///
    /// For processes whose handler is short and never blocks. A call then costs no trip through the scheduler, which
    /// is most of what a call costs otherwise. Nothing else changes: messages are handled one at a time and in the
    /// order they were sent, a panic ends this process and not its caller, and whatever cannot be done in place is
    /// done in a task as ever: casts, calls that find it at work, a handler that awaits something (from that await
    /// on), calls more than three deep (a handler called in place that calls another, and so on). So is everything
    /// once the process has had a timer or a source in this life.
    ///
    /// What it costs:
    /// - The handler runs on the caller's thread and stack, with the caller's thread-locals and task-locals, and in the
    ///   time that the scheduler gives the caller. A caller that calls in a loop yields after every 128 steps. What the
    ///   handler starts past the ports (`tokio::spawn`) starts on the caller's runtime, and panics where it has none.
    /// - Until the handler returns or awaits, the caller is not polled: its deadline does not end the call, a kill does
    ///   not end the caller, and what the caller does at the same time (`join`, `select`) stands still. A lock that the
    ///   caller holds is held meanwhile. The deadline counts from when the caller first has to wait.
    /// - Between two messages the process has no task, so one that gets casts starts a task for each burst of them:
    ///   a cast that finds it waiting costs more than to another process.
    const CALLS_IN_PLACE: bool = false;

    /// Runs once, before any message. Mail that arrives meanwhile waits. A supervisor goes on to its next child when
    /// it is done.
    ///
    /// # Errors
    /// The reason to end with: the start has failed, or, with [`Exit::Ignore`], was not wanted; `terminate` is not
    /// called. Nothing to do by default.
    fn init(&mut self, ctx: &mut Context<Self>) -> impl Future<Output = Result<(), Exit>> + Send {
        let _ = ctx;
        Begun
    }

    /// Handles a message.
    ///
    /// # Errors
    /// The reason to end with, [`Exit::Normal`] included.
    fn handle(
        &mut self,
        message: Self::Message,
        ctx: &mut Context<Self>,
    ) -> impl Future<Output = Result<(), Exit>> + Send;

    /// Handles what comes through the control lane: ends of processes that it monitors, and of linked ones while it
    /// traps exits. Ignores it by default.
    ///
    /// # Errors
    /// The reason to end with.
    fn notice(&mut self, notice: Notice, ctx: &mut Context<Self>) -> impl Future<Output = Result<(), Exit>> + Send {
        let _ = (notice, ctx);
        async { Ok(()) }
    }

    /// Runs once at an orderly end: after a stop, or after a function returned a reason. Not after a panic, a kill,
    /// or an end that came through a link, where the state may be half changed; `Drop` runs in any case.
    ///
    /// A supervisor that waits for it kills when its patience ends. Nothing to do by default.
    fn terminate(&mut self, reason: &Exit, ctx: &mut Context<Self>) -> impl Future<Output = ()> + Send {
        let _ = (reason, ctx);
        Over
    }

    /// How much mail it takes; asked once at each start. 1,024 messages by default, and senders wait.
    fn mailbox(&self) -> MailboxSettings {
        MailboxSettings::default()
    }

    /// How many messages and notices in a row it takes before it lets others run; asked once at each start. 64 by
    /// default; 0 counts as 1.
    ///
    /// A larger budget spares trips through the scheduler, and makes others wait longer.
    fn turn_budget(&self) -> u16 {
        context::TURN_BUDGET
    }
}

/// What a process does at its start where it says nothing: of no size, so that a box of it costs nothing.
struct Begun;

impl Future for Begun {
    type Output = Result<(), Exit>;

    fn poll(self: Pin<&mut Self>, _cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(()))
    }
}

/// The same at its end.
struct Over;

impl Future for Over {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut std::task::Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}
