//! A study in numbers, for Prometheus. The counts are the study's own, so they do not fall when a process dies.

use foundation_core::Telemetry;
use foundation_core::telemetry::names;
use metrics::{Counter, Gauge};

use super::state::{StudyState, TrialState};
use super::team::TeamConfig;
use crate::market::Market;

/// Handles of one study's metrics.
#[derive(Debug)]
pub(crate) struct StudyMeters {
    ended: Vec<(TrialState, Counter)>,
    promotions: Vec<Counter>,
    spent: Counter,
    wasted: Counter,
    running: Gauge,
    best: Gauge,
    market: Option<MarketMeters>,
}

/// Handles of a team's market, its members in order.
#[derive(Debug)]
struct MarketMeters {
    trials: Vec<Counter>,
    balances: Vec<Gauge>,
    house: Gauge,
    escrow: Gauge,
    price: Gauge,
}

impl MarketMeters {
    fn new(telemetry: &Telemetry, team: &TeamConfig) -> Self {
        let names = || team.members.iter().map(|member| member.name.as_str());
        Self {
            trials: names().map(|name| telemetry.counter(names::SAMPLER_TRIALS, &[name])).collect(),
            balances: names().map(|name| telemetry.gauge(names::MARKET_BALANCE, &[name])).collect(),
            house: telemetry.gauge(names::MARKET_BALANCE, &["house"]),
            escrow: telemetry.gauge(names::MARKET_BALANCE, &["escrow"]),
            price: telemetry.gauge(names::MARKET_PRICE, &[]),
        }
    }

    fn show(&self, market: &Market) {
        for (record, counter) in market.records().iter().zip(&self.trials) {
            counter.absolute(record.starts);
        }
        let ledger = market.ledger();
        for (balance, gauge) in ledger.balances().iter().zip(&self.balances) {
            gauge.set(*balance as f64);
        }
        self.house.set(ledger.house() as f64);
        self.escrow.set(ledger.escrow() as f64);
        if let Some(price) = market.last_price() {
            self.price.set(price as f64);
        }
    }
}

impl StudyMeters {
    pub(crate) fn new(telemetry: &Telemetry, n_rungs: usize, team: &TeamConfig) -> Self {
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
            market: team.market.as_ref().map(|_| MarketMeters::new(telemetry, team)),
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
        if let (Some(meters), Some(market)) = (&self.market, state.market()) {
            meters.show(market);
        }
    }
}
