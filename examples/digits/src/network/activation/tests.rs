use foundation_core::port::entropy::RandomStream;
use pulp::NullaryFnOnce;

use super::{Softmax, exp_below_zero, tanh};
use crate::data::CLASSES;
use crate::network::tests::widths;

#[test]
fn tanh_agrees_with_the_library() {
    for step in -2_000..=2_000 {
        let x = step as f32 * 0.01;
        assert!((tanh(x) - x.tanh()).abs() < 1e-5, "tanh({x}) = {} and not {}", tanh(x), x.tanh());
    }
    assert_eq!(tanh(f32::INFINITY), tanh(7.0));
    assert!(tanh(f32::NAN).is_nan());
}

#[test]
fn exp_agrees_with_the_library() {
    for step in 0..8_700 {
        let x = step as f32 * -0.01;
        let relative = (exp_below_zero(x) - x.exp()).abs() / x.exp();
        assert!(relative < 4e-7, "exp({x}) = {} and not {}", exp_below_zero(x), x.exp());
    }
    assert!(exp_below_zero(-1e9) < 2e-38);
    assert!(exp_below_zero(f32::NAN).is_nan());
}

/// Twenty rows of outputs: more than stand side by side.
fn rows(of: impl Fn(usize) -> [f32; CLASSES]) -> Vec<f32> {
    (0..20).flat_map(of).collect()
}

/// Row after row, as the definition says it.
fn one_by_one(outputs: &mut [f32]) {
    for row in outputs.chunks_exact_mut(CLASSES) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exps: Vec<f32> = row.iter().map(|output| exp_below_zero(*output - largest)).collect();
        let sum: f32 = exps.iter().sum();
        for (place, exp) in row.iter_mut().zip(exps) {
            *place = exp / sum;
        }
    }
}

#[test]
fn a_softmax_has_the_bits_of_one_row_after_the_other() {
    let mut random = RandomStream::new(6, 0);
    let outputs: Vec<f32> = (0..20 * CLASSES).map(|_| 40.0 * (random.next_f64() as f32 - 0.5)).collect();
    let mut wanted = outputs.clone();
    one_by_one(&mut wanted);
    for arch in widths() {
        let mut outputs = outputs.clone();
        arch.dispatch(Softmax { rows: &mut outputs });
        assert_eq!(outputs, wanted, "{arch:?}");
    }
    for row in wanted.chunks_exact(CLASSES) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{row:?}");
    }
}

#[test]
fn a_softmax_keeps_the_order() {
    let mut outputs = rows(|_| [1_000.0, 999.0, -1_000.0, 1_000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    Softmax { rows: &mut outputs }.call();
    for row in outputs.chunks_exact(CLASSES) {
        assert!((row[0] / row[1] - 1.0_f32.exp()).abs() < 1e-5, "{row:?}");
        assert_eq!(row[0], row[3]);
    }
}

#[test]
fn what_is_no_number_spreads_in_its_row_and_no_further() {
    for broken in [f32::NAN, f32::INFINITY] {
        let mut outputs = rows(|row| if row % 7 == 3 { [broken; CLASSES] } else { [0.5; CLASSES] });
        outputs[13] = broken;
        Softmax { rows: &mut outputs }.call();
        for (at, row) in outputs.chunks_exact(CLASSES).enumerate() {
            let is_broken = at == 1 || at % 7 == 3;
            assert!(row.iter().all(|output| output.is_nan() == is_broken), "row {at}: {row:?}");
        }
    }
}
