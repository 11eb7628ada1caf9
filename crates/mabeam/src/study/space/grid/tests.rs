use proptest::prelude::*;

use super::FloatGrid;

fn values(low: f64, high: f64, step: f64) -> Vec<f64> {
    let grid = FloatGrid::new(low, high, step).unwrap();
    (0..grid.len() as u32).map(|index| grid.value(f64::from(index))).collect()
}

#[test]
fn values_are_the_decimal_ones() {
    assert_eq!(values(0.0, 1.0, 0.1), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
    assert_eq!(values(-1.0, 0.0, 0.3), [-1.0, -0.7, -0.4, -0.1]);
    assert_eq!(values(0.5, 2.0, 0.5), [0.5, 1.0, 1.5, 2.0]);
    assert_eq!(values(1e-5, 5e-5, 1e-5), [1e-5, 2e-5, 3e-5, 4e-5, 5e-5]);
}

#[test]
fn a_step_that_cannot_be_is_refused() {
    assert_eq!(FloatGrid::new(0.0, 1.0, 1.5).unwrap_err(), "step 1.5 leads from low 0 beyond high 1");
    for (low, high, step) in [(0.0, 1.0, 1e-20), (1e16, 2e16, 0.1), (0.0, 1e300, 1.0)] {
        let refusal = FloatGrid::new(low, high, step).unwrap_err();
        assert!(refusal.contains("too small to tell neighbours"), "{refusal}");
    }
    // The whole range as one step, though 0.3 - 0.1 is a little less than 0.2 in binary.
    assert_eq!(values(0.1, 0.3, 0.2), [0.1, 0.3]);
}

#[test]
fn only_a_value_of_the_grid_has_a_number() {
    let grid = FloatGrid::new(0.0, 1.0, 0.1).unwrap();
    assert_eq!(grid.index_of(0.3), Some(3.0));
    assert_eq!(grid.index_of(0.1 + 0.2), None);
    assert_eq!(grid.snapped(0.1 + 0.2), Some(0.3));
    assert_eq!(grid.snapped(0.35), None);
    assert_eq!(grid.index_of(f64::NAN), None);
    assert_eq!(grid.snapped(f64::NAN), None);
    assert_eq!(grid.snapped(1.1), None);
}

proptest! {
    #[test]
    fn values_rise_within_the_bounds_and_know_their_numbers(
        low in -1_000_000_i64..1_000_000,
        steps in 1_u32..5_000,
        step in 1_i64..5_000,
        decimals in 0_i32..9,
        part in 0.0..0.9_f64,
    ) {
        let tens = 10_f64.powi(decimals);
        let (low, step) = (low as f64 / tens, step as f64 / tens);
        let high = low + (f64::from(steps) + part) * step;
        let grid = FloatGrid::new(low, high, step).unwrap();
        prop_assert!(grid.len() == f64::from(steps) + 1.0, "{:?}", grid);
        let mut indices = [0, 1, steps / 2, steps - 1, steps];
        indices.sort_unstable();
        let values = indices.map(|index| (index, grid.value(f64::from(index))));
        for (index, value) in values {
            prop_assert_eq!(grid.index_of(value), Some(f64::from(index)));
            prop_assert!(value - high <= 1e-9 * step, "{} {}", value, high);
            // Decimals as few as those of the bounds: no dust.
            prop_assert!(value.to_string().len() < 20, "{}", value);
        }
        for pair in values.windows(2) {
            prop_assert!(pair[0].0 == pair[1].0 || pair[0].1 < pair[1].1, "{:?}", pair);
        }
    }
}
