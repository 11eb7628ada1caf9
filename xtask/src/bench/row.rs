//! The rows that a benchmark prints: a figure of ours, and a peer's beside it.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::machine::Machine;

/// What `bench` found. The names are those that scripts rely on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Bench {
    pub(super) machine: Machine,
    pub(super) rows: Vec<Row>,
}

/// One figure, and one peer's.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    /// The median.
    pub(super) ours: f64,
    pub(super) peer_name: Option<String>,
    pub(super) peer: Option<f64>,
    /// Times better than the peer, whichever direction is better.
    pub(super) ratio: Option<f64>,
    pub(super) unit: String,
    pub(super) runs: usize,
    /// Smallest and largest of ours.
    pub(super) spread: [f64; 2],
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
}

impl Row {
    /// A row over several runs.
    pub(super) fn of(
        name: impl Into<String>,
        unit: &str,
        better: Better,
        ours: &[f64],
        peer: Option<(&str, &[f64])>,
    ) -> Self {
        let median_ours = median(ours);
        let peer =
            peer.filter(|(_, values)| !values.is_empty()).map(|(name, values)| (name.to_owned(), median(values)));
        let ratio = peer.as_ref().map(|(_, peer)| match better {
            Better::Higher => median_ours / peer,
            Better::Lower => peer / median_ours,
        });
        Self {
            name: name.into(),
            ours: median_ours,
            peer: peer.as_ref().map(|(_, value)| *value),
            peer_name: peer.map(|(name, _)| name),
            ratio,
            unit: unit.to_owned(),
            runs: ours.len(),
            spread: [
                ours.iter().copied().fold(f64::INFINITY, f64::min),
                ours.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ],
        }
    }
}

impl Row {
    /// A row over rounds that ours and the peer took in turn: the ratio is the median of the ratios of the rounds, which
    /// foreign load moves less than a ratio of medians.
    pub(super) fn in_turn(
        name: impl Into<String>,
        unit: &str,
        better: Better,
        ours: &[f64],
        peer: Option<(&str, &[f64])>,
    ) -> Self {
        let ratios: Vec<f64> = peer
            .iter()
            .flat_map(|(_, values)| ours.iter().zip(*values))
            .map(|(ours, peer)| match better {
                Better::Higher => ours / peer,
                Better::Lower => peer / ours,
            })
            .collect();
        let ratio = (!ratios.is_empty()).then(|| median(&ratios));
        Self { ratio, ..Self::of(name, unit, better, ours, peer) }
    }
}

/// The median; of an even number the mean of the middle two, and NaN of none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(value)) => *value,
        (_, Some(value)) => (value + sorted[middle - 1]) / 2.0,
    }
}

impl fmt::Display for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["figure", "ours", "range", "unit", "runs", "peer", "theirs", "times better"]);
        for row in &self.rows {
            table.add_row([
                row.name.clone(),
                shown(row.ours),
                format!("{} to {}", shown(row.spread[0]), shown(row.spread[1])),
                row.unit.clone(),
                row.runs.to_string(),
                row.peer_name.clone().unwrap_or_else(|| "-".to_owned()),
                row.peer.map_or_else(|| "-".to_owned(), shown),
                row.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
            ]);
        }
        for column in [1, 2, 4, 6, 7] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        writeln!(f, "{} cores, {}, {}", self.machine.cores, self.machine.cpu, self.machine.os)?;
        write!(f, "{table}")
    }
}

fn shown(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.4}"),
        middle if middle < 1_000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Better, Row, median};

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn rounds_in_turn_are_compared_one_by_one() {
        // A round under foreign load is slow for both; the ratio of the medians would say 1.5.
        let row =
            Row::in_turn("call", "calls/s", Better::Higher, &[30.0, 3.0, 20.0], Some(("other", &[10.0, 1.0, 20.0])));
        assert_eq!(row.ratio, Some(3.0));
        assert_eq!((row.ours, row.peer), (20.0, Some(10.0)));
        let lower = Row::in_turn("restart", "µs", Better::Lower, &[1.0, 2.0], Some(("other", &[10.0, 20.0])));
        assert_eq!(lower.ratio, Some(10.0));
        assert_eq!(Row::in_turn("alone", "s", Better::Lower, &[1.0], None).ratio, None);
    }

    #[test]
    fn a_ratio_says_times_better_in_both_directions() {
        let lower = Row::of("cpu", "s", Better::Lower, &[1.0], Some(("other", &[10.0])));
        assert_eq!(lower.ratio, Some(10.0));
        let higher = Row::of("rows", "rows", Better::Higher, &[346.0], Some(("other", &[173.0])));
        assert_eq!(higher.ratio, Some(2.0));
        assert_eq!(Row::of("alone", "s", Better::Lower, &[1.0], Some(("absent", &[]))).ratio, None);
    }
}
