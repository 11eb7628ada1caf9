//! Wilcoxon's signed-rank test, exact.

use crate::compare::ranks;

/// How many pairs are taken at most: the work grows with the third power of their number.
const MOST: usize = 200;

/// What [`wilcoxon`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Pairs that differ.
    pub pairs: usize,
    /// The sum of the ranks of the pairs in which the first is larger.
    pub first_larger: f64,
    /// The sum of the others.
    pub second_larger: f64,
    /// How likely a smaller sum at most as small as the one found is, were the sign of every difference a toss of a coin;
    /// two-sided, and 1 where no pair differs.
    pub p: f64,
}

/// Compares paired measurements by the ranks of their differences; `None` for more than 200 pairs or one with a NaN.
///
/// Pairs that are equal are left out, equal differences share their mean rank, and the distribution under the
/// hypothesis is counted out exactly with these ranks, not approximated. Source: Wilcoxon, "Individual comparisons by
/// ranking methods", Biometrics Bulletin 1945; for ranks that are shared, Pratt and Gibbons, "Concepts of Nonparametric
/// Theory", 1981.
#[must_use]
pub fn wilcoxon(pairs: &[(f64, f64)]) -> Option<SignedRank> {
    let differences: Vec<f64> = pairs.iter().map(|(first, second)| first - second).filter(|one| *one != 0.0).collect();
    if differences.len() > MOST || differences.iter().any(|one| one.is_nan()) {
        return None;
    }
    let sizes: Vec<f64> = differences.iter().map(|one| one.abs()).collect();
    // Mean ranks are halves at worst: twice a rank is whole.
    let doubled: Vec<usize> = ranks(&sizes).into_iter().map(|rank| (2.0 * rank) as usize).collect();
    let sum = |is_wanted: fn(f64) -> bool| -> usize {
        differences.iter().zip(&doubled).filter(|(one, _)| is_wanted(**one)).map(|(_, rank)| rank).sum()
    };
    let (first, second) = (sum(|one| one > 0.0), sum(|one| one < 0.0));
    // How likely each sum of ranks is, built up rank by rank.
    let mut likely = vec![0.0; first + second + 1];
    likely[0] = 1.0;
    for rank in &doubled {
        for at in (0..likely.len()).rev() {
            likely[at] = (likely[at] + if at >= *rank { likely[at - rank] } else { 0.0 }) / 2.0;
        }
    }
    let tail: f64 = likely[..=first.min(second)].iter().sum();
    Some(SignedRank {
        pairs: differences.len(),
        first_larger: first as f64 / 2.0,
        second_larger: second as f64 / 2.0,
        p: (2.0 * tail).min(1.0),
    })
}

#[cfg(test)]
mod tests;
