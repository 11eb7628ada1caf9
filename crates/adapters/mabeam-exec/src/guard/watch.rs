//! What a guard does when: a pure function from state and event to state and effects.

use std::time::Duration;

use super::family::Usage;
use crate::limits::Limits;
use crate::wire::{Cause, Word};

/// A program under watch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Watch {
    limits: Limits,
    grace: Duration,
    phase: Phase,
    cause: Option<Cause>,
    /// Since when it is held, if it is.
    held: Option<Duration>,
    /// How long it was held before.
    was_held: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// It works.
    Runs,
    /// It was asked to end, and is killed at this time.
    Asked(Duration),
    /// It was killed, or has ended; what is left below the guard is being killed.
    Over,
}

/// What a guard hears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    /// A word from the starter.
    Told(Word),
    /// The starter is gone.
    StarterGone,
    /// The program's own process ended.
    Ended,
    /// Time went on.
    Tick,
    /// What it has used.
    Used(Usage),
}

/// What a guard does to every process below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Asks it to end.
    Terminate,
    /// Stops it where it is.
    Hold,
    /// Lets it go on.
    GoOn,
    /// Kills it, and again until nothing is left.
    Kill,
}

impl Watch {
    /// A program that has just been started, at time zero.
    pub(super) fn new(limits: Limits, grace: Duration) -> Self {
        Self { limits, grace, phase: Phase::Runs, cause: None, held: None, was_held: Duration::ZERO }
    }

    /// Takes an event at a time since the start.
    pub(super) fn on(&mut self, now: Duration, event: Event) -> Vec<Effect> {
        match (event, self.phase) {
            (_, Phase::Over) => Vec::new(),
            (Event::Ended, _) => self.kill(None),
            (Event::StarterGone, _) => self.kill(Some(Cause::StarterGone)),
            (Event::Told(Word::Stop), Phase::Runs) => self.ask(now, Cause::Asked),
            (Event::Told(Word::Hold), Phase::Runs) if self.held.is_none() => {
                self.held = Some(now);
                vec![Effect::Hold]
            }
            (Event::Told(Word::GoOn), Phase::Runs) => match self.held.take() {
                Some(since) => {
                    self.was_held += now.saturating_sub(since);
                    vec![Effect::GoOn]
                }
                None => Vec::new(),
            },
            (Event::Told(_), _) => Vec::new(),
            (Event::Used(usage), _) if self.limits.memory.is_some_and(|limit| usage.memory > limit) => {
                self.kill(Some(Cause::Memory))
            }
            (Event::Used(usage), _) if self.limits.cpu.is_some_and(|limit| usage.cpu > limit) => {
                self.kill(Some(Cause::Cpu))
            }
            (Event::Tick, Phase::Asked(until)) if now >= until => self.kill(None),
            (Event::Tick, Phase::Runs) if self.wall_ends().is_some_and(|end| now >= end) => self.ask(now, Cause::Wall),
            (Event::Used(_) | Event::Tick, _) => Vec::new(),
        }
    }

    /// When the next [`Event::Tick`] is due, if one is.
    pub(super) fn due(&self) -> Option<Duration> {
        match self.phase {
            Phase::Runs => self.wall_ends(),
            Phase::Asked(until) => Some(until),
            Phase::Over => None,
        }
    }

    /// Whether what it uses has to be looked at.
    pub(super) fn is_measured(&self) -> bool {
        self.phase != Phase::Over && (self.limits.memory.is_some() || self.limits.cpu.is_some())
    }

    /// Why the guard ended the program, if the guard did.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// When its time is up; never as long as it is held.
    fn wall_ends(&self) -> Option<Duration> {
        self.limits.wall.filter(|_| self.held.is_none()).map(|wall| wall.saturating_add(self.was_held))
    }

    fn ask(&mut self, now: Duration, cause: Cause) -> Vec<Effect> {
        self.cause = Some(cause);
        self.phase = Phase::Asked(now.saturating_add(self.grace));
        // A process that is held hears the request only when it goes on.
        [Some(Effect::Terminate), self.held.take().map(|_| Effect::GoOn)].into_iter().flatten().collect()
    }

    fn kill(&mut self, cause: Option<Cause>) -> Vec<Effect> {
        self.cause = self.cause.or(cause);
        self.phase = Phase::Over;
        vec![Effect::Kill]
    }
}

#[cfg(test)]
mod tests;
