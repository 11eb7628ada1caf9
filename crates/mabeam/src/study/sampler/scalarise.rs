//! Several objectives as one, so that every sampler works on a study that has more than one.

use foundation_core::port::entropy::RandomStream;

use super::{History, Observation};
use crate::study::space::numeric;

/// How many of the latest trials count, and how many of the best in each objective beside them.
const LATEST: usize = 1_000;
/// The share of the plain weighted sum, which tells apart what is equal in the worst objective.
const AUGMENTATION: f64 = 0.05;

/// The history that a sampler is asked with: in the place of the objectives stands one value that weighs them by
/// chance, anew for each proposal, so that the proposals spread along the Pareto front.
///
/// Each objective is brought to the range from its best to its worst finite value on any rung; the value is the
/// augmented Tchebycheff distance from the best of all, with its sign turned. With one objective the history is
/// answered as it is. A trial that lacks a value of an objective, or has a NaN, counts as failed. Of a long history the
/// latest 1,000 trials and the first 1,000 in the order of merit are in it, which bounds the cost.
///
/// Source: Knowles, "ParEGO: a hybrid algorithm with on-line landscape approximation for expensive multiobjective
/// optimization problems", IEEE Trans. Evol. Comp. 2006, with weights drawn evenly and not from a grid.
#[must_use]
pub fn scalarised(history: &History, objectives: usize, random: &mut RandomStream) -> History {
    if objectives < 2 {
        return history.clone();
    }
    let weights = even_weights(objectives, random);
    let latest = history.observations().rev().take(LATEST);
    let mut counted: Vec<&Observation> = latest.chain(history.best_first().take(LATEST)).collect();
    counted.sort_unstable_by_key(|one| one.trial);
    counted.dedup_by_key(|one| one.trial);

    let ranges: Vec<Range> = (0..objectives).map(|at| Range::of(&counted, at)).collect();
    let mut answer = history.emptied();
    for one in counted {
        let value = distance(one, &ranges, &weights).map(|distance| -distance);
        answer.record(Observation {
            value: value.unwrap_or(f64::NAN),
            further: Vec::new(),
            failed: one.failed || value.is_none(),
            ..one.clone()
        });
    }
    answer
}

/// Weights that sum to 1, evenly distributed over all such.
fn even_weights(n: usize, random: &mut RandomStream) -> Vec<f64> {
    let drawn: Vec<f64> = (0..n).map(|_| -numeric::ln(1.0 - random.next_f64())).collect();
    let sum: f64 = drawn.iter().sum();
    if sum > 0.0 { drawn.iter().map(|weight| weight / sum).collect() } else { vec![1.0 / n as f64; n] }
}

/// From the best to the worst of one objective.
#[derive(Clone, Copy, Debug)]
struct Range {
    best: f64,
    worst: f64,
}

impl Range {
    fn of(observations: &[&Observation], objective: usize) -> Self {
        let mut range = Self { best: f64::NEG_INFINITY, worst: f64::INFINITY };
        for one in observations.iter().filter(|one| one.is_usable()) {
            if let Some(value) = value_of(one, objective).filter(|value| value.is_finite()) {
                range.best = range.best.max(value);
                range.worst = range.worst.min(value);
            }
        }
        range
    }

    /// How far `value` is from the best: 0 is the best, 1 the worst.
    fn gap(self, value: f64) -> f64 {
        let width = self.best - self.worst;
        if width > 0.0 && width.is_finite() {
            ((self.best - value) / width).clamp(0.0, 1.0)
        } else {
            f64::from(u8::from(value < self.best))
        }
    }
}

fn value_of(observation: &Observation, objective: usize) -> Option<f64> {
    let value = if objective == 0 { Some(observation.value) } else { observation.further.get(objective - 1).copied() };
    value.filter(|value| !value.is_nan())
}

/// The augmented Tchebycheff distance of a trial from the best of all; `None` where it lacks a value.
fn distance(observation: &Observation, ranges: &[Range], weights: &[f64]) -> Option<f64> {
    let (mut greatest, mut sum) = (0.0_f64, 0.0);
    for (at, (range, weight)) in ranges.iter().zip(weights).enumerate() {
        let part = weight * range.gap(value_of(observation, at)?);
        greatest = greatest.max(part);
        sum += part;
    }
    Some(greatest + AUGMENTATION * sum)
}

/// Whether `one` is no worse than `other` in every objective and better in one, where larger is better. A NaN is
/// worse than any number.
#[must_use]
pub fn dominates(one: &[f64], other: &[f64]) -> bool {
    let worst_if_nan = |value: &f64| if value.is_nan() { f64::NEG_INFINITY } else { *value };
    let mut is_better = false;
    for (a, b) in one.iter().map(worst_if_nan).zip(other.iter().map(worst_if_nan)) {
        if a < b {
            return false;
        }
        is_better |= a > b;
    }
    is_better
}

/// Which of `points` no other [dominates](dominates), in rising order: the Pareto front. Equal points stand in it all.
///
/// It takes time in the number of points times the size of the front.
#[must_use]
pub fn pareto_front<P: AsRef<[f64]>>(points: &[P]) -> Vec<usize> {
    let mut front: Vec<usize> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let point = point.as_ref();
        if front.iter().any(|member| dominates(points[*member].as_ref(), point)) {
            continue;
        }
        front.retain(|member| !dominates(point, points[*member].as_ref()));
        front.push(at);
    }
    front
}

#[cfg(test)]
mod tests;
