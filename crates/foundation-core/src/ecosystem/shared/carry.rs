//! What follows from a change of the book: waking, answering, interrupting.

use futures_channel::oneshot;
use futures_util::future::AbortHandle;

use super::{Entry, Ledger, Shared};
use crate::ecosystem::book::{Effect, Ending};
use crate::ecosystem::coordinator::Look;
use crate::ecosystem::info::EcosystemPhase;
use crate::ecosystem::job::WorkError;
use crate::ecosystem::layout::Member;
use crate::ecosystem::seat::SeatMessage;
use crate::ecosystem::worker::Worker;
use crate::process::isolate::drop_quietly;

/// Something to be done outside the lock.
pub(super) enum Action<W: Worker> {
    Look(Member),
    Tell(oneshot::Sender<()>),
    Refuse(Box<Entry<W>>, WorkError, Ending),
    Abort(AbortHandle),
    Again,
    /// Some worker has come or gone; these live now.
    Membership(Vec<usize>),
    /// That worker is given the token.
    Token(usize),
}

impl<W: Worker> Shared<W> {
    /// Changes the book, and does what follows from it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Ledger<W>, &mut Vec<Effect>) -> T) -> T {
        let mut effects = Vec::new();
        let mut actions = Vec::new();
        let answer = {
            let mut ledger = self.ledger.lock();
            let answer = change(&mut ledger, &mut effects);
            for effect in effects {
                ledger.carry_out(effect, &mut actions);
            }
            self.meters.backlog(ledger.book.queued());
            answer
        };
        for action in actions {
            self.perform(action);
        }
        answer
    }

    fn perform(&self, action: Action<W>) {
        match action {
            Action::Look(member) => self.wake(member),
            Action::Again => self.meters.again(),
            Action::Abort(handle) => handle.abort(),
            Action::Membership(living) => self.tell_membership(&living),
            Action::Token(worker) => self.tell(worker, SeatMessage::Token),
            Action::Tell(waiting) => {
                // It may have stopped waiting.
                let _ = waiting.send(());
            }
            Action::Refuse(entry, error, ending) => {
                // One that waits for room is told by the drop of `admitted`, and was never accepted.
                if entry.admitted.is_none() {
                    self.meters.settled(ending);
                } else {
                    self.meters.refused();
                }
                self.answer(*entry, Err(error));
            }
        }
    }

    /// Answers whoever waits for an item, and lets go of the work.
    pub(super) fn answer(&self, entry: Entry<W>, result: Result<W::Output, WorkError>) {
        // In this order: whoever hears of the end finds the ecosystem's hold on the work gone.
        let Entry { work, answer, .. } = entry;
        drop_quietly(work);
        if let Err(unheard) = answer.send(result) {
            drop_quietly(unheard);
        }
    }

    fn wake(&self, member: Member) {
        let Some(places) = self.places.get() else { return };
        let reached = match member {
            Member::Node(node) => places.nodes.get(node).is_none_or(|node| node.try_cast(Look).is_ok()),
            Member::Worker(worker) => {
                places.workers.get(worker).is_none_or(|worker| worker.try_cast(SeatMessage::Look).is_ok())
            }
        };
        // What does not run looks when it starts; what has no room looks after each message.
        if !reached {
            self.ledger.lock().book.not_woken(member);
        }
    }
}

impl<W: Worker> Ledger<W> {
    fn carry_out(&mut self, effect: Effect, actions: &mut Vec<Action<W>>) {
        match effect {
            Effect::Look(member) => actions.push(Action::Look(member)),
            Effect::Admitted(item) => {
                let waiting = self.entries.get_mut(&item).and_then(|entry| entry.admitted.take());
                actions.extend(waiting.map(Action::Tell));
            }
            Effect::Again(_) => actions.push(Action::Again),
            Effect::Revoke(item) => {
                let abort = self.entries.get_mut(&item).and_then(|entry| entry.abort.take());
                actions.extend(abort.map(Action::Abort));
            }
            Effect::Settled(item, ending) => {
                let Some(mut entry) = self.entries.remove(&item) else { return };
                let error = match (ending, entry.last.take()) {
                    (Ending::Failed, Some(last)) => WorkError::GaveUp { attempts: entry.attempts, last },
                    (Ending::ShutDown, _) => WorkError::ShutDown(self.ended.clone()),
                    // An item never fails without an attempt that did.
                    (Ending::Cancelled, _) | (Ending::Failed, None) => WorkError::Cancelled,
                };
                actions.push(Action::Refuse(Box::new(entry), error, ending));
            }
            Effect::Drained => actions.extend(self.drained.drain(..).map(Action::Tell)),
            // Nobody needs to hear how an ecosystem that is over falls apart.
            Effect::Membership if !self.is_connected || self.book.phase() == EcosystemPhase::Over => {}
            Effect::Membership => {
                let living = self.book.serving();
                actions.push(Action::Membership(living.keys().copied().collect()));
                let woken = self.ring.as_mut().and_then(|ring| ring.set_living(living));
                actions.extend(woken.map(Action::Token));
            }
        }
    }
}
