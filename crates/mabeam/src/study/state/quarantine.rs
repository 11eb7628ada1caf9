//! Quarantine: configurations whose trials have failed again and again are not tried once more.
//!
//! Only exactly equal parameters count as one configuration: what fails at one place of a space says nothing certain
//! about the place beside it, and it is the sampler's part to learn from failures.

use super::super::proposer::stream_of_substitute;
use super::super::space::Params;
use super::StudyState;

/// How often a substitute is drawn for a configuration that is in quarantine.
const ATTEMPTS: u32 = 64;

/// A configuration that is not tried any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Quarantined<'a> {
    /// The configuration.
    pub params: &'a Params,
    /// Its trials that failed, in the order in which they did.
    pub trials: &'a [u64],
    /// Why each of them failed.
    pub reasons: Vec<&'a str>,
}

impl StudyState {
    /// A trial failed.
    pub(super) fn note_failure(&mut self, trial: u64) {
        let key = key_of(&self.trials[trial as usize].params);
        self.failures.entry(key).or_default().push(trial);
    }

    /// The configurations whose trials failed as often as the description allows, in a fixed order.
    #[must_use]
    pub fn quarantine(&self) -> Vec<Quarantined<'_>> {
        let is_full = |trials: &&Vec<u64>| trials.len() >= self.config.max_failures as usize;
        let told = |trials: &'_ Vec<u64>| trials.first().copied();
        self.failures
            .values()
            .filter(is_full)
            .filter_map(|trials| {
                let params = &self.trials[told(trials)? as usize].params;
                let reason = |trial: &u64| self.trials[*trial as usize].failure.as_deref().unwrap_or_default();
                Some(Quarantined { params, trials, reasons: trials.iter().map(reason).collect() })
            })
            .collect()
    }

    /// Whether a configuration has failed so often that it is not tried any more.
    #[must_use]
    pub fn is_quarantined(&self, params: &Params) -> bool {
        // Most studies have no failures, and then nothing is written down to look it up.
        let failures = || self.failures.get(&key_of(params)).map_or(0, Vec::len);
        !self.failures.is_empty() && failures() >= self.config.max_failures as usize
    }

    /// Whether a proposal may be tried.
    #[must_use]
    pub fn accept(&self, params: &Params) -> bool {
        !self.is_quarantined(params)
    }

    /// What is tried in place of `proposed`, the proposal for `trial`: itself, unless it is in quarantine; then the
    /// first configuration out of it that is drawn evenly from the space and keeps its constraints. Where all of those
    /// drawn are in quarantine as well, the space has little else, and the proposal is tried again.
    #[must_use]
    pub fn instead_of(&self, trial: u64, proposed: Params) -> Params {
        if self.accept(&proposed) {
            return proposed;
        }
        let space = &self.config.space;
        let mut random = stream_of_substitute(self.config.seed, trial);
        let drawn = (0..ATTEMPTS).map(|_| space.draw(&mut random));
        let mut allowed = drawn.filter(|params| space.satisfies(params) && self.accept(params));
        allowed.next().unwrap_or(proposed)
    }
}

/// A text that is the same for equal parameters and for no others.
fn key_of(params: &Params) -> String {
    // Parameters of a space are finite, so they have a JSON.
    serde_json::to_string(params).unwrap_or_else(|_| params.to_string())
}
