//! The table that people read: a line for each variant of a row.

use crate::measure::{Measured, OURS, median};

/// What stands above it.
pub(crate) fn heading() -> String {
    format!(
        "{:<20} {:<7} {:>12} {:>12} {:>12}  {:<10} {:>12}",
        "row", "variant", "median", "least", "most", "unit", "times better"
    )
}

/// One row. A peer's ratio says how many times better ours is: the median of the ratios of the rounds, which foreign
/// load moves less than a ratio of medians, and their range.
pub(crate) fn lines(row: &Measured) -> Vec<String> {
    let ours = row.variants.iter().find(|samples| samples.variant == OURS).map(|samples| &samples.figures);
    let line = |variant: &str, figures: &[f64]| {
        let ratio = match ours {
            Some(ours) if variant != OURS => {
                let ratios: Vec<f64> = ours.iter().zip(figures).map(|(ours, peer)| ratio(row, *ours, *peer)).collect();
                format!("{:>12.2} ({:.2} to {:.2})", median(&ratios), least(&ratios), most(&ratios))
            }
            _ => String::new(),
        };
        let shown = |value: f64| if value < 1_000.0 { format!("{value:.2}") } else { format!("{value:.0}") };
        let (least, most) = (shown(least(figures)), shown(most(figures)));
        let median = shown(median(figures));
        format!("{:<20} {variant:<7} {median:>12} {least:>12} {most:>12}  {:<10} {ratio}", row.name, row.unit)
    };
    row.variants.iter().map(|samples| line(&samples.variant, &samples.figures)).collect()
}

fn ratio(row: &Measured, ours: f64, peer: f64) -> f64 {
    if row.higher_is_better { ours / peer } else { peer / ours }
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}
