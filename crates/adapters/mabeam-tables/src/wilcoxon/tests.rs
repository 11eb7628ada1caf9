use proptest::prelude::*;

use super::{SignedRank, wilcoxon};
use crate::compare::ranks;

fn of(differences: &[f64]) -> SignedRank {
    wilcoxon(&differences.iter().map(|one| (*one, 0.0)).collect::<Vec<_>>()).unwrap()
}

/// Nine patients before and after a tranquillizer: Hollander and Wolfe, "Nonparametric Statistical Methods", 1973.
#[test]
#[expect(clippy::approx_constant, reason = "3.14 is what was measured")]
fn the_scale_factors_of_hollander_and_wolfe() {
    let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
    let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    let found = wilcoxon(&before.into_iter().zip(after).collect::<Vec<_>>()).unwrap();
    assert_eq!(found, SignedRank { pairs: 9, first_larger: 40.0, second_larger: 5.0, p: 0.0390625 });
}

/// Darwin's fifteen pairs of maize, self-fertilised against crossed.
#[test]
fn the_maize_of_darwin() {
    let found = of(&[6., 8., 14., 16., 23., 24., 28., 29., 41., -48., 49., 56., 60., -67., 75.]);
    assert_eq!((found.second_larger, found.p), (24.0, 0.041259765625));
}

#[test]
fn eight_pairs() {
    assert_eq!(of(&[1., 2., 3., 4., 5., 6., 7., 8.]).p, 2.0 / 256.0);
    assert_eq!(of(&[1., -2., 3., 4., 5., 6., 7., 8.]).p, 0.0234375);
    assert_eq!(of(&[1., 2., 3., -4., 5., -6., 7., 8.]).p, 0.3125);
}

#[test]
fn equal_pairs_count_for_nothing() {
    assert_eq!(of(&[0.0, 0.0]), SignedRank { pairs: 0, first_larger: 0.0, second_larger: 0.0, p: 1.0 });
    assert_eq!(of(&[0.0, 1.0, 2.0, 0.0, 3.0]), of(&[1.0, 2.0, 3.0]));
    assert_eq!(wilcoxon(&[(1.0, f64::NAN)]), None);
    assert_eq!(wilcoxon(&[(1.0, 0.0); 201]), None);
}

proptest! {
    /// Against a count of all signs, one by one.
    #[test]
    fn it_is_the_share_of_all_signs(differences in prop::collection::vec(-6_i32..7, 1..12)) {
        let differences: Vec<f64> = differences.into_iter().filter(|one| *one != 0).map(f64::from).collect();
        let found = of(&differences);
        let sizes: Vec<f64> = differences.iter().map(|one| one.abs()).collect();
        let ranks = ranks(&sizes);
        let smaller = found.first_larger.min(found.second_larger);
        let all = 1_u32 << differences.len();
        let as_small = (0..all).filter(|signs| {
            let sum: f64 = ranks.iter().enumerate().filter(|(at, _)| signs >> at & 1 == 1).map(|(_, rank)| rank).sum();
            sum <= smaller
        });
        let p = (2.0 * as_small.count() as f64 / f64::from(all)).min(1.0);
        prop_assert!((found.p - p).abs() < 1e-12, "{} and {p}", found.p);
    }
}
