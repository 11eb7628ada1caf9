//! A regression tree: it cuts the cube, side by side, where the values on both sides of the cut are most alike.
//!
//! Sources: Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984, for the cuts, and for the
//! order of options by their mean, among whose cuts the best one of all subsets is; Breiman, "Random Forests", Machine
//! Learning 2001, for the sides that are drawn at each cut.

use foundation_core::port::entropy::RandomStream;

use super::sample::{Axis, Sample};

/// The fewest trials on a side of a cut. With fewer the trees learn the noise, and call it interaction.
const LEAST_ON_A_SIDE: usize = 3;
/// A guard against trees that only ever split off a few.
const MOST_CUTS_IN_A_ROW: u32 = 64;

/// Where a cut lies.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cut {
    /// What lies below goes left.
    Below(f64),
    /// These options go left.
    Options(Vec<bool>),
}

impl Cut {
    fn goes_left(&self, unit: f64) -> bool {
        match self {
            Self::Below(threshold) => unit < *threshold,
            Self::Options(left) => left.get(Axis::option_at(left.len(), unit)).copied().unwrap_or(false),
        }
    }
}

/// A place of a tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A box with the mean of the values in it.
    Leaf(f64),
    /// A cut, and where its two sides go on.
    Split { axis: usize, cut: Cut, left: usize, right: usize },
}

/// A tree; its root is the first node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    /// Grows a tree on the drawn rows of the points.
    pub(super) fn grow(sample: &Sample, points: &[f64], mut drawn: Vec<u32>, random: &mut RandomStream) -> Self {
        let mut growing = Growing { sample, points, random, nodes: Vec::new() };
        growing.grow(&mut drawn, 0);
        Self { nodes: growing.nodes }
    }

    /// The value of the box around a point.
    pub(super) fn value_at(&self, point: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            match &self.nodes[at] {
                Node::Leaf(value) => return *value,
                Node::Split { axis, cut, left, right } => at = if cut.goes_left(point[*axis]) { *left } else { *right },
            }
        }
    }
}

struct Growing<'a> {
    sample: &'a Sample,
    points: &'a [f64],
    random: &'a mut RandomStream,
    nodes: Vec<Node>,
}

/// A cut with what it is worth: the sum over both sides of their squared sums by their numbers, which is larger the
/// smaller the squared errors are.
struct Candidate {
    axis: usize,
    cut: Cut,
    worth: f64,
}

impl Growing<'_> {
    /// Grows the node of these rows and what is below it; answers its place.
    fn grow(&mut self, rows: &mut [u32], cuts_above: u32) -> usize {
        let place = self.nodes.len();
        let sum: f64 = rows.iter().map(|row| self.value(*row)).sum();
        let n = rows.len().max(1) as f64;
        self.nodes.push(Node::Leaf(sum / n));
        if rows.len() < 2 * LEAST_ON_A_SIDE || cuts_above == MOST_CUTS_IN_A_ROW {
            return place;
        }
        let Some(Candidate { axis, cut, worth }) = self.best_cut(rows) else { return place };
        // What is gained has to be more than the rounding of the sums.
        if worth - sum * sum / n <= 1e-12 {
            return place;
        }
        rows.sort_by_key(|row| !cut.goes_left(self.unit(*row, axis)));
        let n_left = rows.partition_point(|row| cut.goes_left(self.unit(*row, axis)));
        let (left, right) = rows.split_at_mut(n_left);
        let left = self.grow(left, cuts_above + 1);
        let right = self.grow(right, cuts_above + 1);
        self.nodes[place] = Node::Split { axis, cut, left, right };
        place
    }

    fn value(&self, row: u32) -> f64 {
        self.sample.values[row as usize]
    }

    fn unit(&self, row: u32, axis: usize) -> f64 {
        self.points[row as usize * self.sample.axes.len() + axis]
    }

    /// The best cut of some sides that are drawn, as the source has it five in six; where these have none, of the
    /// others.
    fn best_cut(&mut self, rows: &[u32]) -> Option<Candidate> {
        let mut axes: Vec<usize> = (0..self.sample.axes.len()).collect();
        self.random.shuffle(&mut axes);
        let n_drawn = (axes.len() * 5).div_ceil(6);
        let mut best: Option<Candidate> = None;
        for (at, axis) in axes.into_iter().enumerate() {
            if at >= n_drawn && best.is_some() {
                break;
            }
            let found = match self.sample.axes[axis] {
                Axis::Ordered => self.cut_of_order(rows, axis),
                Axis::Options(options) => self.cut_of_options(rows, axis, options),
            };
            let is_better = |found: &Candidate| best.as_ref().is_none_or(|best| found.worth > best.worth);
            best = found.filter(is_better).or(best);
        }
        best
    }

    fn cut_of_order(&self, rows: &[u32], axis: usize) -> Option<Candidate> {
        let mut sorted: Vec<(f64, f64)> = rows.iter().map(|row| (self.unit(*row, axis), self.value(*row))).collect();
        // By value too, so that the sums do not hang on the order of the rows.
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let groups = sorted.iter().map(|(_, value)| (1, *value));
        let (at, worth) = best_of(groups, |at| sorted[at - 1].0 < sorted[at].0)?;
        let (below, above) = (sorted[at - 1].0, sorted[at].0);
        let middle = f64::midpoint(below, above);
        // Between neighbours among floats there is no middle.
        let threshold = if middle > below { middle } else { above };
        Some(Candidate { axis, cut: Cut::Below(threshold), worth })
    }

    fn cut_of_options(&self, rows: &[u32], axis: usize, options: usize) -> Option<Candidate> {
        let mut sums = vec![(0_usize, 0.0_f64); options];
        for row in rows {
            let (count, sum) = &mut sums[Axis::option_at(options, self.unit(*row, axis))];
            *count += 1;
            *sum += self.value(*row);
        }
        let mut order: Vec<usize> = (0..options).filter(|option| sums[*option].0 > 0).collect();
        let mean = |option: usize| sums[option].1 / sums[option].0 as f64;
        order.sort_by(|a, b| mean(*a).total_cmp(&mean(*b)).then(a.cmp(b)));
        let (at, worth) = best_of(order.iter().map(|option| sums[*option]), |_| true)?;
        // Options that no row has go where more rows are.
        let n_left: usize = order[..at].iter().map(|option| sums[*option].0).sum();
        let mut left = vec![2 * n_left > rows.len(); options];
        for (rank, option) in order.into_iter().enumerate() {
            left[option] = rank < at;
        }
        Some(Candidate { axis, cut: Cut::Options(left), worth })
    }
}

/// Where among groups of rows in a row, each with a number and a sum, the cut is best: before which group, and what it
/// is worth; the first of equal ones.
fn best_of(
    groups: impl Iterator<Item = (usize, f64)> + Clone,
    may_cut: impl Fn(usize) -> bool,
) -> Option<(usize, f64)> {
    let (all, whole) = groups.clone().fold((0, 0.0), |(n, sum), (count, value)| (n + count, sum + value));
    let mut best: Option<(usize, f64)> = None;
    let (mut n, mut sum) = (0, 0.0);
    for (at, (count, value)) in groups.enumerate() {
        if n >= LEAST_ON_A_SIDE && all - n >= LEAST_ON_A_SIDE && may_cut(at) {
            let rest = whole - sum;
            let worth = sum * sum / n as f64 + rest * rest / (all - n) as f64;
            if best.is_none_or(|(_, other)| worth > other) {
                best = Some((at, worth));
            }
        }
        n += count;
        sum += value;
    }
    best
}
