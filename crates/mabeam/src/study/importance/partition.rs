//! The boxes of a tree, and the exact decomposition of the variance over them.
//!
//! A tree is constant on boxes. Along each side the boxes begin and end at few places, which cut the side into cells;
//! the mean over all other sides is then constant on a cell, or for two sides on a product of two cells, and is a sum
//! over boxes. A box covers a run of cells, so it is enough to note where it begins and ends, and to add up once.

use super::regression::{Cut, Node, Tree};
use super::sample::Axis;

/// The part of a side that a box covers.
#[derive(Clone, Debug, PartialEq)]
enum Extent {
    Between(f64, f64),
    Options(Vec<bool>),
}

/// A side of the cube, cut into cells.
#[derive(Clone, Debug, PartialEq)]
struct Cells {
    /// Where cells end and begin; empty where they are options.
    thresholds: Vec<f64>,
    /// How long each is; all together 1.
    lengths: Vec<f64>,
}

/// A box: its value, how large it is, and along each side the runs of cells that it covers and how long they are.
#[derive(Clone, Debug, PartialEq)]
struct Cuboid {
    value: f64,
    volume: f64,
    runs: Vec<Vec<(usize, usize)>>,
    lengths: Vec<f64>,
}

/// A tree as its boxes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Partition {
    cells: Vec<Cells>,
    boxes: Vec<Cuboid>,
}

/// The variance of a tree over the cube, and what sides explain of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decomposition {
    pub(super) variance: f64,
    /// What each side explains alone.
    pub(super) main: Vec<f64>,
    /// What two sides explain beyond that: (0, 1), (0, 2), …, (1, 2), ….
    pub(super) pairs: Vec<f64>,
}

impl Partition {
    pub(super) fn of(tree: &Tree, axes: &[Axis]) -> Self {
        let cells: Vec<Cells> = axes.iter().enumerate().map(|(at, axis)| Cells::of(tree, at, *axis)).collect();
        let mut boxes = Vec::new();
        let whole = |axis: &Axis| match axis {
            Axis::Ordered => Extent::Between(0.0, 1.0),
            Axis::Options(options) => Extent::Options(vec![true; *options]),
        };
        let mut open = vec![(0, axes.iter().map(whole).collect::<Vec<_>>())];
        while let Some((node, extents)) = open.pop() {
            match &tree.nodes[node] {
                Node::Leaf(value) => boxes.push(Cuboid::new(*value, &extents, &cells)),
                Node::Split { axis, cut, left, right } => {
                    let (low, high) = extents[*axis].halves(cut);
                    let with = |extent: Extent| {
                        let mut extents = extents.clone();
                        extents[*axis] = extent;
                        extents
                    };
                    open.push((*right, with(high)));
                    open.push((*left, with(low)));
                }
            }
        }
        // A cut at the very end of a side leaves a box without any volume, and so does one outside of the box that it
        // cuts.
        boxes.retain(|one: &Cuboid| one.volume > 0.0);
        Self { cells, boxes }
    }

    pub(super) fn decompose(&self) -> Decomposition {
        let mean: f64 = self.boxes.iter().map(|one| one.volume * one.value).sum();
        let variance = self.boxes.iter().map(|one| one.volume * (one.value - mean) * (one.value - mean)).sum();
        let alone: Vec<Vec<f64>> = (0..self.cells.len()).map(|axis| self.along(axis, mean)).collect();
        let main = alone.iter().zip(&self.cells).map(|(effect, cells)| cells.mean_square(effect)).collect();
        let mut pairs = Vec::new();
        for one in 0..self.cells.len() {
            for two in one + 1..self.cells.len() {
                pairs.push(self.between(one, two, mean, (&alone[one], &alone[two])));
            }
        }
        Decomposition { variance, main, pairs }
    }

    /// The mean over all other sides in each cell of one, less the mean of all.
    fn along(&self, axis: usize, mean: f64) -> Vec<f64> {
        let mut steps = vec![0.0; self.cells[axis].lengths.len() + 1];
        for one in &self.boxes {
            let part = (one.value - mean) * one.volume / one.lengths[axis];
            for (begin, end) in &one.runs[axis] {
                steps[*begin] += part;
                steps[*end] -= part;
            }
        }
        steps.pop();
        add_up(&mut steps);
        steps
    }

    /// The mean square of what two sides explain beyond what each explains alone.
    fn between(&self, one: usize, two: usize, mean: f64, alone: (&[f64], &[f64])) -> f64 {
        let (rows, columns) = (&self.cells[one].lengths, &self.cells[two].lengths);
        if rows.len() == 1 || columns.len() == 1 {
            // A side that is never cut does nothing.
            return 0.0;
        }
        let width = columns.len() + 1;
        let mut steps = vec![0.0; (rows.len() + 1) * width];
        for cuboid in &self.boxes {
            let part = (cuboid.value - mean) * cuboid.volume / (cuboid.lengths[one] * cuboid.lengths[two]);
            for (top, bottom) in &cuboid.runs[one] {
                for (left, right) in &cuboid.runs[two] {
                    steps[top * width + left] += part;
                    steps[top * width + right] -= part;
                    steps[bottom * width + left] -= part;
                    steps[bottom * width + right] += part;
                }
            }
        }
        let mut above = vec![0.0; width];
        let mut sum = 0.0;
        for (row, length) in rows.iter().enumerate() {
            let mut along = 0.0;
            for (column, across) in columns.iter().enumerate() {
                along += steps[row * width + column];
                above[column] += along;
                let effect = above[column] - alone.0[row] - alone.1[column];
                sum += length * across * effect * effect;
            }
        }
        sum
    }
}

fn add_up(steps: &mut [f64]) {
    let mut sum = 0.0;
    for step in steps {
        sum += *step;
        *step = sum;
    }
}

impl Extent {
    /// The two parts that a cut leaves.
    fn halves(&self, cut: &Cut) -> (Self, Self) {
        match (self, cut) {
            (Self::Between(low, high), Cut::Below(threshold)) => {
                let threshold = threshold.clamp(*low, *high);
                (Self::Between(*low, threshold), Self::Between(threshold, *high))
            }
            (Self::Options(there), Cut::Options(left)) => {
                let part = |is_left: bool| {
                    let both = there.iter().zip(left);
                    Self::Options(both.map(|(there, left)| *there && *left == is_left).collect())
                };
                (part(true), part(false))
            }
            // A tree cuts each side by its kind.
            _ => (self.clone(), self.clone()),
        }
    }
}

impl Cells {
    fn of(tree: &Tree, at: usize, axis: Axis) -> Self {
        if let Axis::Options(options) = axis {
            return Self { thresholds: Vec::new(), lengths: vec![1.0 / options as f64; options] };
        }
        let mut thresholds: Vec<f64> = (tree.nodes.iter())
            .filter_map(|node| match node {
                Node::Split { axis, cut: Cut::Below(threshold), .. } if *axis == at => Some(*threshold),
                _ => None,
            })
            .collect();
        thresholds.sort_by(f64::total_cmp);
        thresholds.dedup();
        let ends = [0.0].into_iter().chain(thresholds.iter().copied());
        let lengths = ends.zip(thresholds.iter().copied().chain([1.0])).map(|(from, to)| to - from).collect();
        Self { thresholds, lengths }
    }

    /// The runs of cells that an extent covers.
    fn runs(&self, extent: &Extent) -> Vec<(usize, usize)> {
        match extent {
            Extent::Between(low, high) => {
                let begin = self.thresholds.partition_point(|threshold| threshold <= low);
                let end = self.thresholds.partition_point(|threshold| threshold < high) + 1;
                vec![(begin, end)]
            }
            Extent::Options(there) => {
                let mut runs: Vec<(usize, usize)> = Vec::new();
                for option in (0..there.len()).filter(|option| there[*option]) {
                    match runs.last_mut() {
                        Some((_, end)) if *end == option => *end += 1,
                        _ => runs.push((option, option + 1)),
                    }
                }
                runs
            }
        }
    }

    fn mean_square(&self, effect: &[f64]) -> f64 {
        self.lengths.iter().zip(effect).map(|(length, effect)| length * effect * effect).sum()
    }
}

impl Cuboid {
    fn new(value: f64, extents: &[Extent], cells: &[Cells]) -> Self {
        let runs: Vec<Vec<(usize, usize)>> =
            extents.iter().zip(cells).map(|(extent, cells)| cells.runs(extent)).collect();
        let covered = |(runs, cells): (&Vec<(usize, usize)>, &Cells)| {
            runs.iter().map(|(begin, end)| cells.lengths[*begin..*end].iter().sum::<f64>()).sum::<f64>()
        };
        let lengths: Vec<f64> = runs.iter().zip(cells).map(covered).collect();
        Self { value, volume: lengths.iter().product(), runs, lengths }
    }
}

#[cfg(test)]
mod tests;
