//! What to do about the starts and ends of children: a pure function from state and event to state and effects.
//!
//! It reads no clock and draws no numbers: events carry both. The rules are those of OTP's supervisor.erl, extended
//! by waits before restarts and by budgets of single children; without those two it decides as OTP does.
//!
//! - A restart *concerns* the child alone, all children, or the child and those after it, by the strategy. Those
//!   concerned that run are stopped, the last one first; then all concerned are started in order, those included that
//!   had ended before. Temporary ones are forgotten when they are stopped.
//! - A restart counts when the child ends; one that repeats a failed start counts when it is tried. The failed child's
//!   turn comes through the supervisor's mailbox, and what was started before it runs until then.
//! - With a wait: those concerned are stopped at once, and started when it is over. A restart that another child begins
//!   meanwhile leaves the wait alone: it starts what stands before the child that waits, and under `one_for_all`
//!   nothing.

pub(super) mod event;

pub(super) mod plan;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use self::event::{Effect, Ending, Event, Place, Rest, Standing};
use self::plan::{Phase, Plan, Toll};
use super::intensity::Intensity;
use super::{AutoShutdown, Restart, Strategy};
use crate::port::clock::Monotonic;

/// The state of a supervision.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    intensity: Intensity,
    children: BTreeMap<Place, Plan>,
    /// What the start at hand is for.
    errand: Errand,
    /// What is started after it.
    pending: VecDeque<Place>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Errand {
    /// The first start of all children.
    #[default]
    Opening,
    Restarting,
    /// A child that was added.
    Adding,
    /// A child that somebody wants back.
    Reviving,
}

impl State {
    pub(super) fn new(
        strategy: Strategy,
        auto_shutdown: AutoShutdown,
        intensity: Intensity,
        plans: impl IntoIterator<Item = Plan>,
    ) -> Self {
        let children = plans.into_iter().enumerate().collect();
        Self { strategy, auto_shutdown, intensity, children, ..Self::default() }
    }

    /// How a child stands; `None` if it is not known.
    pub(super) fn standing(&self, child: Place) -> Option<Standing> {
        self.children.get(&child).map(|plan| match plan.phase {
            Phase::Idle => Standing::Idle,
            Phase::Starting | Phase::Running(_) => Standing::Runs,
            Phase::Waiting { .. } => Standing::Waits,
        })
    }

    /// Decides, and adds what follows to `effects`. Events that come too late for their child's phase have no effect.
    pub(super) fn take(&mut self, event: Event, effects: &mut Vec<Effect>) {
        match event {
            Event::Opened { at } => {
                self.errand = Errand::Opening;
                self.pending.clear();
                self.pending.extend(self.children.keys().copied());
                self.start_next(at, effects);
            }
            // Starting => Running
            Event::Started { child, at } => {
                if let Some(plan) = self.children.get_mut(&child) {
                    plan.phase = Phase::Running(at);
                    if self.errand == Errand::Reviving {
                        plan.forgive();
                    }
                }
                self.start_next(at, effects);
            }
            // Starting => Idle
            Event::Ignored { child, at } => {
                self.rest(child, Rest::Ignored, effects);
                self.start_next(at, effects);
            }
            Event::StartFailed { child, at, chance } => self.start_failed(child, at, chance, effects),
            Event::Exited { child, abnormal, at, chance } => self.exited(child, abnormal, at, chance, effects),
            Event::Due { child, at } => {
                if let Some(Phase::Waiting { counted, .. }) = self.children.get(&child).map(|plan| plan.phase) {
                    self.attempt(child, counted, at, effects);
                }
            }
            Event::Added { child, plan, at } => {
                self.children.insert(child, plan);
                self.start_one(child, Errand::Adding, at, effects);
            }
            Event::Revived { child, at } => self.start_one(child, Errand::Reviving, at, effects),
            // Running | Waiting | Idle => Idle
            Event::Terminated { child } => {
                if self.children.get(&child).is_some_and(Plan::runs) {
                    effects.push(Effect::Stop { child });
                }
                self.rest(child, Rest::Ended, effects);
            }
            Event::Deleted { child } => {
                if self.children.remove(&child).is_some() {
                    effects.push(Effect::Release { child, rest: Rest::Forgotten });
                }
            }
            Event::Closed => self.stop_all(effects),
        }
    }

    // Running => Idle | Starting | Waiting
    fn exited(&mut self, child: Place, abnormal: bool, at: Monotonic, chance: u64, effects: &mut Vec<Effect>) {
        let Some(plan) = self.children.get_mut(&child) else { return };
        let Phase::Running(since) = plan.phase else { return };
        if !plan.wants_restart(abnormal) {
            return self.ended_for_good(child, Rest::Ended, effects);
        }
        plan.ran(since, at);
        let toll = plan.pay(&mut self.intensity, at);
        if toll == Toll::Tolerated {
            let delay = plan.next_wait(chance);
            if !delay.is_zero() {
                return self.wait(child, true, delay, at, effects);
            }
            return self.restart(child, at, effects);
        }
        self.over(child, toll, effects);
    }

    // Starting => Idle | Waiting
    fn start_failed(&mut self, child: Place, at: Monotonic, chance: u64, effects: &mut Vec<Effect>) {
        self.pending.clear();
        let Some(plan) = self.children.get_mut(&child) else { return };
        match self.errand {
            Errand::Opening => {
                plan.phase = Phase::Idle;
                self.stop_all(effects);
                effects.push(Effect::End(Ending::StartFailed { child }));
            }
            // It was never there.
            Errand::Adding => {
                self.children.remove(&child);
                effects.push(Effect::Release { child, rest: Rest::Forgotten });
            }
            Errand::Reviving => {
                let rest = if plan.barred && plan.quarantines() { Rest::Quarantined } else { Rest::Ended };
                self.rest(child, rest, effects);
            }
            Errand::Restarting => {
                let delay = plan.next_wait(chance);
                self.wait(child, false, delay, at, effects);
            }
        }
    }

    /// Lets a restart of `child` wait, with what it concerns stopped; without a delay only until the supervisor has
    /// looked into its mailbox, and with everything as it is.
    fn wait(&mut self, child: Place, counted: bool, delay: Duration, at: Monotonic, effects: &mut Vec<Effect>) {
        if !delay.is_zero() {
            self.stop_concerned(child, at, effects);
        }
        if let Some(plan) = self.children.get_mut(&child) {
            plan.phase = Phase::Waiting { until: at + delay, counted };
        }
        effects.push(Effect::StartAfter { child, delay });
    }

    // Waiting => Starting | Idle
    fn attempt(&mut self, child: Place, counted: bool, at: Monotonic, effects: &mut Vec<Effect>) {
        let Some(plan) = self.children.get_mut(&child) else { return };
        let toll = if counted { Toll::Tolerated } else { plan.pay(&mut self.intensity, at) };
        if toll == Toll::Tolerated {
            return self.restart(child, at, effects);
        }
        self.over(child, toll, effects);
        let ends = effects.iter().any(|effect| matches!(effect, Effect::End(_)));
        if toll == Toll::Spent && !ends {
            // Its siblings were stopped for it, and go on without it.
            self.errand = Errand::Restarting;
            let runs = |place: &Place| self.children.get(place).is_some_and(Plan::runs);
            let idle = concerned(self.strategy, &self.children, child).filter(|place| !runs(place));
            self.pending.clear();
            self.pending.extend(idle);
            self.start_next(at, effects);
        }
    }

    /// A restart was one too many.
    fn over(&mut self, child: Place, toll: Toll, effects: &mut Vec<Effect>) {
        let Some(plan) = self.children.get_mut(&child) else { return };
        if toll == Toll::Spent {
            plan.barred = true;
            let rest = if plan.quarantines() { Rest::Quarantined } else { Rest::Ended };
            self.ended_for_good(child, rest, effects);
        } else {
            plan.phase = Phase::Idle;
            effects.push(Effect::End(Ending::GaveUp { child }));
        }
    }

    /// Stops what a restart of `child` concerns and starts it.
    fn restart(&mut self, child: Place, at: Monotonic, effects: &mut Vec<Effect>) {
        self.stop_concerned(child, at, effects);
        if let Some(plan) = self.children.get_mut(&child) {
            plan.phase = Phase::Idle;
        }
        if self.strategy == Strategy::OneForAll && self.children.values().any(|plan| plan.is_held(at)) {
            // The end of that wait starts this one too.
            return;
        }
        self.errand = Errand::Restarting;
        self.pending.clear();
        self.pending.extend(concerned(self.strategy, &self.children, child));
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::StartOrderReversed) {
            self.pending = self.pending.iter().rev().copied().collect();
        }
        self.start_next(at, effects);
    }

    /// Stops what a restart of `child` concerns besides itself, the last one first. Waits that are not over go on.
    fn stop_concerned(&mut self, child: Place, at: Monotonic, effects: &mut Vec<Effect>) {
        if self.strategy == Strategy::OneForOne {
            return;
        }
        let others: Vec<_> =
            concerned(self.strategy, &self.children, child).rev().filter(|place| *place != child).collect();
        for other in others {
            let Some(plan) = self.children.get_mut(&other) else { continue };
            if plan.runs() {
                effects.push(Effect::Stop { child: other });
            }
            if !plan.is_held(at) {
                plan.phase = Phase::Idle;
            }
            #[cfg(feature = "planted-bugs")]
            if crate::planted::is(crate::planted::Bug::TemporaryBystanderRestarted) {
                continue;
            }
            if plan.restart == Restart::Temporary {
                self.rest(other, Rest::Forgotten, effects);
            }
        }
    }

    fn stop_all(&mut self, effects: &mut Vec<Effect>) {
        self.pending.clear();
        for (place, plan) in self.children.iter_mut().rev() {
            if plan.runs() {
                effects.push(Effect::Stop { child: *place });
            }
            plan.phase = Phase::Idle;
        }
    }

    fn start_one(&mut self, child: Place, errand: Errand, at: Monotonic, effects: &mut Vec<Effect>) {
        self.errand = errand;
        self.pending.clear();
        self.pending.push_back(child);
        self.start_next(at, effects);
    }

    // Idle | Waiting => Starting
    fn start_next(&mut self, at: Monotonic, effects: &mut Vec<Effect>) {
        while let Some(child) = self.pending.pop_front() {
            match self.children.get_mut(&child) {
                None => {}
                Some(plan) if plan.barred && self.errand == Errand::Restarting => {}
                // It and those after it are started when its wait is over.
                Some(plan) if plan.is_held(at) => self.pending.clear(),
                Some(plan) => {
                    plan.phase = Phase::Starting;
                    let restart = self.errand == Errand::Restarting;
                    return effects.push(Effect::Start { child, restart });
                }
            }
        }
    }

    /// It has no process; a temporary one is forgotten.
    fn rest(&mut self, child: Place, rest: Rest, effects: &mut Vec<Effect>) {
        let Some(plan) = self.children.get_mut(&child) else { return };
        plan.phase = Phase::Idle;
        let temporary = plan.restart == Restart::Temporary;
        if temporary {
            self.children.remove(&child);
        }
        effects.push(Effect::Release { child, rest: if temporary { Rest::Forgotten } else { rest } });
    }

    /// It ended by itself and is not restarted: this alone may shut the supervisor down.
    fn ended_for_good(&mut self, child: Place, rest: Rest, effects: &mut Vec<Effect>) {
        let significant = self.children.get(&child).is_some_and(|plan| plan.significant);
        self.rest(child, rest, effects);
        let ends = significant
            && match self.auto_shutdown {
                AutoShutdown::Never => false,
                AutoShutdown::AnySignificant => true,
                AutoShutdown::AllSignificant => {
                    !self.children.values().any(|plan| plan.significant && plan.phase != Phase::Idle)
                }
            };
        if ends {
            effects.push(Effect::End(Ending::AutoShutdown));
        }
    }
}

/// Whom a restart of `child` concerns, itself included, in start order.
fn concerned(
    strategy: Strategy,
    children: &BTreeMap<Place, Plan>,
    child: Place,
) -> impl DoubleEndedIterator<Item = Place> {
    let (first, last) = match strategy {
        Strategy::OneForOne => (child, child),
        Strategy::OneForAll => (0, Place::MAX),
        Strategy::RestForOne => (child, Place::MAX),
    };
    children.range(first..=last).map(|(place, _)| *place)
}

#[cfg(test)]
mod tests;
