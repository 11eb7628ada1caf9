//! Checkpoints that stand in memory alone: of early rungs, where training again costs less than a write.

use std::collections::BTreeMap;

/// The most bytes that stand in memory; what comes then is written.
pub(super) const MOST_BYTES: usize = 32 << 20;

/// The newest such checkpoint of each trial.
#[derive(Debug, Default)]
pub(super) struct Held {
    trials: BTreeMap<u64, (String, Vec<u8>)>,
    bytes: usize,
}

impl Held {
    /// Takes a checkpoint in place of the trial's last one; answers whether there is room.
    pub(super) fn hold(&mut self, trial: u64, hash: &str, checkpoint: &[u8]) -> bool {
        self.forget(trial);
        if self.bytes + checkpoint.len() > MOST_BYTES {
            return false;
        }
        self.bytes += checkpoint.len();
        self.trials.insert(trial, (hash.to_owned(), checkpoint.to_vec()));
        true
    }

    /// The trial's checkpoint of this hash.
    pub(super) fn get(&self, trial: u64, hash: &str) -> Option<&[u8]> {
        let (of, checkpoint) = self.trials.get(&trial)?;
        (of == hash).then_some(checkpoint.as_slice())
    }

    /// Lets go of a trial's checkpoint.
    pub(super) fn forget(&mut self, trial: u64) {
        if let Some((_, checkpoint)) = self.trials.remove(&trial) {
            self.bytes -= checkpoint.len();
        }
    }

    /// Lets go of the checkpoints of all trials for which `is_over` answers so.
    pub(super) fn sweep(&mut self, is_over: impl Fn(u64) -> bool) {
        let over: Vec<u64> = self.trials.keys().copied().filter(|trial| is_over(*trial)).collect();
        over.into_iter().for_each(|trial| self.forget(trial));
    }
}

#[cfg(test)]
mod tests;
