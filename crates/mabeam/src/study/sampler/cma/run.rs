//! One run of the strategy: the distribution and how a generation moves it.

use foundation_core::port::entropy::RandomStream;

use super::CmaSettings;
use crate::study::sampler::axis::{Axis, normal};
use crate::study::sampler::linear::{cholesky, solve_lower, times_lower};
use crate::study::space::numeric;

/// The least sigma: what stands still for very many generations would let it reach zero. The least width is kept by the
/// covariance, so nothing else hangs on it.
const SMALLEST: f64 = 1e-100;

/// The constants of the tutorial's table 1, over `n` parameters with an order.
#[derive(Clone, Debug)]
pub(super) struct Constants {
    n: usize,
    population: usize,
    generations: u64,
    c_sigma: f64,
    damping: f64,
    c_path: f64,
    /// The expected length of a draw from n independent standard normal distributions.
    usual_length: f64,
    /// The most a step may be long, in standard deviations.
    longest: f64,
}

impl Constants {
    pub(super) fn new(axes: &[Axis<'_>], settings: &CmaSettings) -> Self {
        let n = axes.iter().filter(|axis| axis.categories().is_none()).count();
        let d = n.max(1) as f64;
        let population = match settings.population {
            0 => 4 + (3.0 * numeric::ln(d)) as usize,
            set => set as usize,
        };
        let mass = Weights::of(population).mass;
        let c_sigma = (mass + 2.0) / (d + mass + 5.0);
        Self {
            n,
            population,
            generations: u64::from(settings.generations),
            c_sigma,
            damping: 1.0 + 2.0 * (((mass - 1.0) / (d + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma,
            c_path: (4.0 + mass / d) / (d + 4.0 + 2.0 * mass / d),
            usual_length: d.sqrt() * (1.0 - 1.0 / (4.0 * d) + 1.0 / (21.0 * d * d)),
            longest: d.sqrt() + 2.0 * d / (d + 2.0),
        }
    }

    pub(super) fn trials_of_run(&self) -> u64 {
        self.generations * self.population as u64
    }
}

/// How much each of the better half counts, best first.
#[derive(Clone, Debug)]
struct Weights {
    each: Vec<f64>,
    /// As many trials as would count alike to the same effect.
    mass: f64,
}

impl Weights {
    /// Those for a generation of which `known` trials have a value.
    fn of(known: usize) -> Self {
        let parents = known / 2;
        let top = numeric::ln((known as f64 + 1.0) / 2.0);
        let raw: Vec<f64> = (1..=parents).map(|rank| top - numeric::ln(rank as f64)).collect();
        let sum: f64 = raw.iter().sum();
        let each: Vec<f64> = raw.iter().map(|weight| weight / sum).collect();
        let mass = 1.0 / each.iter().map(|weight| weight * weight).sum::<f64>();
        Self { each, mass }
    }
}

/// The points of a generation, best first, coordinate by coordinate in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Scored {
    points: Vec<Vec<f64>>,
}

impl Scored {
    pub(super) fn push(&mut self, units: &[f64]) {
        self.points.push(units.to_vec());
    }
}

/// The distribution over one axis: a coordinate of the normal distribution, or the probabilities of the values.
#[derive(Clone, Debug)]
enum Along {
    Ordered,
    Category(Vec<f64>),
}

/// A distribution and what it remembers of its way.
#[derive(Clone, Debug)]
pub(super) struct Run {
    constants: Constants,
    along: Vec<Along>,
    mean: Vec<f64>,
    sigma: f64,
    covariance: Vec<f64>,
    root: Vec<f64>,
    sigma_path: Vec<f64>,
    path: Vec<f64>,
    learned: i32,
    narrowest: f64,
    least: f64,
}

impl Run {
    /// The distribution of the first generation, around `begin` or the middle of the cube.
    pub(super) fn new(axes: &[Axis<'_>], constants: Constants, begin: Option<&[f64]>, settings: &CmaSettings) -> Self {
        let n = constants.n;
        let mut mean = Vec::with_capacity(n);
        let mut along = Vec::with_capacity(axes.len());
        for (at, axis) in axes.iter().enumerate() {
            let Some(categories) = axis.categories() else {
                mean.push(begin.map_or(0.5, |units| units[at]));
                along.push(Along::Ordered);
                continue;
            };
            let mut each = vec![1.0 / categories as f64; categories];
            if let Some(units) = begin {
                // Half of it is where the run begins.
                each.iter_mut().for_each(|probability| *probability *= 0.5);
                each[cell(units[at], categories)] += 0.5;
            }
            along.push(Along::Category(each));
        }
        let mut identity = vec![0.0; n * n];
        (0..n).for_each(|at| identity[at * n + at] = 1.0);
        Self {
            along,
            mean,
            sigma: settings.step,
            covariance: identity.clone(),
            root: identity,
            sigma_path: vec![0.0; n],
            path: vec![0.0; n],
            learned: 0,
            narrowest: settings.narrowest,
            least: settings.least,
            constants,
        }
    }

    pub(super) fn population(&self) -> usize {
        self.constants.population
    }

    /// Draws a point of the cube; what falls outside is put on its border after some attempts.
    pub(super) fn draw(&self, random: &mut RandomStream) -> Vec<f64> {
        let n = self.constants.n;
        let mut ordered = Vec::new();
        for _ in 0..8 {
            let drawn: Vec<f64> = (0..n).map(|_| normal(random)).collect();
            let steps = times_lower(&self.root, n, &drawn);
            ordered = self.mean.iter().zip(&steps).map(|(mean, step)| mean + self.sigma * step).collect();
            if ordered.iter().all(|unit| (0.0..=1.0).contains(unit)) {
                break;
            }
        }
        let mut ordered = ordered.into_iter();
        let coordinate = |along: &Along| match along {
            Along::Ordered => ordered.next().unwrap_or(0.5).clamp(0.0, 1.0),
            Along::Category(each) => {
                let mut left = random.next_f64();
                let chosen = each.iter().position(|probability| {
                    left -= probability;
                    left < 0.0
                });
                (chosen.unwrap_or(each.len() - 1) as f64 + 0.5) / each.len() as f64
            }
        };
        self.along.iter().map(coordinate).collect()
    }

    /// Takes in a generation. One of which fewer than four trials have a value says too little to move anything.
    pub(super) fn learn(&mut self, scored: &Scored) {
        if scored.points.len() < 4 {
            return;
        }
        let weights = Weights::of(scored.points.len());
        self.learn_categories(scored, &weights);
        if self.constants.n > 0 {
            self.learn_ordered(scored, &weights);
        }
    }

    fn learn_categories(&mut self, scored: &Scored, weights: &Weights) {
        // As fast as the covariance learns from the ranks, which is what a category's probability is most like.
        let (_, rate) = self.rates(weights.mass);
        let rate = rate.max(0.1);
        for (at, along) in self.along.iter_mut().enumerate() {
            let Along::Category(each) = along else { continue };
            let floor = self.least / each.len() as f64;
            let mut seen = vec![0.0; each.len()];
            for (weight, point) in weights.each.iter().zip(&scored.points) {
                seen[cell(point[at], each.len())] += weight;
            }
            let mut sum = 0.0;
            for (probability, seen) in each.iter_mut().zip(&seen) {
                *probability = ((1.0 - rate) * *probability + rate * seen).max(floor);
                sum += *probability;
            }
            each.iter_mut().for_each(|probability| *probability /= sum);
        }
    }

    fn learn_ordered(&mut self, scored: &Scored, weights: &Weights) {
        let (n, d) = (self.constants.n, self.constants.n as f64);
        let Constants { c_sigma, damping, c_path, usual_length, longest, .. } = self.constants;
        let is_ordered: Vec<bool> = self.along.iter().map(|along| matches!(along, Along::Ordered)).collect();
        // The steps from the mean in units of sigma, none longer than the distribution makes likely.
        let steps: Vec<Vec<f64>> = scored.points[..weights.each.len()]
            .iter()
            .map(|point| {
                let ordered = point.iter().zip(&is_ordered).filter(|(_, is_ordered)| **is_ordered);
                let mut step: Vec<f64> =
                    ordered.zip(&self.mean).map(|((unit, _), mean)| (unit - mean) / self.sigma).collect();
                let shrink = (longest / self.whitened_length(&step)).min(1.0);
                step.iter_mut().for_each(|part| *part *= shrink);
                step
            })
            .collect();
        let mut mean_step = vec![0.0; n];
        for (weight, step) in weights.each.iter().zip(&steps) {
            mean_step.iter_mut().zip(step).for_each(|(sum, part)| *sum += weight * part);
        }
        for (mean, part) in self.mean.iter_mut().zip(&mean_step) {
            *mean = (*mean + self.sigma * part).clamp(0.0, 1.0);
        }

        let mut whitened = mean_step.clone();
        solve_lower(&self.root, n, &mut whitened);
        let of_sigma = (c_sigma * (2.0 - c_sigma) * weights.mass).sqrt();
        for (path, part) in self.sigma_path.iter_mut().zip(&whitened) {
            *path = (1.0 - c_sigma) * *path + of_sigma * part;
        }
        self.learned += 1;
        let length = norm(&self.sigma_path);
        let settled = (1.0 - numeric::exp(2.0 * f64::from(self.learned) * numeric::ln(1.0 - c_sigma))).sqrt();
        let is_calm = length / settled < (1.4 + 2.0 / (d + 1.0)) * usual_length;
        let of_path = if is_calm { (c_path * (2.0 - c_path) * weights.mass).sqrt() } else { 0.0 };
        for (path, part) in self.path.iter_mut().zip(&mean_step) {
            *path = (1.0 - c_path) * *path + of_path * part;
        }

        let (c_one, c_ranks) = self.rates(weights.mass);
        let lost = if is_calm { 0.0 } else { c_one * c_path * (2.0 - c_path) };
        let keep = 1.0 - c_one - c_ranks + lost;
        for i in 0..n {
            for j in 0..=i {
                let ranks: f64 = weights.each.iter().zip(&steps).map(|(weight, step)| weight * step[i] * step[j]).sum();
                let entry = &mut self.covariance[i * n + j];
                *entry = keep * *entry + c_one * self.path[i] * self.path[j] + c_ranks * ranks;
            }
        }
        // At most a factor of e in one generation, as the tutorial's implementation has it.
        let change = ((c_sigma / damping) * (length / usual_length - 1.0)).min(1.0);
        self.sigma = (self.sigma * numeric::exp(change)).clamp(SMALLEST, 1.0);
        self.keep_open();
    }

    /// Keeps every standard deviation at the least one, and finds the root.
    fn keep_open(&mut self) {
        let n = self.constants.n;
        let least = self.narrowest / self.sigma;
        for at in 0..n {
            let variance = &mut self.covariance[at * n + at];
            *variance = variance.max(least * least);
        }
        let mut root = self.covariance.clone();
        if cholesky(&mut root, n) {
            self.root = root;
            return;
        }
        // Rounding has cost the matrix its shape: it starts again from its diagonal.
        for at in 0..n * n {
            let (i, j) = (at / n, at % n);
            if i != j {
                self.covariance[at] = 0.0;
            }
            self.root[at] = if i == j { self.covariance[at].sqrt() } else { 0.0 };
        }
    }

    /// The learning rates of the covariance: from the path, and from the ranks.
    fn rates(&self, mass: f64) -> (f64, f64) {
        let d = self.constants.n.max(1) as f64;
        let c_one = 2.0 / ((d + 1.3) * (d + 1.3) + mass);
        let c_ranks = 2.0 * (mass - 2.0 + 1.0 / mass) / ((d + 2.0) * (d + 2.0) + mass);
        (c_one, c_ranks.clamp(0.0, 1.0 - c_one))
    }

    fn whitened_length(&self, step: &[f64]) -> f64 {
        let mut whitened = step.to_vec();
        solve_lower(&self.root, self.constants.n, &mut whitened);
        norm(&whitened)
    }
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|part| part * part).sum::<f64>().sqrt()
}

/// Which of `n` equal cells `unit` lies in.
fn cell(unit: f64, n: usize) -> usize {
    ((unit * n as f64) as usize).min(n - 1)
}
