//! Sending to a process: casts, calls, and asking it to end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use foundation_oneshot::Unanswered;

use super::call::{CallError, Reply, reply_slot};
use super::cast::Cast;
use super::cell::Cell;
use super::control::{Life, Peer};
use super::deadline::{Answer, Deadline};
use super::mailbox::Letter;
use super::{Exit, Refusal, SendError, current};
use crate::event::ProcessRef;

/// Where messages for a process go. Valid over its restarts; cheap to clone.
///
/// Two addresses are equal when they lead to the same process.
pub struct Address<M> {
    pub(crate) cell: Arc<Cell<M>>,
}

impl<M: Send + 'static> Address<M> {
    /// Sends a message: now, where it need not wait for room, and else when there is room.
    ///
    /// Messages of one sender are handled in the order they were sent. A process that casts to itself must leave room:
    /// with [`Overflow::Wait`](super::Overflow::Wait) a full mailbox would wait for its own reader.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: the mailbox is full and refuses, or nothing runs here.
    ///
    /// # Cancel safety
    /// A message for which there was room at once is sent, also if the future is dropped. Dropping the future while it
    /// waits for room takes the message back and drops it, unless room was found for it in that moment.
    #[inline]
    pub fn cast(&self, message: M) -> Cast<'_, M> {
        let letter = Letter { word: current::word(), message };
        match self.cell.offer(letter) {
            Ok(Ok(_)) => Cast::sent(),
            Ok(Err(refused)) => Cast::refused(refused),
            Err(letter) => Cast::waiting(&self.cell, letter),
        }
    }

    /// Sends a message, never waiting.
    ///
    /// # Errors
    /// As [`cast`](Self::cast), and [`Refusal::Full`] where `cast` would wait.
    #[inline]
    pub fn try_cast(&self, message: M) -> Result<(), SendError<M>> {
        self.cell.try_send(Letter { word: current::word(), message }).map(drop)
    }

    /// Sends a message that carries a [`Reply`] and waits for the answer.
    ///
    /// `within` counts from now, by the runtime's clock, and covers waiting for room too. Where the process allows it
    /// ([`Process::CALLS_IN_PLACE`](super::Process::CALLS_IN_PLACE)), the call may handle its message itself, before it
    /// first looks at the clock.
    ///
    /// # Errors
    /// - [`CallError::Down`]: the process ended with the message, at once and with its reason.
    /// - [`CallError::Deadline`]: no answer in time; the message may still be handled.
    /// - [`CallError::NotSent`]: it was never sent.
    /// - [`CallError::NoReply`]: the process dropped the reply and goes on.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answer; the message may still be handled.
    pub async fn call<T: Send + 'static>(
        &self,
        message: impl FnOnce(Reply<T>) -> M,
        within: Duration,
    ) -> Result<T, CallError> {
        let (reply, answer) = reply_slot();
        let letter = Letter { word: current::word(), message: message(reply) };
        let mut deadline = Deadline::new(&self.cell, within);
        let mut is_spent = false;
        let sent = match self.cell.offer_call(letter, &mut is_spent) {
            Ok(sent) => sent,
            Err(letter) => {
                let mut place = self.cell.send_waiting(letter);
                let put = deadline.bound(&mut place).await;
                match put.or_else(|| place.withdraw()) {
                    Some(put) => self.cell.settle_put(put),
                    None => return Err(CallError::NotSent(Refusal::Full)),
                }
            }
        };
        let incarnation = sent.map_err(|error| CallError::NotSent(error.reason))?;
        match (Answer { slot: answer, deadline: &mut deadline, is_spent }).await {
            Some(Ok(value)) => Ok(value),
            None => Err(CallError::Deadline),
            Some(Err(Unanswered)) => match deadline.bound(self.cell.control.outlived_by(incarnation)).await {
                Some(Some(exit)) => Err(CallError::Down(exit)),
                Some(None) => Err(CallError::NoReply),
                None => Err(CallError::Deadline),
            },
        }
    }

    /// Asks the process to end with `exit`, after the message at hand and before all others.
    ///
    /// A supervisor judges by `exit` whether to start it again. Nothing happens where the process does not run.
    pub fn stop(&self, exit: Exit) {
        self.cell.control.stop(exit);
    }

    /// Ends the process at its next await, without its `terminate`.
    ///
    /// Code that never awaits cannot be interrupted: it ends when it next does.
    pub fn kill(&self) {
        self.cell.control.kill();
    }

    /// Waits until the present life of the process has ended, and answers why; at once where none goes on
    /// ([`Exit::NoProcess`] if there never was one).
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait.
    pub async fn exited(&self) -> Exit {
        self.cell.control.watch().await.unwrap_or(Exit::Killed)
    }

    /// Waits until the process runs, at once where it does: its first start, or the next restart.
    ///
    /// # Errors
    /// The last reason, where it has ended and nobody will start it again.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait.
    pub async fn running(&self) -> Result<ProcessRef, Exit> {
        while let Some(started) = self.cell.control.await_start() {
            // Cancelled means that nobody will start it; the next look tells.
            let _ = started.await;
        }
        match self.cell.control.life() {
            Life::Over(exit) => Err(exit),
            Life::Running | Life::Down => Ok(self.process_ref()),
        }
    }

    /// Whether the process runs now: started and not ended.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.cell.control.is_running()
    }

    /// The process and its present or last life. Both numbers are 0 before its first start; the process's number is
    /// given by its runtime then and stays.
    #[must_use]
    pub fn process_ref(&self) -> ProcessRef {
        self.cell.control.process_ref()
    }

    /// How many messages wait in its mailbox.
    #[must_use]
    pub fn mailbox_len(&self) -> usize {
        self.cell.mailbox.len()
    }

    /// What kind of process it is: the name it was started under, or the kind of a child whose name is its own.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.cell.control.name
    }

    /// How many bytes the process has [told of](super::Context::account_memory) as its own.
    #[must_use]
    pub fn memory(&self) -> i64 {
        self.cell.control.memory()
    }

    pub(crate) fn peer(&self) -> Arc<dyn Peer> {
        Arc::clone(&self.cell) as Arc<dyn Peer>
    }
}

impl<M> Clone for Address<M> {
    fn clone(&self) -> Self {
        Self { cell: Arc::clone(&self.cell) }
    }
}

impl<M> PartialEq for Address<M> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.cell, &other.cell)
    }
}

impl<M> Eq for Address<M> {}

impl<M> fmt::Debug for Address<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = self.cell.control.process_ref();
        write!(f, "Address({} {}.{})", self.cell.control.name, process.process, process.incarnation)
    }
}
