//! The rows: their names, which are those of the command contract, their units and how much work a round is.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What scripts know it by.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) kind: Kind,
    /// Operations of one round, or processes.
    pub(crate) size: u64,
}

/// How a row is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Operations a second.
    Rate,
    /// The time that something takes.
    Time,
    /// The memory that processes take, in a program of their own.
    Idle,
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// Every row, in the order in which they are measured.
pub(crate) const ROWS: &[Row] = &[
    row("call_1", "calls/s", Kind::Rate, 200_000),
    row("call_64", "calls/s", Kind::Rate, 256_000),
    row("cast_1_1", "messages/s", Kind::Rate, 1_000_000),
    row("cast_4_1", "messages/s", Kind::Rate, 1_000_000),
    row("cast_bounded_1_1", "messages/s", Kind::Rate, 500_000),
    row("cast_bounded_4_1", "messages/s", Kind::Rate, 500_000),
    row("ring", "hops/s", Kind::Rate, 1_000_000),
    row("start_stop", "starts/s", Kind::Rate, 20_000),
    row("start_stop_named", "starts/s", Kind::Rate, 20_000),
    row("restart_kill", "µs", Kind::Time, 1_000),
    row("restart_panic", "µs", Kind::Time, 1_000),
    row("ecosystem_up_1000", "ms", Kind::Time, 1_000),
    row("ecosystem_down_1000", "ms", Kind::Time, 1_000),
    row("ecosystem_up_10000", "ms", Kind::Time, 10_000),
    row("ecosystem_down_10000", "ms", Kind::Time, 10_000),
    row("idle_bytes", "bytes", Kind::Idle, 200_000),
    row("idle_1m_bytes_total", "bytes", Kind::Idle, 1_000_000),
    row("lookup_1", "lookups/s", Kind::Rate, 2_000_000),
    row("lookup_2", "lookups/s", Kind::Rate, 4_000_000),
    row("register_unregister", "pairs/s", Kind::Rate, 200_000),
];

const fn row(name: &'static str, unit: &'static str, kind: Kind, size: u64) -> Row {
    Row { name, unit, kind, size }
}

impl Row {
    pub(crate) fn better(&self) -> Better {
        if self.kind == Kind::Rate { Better::Higher } else { Better::Lower }
    }
}
