//! Rounds: ours and the peers in turn, and what is told of them.

use serde::Serialize;

use crate::rows::Row;

/// What one variant reached in one row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Samples {
    pub(crate) variant: String,
    /// One figure a round, in the order of the rounds.
    pub(crate) figures: Vec<f64>,
}

/// One row, measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) higher_is_better: bool,
    pub(crate) variants: Vec<Samples>,
}

/// The median; of an even number the mean of the middle two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(value)) => *value,
        (_, Some(value)) => (value + sorted[middle - 1]) / 2.0,
    }
}

/// The median of the ratios of the rounds, which foreign load moves less than a ratio of medians.
pub(crate) fn ratio(row: &Row, ours: &[f64], peer: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours.iter().zip(peer).map(|(ours, peer)| row.ratio(*ours, *peer)).collect();
    median(&ratios)
}
