//! The place of greatest expected improvement, among candidates.

use foundation_core::port::entropy::RandomStream;

use super::GpSettings;
use super::regression::{Points, Process};
use crate::study::sampler::axis::Axis;
use crate::study::space::numeric;

/// Around how many of the best trials candidates are drawn.
const PARENTS: usize = 5;
/// Of how many of the best trials the mean is looked at for the one to be improved upon.
const INCUMBENTS: usize = 10;
/// One over the square root of 2 pi.
const DENSITY: f64 = 0.398_942_280_401_432_7;

/// The candidate of greatest expected improvement over the best mean at a known trial; the first drawn among equals.
///
/// A third of the candidates is drawn evenly over the space, a third around the best trials and a third around the
/// best candidate so far, with long and short steps in turn. One that equals a point of `taken` is left out; `None`
/// where that is so for every one.
pub(super) fn best(
    process: &Process<'_>,
    values: &[f64],
    level: u32,
    axes: &[Axis<'_>],
    taken: &[f64],
    settings: &GpSettings,
    random: &mut RandomStream,
) -> Option<Vec<f64>> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, two| values[*two].total_cmp(&values[*one]));
    let mut known = Points::new(axes.len());
    for at in order.iter().take(INCUMBENTS) {
        known.push(&process.point(*at), level);
    }
    let incumbent = process.predict(&known).iter().map(|(mean, _)| *mean).fold(f64::NEG_INFINITY, f64::max);
    let parents: Vec<Vec<f64>> = order.iter().take(PARENTS).map(|at| process.point(*at)).collect();

    let mut best: Option<(f64, Vec<f64>)> = None;
    for stage in 0..3 {
        let mut candidates = Vec::new();
        let mut asked = Points::new(axes.len());
        for at in 0..settings.candidates.div_ceil(3) as usize {
            let around = match (stage, &best) {
                (1, _) => parents.get(at % parents.len().max(1)).map(|parent| (parent, at / PARENTS)),
                (2, Some((_, found))) => Some((found, 1 + at)),
                _ => None,
            };
            let candidate: Vec<f64> = match around {
                None => axes.iter().map(|axis| axis.snapped(random.next_f64())).collect(),
                Some((from, step)) => {
                    // A quarter of the length every other time.
                    let width = if step % 2 == 0 { settings.step } else { 0.25 * settings.step };
                    let near = |(axis, place): (&Axis<'_>, &f64)| axis.near(*place, width, settings.change, random);
                    axes.iter().zip(from).map(near).collect()
                }
            };
            asked.push(&candidate, level);
            candidates.push(candidate);
        }
        for ((mean, variance), candidate) in process.predict(&asked).into_iter().zip(candidates) {
            let gain = improvement(mean - incumbent, variance.sqrt());
            let is_free = || !taken.chunks_exact(axes.len()).any(|point| point == candidate);
            if best.as_ref().is_none_or(|(other, _)| gain > *other) && is_free() {
                best = Some((gain, candidate));
            }
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The expected improvement where the mean lies `above` the incumbent with this standard deviation, above 0.
fn improvement(above: f64, deviation: f64) -> f64 {
    let z = above / deviation;
    let probability = if z > 0.0 { 1.0 - numeric::upper_tail(z) } else { numeric::upper_tail(-z) };
    above * probability + deviation * DENSITY * numeric::exp(-0.5 * z * z)
}

#[cfg(test)]
mod tests;
