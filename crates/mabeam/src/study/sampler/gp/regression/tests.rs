use super::{Kernel, Points, Process};

fn kernel(noise: f64, level: f64) -> Kernel {
    Kernel { precision: vec![4.0, 1.0], categorical: vec![false, true], level, noise }
}

fn points(all: &[([f64; 2], u32)]) -> Points {
    let mut points = Points::new(2);
    all.iter().for_each(|(units, level)| points.push(units, *level));
    points
}

#[test]
fn without_noise_it_goes_through_the_values_and_far_away_it_knows_nothing() {
    let kernel = Kernel { precision: vec![400.0, 400.0], ..kernel(1e-6, 0.0) };
    let known = points(&[([0.1, 0.25], 0), ([0.5, 0.25], 0), ([0.5, 0.75], 0)]);
    let values = [1.0, -1.0, 0.5];
    let process = Process::new(&kernel, &known, &values).unwrap();
    for ((mean, variance), value) in process.predict(&known).into_iter().zip(values) {
        assert!((mean - value).abs() < 1e-4 && variance < 1e-4, "{mean} {variance} {value}");
    }
    let far = process.predict(&points(&[([1.0, 0.25], 0)]));
    assert!(far[0].0.abs() < 1e-3 && (far[0].1 - 1.0).abs() < 1e-3, "{far:?}");
}

/// One point: mean k y / (1 + noise), variance 1 - k^2 / (1 + noise), with the kernel by its formula.
#[test]
fn one_point_is_as_in_the_book() {
    let kernel = kernel(0.5, 0.0);
    let known = points(&[([0.25, 0.25], 0)]);
    let process = Process::new(&kernel, &known, &[2.0]).unwrap();
    let asked = [([0.5, 0.25], 0.25_f64), ([0.25, 0.75], 1.0)];
    for (units, square) in asked {
        let distance = (5.0 * square).sqrt();
        let k = (1.0 + distance + 5.0 * square / 3.0) * (-distance).exp();
        let (mean, variance) = process.predict(&points(&[(units, 0)]))[0];
        assert!((mean - k * 2.0 / 1.5).abs() < 1e-6, "{units:?} {mean}");
        assert!((variance - (1.0 - k * k / 1.5)).abs() < 1e-6, "{units:?} {variance}");
    }
    let expected = -0.5 * (2.0 * 2.0 / 1.5) - 0.5 * 1.5_f64.ln();
    assert!((process.likelihood() - expected).abs() < 1e-6);
}

#[test]
fn a_place_without_a_value_lowers_the_variance_alone() {
    let kernel = kernel(0.1, 0.0);
    let (known, more) = (points(&[([0.2, 0.25], 0)]), points(&[([0.2, 0.25], 0), ([0.7, 0.25], 0)]));
    let asked = points(&[([0.75, 0.25], 0)]);
    let before = Process::new(&kernel, &known, &[1.0]).unwrap().predict(&asked)[0];
    let after = Process::new(&kernel, &more, &[1.0]).unwrap().predict(&asked)[0];
    assert!((before.0 - after.0).abs() < 1e-12);
    assert!(after.1 < 0.5 * before.1, "{before:?} {after:?}");
}

/// Three places on two levels: what the levels have in common is told apart from the function.
#[test]
fn a_level_has_its_own_constant() {
    let kernel = kernel(0.01, 4.0);
    let known = points(&[([0.1, 0.25], 0), ([0.5, 0.25], 0), ([0.9, 0.25], 0), ([0.1, 0.25], 1), ([0.5, 0.25], 1)]);
    let process = Process::new(&kernel, &known, &[0.0, 0.0, 0.0, 3.0, 3.0]).unwrap();
    let asked = process.predict(&points(&[([0.9, 0.25], 1), ([0.9, 0.25], 0)]));
    assert!((asked[0].0 - 3.0).abs() < 0.3 && asked[1].0.abs() < 0.3, "{asked:?}");
}

#[test]
fn equal_points_have_a_root() {
    let kernel = kernel(1e-9, 0.0);
    let known = points(&[([0.5, 0.25], 0); 20]);
    assert!(Process::new(&kernel, &known, &[1.0; 20]).is_some());
}
