//! The kernel under which the values are likeliest.

use super::GpSettings;
use super::regression::{Kernel, Points, Process};
use crate::study::sampler::axis::Axis;
use crate::study::space::numeric;

/// At most this many points are looked at: the cost rises with their third power.
const POINTS: usize = 48;

/// Steps from the settings' kernel: the length along each parameter is halved or doubled, and the noise tripled or
/// brought down to a third, a tenth or a thirtieth, wherever that makes the values likelier. A length far from the setting has to be worth
/// it: its logarithm has a normal prior whose standard deviation is a factor of 2.
pub(super) fn kernel(axes: &[Axis<'_>], points: &Points, values: &[f64], settings: &GpSettings) -> Kernel {
    let precision = |axis: &Axis<'_>| {
        let length = if axis.categories().is_some() { 2.0 * settings.length } else { settings.length };
        1.0 / (length * length)
    };
    let begin = Kernel {
        precision: axes.iter().map(precision).collect(),
        categorical: axes.iter().map(|axis| axis.categories().is_some()).collect(),
        level: settings.offset,
        noise: settings.noise,
    };
    // Every k-th point: spread over the whole study, the same for the same points.
    let step = points.len().div_ceil(POINTS).max(1);
    let chosen: Vec<usize> = (0..points.len()).step_by(step).collect();
    let (points, values) = (points.only(&chosen), chosen.iter().map(|at| values[*at]).collect::<Vec<f64>>());

    let merit = |kernel: &Kernel| {
        let likelihood = Process::new(kernel, &points, &values).map_or(f64::NEG_INFINITY, |one| one.likelihood());
        let prior: f64 = kernel.precision.iter().zip(&begin.precision).map(|(now, then)| doublings(now / then)).sum();
        likelihood - 0.5 * prior
    };
    let mut best = (merit(&begin), begin.clone());
    let mut compare = |kernel: Kernel| {
        let merit = merit(&kernel);
        if merit > best.0 {
            best = (merit, kernel);
        }
        best.1.clone()
    };
    let mut kernel = begin.clone();
    for _ in 0..settings.rounds {
        for at in 0..axes.len() {
            let from = kernel.clone();
            for factor in [0.25, 4.0] {
                let mut other = from.clone();
                other.precision[at] *= factor;
                kernel = compare(other);
            }
        }
        let from = kernel.clone();
        for factor in [1.0 / 30.0, 0.1, 1.0 / 3.0, 3.0] {
            kernel = compare(Kernel { noise: from.noise * factor, ..from.clone() });
        }
    }
    kernel
}

/// The square of how often a length has doubled, from the ratio of two precisions.
fn doublings(ratio: f64) -> f64 {
    let doublings = numeric::ln(ratio) / (2.0 * std::f64::consts::LN_2);
    doublings * doublings
}
