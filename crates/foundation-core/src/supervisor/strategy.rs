//! What to do about the end of a child: a pure function from state and event to state and effects.
//!
//! It reads no clock and draws no numbers: events carry both. The rules are those of OTP's supervisor.erl, with a wait
//! before a restart where a child has a backoff.

use std::time::Duration;

use super::intensity::Intensity;
use super::{Backoff, Restart, Spec, Strategy};
use crate::port::clock::Monotonic;

/// The state of a supervision.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    strategy: Strategy,
    intensity: Intensity,
    children: Vec<ChildPlan>,
}

#[derive(Clone, Debug)]
struct ChildPlan {
    restart: Restart,
    backoff: Option<Backoff>,
    phase: Phase,
    /// How often it was restarted since it last ran for a healthy time.
    attempts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Its start was asked for.
    Starting,
    /// It runs since.
    Running(Monotonic),
    /// It waits for its restart.
    Waiting,
    /// It ended, and is not restarted.
    Ended,
}

/// Something that happened to the child of that index.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Started {
        child: usize,
        at: Monotonic,
    },
    Exited {
        child: usize,
        abnormal: bool,
        at: Monotonic,
        chance: u64,
    },
    /// A restart failed. (A first start that fails ends the supervisor and is no event.)
    StartFailed {
        child: usize,
        at: Monotonic,
        chance: u64,
    },
    /// The wait of [`Effect::StartAfter`] is over.
    Due {
        child: usize,
    },
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Start {
        child: usize,
    },
    StartAfter {
        child: usize,
        delay: Duration,
    },
    /// It is not restarted; a temporary one is forgotten too.
    Release {
        child: usize,
        forget: bool,
    },
    /// Stop all children, the last one first, and end.
    GiveUp {
        child: usize,
    },
}

impl State {
    pub(super) fn new(spec: &Spec) -> Self {
        let plan = |restart, backoff| ChildPlan { restart, backoff, phase: Phase::Starting, attempts: 0 };
        Self {
            strategy: spec.strategy,
            intensity: Intensity::new(spec.restarts, spec.period),
            children: spec.children.iter().map(|child| plan(child.restart, child.backoff)).collect(),
        }
    }
}

/// Decides. Events that come too late for their child's phase have no effect.
pub(super) fn step(mut state: State, event: Event) -> (State, Vec<Effect>) {
    let effect = match event {
        // Starting | Waiting => Running
        Event::Started { child, at } => {
            if let Some(plan) = state.children.get_mut(child) {
                plan.phase = Phase::Running(at);
            }
            None
        }
        Event::Exited { child, abnormal, at, chance } => state.exited(child, abnormal, at, chance),
        Event::StartFailed { child, at, chance } => state.start_failed(child, at, chance),
        // Waiting => Starting
        Event::Due { child } => match state.children.get_mut(child) {
            Some(plan) if plan.phase == Phase::Waiting => {
                plan.phase = Phase::Starting;
                Some(Effect::Start { child })
            }
            _ => None,
        },
    };
    (state, effect.into_iter().collect())
}

impl State {
    // Running => Ended | Starting | Waiting
    fn exited(&mut self, child: usize, abnormal: bool, at: Monotonic, chance: u64) -> Option<Effect> {
        let plan = self.children.get_mut(child)?;
        let Phase::Running(since) = plan.phase else { return None };
        let restart = match plan.restart {
            Restart::Permanent => true,
            Restart::Transient => abnormal,
            Restart::Temporary => false,
        };
        if !restart {
            plan.phase = Phase::Ended;
            return Some(Effect::Release { child, forget: plan.restart == Restart::Temporary });
        }
        if plan.backoff.is_some_and(|backoff| at.since(since) >= backoff.reset_after) {
            plan.attempts = 0;
        }
        if !self.intensity.tolerates(at) {
            plan.phase = Phase::Ended;
            return Some(Effect::GiveUp { child });
        }
        match self.strategy {
            Strategy::OneForOne | Strategy::OneForAll | Strategy::RestForOne => Some(plan.start_again(child, chance)),
        }
    }

    // Starting => Waiting | Ended
    fn start_failed(&mut self, child: usize, at: Monotonic, chance: u64) -> Option<Effect> {
        let plan = self.children.get_mut(child)?;
        if !self.intensity.tolerates(at) {
            plan.phase = Phase::Ended;
            return Some(Effect::GiveUp { child });
        }
        let effect = match plan.start_again(child, chance) {
            // Through the mailbox, so that a stop of the supervisor comes in between two failing starts.
            Effect::Start { child } => Effect::StartAfter { child, delay: Duration::ZERO },
            other => other,
        };
        plan.phase = Phase::Waiting;
        Some(effect)
    }
}

impl ChildPlan {
    fn start_again(&mut self, child: usize, chance: u64) -> Effect {
        let Some(backoff) = self.backoff else {
            self.phase = Phase::Starting;
            return Effect::Start { child };
        };
        let delay = backoff.delay(self.attempts, chance);
        self.attempts = self.attempts.saturating_add(1);
        self.phase = Phase::Waiting;
        Effect::StartAfter { child, delay }
    }
}

#[cfg(test)]
mod tests;
