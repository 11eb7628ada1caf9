use super::{exp_below_zero, softmax, tanh};

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

#[test]
fn a_softmax_sums_to_one_and_keeps_the_order() {
    let mut outputs = [1_000.0, 999.0, -1_000.0, 1_000.0];
    softmax(&mut outputs);
    assert!((outputs.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    assert!((outputs[0] / outputs[1] - 1.0_f32.exp()).abs() < 1e-5);
    assert_eq!(outputs[0], outputs[3]);
}

#[test]
fn what_is_no_number_spreads() {
    for broken in [f32::NAN, f32::INFINITY] {
        let mut outputs = [0.5; 10];
        outputs[3] = broken;
        softmax(&mut outputs);
        assert!(outputs.iter().all(|output| output.is_nan()), "{outputs:?}");
    }
}
