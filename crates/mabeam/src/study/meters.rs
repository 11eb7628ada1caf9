//! A study in numbers, for Prometheus. The counts are the study's own, so they do not fall when a process dies.

use foundation_core::Telemetry;
use foundation_core::telemetry::names;
use metrics::{Counter, Gauge};

use super::state::{StudyState, TrialState};

/// Handles of one study's metrics.
#[derive(Debug)]
pub(crate) struct StudyMeters {
    ended: Vec<(TrialState, Counter)>,
    promotions: Vec<Counter>,
    spent: Counter,
    wasted: Counter,
    running: Gauge,
    best: Gauge,
}

impl StudyMeters {
    pub(crate) fn new(telemetry: &Telemetry, n_rungs: usize) -> Self {
        let ended =
            [(TrialState::Completed, "completed"), (TrialState::Stopped, "stopped"), (TrialState::Failed, "failed")];
        Self {
            ended: ended.map(|(state, name)| (state, telemetry.counter(names::TRIALS, &[name]))).into(),
            // From the last rung nobody is promoted.
            promotions: (1..n_rungs)
                .map(|rung| telemetry.counter(names::RUNG_PROMOTIONS, &[&(rung - 1).to_string()]))
                .collect(),
            spent: telemetry.counter(names::EPOCHS, &["spent"]),
            wasted: telemetry.counter(names::EPOCHS, &["wasted"]),
            running: telemetry.gauge(names::TRIALS_RUNNING, &[]),
            best: telemetry.gauge(names::BEST_VALUE, &[]),
        }
    }

    /// Shows the study as it stands.
    pub(crate) fn show(&self, state: &StudyState) {
        for (ended, counter) in &self.ended {
            counter.absolute(state.count(*ended) as u64);
        }
        for (counter, promoted) in self.promotions.iter().zip(state.promotions()) {
            counter.absolute(*promoted);
        }
        self.spent.absolute(state.epochs().spent);
        self.wasted.absolute(state.epochs().wasted);
        self.running.set(state.count(TrialState::Running) as f64);
        if let Some(best) = state.best().and_then(|trial| trial.value()) {
            self.best.set(best);
        }
    }
}
