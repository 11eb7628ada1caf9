//! Regression by a Gaussian process with a Matérn kernel, in plain loops over rows.
//!
//! Every sum runs in a fixed order over contiguous memory: the bits are the same on every machine, and a compiler may
//! still use vector instructions, because no sum runs across the lanes of one.
//!
//! Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 2.1 and equation 4.17.

use crate::study::sampler::linear::{cholesky, solve_lower};
use crate::study::space::numeric;

/// The square root of 5.
const SQRT_5: f64 = 2.236_067_977_499_79;
/// Added to the diagonal beside the noise, so that rounding leaves the matrix positive definite.
const JITTER: f64 = 1e-8;

/// How correlation falls with distance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kernel {
    /// For each coordinate, one over the square of its length.
    pub(super) precision: Vec<f64>,
    /// Which coordinates are categories: two of them are equal or at distance 1.
    pub(super) categorical: Vec<bool>,
    /// The variance of what all points of one level have in common beside the function.
    pub(super) level: f64,
    /// The variance of a single value about the function; the function's own is 1.
    pub(super) noise: f64,
}

/// Points in the unit cube, each on a level, coordinate by coordinate.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    columns: Vec<Vec<f64>>,
    levels: Vec<u32>,
}

impl Points {
    pub(super) fn new(dimensions: usize) -> Self {
        Self { columns: vec![Vec::new(); dimensions], levels: Vec::new() }
    }

    pub(super) fn push(&mut self, units: &[f64], level: u32) {
        for (column, unit) in self.columns.iter_mut().zip(units) {
            column.push(*unit);
        }
        self.levels.push(level);
    }

    pub(super) fn len(&self) -> usize {
        self.levels.len()
    }

    /// Those at these places, in this order.
    pub(super) fn only(&self, chosen: &[usize]) -> Self {
        let of = |column: &Vec<f64>| chosen.iter().map(|at| column[*at]).collect();
        Self {
            columns: self.columns.iter().map(of).collect(),
            levels: chosen.iter().map(|at| self.levels[*at]).collect(),
        }
    }

    fn point(&self, at: usize) -> impl Iterator<Item = f64> {
        self.columns.iter().map(move |column| column[at])
    }
}

impl Kernel {
    /// Fills `row` with the covariances of a point and the first ones of `others`, as many as there is room for.
    fn covariances(&self, units: impl Iterator<Item = f64>, level: u32, others: &Points, row: &mut [f64]) {
        row.fill(0.0);
        for (((unit, column), precision), categorical) in
            units.zip(&others.columns).zip(&self.precision).zip(&self.categorical)
        {
            if *categorical {
                for (square, other) in row.iter_mut().zip(column) {
                    *square += if unit == *other { 0.0 } else { *precision };
                }
            } else {
                for (square, other) in row.iter_mut().zip(column) {
                    let difference = unit - other;
                    *square += difference * difference * precision;
                }
            }
        }
        for square in row.iter_mut() {
            let distance = SQRT_5 * square.sqrt();
            *square = (1.0 + distance + distance * distance / 3.0) * numeric::exp_below_zero(-distance);
        }
        if self.level > 0.0 {
            for (covariance, other) in row.iter_mut().zip(&others.levels) {
                *covariance += if level == *other { self.level } else { 0.0 };
            }
        }
    }
}

/// A process that knows some values.
///
/// Of the points behind the values nothing but the place is known: they lower the variance around them and leave the
/// mean as it is, as if each had turned out as expected (Desautels, Krause and Burdick, "Parallelizing
/// exploration-exploitation tradeoffs in Gaussian process bandit optimization", JMLR 2014).
#[derive(Clone, Debug)]
pub(super) struct Process<'a> {
    kernel: &'a Kernel,
    points: &'a Points,
    /// The lower triangle of the covariances' root, row by row.
    root: Vec<f64>,
    /// The root's inverse times the values.
    whitened: Vec<f64>,
}

impl<'a> Process<'a> {
    /// Takes in `values`, those of the first `points`. `None` where the covariances have no root, which more noise
    /// would mend.
    pub(super) fn new(kernel: &'a Kernel, points: &'a Points, values: &[f64]) -> Option<Self> {
        let n = points.len();
        let mut root = vec![0.0; n * n];
        for at in 0..n {
            let row = &mut root[at * n..at * n + at + 1];
            kernel.covariances(points.point(at), points.levels[at], points, row);
            row[at] += kernel.noise + JITTER;
        }
        if !cholesky(&mut root, n) {
            return None;
        }
        let mut whitened = values.to_vec();
        solve_lower(&root, n, &mut whitened);
        Some(Self { kernel, points, root, whitened })
    }

    /// The place of one of the points.
    pub(super) fn point(&self, at: usize) -> Vec<f64> {
        self.points.point(at).collect()
    }

    /// ln of how likely the values are, but for a constant.
    pub(super) fn likelihood(&self) -> f64 {
        let n = self.points.len();
        let of_value = |(at, whitened): (usize, &f64)| 0.5 * whitened * whitened + numeric::ln(self.root[at * n + at]);
        -self.whitened.iter().enumerate().map(of_value).sum::<f64>()
    }

    /// The mean and the variance of the function at each of `asked`.
    pub(super) fn predict(&self, asked: &Points) -> Vec<(f64, f64)> {
        let (n, m) = (self.points.len(), asked.len());
        let mut solved = vec![0.0; n * m];
        let mut means = vec![0.0; m];
        let mut variances = vec![1.0 + self.kernel.level; m];
        for at in 0..n {
            let (known, rest) = solved.split_at_mut(at * m);
            let row = &mut rest[..m];
            self.kernel.covariances(self.points.point(at), self.points.levels[at], asked, row);
            for (other, factor) in known.chunks_exact(m).zip(&self.root[at * n..]) {
                for (covariance, solved) in row.iter_mut().zip(other) {
                    *covariance -= factor * solved;
                }
            }
            let diagonal = self.root[at * n + at];
            let value = self.whitened.get(at).copied().unwrap_or(0.0);
            for ((solved, mean), variance) in row.iter_mut().zip(&mut means).zip(&mut variances) {
                *solved /= diagonal;
                *mean += *solved * value;
                *variance -= *solved * *solved;
            }
        }
        means.into_iter().zip(variances).map(|(mean, variance)| (mean, variance.max(1e-12))).collect()
    }
}

#[cfg(test)]
mod tests;
