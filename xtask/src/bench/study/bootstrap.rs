//! The bootstrap of a mean.

use foundation_core::port::entropy::RandomStream;

/// How often the sample is drawn anew.
const DRAWS: usize = 10_000;

/// The 2.5 % quantile of the mean of samples drawn with replacement: the lower bound of a 95 % interval. The same
/// sample gives the same bound.
///
/// Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 1979.
pub(super) fn lower_bound(sample: &[f64]) -> f64 {
    if sample.is_empty() {
        return f64::NAN;
    }
    let n = u32::try_from(sample.len()).unwrap_or(u32::MAX);
    let mut random = RandomStream::new(1, 0);
    let mut mean = || (0..n).map(|_| sample[random.below(n) as usize]).sum::<f64>() / f64::from(n);
    let mut means: Vec<f64> = (0..DRAWS).map(|_| mean()).collect();
    means.sort_unstable_by(f64::total_cmp);
    means[DRAWS / 40]
}

#[cfg(test)]
mod tests {
    use super::lower_bound;

    /// For a sample of many, the bound is the mean less 1.96 standard errors.
    #[test]
    fn the_bound_is_two_standard_errors_below_the_mean() {
        let sample: Vec<f64> = (0..400).map(|at| f64::from(at % 5)).collect();
        let error = (2.0_f64 / 400.0).sqrt();
        let bound = lower_bound(&sample);
        assert!((bound - (2.0 - 1.96 * error)).abs() < 0.01, "{bound}");
        assert!((lower_bound(&[3.0; 7]) - 3.0).abs() < 1e-12);
        assert!(lower_bound(&[]).is_nan());
    }
}
