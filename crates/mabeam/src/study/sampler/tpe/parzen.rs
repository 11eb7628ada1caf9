//! A density over the unit cube: one kernel on each of some points, and an even one over all.

use foundation_core::port::entropy::RandomStream;

use super::{Bandwidth, TpeSettings};
use crate::study::sampler::axis::{Axis, cut_normal};
use crate::study::space::numeric;

/// What the kernels have in common on one axis.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A normal distribution, cut to the unit interval: its width and 1 / (2 width^2).
    Normal { width: f64, precision: f64 },
    /// The kernel of Aitchison and Aitken (1976) over `n` categories: ln of the probability of the kernel's own
    /// category and of each other one, and the former itself.
    Category { n: f64, ln_same: f64, ln_other: f64, same: f64 },
}

#[derive(Clone, Debug)]
pub(super) struct Parzen<'a> {
    axes: &'a [Axis<'a>],
    shapes: Vec<Shape>,
    n: usize,
    /// The kernels' places, axis by axis: all first coordinates, then all second ones.
    places: Vec<f64>,
    /// What each kernel's exponential is multiplied with, so that it integrates to its weight.
    factors: Vec<f64>,
    /// The share of the even density.
    even: f64,
    /// The same as a density: the categories have 1 / n each.
    even_density: f64,
    /// Room for the exponents of a run of kernels.
    exponents: Vec<f64>,
}

/// How many kernels are summed before it is asked whether the sum is of use.
const RUN: usize = 64;

impl<'a> Parzen<'a> {
    /// Lays a kernel on each of `points`, which stand in a row, coordinate by coordinate.
    pub(super) fn new(axes: &'a [Axis<'a>], points: &[f64], settings: &TpeSettings) -> Self {
        let d = axes.len();
        let n = points.len() / d;
        let mut places = vec![0.0; points.len()];
        for (k, point) in points.chunks_exact(d).enumerate() {
            for (at, place) in point.iter().enumerate() {
                places[at * n + k] = *place;
            }
        }
        // n^(-1 / (d + 4))
        let shrink = numeric::exp(-numeric::ln(n.max(1) as f64) / (d + 4) as f64);
        let total = n as f64 + settings.prior_weight;
        let mut factors = vec![1.0 / total; n];
        let mut shapes = Vec::with_capacity(d);
        let mut even_density = settings.prior_weight / total;
        for (at, axis) in axes.iter().enumerate() {
            let column = &places[at * n..(at + 1) * n];
            if let Some(categories) = axis.categories() {
                shapes.push(category(categories as f64, n as f64, settings.prior_weight));
                even_density /= categories as f64;
                continue;
            }
            let width = match settings.bandwidth {
                Bandwidth::Range(part) => part * shrink,
                Bandwidth::Spread(part) => part * spread(column) * shrink,
            };
            let width = width.clamp(settings.narrowest, 1.0);
            for (factor, place) in factors.iter_mut().zip(column) {
                let below = numeric::upper_tail_branchless(place / width);
                let outside = below + numeric::upper_tail_branchless((1.0 - place) / width);
                *factor /= (1.0 - outside) * width * SQRT_TAU;
            }
            shapes.push(Shape::Normal { width, precision: 0.5 / (width * width) });
        }
        let even = settings.prior_weight / total;
        Self { axes, shapes, n, places, factors, even, even_density, exponents: vec![0.0; n.min(RUN)] }
    }

    /// Draws a point, each coordinate in the middle of its cell.
    pub(super) fn draw(&self, random: &mut RandomStream) -> Vec<f64> {
        let kernel = if self.n == 0 || random.next_f64() < self.even {
            None
        } else {
            Some(random.below(u32::try_from(self.n).unwrap_or(u32::MAX)) as usize)
        };
        let coordinate = |(at, (axis, shape)): (usize, (&Axis<'_>, &Shape))| {
            let unit = match (kernel, *shape) {
                (None, _) => random.next_f64(),
                (Some(kernel), Shape::Normal { width, .. }) => {
                    cut_normal(self.places[at * self.n + kernel], width, random)
                }
                (Some(kernel), Shape::Category { n, same, .. }) => {
                    category_near(self.places[at * self.n + kernel], n, same, random)
                }
            };
            axis.snapped(unit)
        };
        self.axes.iter().zip(&self.shapes).enumerate().map(coordinate).collect()
    }

    /// Draws a point from the even density, each coordinate in the middle of its cell.
    pub(super) fn draw_evenly(&self, random: &mut RandomStream) -> Vec<f64> {
        self.axes.iter().map(|axis| axis.snapped(random.next_f64())).collect()
    }

    /// The density at `point`, above 0.
    pub(super) fn density(&mut self, point: &[f64]) -> f64 {
        self.density_unless(point, |_| false).unwrap_or(self.even_density)
    }

    /// As [`density`](Self::density), but gives up where `is_too_dense` says so of a part of the sum. No kernel is below
    /// 0, so the density is never less than what it is asked of.
    pub(super) fn density_unless(&mut self, point: &[f64], is_too_dense: impl Fn(f64) -> bool) -> Option<f64> {
        let mut sum = 0.0;
        for first in (0..self.n).step_by(RUN) {
            let kernels = first..self.n.min(first + RUN);
            let exponents = &mut self.exponents[..kernels.len()];
            exponents.fill(0.0);
            for (at, (shape, x)) in self.shapes.iter().zip(point).enumerate() {
                let places = &self.places[at * self.n..(at + 1) * self.n][kernels.clone()];
                match *shape {
                    Shape::Normal { precision, .. } => {
                        for (exponent, place) in exponents.iter_mut().zip(places) {
                            let distance = x - place;
                            *exponent -= distance * distance * precision;
                        }
                    }
                    Shape::Category { ln_same, ln_other, .. } => {
                        for (exponent, place) in exponents.iter_mut().zip(places) {
                            *exponent += if x == place { ln_same } else { ln_other };
                        }
                    }
                }
            }
            for (exponent, factor) in exponents.iter_mut().zip(&self.factors[kernels]) {
                *exponent = numeric::exp_below_zero(*exponent) * factor;
            }
            // One after the other, so that the runs change no bit of the sum.
            for kernel in exponents {
                sum += *kernel;
            }
            if is_too_dense(self.even_density + sum) {
                return None;
            }
        }
        Some(self.even_density + sum)
    }
}

/// The square root of 2 pi.
const SQRT_TAU: f64 = 2.506_628_274_631_000_7;

/// The kernel over `categories` values where `n` trials are known: the fewer they are, the more goes to the others.
fn category(categories: f64, n: f64, prior_weight: f64) -> Shape {
    // A prior of `prior_weight` spread over the categories against the trials' own counts.
    let other = prior_weight / categories / (n + prior_weight);
    let same = 1.0 - other * (categories - 1.0);
    Shape::Category { n: categories, ln_same: numeric::ln(same), ln_other: numeric::ln(other), same }
}

/// The standard deviation.
fn spread(places: &[f64]) -> f64 {
    let n = places.len().max(1) as f64;
    let mean = places.iter().sum::<f64>() / n;
    (places.iter().map(|place| (place - mean) * (place - mean)).sum::<f64>() / n).sqrt()
}

/// Draws the kernel's own category with probability `same`, otherwise one of the others, each alike.
fn category_near(place: f64, n: f64, same: f64, random: &mut RandomStream) -> f64 {
    if random.next_f64() < same {
        return place;
    }
    // Steps on by 1 to n - 1 cells, around the end.
    let steps = 1 + random.below((n as u32).saturating_sub(1));
    let moved = place + f64::from(steps) / n;
    if moved >= 1.0 { moved - 1.0 } else { moved }
}

#[cfg(test)]
mod tests;
