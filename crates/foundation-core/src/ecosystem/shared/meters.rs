//! What an ecosystem measures.

use metrics::{Counter, Gauge};

use crate::ecosystem::book::Ending;
use crate::telemetry::{Telemetry, names};

pub(super) struct Meters {
    done: Counter,
    failed: Counter,
    cancelled: Counter,
    shut_down: Counter,
    refused: Counter,
    redistributed: Counter,
    backlog: Gauge,
}

impl Meters {
    pub(super) fn new(telemetry: &Telemetry, name: &'static str) -> Self {
        let items = |outcome| telemetry.counter(names::ECOSYSTEM_ITEMS, &[name, outcome]);
        Self {
            done: items("done"),
            failed: items("failed"),
            cancelled: items("cancelled"),
            shut_down: items("shut_down"),
            refused: items("refused"),
            redistributed: telemetry.counter(names::ECOSYSTEM_REDISTRIBUTED, &[name]),
            backlog: telemetry.gauge(names::ECOSYSTEM_BACKLOG, &[name]),
        }
    }

    pub(super) fn done(&self) {
        self.done.increment(1);
    }

    pub(super) fn settled(&self, ending: Ending) {
        match ending {
            Ending::Failed => self.failed.increment(1),
            Ending::Cancelled => self.cancelled.increment(1),
            Ending::ShutDown => self.shut_down.increment(1),
        }
    }

    pub(super) fn refused(&self) {
        self.refused.increment(1);
    }

    pub(super) fn again(&self) {
        self.redistributed.increment(1);
    }

    pub(super) fn backlog(&self, queued: usize) {
        self.backlog.set(queued as f64);
    }
}
