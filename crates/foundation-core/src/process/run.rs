//! One life of a process, from its start to the last notice of its end.

use std::sync::Arc;

use futures_channel::oneshot;

use super::cell::Cell;
use super::context::{Context, Turn, yield_now};
use super::control::{Peer, Urgency, relations};
use super::isolate::{drop_quietly, guarded, isolate};
use super::mailbox::MailboxSettings;
use super::{Exit, Process};
use crate::runtime::Runtime;

/// After this many messages and notices in a row a process lets others run.
pub(crate) const TURNS_PER_YIELD: u32 = 64;

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
        let incarnation = cell.control.begin(supervised, |incarnation| cell.mailbox.open(incarnation, settings))?;
        runtime.count_start();
        let lifeline = Lifeline { cell, incarnation, runtime: runtime.clone(), ready: None, exit: Exit::Killed };
        Some(Self { process, lifeline, stillborn })
    }

    /// Starts its task.
    pub(crate) fn go(mut self) {
        if let Some(exit) = self.stillborn {
            drop_quietly(self.process);
            self.lifeline.exit = exit;
            return;
        }
        let spawner = self.lifeline.runtime.spawner().clone();
        spawner.spawn(self.lifeline.cell.control.name, live(self.lifeline, self.process));
    }

    /// Starts its task; the answer is ready after its `init`, and cancelled if it ended in it.
    pub(crate) fn go_and_tell(mut self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.lifeline.ready = Some(sender);
        self.go();
        receiver
    }
}

/// Does the book-keeping of an end, however it comes: also when the scheduler drops the task.
struct Lifeline<M: Send + 'static> {
    cell: Arc<Cell<M>>,
    incarnation: u64,
    runtime: Runtime,
    /// Told after `init`; dropped only after the end is recorded.
    ready: Option<oneshot::Sender<()>>,
    exit: Exit,
}

impl<M: Send + 'static> Drop for Lifeline<M> {
    fn drop(&mut self) {
        let peer = Arc::clone(&self.cell) as Arc<dyn Peer>;
        let (undelivered, waiting) = relations::finish(&peer, &self.exit, || self.cell.mailbox.close());
        for sender in waiting {
            sender.wake();
        }
        // After the end is recorded: dropping a message drops its reply, and the caller then asks for the reason.
        for message in undelivered {
            drop_quietly(message);
        }
    }
}

/// How the part of a life in which its own code runs has ended.
enum Ended {
    /// Between two messages, with its state in order: `terminate` is due.
    Orderly(Exit),
    /// Its `init` failed.
    InInit(Exit),
}

async fn live<P: Process>(mut lifeline: Lifeline<P::Message>, mut process: P) {
    let cell = Arc::clone(&lifeline.cell);
    let mut ctx = Context::<P>::new(Arc::clone(&cell), lifeline.runtime.clone(), lifeline.incarnation);
    let ready = &mut lifeline.ready;
    let own_code = async {
        if let Err(exit) = process.init(&mut ctx).await {
            return Ended::InInit(exit);
        }
        if let Some(ready) = ready.take() {
            // Whoever started it may have stopped waiting.
            let _ = ready.send(());
        }
        Ended::Orderly(turns(&mut process, &mut ctx).await)
    };
    let exit = match isolate(&cell.control, Urgency::Exit, own_code).await {
        Ok(Ended::Orderly(exit)) => {
            let farewell = async { process.terminate(&exit, &mut ctx).await };
            let farewell = isolate(&cell.control, Urgency::Kill, farewell).await;
            farewell.map_or_else(|other| other, |()| exit)
        }
        Ok(Ended::InInit(exit)) | Err(exit) => exit,
    };
    // The state goes before the end is told, so that a successor finds free what it held.
    let dropped = guarded(|| drop(ctx)).and(guarded(|| drop(process)));
    lifeline.exit = match dropped {
        Err(panic) if !exit.is_abnormal() => panic,
        _ => exit,
    };
}

async fn turns<P: Process>(process: &mut P, ctx: &mut Context<P>) -> Exit {
    let mut turns = 0;
    loop {
        if let Some(exit) = ctx.take_stop() {
            return exit;
        }
        if turns == TURNS_PER_YIELD {
            turns = 0;
            yield_now().await;
        }
        turns += 1;
        let done = match ctx.next().await {
            Turn::Message(message) => process.handle(message, ctx).await,
            Turn::Notice(notice) => process.notice(notice, ctx).await,
            Turn::Stop(exit) => return exit,
        };
        if let Err(exit) = done {
            return exit;
        }
    }
}
