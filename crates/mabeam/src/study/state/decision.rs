//! The decision that is due, as a pure function of the state.

use super::super::ask::outcome;
use super::super::event::{Assigned, Reported, StudyEvent, Waited};
use super::super::schedule::Choice;
use super::super::space::Params;
use super::slot::{Due, due};
use super::{Slot, StudyState};

/// What has to be decided next. Each case that is no event needs an answer from outside, which becomes one.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// A start is to find its owner: the market decides, and may want bids.
    Offer {
        /// What the start costs, in epochs.
        cost: u64,
    },
    /// A trial starts: the sampler has to be asked for its parameters.
    Start {
        /// The trial's number.
        trial: u64,
        /// Who is asked, by the place in the team.
        member: u32,
        /// The event that it becomes, still without parameters.
        assigned: Assigned,
    },
    /// Nothing has to be asked: the event that it becomes.
    Event(StudyEvent),
}

impl Decision {
    /// The event of a start, with the parameters and who of the team gave them.
    #[must_use]
    pub fn started(mut assigned: Assigned, member: Option<u32>, params: Params) -> StudyEvent {
        assigned.member = member;
        assigned.params = Some(params);
        StudyEvent::Assigned(assigned)
    }
}

impl StudyState {
    /// The decision that is due, if the work that it rests on was reported.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        if self.is_finished() {
            return None;
        }
        // Its own terms were checked, and who is owed something is a member: there is no error to be had here.
        if let Some(Ok(Some(event))) = self.sales.as_ref().map(|sales| sales.settlement()) {
            return Some(Decision::Event(StudyEvent::Market(event)));
        }
        if self.is_timed_out() {
            return Some(Decision::Event(StudyEvent::Finished));
        }
        if let Some(reported) = self.told_ahead() {
            return Some(Decision::Event(StudyEvent::Reported(reported)));
        }
        let Some(Due::Decision(slot)) = due(self.slots()) else { return None };
        let Slot::Free { at, trial } = self.slots()[slot] else { return None };
        let schedule = &self.config().schedule;
        let left = self.config().budget.saturating_sub(self.epochs().granted);
        let kept = trial.and_then(|trial| Some((trial, self.trials()[trial as usize].rungs.last()?.rung)));
        let assigned = |trial: u64, bracket: u32, rung: usize, from_epoch: u32| Assigned {
            slot: slot as u32,
            at,
            trial,
            params: None,
            member: None,
            bracket,
            parent: None,
            rung: rung as u32,
            from_epoch,
            to_epoch: schedule.epochs_at(rung),
        };
        Some(match self.standings.choose(schedule, kept, left, self.may_start()) {
            Choice::Promote { trial, from_rung } => {
                let bracket = self.trials()[trial as usize].bracket;
                let from_epoch = schedule.epochs_at(from_rung);
                Decision::Event(StudyEvent::Assigned(assigned(trial, bracket, from_rung + 1, from_epoch)))
            }
            Choice::Branch { replaces, rung } => {
                let from_epoch = schedule.epochs_at(rung);
                let assigned = assigned(self.trials().len() as u64, 0, rung + 1, from_epoch);
                Decision::Event(StudyEvent::Assigned(self.descended(assigned, replaces, rung)))
            }
            Choice::Start => {
                let trial = self.trials().len() as u64;
                // Nothing starts where no bracket has room, so there is one.
                let bracket = self.standings.next_bracket(schedule, left).unwrap_or(0);
                let assigned = assigned(trial, bracket, bracket as usize, 0);
                match self.enqueued_next() {
                    Some(params) => Decision::Event(Decision::started(assigned, None, params.clone())),
                    None => match &self.sales {
                        None => Decision::Start { trial, member: 0, assigned },
                        Some(sales) => match sales.owner() {
                            Some(member) => Decision::Start { trial, member, assigned },
                            None => Decision::Offer { cost: u64::from(assigned.to_epoch - assigned.from_epoch) },
                        },
                    },
                }
            }
            Choice::Nothing => Decision::Event(match self.next_report() {
                Some(until) => StudyEvent::Waited(Waited { slot: slot as u32, until }),
                None => StudyEvent::Finished,
            }),
        })
    }

    /// The report of a piece of work whose end was told before the work was given.
    fn told_ahead(&self) -> Option<Reported> {
        if self.told.is_empty() {
            return None;
        }
        self.slots().iter().enumerate().find_map(|(slot, held)| {
            let job = held.open_job()?;
            let told = self.told_of(job.trial)?;
            let is_last = job.rung + 1 == self.config().schedule.rungs().len();
            Some(Reported {
                slot: slot as u32,
                trial: job.trial,
                rung: job.rung as u32,
                outcome: outcome(&told.values, Some(&told.answer), job.to_epoch, is_last)?,
                repeated: 0,
                agent: told.agent,
                seconds: 0.0,
            })
        })
    }

    /// Whether one more trial may start.
    fn may_start(&self) -> bool {
        self.config().max_trials.is_none_or(|most| self.n_started() < most)
    }

    /// When the next piece of work ends, in the study's time.
    fn next_report(&self) -> Option<u64> {
        self.slots().iter().filter(|slot| matches!(slot, Slot::Busy { .. })).map(Slot::time).min()
    }
}
