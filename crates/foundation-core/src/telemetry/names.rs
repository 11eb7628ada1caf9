//! The table of metrics: the one place where a name, its kind, unit, help and labels stand.
//!
//! Names follow the Prometheus conventions: base units, counters end in `_total`. Label values come from closed sets
//! or from names in the source or in a description with a stated bound (a team has 64 samplers at most), never from
//! data, so that the number of series stays bounded.

use metrics::Unit;

/// What kind of metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only rises.
    Counter,
    /// Rises and falls.
    Gauge,
    /// A distribution.
    Histogram,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name on the wire.
    pub name: &'static str,
    /// What kind it is.
    pub kind: Kind,
    /// What it is measured in; `None` for a bare number.
    pub unit: Option<Unit>,
    /// What it says, in one sentence.
    pub help: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $type:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type(Metric);

            impl $type {
                /// Its row.
                #[must_use]
                pub const fn metric(&self) -> &Metric {
                    &self.0
                }
            }
        )+
    };
}

kinds! {
    /// A row that is a counter.
    CounterName;
    /// A row that is a gauge.
    GaugeName;
    /// A row that is a histogram.
    HistogramName;
}

macro_rules! table {
    ($($constant:ident: $type:ident($kind:ident) $name:literal [$($label:literal),*] $unit:expr, $help:literal;)+) => {
        $(
            #[doc = concat!("`", $name, "`: ", $help)]
            pub const $constant: $type = $type(Metric {
                name: $name,
                kind: Kind::$kind,
                unit: $unit,
                help: $help,
                labels: &[$($label),*],
            });
        )+

        /// Every row.
        pub const ALL: &[Metric] = &[$($constant.0),+];
    };
}

table! {
    PROCESS_STARTS: CounterName(Counter) "foundation_process_starts_total" [] Some(Unit::Count),
        "Lives of processes that were begun, restarts included.";
    PROCESS_RESTARTS: CounterName(Counter) "foundation_process_restarts_total" ["child"] Some(Unit::Count),
        "Restarts that supervisors made, by the child's name.";
    PROCESS_MESSAGES: CounterName(Counter) "foundation_process_messages_total" ["outcome"] Some(Unit::Count),
        "Messages by what became of them: handled, rejected, undelivered.";
    PROCESS_MAILBOX_MESSAGES: GaugeName(Gauge) "foundation_process_mailbox_messages" ["process"] Some(Unit::Count),
        "Messages that wait, over all processes of a name.";
    ECOSYSTEM_ITEMS: CounterName(Counter) "foundation_ecosystem_items_total" ["ecosystem", "outcome"] Some(Unit::Count),
        "Items by how they ended: done, failed, cancelled, shut_down, and refused where they were never accepted.";
    ECOSYSTEM_REDISTRIBUTED: CounterName(Counter) "foundation_ecosystem_redistributed_total" ["ecosystem"]
        Some(Unit::Count),
        "Items that were handed out again, because their worker died or failed with them.";
    ECOSYSTEM_BACKLOG: GaugeName(Gauge) "foundation_ecosystem_backlog_items" ["ecosystem"] Some(Unit::Count),
        "Accepted items that wait for a worker.";
    ISOLATED: CounterName(Counter) "foundation_isolated_runs_total" ["owner", "outcome"] Some(Unit::Count),
        "Work on threads of its own by how it ended for its caller: done, panicked, timed_out, cancelled, not_started.";
    ISOLATED_ABANDONED: GaugeName(Gauge) "foundation_isolated_abandoned_threads" ["owner"] Some(Unit::Count),
        "Threads of isolated work that nobody waits for any more and that have not ended.";
    LOG_APPENDS: CounterName(Counter) "foundation_log_appends_total" ["outcome"] Some(Unit::Count),
        "Appends to the event log by how they ended: appended, duplicate, failed.";
    LOG_APPEND_SECONDS: HistogramName(Histogram) "foundation_log_append_seconds" [] Some(Unit::Seconds),
        "Time from the call of an append to its answer.";
    LOG_EVENTS: CounterName(Counter) "foundation_log_events_total" [] Some(Unit::Count),
        "Events that appends added to the event log.";
    HTTP_REQUESTS: CounterName(Counter) "foundation_http_requests_total" ["route", "status"] Some(Unit::Count),
        "Requests that the server of operations and studies answered, by route and status.";
    TRIALS: CounterName(Counter) "mabeam_trials_total" ["state"] Some(Unit::Count),
        "Trials by how they ended.";
    RUNG_PROMOTIONS: CounterName(Counter) "mabeam_rung_promotions_total" ["rung"] Some(Unit::Count),
        "Trials that a scheduler let go on beyond a rung.";
    EPOCHS: CounterName(Counter) "mabeam_epochs_total" ["kind"] Some(Unit::Count),
        "Epochs trained: spent in all, and wasted because they were trained again or thrown away.";
    TRIALS_RUNNING: GaugeName(Gauge) "mabeam_trials_running" [] Some(Unit::Count),
        "Trials that run now.";
    BEST_VALUE: GaugeName(Gauge) "mabeam_best_value" [] None,
        "The best value of the objective so far.";
    SAMPLER_TRIALS: CounterName(Counter) "mabeam_sampler_trials_total" ["sampler"] Some(Unit::Count),
        "Trials that each sampler of a team proposed.";
    MARKET_BALANCE: GaugeName(Gauge) "mabeam_market_balance_units" ["account"] None,
        "What each account of a team's market holds: a sampler's by its name, house, escrow.";
    MARKET_PRICE: GaugeName(Gauge) "mabeam_market_clearing_price_units" [] None,
        "The price of the start that was sold last.";
}

#[cfg(test)]
mod tests;
