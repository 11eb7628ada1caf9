use foundation_core::port::entropy::RandomStream;

use super::{Axis, Parzen, Shape};
use crate::study::sampler::tpe::{Bandwidth, TpeSettings};
use crate::study::space::{SearchSpace, numeric};

fn space() -> SearchSpace {
    SearchSpace::builder().float("x", 0.0, 1.0).choice("c", ["a", "b", "c"]).float("y", 0.0, 1.0).build().unwrap()
}

/// A density integrates to 1 over the unit cube and the categories.
#[test]
fn it_integrates_to_one() {
    let space = space();
    let axes: Vec<Axis<'_>> = space.parameters().iter().map(Axis::of).collect();
    let (a, b, c) = (1.0 / 6.0, 0.5, 5.0 / 6.0);
    let points = [0.0, a, 0.5, 0.9, b, 1.0, 0.3, b, 0.2];
    for bandwidth in [Bandwidth::Range(0.2), Bandwidth::Range(1.0), Bandwidth::Spread(1.06)] {
        let settings = TpeSettings { bandwidth, ..TpeSettings::default() };
        for points in [&points[..], &[]] {
            let mut density = Parzen::new(&axes, points, &settings);
            let mut sum = 0.0;
            let steps = 100;
            for category in [a, b, c] {
                for i in 0..steps {
                    for j in 0..steps {
                        let [x, y] = [i, j].map(|at| (f64::from(at) + 0.5) / f64::from(steps));
                        sum += density.density(&[x, category, y]);
                    }
                }
            }
            let integral = sum / f64::from(steps * steps);
            assert!((integral - 1.0).abs() < 1e-3, "{integral} with {bandwidth:?} over {} coordinates", points.len());
        }
    }
}

/// What is drawn follows the density: compared in cells, with 4 standard deviations allowed.
#[test]
fn draws_follow_the_density() {
    let space = space();
    let axes: Vec<Axis<'_>> = space.parameters().iter().map(Axis::of).collect();
    let (a, b, c) = (1.0 / 6.0, 0.5, 5.0 / 6.0);
    let mut density = Parzen::new(&axes, &[0.05, a, 0.5, 0.9, b, 1.0, 0.3, b, 0.2], &TpeSettings::default());
    let mut random = RandomStream::new(1, 2);
    let cells = 8;
    let cell_of = |unit: f64| ((unit * cells as f64) as usize).min(cells - 1);
    let mut counted = vec![0_u32; cells * cells * 3];
    let draws = 40_000;
    for _ in 0..draws {
        let point = density.draw(&mut random);
        let category = (point[1] * 3.0) as usize;
        counted[(cell_of(point[0]) * cells + cell_of(point[2])) * 3 + category] += 1;
    }
    for i in 0..cells {
        for j in 0..cells {
            for (at, category) in [a, b, c].into_iter().enumerate() {
                let mut sum = 0.0;
                for (fine_i, fine_j) in (0..20).flat_map(|i| (0..20).map(move |j| (i, j))) {
                    let x = (i as f64 + (f64::from(fine_i) + 0.5) / 20.0) / cells as f64;
                    let y = (j as f64 + (f64::from(fine_j) + 0.5) / 20.0) / cells as f64;
                    sum += density.density(&[x, category, y]);
                }
                let wanted = sum / 400.0 / (cells * cells) as f64 * f64::from(draws);
                let got = f64::from(counted[(i * cells + j) * 3 + at]);
                assert!((got - wanted).abs() < 4.0 * wanted.sqrt() + 3.0, "{got} and not {wanted} in {i} {j} {at}");
            }
        }
    }
}

/// The sum that gives up gives up only where the whole sum would be as dense, and is that sum otherwise: bit for bit what
/// one sum over all kernels says.
#[test]
fn runs_and_giving_up_change_no_bit() {
    let space = space();
    let axes: Vec<Axis<'_>> = space.parameters().iter().map(Axis::of).collect();
    let mut random = RandomStream::new(3, 4);
    let mut drawn = |n: usize| -> Vec<f64> {
        (0..n).flat_map(|_| [random.next_f64(), (f64::from(random.below(3)) + 0.5) / 3.0, random.next_f64()]).collect()
    };
    for kernels in [0, 1, 63, 64, 65, 300] {
        let mut density = Parzen::new(&axes, &drawn(kernels), &TpeSettings::default());
        let points = drawn(50);
        let all: Vec<f64> = points.chunks_exact(3).map(|point| summed(&density, point)).collect();
        let middle = all.iter().sum::<f64>() / all.len() as f64;
        let mut given_up = 0;
        for (point, whole) in points.chunks_exact(3).zip(&all) {
            assert_eq!(density.density(point).to_bits(), whole.to_bits(), "{kernels} kernels");
            match density.density_unless(point, |part| part > middle) {
                Some(got) => assert_eq!(got.to_bits(), whole.to_bits(), "{kernels} kernels"),
                None => {
                    given_up += 1;
                    assert!(*whole > middle, "{whole} was given up, {middle} is allowed, {kernels} kernels");
                }
            }
        }
        assert_eq!(given_up, all.iter().filter(|whole| kernels > 0 && **whole > middle).count());
    }
}

/// The density as its definition says it, one kernel after the other.
fn summed(density: &Parzen<'_>, point: &[f64]) -> f64 {
    let mut sum = 0.0;
    for kernel in 0..density.n {
        let mut exponent = 0.0;
        for (at, shape) in density.shapes.iter().enumerate() {
            let place = density.places[at * density.n + kernel];
            match *shape {
                Shape::Normal { precision, .. } => exponent -= (point[at] - place) * (point[at] - place) * precision,
                Shape::Category { ln_same, ln_other, .. } => {
                    exponent += if point[at] == place { ln_same } else { ln_other };
                }
            }
        }
        sum += numeric::exp_below_zero(exponent) * density.factors[kernel];
    }
    density.even_density + sum
}
