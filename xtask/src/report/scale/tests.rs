use mabeam::Direction;
use proptest::prelude::*;

use super::{Range, Scale, Tick};

fn labels(ticks: &[Tick]) -> Vec<&str> {
    ticks.iter().map(|tick| tick.label.as_str()).collect()
}

#[test]
fn even_ticks_are_round() {
    for (low, high, about, expected) in [
        (0.0, 450.0, 9, vec!["0", "50", "100", "150", "200", "250", "300", "350", "400", "450"]),
        (0.61, 0.98, 4, vec!["0.7", "0.8", "0.9"]),
        (-0.02, 0.02, 4, vec!["-0.02", "-0.01", "0", "0.01", "0.02"]),
        (0.0, 12_000.0, 4, vec!["0", "5,000", "10,000"]),
        (0.0, 3e-9, 3, vec!["0", "1e-9", "2e-9", "3e-9"]),
        (1e12, 1.000_000_1e12, 2, vec!["1.00000000e12", "1.00000005e12", "1.00000010e12"]),
    ] {
        let ticks = Scale::linear(low, high).ticks(about);
        assert_eq!(labels(&ticks), expected, "{low} to {high}");
    }
}

#[test]
fn logarithmic_ticks_are_powers_and_what_lies_between_them_where_there_is_room() {
    for (low, high, about, expected) in [
        (1e-4, 1e-1, 4, vec!["1e-4", "0.001", "0.01", "0.1"]),
        (1e-6, 1e-1, 6, vec!["1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1"]),
        (16.0, 256.0, 4, vec!["20", "50", "100", "200"]),
        (1.0, 1e12, 4, vec!["1", "1,000", "1e6", "1e9", "1e12"]),
        (3.0, 4.0, 4, vec!["3.0", "3.5", "4.0"]),
    ] {
        assert_eq!(labels(&Scale::log(low, high).ticks(about)), expected, "{low} to {high}");
    }
}

#[test]
fn ranges_that_are_none_become_some() {
    for (low, high) in
        [(0.0, 0.0), (0.97, 0.97), (-3.0, -3.0), (f64::MAX, f64::MAX), (5.0, 1.0), (f64::NAN, f64::INFINITY)]
    {
        for scale in [Scale::linear(low, high), Scale::log(low, high)] {
            let place = scale.place(low);
            assert!((0.0..=1.0).contains(&place), "{low} {high}: {place}");
            assert!(scale.place(f64::NAN) >= 0.0);
        }
    }
    assert_eq!(Scale::linear(0.97, 0.97).place(0.97), 0.5);
    assert_eq!(Scale::log(27.0, 27.0).place(27.0), 0.5);
}

#[test]
fn a_range_ends_before_the_few_that_are_far_worse() {
    let values = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.10];
    let range = Range::of(values, Direction::Maximize).unwrap();
    assert_eq!(range.beyond, 1);
    assert!(range.low > 0.85 && range.low < 0.90, "{range:?}");
    assert!(range.high > 0.97, "{range:?}");
    // The same turned around, and nothing is cut off where better values are far away.
    let turned = Range::of(values.map(|value| -value), Direction::Minimize).unwrap();
    assert_eq!((turned.low, turned.high, turned.beyond), (-range.high, -range.low, 1));
    assert_eq!(Range::of(values, Direction::Minimize).unwrap().beyond, 0);
    assert_eq!(Range::of([], Direction::Maximize), None);
}

#[test]
fn a_range_between_two_multiples_of_the_first_step_has_a_tick_of_a_smaller_one() {
    let labels = |scale: Scale| scale.ticks(2).into_iter().map(|tick| tick.value).collect::<Vec<_>>();
    assert_eq!(labels(Scale::log(5.8e8, 9.8e8)), [6e8, 8e8]);
    assert_eq!(labels(Scale::linear(5.8, 9.8)), [6.0, 8.0]);
}

proptest! {
    #[test]
    fn ticks_lie_on_the_scale_rise_and_are_not_too_many(
        low in -1e9..1e9_f64, width in 1e-3..1e9_f64, about in 2_usize..20, is_log in any::<bool>(),
    ) {
        let (low, high) = if is_log { (low.abs() + 1e-6, low.abs() + width) } else { (low, low + width) };
        let scale = if is_log { Scale::log(low, high) } else { Scale::linear(low, high) };
        let ticks = scale.ticks(about);
        prop_assert!(!ticks.is_empty() && ticks.len() <= 2 * about, "{} ticks", ticks.len());
        for tick in &ticks {
            prop_assert!(tick.value >= low && tick.value <= high, "{:?} of {} to {}", tick, low, high);
        }
        for pair in ticks.windows(2) {
            prop_assert!(pair[0].value < pair[1].value && pair[0].label != pair[1].label, "{:?}", pair);
            prop_assert!(scale.place(pair[0].value) < scale.place(pair[1].value));
        }
    }

    #[test]
    fn steps_are_one_two_or_five_times_a_power_of_ten(low in -1e6..1e6_f64, width in 1e-3..1e6_f64) {
        let ticks = Scale::linear(low, low + width).ticks(6);
        prop_assume!(ticks.len() >= 2);
        let step = ticks[1].value - ticks[0].value;
        let mantissa = step / 10_f64.powf(step.log10().floor());
        let is_round = [1.0, 2.0, 5.0, 10.0].iter().any(|round: &f64| (mantissa - round).abs() < 1e-4);
        prop_assert!(is_round, "{}", step);
    }

    #[test]
    fn places_rise_with_values(
        ends in (any::<f64>(), any::<f64>()), one in any::<f64>(), two in any::<f64>(),
    ) {
        for scale in [Scale::linear(ends.0, ends.1), Scale::log(ends.0, ends.1)] {
            let (one, two) = if one < two { (one, two) } else { (two, one) };
            prop_assert!((0.0..=1.0).contains(&scale.place(one)));
            prop_assert!(one.is_nan() || two.is_nan() || scale.place(one) <= scale.place(two));
            prop_assert!(scale.ticks(5).len() <= 10);
        }
    }

    #[test]
    fn a_range_holds_all_values_but_those_beyond(values in prop::collection::vec(any::<f64>(), 1..40)) {
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        for direction in [Direction::Maximize, Direction::Minimize] {
            let Some(range) = Range::of(values.iter().copied(), direction) else {
                prop_assert!(finite.is_empty());
                continue;
            };
            prop_assert!(range.low < range.high && range.low.is_finite() && range.high.is_finite(), "{:?}", range);
            let outside = finite.iter().filter(|value| !(range.low..=range.high).contains(*value)).count();
            prop_assert!(outside <= range.beyond, "{} outside {:?}", outside, range);
        }
    }
}
