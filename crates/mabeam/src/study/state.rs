//! The state of a study: a fold over its events, and the decision that is due.
//!
//! # Time
//! Each slot has a clock that counts epochs. A piece of work that a slot was given at time `t` and that costs `n`
//! epochs ends at `t + n` in the slot's time, however long it takes in ours. A report *settles* - becomes visible to
//! sampler and scheduler - in the order of these times, and a slot decides what to do next once every piece of work
//! that ends no later has settled. So every decision rests on the same facts, whichever agents did the work, in
//! whatever order they reported, and whoever was killed on the way.

mod decision;
mod descent;
mod front;
mod known;
mod look;
mod quarantine;
mod sales;
mod slot;
mod summary;
mod trial;

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use foundation_core::{Code, Error, Result};

use super::config::StudyConfig;
use super::event::{Assigned, Evaluated, Interrupted, Judged, Outcome, Reported, StudyEvent, Told, Waited};
use super::sampler::{History, Observation};
use super::schedule::{Arrival, Passage, Standings};
use super::space::Params;
use crate::market::Market;

pub use decision::Decision;
pub(super) use descent::{Kept, Leg};
use front::oriented_all;
pub use quarantine::Quarantined;
use sales::Sales;
use slot::Due;
pub use slot::{Job, Slot};
pub use summary::StudySummary;
pub use trial::{RungResult, Trial, TrialState};

/// Where the epochs of the budget went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Epochs {
    /// Granted to trials; never more than the budget.
    pub granted: u64,
    /// Granted and reported.
    pub spent: u64,
    /// Trained and lost, or trained again, because somebody died. Not charged to the budget.
    pub wasted: u64,
}

/// A study as its events tell it.
#[derive(Clone, Debug)]
pub struct StudyState {
    config: StudyConfig,
    trials: Vec<Trial>,
    slots: Vec<Slot>,
    standings: Standings,
    history: History,
    epochs: Epochs,
    promotions: Vec<u64>,
    is_finished: bool,
    restarts: u64,
    evaluations: Vec<Evaluated>,
    judgements: Vec<Judged>,
    /// Where several members propose.
    sales: Option<Sales>,
    /// Configurations to try before the samplers are asked.
    queue: VecDeque<Params>,
    n_imported: u64,
    is_timed_out: bool,
    /// The trials that were the best, in the order in which they became it.
    bests: Vec<u64>,
    /// What was told of trials that the study has not decided on so far.
    told: BTreeMap<u64, Told>,
    /// The trials from whose checkpoints others begin that have not reached a rung yet, and how many of these.
    expecting: BTreeMap<u64, u32>,
    /// The trials that no other one beats in everything, by number, in a study of several objectives.
    front: Vec<u64>,
    /// The trials that failed, by their parameters.
    failures: BTreeMap<String, Vec<u64>>,
    /// How many trials are in each state.
    counts: [usize; TrialState::ALL.len()],
    /// The best completed trial.
    best: Option<u64>,
}

impl StudyState {
    /// A study that was just described.
    #[must_use]
    pub fn new(config: StudyConfig) -> Self {
        let standings = Standings::new(&config.schedule);
        let promotions = vec![0; config.schedule.rungs().len()];
        let slots = vec![Slot::Free { at: 0, trial: None }; config.slots as usize];
        // Terms that are impossible were refused when the description was checked.
        let market = config.team.market.clone().and_then(|terms| Market::open(terms).ok());
        Self {
            config,
            sales: market.map(Sales::new),
            trials: Vec::new(),
            slots,
            standings,
            history: History::default(),
            epochs: Epochs::default(),
            promotions,
            is_finished: false,
            restarts: 0,
            evaluations: Vec::new(),
            judgements: Vec::new(),
            queue: VecDeque::new(),
            n_imported: 0,
            is_timed_out: false,
            bests: Vec::new(),
            expecting: BTreeMap::new(),
            front: Vec::new(),
            failures: BTreeMap::new(),
            told: BTreeMap::new(),
            counts: [0; TrialState::ALL.len()],
            best: None,
        }
    }

    /// Takes in one more event.
    ///
    /// # Errors
    /// `Corrupt` where the event cannot follow those before it; the state is then as it was.
    pub fn apply(&mut self, event: &StudyEvent) -> Result<()> {
        match event {
            StudyEvent::Created(_) => return Err(impossible("it is described a second time".to_owned())),
            StudyEvent::Resumed => self.restarts += 1,
            StudyEvent::Assigned(assigned) => self.assigned(assigned, None)?,
            StudyEvent::Reported(reported) => self.reported(reported)?,
            StudyEvent::Interrupted(interrupted) => self.interrupted(interrupted)?,
            StudyEvent::Waited(waited) => self.waited(*waited)?,
            StudyEvent::Judged(judged) => self.judgements.push(judged.clone()),
            StudyEvent::Enqueued(enqueued) => self.enqueue(enqueued)?,
            StudyEvent::Imported(imported) => self.imported(imported)?,
            StudyEvent::TimedOut => {
                self.is_timed_out = true;
                if let Some(sales) = &mut self.sales {
                    sales.give_up();
                }
            }
            StudyEvent::Market(event) => match &mut self.sales {
                Some(sales) => sales.apply(event)?,
                None => return Err(impossible("it has a market, and no team that bids".to_owned())),
            },
            StudyEvent::Finished => self.finished(),
            StudyEvent::Told(told) => self.told(told)?,
            StudyEvent::Evaluated(evaluated) => self.evaluations.push(evaluated.clone()),
        }
        self.settle_what_is_due();
        Ok(())
    }

    /// Takes in that a slot was given work which takes `span` of the slots' time instead of one unit an epoch: how a
    /// simulation puts seconds in the place of epochs. No log tells such an event.
    pub(super) fn apply_spanning(&mut self, assigned: &Assigned, span: u64) -> Result<()> {
        self.assigned(assigned, Some(span))?;
        self.settle_what_is_due();
        Ok(())
    }

    fn assigned(&mut self, assigned: &Assigned, span: Option<u64>) -> Result<()> {
        let slot = self.slot_index(assigned.slot)?;
        let Slot::Free { at, .. } = self.slots[slot] else {
            return Err(impossible(format!("slot {slot} is given trial {} while it is busy", assigned.trial)));
        };
        let job = Job {
            trial: assigned.trial,
            rung: assigned.rung as usize,
            from_epoch: assigned.from_epoch,
            to_epoch: assigned.to_epoch,
        };
        if job.to_epoch <= job.from_epoch || job.rung >= self.promotions.len() {
            return Err(impossible(format!(
                "trial {} is to climb from {} to {}",
                job.trial, job.from_epoch, job.to_epoch
            )));
        }
        match &assigned.params {
            Some(params) if assigned.trial == self.trials.len() as u64 => {
                if assigned.bracket >= self.config.schedule.brackets() {
                    return Err(impossible(format!("trial {} is put into bracket {}", job.trial, assigned.bracket)));
                }
                self.check_descent(assigned)?;
                if let (Some(sales), Some(member)) = (&mut self.sales, assigned.member) {
                    sales.begin(assigned.trial, member)?;
                }
                if assigned.member.is_none() && self.queue.front() == Some(params) {
                    self.queue.pop_front();
                }
                let params = self.config.space.sharing(params);
                self.history.propose(assigned.trial, assigned.member, params.clone());
                self.trials.push(Trial::new(assigned.trial, assigned.member, params, assigned.bracket));
                match assigned.parent {
                    None => self.standings.start(&self.config.schedule, assigned.bracket),
                    Some(parent) => self.branch(parent, &job),
                }
                self.counts[TrialState::Running as usize] += 1;
            }
            None if assigned.trial < self.trials.len() as u64 => self.climb(&job),
            _ => return Err(impossible(format!("trial {} starts out of turn", assigned.trial))),
        }
        self.epochs.granted += job.cost();
        let until = at.saturating_add(span.unwrap_or_else(|| job.cost()));
        self.slots[slot] = Slot::Busy { at, until, job, report: None };
        Ok(())
    }

    /// A trial that waited, or has just reported, goes on.
    fn climb(&mut self, job: &Job) {
        self.turn(job.trial as usize, TrialState::Running);
        let trial = &self.trials[job.trial as usize];
        if let Some(reached) = trial.rungs.last() {
            self.promotions[reached.rung] += 1;
            if let (Some(sales), Some(member)) = (&mut self.sales, trial.member) {
                sales.promoted(member, reached.rung, job.cost());
            }
            let value = self.config.direction.oriented(reached.value);
            self.standings.go_on(trial.bracket, reached.rung, job.trial, value);
        }
    }

    fn reported(&mut self, reported: &Reported) -> Result<()> {
        let slot = self.slot_index(reported.slot)?;
        match &mut self.slots[slot] {
            Slot::Busy { job, report, .. }
                if report.is_none() && job.trial == reported.trial && job.rung == reported.rung as usize =>
            {
                self.epochs.spent += job.cost();
                self.epochs.wasted += reported.repeated;
                *report = Some(reported.clone());
                Ok(())
            }
            _ => Err(impossible(format!(
                "slot {slot} reports trial {} on rung {}, which it does not work on",
                reported.trial, reported.rung
            ))),
        }
    }

    fn interrupted(&mut self, interrupted: &Interrupted) -> Result<()> {
        let slot = self.slot_index(interrupted.slot)?;
        match &self.slots[slot] {
            Slot::Busy { job, report: None, .. } if job.trial == interrupted.trial => {
                self.epochs.wasted += interrupted.epochs;
                Ok(())
            }
            _ => Err(impossible(format!("slot {slot} lost trial {}, which it does not work on", interrupted.trial))),
        }
    }

    fn told(&mut self, told: &Told) -> Result<()> {
        let is_open = self.trials.get(told.trial as usize).is_some_and(|trial| !trial.state.is_over());
        if !is_open || self.told.contains_key(&told.trial) {
            return Err(impossible(format!("trial {} is told of, which waits for no answer", told.trial)));
        }
        self.trials[told.trial as usize].seconds += told.seconds;
        self.told.insert(told.trial, told.clone());
        Ok(())
    }

    fn waited(&mut self, waited: Waited) -> Result<()> {
        let slot = self.slot_index(waited.slot)?;
        match &mut self.slots[slot] {
            Slot::Free { at, .. } if *at <= waited.until => {
                *at = waited.until;
                Ok(())
            }
            _ => Err(impossible(format!("slot {slot} waits until {} while it is busy", waited.until))),
        }
    }

    fn finished(&mut self) {
        self.is_finished = true;
        // What is still running here is held by a free slot that could not afford its next rung.
        for trial in 0..self.trials.len() {
            if !self.trials[trial].state.is_over() {
                self.turn(trial, TrialState::Stopped);
            }
        }
    }

    /// Puts a trial into a state.
    fn turn(&mut self, trial: usize, state: TrialState) {
        let before = std::mem::replace(&mut self.trials[trial].state, state);
        if state.is_over() {
            self.told.remove(&(trial as u64));
        }
        self.counts[before as usize] -= 1;
        self.counts[state as usize] += 1;
        if state == TrialState::Completed {
            self.join_front(trial as u64);
        }
        if state == TrialState::Failed {
            self.note_failure(trial as u64);
        }
        let is_better = |other: u64| self.merit(trial as u64) > self.merit(other);
        if state == TrialState::Completed && self.best.is_none_or(is_better) {
            self.best = Some(trial as u64);
            self.bests.push(trial as u64);
        }
    }

    /// What a trial's value is worth; of equal ones the earlier trial's is worth more.
    fn merit(&self, trial: u64) -> (Total, std::cmp::Reverse<u64>) {
        let value =
            self.trials[trial as usize].value().map_or(f64::NEG_INFINITY, |v| self.config.direction.oriented(v));
        (Total(value), std::cmp::Reverse(trial))
    }

    fn settle_what_is_due(&mut self) {
        while let Some(Due::Report(slot)) = slot::due(&self.slots) {
            self.settle(slot);
        }
    }

    /// Makes a slot's report visible to sampler and scheduler.
    fn settle(&mut self, slot: usize) {
        let freed = Slot::Free { at: self.slots[slot].time(), trial: None };
        let Slot::Busy { job, report: Some(report), .. } = std::mem::replace(&mut self.slots[slot], freed) else {
            return;
        };
        if let Some(sales) = &mut self.sales {
            sales.settled(job.trial);
        }
        let trial = &mut self.trials[job.trial as usize];
        trial.agent = Some(report.agent);
        trial.seconds += report.seconds;
        let state = match report.outcome {
            Outcome::Failed(reason) => {
                trial.failure = Some(reason);
                self.history.record(Observation {
                    trial: job.trial,
                    member: trial.member,
                    params: trial.params.clone(),
                    epochs: job.to_epoch,
                    rung: job.rung as u32,
                    value: f64::NAN,
                    further: Vec::new(),
                    failed: true,
                });
                let stood_on = trial.rungs.last().map(|reached| reached.rung);
                let began_on = trial.parent.map(|parent| parent.rung as usize);
                self.standings.fail(&self.config.schedule, job.trial, stood_on.or(began_on));
                TrialState::Failed
            }
            Outcome::Reached { value, checkpoint, is_done, further } => {
                let oriented = self.config.direction.oriented(value);
                let oriented_further = oriented_all(&self.config.goals, &further);
                trial.reach(RungResult { rung: job.rung, epochs: job.to_epoch, value, further, checkpoint });
                self.history.record(Observation {
                    trial: job.trial,
                    member: trial.member,
                    params: trial.params.clone(),
                    epochs: job.to_epoch,
                    rung: job.rung as u32,
                    value: oriented,
                    further: oriented_further,
                    failed: false,
                });
                let direction = self.config.direction;
                let values: Vec<(usize, f64)> =
                    trial.rungs.iter().map(|reached| (reached.rung, direction.oriented(reached.value))).collect();
                let arrival =
                    Arrival { trial: job.trial, bracket: trial.bracket, rung: job.rung, values: &values, is_done };
                match self.standings.reach(&self.config.schedule, arrival) {
                    Passage::Ends => TrialState::Completed,
                    Passage::Waits => TrialState::Paused,
                    Passage::GoesOn => TrialState::Running,
                    Passage::Stops => TrialState::Stopped,
                }
            }
        };
        self.born(&job);
        if state == TrialState::Running {
            self.slots[slot].keep(job.trial);
        }
        self.turn(job.trial as usize, state);
    }

    fn slot_index(&self, slot: u32) -> Result<usize> {
        let index = slot as usize;
        if index < self.slots.len() {
            Ok(index)
        } else {
            Err(impossible(format!("slot {slot} of {}", self.slots.len())))
        }
    }
}

/// A float in its total order.
#[derive(Clone, Copy, Debug)]
struct Total(f64);

impl PartialEq for Total {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Total {}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Total {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn impossible(what: String) -> Error {
    Error::new(Code::Corrupt, format!("the study's log tells an impossible story: {what}"))
}

#[cfg(test)]
mod tests;
