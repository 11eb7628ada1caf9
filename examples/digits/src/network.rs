//! A perceptron with one hidden layer: its weights, its answers, its training.
//!
//! It is the network of scikit-learn's `MLPClassifier(solver="sgd")`: uniform weights after Glorot and Bengio (2010),
//! Nesterov's momentum, cross-entropy of a softmax, and a penalty on the weights that is divided by the size of the
//! batch. Weights are 32 bits wide. Matrices are slices, one row after the other.
//!
//! No step leaves room for other bits on other processors: the exponential and the tangent are polynomials of our own,
//! not the system's, the matrix products are sums in a fixed order, and wider registers compute the same numbers side by
//! side.

mod activation;
mod descent;
mod product;

use foundation_core::port::entropy::RandomStream;
use pulp::Arch;

use crate::data::{CLASSES, PIXELS, Part};
use crate::hyperparameters::{Activation, Hyperparameters};
use activation::{Apply, MultiplySlope, Softmax};
use descent::{Descend, MeanOfRows};
use product::{Left, Packed, Then, product};

/// One number per weight of a network: the weights themselves, their momentum, or their slopes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layers {
    /// From pixels to hidden units: a row for each pixel.
    pub(crate) first: Vec<f32>,
    /// The offsets of the hidden units.
    pub(crate) first_offsets: Vec<f32>,
    /// From hidden units to classes: a row for each hidden unit.
    pub(crate) second: Vec<f32>,
    /// The offsets of the classes.
    pub(crate) second_offsets: Vec<f32>,
}

impl Layers {
    pub(crate) fn zeros(hidden: usize) -> Self {
        Self {
            first: vec![0.0; PIXELS * hidden],
            first_offsets: vec![0.0; hidden],
            second: vec![0.0; hidden * CLASSES],
            second_offsets: vec![0.0; CLASSES],
        }
    }

    /// The fields in their order.
    pub(crate) fn parts(&self) -> [&[f32]; 4] {
        [&self.first, &self.first_offsets, &self.second, &self.second_offsets]
    }

    /// The fields in their order.
    pub(crate) fn parts_mut(&mut self) -> [&mut [f32]; 4] {
        [&mut self.first, &mut self.first_offsets, &mut self.second, &mut self.second_offsets]
    }
}

/// How many digits are answered at a time: few enough that their hidden units stay near.
const ANSWERS: usize = 64;

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
        let [first, second] = [PIXELS + hidden, hidden + CLASSES].map(|ends| (6.0 / ends as f32).sqrt());
        for (weights, bound) in weights.parts_mut().into_iter().zip([first, first, second, second]) {
            for weight in weights {
                *weight = bound * (2.0 * unit(random) - 1.0);
            }
        }
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
        let mut room = Room::new(self.hidden(), ANSWERS.min(part.labels.len()));
        let mut answers = Vec::with_capacity(part.labels.len());
        for (pixels, labels) in part.pixels.chunks(ANSWERS * PIXELS).zip(part.labels.chunks(ANSWERS)) {
            self.answer(pixels, &mut room);
            let is_right = |(outputs, label): (&[f32], &usize)| {
                let answer = outputs[*label];
                // The first of equal outputs is the answer; a comparison with NaN is false.
                outputs.iter().enumerate().all(
                    |(class, output)| {
                        if class < *label { *output < answer } else { *output <= answer }
                    },
                )
            };
            answers.extend(room.outputs.chunks_exact(CLASSES).zip(labels).map(is_right));
        }
        answers
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
        let (n, units) = (batch.len(), self.hidden());
        let mut inputs = std::mem::take(&mut room.inputs);
        for (row, &digit) in inputs.chunks_exact_mut(PIXELS).zip(batch) {
            row.copy_from_slice(&part.pixels[digit * PIXELS..][..PIXELS]);
        }
        let pixels = &inputs[..n * PIXELS];
        self.answer(pixels, room);

        let arch = room.arch;
        let hidden = &room.hidden[..n * units];
        // From here on `outputs` and `errors` hold the slope of the loss at the outputs and at the hidden units.
        let outputs = &mut room.outputs[..n * CLASSES];
        let errors = &mut room.errors[..n * units];
        arch.dispatch(Softmax { rows: outputs });
        for (row, &digit) in outputs.chunks_exact_mut(CLASSES).zip(batch) {
            row[part.labels[digit]] -= 1.0;
        }
        let packed = &mut room.packed;
        product::transpose(&self.weights.second, CLASSES, &mut room.second);
        product(arch, packed, Left::of(outputs, CLASSES), &room.second, units, Then::Write(1.0), errors);
        arch.dispatch(MultiplySlope { activation: self.activation, units: hidden, errors });

        let share = 1.0 / n as f32;
        let slopes = &mut room.slopes;
        let (inputs_turned, hidden_turned) = (Left::transpose_of(pixels, PIXELS), Left::transpose_of(hidden, units));
        product(arch, packed, inputs_turned, errors, units, Then::Write(share), &mut slopes.first);
        product(arch, packed, hidden_turned, outputs, CLASSES, Then::Write(share), &mut slopes.second);
        arch.dispatch(MeanOfRows { matrix: errors, mean: &mut slopes.first_offsets });
        arch.dispatch(MeanOfRows { matrix: outputs, mean: &mut slopes.second_offsets });

        let (weights, momentum, penalty) = (&mut self.weights, &mut self.momentum, settings.l2 * share);
        for (weights, momentum, slopes, penalty) in [
            (&mut weights.first, &mut momentum.first, &slopes.first, penalty),
            (&mut weights.second, &mut momentum.second, &slopes.second, penalty),
            (&mut weights.first_offsets, &mut momentum.first_offsets, &slopes.first_offsets, 0.0),
            (&mut weights.second_offsets, &mut momentum.second_offsets, &slopes.second_offsets, 0.0),
        ] {
            arch.dispatch(Descend { weights, momentum, slopes, rate: settings.rate, keep: settings.momentum, penalty });
        }
        room.inputs = inputs;
    }

    /// Writes the hidden units and the outputs for each row of `pixels` into `room`.
    fn answer(&self, pixels: &[f32], room: &mut Room) {
        let (n, units) = (pixels.len() / PIXELS, self.hidden());
        let hidden = &mut room.hidden[..n * units];
        let (arch, packed) = (room.arch, &mut room.packed);
        product(arch, packed, Left::of(pixels, PIXELS), &self.weights.first, units, Then::Write(1.0), hidden);
        let offsets = &self.weights.first_offsets;
        arch.dispatch(Apply { activation: self.activation, offsets, rows: hidden });
        let outputs = &mut room.outputs[..n * CLASSES];
        for row in outputs.chunks_exact_mut(CLASSES) {
            row.copy_from_slice(&self.weights.second_offsets);
        }
        product(arch, packed, Left::of(hidden, units), &self.weights.second, CLASSES, Then::Add, outputs);
    }
}

/// Draws from [0, 1) with 24 random bits.
fn unit(random: &mut RandomStream) -> f32 {
    (random.next_u32() >> 8) as f32 * (1.0 / (1_u32 << 24) as f32)
}

/// Room for what one step computes, so that no step asks for it.
#[derive(Debug)]
pub(crate) struct Room {
    /// The widest registers that this processor has.
    arch: Arch,
    packed: Packed,
    order: Vec<usize>,
    inputs: Vec<f32>,
    hidden: Vec<f32>,
    outputs: Vec<f32>,
    errors: Vec<f32>,
    /// The second layer, a row for each class.
    second: Vec<f32>,
    slopes: Layers,
}

impl Room {
    /// Room for `rows` digits at a time.
    pub(crate) fn new(hidden: usize, rows: usize) -> Self {
        Self {
            arch: Arch::new(),
            packed: Packed::default(),
            order: Vec::new(),
            inputs: vec![0.0; rows * PIXELS],
            hidden: vec![0.0; rows * hidden],
            outputs: vec![0.0; rows * CLASSES],
            errors: vec![0.0; rows * hidden],
            second: vec![0.0; hidden * CLASSES],
            slopes: Layers::zeros(hidden),
        }
    }
}

#[cfg(test)]
mod tests;
