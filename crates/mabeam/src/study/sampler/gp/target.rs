//! What the process learns of each trial.

use crate::study::sampler::Observation;
use crate::study::space::numeric;

/// -ln of each trial's distance from the best value, brought to mean 0 and variance 1: larger is better.
///
/// To each distance `softness` of the lower quartile of all distances is added, so that the best has a logarithm and
/// does not stand apart. What has no value, or an infinite one, gets the worst of those that have.
pub(super) fn of(known: &[&Observation], softness: f64) -> Vec<f64> {
    let finite = |one: &&&Observation| one.is_usable() && one.value.is_finite();
    let best = known.iter().filter(finite).map(|one| one.value).fold(f64::NEG_INFINITY, f64::max);
    let worst = known.iter().filter(finite).map(|one| one.value).fold(f64::INFINITY, f64::min);
    // Halved, because the distance of two finite numbers may be infinite.
    let distance = |one: &&Observation| match one.value {
        value if !one.is_usable() || value == f64::NEG_INFINITY => 0.5 * best - 0.5 * worst,
        f64::INFINITY => 0.0,
        value => 0.5 * best - 0.5 * value,
    };
    let distances: Vec<f64> = known.iter().map(distance).collect();
    let mut sorted = distances.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    // Where a quarter of the trials are as good as the best, the least distance there is says what is small.
    let quartile = sorted.get(sorted.len() / 4..).and_then(|rest| rest.iter().copied().find(|one| *one > 0.0));
    let Some(small) = quartile.map(|quartile| (softness * quartile).max(f64::MIN_POSITIVE)) else {
        return vec![0.0; known.len()];
    };
    let mut values: Vec<f64> = distances.iter().map(|distance| -numeric::ln(distance + small)).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    let spread = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    values.iter_mut().for_each(|value| *value = (*value - mean) / spread);
    values
}

#[cfg(test)]
mod tests;
