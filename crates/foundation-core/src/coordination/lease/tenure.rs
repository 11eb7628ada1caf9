//! The course of one lease as a pure function: from what happened, and when, to what is sent next.
//!
//! ```text
//! Taking ---answered---> Held ---deadline, taken over, released---> Ending ---nothing of ours stands---> Over
//!    \___somebody else has it, or nothing is known in time________________________________________________/
//! ```
//!
//! The rules (after Gray and Cheriton, "Leases", 1989; tokens after Burrows, "The Chubby lock service", 2006):
//!
//! - The *deadline* is the time read before the last acknowledged write was sent, plus the time to live, minus a
//!   margin for clocks that do not run at one rate. The store began to count later than that time was read, so it lets
//!   go later than the holder stops.
//! - A lease that was lost stays lost, whatever is answered later.
//! - A write without an answer is *in doubt* until a read says what stands: nothing is guessed. Each write names the
//!   revision that it replaces, so of two that are in doubt at most one takes effect.
//! - A renewal that was in doubt and took effect counts from when the oldest one in doubt was sent.
//! - Whatever ends a lease, what stands of it is deleted, so that the next holder need not wait for its expiry.
//! - A first write in doubt expects that nothing stands, so it may still take effect when the lease is over and deleted.
//!   For one time to live, at intervals that double, it is looked for and deleted.

use std::time::Duration;

use crate::port::clock::Monotonic;
use crate::port::storage::Revision;

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// How long the store keeps what is written.
    pub(super) ttl: Duration,
    /// How much earlier than the store the holder holds it to be over.
    pub(super) margin: Duration,
    /// From a write to the next renewal.
    pub(super) renew_after: Duration,
    /// The pause before something that failed is tried again.
    pub(super) pause: Duration,
    /// How long an answer is waited for.
    pub(super) patience: Duration,
}

/// What is sent to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The first write, under the condition that the lease was asked for with.
    Take,
    /// A write over our own record.
    Renew {
        at: Revision,
        token: Revision,
    },
    Read,
    /// A delete of our own record.
    Delete {
        at: Revision,
    },
}

/// What happened. All but the first two are answers to the last action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Time passed; also the first event.
    Woke,
    /// The holder gave it up, or is gone.
    GivenUp,
    /// The write took effect.
    Written(Revision),
    /// The write's condition did not hold.
    Refused,
    /// The write can never take effect: it breaks a limit.
    Impossible,
    /// Nobody knows what became of the write.
    Doubtful,
    /// What a read found.
    Found(Standing),
    /// The read failed.
    Unread,
}

/// What stands under the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Nothing,
    /// Our record; `token` is none where it is the one that was written first.
    Ours {
        revision: Revision,
        token: Option<Revision>,
    },
    Other,
}

/// Why a lease is no longer held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// It could not be renewed in time, so it was given up before the store lets go of it.
    Expired,
    /// The store has no record of it any more: somebody deleted it, or took over.
    Gone,
    /// Its holder released it.
    Released,
}

/// How the attempt to take it ended without a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Somebody else has it.
    Taken,
    /// The store did not say in time what stands, or refused the write for good.
    Unknown,
    /// Whoever asked has gone.
    GivenUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Taking,
    Held,
    /// No longer held, or never; what stands of it is being deleted.
    Ending(Ended),
    /// Nothing more is done; `clean` where nothing of ours stands.
    Over {
        how: Ended,
        clean: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Lost(Loss),
    NotTaken(Refusal),
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    action: Action,
    sent: Monotonic,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Tenure {
    terms: Terms,
    /// Whether the first write expects that nothing stands; else it expects a revision, which never comes back.
    takes_nothing: bool,
    phase: Phase,
    /// The first revision, once it is known.
    token: Option<Revision>,
    /// The revision that stands, as far as we know.
    revision: Option<Revision>,
    /// The end of the right to act, while held.
    deadline: Monotonic,
    /// What was sent and not answered.
    flight: Option<Flight>,
    /// What is sent next, and when.
    pending: Option<(Monotonic, Action)>,
    /// When the oldest write in doubt was sent.
    doubt: Option<Monotonic>,
    /// The next interval at which a first write that was in doubt is looked for, once the lease is over.
    late: Option<Duration>,
    /// The end of trying, while taking or ending, and of looking.
    give_up: Monotonic,
}

impl Tenure {
    pub(super) fn new(terms: Terms, takes_nothing: bool, now: Monotonic) -> Self {
        Self {
            terms,
            takes_nothing,
            phase: Phase::Taking,
            token: None,
            revision: None,
            deadline: now,
            flight: None,
            pending: Some((now, Action::Take)),
            doubt: None,
            late: None,
            give_up: now + terms.ttl,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// The token, and until when it may be acted on; known while held.
    pub(super) fn grant(&self) -> Option<(Revision, Monotonic)> {
        match self.phase {
            Phase::Held => self.token.map(|token| (token, self.deadline)),
            _ => None,
        }
    }

    /// When to step next, if nothing happens before.
    pub(super) fn wake(&self) -> Monotonic {
        let next = match (&self.flight, &self.pending) {
            (Some(flight), _) => flight.sent + self.terms.patience,
            (None, Some((at, _))) => *at,
            (None, None) => Monotonic(u64::MAX),
        };
        match self.phase {
            Phase::Held => next.min(self.deadline),
            Phase::Taking | Phase::Ending(_) => next.min(self.give_up),
            Phase::Over { .. } if self.is_done() => Monotonic(u64::MAX),
            Phase::Over { .. } => next.min(self.give_up),
        }
    }

    /// Whether nothing will be sent any more.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Over { .. }) && self.flight.is_none() && self.pending.is_none()
    }

    /// Takes what happened; answers what to send. What was sent before and has no answer is then no longer waited for.
    pub(super) fn step(&mut self, now: Monotonic, event: Event) -> Option<Action> {
        // First the deadline: an answer that comes after it changes nothing.
        if self.phase == Phase::Held && now >= self.deadline {
            self.end(now, Ended::Lost(Loss::Expired));
        }
        match event {
            Event::Woke => {
                if let Some(late) = self.flight.filter(|flight| now >= flight.sent + self.terms.patience) {
                    self.answered(now, if late.action == Action::Read { Event::Unread } else { Event::Doubtful });
                }
            }
            Event::GivenUp => match self.phase {
                Phase::Taking => self.end(now, Ended::NotTaken(Refusal::GivenUp)),
                Phase::Held => self.end(now, Ended::Lost(Loss::Released)),
                Phase::Ending(_) | Phase::Over { .. } => {}
            },
            answer => self.answered(now, answer),
        }
        if self.phase == Phase::Held && now >= self.deadline {
            // The answer came so late that the renewal it speaks of is over already.
            self.end(now, Ended::Lost(Loss::Expired));
        }
        match self.phase {
            Phase::Taking if now >= self.give_up => self.end(now, Ended::NotTaken(Refusal::Unknown)),
            Phase::Ending(how) if now >= self.give_up => self.over(now, how, false),
            Phase::Over { .. } if now >= self.give_up => (self.flight, self.pending) = (None, None),
            _ => {}
        }
        self.send(now)
    }

    fn send(&mut self, now: Monotonic) -> Option<Action> {
        if self.flight.is_some() {
            return None;
        }
        let (_, action) = self.pending.take_if(|(at, _)| *at <= now)?;
        self.flight = Some(Flight { action, sent: now });
        Some(action)
    }

    fn answered(&mut self, now: Monotonic, answer: Event) {
        let Some(Flight { action, sent }) = self.flight.take() else { return };
        match answer {
            Event::Written(revision) => {
                if action == Action::Take {
                    self.token = Some(revision);
                }
                self.written(now, sent, action, revision);
            }
            Event::Refused => self.plan(now, Action::Read),
            Event::Impossible => match self.phase {
                Phase::Taking => self.over(now, Ended::NotTaken(Refusal::Unknown), true),
                _ => self.plan(now + self.terms.pause, Action::Read),
            },
            Event::Doubtful => {
                self.doubt = Some(self.doubt.map_or(sent, |earlier| earlier.min(sent)));
                if action == Action::Take && self.takes_nothing {
                    self.late = Some(self.terms.pause);
                }
                self.plan(now, Action::Read);
            }
            Event::Unread => self.plan(now + self.terms.pause, Action::Read),
            Event::Found(standing) => self.found(now, standing),
            Event::Woke | Event::GivenUp => {}
        }
    }

    fn written(&mut self, now: Monotonic, sent: Monotonic, action: Action, revision: Revision) {
        self.revision = Some(revision);
        if let Action::Delete { .. } = action {
            match self.phase {
                Phase::Ending(how) => self.over(now, how, true),
                Phase::Over { .. } => self.look_later(now),
                Phase::Taking | Phase::Held => {}
            }
            return;
        }
        match self.phase {
            Phase::Taking | Phase::Held => self.held_since(now, sent),
            Phase::Ending(_) => self.plan(now, Action::Delete { at: revision }),
            Phase::Over { .. } => {}
        }
    }

    /// A write that was sent at `sent` stands.
    fn held_since(&mut self, now: Monotonic, sent: Monotonic) {
        let (Some(token), Some(revision)) = (self.token, self.revision) else { return };
        let deadline = sent + self.terms.ttl.saturating_sub(self.terms.margin);
        let renew = Action::Renew { at: revision, token };
        if self.phase == Phase::Taking {
            if now >= deadline {
                // The answer came too late to act on. Nobody was told of a lease yet, so it may begin with the next.
                self.plan(now, renew);
                return;
            }
            self.phase = Phase::Held;
        }
        self.doubt = None;
        self.deadline = self.deadline.max(deadline);
        self.plan(sent + self.terms.renew_after, renew);
    }

    fn found(&mut self, now: Monotonic, standing: Standing) {
        match (self.phase, standing) {
            // ## Taking: the write was lost, or is late; a second one of the same words cannot take effect beside it.
            (Phase::Taking, Standing::Nothing) if self.takes_nothing => {
                let at = if self.doubt.is_some() { now + self.terms.pause } else { now };
                self.plan(at, Action::Take);
            }
            (Phase::Taking, Standing::Nothing | Standing::Other) => {
                self.over(now, Ended::NotTaken(Refusal::Taken), true)
            }
            // ## Taking => Taking: when it was written is not known for certain, so it is written once more.
            (Phase::Taking, Standing::Ours { revision, token }) => {
                let token = token.unwrap_or(revision);
                (self.token, self.revision) = (Some(token), Some(revision));
                self.plan(now, Action::Renew { at: revision, token });
            }
            // ## Held => Over
            (Phase::Held, Standing::Nothing | Standing::Other) => self.over(now, Ended::Lost(Loss::Gone), true),
            // ## Held => Held
            (Phase::Held, Standing::Ours { revision, .. }) => {
                let took_effect = self.revision.replace(revision) != Some(revision);
                match (took_effect, self.doubt, self.token) {
                    (true, Some(sent), _) => self.held_since(now, sent),
                    (_, _, Some(token)) => self.plan(now + self.terms.pause, Action::Renew { at: revision, token }),
                    _ => {}
                }
            }
            // ## Ending => Over
            (Phase::Ending(how), Standing::Nothing | Standing::Other) => self.over(now, how, true),
            (Phase::Ending(_), Standing::Ours { revision, .. }) => {
                let again = self.revision.replace(revision) == Some(revision);
                let at = if again && self.doubt.is_some() { now + self.terms.pause } else { now };
                self.plan(at, Action::Delete { at: revision });
            }
            // ## Over: the late write has come, or may still.
            (Phase::Over { .. }, Standing::Ours { revision, .. }) => self.plan(now, Action::Delete { at: revision }),
            (Phase::Over { .. }, Standing::Nothing | Standing::Other) => self.look_later(now),
        }
    }

    /// Ends the right to act. A write that is on its way is waited for, so that what it leaves is seen.
    fn end(&mut self, now: Monotonic, how: Ended) {
        self.phase = Phase::Ending(how);
        self.give_up = now + self.terms.ttl;
        self.pending = match (self.revision, self.doubt) {
            (Some(at), None) => Some((now, Action::Delete { at })),
            (None, None) if self.flight.is_none() => {
                // Nothing was ever sent that could stand.
                self.over(now, how, true);
                return;
            }
            _ => Some((now, Action::Read)),
        };
    }

    fn over(&mut self, now: Monotonic, how: Ended, clean: bool) {
        self.phase = Phase::Over { how, clean };
        self.flight = None;
        self.pending = None;
        self.give_up = now + self.terms.ttl;
        self.look_later(now);
    }

    /// Looks again for a first write that was in doubt, later than the last time.
    fn look_later(&mut self, now: Monotonic) {
        if let Some(interval) = self.late {
            self.late = Some(interval * 2);
            self.plan(now + interval, Action::Read);
        }
    }

    fn plan(&mut self, at: Monotonic, action: Action) {
        self.pending = Some((at, action));
    }
}

#[cfg(test)]
mod tests;
