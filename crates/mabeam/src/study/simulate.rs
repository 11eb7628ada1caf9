//! A study on a clock of its own: any number of workers, none of them real, in no more time than the decisions take.
//!
//! What a trial would reach and how long it would take is looked up in a table ([`Tabulated`]) or computed from a
//! model. Everything else is the study itself: its [`StudyState`] decides, its sampler proposes. The state's slots have
//! a time of their own, which a real study counts in epochs, because these are known before the work is done; here the
//! seconds are known as well, so the slots count microseconds, and a worker is free at the moment its work ends. So
//! what is simulated are the dynamics of an asynchronous study in which no worker waits for another.
//!
//! Source of the idea: Salinas et al., "Syne Tune: A Library for Large Scale Hyperparameter Tuning and Reproducible
//! Research", AutoML-Conf 2022.

mod timeline;

use foundation_core::{Code, Error, Result};

use super::event::{Assigned, Outcome, Reported, StudyEvent};
use super::objective::TrialError;
use super::proposal::{Basis, propose};
use super::proposer::stream_of_offer;
use super::run::Study;
use super::schedule::Halving;
use super::space::Params;
use super::state::{Decision, StudyState};
use super::team::{Team, TeamMember};

pub use timeline::{Improvement, Simulated, Stretched};

/// Microseconds a second: the slots' unit of time in a simulation.
const TICKS: f64 = 1e6;
/// The longest piece of work, in seconds: 300 years, with which 2^64 microseconds are not reached by 1,000 of them.
const LONGEST: f64 = 1e10;

/// What a piece of work would have come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookedUp {
    /// The objective after the last epoch. What is not finite is a failure of the trial.
    pub value: f64,
    /// How long a worker takes for these epochs, in seconds; not negative.
    pub seconds: f64,
}

/// A benchmark that is looked up instead of being run.
///
/// ```
/// use mabeam::{LookedUp, Params, RandomSampler, SearchSpace, Study, Tabulated, TrialError};
///
/// /// Larger networks are better and take longer.
/// struct Sizes;
///
/// impl Tabulated for Sizes {
///     fn look_up(&self, params: &Params, from_epoch: u32, to_epoch: u32) -> Result<LookedUp, TrialError> {
///         let units = params.int("units")? as f64;
///         Ok(LookedUp { value: 1.0 - 1.0 / units, seconds: units * f64::from(to_epoch - from_epoch) })
///     }
/// }
///
/// let space = SearchSpace::builder().int("units", 1, 100).build()?;
/// let study = Study::new("sizes", space).trials(1_000).sampler(std::sync::Arc::new(RandomSampler));
/// let alone = study.clone().slots(1).simulate(&Sizes)?;
/// let many = study.slots(100).simulate(&Sizes)?;
/// assert_eq!(alone.utilisation(), 1.0);
/// assert!(alone.seconds() / many.seconds() > 80.0);
/// # Ok::<(), foundation_core::Error>(())
/// ```
pub trait Tabulated {
    /// What training `params` from `from_epoch` to `to_epoch` would have come to. Depends on the arguments alone.
    ///
    /// # Errors
    /// [`TrialError`] where these parameters cannot be trained: the trial fails, at once and at no cost.
    fn look_up(&self, params: &Params, from_epoch: u32, to_epoch: u32) -> std::result::Result<LookedUp, TrialError>;
}

impl Study {
    /// Runs the study against a table, on a clock of its own, with as many workers as it has slots.
    ///
    /// Nothing is logged and nothing waits. A time limit and critics do not count. The same study and the same table give the same answer, bit for bit.
    ///
    /// # Errors
    /// `InvalidStudy` for settings that do not fit together, and for a table that answers a time that is negative, not
    /// finite or longer than 300 years.
    pub fn simulate(self, table: &dyn Tabulated) -> Result<Simulated> {
        let (team, beginnings) = (self.team.clone(), self.beginnings.clone());
        let config = self.config(Halving::Promotion)?;
        if config.schedule.needs_checkpoints() {
            let what = format!("study `{}`: a table has no checkpoints, which {} needs", config.name, config.schedule);
            return Err(Error::new(Code::InvalidStudy, what).advise("simulate it under another schedule"));
        }
        if !config.goals.is_empty() {
            let what = format!("study `{}` has several objectives, and a table one value", config.name);
            return Err(Error::new(Code::InvalidStudy, what));
        }
        let mut state = StudyState::new(config);
        for event in &beginnings {
            state.apply(event).map_err(|error| error.during("begin a simulated study"))?;
        }
        let mut stretches = Vec::new();
        while let Some(decision) = state.decision() {
            match event_of(decision, &state, &team)? {
                StudyEvent::Assigned(assigned) => {
                    let (outcome, ticks) = measure(table, &assigned, &state)?;
                    stretches.push(Stretched::new(&assigned, ticks));
                    state.apply_spanning(&assigned, ticks)?;
                    // Told at once; it is seen when the slot's time has come.
                    state.apply(&reported(&assigned, outcome, ticks))?;
                }
                other => state.apply(&other)?,
            }
        }
        Ok(Simulated::new(state, stretches))
    }
}

/// The event that a decision becomes, as the processes of the team would answer it.
fn event_of(decision: Decision, state: &StudyState, team: &Team) -> Result<StudyEvent> {
    Ok(match decision {
        Decision::Event(event) => event,
        Decision::Offer { cost } => {
            let Some(market) = state.market() else {
                return Err(Error::new(Code::Internal, "a start is offered, and there is no market"));
            };
            let bid = |(member, of): (usize, &TeamMember)| {
                let member = member as u32;
                let record = market.record(member).cloned().unwrap_or_default();
                Ok(of.bidding.bid(&market.standing(member)?, &record))
            };
            let bids = team.members().iter().enumerate().map(bid).collect::<Result<Vec<u64>>>()?;
            let mut random = stream_of_offer(state.config().seed, market.round());
            StudyEvent::Market(market.next_owner(cost, &bids, &mut random)?)
        }
        Decision::Start { trial, member, assigned } => {
            let config = state.config();
            let (space, history) = (config.space.clone(), state.history().clone());
            let (seed, objectives) = (config.seed, config.goals.len() + 1);
            let basis = Basis { trial, member, seed, space, history, objectives };
            let params = propose(&*team.members()[member as usize].sampler, &basis)?;
            Decision::started(assigned, Some(member), state.instead_of(trial, params))
        }
    })
}

/// How a piece of work ends, and after how many microseconds.
fn measure(table: &dyn Tabulated, assigned: &Assigned, state: &StudyState) -> Result<(Outcome, u64)> {
    let trials = state.trials();
    let known = trials.get(assigned.trial as usize).map(|trial| &trial.params);
    let Some(params) = assigned.params.as_ref().or(known) else {
        return Err(Error::new(Code::Internal, format!("trial {} starts without parameters", assigned.trial)));
    };
    let looked_up = match table.look_up(params, assigned.from_epoch, assigned.to_epoch) {
        Ok(looked_up) => looked_up,
        Err(error) => return Ok((Outcome::Failed(error.message().to_owned()), 0)),
    };
    let LookedUp { value, seconds } = looked_up;
    if !(0.0..=LONGEST).contains(&seconds) {
        return Err(Error::new(
            Code::InvalidStudy,
            format!("the table says that {params} takes {seconds} seconds to epoch {}", assigned.to_epoch),
        )
        .advise("a table's times are seconds from 0 to 1e10"));
    }
    let outcome = if value.is_finite() {
        Outcome::Reached { value, checkpoint: None, is_done: false, further: Vec::new() }
    } else {
        Outcome::Failed(format!("the value is {value}, which is no finite number"))
    };
    Ok((outcome, (seconds * TICKS).round() as u64))
}

/// The report of a piece of work, by the worker of that slot.
fn reported(assigned: &Assigned, outcome: Outcome, ticks: u64) -> StudyEvent {
    StudyEvent::Reported(Reported {
        slot: assigned.slot,
        trial: assigned.trial,
        rung: assigned.rung,
        outcome,
        repeated: 0,
        agent: assigned.slot,
        seconds: ticks as f64 / TICKS,
    })
}

#[cfg(test)]
mod tests;
