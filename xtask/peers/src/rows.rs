//! The rows: their names, which are those of the command contract, their units and how much work a round is.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What scripts know it by.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) better: Better,
    /// Operations of one round.
    pub(crate) size: u64,
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// Every row, in the order in which they are measured.
pub(crate) const ROWS: &[Row] = &[
    rate("call_1", "calls/s", 200_000),
    rate("call_64", "calls/s", 256_000),
    rate("cast_1_1", "messages/s", 1_000_000),
    rate("cast_4_1", "messages/s", 1_000_000),
    rate("cast_bounded_1_1", "messages/s", 500_000),
    rate("cast_bounded_4_1", "messages/s", 500_000),
    rate("ring", "hops/s", 1_000_000),
];

const fn rate(name: &'static str, unit: &'static str, size: u64) -> Row {
    Row { name, unit, better: Better::Higher, size }
}

impl Row {
    /// Times better than a peer in one round.
    pub(crate) fn ratio(&self, ours: f64, peer: f64) -> f64 {
        match self.better {
            Better::Higher => ours / peer,
            Better::Lower => peer / ours,
        }
    }
}
