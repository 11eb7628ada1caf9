//! A perceptron with one hidden layer: its weights, its answers, its training.
//!
//! It is the network of scikit-learn's `MLPClassifier(solver="sgd")`: uniform weights after Glorot and Bengio (2010),
//! Nesterov's momentum, cross-entropy of a softmax, and a penalty on the weights that is divided by the size of the
//! batch. Weights are 32 bits wide.
//!
//! Apart from the matrix products no step leaves room for other bits on other machines: the exponential and the
//! tangent are polynomials of our own, not the system's. The products are `matrixmultiply`'s, whose kernel
//! depends on the processor; so the same checkpoint comes back on processors with the same vector instructions, and
//! one that differs in the last bits on others.

mod activation;

use foundation_core::port::entropy::RandomStream;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayBase, ArrayView2, Axis, Data, Dimension, Zip};

use crate::data::{CLASSES, PIXELS, Part};
use crate::hyperparameters::{Activation, Hyperparameters};

/// One number per weight of a network: the weights themselves, their momentum, or their slopes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layers {
    /// From pixels to hidden units.
    pub(crate) first: Array2<f32>,
    /// The offsets of the hidden units.
    pub(crate) first_offsets: Array1<f32>,
    /// From hidden units to classes.
    pub(crate) second: Array2<f32>,
    /// The offsets of the classes.
    pub(crate) second_offsets: Array1<f32>,
}

impl Layers {
    pub(crate) fn zeros(hidden: usize) -> Self {
        Self {
            first: Array2::zeros((PIXELS, hidden)),
            first_offsets: Array1::zeros(hidden),
            second: Array2::zeros((hidden, CLASSES)),
            second_offsets: Array1::zeros(CLASSES),
        }
    }

    /// All numbers in the order of the fields, rows one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &f32> {
        self.first.iter().chain(&self.first_offsets).chain(&self.second).chain(&self.second_offsets)
    }

    /// All numbers in the order of [`iter`](Self::iter).
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        let first = self.first.iter_mut().chain(&mut self.first_offsets);
        first.chain(&mut self.second).chain(&mut self.second_offsets)
    }
}

/// A network in training.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Network {
    pub(crate) activation: Activation,
    /// The epochs it was trained.
    pub(crate) epoch: u32,
    pub(crate) weights: Layers,
    pub(crate) momentum: Layers,
}

impl Network {
    /// Draws a network that has learnt nothing.
    pub(crate) fn new(hidden: usize, activation: Activation, random: &mut RandomStream) -> Self {
        let mut weights = Layers::zeros(hidden);
        let of_layers = [(PIXELS + 1) * hidden, (hidden + 1) * CLASSES];
        let bounds = [PIXELS + hidden, hidden + CLASSES].map(|ends| (6.0 / ends as f32).sqrt());
        let mut all = weights.iter_mut();
        for (n, bound) in of_layers.into_iter().zip(bounds) {
            for weight in all.by_ref().take(n) {
                *weight = bound * (2.0 * unit(random) - 1.0);
            }
        }
        drop(all);
        Self { activation, epoch: 0, weights, momentum: Layers::zeros(hidden) }
    }

    /// How many hidden units it has.
    pub(crate) fn hidden(&self) -> usize {
        self.weights.first_offsets.len()
    }

    /// The share of `part` that it answers rightly.
    pub(crate) fn accuracy(&self, part: &Part) -> f64 {
        let answers = self.right_answers(part);
        answers.iter().filter(|is_right| **is_right).count() as f64 / answers.len() as f64
    }

    /// Which digits of `part` it answers rightly. One for which an output is no number counts as wrong.
    pub(crate) fn right_answers(&self, part: &Part) -> Vec<bool> {
        let mut room = Room::new(self.hidden(), part.labels.len());
        self.answer(part.pixels.view(), &mut room);
        let is_right = |(outputs, label): &(ndarray::ArrayView1<'_, f32>, &usize)| {
            let answer = outputs[**label];
            // The first of equal outputs is the answer; a comparison with NaN is false.
            outputs.iter().enumerate().all(
                |(class, output)| {
                    if class < **label { *output < answer } else { *output <= answer }
                },
            )
        };
        room.outputs.rows().into_iter().zip(&part.labels).map(|pair| is_right(&pair)).collect()
    }

    /// Trains one epoch more: all digits once, in an order drawn from `random`.
    pub(crate) fn train_epoch(
        &mut self,
        part: &Part,
        settings: &Hyperparameters,
        random: &mut RandomStream,
        room: &mut Room,
    ) {
        // From the same order each time, so that an epoch does not depend on those before it.
        let mut order = std::mem::take(&mut room.order);
        order.clear();
        order.extend(0..part.labels.len());
        random.shuffle(&mut order);
        for batch in order.chunks(settings.batch) {
            self.step(part, batch, settings, room);
        }
        room.order = order;
        self.epoch += 1;
    }

    /// One step down the gradient on the digits `batch`.
    fn step(&mut self, part: &Part, batch: &[usize], settings: &Hyperparameters, room: &mut Room) {
        let n = batch.len();
        let mut inputs = std::mem::take(&mut room.inputs);
        for (mut row, &digit) in inputs.rows_mut().into_iter().zip(batch) {
            row.assign(&part.pixels.row(digit));
        }
        let pixels = inputs.slice_axis(Axis(0), (..n).into());
        self.answer(pixels, room);

        let hidden = room.hidden.slice_axis(Axis(0), (..n).into());
        // From here on `outputs` and `errors` hold the slope of the loss at the outputs and at the hidden units.
        let mut outputs = room.outputs.slice_axis_mut(Axis(0), (..n).into());
        let mut errors = room.errors.slice_axis_mut(Axis(0), (..n).into());
        for (mut row, &digit) in outputs.rows_mut().into_iter().zip(batch) {
            activation::softmax(&mut row);
            row[part.labels[digit]] -= 1.0;
        }
        general_mat_mul(1.0, &outputs, &self.weights.second.t(), 0.0, &mut errors);
        activation::multiply_slope(self.activation, &hidden, &mut errors);

        let share = 1.0 / n as f32;
        let slopes = &mut room.slopes;
        general_mat_mul(share, &pixels.t(), &errors, 0.0, &mut slopes.first);
        general_mat_mul(share, &hidden.t(), &outputs, 0.0, &mut slopes.second);
        mean_of_rows(&errors, &mut slopes.first_offsets);
        mean_of_rows(&outputs, &mut slopes.second_offsets);

        let (weights, momentum) = (&mut self.weights, &mut self.momentum);
        let penalty = settings.l2 * share;
        descend(&mut weights.first, &mut momentum.first, &slopes.first, settings, penalty);
        descend(&mut weights.second, &mut momentum.second, &slopes.second, settings, penalty);
        descend(&mut weights.first_offsets, &mut momentum.first_offsets, &slopes.first_offsets, settings, 0.0);
        descend(&mut weights.second_offsets, &mut momentum.second_offsets, &slopes.second_offsets, settings, 0.0);
        room.inputs = inputs;
    }

    /// Writes the hidden units and the outputs for each row of `pixels` into `room`.
    fn answer(&self, pixels: ArrayView2<'_, f32>, room: &mut Room) {
        let n = pixels.nrows();
        let mut hidden = room.hidden.slice_axis_mut(Axis(0), (..n).into());
        general_mat_mul(1.0, &pixels, &self.weights.first, 0.0, &mut hidden);
        for mut row in hidden.rows_mut() {
            activation::apply(self.activation, &self.weights.first_offsets, &mut row);
        }
        let mut outputs = room.outputs.slice_axis_mut(Axis(0), (..n).into());
        outputs.assign(&self.weights.second_offsets);
        general_mat_mul(1.0, &hidden, &self.weights.second, 1.0, &mut outputs);
    }
}

/// One step of Nesterov's momentum, in the form of scikit-learn: the look ahead is part of the step.
fn descend<D: Dimension>(
    weights: &mut ndarray::Array<f32, D>,
    momentum: &mut ndarray::Array<f32, D>,
    slopes: &ndarray::Array<f32, D>,
    settings: &Hyperparameters,
    penalty: f32,
) {
    let (rate, keep) = (settings.rate, settings.momentum);
    Zip::from(weights).and(momentum).and(slopes).for_each(|weight, momentum, slope| {
        let change = rate * (slope + penalty * *weight);
        *momentum = keep * *momentum - change;
        *weight += keep * *momentum - change;
    });
}

/// Writes the mean of `rows` into `mean`.
fn mean_of_rows<S: Data<Elem = f32>>(rows: &ArrayBase<S, ndarray::Ix2>, mean: &mut Array1<f32>) {
    let share = 1.0 / rows.nrows() as f32;
    mean.fill(0.0);
    for row in rows.axis_iter(Axis(0)) {
        mean.zip_mut_with(&row, |sum, value| *sum += share * value);
    }
}

/// Draws from [0, 1) with 24 random bits.
fn unit(random: &mut RandomStream) -> f32 {
    (random.next_u32() >> 8) as f32 * (1.0 / (1_u32 << 24) as f32)
}

/// Room for what one step computes, so that no step asks for it.
#[derive(Debug)]
pub(crate) struct Room {
    order: Vec<usize>,
    inputs: Array2<f32>,
    hidden: Array2<f32>,
    outputs: Array2<f32>,
    errors: Array2<f32>,
    slopes: Layers,
}

impl Room {
    /// Room for `rows` digits at a time.
    pub(crate) fn new(hidden: usize, rows: usize) -> Self {
        Self {
            order: Vec::new(),
            inputs: Array2::zeros((rows, PIXELS)),
            hidden: Array2::zeros((rows, hidden)),
            outputs: Array2::zeros((rows, CLASSES)),
            errors: Array2::zeros((rows, hidden)),
            slopes: Layers::zeros(hidden),
        }
    }
}

#[cfg(test)]
mod tests;
