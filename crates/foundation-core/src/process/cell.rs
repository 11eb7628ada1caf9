//! What an address points to: the process's control lane and its mailbox, over all its incarnations.

use std::sync::{Arc, OnceLock, Weak};

use super::control::{Control, Life, Peer, Stance};
use super::isolate::drop_quietly;
use super::mailbox::{Letter, Mailbox, Place, Put, Tally};
use super::{Refusal, SendError};
use crate::diagnosis::{Activity, ProcessInfo};
use crate::runtime::Runtime;

pub(crate) struct Cell<M> {
    pub(crate) control: Control,
    pub(crate) mailbox: Mailbox<M>,
    /// The runtime it was first started on.
    runtime: OnceLock<Runtime>,
}

impl<M: Send + 'static> Cell<M> {
    pub(crate) fn new(name: &'static str, restartable: bool) -> Arc<Self> {
        Arc::new(Self { control: Control::new(name, restartable), mailbox: Mailbox::new(), runtime: OnceLock::new() })
    }

    pub(crate) fn runtime(&self) -> Option<&Runtime> {
        self.runtime.get()
    }

    /// Ties it to a runtime, which gives it its number.
    pub(crate) fn bind(self: &Arc<Self>, runtime: &Runtime) {
        self.runtime.get_or_init(|| {
            let (number, slot) = runtime.enrol(Arc::downgrade(self) as Weak<dyn Peer>);
            self.control.set_number(number, slot);
            runtime.clone()
        });
    }

    /// Sends where it need not wait for room; otherwise gives the letter back, uncounted. Answers which life took the
    /// message.
    #[inline(always)]
    pub(crate) fn offer(&self, letter: Letter<M>) -> Result<Result<u64, SendError<M>>, Letter<M>> {
        match self.mailbox.put_at_once(letter) {
            Ok(accepted) => {
                if accepted.wake {
                    self.control.wake();
                }
                Ok(Ok(accepted.incarnation))
            }
            Err(put) => self.settle_offer(put),
        }
    }

    /// The same for a message that somebody waits for the answer of. `is_spent` says afterwards whether it is time for
    /// the caller to let others run.
    #[inline(always)]
    pub(crate) fn offer_call(
        &self,
        letter: Letter<M>,
        is_spent: &mut bool,
    ) -> Result<Result<u64, SendError<M>>, Letter<M>> {
        match self.mailbox.put_at_once(letter) {
            Ok(accepted) => {
                if accepted.wake {
                    *is_spent = self.control.wake_for_call();
                }
                Ok(Ok(accepted.incarnation))
            }
            Err(put) => self.settle_offer(put),
        }
    }

    #[cold]
    fn settle_offer(&self, put: Put<M>) -> Result<Result<u64, SendError<M>>, Letter<M>> {
        match put {
            Put::Wait(letter) => Err(letter),
            put => Ok(self.settle_put(put)),
        }
    }

    /// Sends when there is room.
    pub(crate) fn send_waiting(&self, letter: Letter<M>) -> Place<'_, M> {
        self.mailbox.put_waiting(letter)
    }

    /// Sends without waiting.
    #[inline(always)]
    pub(crate) fn try_send(&self, letter: Letter<M>) -> Result<u64, SendError<M>> {
        match self.mailbox.put_at_once(letter) {
            Ok(accepted) => {
                if accepted.wake {
                    self.control.wake();
                }
                Ok(accepted.incarnation)
            }
            Err(put) => self.settle_try(put),
        }
    }

    #[cold]
    fn settle_try(&self, put: Put<M>) -> Result<u64, SendError<M>> {
        if matches!(put, Put::Wait(_)) {
            self.mailbox.count_rejected();
        }
        self.settle_put(put)
    }

    /// Does what an attempt to send leaves to do, outside the mailbox's lock.
    pub(crate) fn settle_put(&self, put: Put<M>) -> Result<u64, SendError<M>> {
        match put {
            Put::Done { accepted, dropped } => {
                if accepted.wake {
                    self.control.wake();
                }
                if dropped.is_some() {
                    drop_quietly(dropped);
                }
                Ok(accepted.incarnation)
            }
            Put::Wait(Letter { message, .. }) | Put::Full(message) => Err(SendError { message, reason: Refusal::Full }),
            Put::Closed(message) => Err(SendError { message, reason: self.refusal() }),
        }
    }

    /// Why a closed mailbox takes nothing.
    pub(super) fn refusal(&self) -> Refusal {
        match self.control.life() {
            Life::Over(exit) => Refusal::Stopped(exit),
            Life::Running if self.control.is_draining() => Refusal::Draining,
            // Running: alive again since the mailbox was found closed.
            Life::Running | Life::Down => Refusal::NotRunning,
        }
    }
}

impl<M: Send + 'static> Peer for Cell<M> {
    fn control(&self) -> &Control {
        &self.control
    }

    fn mailbox_len(&self) -> usize {
        self.mailbox.len()
    }

    fn tally(&self) -> (Tally, u64) {
        self.mailbox.tally()
    }

    fn look(&self) -> ProcessInfo {
        let control = &self.control;
        let activity = if !control.is_running() {
            Activity::Down
        } else if let Some(callee) = control.waits_for() {
            Activity::Calling { callee }
        } else {
            match control.stance() {
                Stance::OnThread => Activity::OnThread,
                Stance::Waits => Activity::Busy,
                Stance::Rests | Stance::Listens | Stance::Held if control.is_paused() => Activity::Paused,
                Stance::Rests | Stance::Listens if self.mailbox.len() == 0 => Activity::Idle,
                Stance::Rests | Stance::Listens | Stance::Held => Activity::Busy,
            }
        };
        ProcessInfo {
            process: control.process_ref(),
            name: control.name,
            activity,
            mailbox_len: self.mailbox.len(),
            turns: self.mailbox.tally().0.handled + u64::from(control.notices()),
            memory_bytes: control.memory(),
        }
    }
}

impl<M> Drop for Cell<M> {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.get() {
            runtime.retire(self.control.number(), self.control.slot(), self.mailbox.tally().0);
        }
    }
}
