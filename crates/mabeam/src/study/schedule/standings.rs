//! What a running study knows of its trials on their rungs, and what follows from it.

use super::median::Averages;
use super::population::Population;
use super::{Choice, Halving, Rung, Schedule};

/// A trial reached a rung.
#[derive(Clone, Copy, Debug)]
pub(in crate::study) struct Arrival<'a> {
    pub(in crate::study) trial: u64,
    pub(in crate::study) bracket: u32,
    pub(in crate::study) rung: usize,
    /// Rung and value of each rung it has reached, this one last; larger values are better.
    pub(in crate::study) values: &'a [(usize, f64)],
    /// It is done before the last rung.
    pub(in crate::study) is_done: bool,
}

/// What becomes of a trial that reached a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::study) enum Passage {
    /// It is completed.
    Ends,
    /// It waits and may go on.
    Waits,
    /// It goes on at once.
    GoesOn,
    /// It ends, because others are better.
    Stops,
}

/// The trials of a study on their rungs.
#[derive(Clone, Debug)]
pub(in crate::study) struct Standings {
    /// By bracket and rung.
    rungs: Vec<Vec<Rung>>,
    /// How many trials each bracket was given.
    started: Vec<u64>,
    /// The completed trials' running averages by rung, under median stopping.
    averages: Vec<Averages>,
    /// The places of a population, under population-based training.
    population: Population,
}

impl Standings {
    /// Nothing was started yet.
    pub(in crate::study) fn new(schedule: &Schedule) -> Self {
        let (rungs, brackets) = (schedule.rungs().len(), schedule.brackets() as usize);
        let averages = match schedule {
            Schedule::MedianStopping(_) => vec![Averages::default(); rungs],
            Schedule::Asha(_) | Schedule::Hyperband(_) | Schedule::Pbt(_) => Vec::new(),
        };
        Self {
            rungs: vec![vec![Rung::default(); rungs]; brackets],
            started: vec![0; brackets],
            averages,
            population: Population::default(),
        }
    }

    /// A trial was started in a bracket, from nothing.
    pub(in crate::study) fn start(&mut self, schedule: &Schedule, bracket: u32) {
        self.started[bracket as usize] += 1;
        if let Schedule::Pbt(pbt) = schedule {
            self.population.start(pbt, &self.rungs[0]);
        }
    }

    /// A trial was started in the place of another, which stands on `rung` with `value`, or failed there and has none.
    pub(in crate::study) fn branch(&mut self, replaced: u64, rung: usize, value: Option<f64>) {
        self.population.branch(replaced);
        if let Some(value) = value {
            self.rungs[0][rung].go_on(replaced, value);
        }
    }

    /// A trial failed that stood on `rung`, or on none.
    pub(in crate::study) fn fail(&mut self, schedule: &Schedule, trial: u64, rung: Option<usize>) {
        if matches!(schedule, Schedule::Pbt(_)) {
            self.population.fail(trial, rung);
        }
    }

    /// Those from whose checkpoints on `rung` a child may begin that takes the place of `replaces`, best first; none
    /// where trials do not descend from each other.
    pub(in crate::study) fn parents(&self, schedule: &Schedule, replaces: u64, rung: usize) -> Vec<u64> {
        match schedule {
            Schedule::Pbt(pbt) => self.population.parents(pbt, &self.rungs[0], replaces, rung),
            _ => Vec::new(),
        }
    }

    /// A trial reached a rung: answers what becomes of it.
    pub(in crate::study) fn reach(&mut self, schedule: &Schedule, arrival: Arrival<'_>) -> Passage {
        let Arrival { trial, rung, values, .. } = arrival;
        let value = values.last().map_or(f64::NEG_INFINITY, |(_, value)| *value);
        let reached = &mut self.rungs[arrival.bracket as usize][rung];
        reached.reach(trial, value);
        let is_completed = arrival.is_done || rung + 1 == schedule.rungs().len();
        match schedule {
            Schedule::MedianStopping(_) if is_completed => {
                self.complete(trial, values);
                Passage::Ends
            }
            _ if is_completed => Passage::Ends,
            Schedule::Asha(asha) | Schedule::Hyperband(super::Hyperband { ladder: asha, .. }) => match asha.halving {
                Halving::Promotion => Passage::Waits,
                Halving::Stopping if asha.goes_on(reached, trial, value) => Passage::GoesOn,
                Halving::Stopping => Passage::Stops,
            },
            Schedule::Pbt(_) => Passage::Waits,
            Schedule::MedianStopping(median) => {
                let best = values.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
                match median.goes_on(schedule.epochs_at(rung), best, &self.averages[rung]) {
                    true => Passage::GoesOn,
                    false => Passage::Stops,
                }
            }
        }
    }

    /// Takes in what a completed trial's values averaged to, rung by rung.
    fn complete(&mut self, trial: u64, values: &[(usize, f64)]) {
        let mut mean = 0.0;
        for (count, (rung, value)) in (1_u32..).zip(values) {
            let share = 1.0 / f64::from(count);
            // Weighted before they are added, so that the sum of large values stays finite.
            mean = mean * (1.0 - share) + value * share;
            self.averages[*rung].insert(trial, mean);
        }
    }

    /// A trial that stands on `rung` with `value` goes on.
    pub(in crate::study) fn go_on(&mut self, bracket: u32, rung: usize, trial: u64, value: f64) {
        self.rungs[bracket as usize][rung].go_on(trial, value);
    }

    /// Decides what a slot with room does that goes on with `kept`, a trial and its rung, or with none.
    ///
    /// `left` are the epochs that may still be granted, `may_start` says whether a new trial is allowed.
    pub(in crate::study) fn choose(
        &self,
        schedule: &Schedule,
        kept: Option<(u64, usize)>,
        left: u64,
        may_start: bool,
    ) -> Choice {
        if let Some((trial, from_rung)) = kept {
            let fits = schedule.cost_above(from_rung) <= left;
            return if fits { Choice::Promote { trial, from_rung } } else { Choice::Nothing };
        }
        let start_if = |is_allowed: bool| if may_start && is_allowed { Choice::Start } else { Choice::Nothing };
        match schedule {
            Schedule::Asha(asha) if asha.halving == Halving::Promotion => asha.choose(&self.rungs[0], left, may_start),
            Schedule::Hyperband(hyperband) if hyperband.ladder.halving == Halving::Promotion => {
                hyperband.choose(&self.rungs, &self.started, left, may_start)
            }
            // Trials that cannot wait compete with those that run beside them, so nothing is kept for their end.
            Schedule::Asha(_) | Schedule::Hyperband(_) => start_if(self.next_bracket(schedule, left).is_some()),
            Schedule::Pbt(pbt) => {
                let cost_above = |rung| schedule.cost_above(rung);
                self.population.choose(pbt, &self.rungs[0], cost_above, left, may_start)
            }
            Schedule::MedianStopping(median) => {
                start_if(left > median.reserve && u64::from(schedule.epochs_at(0)) <= left)
            }
        }
    }

    /// The bracket of the next trial, if its first rung fits into what is left.
    pub(in crate::study) fn next_bracket(&self, schedule: &Schedule, left: u64) -> Option<u32> {
        match schedule {
            Schedule::Hyperband(hyperband) => hyperband.next_bracket(&self.started, left),
            Schedule::Asha(_) | Schedule::MedianStopping(_) | Schedule::Pbt(_) => {
                (u64::from(schedule.epochs_at(0)) <= left).then_some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests;
