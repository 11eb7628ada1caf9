//! What a process may do from inside: itself, its relations, its timers.

use std::fmt;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;

use super::control::{MonitorId, Notice, Peer, Signal, relations};
use super::run::Launch;
use super::timers::{TimerId, Timers};
use super::{Address, Exit, Process};
use crate::event::ProcessRef;
use crate::port::clock::Clock;
use crate::process::cell::Cell;
use crate::runtime::Runtime;

/// A process's view of itself, handed to each of its functions. It belongs to one incarnation.
pub struct Context<P: Process> {
    cell: Arc<Cell<P::Message>>,
    peer: Arc<dyn Peer>,
    runtime: Runtime,
    incarnation: u64,
    stop: Option<Exit>,
    /// Never locked: the mutex only lets a reference to this cross threads, so that handlers may hold one over an
    /// await whatever their messages are.
    timers: Mutex<Timers<P::Message>>,
    /// The last turn was a timer's: mail goes first now, so that timers that are always due leave it room.
    mail_first: bool,
}

/// What a process does next.
pub(super) enum Turn<M> {
    Message(M),
    Notice(Notice),
    Stop(Exit),
}

impl<P: Process> Context<P> {
    pub(super) fn new(cell: Arc<Cell<P::Message>>, runtime: Runtime, incarnation: u64) -> Self {
        let peer = Arc::clone(&cell) as Arc<dyn Peer>;
        Self { cell, peer, runtime, incarnation, stop: None, timers: Mutex::new(Timers::new()), mail_first: false }
    }

    /// Its own address.
    #[must_use]
    pub fn address(&self) -> Address<P::Message> {
        Address { cell: Arc::clone(&self.cell) }
    }

    /// Its number and which life of it this is.
    #[must_use]
    pub fn process_ref(&self) -> ProcessRef {
        ProcessRef { process: self.cell.control.number(), incarnation: self.incarnation }
    }

    /// The runtime it runs on.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Its runtime's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.runtime.clock()
    }

    /// Ends it with `exit` when the function that is running returns, before any further message.
    pub fn stop(&mut self, exit: Exit) {
        self.stop.get_or_insert(exit);
    }

    /// Starts a process that is [linked](Self::link) to this one. Nobody restarts it, and a normal end of this one
    /// leaves it running.
    pub fn spawn_link<C: Process>(&mut self, name: &'static str, process: C) -> Address<C::Message> {
        let cell = Cell::new(name, false);
        let address = Address { cell: Arc::clone(&cell) };
        if let Some(launch) = Launch::prepare(cell, &self.runtime, process, false) {
            relations::link(&self.peer, &address.peer());
            launch.go();
        }
        address
    }

    /// Links this process to another: an end of either but [`Exit::Normal`] ends the other, unless that one
    /// [traps exits](Self::trap_exits). Where the other does not run, this process hears it as
    /// [`Exit::NoProcess`].
    pub fn link<M: Send + 'static>(&mut self, other: &Address<M>) {
        relations::link(&self.peer, &other.peer());
    }

    /// Takes a link back, if there is one. A notice that waits already is still heard.
    pub fn unlink<M: Send + 'static>(&mut self, other: &Address<M>) {
        relations::unlink(&self.peer, &other.peer());
    }

    /// Asks for exactly one [`Notice::Down`] when the present life of `other` ends, or at once where it does not run.
    pub fn monitor<M: Send + 'static>(&mut self, other: &Address<M>) -> MonitorId {
        self.monitor_peer(&other.peer())
    }

    pub(crate) fn monitor_peer(&self, other: &Arc<dyn Peer>) -> MonitorId {
        relations::monitor(&self.peer, self.incarnation, other)
    }

    /// Takes a monitor back. Its notice is not heard any more, even if it waits already.
    pub fn demonitor(&mut self, monitor: MonitorId) {
        relations::demonitor(&self.peer, monitor);
    }

    /// Makes `ward` end whenever this process does.
    pub(crate) fn adopt(&self, ward: &Arc<dyn Peer>) {
        relations::adopt(&self.peer, ward);
    }

    /// Whether ends of linked processes come as [`Notice::Exit`] from now on instead of ending this one.
    /// `false` at the start of each life. A kill, and the end of a supervisor, cannot be trapped.
    pub fn trap_exits(&mut self, trap: bool) {
        self.cell.control.trap_exits(trap);
    }

    /// Hands `message` to this process after `span`.
    ///
    /// It comes past the mailbox, so a full one does not hold it up; it is late while a message is being handled. A
    /// timer ends with this life of the process, and a message of one that never fired counts as never sent.
    pub fn send_after(&mut self, span: Duration, message: P::Message) -> TimerId {
        let due = self.clock().now() + span;
        self.timers.get_mut().set(due, message)
    }

    /// Takes a timer back and answers its message; `None` where it has fired.
    pub fn cancel(&mut self, timer: TimerId) -> Option<P::Message> {
        self.timers.get_mut().cancel(timer)
    }

    /// Lets other tasks run. For handlers that compute long without any other await.
    pub async fn yield_now(&self) {
        yield_now().await;
    }

    pub(super) fn take_stop(&mut self) -> Option<Exit> {
        self.stop.take()
    }

    /// Waits for what comes next: control lane, then due timers, then mail.
    pub(super) async fn next(&mut self) -> Turn<P::Message> {
        std::future::poll_fn(|cx| {
            loop {
                if self.cell.control.is_interrupted() {
                    // The wall around this future acts on it at the next poll.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                match self.cell.control.next_signal() {
                    Some(Signal::Stop(exit)) => return Poll::Ready(Turn::Stop(exit)),
                    Some(Signal::Notice(notice)) => return Poll::Ready(Turn::Notice(notice)),
                    Some(Signal::Probe(asker)) => {
                        // The asker may have met its deadline.
                        let _ = asker.send(None);
                        continue;
                    }
                    None => {}
                }
                if let Some(message) = self.next_message() {
                    return Poll::Ready(Turn::Message(message));
                }
                match self.timers.get_mut().poll_alarm(&**self.runtime.clock(), cx) {
                    Poll::Ready(()) => {}
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    fn next_message(&mut self) -> Option<P::Message> {
        if std::mem::take(&mut self.mail_first) {
            self.cell.mailbox.take().or_else(|| self.take_due())
        } else {
            self.take_due().or_else(|| self.cell.mailbox.take())
        }
    }

    fn take_due(&mut self) -> Option<P::Message> {
        let timers = self.timers.get_mut();
        timers.next_due()?;
        let message = timers.take_due(self.runtime.clock().now())?;
        self.cell.mailbox.count_direct();
        self.mail_first = true;
        Some(message)
    }
}

/// Is pending once.
pub(super) async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<P: Process> fmt::Debug for Context<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("name", &self.cell.control.name)
            .field("process", &self.process_ref())
            .finish_non_exhaustive()
    }
}
