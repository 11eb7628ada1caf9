//! Having a process wait with its mail, and having it finish what it has and end.

use std::sync::Arc;
use std::time::Duration;

use super::cell::Cell;
use super::control::Draining;
use super::deadline::Deadline;
use super::mailbox::{DrainCount, wake_all};
use super::{Address, Exit, Refusal};
use crate::error::{Code, Error};

/// How long a process that was stopped when the time of its drain was over has for the message at hand and its
/// `terminate`, before whoever drains it is told that it still runs.
const LAST: Duration = Duration::from_secs(1);

/// A process that was drained, and has ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Drained {
    /// Why it ended: [`Exit::Shutdown`], unless something else ended it first.
    pub exit: Exit,
    /// How many of the messages that waited in its mailbox were handled. The one at hand when the drain began is none
    /// of them.
    pub handled: u64,
    /// How many were not.
    pub undelivered: u64,
}

/// Why a process was not drained.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrainError {
    /// There was nothing to drain, and nothing was changed.
    #[error("drain of a process: {0}")]
    NotRunning(Refusal),
    /// Its time was over, it was asked to stop, and a second later it had not ended: it is in the middle of a message
    /// or of its `terminate`. It still takes no mail, and ends when it gets to it; [`Address::kill`] does not wait for
    /// that.
    #[error(
        "drain of a process: it was asked to stop when its time was over and has not ended; {waiting} messages wait"
    )]
    StillRuns {
        /// How many messages were handled since the drain began.
        handled: u64,
        /// How many wait; they will not be handled.
        waiting: u64,
    },
}

impl From<DrainError> for Error {
    fn from(error: DrainError) -> Self {
        match error {
            DrainError::NotRunning(refusal) => refusal.into(),
            DrainError::StillRuns { .. } => Self::new(Code::OutcomeUnknown, error.to_string()),
        }
    }
}

impl<M: Send + 'static> Cell<M> {
    /// Has the mailbox take nothing more, and the process end when it has handled what is in it.
    fn begin_drain(&self) -> Option<Draining<Arc<DrainCount>>> {
        let Draining { incarnation, ended, closed } = self.control.begin_drain(|| self.mailbox.begin_drain())?;
        let (count, waiting) = closed;
        wake_all(waiting);
        self.control.wake();
        Some(Draining { incarnation, ended, closed: count })
    }
}

impl<M: Send + 'static> Address<M> {
    /// Has the process handle nothing more from its mailbox, its timers and its sources, until it is
    /// [resumed](Self::resume). It acts after the message at hand, which is finished.
    ///
    /// What comes through the control lane goes on: stops, kills, ends of what it is linked to or monitors. Mail is
    /// accepted as far as the mailbox has room, and then as its overflow policy says; calls wait, until their deadline.
    /// Timers that come due wait, and are late when it is resumed.
    ///
    /// Pausing twice is pausing once. It holds for the present life: a restarted process is not paused, and where none
    /// runs nothing happens. A [census](crate::Runtime::census) shows it as
    /// [`Paused`](crate::diagnosis::Activity::Paused). In OTP: `sys:suspend`, without the wait for it.
    pub fn pause(&self) {
        self.cell.control.pause();
    }

    /// Has a process that is [paused](Self::pause) go on, with what waited in the order it came. Nothing happens where
    /// it is not paused.
    pub fn resume(&self) {
        self.cell.control.resume();
    }

    /// Has the process take no new mail, handle what waits in its mailbox, and end as [`Exit::Shutdown`], with its
    /// `terminate`; waits for that end, and answers what became of the mail.
    ///
    /// From now on its mail is refused as [`Refusal::Draining`], also that of senders which wait for room and that
    /// which it sends to itself; its timers and sources say nothing more. A stop, a kill or an end of its own on the
    /// way ends it as ever. When `within` is over, by the runtime's clock, it is asked to stop: the message at hand is
    /// finished, `terminate` runs, and mail that is left is undelivered. It has one second for that.
    ///
    /// A process that is [paused](Self::pause) stays so: it handles nothing until it is resumed or `within` is over.
    /// Draining a process twice is draining it once, and whichever `within` is over first counts. A supervisor judges
    /// the end as any stop's: it starts a permanent child again.
    ///
    /// A process that drains itself waits for itself, and so until `within` and that second are over: hand the future
    /// to a task instead.
    ///
    /// # Errors
    /// - [`DrainError::NotRunning`]: it does not run, and why.
    /// - [`DrainError::StillRuns`]: the stop has not ended it.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answer and the time: the process still takes no mail and ends when it has
    /// handled what waits, however long that takes.
    pub async fn drain(&self, within: Duration) -> Result<Drained, DrainError> {
        let Some(Draining { incarnation, mut ended, closed: count }) = self.cell.begin_drain() else {
            return Err(DrainError::NotRunning(self.cell.refusal()));
        };
        let mut end = Deadline::new(&self.cell, within).bound(&mut ended).await;
        if end.is_none() {
            self.cell.control.stop_life(incarnation);
            end = Deadline::new(&self.cell, LAST).bound(&mut ended).await;
        }
        match end {
            Some(exit) => Ok(Drained {
                exit: exit.unwrap_or(Exit::Killed),
                handled: count.handled(),
                undelivered: count.undelivered(),
            }),
            None => Err(DrainError::StillRuns { handled: count.handled(), waiting: self.cell.mailbox.len() as u64 }),
        }
    }
}
