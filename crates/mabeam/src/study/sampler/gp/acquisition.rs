//! The place of greatest expected improvement, among candidates.

use foundation_core::port::entropy::RandomStream;

use super::GpSettings;
use super::regression::{Points, Process};
use crate::study::sampler::axis::Axis;
use crate::study::sampler::taken::Taken;
use crate::study::space::{SearchSpace, numeric};

/// Around how many of the best trials candidates are drawn.
const PARENTS: usize = 5;
/// Of how many of the best trials the mean is looked at for the one to be improved upon.
const INCUMBENTS: usize = 10;
/// One over the square root of 2 pi.
const DENSITY: f64 = 0.398_942_280_401_432_7;

/// What the search for the next place goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) process: &'a Process<'a>,
    pub(super) space: &'a SearchSpace,
    pub(super) axes: &'a [Axis<'a>],
    pub(super) taken: &'a Taken,
    /// The rung on which improvement counts.
    pub(super) level: u32,
    pub(super) settings: &'a GpSettings,
}

impl Search<'_> {
    /// The candidate of greatest expected improvement over the best mean at a known trial, whose values are `values`;
    /// the first drawn among equals.
    ///
    /// A third of the candidates is drawn evenly over the space, a third around the best trials and a third around the
    /// best candidate so far, with long and short steps in turn. One that is not worth proposing again is left out;
    /// `None` where that is so for every one.
    pub(super) fn best(&self, values: &[f64], random: &mut RandomStream) -> Option<Vec<f64>> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|one, two| values[*two].total_cmp(&values[*one]));
        let mut known = Points::new(self.axes.len());
        for at in order.iter().take(INCUMBENTS) {
            known.push(&self.process.point(*at), self.level);
        }
        let means = self.process.predict(&known);
        let incumbent = means.iter().map(|(mean, _)| *mean).fold(f64::NEG_INFINITY, f64::max);
        let parents: Vec<Vec<f64>> = order.iter().take(PARENTS).map(|at| self.process.point(*at)).collect();

        let in_stage = self.settings.candidates.div_ceil(3) as usize;
        let evenly = (0..in_stage).map(|_| self.even(random)).collect();
        let mut best = self.better(None, evenly, incumbent);
        let around_parent = |(at, parent): (usize, &Vec<f64>)| self.near(parent, at / PARENTS, random);
        let around = parents.iter().cycle().take(in_stage).enumerate().map(around_parent).collect();
        best = self.better(best, around, incumbent);
        if let Some((_, found)) = &best {
            let around = (0..in_stage).map(|at| self.near(found, 1 + at, random)).collect();
            best = self.better(best, around, incumbent);
        }
        best.map(|(_, candidate)| candidate)
    }

    /// A candidate drawn evenly over the space.
    fn even(&self, random: &mut RandomStream) -> Vec<f64> {
        let mut candidate: Vec<f64> = self.axes.iter().map(|axis| axis.snapped(random.next_f64())).collect();
        self.space.impute(&mut candidate);
        candidate
    }

    /// A candidate near `from`, every other one at a quarter of the distance.
    fn near(&self, from: &[f64], at: usize, random: &mut RandomStream) -> Vec<f64> {
        let width = if at.is_multiple_of(2) { self.settings.step } else { 0.25 * self.settings.step };
        let near = |(axis, place): (&Axis<'_>, &f64)| axis.near(*place, width, self.settings.change, random);
        let mut candidate: Vec<f64> = self.axes.iter().zip(from).map(near).collect();
        self.space.impute(&mut candidate);
        candidate
    }

    /// The best of one found before and some candidates, with what it gains.
    fn better(
        &self,
        mut best: Option<(f64, Vec<f64>)>,
        candidates: Vec<Vec<f64>>,
        incumbent: f64,
    ) -> Option<(f64, Vec<f64>)> {
        let mut asked = Points::new(self.axes.len());
        candidates.iter().for_each(|candidate| asked.push(candidate, self.level));
        for ((mean, variance), candidate) in self.process.predict(&asked).into_iter().zip(candidates) {
            let gain = improvement(mean - incumbent, variance.sqrt());
            let is_free = || self.taken.worth(&candidate) == Taken::FREE;
            if best.as_ref().is_none_or(|(other, _)| gain > *other) && is_free() {
                best = Some((gain, candidate));
            }
        }
        best
    }
}

/// The expected improvement where the mean lies `above` the incumbent with this standard deviation, above 0.
fn improvement(above: f64, deviation: f64) -> f64 {
    let z = above / deviation;
    let probability = if z > 0.0 { 1.0 - numeric::upper_tail(z) } else { numeric::upper_tail(-z) };
    above * probability + deviation * DENSITY * numeric::exp(-0.5 * z * z)
}

#[cfg(test)]
mod tests;
