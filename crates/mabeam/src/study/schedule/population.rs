//! The places of a population: who has one, which ones are vacant, and who goes on next.

use std::collections::BTreeSet;

use super::{Choice, Pbt, Rung};

/// A place whose member failed after it had reached a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Vacancy {
    trial: u64,
    rung: usize,
}

/// The places of a population.
#[derive(Clone, Debug, Default)]
pub(super) struct Population {
    /// How many places were ever taken and not given up.
    places: u32,
    vacancies: Vec<Vacancy>,
    /// The members from whose checkpoints nobody may go on: they failed, or others took their places.
    lost: BTreeSet<u64>,
}

impl Population {
    /// A trial starts from nothing: it has a new place, or that of one that failed on a rung where nobody else is.
    pub(super) fn start(&mut self, pbt: &Pbt, rungs: &[Rung]) {
        if self.places < pbt.population {
            self.places += 1;
        } else if let Some(at) =
            self.vacancies.iter().position(|vacancy| self.parents_for(pbt, rungs, vacancy).is_empty())
        {
            self.vacancies.remove(at);
        }
    }

    /// A child takes the place of `replaced`.
    pub(super) fn branch(&mut self, replaced: u64) {
        self.vacancies.retain(|vacancy| vacancy.trial != replaced);
        self.lost.insert(replaced);
    }

    /// A member failed that stood on `rung`, or on none.
    pub(super) fn fail(&mut self, trial: u64, rung: Option<usize>) {
        self.lost.insert(trial);
        match rung {
            Some(rung) => self.vacancies.push(Vacancy { trial, rung }),
            None => self.places = self.places.saturating_sub(1),
        }
    }

    fn parents_for(&self, pbt: &Pbt, rungs: &[Rung], vacancy: &Vacancy) -> Vec<u64> {
        pbt.strong(&rungs[vacancy.rung], |trial| self.lost.contains(&trial), true)
    }

    /// Those whom the child that takes the place of `replaces`, on `rung`, may descend from.
    pub(super) fn parents(&self, pbt: &Pbt, rungs: &[Rung], replaces: u64, rung: usize) -> Vec<u64> {
        let vacancy = Vacancy { trial: replaces, rung };
        if self.vacancies.contains(&vacancy) {
            return self.parents_for(pbt, rungs, &vacancy);
        }
        pbt.strong(&rungs[rung], |trial| trial == replaces || self.lost.contains(&trial), false)
    }

    /// Decides what a slot with room does: a vacant place is filled, then the population is completed, then whoever
    /// has had fewest epochs goes on, or is replaced where it is weak.
    pub(super) fn choose(
        &self,
        pbt: &Pbt,
        rungs: &[Rung],
        cost_above: impl Fn(usize) -> u64,
        left: u64,
        may_start: bool,
    ) -> Choice {
        let is_weak_and_replaceable = |rung: usize, trial: u64, value: f64| {
            may_start && pbt.is_weak(&rungs[rung], trial, value) && !self.parents(pbt, rungs, trial, rung).is_empty()
        };
        if may_start {
            let is_orphaned = |vacancy: &&Vacancy| self.parents_for(pbt, rungs, vacancy).is_empty();
            let fillable = |vacancy: &&Vacancy| !is_orphaned(vacancy) && cost_above(vacancy.rung) <= left;
            if let Some(vacancy) = self.vacancies.iter().find(fillable) {
                return Choice::Branch { replaces: vacancy.trial, rung: vacancy.rung };
            }
            let taken = self.places as usize - self.vacancies.iter().filter(is_orphaned).count();
            if taken < pbt.population as usize && u64::from(pbt.rungs[0]) <= left {
                return Choice::Start;
            }
        }
        // Who stands on the last rung is completed.
        let below = rungs.iter().enumerate().take(rungs.len() - 1);
        for (rung, standing) in below.filter_map(|(rung, on)| Some((rung, on.first_waiting()?))) {
            if cost_above(rung) > left {
                continue;
            }
            return if is_weak_and_replaceable(rung, standing.trial, standing.value) {
                Choice::Branch { replaces: standing.trial, rung }
            } else {
                Choice::Promote { trial: standing.trial, from_rung: rung }
            };
        }
        Choice::Nothing
    }
}

#[cfg(test)]
mod tests;
