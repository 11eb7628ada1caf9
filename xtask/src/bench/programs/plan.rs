//! When who is killed: drawn before a study begins, and moved where a trial was quicker than the kill.

use std::collections::BTreeSet;

use foundation_core::port::entropy::RandomStream;

use super::{EPOCHS, TRIALS};

/// The last epochs of a trial are too near to its end to be sure that a kill finds it at work.
const MARGIN: u32 = 3;
/// How many trials lie between the place of a kill that came too late and its new one.
const LATER: u64 = 2;

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Victim {
    /// The binary that runs the study.
    Study,
    /// The program of one trial.
    Program,
    /// The worker that has the trial.
    Worker,
}

/// One kill: as soon as the trial has trained so many epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blow {
    pub(super) victim: Victim,
    pub(super) trial: u64,
    pub(super) epoch: u32,
}

/// The kills that are still to come.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    left: Vec<Blow>,
    /// No trial is hit twice, so that no program crashes more often than it is tried again.
    used: BTreeSet<u64>,
}

impl Plan {
    /// Draws so many kills of each victim, at different trials.
    pub(super) fn draw(seed: u64, victims: &[(Victim, usize)]) -> Self {
        let mut random = RandomStream::new(seed, 11);
        let mut trials: Vec<u64> = (0..TRIALS).collect();
        random.shuffle(&mut trials);
        let victims = victims.iter().flat_map(|(victim, n)| std::iter::repeat_n(*victim, *n));
        let mut left: Vec<Blow> = victims
            .zip(trials)
            .map(|(victim, trial)| Blow { victim, trial, epoch: 1 + random.below(EPOCHS - MARGIN) })
            .collect();
        left.sort_by_key(|blow| blow.trial);
        let used = left.iter().map(|blow| blow.trial).collect();
        Self { left, used }
    }

    /// The kill that is due, where `epochs` tells how many epochs a trial has trained by now. One whose trial is at its
    /// end already moves to a later trial; where there is none, it is given up.
    pub(super) fn due(&mut self, epochs: impl Fn(u64) -> u32) -> Option<Blow> {
        let mut at = 0;
        while let Some(blow) = self.left.get(at).copied() {
            let trained = epochs(blow.trial);
            if trained >= EPOCHS {
                let later = (blow.trial + LATER..TRIALS).find(|trial| !self.used.contains(trial));
                match later {
                    Some(trial) => {
                        self.used.insert(trial);
                        self.left[at].trial = trial;
                    }
                    None => {
                        self.left.remove(at);
                    }
                }
            } else if trained >= blow.epoch {
                return Some(self.left.remove(at));
            } else {
                at += 1;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
