use foundation_core::port::entropy::RandomStream;

use super::{Axis, normal, other_category};
use crate::study::space::SearchSpace;

#[test]
fn a_step_stays_on_the_axis_and_in_the_middle_of_a_cell() {
    let space =
        SearchSpace::builder().float("x", 0.0, 1.0).int("n", 1, 4).choice("c", ["a", "b", "c"]).build().unwrap();
    let mut random = RandomStream::new(1, 0);
    for axis in Axis::all(&space) {
        for place in [0.0, 0.5, 1.0] {
            let place = axis.snapped(place);
            for width in [0.01, 0.3, 1.0] {
                for _ in 0..100 {
                    let near = axis.near(place, width, 0.5, &mut random);
                    assert!((0.0..=1.0).contains(&near));
                    assert!((axis.snapped(near) - near).abs() < 1e-12, "{axis:?}: {near}");
                }
            }
        }
    }
}

#[test]
fn another_category_is_every_one_but_its_own() {
    let mut random = RandomStream::new(2, 0);
    let mut counts = [0; 3];
    for _ in 0..3_000 {
        counts[(other_category(0.5, 3, &mut random) * 3.0) as usize] += 1;
    }
    assert_eq!(counts[1], 0);
    assert!((1_350..1_650).contains(&counts[0]), "{counts:?}");
}

#[test]
fn normal_draws_have_mean_zero_and_variance_one() {
    let mut random = RandomStream::new(3, 0);
    let n = 20_000;
    let draws: Vec<f64> = (0..n).map(|_| normal(&mut random)).collect();
    let mean = draws.iter().sum::<f64>() / f64::from(n);
    let variance = draws.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
    assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
}
