use foundation_core::port::entropy::RandomStream;
use pulp::Arch;

use super::descent::Descend;
use super::{Layers, Network, Room};
use crate::data::{CLASSES, PIXELS, Part};
use crate::hyperparameters::{Activation, Hyperparameters};

/// What this processor can run: its widest registers, narrower ones, none.
pub(super) fn widths() -> Vec<Arch> {
    let mut widths = vec![Arch::new(), Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    widths.extend(pulp::x86::V3::try_new().map(Arch::V3));
    widths
}

fn settings(activation: Activation) -> Hyperparameters {
    Hyperparameters { hidden: 5, rate: 0.5, batch: 7, l2: 0.25, momentum: 0.0, activation }
}

fn digits(n: usize) -> Part {
    let mut random = RandomStream::new(3, 0);
    let pixels = (0..n * PIXELS).map(|_| random.next_f64() as f32).collect();
    Part { pixels, labels: (0..n).map(|at| at % CLASSES).collect() }
}

/// The mean cross-entropy and the penalty, in 64 bits and with the functions of the library.
fn loss(network: &Network, part: &Part, l2: f64) -> f64 {
    let weights = &network.weights;
    let activate = |sum: f64| match network.activation {
        Activation::Relu => sum.max(0.0),
        Activation::Tanh => sum.tanh(),
    };
    // A row times a matrix, plus the offsets.
    let layer = |row: &[f64], matrix: &[f32], offsets: &[f32]| -> Vec<f64> {
        let columns = offsets.len();
        let sum = |column: usize| -> f64 {
            row.iter().enumerate().map(|(at, value)| value * f64::from(matrix[at * columns + column])).sum()
        };
        offsets.iter().enumerate().map(|(column, offset)| sum(column) + f64::from(*offset)).collect()
    };
    let of_digit = |(pixels, label): (&[f32], &usize)| {
        let pixels: Vec<f64> = pixels.iter().copied().map(f64::from).collect();
        let hidden = layer(&pixels, &weights.first, &weights.first_offsets).into_iter().map(activate);
        let outputs = layer(&hidden.collect::<Vec<_>>(), &weights.second, &weights.second_offsets);
        outputs.iter().map(|output| output.exp()).sum::<f64>().ln() - outputs[*label]
    };
    let entropy: f64 = part.pixels.chunks_exact(PIXELS).zip(&part.labels).map(of_digit).sum();
    let squares: f64 = weights.first.iter().chain(&weights.second).map(|weight| f64::from(*weight).powi(2)).sum();
    (entropy + 0.5 * l2 * squares) / part.labels.len() as f64
}

/// A step without momentum is the rate times the slope of the loss, and that can be measured.
#[test]
fn a_step_follows_the_slope_of_the_loss() {
    for activation in [Activation::Relu, Activation::Tanh] {
        let (part, settings) = (digits(7), settings(activation));
        let before = Network::new(settings.hidden, activation, &mut RandomStream::new(4, 0));
        let mut after = before.clone();
        after.step(&part, &[0, 1, 2, 3, 4, 5, 6], &settings, &mut Room::new(settings.hidden, 7));
        for at in (0..before.weights.parts().concat().len()).step_by(11) {
            let moved = |by: f32| {
                let mut network = before.clone();
                if let Some(weight) = network.weights.parts_mut().into_iter().flatten().nth(at) {
                    *weight += by;
                }
                loss(&network, &part, f64::from(settings.l2))
            };
            let measured = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            let of = |network: &Network| f64::from(network.weights.parts().concat()[at]);
            let taken = (of(&before) - of(&after)) / f64::from(settings.rate);
            assert!((measured - taken).abs() < 2e-4, "{activation:?}, weight {at}: {measured} and {taken}");
        }
    }
}

/// The second of two steps on the same slope: v = m v - c, then w += m v - c.
#[test]
fn momentum_looks_ahead() {
    let mut weights = Layers::zeros(1);
    let mut momentum = Layers::zeros(1);
    let mut slopes = Layers::zeros(1);
    slopes.first.fill(2.0);
    let settings = Hyperparameters { rate: 0.25, momentum: 0.5, ..settings(Activation::Relu) };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (rate, keep) = (settings.rate, settings.momentum);
        let step = Descend {
            weights: &mut weights.first,
            momentum: &mut momentum.first,
            slopes: &slopes.first,
            rate,
            keep,
            penalty: 0.0,
        };
        Arch::new().dispatch(step);
        seen.push((momentum.first[0], weights.first[0]));
    }
    assert_eq!(seen, [(-0.5, -0.75), (-0.75, -1.625)]);
}

#[test]
fn first_weights_are_even_within_their_bound() {
    let network = Network::new(90, Activation::Relu, &mut RandomStream::new(1, 0));
    let bound = (6.0_f32 / 154.0).sqrt();
    let largest = network.weights.first.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
    assert!(largest <= bound && largest > 0.99 * bound);
    assert!(network.weights.first.iter().sum::<f32>().abs() < 0.01 * network.weights.first.len() as f32);
    let bound = (6.0_f32 / 100.0).sqrt();
    assert!(network.weights.second_offsets.iter().all(|offset| offset.abs() <= bound && *offset != 0.0));
}

#[test]
fn a_broken_network_answers_nothing_rightly() {
    let mut network = Network::new(5, Activation::Tanh, &mut RandomStream::new(1, 0));
    network.weights.second_offsets.fill(f32::NAN);
    assert_eq!(network.accuracy(&digits(20)), 0.0);
}

/// Whatever registers there are, and however the compiler uses them: the same weights to the last bit.
#[test]
fn an_epoch_has_the_same_bits_in_registers_of_any_width() {
    let part = digits(40);
    for activation in [Activation::Relu, Activation::Tanh] {
        for hidden in [5, 16, 43] {
            let settings = Hyperparameters { hidden, batch: 17, momentum: 0.5, ..settings(activation) };
            let trained = |arch: Arch| {
                let mut network = Network::new(hidden, activation, &mut RandomStream::new(9, 0));
                let mut room = Room { arch, ..Room::new(hidden, settings.batch) };
                for epoch in 1..=3 {
                    network.train_epoch(&part, &settings, &mut RandomStream::new(9, epoch), &mut room);
                }
                network
            };
            let plain = trained(Arch::Scalar);
            assert!(plain.weights.parts().concat().iter().all(|weight| weight.is_finite()));
            for arch in widths() {
                assert_eq!(trained(arch), plain, "{activation:?}, {hidden} units, {arch:?}");
            }
        }
    }
}
