//! What a process may do from inside: itself, its relations, its timers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;

use super::control::{Control, LifeStart, MonitorId, Notice, Parent, Peer, Signal, Stance, relations};
use super::current;
use super::mailbox::Letter;
use super::mailbox::inbox::Inbox;
use super::run::Launch;
use super::sources::Sources;
use super::timers::{TimerId, Timers};
use super::{Address, Exit, Process};
use crate::event::ProcessRef;
use crate::port::clock::Clock;
use crate::process::cell::Cell;
use crate::runtime::Runtime;

/// After this many messages and notices in a row a process lets others run, where it says nothing of it.
pub(crate) const TURN_BUDGET: u16 = 64;

/// A process's view of itself, handed to each of its functions. It belongs to one incarnation.
pub struct Context<P: Process> {
    cell: Arc<Cell<P::Message>>,
    /// Messages and notices before it lets others run.
    turns_left: u16,
    /// How many of them there are at most.
    turn_budget: u16,
    /// The last turn was a timer's: mail goes first now, so that timers that are always due leave it room.
    mail_first: bool,
    /// Made when it is first needed.
    more: Option<Box<More<P::Message>>>,
}

/// What few processes have.
struct More<M> {
    stop: Option<Exit>,
    /// Never locked: the mutex only lets a reference to this cross threads, so that handlers may hold one over an
    /// await whatever their messages are.
    timers: Mutex<Timers<M>>,
    /// Never locked, for the same reason.
    sources: Mutex<Sources<M>>,
}

impl<M> Default for More<M> {
    fn default() -> Self {
        Self { stop: None, timers: Mutex::new(Timers::new()), sources: Mutex::default() }
    }
}

/// What a process does next.
///
/// Little more than the message: one that is as large as its largest rare case is copied in pieces that do not fit each
/// other, which costs more than the rest of a turn.
pub(super) enum Turn<M> {
    Message(M),
    /// It was asked to end, for the reason that a supervisor gives.
    Shutdown,
    /// It was asked to end, its work being done.
    Finish,
    Rare(Box<RareTurn>),
}

/// What a process seldom does next.
pub(super) enum RareTurn {
    Notice(Notice),
    Stop(Exit),
    /// Something that it waits for panicked.
    Panicked(Exit),
}

impl<M> Turn<M> {
    fn stop(exit: Exit) -> Self {
        match exit {
            Exit::Shutdown => Self::Shutdown,
            Exit::Normal => Self::Finish,
            exit => Self::Rare(Box::new(RareTurn::Stop(exit))),
        }
    }
}

impl<P: Process> Context<P> {
    pub(super) fn new(cell: Arc<Cell<P::Message>>, turn_budget: u16) -> Self {
        let turn_budget = turn_budget.max(1);
        Self { cell, turns_left: turn_budget, turn_budget, mail_first: false, more: None }
    }

    /// Its own address.
    #[must_use]
    pub fn address(&self) -> Address<P::Message> {
        Address { cell: Arc::clone(&self.cell) }
    }

    /// Its number and which life of it this is.
    #[must_use]
    pub fn process_ref(&self) -> ProcessRef {
        self.cell.control.process_ref()
    }

    /// The runtime it runs on.
    ///
    /// # Panics
    /// Never: a context is made by the runtime.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a life begins only in a cell that is bound to its runtime")]
    pub fn runtime(&self) -> &Runtime {
        self.cell.runtime().expect("a process that runs has a runtime")
    }

    /// Its runtime's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.runtime().clock()
    }

    /// Ends it with `exit` when the function that is running returns, before any further message.
    pub fn stop(&mut self, exit: Exit) {
        self.more().stop.get_or_insert(exit);
    }

    /// Starts a process that is [linked](Self::link) to this one. Nobody restarts it, and a normal end of this one
    /// leaves it running.
    pub fn spawn_link<C: Process>(&mut self, name: &'static str, process: C) -> Address<C::Message> {
        let cell = Cell::new(name, false);
        let address = Address { cell: Arc::clone(&cell) };
        if let Some(launch) = Launch::prepare(cell, self.runtime(), process, LifeStart::ALONE) {
            relations::link(&self.peer(), &address.peer());
            launch.go();
        }
        address
    }

    /// Links this process to another: an end of either but [`Exit::Normal`] ends the other, unless that one
    /// [traps exits](Self::trap_exits). Where the other does not run, this process hears it as
    /// [`Exit::NoProcess`].
    pub fn link<M: Send + 'static>(&mut self, other: &Address<M>) {
        relations::link(&self.peer(), &other.peer());
    }

    /// Takes a link back, if there is one. A notice that waits already is still heard.
    pub fn unlink<M: Send + 'static>(&mut self, other: &Address<M>) {
        relations::unlink(&self.peer(), &other.peer());
    }

    /// Asks for exactly one [`Notice::Down`] when the present life of `other` ends, or at once where it does not run.
    pub fn monitor<M: Send + 'static>(&mut self, other: &Address<M>) -> MonitorId {
        relations::monitor(&self.peer(), self.process_ref().incarnation, &other.peer())
    }

    /// Takes a monitor back. Its notice is not heard any more, even if it waits already.
    pub fn demonitor(&mut self, monitor: MonitorId) {
        relations::demonitor(&self.peer(), monitor);
    }

    /// Has `brood` end whenever this process does.
    pub(crate) fn set_brood(&self, brood: Arc<dyn Parent>) {
        self.cell.control.set_brood(brood);
    }

    /// Has a notice that was told for `monitor` not heard any more.
    pub(crate) fn forget_notice(&self, monitor: MonitorId) {
        relations::forget_notice(&self.cell.control, monitor);
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
        self.more().timers.get_mut().set(due, message)
    }

    /// Takes a timer back and answers its message; `None` where it has fired.
    pub fn cancel(&mut self, timer: TimerId) -> Option<P::Message> {
        self.more.as_mut()?.timers.get_mut().cancel(timer)
    }

    /// Lets other tasks run when this process has had its share: after as many messages and calls of this together as
    /// its [budget](Process::turn_budget) says. For handlers that compute long without any other await, at each step.
    pub async fn yield_if_spent(&mut self) {
        if self.spend_turn() {
            yield_now().await;
        }
    }

    /// Lets other tasks run. For handlers that compute long without any other await.
    pub async fn yield_now(&self) {
        yield_now().await;
    }

    /// The word that came with the message at hand, and that goes with every message sent from here: for traces and
    /// correlation, 0 for none.
    #[must_use]
    pub fn word(&self) -> u64 {
        current::word()
    }

    /// Sets the word for the rest of the turn.
    pub fn set_word(&mut self, word: u64) {
        current::set_word(word);
    }

    /// Tells of `bytes` more (or fewer) that this process holds in this life, for
    /// [`Address::memory`]. Nothing measures them: a process that keeps large things says so here.
    pub fn account_memory(&mut self, bytes: i64) {
        self.cell.control.account_memory(bytes);
    }

    pub(crate) fn control(&self) -> &Control {
        &self.cell.control
    }

    pub(crate) fn peer(&self) -> Arc<dyn Peer> {
        Arc::clone(&self.cell) as Arc<dyn Peer>
    }

    fn more(&mut self) -> &mut More<P::Message> {
        self.more.get_or_insert_default()
    }

    pub(super) fn take_stop(&mut self) -> Option<Exit> {
        self.more.as_mut()?.stop.take()
    }

    /// Counts a turn; whether it is time to let others run.
    pub(super) fn spend_turn(&mut self) -> bool {
        let is_spent = self.turns_left == 0;
        self.turns_left = if is_spent { self.turn_budget } else { self.turns_left } - 1;
        is_spent
    }

    /// The next message, where it was taken already and nothing else can come before it.
    #[inline]
    fn next_at_hand(&mut self, inbox: &mut Inbox<P::Message>) -> Option<P::Message> {
        let has_news = self.cell.control.has_news();
        #[cfg(feature = "planted-bugs")]
        let has_news = has_news && !crate::planted::is(crate::planted::Bug::ControlBehindMail);
        if self.more.is_some() || has_news {
            return None;
        }
        let Letter { word, message } = inbox.next_at_hand()?;
        current::set_word(word);
        Some(message)
    }

    /// Waits for what comes next: control lane, then due timers, then mail.
    pub(super) fn next<'a>(&'a mut self, inbox: &'a mut Inbox<P::Message>) -> Next<'a, P> {
        Next { ctx: self, inbox }
    }

    fn poll_next(&mut self, inbox: &mut Inbox<P::Message>, cx: &mut std::task::Context<'_>) -> Poll<Turn<P::Message>> {
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::ControlBehindMail)
            && let Some(Letter { word, message }) = inbox.next()
        {
            current::set_word(word);
            return Poll::Ready(Turn::Message(message));
        }
        loop {
            if self.cell.control.has_news() {
                if self.cell.control.is_interrupted() {
                    // The task acts on it at the next poll.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                match self.cell.control.next_signal() {
                    Some(Signal::Stop(exit)) => return Poll::Ready(Turn::stop(exit)),
                    Some(Signal::Notice(notice)) => {
                        self.cell.control.count_notice();
                        current::set_word(0);
                        return Poll::Ready(Turn::Rare(Box::new(RareTurn::Notice(notice))));
                    }
                    Some(Signal::Probe(asker)) => {
                        // The asker may have met its deadline.
                        let _ = asker.send(None);
                        continue;
                    }
                    Some(Signal::Dead(mut life)) => {
                        life.as_mut().step_here();
                        continue;
                    }
                    None => {}
                }
                if let Some(told) = self.poll_told(inbox) {
                    return told;
                }
            }
            let letter = match self.next_letter(inbox, cx) {
                Ok(letter) => letter,
                Err(panic) => return Poll::Ready(Turn::Rare(Box::new(RareTurn::Panicked(panic)))),
            };
            if let Some(Letter { word, message }) = letter {
                current::set_word(word);
                return Poll::Ready(Turn::Message(message));
            }
            // What came between the look at the lane and the mailbox falling asleep woke the task, or is seen now.
            let Some(more) = &mut self.more else {
                // Others run while it waits, so its share begins anew, with the turn that this wait ends with.
                self.turns_left = self.turn_budget - 1;
                current::stand(Stance::Rests);
                return Poll::Pending;
            };
            let Some(runtime) = self.cell.runtime() else { return Poll::Pending };
            if more.timers.get_mut().poll_alarm(&**runtime.clock(), cx).is_pending() {
                current::stand(Stance::Listens);
                return Poll::Pending;
            }
        }
    }

    /// What it does about mail where it is paused or drained; `None` where it is neither.
    #[cold]
    fn poll_told(&mut self, inbox: &mut Inbox<P::Message>) -> Option<Poll<Turn<P::Message>>> {
        let Cell { control, mailbox, .. } = &*self.cell;
        let is_draining = control.is_draining();
        if control.is_paused() {
            // It may be long before it comes for more.
            inbox.publish();
            if is_draining && mailbox.len() == 0 {
                return Some(Poll::Ready(Turn::Shutdown));
            }
            current::stand(Stance::Held);
            return Some(Poll::Pending);
        }
        if !is_draining {
            return None;
        }
        Some(Poll::Ready(match inbox.next() {
            Some(Letter { word, message }) => {
                mailbox.count_drained();
                current::set_word(word);
                Turn::Message(message)
            }
            None => Turn::Shutdown,
        }))
    }

    /// What is there: of timers, sources and mail, those that had the last turn come after the mail.
    fn next_letter(
        &mut self,
        inbox: &mut Inbox<P::Message>,
        cx: &mut std::task::Context<'_>,
    ) -> Result<Option<Letter<P::Message>>, Exit> {
        if self.more.is_none() {
            return Ok(inbox.next());
        }
        if std::mem::take(&mut self.mail_first)
            && let Some(letter) = inbox.next()
        {
            return Ok(Some(letter));
        }
        if let Some(letter) = self.take_due() {
            return Ok(Some(letter));
        }
        if let Some(letter) = self.take_sourced(cx)? {
            return Ok(Some(letter));
        }
        Ok(inbox.next())
    }

    fn take_due(&mut self) -> Option<Letter<P::Message>> {
        let timers = self.more.as_mut()?.timers.get_mut();
        timers.next_due()?;
        let message = timers.take_due(self.cell.runtime()?.clock().now())?;
        Some(self.direct(message))
    }

    fn take_sourced(&mut self, cx: &mut std::task::Context<'_>) -> Result<Option<Letter<P::Message>>, Exit> {
        let Some(more) = &mut self.more else { return Ok(None) };
        match more.sources.get_mut().poll_next(cx) {
            Poll::Ready(Ok(message)) => Ok(Some(self.direct(message))),
            Poll::Ready(Err(panic)) => Err(panic),
            Poll::Pending => Ok(None),
        }
    }

    /// A message that comes past the mailbox.
    fn direct(&mut self, message: P::Message) -> Letter<P::Message> {
        self.cell.mailbox.count_direct();
        self.mail_first = true;
        Letter { word: 0, message }
    }

    pub(super) fn sources(&mut self) -> &mut Sources<P::Message> {
        self.more().sources.get_mut()
    }
}

/// The wait for what comes next. Named, so that it is two references and no state.
pub(super) struct Next<'a, P: Process> {
    ctx: &'a mut Context<P>,
    inbox: &'a mut Inbox<P::Message>,
}

impl<P: Process> Future for Next<'_, P> {
    type Output = Turn<P::Message>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        // Nearly every message comes this way, past all that is rare.
        match this.ctx.next_at_hand(this.inbox) {
            Some(message) => Poll::Ready(Turn::Message(message)),
            None => this.ctx.poll_next(this.inbox, cx),
        }
    }
}

/// Is pending once.
pub(crate) async fn yield_now() {
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
