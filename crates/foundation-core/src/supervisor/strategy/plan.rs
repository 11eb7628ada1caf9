//! What one child's own rules say: whether it is restarted, after which wait, and when it had too many restarts.
//!
//! Knows nothing of siblings, so that every kind of supervisor can use it.

use std::sync::Arc;
use std::time::Duration;

use super::super::intensity::Intensity;
use super::super::{Backoff, Budget, Restart, WhenSpent};
use crate::port::clock::Monotonic;

/// A child's rules, and how it is.
#[derive(Clone, Debug)]
pub(in super::super) struct Plan {
    pub(in super::super) restart: Restart,
    pub(in super::super) significant: bool,
    backoff: Option<Arc<Backoff>>,
    budget: Option<Box<Spending>>,
    pub(in super::super) phase: Phase,
    /// How often it was restarted since it last ran for a healthy time.
    attempts: u32,
    /// Its budget is spent: nothing starts it but a request.
    pub(in super::super) barred: bool,
}

#[derive(Clone, Debug)]
struct Spending {
    window: Intensity,
    budget: Budget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Phase {
    /// There is no process: not started yet, ended, or stopped.
    Idle,
    /// Its start was asked for.
    Starting,
    /// It runs since.
    Running(Monotonic),
    /// It waits for its restart, at that time. `counted`: the restart was counted when the child ended.
    Waiting { until: Monotonic, counted: bool },
}

/// Whether a restart is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Toll {
    Tolerated,
    /// More than the supervisor tolerates, or the child's budget, where that is its policy.
    GiveUp,
    /// More than the child's own budget: only this child is given up.
    Spent,
}

impl Plan {
    pub(in super::super) fn new(
        restart: Restart,
        significant: bool,
        backoff: Option<Arc<Backoff>>,
        budget: Option<Budget>,
    ) -> Self {
        let spending =
            |budget: Budget| Box::new(Spending { window: Intensity::new(budget.restarts, budget.period), budget });
        Self {
            restart,
            significant,
            backoff,
            budget: budget.map(spending),
            phase: Phase::Idle,
            attempts: 0,
            barred: false,
        }
    }

    /// Whether its kind of restart asks for one after such an end.
    pub(in super::super) fn wants_restart(&self, abnormal: bool) -> bool {
        match self.restart {
            Restart::Permanent => true,
            Restart::Transient => abnormal,
            Restart::Temporary => false,
        }
    }

    /// Counts a restart, at the child's own budget if it has one and at `intensity` if not.
    pub(in super::super) fn pay(&mut self, intensity: &mut Intensity, at: Monotonic) -> Toll {
        let (window, over) = match &mut self.budget {
            None => (intensity, Toll::GiveUp),
            Some(own) => {
                let over = if own.budget.when_spent == WhenSpent::Escalate { Toll::GiveUp } else { Toll::Spent };
                (&mut own.window, over)
            }
        };
        if window.tolerates(at) { Toll::Tolerated } else { over }
    }

    /// Whether a spent budget is shown as a quarantine.
    pub(in super::super) fn quarantines(&self) -> bool {
        self.budget.as_ref().is_some_and(|own| own.budget.when_spent == WhenSpent::Quarantine)
    }

    /// The wait before the next restart, each longer than the last; zero without a backoff.
    pub(in super::super) fn next_wait(&mut self, chance: u64) -> Duration {
        let Some(backoff) = &self.backoff else { return Duration::ZERO };
        let wait = backoff.delay(self.attempts, chance);
        self.attempts = self.attempts.saturating_add(1);
        wait
    }

    /// It ended at `at`, after running since `since`: after a healthy time its waits start over.
    pub(in super::super) fn ran(&mut self, since: Monotonic, at: Monotonic) {
        if self.backoff.as_ref().is_some_and(|backoff| at.since(since) >= backoff.reset_after) {
            self.attempts = 0;
        }
    }

    /// A request brings it back: its failures are forgiven.
    pub(in super::super) fn forgive(&mut self) {
        self.attempts = 0;
        self.barred = false;
        if let Some(own) = &mut self.budget {
            own.window = Intensity::new(own.budget.restarts, own.budget.period);
        }
    }

    pub(in super::super) fn runs(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// Whether its wait is not over at `at`.
    pub(in super::super) fn is_held(&self, at: Monotonic) -> bool {
        matches!(self.phase, Phase::Waiting { until, .. } if until > at)
    }
}
