use foundation_core::port::entropy::RandomStream;

use super::{Axis, Parzen};
use crate::study::sampler::tpe::{Bandwidth, TpeSettings};
use crate::study::space::SearchSpace;

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
